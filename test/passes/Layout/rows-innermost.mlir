// RUN: ds-opt --ds-rows-innermost %s | FileCheck %s
// RUN: ds-opt --ds-rows-innermost --ds-rows-innermost %s | FileCheck %s

// Several reduced dimensions: the kept ones come first, and keep their order.
// CHECK-LABEL: @normalize
// CHECK-SAME: (%[[X:.+]]: tensor<2x3x4x5xf32>)
// CHECK: %[[T:.+]] = nn.transpose %[[X]] {permutation = array<i64: 1, 3, 0, 2>} : tensor<2x3x4x5xf32> -> tensor<3x5x2x4xf32>
// CHECK: %[[N:.+]] = nn.normalize %[[T]] {dims = array<i64: 2, 3>, epsilon = 1.000000e-05 : f64, rms}
// CHECK: %[[BACK:.+]] = nn.transpose %[[N]] {permutation = array<i64: 2, 0, 3, 1>} : tensor<3x5x2x4xf32> -> tensor<2x3x4x5xf32>
// CHECK: return %[[BACK]]
func.func @normalize(%x: tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32> {
  %0 = nn.normalize %x {dims = array<i64: 0, 2>, epsilon = 1.0e-5 : f64, rms} : tensor<2x3x4x5xf32>
  return %0 : tensor<2x3x4x5xf32>
}

// Must not fire: rows are innermost already.
// CHECK-LABEL: @innermost
// CHECK-NOT: nn.transpose
func.func @innermost(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Must not fire: reductions are fast along any dimension.
// CHECK-LABEL: @reduce
// CHECK-NOT: nn.transpose
func.func @reduce(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  %0 = nn.reduce sum %x {dims = array<i64: 0>} : tensor<2x3xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
