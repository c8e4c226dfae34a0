//===- NNToLinalgElementwise.cpp - every elementwise op, from its scalar code
//-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// These take elements as they lie in memory: a conversion knows the narrow
/// types itself, a choice computes nothing.
bool takesStored(Operation *op) {
  return isa<nn::CastOp, nn::BitcastOp, nn::SelectOp>(op);
}

struct LowerElementwise : OpInterfaceConversionPattern<ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult
  matchAndRewrite(ElementwiseOpInterface op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op->getLoc();
    Type resultElement = nn::elementTypeOf(op->getResult(0));

    // Constants with one value are scalars in the body, so that nothing is
    // loaded for them.
    SmallVector<TypedAttr> splats;
    SmallVector<Value> inputs;
    for (auto [original, converted] :
         llvm::zip_equal(op->getOperands(), operands)) {
      splats.push_back(splatOf(original));
      if (!splats.back())
        inputs.push_back(converted);
    }

    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    SmallVector<AffineMap> maps(inputs.size(),
                                identityMap(getContext(), sizes->size()));
    Value result = mapTensor(
        rewriter, loc, *sizes, nn::storageType(resultElement), inputs, maps,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          SmallVector<Value> scalars;
          for (auto [operand, splat] :
               llvm::zip_equal(op->getOperands(), splats)) {
            Value stored;
            if (splat) {
              stored = arith::ConstantOp::create(b, loc, splat);
            } else {
              stored = args.front();
              args = args.drop_front();
            }
            scalars.push_back(takesStored(op)
                                  ? stored
                                  : nn::emitWiden(b, loc,
                                                  nn::elementTypeOf(operand),
                                                  stored));
          }
          Value value = op.emitScalar(b, loc, scalars);
          return takesStored(op) ? value
                                 : toStorage(b, loc, resultElement, value);
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

} // namespace

void populateElementwisePatterns(const NNTypeConverter &converter,
                                 RewritePatternSet &patterns) {
  patterns.add<LowerElementwise>(converter, patterns.getContext());
}

} // namespace ds::lowering
