// RUN: ds-opt --ds-conv-to-dot --canonicalize %s | FileCheck %s

// Dynamic sizes, a bias and a second convolution: all in the flat shape, one reshape on either end.
// CHECK-LABEL: @chain
// CHECK-SAME: (%[[X:.+]]: tensor<?x?x8x3xf32>, %[[W:.+]]: tensor<4x3x1x1xf32>, %[[V:.+]]: tensor<2x4x1x1xf32>, %[[B:.+]]: tensor<4xf32>
// CHECK-DAG: %[[F:.+]] = nn.reshape %[[W]][] : tensor<4x3x1x1xf32> -> tensor<4x3xf32>
// CHECK-DAG: %[[R:.+]] = nn.reshape %[[X]][%[[ROWS:.+]]] : tensor<?x?x8x3xf32> -> tensor<?x3xf32>
// CHECK: %[[D:.+]] = nn.dot %[[R]], %[[F]]
// CHECK-SAME: lhs_contracting = array<i64: 1>
// CHECK-SAME: rhs_contracting = array<i64: 1>
// CHECK: %[[BIAS:.+]] = nn.broadcast %[[B]][%[[ROWS]]] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<?x4xf32>
// CHECK: %[[SUM:.+]] = nn.add %[[D]], %[[BIAS]] : tensor<?x4xf32>
// CHECK: %[[SECOND:.+]] = nn.dot %[[SUM]]
// CHECK: %[[OUT:.+]] = nn.reshape %[[SECOND]][%{{.+}}, %{{.+}}] : tensor<?x2xf32> -> tensor<?x?x8x2xf32>
// CHECK: return %[[OUT]]
func.func @chain(%x: tensor<?x?x8x3xf32>, %w: tensor<4x3x1x1xf32>, %v: tensor<2x4x1x1xf32>, %b: tensor<4xf32>)
    -> tensor<?x?x8x2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x8x3xf32>
  %h = tensor.dim %x, %c1 : tensor<?x?x8x3xf32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<?x?x8x3xf32>, tensor<4x3x1x1xf32> -> tensor<?x?x8x4xf32>
  %1 = nn.broadcast %b [%n, %h] {dims = array<i64: 3>} : tensor<4xf32> -> tensor<?x?x8x4xf32>
  %2 = nn.add %0, %1 : tensor<?x?x8x4xf32>
  %3 = nn.conv %2, %v {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<?x?x8x4xf32>, tensor<2x4x1x1xf32> -> tensor<?x?x8x2xf32>
  return %3 : tensor<?x?x8x2xf32>
}

// A filter stored the other way round is contracted along its first dimension; a residual is read as it lies in memory; what is
// repeated along some positions only keeps its shape.
// CHECK-LABEL: @operands
// CHECK-SAME: (%[[X:.+]]: tensor<2x8x3xf32>, %[[W:.+]]: tensor<1x3x4xf32>, %[[RESIDUAL:.+]]: tensor<2x8x4xf32>
// CHECK: nn.dot
// CHECK-SAME: rhs_contracting = array<i64: 0>{{.*}} : tensor<16x3xf32>, tensor<3x4xf32> -> tensor<16x4xf32>
// CHECK: %[[FLAT:.+]] = nn.reshape %[[RESIDUAL]][] : tensor<2x8x4xf32> -> tensor<16x4xf32>
// CHECK: %[[SUM:.+]] = nn.add %{{.+}}, %[[FLAT]] : tensor<16x4xf32>
// CHECK: %[[OLD:.+]] = nn.reshape %[[SUM]][] : tensor<16x4xf32> -> tensor<2x8x4xf32>
// CHECK: %[[SCALE:.+]] = nn.broadcast %{{.+}}[] {dims = array<i64: 0, 2>} : tensor<2x4xf32> -> tensor<2x8x4xf32>
// CHECK: nn.mul %[[OLD]], %[[SCALE]] : tensor<2x8x4xf32>
func.func @operands(%x: tensor<2x8x3xf32>, %w: tensor<1x3x4xf32>, %residual: tensor<2x8x4xf32>, %s: tensor<2x4xf32>)
    -> tensor<2x8x4xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 2, 1, 0>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x8x3xf32>, tensor<1x3x4xf32> -> tensor<2x8x4xf32>
  %1 = nn.add %0, %residual : tensor<2x8x4xf32>
  %2 = nn.broadcast %s [] {dims = array<i64: 0, 2>} : tensor<2x4xf32> -> tensor<2x8x4xf32>
  %3 = nn.mul %1, %2 : tensor<2x8x4xf32>
  return %3 : tensor<2x8x4xf32>
}

