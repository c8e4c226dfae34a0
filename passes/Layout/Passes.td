//===- Passes.td - forms of nn ops that the code generator has loops for ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_PASSES_TD
#define DS_PASSES_LAYOUT_PASSES_TD

include "mlir/Pass/PassBase.td"

def DecomposeConvPass : Pass<"ds-decompose-conv"> {
  let summary = "rewrite convolutions without pads, input dilation and batch groups";
  let description = [{
    Pads become an `nn.pad` of the input (negative ones an `nn.slice`). Input dilation is split by phase: with dilation d, output
    positions of one residue only ever meet every d-th element of the window, so each residue is a convolution of the
    undilated input with a slice of the filter, and the results are interleaved; no inserted zero is multiplied. Batch groups
    become feature groups by moving the group from the batch to the features.

    Requires a static filter extent in dilated dimensions. Guarantees that every `nn.conv` has pads of 0, input dilation
    1 and one batch group, as `ds-lower-nn-to-linalg` requires.

    Runs first among the layout passes, so that the pads and slices it makes take part in layout and fusion.

    A dilated input under a filter of dynamic extent is an error.

    ```mlir
    func.func @f(%x: tensor<1x1x4xf32>, %w: tensor<1x1x3xf32>) -> tensor<1x1x4xf32> {
      %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
        output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 1>, pad_high = array<i64: 1>,
        input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
        : tensor<1x1x4xf32>, tensor<1x1x3xf32> -> tensor<1x1x4xf32>
      return %0 : tensor<1x1x4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @f(%x: tensor<1x1x4xf32>, %w: tensor<1x1x3xf32>) -> tensor<1x1x4xf32> {
      %z = nn.constant dense<0.0> : tensor<f32>
      %p = nn.pad %x value(%z : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
        static_low = array<i64: 0, 0, 1>, static_high = array<i64: 0, 0, 1>} : tensor<1x1x4xf32> -> tensor<1x1x6xf32>
      %0 = nn.conv %p, %w {input_layout = array<i64: 0, 1, 2>, filter_layout = array<i64: 0, 1, 2>,
        output_layout = array<i64: 0, 1, 2>, strides = array<i64: 1>, pad_low = array<i64: 0>, pad_high = array<i64: 0>,
        input_dilation = array<i64: 1>, window_dilation = array<i64: 1>, feature_groups = 1 : i64, batch_groups = 1 : i64}
        : tensor<1x1x6xf32>, tensor<1x1x3xf32> -> tensor<1x1x4xf32>
      return %0 : tensor<1x1x4xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "nn::NNDialect", "tensor::TensorDialect"];
}

#endif // DS_PASSES_LAYOUT_PASSES_TD
