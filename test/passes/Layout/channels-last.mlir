// RUN: ds-opt --ds-channels-last --canonicalize %s | FileCheck %s
// RUN: ds-opt --ds-channels-last --canonicalize --ds-channels-last --canonicalize %s | FileCheck %s

// Between two convolutions nothing is transposed; a per-feature value keeps its data and is repeated along other dimensions.
// Filters that are given get their output features innermost.
// CHECK-LABEL: @chain
// CHECK-SAME: (%[[X:.+]]: tensor<1x3x8x8xf32>, %[[W:.+]]: tensor<4x3x3x3xf32>, %[[V:.+]]: tensor<5x4x3x3xf32>, %[[B:.+]]: tensor<4xf32>
// CHECK-DAG: %[[IN:.+]] = nn.transpose %[[X]] {permutation = array<i64: 0, 2, 3, 1>}
// CHECK-DAG: %[[WT:.+]] = nn.transpose %[[W]] {permutation = array<i64: 2, 3, 1, 0>}
// CHECK-DAG: %[[VT:.+]] = nn.transpose %[[V]] {permutation = array<i64: 2, 3, 1, 0>}
// CHECK: %[[CONV:.+]] = nn.conv %[[IN]], %[[WT]]
// CHECK-SAME: filter_layout = array<i64: 3, 2, 0, 1>
// CHECK-SAME: input_layout = array<i64: 0, 3, 1, 2>
// CHECK-SAME: output_layout = array<i64: 0, 3, 1, 2>
// CHECK-SAME: tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32> -> tensor<1x8x8x4xf32>
// CHECK: %[[BIAS:.+]] = nn.broadcast %[[B]][] {dims = array<i64: 3>} : tensor<4xf32> -> tensor<1x8x8x4xf32>
// CHECK: %[[SUM:.+]] = nn.add %[[CONV]], %[[BIAS]] : tensor<1x8x8x4xf32>
// CHECK: %[[POOL:.+]] = nn.pool max %[[SUM]]
// CHECK-SAME: strides = array<i64: 1, 2, 2, 1>
// CHECK-SAME: window = array<i64: 1, 2, 2, 1>
// CHECK: %[[LAST:.+]] = nn.conv %[[POOL]], %[[VT]]
// CHECK: %[[OUT:.+]] = nn.transpose %[[LAST]] {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x4x5xf32>
// CHECK: return %[[OUT]]
func.func @chain(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %v: tensor<5x4x3x3xf32>, %b: tensor<4xf32>)
    -> tensor<1x5x4x4xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, 1>,
    pad_high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x8x8xf32>
  %1 = nn.broadcast %b [] {dims = array<i64: 1>} : tensor<4xf32> -> tensor<1x4x8x8xf32>
  %2 = nn.add %0, %1 : tensor<1x4x8x8xf32>
  %3 = nn.pool max %2 [] {window = array<i64: 1, 1, 2, 2>, strides = array<i64: 1, 1, 2, 2>, low = array<i64: 0, 0, 0, 0>,
    high = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1, 1>} : tensor<1x4x8x8xf32> -> tensor<1x4x4x4xf32>
  %4 = nn.conv %3, %v {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, 1>,
    pad_high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x4x4x4xf32>, tensor<5x4x3x3xf32> -> tensor<1x5x4x4xf32>
  return %4 : tensor<1x5x4x4xf32>
}

