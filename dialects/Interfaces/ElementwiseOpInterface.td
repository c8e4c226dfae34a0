//===- ElementwiseOpInterface.td - ops that act on elements independently ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_ELEMENTWISEOPINTERFACE_TD
#define DS_DIALECTS_INTERFACES_ELEMENTWISEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DS_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::ds";
  let description = [{
    An op whose results at an index depend on the operands at that index alone. All operands and the one result are
    tensors of one shape. Fusion, lowering and evaluation need nothing but the two methods below, so an op that has
    them needs no other code in any pass.
  }];
  let methods = [
    InterfaceMethod<[{
      Emits the computation on scalars, or on vectors of one length. `args` are signless integers, floats or vectors
      of them, in the storage type of their elements (`nn::storageType`); signedness is read from the op's own operand
      types. Floats narrower than f32 come widened to f32 wherever the op computes (they must, at 8 bits and fewer: those
      are held as their bits in `i8`, which only moving and converting ops understand); the result is then f32 too, and
      the caller rounds it. The caller also wraps what comes back for 2- and 4-bit integers (`nn::emitWrap`).
    }], "::mlir::Value", "emitScalar",
      (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::ValueRange":$args)>,
    InterfaceMethod<[{
      The reference semantics on one element, in f64 for floats and in 64-bit integers for integers and booleans;
      the caller rounds or wraps the result to the result's element type.
    }], "::ds::Scalar", "evaluateScalar", (ins "::llvm::ArrayRef<::ds::Scalar>":$args)>,
  ];
}

#endif // DS_DIALECTS_INTERFACES_ELEMENTWISEOPINTERFACE_TD
