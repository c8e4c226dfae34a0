//===- VectorMath.cpp - functions as arithmetic ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upstream's approximations are for f32 alone, cover part of the functions, and
// are off by up to thousands of units in the last place; what they leave
// becomes calls of a library, one lane at a time. Here each function has
// formulas for f64, and those that networks spend time in have some for f32 as
// well; the others are computed in f64 and rounded.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/VectorMath.h"

#include "compiler/Codegen/CPU/MathFunctions.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace ds {
namespace {

bool isSupported(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (auto vector = dyn_cast<VectorType>(type))
    if (vector.getRank() != 1 || vector.isScalable())
      return false;
  return element.isF32() || element.isF64();
}

/// Replaces an op by what `formula` makes of its operands, in f64 where
/// `inDouble` says so.
template <typename Op>
struct ExpandFunction : OpRewritePattern<Op> {
  using Formula = Real (*)(ArrayRef<Real> operands, bool isWide);
  ExpandFunction(MLIRContext *context, bool hasFma, bool inDouble,
                 Formula formula)
      : OpRewritePattern<Op>(context), hasFma(hasFma), inDouble(inDouble),
        formula(formula) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!isSupported(type))
      return rewriter.notifyMatchFailure(op, "is not of f32 or f64");
    bool isWide = getElementTypeOrSelf(type).isF64();
    bool isExtended = inDouble && !isWide;
    Type f64 = rewriter.getF64Type(), computed = type;
    if (isExtended)
      computed =
          isa<VectorType>(type) ? Type(cast<VectorType>(type).clone(f64)) : f64;
    MathBuilder m(rewriter, op.getLoc(), computed, hasFma);
    SmallVector<Real> operands;
    for (Value operand : op->getOperands()) {
      if (isExtended)
        operand =
            arith::ExtFOp::create(rewriter, op.getLoc(), computed, operand);
      operands.push_back(m.real(operand));
    }
    Value result = formula(operands, isWide).value;
    if (isExtended)
      result = arith::TruncFOp::create(rewriter, op.getLoc(), type, result);
    rewriter.replaceOp(op, result);
    return success();
  }

  bool hasFma, inDouble;
  Formula formula;
};

template <typename Op, Real (*function)(Real)>
void add(RewritePatternSet &patterns, bool hasFma, bool inDouble) {
  patterns.add<ExpandFunction<Op>>(
      patterns.getContext(), hasFma, inDouble,
      +[](ArrayRef<Real> x, bool) { return function(x[0]); });
}

template <typename Op, Circular function>
void addCircular(RewritePatternSet &patterns, bool hasFma) {
  patterns.add<ExpandFunction<Op>>(
      patterns.getContext(), hasFma, /*inDouble=*/true,
      +[](ArrayRef<Real> x, bool) { return emitCircular(x[0], function); });
}

} // namespace

void populateVectorMathPatterns(RewritePatternSet &patterns, bool hasFma) {
  // Accurate in f32 itself.
  add<math::ExpOp, emitExp>(patterns, hasFma, false);
  add<math::ExpM1Op, emitExpm1>(patterns, hasFma, false);
  add<math::LogOp, emitLog>(patterns, hasFma, false);
  add<math::Log1pOp, emitLog1p>(patterns, hasFma, false);
  add<math::TanhOp, emitTanh>(patterns, hasFma, false);
  add<math::ErfOp, emitErf>(patterns, hasFma, false);
  // By way of f64.
  add<math::SinhOp, emitSinh>(patterns, hasFma, true);
  add<math::CoshOp, emitCosh>(patterns, hasFma, true);
  add<math::AsinhOp, emitAsinh>(patterns, hasFma, true);
  add<math::AcoshOp, emitAcosh>(patterns, hasFma, true);
  add<math::AtanhOp, emitAtanh>(patterns, hasFma, true);
  add<math::AsinOp, emitAsin>(patterns, hasFma, true);
  add<math::AcosOp, emitAcos>(patterns, hasFma, true);
  add<math::AtanOp, emitAtan>(patterns, hasFma, true);
  addCircular<math::SinOp, Circular::Sine>(patterns, hasFma);
  addCircular<math::CosOp, Circular::Cosine>(patterns, hasFma);
  addCircular<math::TanOp, Circular::Tangent>(patterns, hasFma);
  patterns.add<ExpandFunction<math::PowFOp>>(
      patterns.getContext(), hasFma, true, +[](ArrayRef<Real> x, bool isWide) {
        return emitPow(x[0], x[1], isWide);
      });
  patterns.add<ExpandFunction<math::Atan2Op>>(
      patterns.getContext(), hasFma, true,
      +[](ArrayRef<Real> x, bool) { return emitAtan2(x[0], x[1]); });
  patterns.add<ExpandFunction<arith::RemFOp>>(
      patterns.getContext(), hasFma, true,
      +[](ArrayRef<Real> x, bool) { return emitRemainder(x[0], x[1]); });
}

} // namespace ds
