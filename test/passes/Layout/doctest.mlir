// RUN: ds-opt --ds-decompose-conv --ds-decompose-pool %s | FileCheck %s
// RUN: ds-opt --ds-channels-last %s | FileCheck %s --check-prefix=LAST
// RUN: ds-opt --ds-conv-to-dot %s | FileCheck %s --check-prefix=DOT
// RUN: ds-opt --ds-rows-innermost %s | FileCheck %s --check-prefix=ROWS
// The examples of the passes, as their descriptions have them.

// LAST-LABEL: @channels_last
// LAST-DAG: %[[X:.+]] = nn.transpose %arg0 {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x3x8x8xf32> -> tensor<1x8x8x3xf32>
// LAST-DAG: %[[W:.+]] = nn.transpose %arg1 {permutation = array<i64: 2, 3, 1, 0>} : tensor<4x3x3x3xf32> -> tensor<3x3x3x4xf32>
// LAST: %[[CONV:.+]] = nn.conv %[[X]], %[[W]]
// LAST-SAME: filter_layout = array<i64: 3, 2, 0, 1>
// LAST-SAME: input_layout = array<i64: 0, 3, 1, 2>, output_layout = array<i64: 0, 3, 1, 2>
// LAST-SAME: tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32> -> tensor<1x6x6x4xf32>
// LAST: %[[BACK:.+]] = nn.transpose %[[CONV]] {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x6x6x4xf32> -> tensor<1x4x6x6xf32>
// LAST: %[[EXP:.+]] = nn.exp %[[BACK]] : tensor<1x4x6x6xf32>
// LAST: return %[[EXP]]
func.func @channels_last(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
  %1 = nn.exp %0 : tensor<1x4x6x6xf32>
  return %1 : tensor<1x4x6x6xf32>
}

// DOT-LABEL: @conv_to_dot
// DOT: %[[FILTER:.+]] = nn.reshape %arg1[] : tensor<4x3x1x1xf32> -> tensor<4x3xf32>
// DOT: %[[FLAT:.+]] = nn.reshape %arg0[] : tensor<2x8x8x3xf32> -> tensor<128x3xf32>
// DOT: %[[DOT:.+]] = nn.dot %[[FLAT]], %[[FILTER]] {lhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_batch = array<i64>, rhs_contracting = array<i64: 1>}
// DOT: %[[RESULT:.+]] = nn.reshape %[[DOT]][] : tensor<128x4xf32> -> tensor<2x8x8x4xf32>
// DOT: return %[[RESULT]]
func.func @conv_to_dot(%x: tensor<2x8x8x3xf32>, %w: tensor<4x3x1x1xf32>) -> tensor<2x8x8x4xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<2x8x8x3xf32>, tensor<4x3x1x1xf32> -> tensor<2x8x8x4xf32>
  return %0 : tensor<2x8x8x4xf32>
}

// ROWS-LABEL: @rows_innermost
// ROWS: %[[X:.+]] = nn.transpose %arg0 {permutation = array<i64: 0, 2, 1>} : tensor<2x3x4xf32> -> tensor<2x4x3xf32>
// ROWS: %[[SOFTMAX:.+]] = nn.softmax %[[X]] {axis = 2 : i64} : tensor<2x4x3xf32>
// ROWS: %[[BACK:.+]] = nn.transpose %[[SOFTMAX]] {permutation = array<i64: 0, 2, 1>} : tensor<2x4x3xf32> -> tensor<2x3x4xf32>
// ROWS: return %[[BACK]]
func.func @rows_innermost(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

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
