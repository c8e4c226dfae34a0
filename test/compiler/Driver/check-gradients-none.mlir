// An op without derivative ends the check: the op, and each step from the result to it.
// RUN: not ds-compile %s --check-gradients 2>&1 | FileCheck %s
// CHECK: error: {{.*}}check-gradients-none.mlir:[[# @LINE + 4]]:8: 'nn.bitcast' has no derivative, but the loss depends on it
// CHECK: note: {{.*}}check-gradients-none.mlir:[[# @LINE + 5]]:8: the gradient comes to it through 'nn.exp'

func.func @main(%x: tensor<4xf16>) -> tensor<4xf32> {
  %0 = nn.bitcast %x : tensor<4xf16> -> tensor<4xbf16>
  %1 = nn.cast %0 : tensor<4xbf16> -> tensor<4xf32>
  %2 = nn.exp %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}
