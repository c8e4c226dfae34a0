//===- Passes.td - from nn ops to loops inside kernels ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LOWERING_PASSES_TD
#define DS_PASSES_LOWERING_PASSES_TD

include "mlir/Pass/PassBase.td"

def LowerNNToLinalgPass : Pass<"ds-lower-nn-to-linalg"> {
  let summary = "turn nn ops into linalg.generic on tensors";
  let description = [{
    Replaces every nn op below the anchor by `linalg.generic`, `linalg.fill`, `tensor` and, where an order is prescribed
    (scatter, scan, sort), `scf` loops. Unsigned integers become signless; 2- and 4-bit integers and floats of 8 bits and
    fewer become the `i8` that holds them in memory. Floats narrower than f32 are computed in f32.

    Requires convolutions without pads, input dilation and batch groups (`ds-decompose-conv`), and that sizes were checked on the host.
    Guarantees that no nn op is left and that one-shot bufferisation needs no copy but those of `nn.concat` and the first
    one of the scatter ops.

    Runs on each kernel, after fusion chose what is in it: from here on ops have loops and no meaning as a whole.

    An op without a linalg form is an error that names it.

    ```mlir
    func.func @relu(%x: tensor<4xf32>, %zero: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.max %x, %zero : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    #map = affine_map<(d0) -> (d0)>
    func.func @relu(%x: tensor<4xf32>, %zero: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %0 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel"]}
          ins(%x, %zero : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%a: f32, %b: f32, %out: f32):
        %m = arith.maximumf %a, %b : f32
        linalg.yield %m : f32
      } -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect", "math::MathDialect", "scf::SCFDialect",
                           "tensor::TensorDialect"];
}

#endif // DS_PASSES_LOWERING_PASSES_TD