// Must not fire: a frozen filter is packed later, a scaled one too.
// CHECK-LABEL: @frozen_filter
// CHECK-NOT: nn.transpose {{.*}} : tensor<4x3x3x3xf32>
// CHECK: nn.conv
// CHECK-SAME: filter_layout = array<i64: 0, 1, 2, 3>
func.func @frozen_filter(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x6x6xf32> {
  %c = nn.constant dense<3> : tensor<4x3x3x3xi8>
  %s = nn.constant dense<0.5> : tensor<4x3x3x3xf32>
  %f = nn.cast %c : tensor<4x3x3x3xi8> -> tensor<4x3x3x3xf32>
  %w = nn.mul %f, %s : tensor<4x3x3x3xf32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// Squeeze and excitation with dynamic sizes: the branch and the residual meet again without a transpose, and what has one
// position only is reshaped.
// CHECK-LABEL: @two_branches
// CHECK: nn.transpose %{{.+}} {permutation = array<i64: 0, 2, 3, 1>} : tensor<?x8x?x?xf32> -> tensor<?x?x?x8xf32>
// CHECK-NOT: nn.transpose
// CHECK: %[[CONV:.+]] = nn.conv
// CHECK: %[[MEAN:.+]] = nn.reduce sum %[[CONV]] {dims = array<i64: 1, 2>} : tensor<?x?x?x8xf32> -> tensor<?x8xf32>
// CHECK: nn.reshape %[[MEAN]][%{{.+}}] : tensor<?x8xf32> -> tensor<?x1x1x8xf32>
// CHECK: %[[SCALE:.+]] = nn.broadcast %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] {dims = array<i64: 0, 1, 2, 3>} : tensor<?x1x1x8xf32> -> tensor<?x?x?x8xf32>
// CHECK: nn.mul %[[CONV]], %[[SCALE]] : tensor<?x?x?x8xf32>
// CHECK: nn.transpose %{{.+}} {permutation = array<i64: 0, 3, 1, 2>}
func.func @two_branches(%x: tensor<?x8x?x?xf32>, %w: tensor<8x8x1x1xf32>) -> tensor<?x8x?x?xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %n = tensor.dim %x, %c0 : tensor<?x8x?x?xf32>
  %h = tensor.dim %x, %c2 : tensor<?x8x?x?xf32>
  %v = tensor.dim %x, %c3 : tensor<?x8x?x?xf32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<?x8x?x?xf32>, tensor<8x8x1x1xf32> -> tensor<?x8x?x?xf32>
  %1 = nn.reduce sum %0 {dims = array<i64: 2, 3>} : tensor<?x8x?x?xf32> -> tensor<?x8xf32>
  %2 = nn.reshape %1 [%n] : tensor<?x8xf32> -> tensor<?x8x1x1xf32>
  %3 = nn.conv %2, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<?x8x1x1xf32>, tensor<8x8x1x1xf32> -> tensor<?x8x1x1xf32>
  %4 = nn.broadcast %3 [%n, %h, %v] {dims = array<i64: 0, 1, 2, 3>} : tensor<?x8x1x1xf32> -> tensor<?x8x?x?xf32>
  %5 = nn.mul %0, %4 : tensor<?x8x?x?xf32>
  return %5 : tensor<?x8x?x?xf32>
}

// Upsampling repeats along a dimension of its own and merges it; both halves move.
// CHECK-LABEL: @upsample
// CHECK: %[[CONV:.+]] = nn.conv
// CHECK: %[[TWICE:.+]] = nn.broadcast %[[CONV]][] {dims = array<i64: 0, 1, 3, 4>} : tensor<1x6x6x4xf32> -> tensor<1x6x2x6x4xf32>
// CHECK: %[[MERGED:.+]] = nn.reshape %[[TWICE]][] : tensor<1x6x2x6x4xf32> -> tensor<1x12x6x4xf32>
// CHECK: nn.conv %[[MERGED]]
func.func @upsample(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %v: tensor<4x4x3x3xf32>) -> tensor<1x4x10x4xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
  %1 = nn.broadcast %0 [] {dims = array<i64: 0, 1, 2, 4>} : tensor<1x4x6x6xf32> -> tensor<1x4x6x2x6xf32>
  %2 = nn.reshape %1 [] : tensor<1x4x6x2x6xf32> -> tensor<1x4x12x6xf32>
  %3 = nn.conv %2, %v {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x4x12x6xf32>, tensor<4x4x3x3xf32> -> tensor<1x4x10x4xf32>
  return %3 : tensor<1x4x10x4xf32>
}

// A model that transposes by itself loses its transposes. The filter of a depthwise convolution gets its features innermost.
// CHECK-LABEL: @own_transposes
// CHECK-SAME: (%[[X:.+]]: tensor<2x9x4xf32>, %[[W:.+]]: tensor<4x1x3xf32>)
// CHECK: %[[FILTER:.+]] = nn.transpose %[[W]] {permutation = array<i64: 2, 1, 0>} : tensor<4x1x3xf32> -> tensor<3x1x4xf32>
// CHECK: %[[CONV:.+]] = nn.conv %[[X]], %[[FILTER]]
// CHECK-SAME: filter_layout = array<i64: 2, 1, 0>, input_dilation = array<i64: 1>, input_layout = array<i64: 0, 2, 1>
// CHECK: %[[RESULT:.+]] = nn.exp %[[CONV]] : tensor<2x7x4xf32>
// CHECK: return %[[RESULT]]
func.func @own_transposes(%x: tensor<2x9x4xf32>, %w: tensor<4x1x3xf32>) -> tensor<2x7x4xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : tensor<2x9x4xf32> -> tensor<2x4x9xf32>
  %1 = nn.conv %0, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 4 : i64, batch_groups = 1 : i64}
    : tensor<2x4x9xf32>, tensor<4x1x3xf32> -> tensor<2x4x7xf32>
  %2 = nn.exp %1 : tensor<2x4x7xf32>
  %3 = nn.transpose %2 {permutation = array<i64: 0, 2, 1>} : tensor<2x4x7xf32> -> tensor<2x7x4xf32>
  return %3 : tensor<2x7x4xf32>
}

