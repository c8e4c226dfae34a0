// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Generators and ops that only move elements.

// numpy: np.broadcast_to(np.arange(3), (2, 3))
// CHECK{LITERAL}: @iota: tensor<2x3xi32> = dense<[[0, 1, 2], [0, 1, 2]]>
func.func @iota() -> tensor<2x3xi32> {
  %r = nn.iota [] {axis = 1 : i64} : tensor<2x3xi32>
  return %r : tensor<2x3xi32>
}

// numpy: np.broadcast_to(np.arange(2)[:, None], (2, 3))
// CHECK{LITERAL}: @iota_outer: tensor<2x3xf32> = dense<[[0.000000e+00, 0.000000e+00, 0.000000e+00], [1.000000e+00, 1.000000e+00, 1.000000e+00]]>
func.func @iota_outer() -> tensor<2x3xf32> {
  %r = nn.iota [] {axis = 0 : i64} : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// SplitMix64 from the seed 7.
// numpy: [7191089600892374487, 309689372594955804, 16616101746815609346]
// CHECK{LITERAL}: @random_bits: tensor<3xui64> = dense<[7191089600892374487, 309689372594955804, 16616101746815609346]>
func.func @random_bits() -> tensor<3xui64> {
  %k = nn.constant dense<7> : tensor<ui64>
  %r = nn.random_bits %k [] : tensor<3xui64>
  return %r : tensor<3xui64>
}

// numpy: np.broadcast_to(x, (3, 2))
// CHECK{LITERAL}: @broadcast: tensor<3x2xf32> = dense<[[1.000000e+00, 2.000000e+00], [1.000000e+00, 2.000000e+00], [1.000000e+00, 2.000000e+00]]>
func.func @broadcast() -> tensor<3x2xf32> {
  %x = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = nn.broadcast %x [] {dims = array<i64: 1>} : tensor<2xf32> -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// An extent of 1 repeats.
// numpy: np.broadcast_to(x, (2, 3))
// CHECK{LITERAL}: @broadcast_one: tensor<2x3xf32> = dense<[[1.000000e+00, 1.000000e+00, 1.000000e+00], [2.000000e+00, 2.000000e+00, 2.000000e+00]]>
func.func @broadcast_one() -> tensor<2x3xf32> {
  %x = nn.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %r = nn.broadcast %x [] {dims = array<i64: 0, 1>} : tensor<2x1xf32> -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// numpy: [5, 5, 5]
// CHECK{LITERAL}: @broadcast_dynamic: tensor<3xi64> = dense<5>
func.func @broadcast_dynamic() -> tensor<?xi64> {
  %x = nn.constant dense<5> : tensor<i64>
  %n = arith.constant 3 : index
  %r = nn.broadcast %x [%n] {dims = array<i64>} : tensor<i64> -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// numpy: x.reshape(3, 2)
// CHECK{LITERAL}: @reshape: tensor<3x2xf32> = dense<[[0.000000e+00, 1.000000e+00], [2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00]]>
func.func @reshape() -> tensor<3x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r = nn.reshape %x [] : tensor<2x3xf32> -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// numpy: x.transpose(2, 0, 1)
// CHECK{LITERAL}: @transpose: tensor<4x2x3xi16> = dense<[[[0, 4, 8], [12, 16, 20]], [[1, 5, 9], [13, 17, 21]], [[2, 6, 10], [14, 18, 22]], [[3, 7, 11], [15, 19, 23]]]>
func.func @transpose() -> tensor<4x2x3xi16> {
  %x = nn.constant dense<[[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]]]> : tensor<2x3x4xi16>
  %r = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : tensor<2x3x4xi16> -> tensor<4x2x3xi16>
  return %r : tensor<4x2x3xi16>
}

// numpy: x.T
// CHECK{LITERAL}: @transpose_i1: tensor<3x2xi1> = dense<[[true, false], [false, false], [true, true]]>
func.func @transpose_i1() -> tensor<3x2xi1> {
  %x = nn.constant dense<[[true, false, true], [false, false, true]]> : tensor<2x3xi1>
  %r = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xi1> -> tensor<3x2xi1>
  return %r : tensor<3x2xi1>
}

// numpy: x[2:0:-1, 1::2]
// CHECK{LITERAL}: @slice: tensor<2x2xi32> = dense<[[9, 11], [5, 7]]>
func.func @slice() -> tensor<2x2xi32> {
  %x = nn.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
  %r = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 2, 1>, strides = array<i64: -1, 2>} : tensor<3x4xi32> -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// numpy: x[1:4]
// CHECK{LITERAL}: @slice_dynamic: tensor<3xi32> = dense<[1, 2, 3]>
func.func @slice_dynamic() -> tensor<?xi32> {
  %x = nn.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi32>
  %o = arith.constant 1 : index
  %n = arith.constant 3 : index
  %r = nn.slice %x offsets[%o] sizes[%n] {static_offsets = array<i64: -9223372036854775808>, strides = array<i64: 1>} : tensor<5xi32> -> tensor<?xi32>
  return %r : tensor<?xi32>
}

// numpy: np.concatenate([x, y], 1)
// CHECK{LITERAL}: @concat: tensor<2x4xf32> = dense<[[0.000000e+00, 1.000000e+00, 2.000000e+00, 7.000000e+00], [3.000000e+00, 4.000000e+00, 5.000000e+00, 8.000000e+00]]>
func.func @concat() -> tensor<2x4xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %y = nn.constant dense<[[7.0], [8.0]]> : tensor<2x1xf32>
  %r = nn.concat %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// numpy: np.pad(x, ((0, 1), (1, 0)), constant_values=9)
// CHECK{LITERAL}: @pad_constant: tensor<3x4xf32> = dense<[[9.000000e+00, 0.000000e+00, 1.000000e+00, 2.000000e+00], [9.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00], [9.000000e+00, 9.000000e+00, 9.000000e+00, 9.000000e+00]]>
func.func @pad_constant() -> tensor<3x4xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %v = nn.constant dense<9.0> : tensor<f32>
  %r = nn.pad %x value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>, static_low = array<i64: 0, 1>, static_high = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// numpy: np.pad(x, (4, 5), 'edge')
// CHECK{LITERAL}: @pad_edge: tensor<12xi8> = dense<[0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]>
func.func @pad_edge() -> tensor<12xi8> {
  %x = nn.constant dense<[0, 1, 2]> : tensor<3xi8>
  %r = nn.pad %x low[] high[] {mode = #nn.pad_mode<edge>, static_low = array<i64: 4>, static_high = array<i64: 5>} : tensor<3xi8> -> tensor<12xi8>
  return %r : tensor<12xi8>
}

// More than one period on either side.
// numpy: np.pad(x, (4, 5), 'reflect')
// CHECK{LITERAL}: @pad_reflect: tensor<12xi8> = dense<[0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]>
func.func @pad_reflect() -> tensor<12xi8> {
  %x = nn.constant dense<[0, 1, 2]> : tensor<3xi8>
  %r = nn.pad %x low[] high[] {mode = #nn.pad_mode<reflect>, static_low = array<i64: 4>, static_high = array<i64: 5>} : tensor<3xi8> -> tensor<12xi8>
  return %r : tensor<12xi8>
}

// More than one period on either side.
// numpy: np.pad(x, (4, 5), 'wrap')
// CHECK{LITERAL}: @pad_wrap: tensor<12xi8> = dense<[2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]>
func.func @pad_wrap() -> tensor<12xi8> {
  %x = nn.constant dense<[0, 1, 2]> : tensor<3xi8>
  %r = nn.pad %x low[] high[] {mode = #nn.pad_mode<wrap>, static_low = array<i64: 4>, static_high = array<i64: 5>} : tensor<3xi8> -> tensor<12xi8>
  return %r : tensor<12xi8>
}

// numpy: np.pad(x, (1, 2))
// CHECK{LITERAL}: @pad_dynamic: tensor<5xi8> = dense<[0, 1, 2, 0, 0]>
func.func @pad_dynamic() -> tensor<?xi8> {
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %v = nn.constant dense<0> : tensor<i8>
  %l = arith.constant 1 : index
  %h = arith.constant 2 : index
  %r = nn.pad %x value(%v : tensor<i8>) low[%l] high[%h] {mode = #nn.pad_mode<constant>, static_low = array<i64: -9223372036854775808>, static_high = array<i64: -9223372036854775808>} : tensor<2xi8> -> tensor<?xi8>
  return %r : tensor<?xi8>
}

// numpy: np.zeros(0)
// CHECK{LITERAL}: @slice_empty: tensor<0xi32> = dense<>
func.func @slice_empty() -> tensor<0xi32> {
  %x = nn.constant dense<[0, 1, 2, 3]> : tensor<4xi32>
  %r = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 4>, strides = array<i64: 1>} : tensor<4xi32> -> tensor<0xi32>
  return %r : tensor<0xi32>
}
