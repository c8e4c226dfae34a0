// RUN: ds-opt --ds-decompose-conv --ds-decompose-pool %s | FileCheck %s
// The examples of ds-decompose-conv and ds-decompose-pool, as their descriptions have them.

// CHECK-LABEL: @decompose_conv
// CHECK: %[[ZERO:.+]] = nn.constant dense<0.000000e+00> : tensor<f32>
// CHECK: %[[PAD:.+]] = nn.pad %arg0 value(%[[ZERO]] : tensor<f32>) low[] high[]
// CHECK-SAME: static_high = array<i64: 0, 0, 1>, static_low = array<i64: 0, 0, 1>} : tensor<1x1x4xf32> -> tensor<1x1x6xf32>
// CHECK: nn.conv %[[PAD]], %arg1 {{.*}}pad_high = array<i64: 0>, pad_low = array<i64: 0>
func.func @decompose_conv(%x: tensor<1x1x4xf32>, %w: tensor<1x1x3xf32>) -> tensor<1x1x4xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 1>, pad_high = array<i64: 1>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x4xf32>, tensor<1x1x3xf32> -> tensor<1x1x4xf32>
  return %0 : tensor<1x1x4xf32>
}

// CHECK-LABEL: @decompose_pool
// CHECK: %[[LOWEST:.+]] = nn.constant dense<0xFF800000> : tensor<f32>
// CHECK: %[[PAD:.+]] = nn.pad %arg0 value(%[[LOWEST]] : tensor<f32>) {{.*}} -> tensor<4x10xf32>
// CHECK: nn.pool max %[[PAD]]{{.*}}high = array<i64: 0, 0>, low = array<i64: 0, 0>
func.func @decompose_pool(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = nn.pool max %x [] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 1>,
    high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<4x8xf32> -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
