// RUN: ds-opt --ds-decompose-conv --split-input-file --verify-diagnostics %s | FileCheck %s
// RUN: ds-opt --ds-decompose-conv --ds-decompose-conv --split-input-file --verify-diagnostics %s | FileCheck %s

// Only what sticks out is padded or cut off.
// CHECK-LABEL: @pads
// CHECK: %[[CUT:.+]] = nn.slice %arg0 {{.*}}static_offsets = array<i64: 0, 0, 0, 2>{{.*}} -> tensor<1x1x8x5xf32>
// CHECK: %[[PAD:.+]] = nn.pad %[[CUT]] {{.*}}static_high = array<i64: 0, 0, 0, 3>, static_low = array<i64: 0, 0, 1, 0>{{.*}} -> tensor<1x1x9x8xf32>
// CHECK: nn.conv %[[PAD]], %arg1 {{.*}}pad_high = array<i64: 0, 0>, pad_low = array<i64: 0, 0>
func.func @pads(%x: tensor<1x1x8x7xf32>, %w: tensor<1x1x2x2xf32>) -> tensor<1x1x8x7xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, -2>,
    pad_high = array<i64: 0, 3>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x8x7xf32>, tensor<1x1x2x2xf32> -> tensor<1x1x8x7xf32>
  return %0 : tensor<1x1x8x7xf32>
}

// -----

// A plain convolution stays what it is.
// CHECK-LABEL: @plain
// CHECK-NEXT: nn.conv %arg0, %arg1
// CHECK-NEXT: return
func.func @plain(%x: tensor<1x1x8xf32>, %w: tensor<1x1x3xf32>) -> tensor<1x1x3xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 2>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x8xf32>, tensor<1x1x3xf32> -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

// Dilation 2: the even and the odd taps of the filter, each over the input as it is, and no cut behind them.
// CHECK-LABEL: @phases
// CHECK: %[[EVEN:.+]] = nn.slice %arg1 {{.*}}static_offsets = array<i64: 0, 0, 0>, strides = array<i64: 1, 1, 2>} : tensor<1x1x4xf32> -> tensor<1x1x2xf32>
// CHECK: %[[FIRST:.+]] = nn.conv %{{.+}}, %[[EVEN]] {{.*}}input_dilation = array<i64: 1>
// CHECK: %[[ODD:.+]] = nn.slice %arg1 {{.*}}static_offsets = array<i64: 0, 0, 1>, strides = array<i64: 1, 1, 2>} : tensor<1x1x4xf32> -> tensor<1x1x2xf32>
// CHECK: %[[SECOND:.+]] = nn.conv %{{.+}}, %[[ODD]] {{.*}}input_dilation = array<i64: 1>
// CHECK-DAG: %[[A:.+]] = nn.reshape %[[FIRST]]{{.*}} -> tensor<1x1x?x1xf32>
// CHECK-DAG: %[[B:.+]] = nn.reshape %[[SECOND]]{{.*}} -> tensor<1x1x?x1xf32>
// CHECK: %[[BOTH:.+]] = nn.concat %[[A]], %[[B]] {axis = 3 : i64}
// CHECK: %[[RESULT:.+]] = nn.reshape %[[BOTH]]{{.*}} -> tensor<1x1x?xf32>
// CHECK-NOT: nn.slice
// CHECK: return %[[RESULT]]
func.func @phases(%x: tensor<1x1x?xf32>, %w: tensor<1x1x4xf32>) -> tensor<1x1x?xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 2>, pad_high = array<i64: 2>,
    input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x?xf32>, tensor<1x1x4xf32> -> tensor<1x1x?xf32>
  return %0 : tensor<1x1x?xf32>
}

// -----

// A phase that no tap falls on is zeros; it is not computed.
// CHECK-LABEL: @zeros
// CHECK-COUNT-1: nn.conv
// CHECK-NOT: nn.conv
// CHECK: nn.broadcast
// CHECK: nn.concat
func.func @zeros(%x: tensor<1x1x3xf32>, %w: tensor<1x1x1xf32>) -> tensor<1x1x6xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 1>,
    input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x3xf32>, tensor<1x1x1xf32> -> tensor<1x1x6xf32>
  return %0 : tensor<1x1x6xf32>
}

// -----

// The group moves from the batch in front of the features.
// CHECK-LABEL: @batch_groups
// CHECK: %[[SPLIT:.+]] = nn.reshape %arg0{{.*}} -> tensor<2x3x4x8xf32>
// CHECK: %[[MOVED:.+]] = nn.transpose %[[SPLIT]] {permutation = array<i64: 1, 0, 2, 3>} : {{.*}} -> tensor<3x2x4x8xf32>
// CHECK: %[[JOINED:.+]] = nn.reshape %[[MOVED]]{{.*}} -> tensor<3x8x8xf32>
// CHECK: nn.conv %[[JOINED]], %arg1 {batch_groups = 1 : i64, feature_groups = 2 : i64
func.func @batch_groups(%x: tensor<6x4x8xf32>, %w: tensor<2x4x3xf32>) -> tensor<3x2x6xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 2 : i64}
    : tensor<6x4x8xf32>, tensor<2x4x3xf32> -> tensor<3x2x6xf32>
  return %0 : tensor<3x2x6xf32>
}

// -----

func.func @dynamic_filter(%x: tensor<1x1x3xf32>, %w: tensor<1x1x?xf32>) -> tensor<1x1x?xf32> {
  // expected-error @+1 {{'nn.conv' op with input dilation 2 in spatial dimension 0 needs a static filter extent there, but the filter is 'tensor<1x1x?xf32>'}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 1>,
    input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x3xf32>, tensor<1x1x?xf32> -> tensor<1x1x?xf32>
  return %0 : tensor<1x1x?xf32>
}
