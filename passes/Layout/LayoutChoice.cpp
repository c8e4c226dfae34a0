//===- LayoutChoice.cpp - which ops of a block are computed transposed
//-----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moving transposes op by op gets stuck where two branches meet: each must move
// before either pays. Therefore in two steps. First the orders that
// convolutions want spread along the graph, so that each op gets at most one
// other form. Then a minimum cut decides for all ops at once which form they
// take: a value costs its bytes when its producer and a user disagree, once for
// all users that agree among themselves.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/LayoutChoice.h"

#include "dialects/NN/NN.h"
#include "passes/Layout/MinimumCut.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

#include <deque>

using namespace mlir;

namespace ds {
namespace {

/// What a dynamic extent counts as in comparisons of sizes.
constexpr int64_t assumedExtent = 64;

RankedTensorType tensorTypeOf(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

int64_t bytesOf(RankedTensorType type) {
  Type element = type.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : 16;
  for (int64_t extent : type.getShape())
    bytes = llvm::MulOverflow(
                bytes, ShapedType::isDynamic(extent) ? assumedExtent : extent,
                bytes)
                ? MinimumCut::unlimited / 1024
                : std::min(bytes, MinimumCut::unlimited / 1024);
  return bytes;
}

/// Cost of having `type` in both orders. Reshapes are nearly free; the least
/// cost keeps what need not move where it is.
int64_t costBetween(RankedTensorType type, ArrayRef<int64_t> from,
                    ArrayRef<int64_t> to) {
  if (from == to)
    return 0;
  return movesData(movedType(type, from), orderBetween(from, to))
             ? bytesOf(type) + 1
             : 1;
}

class Chooser {
public:
  explicit Chooser(Block &block) : block(block) {}

  llvm::MapVector<Operation *, LayoutMove> run() {
    seed();
    if (candidates.empty())
      return {};
    for (auto &[op, candidate] : candidates)
      candidate.node = cut.addNode();
    for (auto &[op, candidate] : candidates)
      addOwnCost(op, candidate);
    for (BlockArgument argument : block.getArguments())
      addValueCost(argument);
    for (Operation &op : block)
      for (Value result : op.getResults())
        addValueCost(result);
    addOutsideCosts();
    llvm::BitVector moved = cut.solve();
    llvm::MapVector<Operation *, LayoutMove> chosen;
    for (Operation &op : block)
      if (auto it = candidates.find(&op);
          it != candidates.end() && moved.test(it->second.node))
        chosen[&op] = it->second.move;
    return chosen;
  }

private:
  struct Candidate {
    LayoutMove move;
    bool isForced = false;
    unsigned node = 0;
  };

  //===--- Spreading orders ---===//

  void seed() {
    for (Operation &op : block)
      if (auto layout = dyn_cast<LayoutOpInterface>(op))
        if (std::optional<LayoutMove> move = layout.getPreferredMove()) {
          candidates[&op] = {std::move(*move), /*isForced=*/true};
          queue.push_back(&op);
        }
    spread();
    // Transposes that nothing has reached yet: as ops that pass on what they
    // get, their results' users move instead.
    for (Operation &op : block)
      if (auto transpose = dyn_cast<nn::TransposeOp>(op);
          transpose && !candidates.contains(&op)) {
        int64_t rank = transpose.getPermutation().size();
        if (std::optional<LayoutMove> move =
                moveFromOperand(&op, 0, identityOrder(rank)))
          offer(&op, std::move(move));
        spread();
      }
  }

  void offer(Operation *op, std::optional<LayoutMove> move) {
    if (!move || op->getBlock() != &block ||
        op->hasTrait<OpTrait::ConstantLike>())
      return;
    if (candidates.insert({op, {std::move(*move)}}).second)
      queue.push_back(op);
  }

  void spread() {
    while (!queue.empty()) {
      Operation *op = queue.front();
      queue.pop_front();
      LayoutMove move = candidates.find(op)->second.move;
      for (OpOperand &operand : op->getOpOperands()) {
        ArrayRef<int64_t> order = move.operands[operand.getOperandNumber()];
        if (isIdentityOrder(order))
          continue;
        if (Operation *producer = operand.get().getDefiningOp();
            producer && !candidates.contains(producer))
          offer(producer, moveFromResult(producer, order));
        offerToUsers(operand.get(), order);
      }
      if (!isIdentityOrder(move.result))
        offerToUsers(op->getResult(0), move.result);
    }
  }

  void offerToUsers(Value value, ArrayRef<int64_t> order) {
    for (OpOperand &use : value.getUses())
      if (!candidates.contains(use.getOwner()))
        offer(use.getOwner(),
              moveFromOperand(use.getOwner(), use.getOperandNumber(), order));
  }

  //===--- Costs ---===//

  /// Costs `ifMoved`, which may be negative, when the op is moved.
  void addUnary(unsigned node, int64_t ifMoved) {
    if (ifMoved >= 0)
      cut.addEdge(node, MinimumCut::sink, ifMoved);
    else
      cut.addEdge(MinimumCut::source, node, -ifMoved);
  }

  void addOwnCost(Operation *op, const Candidate &candidate) {
    if (candidate.isForced)
      cut.addEdge(MinimumCut::source, candidate.node, MinimumCut::unlimited);
    // A transpose that is moved moves nothing.
    if (auto transpose = dyn_cast<nn::TransposeOp>(op)) {
      RankedTensorType type = transpose.getOperand().getType();
      addUnary(candidate.node, -costBetween(type, identityOrder(type.getRank()),
                                            transpose.getPermutation()));
    }
  }

  struct User {
    unsigned node;
    SmallVector<int64_t> order;
  };

  void addValueCost(Value value) {
    RankedTensorType type = tensorTypeOf(value);
    Operation *producer = value.getDefiningOp();
    // Transposed constants are constants.
    if (!type || type.getRank() < 2 ||
        (producer && producer->hasTrait<OpTrait::ConstantLike>()))
      return;
    auto it = candidates.find(producer);
    bool isMovable = it != candidates.end();
    addCost(type, isMovable ? it->second.node : MinimumCut::sink,
            isMovable ? it->second.move.result : identityOrder(type.getRank()),
            value.getUses());
  }

  /// Values from outside of the block are as they are.
  void addOutsideCosts() {
    llvm::SmallSetVector<Value, 8> values;
    for (auto &[op, candidate] : candidates)
      for (Value operand : op->getOperands())
        if (operand.getParentBlock() != &block)
          values.insert(operand);
    for (Value value : values)
      addValueCost(value);
  }

  template <typename Uses>
  void addCost(RankedTensorType type, unsigned producer,
               ArrayRef<int64_t> order, Uses uses) {
    SmallVector<int64_t> identity = identityOrder(type.getRank());
    bool mayMove =
        producer != MinimumCut::sink && order != ArrayRef<int64_t>(identity);
    // Users by the order they take when moved; those that take the value as it
    // is in any case are one fixed user.
    llvm::MapVector<ArrayRef<int64_t>, llvm::SmallSetVector<unsigned, 4>> users;
    bool isTakenAsItIs = false;
    for (OpOperand &use : uses) {
      if (isa<tensor::DimOp>(use.getOwner()))
        continue;
      auto it = candidates.find(use.getOwner());
      ArrayRef<int64_t> taken = identity;
      if (it != candidates.end())
        taken = it->second.move.operands[use.getOperandNumber()];
      if (taken == ArrayRef<int64_t>(identity))
        isTakenAsItIs = true;
      else
        users[taken].insert(it->second.node);
    }
    int64_t back = costBetween(type, order, identity);
    if (mayMove) {
      // Once for all who take it as it is while it is moved.
      unsigned untouched = cut.addNode();
      cut.addEdge(producer, untouched, back);
      if (isTakenAsItIs)
        cut.addEdge(untouched, MinimumCut::sink, MinimumCut::unlimited);
      for (unsigned user : users[order])
        cut.addEdge(untouched, user, MinimumCut::unlimited);
    }
    for (auto &[taken, nodes] : users) {
      int64_t there = costBetween(type, identity, taken);
      if (mayMove && taken != order) {
        // Any of three forms may meet any other. Moved both, they cost `both`;
        // the rest is a linear part and one edge.
        int64_t both = costBetween(type, order, taken);
        for (unsigned user : nodes) {
          addUnary(producer, both - there);
          addUnary(user, there);
          cut.addEdge(producer, user, back + there - both);
        }
        continue;
      }
      unsigned moved = cut.addNode();
      cut.addEdge(moved, mayMove ? producer : MinimumCut::sink, there);
      for (unsigned user : nodes)
        cut.addEdge(user, moved, MinimumCut::unlimited);
    }
  }

  Block &block;
  llvm::MapVector<Operation *, Candidate> candidates;
  std::deque<Operation *> queue;
  MinimumCut cut;
};

} // namespace

llvm::MapVector<Operation *, LayoutMove> chooseLayouts(Block &block) {
  return Chooser(block).run();
}

} // namespace ds