// Ops that only move or cut: their numbers follow the dimensions. The transpose behind comes where the result is smallest.
// CHECK-LABEL: @numbers_follow
// CHECK: %[[CONV:.+]] = nn.conv
// CHECK: %[[PAD:.+]] = nn.pad %[[CONV]] value(%{{.+}} : tensor<f32>) low[] high[%{{.+}}]
// CHECK-SAME: static_high = array<i64: 0, 0, -9223372036854775808, 0>, static_low = array<i64: 0, 1, 0, 0>
// CHECK: %[[CAT:.+]] = nn.concat %[[PAD]], %[[PAD]] {axis = 1 : i64}
// CHECK: %[[ROWS:.+]] = nn.gather %[[CAT]], %{{.+}} {axis = 1 : i64}
// CHECK-SAME: -> tensor<1x5x?x4xf32>
// CHECK: %[[SLICE:.+]] = nn.slice %[[ROWS]] offsets[%{{.+}}] sizes[]
// CHECK-SAME: static_offsets = array<i64: 0, 1, -9223372036854775808, 0>, strides = array<i64: 1, 1, 1, 2>
// CHECK: nn.transpose %[[SLICE]] {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x2x3x2xf32> -> tensor<1x2x2x3xf32>
func.func @numbers_follow(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %n: index, %i: tensor<5xi64>) -> tensor<1x2x2x3xf32> {
  %z = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
  %1 = nn.pad %0 value(%z : tensor<f32>) low[] high[%n] {mode = #nn.pad_mode<constant>, static_low = array<i64: 0, 0, 1, 0>,
    static_high = array<i64: 0, 0, 0, -9223372036854775808>} : tensor<1x4x6x6xf32> -> tensor<1x4x7x?xf32>
  %2 = nn.concat %1, %1 {axis = 2 : i64} : (tensor<1x4x7x?xf32>, tensor<1x4x7x?xf32>) -> tensor<1x4x14x?xf32>
  %3 = nn.gather %2, %i {axis = 2 : i64} : tensor<1x4x14x?xf32>, tensor<5xi64> -> tensor<1x4x5x?xf32>
  %4 = nn.slice %3 offsets[%n] sizes[] {static_offsets = array<i64: 0, 0, 1, -9223372036854775808>,
    strides = array<i64: 1, 2, 1, 1>} : tensor<1x4x5x?xf32> -> tensor<1x2x2x3xf32>
  return %4 : tensor<1x2x2x3xf32>
}

// Must not fire: moved, the rows of the softmax would not be innermost any more.
// CHECK-LABEL: @keeps_rows
// CHECK: %[[CONV:.+]] = nn.conv
// CHECK: %[[BACK:.+]] = nn.transpose %[[CONV]]
// CHECK: nn.softmax %[[BACK]] {axis = 3 : i64} : tensor<1x4x6x6xf32>
func.func @keeps_rows(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
  %1 = nn.softmax %0 {axis = 3 : i64} : tensor<1x4x6x6xf32>
  return %1 : tensor<1x4x6x6xf32>
}

