//===- Passes.td - forms of nn ops that the code generator has loops for ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_PASSES_TD
#define DS_PASSES_LAYOUT_PASSES_TD

include "mlir/Pass/PassBase.td"

def ChannelsLastPass : Pass<"ds-channels-last"> {
  let summary = "compute convolutions and what is around them with features innermost";
  let description = [{
    Every `nn.conv` gets the features of its input and output as innermost dimension. So does the filter, unless it is made of
    constants alone, has no groups and more than one output feature: such a one is packed later. The transposes that this needs are moved through all ops that can work in another order of
    dimensions (elementwise ops and `LayoutOpInterface`), downwards and upwards, to where the fewest bytes are transposed; existing
    transposes take part. Where branches meet, all of them are decided at once, by a minimum cut.

    Requires nothing. Guarantees features last for every convolution, and that no transpose can be saved by moving the ops of one
    block in the orders that convolutions ask for; a dynamic extent counts as 64. Blocks are decided one by one: what enters
    or leaves a loop or branch keeps its order.

    Runs in the layout pipeline before `ds-decompose-conv`, so that pads and phases come out in the new order, and before
    fusion, which transposes would get into the way of.

    An op whose rows lie innermost (`nn.softmax`, `nn.normalize`) is never moved out of that form; the transposes then stay.

    ```mlir
    func.func @channels_last(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
      %0 = nn.conv %x, %w {input_layout = array<i64: 0, 1, 2, 3>, filter_layout = array<i64: 0, 1, 2, 3>,
        output_layout = array<i64: 0, 1, 2, 3>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
        pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
        feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32> -> tensor<1x4x6x6xf32>
      %1 = nn.exp %0 : tensor<1x4x6x6xf32>
      return %1 : tensor<1x4x6x6xf32>
    }
    ```
    becomes
    ```mlir
    func.func @channels_last(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
      %f = nn.transpose %w {permutation = array<i64: 2, 3, 1, 0>} : tensor<4x3x3x3xf32> -> tensor<3x3x3x4xf32>
      %t = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x3x8x8xf32> -> tensor<1x8x8x3xf32>
      %0 = nn.conv %t, %f {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 3, 2, 0, 1>,
        output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
        pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
        feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32> -> tensor<1x6x6x4xf32>
      %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x6x6x4xf32> -> tensor<1x4x6x6xf32>
      %2 = nn.exp %1 : tensor<1x4x6x6xf32>
      return %2 : tensor<1x4x6x6xf32>
    }
    ```
  }];
  let dependentDialects = ["nn::NNDialect", "tensor::TensorDialect"];
}

