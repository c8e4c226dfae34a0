// RUN: ds-opt %s | ds-opt | FileCheck %s
// RUN: ds-opt %s --emit-bytecode | ds-opt | FileCheck %s

// CHECK-LABEL: @parameter
// CHECK: train.parameter %{{.*}} {name = "bias"} : tensor<2xf32>
func.func @parameter() -> tensor<2xf32> {
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = train.parameter %0 {name = "bias"} : tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: @update
// CHECK: train.update "momentum" %{{.*}}, %{{.*}} slots(%{{.*}}) at %{{.*}}, %{{.*}} {
func.func @update(%w: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>)
    -> (tensor<4xf32>, tensor<4xf32>) {
  %w1, %m1 = train.update "momentum" %w, %g slots(%m) at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64,
    eps = 1.0e-8 : f64, momentum = 0.9 : f64, weight_decay = 0.0 : f64}
    : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>)
  return %w1, %m1 : tensor<4xf32>, tensor<4xf32>
}
