// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Pooling.

// numpy: [4, 4, 2, 5]
// CHECK{LITERAL}: @pool_max: tensor<4xf32> = dense<[4.000000e+00, 4.000000e+00, 2.000000e+00, 5.000000e+00]>
func.func @pool_max() -> tensor<4xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %r = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<5xf32> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// numpy: [1, 6, 2]
// CHECK{LITERAL}: @pool_sum: tensor<3xf32> = dense<[1.000000e+00, 6.000000e+00, 2.000000e+00]>
func.func @pool_sum() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %r = nn.pool sum %x [] {window = array<i64: 2>, strides = array<i64: 2>, low = array<i64: 1>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<5xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// Padding does not take part,
// numpy: [1, 3, 1]
// CHECK{LITERAL}: @pool_average: tensor<3xf32> = dense<[1.000000e+00, 3.000000e+00, 1.000000e+00]>
func.func @pool_average() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %r = nn.pool average %x [] {window = array<i64: 2>, strides = array<i64: 2>, low = array<i64: 1>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<5xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// unless it is asked for,
// numpy: [0.5, 3, 1]
// CHECK{LITERAL}: @pool_average_with_pads: tensor<3xf32> = dense<[5.000000e-01, 3.000000e+00, 1.000000e+00]>
func.func @pool_average_with_pads() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %r = nn.pool average %x [] {window = array<i64: 2>, strides = array<i64: 2>, low = array<i64: 1>, high = array<i64: 0>, dilations = array<i64: 1>, count_include_pad} : tensor<5xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// and what lies behind the padding never does: the last window hangs over by one.
// numpy: [2.5, -0.5, 5]
// CHECK{LITERAL}: @pool_average_rounded_up: tensor<3xf32> = dense<[2.500000e+00, -5.000000e-01, 5.000000e+00]>
func.func @pool_average_rounded_up() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %r = nn.pool average %x [] {window = array<i64: 2>, strides = array<i64: 2>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 1>, count_include_pad} : tensor<5xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: [2, 4, 5]
// CHECK{LITERAL}: @pool_dilated: tensor<3xf32> = dense<[2.000000e+00, 4.000000e+00, 5.000000e+00]>
func.func @pool_dilated() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %r = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 2>} : tensor<5xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// A window without any position yields the neutral element.
// numpy: [2, -128]
// CHECK{LITERAL}: @pool_without_position: tensor<2xi8> = dense<[2, -128]>
func.func @pool_without_position() -> tensor<2xi8> {
  %x = nn.constant dense<[1, 2]> : tensor<2xi8>
  %r = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 4>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<2xi8> -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: [np.nan, np.nan, 3]
// CHECK{LITERAL}: @pool_nan: tensor<3xf32> = dense<[0x7FC00000, 0x7FC00000, 3.000000e+00]>
func.func @pool_nan() -> tensor<3xf32> {
  %x = nn.constant dense<[1.0, 0x7FC00000, 2.0, 3.0]> : tensor<4xf32>
  %r = nn.pool max %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<4xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// numpy: [-3, -30]
// CHECK{LITERAL}: @pool_average_integer: tensor<2xi8> = dense<[-3, -30]>
func.func @pool_average_integer() -> tensor<2xi8> {
  %x = nn.constant dense<[-3, -4, -56]> : tensor<3xi8>
  %r = nn.pool average %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<3xi8> -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// numpy: x[1:, 1:]
// CHECK{LITERAL}: @pool_2d: tensor<2x2xf32> = dense<[[4.000000e+00, 5.000000e+00], [7.000000e+00, 8.000000e+00]]>
func.func @pool_2d() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]> : tensor<3x3xf32>
  %r = nn.pool max %x [] {window = array<i64: 2, 2>, strides = array<i64: 1, 1>, low = array<i64: 0, 0>, high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<3x3xf32> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// numpy: [4, 2]
// CHECK{LITERAL}: @pool_dynamic: tensor<2xf32> = dense<[4.000000e+00, 2.000000e+00]>
func.func @pool_dynamic() -> tensor<?xf32> {
  %x = nn.constant dense<[1.0, 4.0, 2.0, -3.0, 5.0]> : tensor<5xf32>
  %n = arith.constant 2 : index
  %r = nn.pool max %x [%n] {window = array<i64: 2>, strides = array<i64: 2>, low = array<i64: 0>, high = array<i64: 0>, dilations = array<i64: 1>} : tensor<5xf32> -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// Positions count in the whole operand; of equals the first is taken, and NaN is the largest.
// numpy: [[1, 1], [4, 4]]
// CHECK{LITERAL}: @pool_index: tensor<2x2xi64> = dense<[[1, 1], [4, 4]]>
func.func @pool_index() -> tensor<2x2xi64> {
  %x = nn.constant dense<[[1.0, 3.0, 3.0], [7.0, 0x7FC00000, 9.0]]> : tensor<2x3xf32>
  %r = nn.pool_index %x [] {window = array<i64: 1, 2>, strides = array<i64: 1, 1>, low = array<i64: 0, 0>, high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<2x2xi64>
  return %r : tensor<2x2xi64>
}

// numpy: [0, 0, 1]
// CHECK{LITERAL}: @pool_index_padded: tensor<3xi64> = dense<[0, 0, 1]>
func.func @pool_index_padded() -> tensor<3xi64> {
  %x = nn.constant dense<[2.0, 1.0]> : tensor<2xf32>
  %r = nn.pool_index %x [] {window = array<i64: 2>, strides = array<i64: 1>, low = array<i64: 1>, high = array<i64: 1>, dilations = array<i64: 1>} : tensor<2xf32> -> tensor<3xi64>
  return %r : tensor<3xi64>
}
