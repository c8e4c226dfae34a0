// RUN: ds-opt --nn-evaluate %s | FileCheck %s
// Matrix products and convolutions.

// numpy: x @ y
// CHECK{LITERAL}: @dot: tensor<2x2xf32> = dense<[[1.000000e+01, 1.400000e+01], [2.500000e+00, 5.000000e+00]]>
func.func @dot() -> tensor<2x2xf32> {
  %x = nn.constant dense<[[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]> : tensor<2x3xf32>
  %y = nn.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %r = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x3xf32>, tensor<3x2xf32> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// The batch dimension of the right side is not its first.
// numpy: np.einsum('bik,kb->bi', x, y)
// CHECK{LITERAL}: @dot_batch: tensor<2x2xi32> = dense<[[10, 28], [67, 94]]>
func.func @dot_batch() -> tensor<2x2xi32> {
  %x = nn.constant dense<[[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]> : tensor<2x2x3xi32>
  %y = nn.constant dense<[[0, 1], [2, 3], [4, 5]]> : tensor<3x2xi32>
  %r = nn.dot %x, %y {lhs_batch = array<i64: 0>, rhs_batch = array<i64: 1>, lhs_contracting = array<i64: 2>, rhs_contracting = array<i64: 0>} : tensor<2x2x3xi32>, tensor<3x2xi32> -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// numpy: np.einsum('kil,lkj->ij', x, y)
// CHECK{LITERAL}: @dot_two_contracting: tensor<2x2xi32> = dense<[[42, 52], [66, 84]]>
func.func @dot_two_contracting() -> tensor<2x2xi32> {
  %x = nn.constant dense<[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]> : tensor<2x2x2xi32>
  %y = nn.constant dense<[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]> : tensor<2x2x2xi32>
  %r = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0, 2>, rhs_contracting = array<i64: 1, 0>} : tensor<2x2x2xi32>, tensor<2x2x2xi32> -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// Each side is extended by its own signedness.
// numpy: -128 * 200 - 56 * 3
// CHECK{LITERAL}: @dot_widens: tensor<i32> = dense<-25768>
func.func @dot_widens() -> tensor<i32> {
  %x = nn.constant dense<[-128, -56]> : tensor<2xi8>
  %y = nn.constant dense<[200, 3]> : tensor<2xui8>
  %r = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0>, rhs_contracting = array<i64: 0>} : tensor<2xi8>, tensor<2xui8> -> tensor<i32>
  return %r : tensor<i32>
}

// numpy: x @ y
// CHECK{LITERAL}: @dot_empty: tensor<2x1xf32> = dense<0.000000e+00>
func.func @dot_empty() -> tensor<2x1xf32> {
  %x = nn.constant dense<> : tensor<2x0xf32>
  %y = nn.constant dense<> : tensor<0x1xf32>
  %r = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>, rhs_contracting = array<i64: 0>} : tensor<2x0xf32>, tensor<0x1xf32> -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// numpy: x @ y
// CHECK{LITERAL}: @dot_accumulates_wide: tensor<f32> = dense<1.000000e+00>
func.func @dot_accumulates_wide() -> tensor<f32> {
  %x = nn.constant dense<[100000000.0, 1.0, -100000000.0]> : tensor<3xf32>
  %y = nn.constant dense<[1.0, 1.0, 1.0]> : tensor<3xf32>
  %r = nn.dot %x, %y {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 0>, rhs_contracting = array<i64: 0>} : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %r : tensor<f32>
}

// The window is not flipped.
// numpy: np.correlate(x[0, 0], w[0, 0])[None, None]
// CHECK{LITERAL}: @conv: tensor<1x1x3xf32> = dense<[[[3.210000e+02, 4.320000e+02, 5.430000e+02]]]>
func.func @conv() -> tensor<1x1x3xf32> {
  %x = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32>
  %w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x3xf32> -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// numpy: np.correlate(np.pad(x[0, 0], 1), w[0, 0])[None, None, ::2]
// CHECK{LITERAL}: @conv_padded_and_strided: tensor<1x1x3xf32> = dense<[[[2.100000e+02, 4.320000e+02, 5.400000e+01]]]>
func.func @conv_padded_and_strided() -> tensor<1x1x3xf32> {
  %x = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32>
  %w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 2>, pad_low = array<i64: 1>, pad_high = array<i64: 1>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x3xf32> -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// A negative pad cuts off.
// numpy: np.correlate(x[0, 0, 1:], w[0, 0])[None, None]
// CHECK{LITERAL}: @conv_cut: tensor<1x1x2xf32> = dense<[[[4.320000e+02, 5.430000e+02]]]>
func.func @conv_cut() -> tensor<1x1x2xf32> {
  %x = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32>
  %w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: -1>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x3xf32> -> tensor<1x1x2xf32>
  return %r : tensor<1x1x2xf32>
}

// numpy: [[[1 + 30 + 500]]]
// CHECK{LITERAL}: @conv_window_dilated: tensor<1x1x1xf32> = dense<5.310000e+02>
func.func @conv_window_dilated() -> tensor<1x1x1xf32> {
  %x = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32>
  %w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 2>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x3xf32> -> tensor<1x1x1xf32>
  return %r : tensor<1x1x1xf32>
}

// Zeros between the elements of the input.
// numpy: np.correlate([1, 0, 2, 0, 3, 0, 4, 0, 5], w[0, 0])[None, None]
// CHECK{LITERAL}: @conv_input_dilated: tensor<1x1x7xf32> = dense<[[[2.010000e+02, 2.000000e+01, 3.020000e+02, 3.000000e+01, 4.030000e+02, 4.000000e+01, 5.040000e+02]]]>
func.func @conv_input_dilated() -> tensor<1x1x7xf32> {
  %x = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32>
  %w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 2>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x5xf32>, tensor<1x1x3xf32> -> tensor<1x1x7xf32>
  return %r : tensor<1x1x7xf32>
}

// numpy: np.stack([sum(np.correlate(x[0, c], w[f, c]) for c in range(2)) for f in range(2)])[None]
// CHECK{LITERAL}: @conv_features: tensor<1x2x2xi32> = dense<[[[19, 25], [51, 73]]]>
func.func @conv_features() -> tensor<1x2x2xi32> {
  %x = nn.constant dense<[[[0, 1, 2], [3, 4, 5]]]> : tensor<1x2x3xi32>
  %w = nn.constant dense<[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]> : tensor<2x2x2xi32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x2x3xi32>, tensor<2x2x2xi32> -> tensor<1x2x2xi32>
  return %r : tensor<1x2x2xi32>
}

// numpy: np.stack([np.correlate(x[0, f // 2], w[f, 0]) for f in range(4)])[None]
// CHECK{LITERAL}: @conv_feature_groups: tensor<1x4x2xi32> = dense<[[[1, 2], [3, 8], [32, 41], [46, 59]]]>
func.func @conv_feature_groups() -> tensor<1x4x2xi32> {
  %x = nn.constant dense<[[[0, 1, 2], [3, 4, 5]]]> : tensor<1x2x3xi32>
  %w = nn.constant dense<[[[0, 1]], [[2, 3]], [[4, 5]], [[6, 7]]]> : tensor<4x1x2xi32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 2 : i64, batch_groups = 1 : i64} : tensor<1x2x3xi32>, tensor<4x1x2xi32> -> tensor<1x4x2xi32>
  return %r : tensor<1x4x2xi32>
}

// Output feature f reads the f-th half of the batch.
// numpy: np.stack([np.stack([np.correlate(x[f * 2 + n, 0], w[f, 0]) for f in range(2)]) for n in range(2)])
// CHECK{LITERAL}: @conv_batch_groups: tensor<2x2x2xi32> = dense<[[[1, 2], [33, 38]], [[4, 5], [48, 53]]]>
func.func @conv_batch_groups() -> tensor<2x2x2xi32> {
  %x = nn.constant dense<[[[0, 1, 2]], [[3, 4, 5]], [[6, 7, 8]], [[9, 10, 11]]]> : tensor<4x1x3xi32>
  %w = nn.constant dense<[[[0, 1]], [[2, 3]]]> : tensor<2x1x2xi32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 2 : i64} : tensor<4x1x3xi32>, tensor<2x1x2xi32> -> tensor<2x2x2xi32>
  return %r : tensor<2x2x2xi32>
}

// Spatial dimensions first in all three.
// numpy: np.stack([sum(np.correlate(x[:, c, 0], w[:, c, f]) for c in range(2)) for f in range(2)]).T[:, :, None]
// CHECK{LITERAL}: @conv_layouts: tensor<2x2x1xi32> = dense<[[[28], [34]], [[52], [66]]]>
func.func @conv_layouts() -> tensor<2x2x1xi32> {
  %x = nn.constant dense<[[[0], [1]], [[2], [3]], [[4], [5]]]> : tensor<3x2x1xi32>
  %w = nn.constant dense<[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]> : tensor<2x2x2xi32>
  %r = nn.conv %x, %w {input_layout = array<i64: 2, 1, 0>, filter_layout = array<i64: 2, 1, 0>, output_layout = array<i64: 2, 1, 0>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<3x2x1xi32>, tensor<2x2x2xi32> -> tensor<2x2x1xi32>
  return %r : tensor<2x2x1xi32>
}

// numpy: (x[:, :, :-1, :-1] + 2 * x[:, :, :-1, 1:] + 3 * x[:, :, 1:, :-1] + 4 * x[:, :, 1:, 1:])
// CHECK{LITERAL}: @conv_2d: tensor<1x1x2x3xf32> = dense<[[[[3.400000e+01, 4.400000e+01, 5.400000e+01], [7.400000e+01, 8.400000e+01, 9.400000e+01]]]]>
func.func @conv_2d() -> tensor<1x1x2x3xf32> {
  %x = nn.constant dense<[[[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]]]> : tensor<1x1x3x4xf32>
  %w = nn.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>, output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>, pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x3x4xf32>, tensor<1x1x2x2xf32> -> tensor<1x1x2x3xf32>
  return %r : tensor<1x1x2x3xf32>
}

// numpy: np.zeros((1, 1, 0))
// CHECK{LITERAL}: @conv_window_too_large: tensor<1x1x0xf32> = dense<>
func.func @conv_window_too_large() -> tensor<1x1x0xf32> {
  %x = nn.constant dense<[[[1.0, 1.0]]]> : tensor<1x1x2xf32>
  %w = nn.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
  %r = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>, output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>, input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x1x2xf32>, tensor<1x1x3xf32> -> tensor<1x1x0xf32>
  return %r : tensor<1x1x0xf32>
}
