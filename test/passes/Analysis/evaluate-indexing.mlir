// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Ops that access elements by index.

// numpy: np.take(x, i, 0)
// CHECK{LITERAL}: @gather: tensor<1x2x4xf32> = dense<[[[8.000000e+00, 9.000000e+00, 1.000000e+01, 1.100000e+01], [0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00]]]>
func.func @gather() -> tensor<1x2x4xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]> : tensor<3x4xf32>
  %i = nn.constant dense<[[2, 0]]> : tensor<1x2xi64>
  %r = nn.gather %x, %i {axis = 0 : i64} : tensor<3x4xf32>, tensor<1x2xi64> -> tensor<1x2x4xf32>
  return %r : tensor<1x2x4xf32>
}

// Negative indices count from the end.
// numpy: x[:, -1]
// CHECK{LITERAL}: @gather_inner: tensor<3xf32> = dense<[3.000000e+00, 7.000000e+00, 1.100000e+01]>
func.func @gather_inner() -> tensor<3xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]> : tensor<3x4xf32>
  %i = nn.constant dense<-1> : tensor<i32>
  %r = nn.gather %x, %i {axis = 1 : i64} : tensor<3x4xf32>, tensor<i32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// What lies outside goes to the nearest element.
// numpy: [10, 30, 20]
// CHECK{LITERAL}: @gather_clamps: tensor<3xi64> = dense<[10, 30, 20]>
func.func @gather_clamps() -> tensor<3xi64> {
  %x = nn.constant dense<[10, 20, 30]> : tensor<3xi64>
  %i = nn.constant dense<[-9, 7, 1]> : tensor<3xi64>
  %r = nn.gather %x, %i {axis = 0 : i64} : tensor<3xi64>, tensor<3xi64> -> tensor<3xi64>
  return %r : tensor<3xi64>
}

// A large unsigned index is large, not negative.
// numpy: [30, 10]
// CHECK{LITERAL}: @gather_unsigned: tensor<2xi64> = dense<[30, 10]>
func.func @gather_unsigned() -> tensor<2xi64> {
  %x = nn.constant dense<[10, 20, 30]> : tensor<3xi64>
  %i = nn.constant dense<[18446744073709551615, 0]> : tensor<2xui64>
  %r = nn.gather %x, %i {axis = 0 : i64} : tensor<3xi64>, tensor<2xui64> -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// numpy: np.take_along_axis(x, i % 3, 0)
// CHECK{LITERAL}: @gather_elements: tensor<2x4xf32> = dense<[[8.000000e+00, 1.000000e+00, 6.000000e+00, 1.100000e+01], [0.000000e+00, 1.000000e+00, 1.000000e+01, 7.000000e+00]]>
func.func @gather_elements() -> tensor<2x4xf32> {
  %x = nn.constant dense<[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]> : tensor<3x4xf32>
  %i = nn.constant dense<[[2, 0, 1, -1], [0, 0, 2, 1]]> : tensor<2x4xi64>
  %r = nn.gather_elements %x, %i {axis = 0 : i64} : tensor<3x4xf32>, tensor<2x4xi64> -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// numpy: x[[1, 0], [2, -1]]
// CHECK{LITERAL}: @gather_nd: tensor<2x4xi32> = dense<[[20, 21, 22, 23], [8, 9, 10, 11]]>
func.func @gather_nd() -> tensor<2x4xi32> {
  %x = nn.constant dense<[[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]]]> : tensor<2x3x4xi32>
  %i = nn.constant dense<[[1, 2], [0, -1]]> : tensor<2x2xi64>
  %r = nn.gather_nd %x, %i {batch_dims = 0 : i64} : tensor<2x3x4xi32>, tensor<2x2xi64> -> tensor<2x4xi32>
  return %r : tensor<2x4xi32>
}

// numpy: np.stack([x[0, [2]], x[1, [0]]])
// CHECK{LITERAL}: @gather_nd_batch: tensor<2x1x2xi32> = dense<[[[4, 5]], [[6, 7]]]>
func.func @gather_nd_batch() -> tensor<2x1x2xi32> {
  %x = nn.constant dense<[[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]> : tensor<2x3x2xi32>
  %i = nn.constant dense<[[[2]], [[0]]]> : tensor<2x1x1xi64>
  %r = nn.gather_nd %x, %i {batch_dims = 1 : i64} : tensor<2x3x2xi32>, tensor<2x1x1xi64> -> tensor<2x1x2xi32>
  return %r : tensor<2x1x2xi32>
}

// More than one tuple for each batch index.
// numpy: np.stack([x[0, [2, 0]], x[1, [0, 1]]])
// CHECK{LITERAL}: @gather_nd_batches: tensor<2x2x2xi32> = dense<[[[4, 5], [0, 1]], [[6, 7], [8, 9]]]>
func.func @gather_nd_batches() -> tensor<2x2x2xi32> {
  %x = nn.constant dense<[[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]> : tensor<2x3x2xi32>
  %i = nn.constant dense<[[[2], [0]], [[0], [1]]]> : tensor<2x2x1xi64>
  %r = nn.gather_nd %x, %i {batch_dims = 1 : i64} : tensor<2x3x2xi32>, tensor<2x2x1xi64> -> tensor<2x2x2xi32>
  return %r : tensor<2x2x2xi32>
}

// numpy: [[0, 9], [7, 3]]
// CHECK{LITERAL}: @scatter_elements_set: tensor<2x2xf32> = dense<[[0.000000e+00, 9.000000e+00], [7.000000e+00, 3.000000e+00]]>
func.func @scatter_elements_set() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %i = nn.constant dense<[[1, 0]]> : tensor<1x2xi64>
  %u = nn.constant dense<[[7.0, 9.0]]> : tensor<1x2xf32>
  %r = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<2x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>
  return %r : tensor<2x2xf32>
}

// numpy: [[0, 10], [9, 3]]
// CHECK{LITERAL}: @scatter_elements_add: tensor<2x2xf32> = dense<[[0.000000e+00, 1.000000e+01], [9.000000e+00, 3.000000e+00]]>
func.func @scatter_elements_add() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %i = nn.constant dense<[[1, 0]]> : tensor<1x2xi64>
  %u = nn.constant dense<[[7.0, 9.0]]> : tensor<1x2xf32>
  %r = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<add>} : tensor<2x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>
  return %r : tensor<2x2xf32>
}

