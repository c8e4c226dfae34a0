// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Movement works on the bytes of elements, so that it takes complex ones.

// CHECK{LITERAL}: @transpose: tensor<2x1xcomplex<f32>> = dense<[[(1.000000e+00,2.000000e+00)], [(3.000000e+00,4.000000e+00)]]>
func.func @transpose() -> tensor<2x1xcomplex<f32>> {
  %x = nn.constant dense<[[(1.0, 2.0), (3.0, 4.0)]]> : tensor<1x2xcomplex<f32>>
  %r = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<1x2xcomplex<f32>> -> tensor<2x1xcomplex<f32>>
  return %r : tensor<2x1xcomplex<f32>>
}

// Elements of 16 bytes.
// CHECK{LITERAL}: @slice: tensor<2xcomplex<f64>> = dense<[(5.000000e+00,6.000000e+00), (1.000000e+00,2.000000e+00)]>
func.func @slice() -> tensor<2xcomplex<f64>> {
  %x = nn.constant dense<[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]> : tensor<3xcomplex<f64>>
  %r = nn.slice %x offsets[] sizes[] {static_offsets = array<i64: 2>, strides = array<i64: -2>}
    : tensor<3xcomplex<f64>> -> tensor<2xcomplex<f64>>
  return %r : tensor<2xcomplex<f64>>
}

// CHECK{LITERAL}: @select: tensor<2xcomplex<f32>> = dense<[(1.000000e+00,2.000000e+00), (7.000000e+00,8.000000e+00)]>
func.func @select() -> tensor<2xcomplex<f32>> {
  %c = nn.constant dense<[true, false]> : tensor<2xi1>
  %x = nn.constant dense<[(1.0, 2.0), (3.0, 4.0)]> : tensor<2xcomplex<f32>>
  %y = nn.constant dense<[(5.0, 6.0), (7.0, 8.0)]> : tensor<2xcomplex<f32>>
  %r = nn.select %c, %x, %y : tensor<2xi1>, tensor<2xcomplex<f32>>
  return %r : tensor<2xcomplex<f32>>
}

// CHECK{LITERAL}: @scatter: tensor<2xcomplex<f32>> = dense<[(1.000000e+00,2.000000e+00), (5.000000e+00,6.000000e+00)]>
func.func @scatter() -> tensor<2xcomplex<f32>> {
  %x = nn.constant dense<[(1.0, 2.0), (3.0, 4.0)]> : tensor<2xcomplex<f32>>
  %i = nn.constant dense<[[1]]> : tensor<1x1xi64>
  %u = nn.constant dense<[(5.0, 6.0)]> : tensor<1xcomplex<f32>>
  %r = nn.scatter_nd %x, %i, %u {kind = #nn.scatter_kind<set>}
    : tensor<2xcomplex<f32>>, tensor<1x1xi64>, tensor<1xcomplex<f32>>
  return %r : tensor<2xcomplex<f32>>
}
