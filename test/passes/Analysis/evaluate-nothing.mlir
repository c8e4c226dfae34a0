// RUN: not ds-opt --nn-evaluate %s 2>&1 | FileCheck %s
// Inputs cannot be given, so a function with arguments is not run.

// CHECK: error: expected a function without arguments to evaluate, found none
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
