//===- ExecOps.td - the exec dialect ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_EXEC_EXECOPS_TD
#define DS_DIALECTS_EXEC_EXECOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ViewLikeInterface.td"

def Exec_Dialect : Dialect {
  let name = "exec";
  let cppNamespace = "::ds::exec";
  let summary = "what runs: kernels, their launches, buffers";
  let description = [{
    Created by kernel formation (passes/Fusion), removed by code generation. Host code is what lies between launches: sizes,
    control flow and views. First on tensors, where a launch is in destination-passing style; then on memrefs, which the memory
    plan puts into one arena.

    Not here: what a kernel computes (nn, then linalg, inside `exec.kernel`).
  }];
  let useDefaultAttributePrinterParser = 1;
}

def Exec_PanelsAttr : AttrDef<Exec_Dialect, "Panels"> {
  let mnemonic = "panels";
  let summary = "a tensor stored as panels of its innermost dimension";
  let description = [{
    As the encoding of a tensor type: the same tensor, but in memory its dimensions are permuted by `permutation`, the last
    of them is cut into blocks of `block` elements (the last block filled up with zeros), and the block index is the outermost
    dimension: memory[n / block][d0][d1]...[n % block]. The form in which a contraction reads its right side: one block wide,
    contiguous along the contracted dimensions.

    ```mlir
    func.func @f() -> tensor<8x20xf32, #exec.panels<[0, 1], 16>> {
      %0 = nn.constant #nn.weight<"m", "w"> : tensor<8x20xf32, #exec.panels<[0, 1], 16>>
      return %0 : tensor<8x20xf32, #exec.panels<[0, 1], 16>>
    }
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t", "order of the dimensions in memory">:$permutation,
                        "int64_t":$block);
  let assemblyFormat = "`<` `[` $permutation `]` `,` $block `>`";
  let extraClassDeclaration = [{
    /// Elements that a tensor of this static shape takes in memory, padding included.
    int64_t storageElements(::llvm::ArrayRef<int64_t> shape) const;
  }];
}

class Exec_Op<string mnemonic, list<Trait> traits = []> : Op<Exec_Dialect, mnemonic, traits>;

def Exec_Operand : AnyTypeOf<[AnyRankedTensor, AnyMemRef, Index]>;

def Exec_KernelOp : Exec_Op<"kernel", [IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "a fused group of ops that runs as one";
  let description = [{
    The block's arguments are the inputs (tensors, and sizes as `index`), then `output_count` destinations. The body computes the
    values that the terminator stores into the destinations, in order. Kernels of equal structure are one symbol; names of
    model nodes are on the launches.

    ```mlir
    exec.kernel @double outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.add %x, %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    ```

    C1: the block has at least `output_count` arguments, and the terminator stores one value of each destination's type.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$output_count);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `outputs` $output_count attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Arguments that are read.
    ::mlir::Block::BlockArgListType getInputs() { return getBody().front().getArguments().drop_back(getOutputCount()); }
    /// Arguments that are written.
    ::mlir::Block::BlockArgListType getOutputs() { return getBody().front().getArguments().take_back(getOutputCount()); }
  }];
}

def Exec_YieldOp : Exec_Op<"yield", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "store values into a kernel's destinations";
  let description = [{
    Ends a kernel's body; one value per destination. The example is that of `exec.kernel`.
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def Exec_LaunchOp : Exec_Op<"launch", [AttrSizedOperandSegments, DestinationStyleOpInterface,
                                       DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                                       DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "run a kernel";
  let description = [{
    Runs `kernel` on the inputs and writes the outputs. On tensors the results are the written destinations; on memrefs there are
    none. `nodes` names the model's nodes that it computes.

    ```mlir
    exec.kernel @double outputs 1 {
    ^bb0(%x: tensor<4xf32>, %out: tensor<4xf32>):
      %0 = nn.add %x, %x : tensor<4xf32>
      exec.yield %0 : tensor<4xf32>
    }
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %0 = exec.launch @double ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {nodes = "Add_0"} -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```

    C1: `kernel` names an `exec.kernel` whose arguments have the shapes, encodings and element sizes of inputs and outputs (on
    tensors).
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Exec_Operand>:$inputs, Variadic<Exec_Operand>:$outputs,
                   StrAttr:$nodes);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $kernel `ins` `(` ($inputs^ `:` type($inputs))? `)` `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
  }];
}

def Exec_ViewOp : Exec_Op<"view", [Pure, DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "the same dense memory under another shape";
  let description = [{
    Row-major reinterpretation; the number of elements is the same. One size per dynamic extent of the result.

    ```mlir
    func.func @f(%x: tensor<2x3xf32>) -> tensor<6xf32> {
      %0 = exec.view %x [] : tensor<2x3xf32> to tensor<6xf32>
      return %0 : tensor<6xf32>
    }
    ```
  }];
  let arguments = (ins AnyTypeOf<[AnyRankedTensor, AnyMemRef]>:$source, Variadic<Index>:$sizes);
  let results = (outs AnyTypeOf<[AnyRankedTensor, AnyMemRef]>:$result);
  let assemblyFormat = "$source `[` $sizes `]` attr-dict `:` type($source) `to` type($result)";
}

def Exec_InputOp : Exec_Op<"input", [Pure]> {
  let summary = "the memory of one of the model's inputs";
  let description = [{
    Dense memory that the caller of the program bound; read only.

    ```mlir
    func.func @f() {
      %0 = exec.input 0 : memref<?x4xf32>
      return
    }
    ```
  }];
  let arguments = (ins I64Attr:$index);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$index attr-dict `:` type($result)";
}

def Exec_OutputOp : Exec_Op<"output"> {
  let summary = "the memory of one of the model's outputs";
  let description = [{
    Memory for an output of these sizes (one per dynamic extent): bound by the caller, or the instance's own.

    ```mlir
    func.func @f(%n: index) {
      %0 = exec.output 0 [%n] : memref<?x4xf32>
      return
    }
    ```
  }];
  let arguments = (ins I64Attr:$index, Variadic<Index>:$sizes);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$index `[` $sizes `]` attr-dict `:` type($result)";
}

def Exec_WeightOp : Exec_Op<"weight", [Pure]> {
  let summary = "constant memory of the program";
  let description = [{
    `offset` bytes into the program's weights segment.

    ```mlir
    func.func @f() {
      %0 = exec.weight 4096 : memref<16xf32>
      return
    }
    ```
  }];
  let arguments = (ins I64Attr:$offset);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$offset attr-dict `:` type($result)";
}

def Exec_ArenaOp : Exec_Op<"arena", [Pure]> {
  let summary = "a planned buffer";
  let description = [{
    `offset` bytes into the arena. Created by the memory plan, which guarantees that buffers alive at one time do not overlap.

    ```mlir
    func.func @f() {
      %0 = exec.arena 128 : memref<16xf32>
      return
    }
    ```
  }];
  let arguments = (ins I64Attr:$offset);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$offset attr-dict `:` type($result)";
}

#endif // DS_DIALECTS_EXEC_EXECOPS_TD
