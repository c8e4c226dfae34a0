//===- Passes.td - buffers and where they lie ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_MEMORY_PASSES_TD
#define DS_PASSES_MEMORY_PASSES_TD

include "mlir/Pass/PassBase.td"

def BufferizeHostPass : Pass<"ds-bufferize-host", "::mlir::ModuleOp"> {
  let summary = "turn host code on tensors into host code on buffers";
  let description = [{
    The function `@main` loses its arguments and results: inputs become `exec.input`, results are written to `exec.output`,
    constants become `exec.weight` at offsets that the module attribute `exec.weights` lists, and launches get memrefs. Kernels stay as they
    are; their bodies are bufferised by code generation. A loop value of static type stays in one buffer for all iterations.

    Requires the form that `ds-form-kernels` leaves, with kernels lowered to linalg or not. Runs before the memory plan.

    ```mlir
    exec.kernel @exp outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %0 = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    exec.kernel @exp outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    func.func @main() {
      %x = exec.input 0 : memref<4xf32>
      %y = exec.output 0 [] : memref<4xf32>
      exec.launch @exp ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {nodes = ""}
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect",
                           "::ds::exec::ExecDialect"];
}

def ScheduleLaunchesPass : Pass<"ds-schedule-launches", "::mlir::ModuleOp"> {
  let summary = "run launches early that free memory";
  let description = [{
    A launch moves up to where its operands are known, when from there on no more memory is in use than before it: the last readers of
    what it reads are done, and what it writes is no larger, is a result of the function, or takes the place of an argument (`ds.donor`).
    So the update of a parameter follows its gradient, and no two gradients need be alive at one time. All else keeps its order. A launch
    that writes into the memory of an argument stays behind those that read the argument, and nothing crosses an op with effects.

    Runs on host code on tensors, before `ds-bufferize-host`.

    ```mlir
    exec.kernel @exp outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
      %e = tensor.empty() : tensor<4xf32>
      %0 = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      %1 = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      %2 = exec.launch @exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      return %1, %2 : tensor<4xf32>, tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    exec.kernel @exp outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.exp %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
      %e = tensor.empty() : tensor<4xf32>
      %0 = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      %2 = exec.launch @exp ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      %1 = exec.launch @exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = ""} -> tensor<4xf32>
      return %1, %2 : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::ds::exec::ExecDialect"];
}

def PlanMemoryPass : Pass<"ds-plan-memory", "::mlir::ModuleOp"> {
  let summary = "give every static buffer an offset in the arena";
  let description = [{
    Each `memref.alloc` of static size whose buffer does not leave the loop it is in gets an offset such that buffers alive at one time
    do not overlap; `exec.arena` replaces it. The attribute `exec.plan` of each function records size, peak and lower bound. Buffers of dynamic
    size, and those that a loop hands on, stay allocations; each is freed after its last use where that is in the same block.

    Requires the form that `ds-bufferize-host` leaves.

    ```mlir
    func.func @main() {
      %0 = memref.alloc() : memref<16xf32>
      return
    }
    ```
    becomes
    ```mlir
    func.func @main() {
      %0 = exec.arena 0 : memref<16xf32>
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::ds::exec::ExecDialect"];
}

#endif // DS_PASSES_MEMORY_PASSES_TD