// Must not fire: features and a spatial dimension are merged, so the order matters.
// CHECK-LABEL: @flattens
// CHECK: %[[CONV:.+]] = nn.conv
// CHECK: %[[BACK:.+]] = nn.transpose %[[CONV]] {permutation = array<i64: 0, 3, 1, 2>}
// CHECK: nn.reshape %[[BACK]][] : tensor<1x4x6x6xf32> -> tensor<1x144xf32>
func.func @flattens(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x144xf32> {
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
    output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
    pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
  %1 = nn.reshape %0 [] : tensor<1x4x6x6xf32> -> tensor<1x144xf32>
  return %1 : tensor<1x144xf32>
}

// Must not fire: without a convolution, and with nothing to save, all stays where it is.
// CHECK-LABEL: @nothing_to_save
// CHECK: %[[T:.+]] = nn.transpose
// CHECK: nn.exp %[[T]]
func.func @nothing_to_save(%x: tensor<4x8xf32>) -> tensor<8x4xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  %1 = nn.exp %0 : tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// A transpose costs less behind a reduction.
// CHECK-LABEL: @behind_reduction
// CHECK-SAME: (%[[X:.+]]: tensor<4x8x16xf32>)
// CHECK: %[[SUM:.+]] = nn.reduce sum %[[X]] {dims = array<i64: 2>} : tensor<4x8x16xf32> -> tensor<4x8xf32>
// CHECK: nn.transpose %[[SUM]]
func.func @behind_reduction(%x: tensor<4x8x16xf32>) -> tensor<8x4xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 2, 0>} : tensor<4x8x16xf32> -> tensor<8x16x4xf32>
  %1 = nn.reduce sum %0 {dims = array<i64: 1>} : tensor<8x16x4xf32> -> tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// Blocks are decided one by one.
// CHECK-LABEL: @in_branch
// CHECK: scf.if
// CHECK: nn.transpose
// CHECK: nn.conv
// CHECK-SAME: output_layout = array<i64: 0, 2, 1>
// CHECK: nn.transpose
// CHECK: scf.yield
func.func @in_branch(%c: i1, %x: tensor<2x4x9xf32>, %w: tensor<4x4x3xf32>) -> tensor<2x4x7xf32> {
  %r = scf.if %c -> tensor<2x4x7xf32> {
    %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
      output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
      input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
      : tensor<2x4x9xf32>, tensor<4x4x3xf32> -> tensor<2x4x7xf32>
    scf.yield %0 : tensor<2x4x7xf32>
  } else {
    %z = nn.constant dense<0.0> : tensor<2x4x7xf32>
    scf.yield %z : tensor<2x4x7xf32>
  }
  return %r : tensor<2x4x7xf32>
}

// The gradient by a filter: its window is as wide as the image. What stands for images, the features of the operands, stays
// innermost, so that nothing is moved.
// CHECK-LABEL: @filter_gradient
// CHECK-SAME: (%[[X:.+]]: tensor<2x8x8x16xf32>, %[[G:.+]]: tensor<2x8x8x32xf32>
// CHECK: %[[CONV:.+]] = nn.conv %[[X]], %[[G]]
// CHECK-SAME: filter_layout = array<i64: 3, 0, 1, 2>
// CHECK-SAME: input_layout = array<i64: 3, 0, 1, 2>
// CHECK-SAME: output_layout = array<i64: 0, 3, 1, 2>
// CHECK-SAME: -> tensor<16x3x3x32xf32>
// CHECK: return %[[CONV]]
func.func @filter_gradient(%x: tensor<2x8x8x16xf32>, %g: tensor<2x8x8x32xf32>) -> tensor<16x3x3x32xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : tensor<2x8x8x16xf32> -> tensor<2x16x8x8xf32>
  %1 = nn.transpose %g {permutation = array<i64: 0, 3, 1, 2>} : tensor<2x8x8x32xf32> -> tensor<2x32x8x8xf32>
  %2 = nn.conv %0, %1 {input_layout = array<i64: 1, 0, 2, 3>, filter_layout = array<i64: 1, 0, 2, 3>,
    output_layout = array<i64: 1, 0, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 1, 1>,
    pad_high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
    feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<2x16x8x8xf32>, tensor<2x32x8x8xf32> -> tensor<32x16x3x3xf32>
  %3 = nn.transpose %2 {permutation = array<i64: 1, 2, 3, 0>} : tensor<32x16x3x3xf32> -> tensor<16x3x3x32xf32>
  return %3 : tensor<16x3x3x32xf32>
}
