//===- Groups.cpp - which ops share a kernel
//-------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"
#include "passes/Fusion/Fusion.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace ds {

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static FusionRole roleOf(Operation *op) {
  auto fusible = dyn_cast<FusionOpInterface>(op);
  return fusible ? fusible.getFusionRole() : FusionRole::Standalone;
}

static bool isSplatConstant(Operation *op) {
  auto constant = dyn_cast_or_null<nn::ConstantOp>(op);
  auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                           : DenseElementsAttr();
  return elements && elements.isSplat();
}

/// Computed from constants alone.
static bool isConstantArithmetic(Operation *op) {
  if (!op)
    return false;
  if (isa<nn::ConstantOp>(op))
    return true;
  if (roleOf(op) != FusionRole::Injective && !isa<ElementwiseOpInterface>(op))
    return false;
  return llvm::all_of(op->getOperands(), [](Value operand) {
    return isa<IndexType>(operand.getType())
               ? matchPattern(operand, m_Constant())
               : isConstantArithmetic(operand.getDefiningOp());
  });
}

bool isRecomputed(Operation *op) {
  if (!op)
    return false;
  if (isa<nn::ConstantOp>(op))
    return isSplatConstant(op);
  return roleOf(op) == FusionRole::Injective ||
         (isa<ElementwiseOpInterface>(op) && isConstantArithmetic(op));
}

namespace {

class GroupFormer {
public:
  GroupFormer(Block &block, const ValueSizes &sizes)
      : block(block), sizes(sizes) {}

  std::vector<std::unique_ptr<FusionGroup>> run() {
    int64_t next = 0;
    for (Operation &op : block)
      position[&op] = next++;
    for (Operation &op : block)
      visit(&op);
    llvm::erase_if(groups, [](const std::unique_ptr<FusionGroup> &group) {
      return group->members.empty();
    });
    for (auto &group : groups)
      llvm::sort(group->members, [&](Operation *a, Operation *b) {
        return position[a] < position[b];
      });
    return std::move(groups);
  }

private:
  void visit(Operation *op) {
    if (!isa<nn::NNDialect>(op->getDialect()) ||
        isa<nn::ConstantOp, nn::ReshapeOp>(op))
      return;
    if (joinAsRowBroadcast(op) || isRecomputed(op))
      return;
    if (roleOf(op) == FusionRole::Frame && joinAsFrame(op))
      return;
    if (isa<ElementwiseOpInterface>(op))
      visitElementwise(op);
    else if (roleOf(op) == FusionRole::Reduction)
      visitReduction(op);
    else
      open(op, op->getResult(0)).isClosed = true;
  }

  FusionGroup &open(Operation *op, Value domain) {
    groups.push_back(std::make_unique<FusionGroup>());
    FusionGroup &group = *groups.back();
    group.domain.assign(shapeOf(domain).begin(), shapeOf(domain).end());
    group.sizes = sizes.get(domain);
    add(group, op);
    return group;
  }

  void add(FusionGroup &group, Operation *op) {
    group.members.push_back(op);
    groupOf[op] = &group;
  }

  FusionGroup *groupOfValue(Value value) {
    return groupOf.lookup(value.getDefiningOp());
  }

  bool hasDomain(const FusionGroup &group, Value value) {
    return sizes.get(value) == group.sizes;
  }
  bool hasRowShape(const FusionGroup &group, Value value) {
    auto own = sizes.get(value);
    return group.rowDims >= 0 &&
           ArrayRef<OpFoldResult>(own) ==
               ArrayRef<OpFoldResult>(group.sizes).take_front(group.rowDims);
  }

  /// A value of one element per row, repeated along the row.
  bool joinAsRowBroadcast(Operation *op) {
    auto broadcast = dyn_cast<nn::BroadcastOp>(op);
    if (!broadcast)
      return false;
    FusionGroup *group = groupOfValue(broadcast.getOperand());
    if (!group || group->isClosed || group->rowDims < 0 ||
        !hasRowShape(*group, broadcast.getOperand()) ||
        !hasDomain(*group, broadcast.getResult()))
      return false;
    for (auto [position, dim] : llvm::enumerate(broadcast.getDims()))
      if (dim != static_cast<int64_t>(position))
        return false;
    if (!isConvex(*group, {op}))
      return false;
    add(*group, op);
    return true;
  }

  /// What frames a value that nothing else needs is stored by the value's
  /// kernel, with the frame's element inside.
  bool joinAsFrame(Operation *op) {
    Value framed = op->getOperand(0);
    FusionGroup *group = groupOfValue(framed);
    if (!group || group->isClosed || !framed.hasOneUse() ||
        !hasDomain(*group, framed) || !isConvex(*group, {op}))
      return false;
    for (Value operand : op->getOperands().drop_front())
      if (isa<RankedTensorType>(operand.getType()) &&
          !isRecomputed(operand.getDefiningOp()))
        return false;
    add(*group, op);
    group->isClosed = true;
    return true;
  }

