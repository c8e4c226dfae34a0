//===- Passes.td - passes that make a graph smaller ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_SIMPLIFY_PASSES_TD
#define DS_PASSES_SIMPLIFY_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstantsPass : Pass<"ds-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "evaluate what depends on constants alone";
  let description = [{
    Replaces nn ops and host scalars whose operands are all constant by their value, which the reference evaluator
    computes. Function arguments are never constants, so nothing trainable is folded.

    Requires nn-level IR with structured control flow and keeps it; tensor constants are `nn.constant` afterwards. Runs first,
    after import: the shape arithmetic of a model becomes static extents that everything later profits from.

    Gives up silently, leaving the op to run time: when a result is larger than both `max-bytes` and the constants it is
    made of (so that dequantised weights stay quantised and broadcasts stay broadcasts), when it is larger than `max-total-bytes`,
    when a product takes more than `max-multiplications`, and when the values themselves are in error. An elementwise op on constants
    of one repeated value becomes such a constant at any size.

    Example:
    ```mlir
    func.func @f() -> tensor<2xi64> {
      %0 = nn.constant dense<[2, 3]> : tensor<2xi64>
      %1 = nn.mul %0, %0 : tensor<2xi64>
      return %1 : tensor<2xi64>
    }
    ```
    becomes
    ```mlir
    func.func @f() -> tensor<2xi64> {
      %0 = nn.constant dense<[4, 9]> : tensor<2xi64>
      return %0 : tensor<2xi64>
    }
    ```
  }];
  let dependentDialects = ["::ds::nn::NNDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", /*default=*/"65536",
           "size in bytes up to which a result may be larger than the constants it is made of">,
    Option<"maxTotalBytes", "max-total-bytes", "int64_t", /*default=*/"67108864", "size in bytes up to which anything is folded">,
    Option<"maxMultiplications", "max-multiplications", "int64_t", /*default=*/"268435456",
           "number of multiplications that one matrix product or convolution may take">,
  ];
}

#endif // DS_PASSES_SIMPLIFY_PASSES_TD
