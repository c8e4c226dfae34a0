//===- RowsInnermost.cpp - the pass ds-rows-innermost
//----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A softmax or normalisation makes several passes over a row. Code generation
// keeps a row in reach and runs vectors along it, which needs its elements side
// by side; along another dimension it would have to work on single elements.
//
//===----------------------------------------------------------------------===//
#include "dialects/Interfaces/Interfaces.h"
#include "dialects/Interfaces/Layout.h"
#include "dialects/NN/NN.h"
#include "passes/Layout/Layout.h"
#include "passes/Layout/Passes.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_ROWSINNERMOSTPASS
#include "passes/Layout/Passes.h.inc"

bool moveRowsInnermost(Operation *op) {
  auto rows = dyn_cast<FusionOpInterface>(op);
  // Reductions proper are fast along outer dimensions too: vectors then run
  // along the inner ones.
  if (!rows || !isa<LayoutOpInterface>(op) || op->getNumOperands() != 1 ||
      op->getNumResults() != 1 ||
      op->getOperand(0).getType() != op->getResult(0).getType())
    return false;
  SmallVector<int64_t> reduced = rows.getRowReducedDims();
  int64_t rank = cast<RankedTensorType>(op->getOperand(0).getType()).getRank();
  SmallVector<int64_t> order;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(reduced, dim))
      order.push_back(dim);
  llvm::append_range(order, reduced);
  if (reduced.empty() || isIdentityOrder(order))
    return false;
  std::optional<LayoutMove> move = moveFromOperand(op, 0, order);
  if (!move)
    return false;
  OpBuilder b(op);
  Value operand =
      nn::TransposeOp::create(b, op->getLoc(), op->getOperand(0), order);
  Value result = rebuildMoved(b, op, *move, operand);
  Value back = nn::TransposeOp::create(
      b, op->getLoc(), result, orderBetween(move->result, identityOrder(rank)));
  op->replaceAllUsesWith(ValueRange(back));
  op->erase();
  return true;
}

namespace {

struct RowsInnermostPass : impl::RowsInnermostPassBase<RowsInnermostPass> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](FusionOpInterface op) { ops.push_back(op); });
    for (Operation *op : ops)
      moveRowsInnermost(op);
  }
};

} // namespace
} // namespace ds
