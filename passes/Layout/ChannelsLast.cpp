//===- ChannelsLast.cpp - the pass ds-channels-last
//------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"
#include "passes/Layout/Layout.h"
#include "passes/Layout/LayoutChoice.h"
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_CHANNELSLASTPASS
#include "passes/Layout/Passes.h.inc"

namespace {

/// Carries out a choice, from the first op of the block to the last.
class Mover {
public:
  explicit Mover(Block &block,
                 const llvm::MapVector<Operation *, LayoutMove> &chosen)
      : block(block), chosen(chosen) {}

  void run() {
    for (Operation &op : llvm::make_early_inc_range(block))
      if (auto it = chosen.find(&op); it != chosen.end())
        move(&op, it->second);
    // Last users first: what only moved ops used is dead then.
    for (auto &[op, move] : llvm::reverse(chosen)) {
      Value result = op->getResult(0);
      if (!movedForms.contains(result))
        continue;
      readExtentsOffMoved(result);
      if (!result.use_empty())
        result.replaceAllUsesWith(
            inOrder(result, identityOrder(move.result.size())));
      op->erase();
    }
  }

private:
  struct Form {
    Value value;
    SmallVector<int64_t> order;
  };

  void move(Operation *op, const LayoutMove &move) {
    if (isIdentityOrder(move.result) &&
        llvm::all_of(move.operands, isIdentityOrder))
      return;
    SmallVector<Value> operands;
    for (auto [operand, order] :
         llvm::zip_equal(op->getOperands(), move.operands))
      operands.push_back(inOrder(operand, order));
    OpBuilder b(op);
    movedForms[op->getResult(0)] = {rebuildMoved(b, op, move, operands),
                                    move.result};
  }

  /// `value` (as it was before moves) with its dimensions in `order`.
  Value inOrder(Value value, ArrayRef<int64_t> order) {
    auto it = movedForms.find(value);
    Form form = it != movedForms.end()
                    ? it->second
                    : Form{value, identityOrder(order.size())};
    if (ArrayRef<int64_t>(form.order) == order)
      return form.value;
    Value &transposed =
        transposes[{value, DenseI64ArrayAttr::get(value.getContext(), order)}];
    if (!transposed) {
      OpBuilder b(value.getContext());
      if (form.value.getParentBlock() == &block)
        b.setInsertionPointAfterValue(form.value);
      else
        b.setInsertionPointToStart(&block);
      transposed = nn::TransposeOp::create(b, value.getLoc(), form.value,
                                           orderBetween(form.order, order));
    }
    return transposed;
  }

  void readExtentsOffMoved(Value value) {
    const Form &form = movedForms.find(value)->second;
    for (Operation *user : llvm::make_early_inc_range(value.getUsers())) {
      auto extent = dyn_cast<tensor::DimOp>(user);
      std::optional<int64_t> dim =
          extent ? extent.getConstantIndex() : std::nullopt;
      if (!dim)
        continue;
      OpBuilder b(extent);
      int64_t place = llvm::find(form.order, *dim) - form.order.begin();
      extent.replaceAllUsesWith(
          tensor::DimOp::create(b, extent.getLoc(), form.value, place)
              .getResult());
      extent.erase();
    }
  }

  Block &block;
  const llvm::MapVector<Operation *, LayoutMove> &chosen;
  DenseMap<Value, Form> movedForms;
  DenseMap<std::pair<Value, Attribute>, Value> transposes;
};

struct ChannelsLastPass : impl::ChannelsLastPassBase<ChannelsLastPass> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks)
      moveLayouts(*block);
  }
};

} // namespace

void moveLayouts(Block &block) {
  llvm::MapVector<Operation *, LayoutMove> chosen = chooseLayouts(block);
  Mover(block, chosen).run();
}

} // namespace ds
