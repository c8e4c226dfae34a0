//===- Passes.td - from ops to kernels -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_FUSION_PASSES_TD
#define DS_PASSES_FUSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def DeduplicateKernelsPass : Pass<"ds-deduplicate-kernels", "::mlir::ModuleOp"> {
  let summary = "keep one of several equal kernels";
  let description = [{
    Kernels whose bodies are equal, up to names and locations, become one symbol. Requires the form that `ds-form-kernels`
    leaves; runs before code generation, because every kernel costs compile time and space. Gives up nowhere.

    ```mlir
    exec.kernel @a outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    exec.kernel @b outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    ```
    becomes `@a` alone, and launches of `@b` become launches of `@a`.
  }];
}

def FormKernelsPass : Pass<"ds-form-kernels", "::mlir::ModuleOp"> {
  let summary = "group nn ops into kernels and launch them";
  let description = [{
    Every nn op moves into an `exec.kernel`: reductions with the elementwise ops that precede and follow them, elementwise ops
    among themselves, everything else alone. Ops that are cheap to compute again (`nn.broadcast`, `nn.slice`, arithmetic on constants)
    are copied into each kernel that uses them. `nn.reshape` becomes `exec.view`. What remains in the function is host code: sizes,
    control flow, launches.

    Requires nn ops, upstream control flow and index arithmetic. Guarantees that no nn op but `nn.constant` is left outside
    kernels. Runs after all passes that look at whole models, because it fixes what is fused. An op that no fusion rule knows gets a
    kernel of its own.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.exp %x : tensor<4xf32>
      %1 = nn.neg %0 : tensor<4xf32>
      return %1 : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    exec.kernel @exp_neg outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      %1 = nn.neg %0 : tensor<4xf32>
      exec.yield %1 : tensor<4xf32>
    }
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %0 = exec.launch @exp_neg ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::ds::exec::ExecDialect", "arith::ArithDialect", "tensor::TensorDialect"];
}

def PackOperandsPass : Pass<"ds-pack-operands", "::mlir::ModuleOp"> {
  let summary = "store operands of contractions as panels";
  let description = [{
    Gives the operand of a contraction that is read as vectors the encoding `#exec.panels`, so that what one tile reads is
    contiguous. A constant operand is written in that form to the program. Another one is rearranged by a launch in front, if its
    memory has another dimension innermost and enough rows of the other side use it; not so in large products of static shape,
    whose operands code generation copies to the cache block by block.

    Requires and guarantees the form that `ds-form-kernels` leaves. Runs right after it, before equal kernels are merged. It leaves
    alone operands that the kernel also uses otherwise.

    ```mlir
    %w = nn.constant #nn.weight<"m", "w"> : tensor<64x64xf32>
    ```
    becomes
    ```mlir
    %w = nn.constant #nn.weight<"m", "w"> : tensor<64x64xf32, #exec.panels<[0, 1], 32>>
    ```
  }];
  let options = [
    Option<"block", "block", "int64_t", /*default=*/"32", "elements in a panel's row; a multiple of the vector length">
  ];
  let dependentDialects = ["::ds::exec::ExecDialect", "tensor::TensorDialect"];
}

#endif // DS_PASSES_FUSION_PASSES_TD
