// RUN: ds-opt --ds-lower-nn-to-linalg --split-input-file --verify-diagnostics %s

// Pads are for ds-decompose-conv, which did not run.
func.func @pads(%x: tensor<1x1x4xf32>, %w: tensor<1x1x3xf32>) -> tensor<1x1x4xf32> {
  // expected-error @+1 {{'nn.conv' op must have no pads, input dilation or batch groups here: 'ds-decompose-conv' removes them}}
  %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
    output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 1>, pad_high = array<i64: 1>,
    input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
    : tensor<1x1x4xf32>, tensor<1x1x3xf32> -> tensor<1x1x4xf32>
  return %0 : tensor<1x1x4xf32>
}

// -----

// The file of the weight was never opened.
func.func @lost_weight() -> tensor<2xf32> {
  // expected-error @+1 {{'nn.constant' op holds #nn.weight<"lost.onnx", "w">, whose data are not in the weight table}}
  %0 = nn.constant #nn.weight<"lost.onnx", "w"> : tensor<2xf32>
  return %0 : tensor<2xf32>
}
