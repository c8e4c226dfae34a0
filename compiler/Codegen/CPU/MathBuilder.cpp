//===- MathBuilder.cpp - arithmetic on lanes, written as formulas ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/MathBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ds {

/// Dekker's splitting (A floating-point technique for extending the available
/// precision, 1971): both halves have so few bits that their products are
/// exact.
static std::pair<Real, Real> splitHalves(Real x) {
  double factor = x.m->isDouble() ? 0x1p27 + 1 : 0x1p12 + 1;
  Real scaled = x * factor;
  Real high = scaled - (scaled - x);
  return {high, x - high};
}

Real MathBuilder::productError(Real x, Real y, Real product) {
  if (hasFma)
    return {math::FmaOp::create(b, loc, x.value, y.value, (-product).value),
            this};
  auto [xHigh, xLow] = splitHalves(x);
  auto [yHigh, yLow] = splitHalves(y);
  return ((xHigh * yHigh - product) + xHigh * yLow + xLow * yHigh) +
         xLow * yLow;
}

Real MathBuilder::exactRemainder(Real x, Real n, Real y) {
  if (hasFma)
    return {math::FmaOp::create(b, loc, (-n).value, y.value, x.value), this};
  Real product = n * y;
  return (x - product) - productError(n, y, product);
}

Real MathBuilder::powerOfTwo(Real shifted) {
  return fromBits((toBits(shifted) + exponentBias()) << fractionBits());
}

SmallVector<Value> MathBuilder::rareLanes(
    Mask isRare, ValueRange usual, ValueRange arguments,
    llvm::function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> emitCall) {
  auto vector = dyn_cast<VectorType>(type);
  Value any = isRare.value;
  if (vector)
    any = vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, any);
  auto branch = scf::IfOp::create(b, loc, usual.getTypes(), any,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, usual);
  b.setInsertionPointToStart(branch.thenBlock());
  if (!vector) {
    scf::YieldOp::create(b, loc, emitCall(b, arguments));
    return branch.getResults();
  }
  auto index = [&](int64_t value) {
    return arith::ConstantOp::create(b, loc, b.getIndexAttr(value));
  };
  Value low = index(0), high = index(vector.getNumElements()), step = index(1);
  // Filled in place: calls look for the function around them.
  auto lanes =
      scf::ForOp::create(b, loc, low, high, step, usual,
                         [](OpBuilder &, Location, Value, ValueRange) {});
  {
    OpBuilder::InsertionGuard inLoop(b);
    b.setInsertionPointToStart(lanes.getBody());
    Value lane = lanes.getInductionVar();
    ValueRange carried = lanes.getRegionIterArgs();
    Value here =
        vector::ExtractOp::create(b, loc, isRare.value, OpFoldResult(lane));
    auto replaced = scf::IfOp::create(b, loc, carried.getTypes(), here,
                                      /*withElseRegion=*/true);
    scf::YieldOp::create(b, loc, replaced.getResults());
    b.setInsertionPointToStart(replaced.elseBlock());
    scf::YieldOp::create(b, loc, carried);
    b.setInsertionPointToStart(replaced.thenBlock());
    SmallVector<Value> scalars, next;
    for (Value argument : arguments)
      scalars.push_back(
          vector::ExtractOp::create(b, loc, argument, OpFoldResult(lane)));
    for (auto [value, old] : llvm::zip(emitCall(b, scalars), carried))
      next.push_back(
          vector::InsertOp::create(b, loc, value, old, OpFoldResult(lane)));
    scf::YieldOp::create(b, loc, next);
  }
  scf::YieldOp::create(b, loc, lanes.getResults());
  return branch.getResults();
}

} // namespace ds
