//===- DecomposePool.cpp - the pass ds-decompose-pool
//----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vectors run along the innermost dimension. A window that moves along it in
// steps of 1 is read by plain vector loads, unless it may leave the operand:
// then every lane needs a position of its own, and the loads become gathers.
// One copy with a border costs far less than that for each element of the
// window.
//
//===----------------------------------------------------------------------===//
#include "dialects/NN/Shapes.h"
#include "passes/Layout/Layout.h"
#include "passes/Layout/Passes.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_DECOMPOSEPOOLPASS
#include "passes/Layout/Passes.h.inc"

/// The element that a window passes over.
static Value neutralElement(OpBuilder &b, nn::PoolOp op) {
  Type element = op.getType().getElementType();
  Scalar value =
      isa<FloatType>(element) ? Scalar::fromDouble(0) : Scalar::fromInt(0);
  if (op.getKind() == nn::PoolKind::max) {
    if (auto real = dyn_cast<FloatType>(element)) {
      APFloat lowest =
          APFloat::semanticsHasInf(real.getFloatSemantics())
              ? APFloat::getInf(real.getFloatSemantics(), /*Negative=*/true)
              : APFloat::getLargest(real.getFloatSemantics(),
                                    /*Negative=*/true);
      value = Scalar::fromDouble(lowest.convertToDouble());
    } else if (!element.isUnsignedInteger() && !element.isInteger(1)) {
      value = Scalar::fromInt(
          APInt::getSignedMinValue(element.getIntOrFloatBitWidth())
              .getSExtValue());
    }
  }
  return nn::createSplat(b, op.getLoc(), RankedTensorType::get({}, element),
                         value);
}

void decomposePool(RewriterBase &rewriter, nn::PoolOp op) {
  int64_t last = static_cast<int64_t>(op.getWindow().size()) - 1;
  if (last < 0 || op.getStrides()[last] != 1 ||
      (op.getLow()[last] == 0 && op.getHigh()[last] == 0))
    return;
  // An average that does not count the border must know where it is.
  if (op.getKind() == nn::PoolKind::average && !op.getCountIncludePad())
    return;
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  RankedTensorType type = op.getOperand().getType();
  SmallVector<int64_t> low(last + 1, 0), high(last + 1, 0),
      remainingLow(op.getLow()), remainingHigh(op.getHigh());
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t dim = 0; dim <= last; ++dim) {
    // Steps of more than 1 may end beyond the border, which is then not for
    // this pass to say.
    if (op.getStrides()[dim] != 1)
      continue;
    std::swap(low[dim], remainingLow[dim]);
    std::swap(high[dim], remainingHigh[dim]);
    if (!ShapedType::isDynamic(shape[dim]))
      shape[dim] += low[dim] + high[dim];
  }
  Value bordered = nn::PadOp::create(
      rewriter, loc, RankedTensorType::get(shape, type.getElementType()),
      op.getOperand(), neutralElement(rewriter, op), ValueRange(), ValueRange(),
      nn::PadMode::constant, low, high);
  rewriter.replaceOpWithNewOp<nn::PoolOp>(
      op, op.getType(), op.getKind(), bordered, op.getSizes(), op.getWindow(),
      op.getStrides(), remainingLow, remainingHigh, op.getDilations(),
      op.getCountIncludePad());
}

namespace {
struct DecomposePoolPass : impl::DecomposePoolPassBase<DecomposePoolPass> {
  void runOnOperation() override {
    SmallVector<nn::PoolOp> pools;
    getOperation()->walk([&](nn::PoolOp op) { pools.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (nn::PoolOp op : pools)
      decomposePool(rewriter, op);
  }
};
} // namespace

} // namespace ds