// numpy: [[0, 9], [14, 3]]
// CHECK{LITERAL}: @scatter_elements_mul: tensor<2x2xf32> = dense<[[0.000000e+00, 9.000000e+00], [1.400000e+01, 3.000000e+00]]>
func.func @scatter_elements_mul() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %i = nn.constant dense<[[1, 0]]> : tensor<1x2xi64>
  %u = nn.constant dense<[[7.0, 9.0]]> : tensor<1x2xf32>
  %r = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<mul>} : tensor<2x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>
  return %r : tensor<2x2xf32>
}

// numpy: [[0, 9], [7, 3]]
// CHECK{LITERAL}: @scatter_elements_max: tensor<2x2xf32> = dense<[[0.000000e+00, 9.000000e+00], [7.000000e+00, 3.000000e+00]]>
func.func @scatter_elements_max() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %i = nn.constant dense<[[1, 0]]> : tensor<1x2xi64>
  %u = nn.constant dense<[[7.0, 9.0]]> : tensor<1x2xf32>
  %r = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<max>} : tensor<2x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>
  return %r : tensor<2x2xf32>
}

// numpy: [[0, 1], [2, 3]]
// CHECK{LITERAL}: @scatter_elements_min: tensor<2x2xf32> = dense<[[0.000000e+00, 1.000000e+00], [2.000000e+00, 3.000000e+00]]>
func.func @scatter_elements_min() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %i = nn.constant dense<[[1, 0]]> : tensor<1x2xi64>
  %u = nn.constant dense<[[7.0, 9.0]]> : tensor<1x2xf32>
  %r = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<min>} : tensor<2x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>
  return %r : tensor<2x2xf32>
}

// Of several updates of one element the last wins.
// numpy: [0, 6]
// CHECK{LITERAL}: @scatter_elements_order: tensor<2xi32> = dense<[0, 6]>
func.func @scatter_elements_order() -> tensor<2xi32> {
  %x = nn.constant dense<[0, 0]> : tensor<2xi32>
  %i = nn.constant dense<[1, 1, -1]> : tensor<3xi64>
  %u = nn.constant dense<[4, 5, 6]> : tensor<3xi32>
  %r = nn.scatter_elements %x, %i, %u {axis = 0 : i64, kind = #nn.scatter_kind<set>} : tensor<2xi32>, tensor<3xi64>, tensor<3xi32>
  return %r : tensor<2xi32>
}

// numpy: [[3, 4], [0, 0], [1, 2]]
// CHECK{LITERAL}: @scatter_nd: tensor<3x2xf32> = dense<[[3.000000e+00, 4.000000e+00], [0.000000e+00, 0.000000e+00], [1.000000e+00, 2.000000e+00]]>
func.func @scatter_nd() -> tensor<3x2xf32> {
  %x = nn.constant dense<[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]> : tensor<3x2xf32>
  %i = nn.constant dense<[[2], [0]]> : tensor<2x1xi64>
  %u = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %r = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<set>} : tensor<3x2xf32>, tensor<2x1xi64>, tensor<2x2xf32>
  return %r : tensor<3x2xf32>
}

// Integers wrap.
// numpy: [[1, 6], [1, -128]]
// CHECK{LITERAL}: @scatter_nd_add: tensor<2x2xi8> = dense<[[1, 6], [1, -128]]>
func.func @scatter_nd_add() -> tensor<2x2xi8> {
  %x = nn.constant dense<[[1, 1], [1, 1]]> : tensor<2x2xi8>
  %i = nn.constant dense<[[1, 1], [1, 1], [0, -1]]> : tensor<3x2xi64>
  %u = nn.constant dense<[100, 27, 5]> : tensor<3xi8>
  %r = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<add>} : tensor<2x2xi8>, tensor<3x2xi64>, tensor<3xi8>
  return %r : tensor<2x2xi8>
}

// numpy: np.array(np.nonzero(x))
// CHECK{LITERAL}: @nonzero: tensor<2x3xi64> = dense<[[0, 1, 1], [1, 0, 2]]>
func.func @nonzero() -> tensor<2x?xi64> {
  %x = nn.constant dense<[[0.0, 1.0, 0.0], [2.0, 0.0, 0x7FC00000]]> : tensor<2x3xf32>
  %n = arith.constant 3 : index
  %r = nn.nonzero %x count %n : tensor<2x3xf32> -> tensor<2x?xi64>
  return %r : tensor<2x?xi64>
}