  void visitElementwise(Operation *op) {
    Value result = op->getResult(0);
    FusionGroup *best = nullptr;
    for (Value operand : op->getOperands()) {
      FusionGroup *group = groupOfValue(operand);
      if (!group || group->isClosed ||
          (!hasDomain(*group, result) && !hasRowShape(*group, result)))
        continue;
      if (best && lastPosition(*group) <= lastPosition(*best))
        continue;
      if (isConvex(*group, {op}))
        best = group;
    }
    if (!best) {
      open(op, result);
      return;
    }
    add(*best, op);
    // Elementwise producers of the same shape come along.
    for (Value operand : op->getOperands()) {
      FusionGroup *other = groupOfValue(operand);
      if (!other || other == best || other->isClosed || other->tile ||
          other->rowDims >= 0 || !hasDomain(*best, operand) ||
          other->sizes != best->sizes || !isConvex(*best, other->members))
        continue;
      for (Operation *member : other->members)
        add(*best, member);
      other->members.clear();
    }
  }

  void visitReduction(Operation *op) {
    auto fusible = cast<FusionOpInterface>(op);
    SmallVector<int64_t> reduced = fusible.getRowReducedDims();
    Value source = op->getOperand(0);
    int64_t rank = static_cast<int64_t>(shapeOf(source).size());
    int64_t rowDims = rank - static_cast<int64_t>(reduced.size());
    bool isInnermost = !reduced.empty() &&
                       llvm::equal(reduced, llvm::seq<int64_t>(rowDims, rank));
    if (!isInnermost) {
      open(op, op->getResult(0)).tile = op;
      return;
    }
    // The producers of the row: earlier reductions of the same row, or
    // elementwise ops.
    FusionGroup *group = groupOfValue(source);
    if (group && !group->isClosed && !group->tile &&
        (group->rowDims == -1 || group->rowDims == rowDims) &&
        hasDomain(*group, source) && isConvex(*group, {op})) {
      add(*group, op);
      group->rowDims = rowDims;
      return;
    }
    open(op, source).rowDims = rowDims;
  }

  int64_t lastPosition(const FusionGroup &group) {
    int64_t last = -1;
    for (Operation *member : group.members)
      last = std::max(last, position[member]);
    return last;
  }

  /// True when no path leaves the union of `group` and `more` and comes back to
  /// it. Other groups count as one node each.
  bool isConvex(const FusionGroup &group, ArrayRef<Operation *> more) {
    llvm::SmallPtrSet<Operation *, 16> inside(group.members.begin(),
                                              group.members.end());
    inside.insert(more.begin(), more.end());
    int64_t first = INT64_MAX;
    for (Operation *op : inside)
      first = std::min(first, position[op]);
    llvm::SmallPtrSet<Operation *, 32> seen;
    SmallVector<Operation *> work;
    auto push = [&](Operation *user, bool fromInside) {
      auto visitValue = [&](Value value) {
        Operation *producer = value.getDefiningOp();
        if (!producer || producer->getBlock() != &block)
          return true;
        if (inside.contains(producer))
          return fromInside;
        if (seen.insert(producer).second)
          work.push_back(producer);
        return true;
      };
      for (Value operand : user->getOperands())
        if (!visitValue(operand))
          return false;
      if (user->getNumRegions() != 0) {
        llvm::SetVector<Value> captured;
        getUsedValuesDefinedAbove(user->getRegions(), captured);
        for (Value value : captured)
          if (!visitValue(value))
            return false;
      }
      return true;
    };
    for (Operation *op : inside)
      push(op, /*fromInside=*/true);
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      FusionGroup *other = groupOf.lookup(op);
      if (!other && position[op] < first)
        continue; // nothing before the first member depends on a member
      if (!other) {
        if (!push(op, false))
          return false;
        continue;
      }
      for (Operation *member : other->members) {
        seen.insert(member);
        if (!push(member, false))
          return false;
      }
    }
    return true;
  }

  Block &block;
  const ValueSizes &sizes;
  std::vector<std::unique_ptr<FusionGroup>> groups;
  DenseMap<Operation *, FusionGroup *> groupOf;
  DenseMap<Operation *, int64_t> position;
};

} // namespace

std::vector<std::unique_ptr<FusionGroup>> formGroups(Block &block,
                                                     const ValueSizes &sizes) {
  return GroupFormer(block, sizes).run();
}

} // namespace ds
