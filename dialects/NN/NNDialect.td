//===- NNDialect.td - the nn dialect and its attributes --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_NNDIALECT_TD
#define DS_DIALECTS_NN_NNDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/EnumAttr.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::ds::nn";
  let summary = "what a model computes: tensor values, no memory, no devices";
  let description = [{
    Created by the frontends, removed inside kernels by the lowering to linalg. Operands and results are ranked tensors
    with static or dynamic extents; sizes that are only known at run time are `index` operands, one per `?` of the
    result type, in order.

    Element types: signless integers are signed, `i1` is boolean, `uiN` are unsigned; signedness leaves the types in
    the lowering to linalg. Broadcasting is always explicit (`nn.broadcast`). Large constants are references to mapped
    files (`#nn.weight`), which no pass copies.

    Not here: gradients (train), communication (dist), kernels and memory (exec).
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
  let extraClassDeclaration = [{
    /// Data behind `#nn.weight`, shared by everything that uses this context.
    WeightTable &getWeights() { return *weights; }
  private:
    std::shared_ptr<WeightTable> weights;
  public:
  }];
}

class NN_Attr<string name, string attrMnemonic, list<Trait> traits = []> : AttrDef<NN_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def NN_WeightAttr : NN_Attr<"Weight", "weight", [TypedAttrInterface]> {
  let summary = "names data in a mapped file";
  let description = [{
    A reference to the bytes of a constant: `file` as it was opened and `key` within it (a tensor's name). The table in
    the dialect maps the pair to memory. Type and shape are those of the op that holds the attribute; the data is
    dense and row-major, elements narrower than a byte take a byte each.

    ```mlir
    func.func @f() -> tensor<4xf32> {
      %0 = nn.constant #nn.weight<"model.onnx", "bias"> : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  // The type is for the parser alone: upstream hands the `: type` behind a dialect attribute to the attribute, and nn.constant
  // takes it from there.
  let parameters = (ins StringRefParameter<"file the data is in">:$file, StringRefParameter<"name in the file">:$key,
                        AttributeSelfTypeParameter<"none outside the parser">:$type);
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$file, "::llvm::StringRef":$key), [{
    return $_get($_ctxt, file, key, ::mlir::NoneType::get($_ctxt));
  }]>];
  let assemblyFormat = "`<` $file `,` $key `>`";
}

class NN_Enum<string name, string description, list<I32EnumAttrCase> cases> : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::ds::nn";
  let genSpecializedAttr = 0;
}
class NN_EnumAttr<I32EnumAttr info, string name> : EnumAttr<NN_Dialect, info, name> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_ComparePredicate : NN_Enum<"ComparePredicate", "how two elements are compared", [
  I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
  I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]>;
def NN_ComparePredicateAttr : NN_EnumAttr<NN_ComparePredicate, "predicate">;

def NN_ReduceKind : NN_Enum<"ReduceKind", "how elements are combined", [
  I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"product", 1>, I32EnumAttrCase<"max", 2>, I32EnumAttrCase<"min", 3>,
  I32EnumAttrCase<"all", 4>, I32EnumAttrCase<"any", 5>]>;
def NN_ReduceKindAttr : NN_EnumAttr<NN_ReduceKind, "reduce_kind">;

def NN_PoolKind : NN_Enum<"PoolKind", "what a window yields", [
  I32EnumAttrCase<"max", 0>, I32EnumAttrCase<"sum", 1>, I32EnumAttrCase<"average", 2>]>;
def NN_PoolKindAttr : NN_EnumAttr<NN_PoolKind, "pool_kind">;

def NN_PadMode : NN_Enum<"PadMode", "where padded elements come from", [
  I32EnumAttrCase<"constant", 0>, I32EnumAttrCase<"edge", 1>, I32EnumAttrCase<"reflect", 2>,
  I32EnumAttrCase<"wrap", 3>]>;
def NN_PadModeAttr : NN_EnumAttr<NN_PadMode, "pad_mode">;

def NN_ScatterKind : NN_Enum<"ScatterKind", "how an update meets the element it falls on", [
  I32EnumAttrCase<"set", 0>, I32EnumAttrCase<"add", 1>, I32EnumAttrCase<"mul", 2>, I32EnumAttrCase<"max", 3>,
  I32EnumAttrCase<"min", 4>]>;
def NN_ScatterKindAttr : NN_EnumAttr<NN_ScatterKind, "scatter_kind">;

def NN_ScaleRound : NN_Enum<"ScaleRound", "which power of two a value between two of them becomes", [
  I32EnumAttrCase<"up", 0>, I32EnumAttrCase<"down", 1>, I32EnumAttrCase<"nearest", 2>]>;
def NN_ScaleRoundAttr : NN_EnumAttr<NN_ScaleRound, "scale_round">;

#endif // DS_DIALECTS_NN_NNDIALECT_TD
