//===- NNBase.td - base classes of the nn ops ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_NNBASE_TD
#define DS_DIALECTS_NN_NNBASE_TD

include "dialects/Interfaces/DifferentiableOpInterface.td"
include "dialects/Interfaces/ElementwiseOpInterface.td"
include "dialects/Interfaces/FusionOpInterface.td"
include "dialects/NN/NNDialect.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def NN_Bool : AnyTypeOf<[I1]>;
def NN_Float : AnyTypeOf<[AnyFloat]>;
def NN_Integer : AnyTypeOf<[AnyInteger]>;
def NN_Number : AnyTypeOf<[AnyFloat, AnyInteger]>;
def NN_Element : AnyTypeOf<[AnyFloat, AnyInteger, AnyComplex]>;

def NN_Tensor : RankedTensorOf<[NN_Element]>;
def NN_NumberTensor : RankedTensorOf<[NN_Number]>;
def NN_FloatTensor : RankedTensorOf<[NN_Float]>;
def NN_IntegerTensor : RankedTensorOf<[NN_Integer]>;
def NN_BoolTensor : RankedTensorOf<[NN_Bool]>;

/// Stronger than upstream's SameOperandsAndResultShape, which lets `?` meet a static extent: then a result's sizes would not be
/// those of any one operand.
def NN_OneShape : NativeOpTrait<"OneShape"> { let cppNamespace = "::ds::nn"; }

/// Runs the op's own verifier before the traits listed behind it. Stands in front of type inference, which relies on what the
/// verifier proves.
def NN_VerifyFirst : NativeOpTrait<"VerifyFirst"> { let cppNamespace = "::ds::nn"; }

/// Axes and counts: as upstream's I64Attr, but read as a signed number.
def NN_I64Attr : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit signless integer attribute">;

class NN_Op<string mnemonic, list<Trait> traits = []> : Op<NN_Dialect, mnemonic, !listconcat([Pure], traits)>;

/// Ops whose result sizes can be asked for as SSA values: `reifyResultShapes` in the family's .cpp.
def NN_Reify : DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>;
def NN_InferType : TraitList<[NN_VerifyFirst, DeclareOpInterfaceMethods<InferTypeOpInterface>]>;

/// Structured ops with a derivative; the rules are in Derivatives/, one family per file.
def NN_Differentiable : DeclareOpInterfaceMethods<DS_DifferentiableOpInterface>;

/// How ops that are not elementwise fuse; the methods are in Fusion.cpp.
def NN_Injective : DeclareOpInterfaceMethods<DS_FusionOpInterface>;
def NN_Frame : DeclareOpInterfaceMethods<DS_FusionOpInterface>;
def NN_Movement : DeclareOpInterfaceMethods<DS_FusionOpInterface>;
def NN_Reduction : DeclareOpInterfaceMethods<DS_FusionOpInterface>;
def NN_RowReduction : DeclareOpInterfaceMethods<DS_FusionOpInterface, ["getRowReducedDims"]>;
def NN_Contraction : DeclareOpInterfaceMethods<DS_FusionOpInterface, ["getPackedOperands"]>;

#endif // DS_DIALECTS_NN_NNBASE_TD
