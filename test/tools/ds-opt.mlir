// The passes in front of --nn-evaluate run first, and its output, the results alone, goes where -o says.
// RUN: ds-opt %s --symbol-dce --nn-evaluate -o %t && FileCheck %s < %t
// RUN: ds-opt %s --pass-pipeline='builtin.module(symbol-dce,nn-evaluate)' | FileCheck %s
// Our pipelines are there beside upstream's passes.
// RUN: ds-opt %s --ds-simplify --cse | FileCheck %s --check-prefix=IR
// RUN: ds-opt --help | FileCheck %s --check-prefix=HELP
// HELP: ds-opt: passes on IR
// HELP: --canonicalize
// HELP: --ds-fold-constants
// HELP: --nn-evaluate

// CHECK-NOT: unused
// CHECK: @sum: tensor<2xf32> = {{.*}}4{{.*}}6
// CHECK-NOT: func
func.func private @unused() -> tensor<2xf32> {
  %0 = nn.constant dense<7.0> : tensor<2xf32>
  return %0 : tensor<2xf32>
}
// IR-LABEL: func.func @sum
// IR-NEXT: nn.constant dense<[4.000000e+00, 6.000000e+00]>
func.func @sum() -> tensor<2xf32> {
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = nn.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %2 = nn.add %0, %1 : tensor<2xf32>
  return %2 : tensor<2xf32>
}
