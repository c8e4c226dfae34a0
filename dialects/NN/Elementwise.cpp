//===- Elementwise.cpp - elementwise ops beside their table ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"
#include "dialects/NN/ScalarEmission.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

/// Tests and comparisons: booleans of the first operand's shape.
static LogicalResult inferBooleans(ValueRange operands,
                                   SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(operands.front().getType());
  if (!type)
    return failure();
  types.push_back(type.clone(IntegerType::get(type.getContext(), 1)));
  return success();
}

LogicalResult IsNanOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        ValueRange operands, DictionaryAttr,
                                        OpaqueProperties, RegionRange,
                                        SmallVectorImpl<Type> &types) {
  return inferBooleans(operands, types);
}

LogicalResult IsInfOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        ValueRange operands, DictionaryAttr,
                                        OpaqueProperties, RegionRange,
                                        SmallVectorImpl<Type> &types) {
  return inferBooleans(operands, types);
}

LogicalResult CompareOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location>,
                                          ValueRange operands, DictionaryAttr,
                                          OpaqueProperties, RegionRange,
                                          SmallVectorImpl<Type> &types) {
  return inferBooleans(operands, types);
}

//===----------------------------------------------------------------------===//
// nn.select
//===----------------------------------------------------------------------===//

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getOnTrue() == getOnFalse())
    return getOnTrue();
  auto condition = dyn_cast_or_null<SplatElementsAttr>(adaptor.getCondition());
  if (!condition)
    return {};
  return condition.getSplatValue<bool>() ? getOnTrue() : getOnFalse();
}

//===----------------------------------------------------------------------===//
// nn.cast
//===----------------------------------------------------------------------===//

void CastOp::build(OpBuilder &b, OperationState &state, Value operand,
                   Type elementType) {
  build(b, state, tensorTypeOf(operand).clone(elementType), operand);
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  return {};
}

/// Whether every value of `from` is one of `to`, so that a cast there loses
/// nothing.
static bool isLossless(Type from, Type to) {
  if (from.isInteger(1))
    return !isa<Float8E8M0FNUType>(to); // No zero there.
  auto fromInteger = dyn_cast<IntegerType>(from),
       toInteger = dyn_cast<IntegerType>(to);
  auto fromFloat = dyn_cast<FloatType>(from), toFloat = dyn_cast<FloatType>(to);
  if (fromInteger && toInteger) {
    if (fromInteger.isUnsigned() == isUnsigned(to))
      return fromInteger.getWidth() <= toInteger.getWidth();
    return fromInteger.isUnsigned() &&
           fromInteger.getWidth() < toInteger.getWidth();
  }
  if (fromInteger && toFloat)
    return fromInteger.getWidth() <= 32 && toFloat.getWidth() > 8 &&
           fromInteger.getWidth() <= toFloat.getFPMantissaWidth();
  // Narrow floats widen exactly; between themselves and to integers something
  // is lost.
  return fromFloat && toFloat && toFloat.getWidth() >= 32 &&
         fromFloat.getWidth() <= toFloat.getWidth();
}

namespace {

/// cast(cast(x)) where the first loses nothing is one cast.
struct MergeCasts : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CastOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<CastOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the operand is no cast");
    Type from = elementTypeOf(inner.getOperand());
    if (!isLossless(from, elementTypeOf(inner.getResult())))
      return rewriter.notifyMatchFailure(op,
                                         "the first cast may lose something");
    rewriter.replaceOpWithNewOp<CastOp>(op, op.getType(), inner.getOperand(),
                                        op.getSaturate(), op.getScaleRound());
    return success();
  }
};

} // namespace

void CastOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<MergeCasts>(context);
}

//===----------------------------------------------------------------------===//
// nn.bitcast
//===----------------------------------------------------------------------===//

LogicalResult BitcastOp::verify() {
  Type from = elementTypeOf(getOperand()), to = elementTypeOf(getResult());
  if (from.getIntOrFloatBitWidth() != to.getIntOrFloatBitWidth()) // C1
    return emitOpError("expected element types of one width, but found ")
           << from << " and " << to;
  return success();
}

OpFoldResult BitcastOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  return {};
}
