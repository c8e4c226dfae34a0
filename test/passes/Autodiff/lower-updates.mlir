// RUN: ds-opt --pass-pipeline="builtin.module(func.func(ds-lower-updates))" %s | FileCheck %s

// What depends on the learning rate alone is one f64 scalar.
// CHECK-LABEL: @sgd
// CHECK-SAME: (%[[w:.*]]: tensor<4xf32>, %[[g:.*]]: tensor<4xf32>, %[[lr:.*]]: tensor<f64>
// CHECK: %[[rate:.*]] = nn.cast %[[lr]] : tensor<f64> -> tensor<f32>
// CHECK: %[[each:.*]] = nn.broadcast %[[rate]]
// CHECK: %[[down:.*]] = nn.mul %[[each]], %[[g]]
// CHECK: %[[new:.*]] = nn.sub %[[w]], %[[down]]
// CHECK: return %[[new]]
func.func @sgd(%w: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xf32> {
  %0 = train.update "sgd" %w, %g slots() at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64,
    momentum = 0.0 : f64, weight_decay = 0.0 : f64}
    : (tensor<4xf32>, tensor<4xf32>, tensor<f64>, tensor<i64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Narrow parameters are computed in f32 and rounded once.
// CHECK-LABEL: @narrow
// CHECK: nn.cast %{{.*}} : tensor<4xbf16> -> tensor<4xf32>
// CHECK: %[[new:.*]] = nn.sub %{{.*}} : tensor<4xf32>
// CHECK: nn.cast %[[new]] : tensor<4xf32> -> tensor<4xbf16>
func.func @narrow(%w: tensor<4xbf16>, %g: tensor<4xbf16>, %lr: tensor<f64>, %step: tensor<i64>) -> tensor<4xbf16> {
  %0 = train.update "sgd" %w, %g slots() at %lr, %step {beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64,
    momentum = 0.0 : f64, weight_decay = 0.0 : f64}
    : (tensor<4xbf16>, tensor<4xbf16>, tensor<f64>, tensor<i64>) -> tensor<4xbf16>
  return %0 : tensor<4xbf16>
}
