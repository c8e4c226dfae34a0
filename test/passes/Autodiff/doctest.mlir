// RUN: ds-opt --ds-autodiff --ds-lower-train %s | FileCheck %s
// The examples of the passes of this folder, as their descriptions have them.

func.func private @model(%x: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<f32> {
  %0 = nn.mul %x, %w : tensor<4xf32>
  %1 = nn.reduce sum %0 {dims = array<i64: 0>} : tensor<4xf32> -> tensor<f32>
  return %1 : tensor<f32>
}

// CHECK-LABEL: @autodiff(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[W:.*]]: tensor<4xf32>
func.func @autodiff(%x: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  // CHECK: %[[SEED:.*]] = nn.constant dense<1.000000e+00> : tensor<f32>
  // CHECK: %[[PRODUCT:.*]] = nn.mul %[[X]], %[[W]]
  // CHECK: %[[LOSS:.*]] = nn.reduce sum %[[PRODUCT]]
  // CHECK: %[[EACH:.*]] = nn.broadcast %[[SEED]]
  // CHECK: %[[GRADIENT:.*]] = nn.mul %[[EACH]], %[[X]]
  // CHECK: return %[[LOSS]], %[[GRADIENT]]
  %seed = train.seed : tensor<f32>
  %loss, %dw = train.vjp @model(%x, %w) seeds(%seed : tensor<f32>) {wrt = array<i64: 1>, seeded = array<i64: 0>}
    : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %loss, %dw : tensor<f32>, tensor<4xf32>
}

// CHECK-LABEL: @lower_train(
func.func @lower_train() -> tensor<f32> {
  // CHECK: nn.constant dense<1.000000e+00> : tensor<f32>
  %0 = train.seed : tensor<f32>
  return %0 : tensor<f32>
}
