//===- NN.h - the nn dialect ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_NN_H
#define DS_DIALECTS_NN_NN_H

#include "dialects/Interfaces/Interfaces.h"
#include "dialects/NN/Weights.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace ds::nn {

/// All operands and results have exactly one shape: `?` meets `?` only.
mlir::LogicalResult verifyOneShape(mlir::Operation *op);

template <typename ConcreteOp>
class OneShape : public mlir::OpTrait::TraitBase<ConcreteOp, OneShape> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) {
    return verifyOneShape(op);
  }
};

/// Runs the op's verifier before the traits behind this one.
template <typename ConcreteOp>
class VerifyFirst : public mlir::OpTrait::TraitBase<ConcreteOp, VerifyFirst> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) {
    return mlir::cast<ConcreteOp>(op).verify();
  }
};

} // namespace ds::nn

// clang-format off
#include "dialects/NN/NNDialect.h.inc"
#include "dialects/NN/NNEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/NN/NNAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/NN/NNOps.h.inc"
// clang-format on

namespace ds::nn {

/// Element type of a value of ranked tensor type.
inline mlir::Type elementTypeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getElementType();
}

/// The data of a constant, without a copy where it is raw or a weight (splats,
/// booleans and signed integers below a byte are expanded). Fails, without a
/// diagnostic, when a weight is not in the table or has another size.
mlir::FailureOr<HostTensor> getConstantData(ConstantOp op);

/// A constant of `tensor`'s type and shape. Data whose elements all are the
/// same becomes a splat, other small data a dense attribute, and large data
/// goes into the weight table under a name made from its content.
mlir::Value createConstant(mlir::OpBuilder &b, mlir::Location loc,
                           const HostTensor &tensor);

/// A constant whose elements all are `value`.
mlir::Value createSplat(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::RankedTensorType type, Scalar value);

} // namespace ds::nn

#endif // DS_DIALECTS_NN_NN_H
