// RUN: ds-opt --ds-fold-constants %s | FileCheck %s
// The example of each pass of this folder, as its description has it.

// CHECK-LABEL: @fold_constants
func.func @fold_constants() -> tensor<2xi64> {
  // CHECK: %[[VALUE:.+]] = nn.constant dense<[4, 9]> : tensor<2xi64>
  // CHECK: return %[[VALUE]]
  %0 = nn.constant dense<[2, 3]> : tensor<2xi64>
  %1 = nn.mul %0, %0 : tensor<2xi64>
  return %1 : tensor<2xi64>
}