def ConvToDotPass : Pass<"ds-conv-to-dot"> {
  let summary = "make convolutions over windows of one position matrix products";
  let description = [{
    A convolution with features last, one group, strides 1, no pads and a window of one position becomes an `nn.dot` of all
    positions with the filter; its operand and result are reshaped. Elementwise ops that follow take the flat shape too, and so do
    the constants and per-feature values that they use.

    Requires features last, as `ds-channels-last` leaves them. Guarantees that no such convolution is left but those whose result
    is, after elementwise ops, only padded, where lines are long enough for register tiles: the kernel that computes them writes
    within the frame.

    Runs at the end of the layout pipeline, because it hides which dimensions are spatial.

    An elementwise op with an operand that is broadcast along some of the positions only stays as it is, behind a reshape.

    ```mlir
    func.func @conv_to_dot(%x: tensor<2x8x8x3xf32>, %w: tensor<4x3x1x1xf32>) -> tensor<2x8x8x4xf32> {
      %0 = nn.conv %x, %w {input_layout = array<i64: 0, 3, 1, 2>, filter_layout = array<i64: 0, 1, 2, 3>,
        output_layout = array<i64: 0, 3, 1, 2>, strides = array<i64: 1, 1>, pad_low = array<i64: 0, 0>,
        pad_high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, window_dilation = array<i64: 1, 1>,
        feature_groups = 1 : i64, batch_groups = 1 : i64} : tensor<2x8x8x3xf32>, tensor<4x3x1x1xf32> -> tensor<2x8x8x4xf32>
      return %0 : tensor<2x8x8x4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @conv_to_dot(%x: tensor<2x8x8x3xf32>, %w: tensor<4x3x1x1xf32>) -> tensor<2x8x8x4xf32> {
      %f = nn.reshape %w [] : tensor<4x3x1x1xf32> -> tensor<4x3xf32>
      %r = nn.reshape %x [] : tensor<2x8x8x3xf32> -> tensor<128x3xf32>
      %d = nn.dot %r, %f {lhs_batch = array<i64>, rhs_batch = array<i64>, lhs_contracting = array<i64: 1>,
        rhs_contracting = array<i64: 1>} : tensor<128x3xf32>, tensor<4x3xf32> -> tensor<128x4xf32>
      %0 = nn.reshape %d [] : tensor<128x4xf32> -> tensor<2x8x8x4xf32>
      return %0 : tensor<2x8x8x4xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "nn::NNDialect", "tensor::TensorDialect"];
}

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

def DecomposePoolPass : Pass<"ds-decompose-pool"> {
  let summary = "give pooling with pads along the innermost dimension a border in memory";
  let description = [{
    Where a window moves in steps of 1 along the innermost dimension and has pads there, an `nn.pad` with the neutral element takes
    them over, in all dimensions of stride 1. The pooling then reads plain vectors instead of single elements.

    Requires nothing, and keeps averages that do not count their border as they are.

    Runs with `ds-decompose-conv`, before fusion, so that the border may be written by what computes the operand.

    ```mlir
    func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %0 = nn.pool max %x [] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 1>,
        high = array<i64: 0, 1>, dilations = array<i64: 1, 1>} : tensor<4x8xf32> -> tensor<4x8xf32>
      return %0 : tensor<4x8xf32>
    }
    ```
    becomes
    ```mlir
    func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %lowest = nn.constant dense<0xFF800000> : tensor<f32>
      %p = nn.pad %x value(%lowest : tensor<f32>) low[] high[] {mode = #nn.pad_mode<constant>,
        static_low = array<i64: 0, 1>, static_high = array<i64: 0, 1>} : tensor<4x8xf32> -> tensor<4x10xf32>
      %0 = nn.pool max %p [] {window = array<i64: 1, 3>, strides = array<i64: 1, 1>, low = array<i64: 0, 0>,
        high = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : tensor<4x10xf32> -> tensor<4x8xf32>
      return %0 : tensor<4x8xf32>
    }
    ```
  }];
  let dependentDialects = ["nn::NNDialect"];
}

def RowsInnermostPass : Pass<"ds-rows-innermost"> {
  let summary = "make the dimensions innermost that softmax and normalisation run along";
  let description = [{
    A `nn.softmax` or `nn.normalize` along other dimensions than the innermost ones is computed on a transposed operand, and its
    result transposed back. Reductions stay as they are: they are fast along any dimension.

    Requires nothing. Guarantees that all rows lie innermost.

    Runs before `ds-channels-last`, which finds better places for the transposes.

    ```mlir
    func.func @rows_innermost(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
      %0 = nn.softmax %x {axis = 1 : i64} : tensor<2x3x4xf32>
      return %0 : tensor<2x3x4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @rows_innermost(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
      %t = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : tensor<2x3x4xf32> -> tensor<2x4x3xf32>
      %s = nn.softmax %t {axis = 2 : i64} : tensor<2x4x3xf32>
      %0 = nn.transpose %s {permutation = array<i64: 0, 2, 1>} : tensor<2x4x3xf32> -> tensor<2x3x4xf32>
      return %0 : tensor<2x3x4xf32>
    }
    ```
  }];
  let dependentDialects = ["nn::NNDialect"];
}

#endif // DS_PASSES_LAYOUT_PASSES_TD