// An extent that is asked of the convolution is that of its input.
// CHECK-LABEL: @extent
// CHECK-SAME: (%[[X:.+]]: tensor<1x?x3xf32>
// CHECK: %[[N:.+]] = tensor.dim %[[X]], %{{.+}} : tensor<1x?x3xf32>
// CHECK: return %{{.+}}, %[[N]]
func.func @extent(%x: tensor<1x?x3xf32>, %w: tensor<4x3x1xf32>) -> (tensor<1x?x4xf32>, index) {
  %c1 = arith.constant 1 : index
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x?x3xf32>, tensor<4x3x1xf32> -> tensor<1x?x4xf32>
  %1 = tensor.dim %0, %c1 : tensor<1x?x4xf32>
  return %0, %1 : tensor<1x?x4xf32>, index
}

// Must not fire: positions are skipped.
// CHECK-LABEL: @strided
// CHECK-NOT: nn.dot
func.func @strided(%x: tensor<2x8x3xf32>, %w: tensor<4x3x1xf32>) -> tensor<2x4x4xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 2>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x8x3xf32>, tensor<4x3x1xf32> -> tensor<2x4x4xf32>
  return %0 : tensor<2x4x4xf32>
}

// Must not fire: features are not innermost.
// CHECK-LABEL: @features_first
// CHECK-NOT: nn.dot
func.func @features_first(%x: tensor<2x3x8xf32>, %w: tensor<4x3x1xf32>) -> tensor<2x4x8xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x3x8xf32>, tensor<4x3x1xf32> -> tensor<2x4x8xf32>
  return %0 : tensor<2x4x8xf32>
}

// Must not fire: the result is only padded, and its lines are long.
// CHECK-LABEL: @framed
// CHECK-NOT: nn.dot
func.func @framed(%x: tensor<2x28x3xf32>, %w: tensor<4x3x1xf32>) -> tensor<2x30x4xf32> {
  %v = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x28x3xf32>, tensor<4x3x1xf32> -> tensor<2x28x4xf32>
  %1 = nn.relu %0 : tensor<2x28x4xf32>
  %2 = nn.pad %1 value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
    static_low = array<i64: 0, 1, 0>, static_high = array<i64: 0, 1, 0>} : tensor<2x28x4xf32> -> tensor<2x30x4xf32>
  return %2 : tensor<2x30x4xf32>
}

// Short lines would leave register tiles half empty.
// CHECK-LABEL: @framed_short
// CHECK: nn.dot
func.func @framed_short(%x: tensor<2x8x3xf32>, %w: tensor<4x3x1xf32>) -> tensor<2x10x4xf32> {
  %v = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x8x3xf32>, tensor<4x3x1xf32> -> tensor<2x8x4xf32>
  %1 = nn.relu %0 : tensor<2x8x4xf32>
  %2 = nn.pad %1 value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
    static_low = array<i64: 0, 1, 0>, static_high = array<i64: 0, 1, 0>} : tensor<2x8x4xf32> -> tensor<2x10x4xf32>
  return %2 : tensor<2x10x4xf32>
}

// Positions 2 KiB apart share sets of the cache.
// CHECK-LABEL: @framed_sets
// CHECK: nn.dot
func.func @framed_sets(%x: tensor<2x28x512xf32>, %w: tensor<4x512x1xf32>) -> tensor<2x30x4xf32> {
  %v = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 2, 1>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 2, 1>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<2x28x512xf32>, tensor<4x512x1xf32> -> tensor<2x28x4xf32>
  %1 = nn.relu %0 : tensor<2x28x4xf32>
  %2 = nn.pad %1 value(%v : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
    static_low = array<i64: 0, 1, 0>, static_high = array<i64: 0, 1, 0>} : tensor<2x28x4xf32> -> tensor<2x30x4xf32>
  return %2 : tensor<2x30x4xf32>
}
