//===- Layout.cpp - orders of dimensions, carried through ops
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Interfaces/Layout.h"

#include "dialects/Interfaces/Interfaces.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

#include "dialects/Interfaces/LayoutOpInterface.cpp.inc"

namespace ds {

SmallVector<int64_t> identityOrder(int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(0, rank));
}

bool isIdentityOrder(ArrayRef<int64_t> order) {
  return llvm::equal(order, llvm::seq<int64_t>(0, order.size()));
}

RankedTensorType movedType(RankedTensorType type, ArrayRef<int64_t> order) {
  SmallVector<int64_t> shape;
  for (int64_t dim : order)
    shape.push_back(type.getDimSize(dim));
  return RankedTensorType::get(shape, type.getElementType());
}

SmallVector<int64_t> orderBetween(ArrayRef<int64_t> from,
                                  ArrayRef<int64_t> to) {
  SmallVector<int64_t> places(from.size()), permutation;
  for (auto [place, dim] : llvm::enumerate(from))
    places[dim] = place;
  for (int64_t dim : to)
    permutation.push_back(places[dim]);
  return permutation;
}

bool movesData(RankedTensorType type, ArrayRef<int64_t> permutation) {
  int64_t previous = -1;
  for (int64_t dim : permutation) {
    if (type.getDimSize(dim) == 1)
      continue;
    if (dim < previous)
      return true;
    previous = dim;
  }
  return false;
}

namespace {

/// Dimensions of one side that stay together, and what they become on the other
/// side.
struct Bundle {
  /// The dimensions whose places decide where the bundle goes, in order.
  SmallVector<int64_t> keys;
  SmallVector<int64_t> targets;
};

} // namespace

/// Dimensions that only the target side has go in front of the bundle that
/// follows them in the original order, or, at the end, behind the one in front
/// of them.
static SmallVector<Bundle> bundle(ArrayRef<DimGroup> groups,
                                  ArrayRef<int64_t> sourceShape,
                                  bool fromOperand) {
  SmallVector<Bundle> bundles;
  SmallVector<int64_t> pending;
  Bundle *last = nullptr;
  bundles.reserve(groups.size());
  for (const DimGroup &group : groups) {
    ArrayRef<int64_t> source = fromOperand ? group.operand : group.result,
                      target = fromOperand ? group.result : group.operand;
    if (source.empty()) {
      llvm::append_range(pending, target);
      continue;
    }
    Bundle &next = bundles.emplace_back();
    for (int64_t dim : source)
      if (sourceShape[dim] != 1)
        next.keys.push_back(dim);
    if (next.keys.empty())
      next.keys.push_back(source.front());
    if (target.empty())
      continue;
    next.targets = std::move(pending);
    pending.clear();
    llvm::append_range(next.targets, target);
    last = &next;
  }
  if (pending.empty())
    return bundles;
  if (!last)
    last = &bundles.emplace_back();
  llvm::append_range(last->targets, pending);
  return bundles;
}

/// The order of the other side of `groups`; nothing when dimensions that must
/// stay together are torn apart.
static std::optional<SmallVector<int64_t>> carry(ArrayRef<DimGroup> groups,
                                                 ArrayRef<int64_t> sourceShape,
                                                 ArrayRef<int64_t> order,
                                                 bool fromOperand) {
  SmallVector<Bundle> bundles = bundle(groups, sourceShape, fromOperand);
  SmallVector<std::pair<int64_t, int64_t>> places(
      sourceShape.size(), {-1, -1}); // bundle and index among its keys
  SmallVector<int64_t> carried;
  for (auto [number, bundle] : llvm::enumerate(bundles)) {
    for (auto [index, key] : llvm::enumerate(bundle.keys))
      places[key] = {static_cast<int64_t>(number), static_cast<int64_t>(index)};
    if (bundle.keys.empty())
      llvm::append_range(carried, bundle.targets);
  }
  std::pair<int64_t, int64_t> previous(-1, -1);
  for (int64_t dim : order) {
    auto [number, index] = places[dim];
    if (number < 0)
      continue;
    if (index > 0 && previous != std::pair(number, index - 1))
      return std::nullopt;
    if (index == 0)
      llvm::append_range(carried, bundles[number].targets);
    previous = {number, index};
  }
  return carried;
}

static RankedTensorType tensorTypeOf(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

static SmallVector<DimGroup> groupsOf(Operation *op, unsigned number) {
  if (auto layout = dyn_cast<LayoutOpInterface>(op))
    return layout.getDimGroups(number);
  SmallVector<DimGroup> groups;
  for (int64_t dim = 0, rank = tensorTypeOf(op->getOperand(number)).getRank();
       dim < rank; ++dim)
    groups.push_back({{dim}, {dim}});
  return groups;
}

static bool isMovable(Operation *op) {
  return op->getNumResults() == 1 && tensorTypeOf(op->getResult(0)) &&
         isa<ElementwiseOpInterface, LayoutOpInterface>(op);
}

std::optional<LayoutMove> moveFromResult(Operation *op,
                                         ArrayRef<int64_t> order) {
  if (!isMovable(op))
    return std::nullopt;
  LayoutMove move{{}, SmallVector<int64_t>(order)};
  for (unsigned number = 0; number < op->getNumOperands(); ++number) {
    RankedTensorType type = tensorTypeOf(op->getOperand(number));
    SmallVector<DimGroup> groups;
    if (type)
      groups = groupsOf(op, number);
    if (groups.empty()) {
      move.operands.push_back(identityOrder(type ? type.getRank() : 0));
      continue;
    }
    std::optional<SmallVector<int64_t>> carried =
        carry(groups, tensorTypeOf(op->getResult(0)).getShape(), order, false);
    if (!carried)
      return std::nullopt;
    move.operands.push_back(std::move(*carried));
  }
  auto layout = dyn_cast<LayoutOpInterface>(op);
  if (layout && !layout.acceptsMove(move))
    return std::nullopt;
  return move;
}

std::optional<LayoutMove> moveFromOperand(Operation *op, unsigned number,
                                          ArrayRef<int64_t> order) {
  RankedTensorType type = tensorTypeOf(op->getOperand(number));
  if (!type || !isMovable(op))
    return std::nullopt;
  SmallVector<DimGroup> groups = groupsOf(op, number);
  if (groups.empty())
    return std::nullopt;
  std::optional<SmallVector<int64_t>> result =
      carry(groups, type.getShape(), order, true);
  std::optional<LayoutMove> move =
      result ? moveFromResult(op, *result) : std::nullopt;
  if (!move)
    return std::nullopt;
  // Where dimensions are dropped, several orders of the operand give one of the
  // result.
  move->operands[number].assign(order.begin(), order.end());
  auto layout = dyn_cast<LayoutOpInterface>(op);
  if (layout && !layout.acceptsMove(*move))
    return std::nullopt;
  return move;
}

Value rebuildMoved(OpBuilder &b, Operation *op, const LayoutMove &move,
                   ValueRange operands) {
  if (auto layout = dyn_cast<LayoutOpInterface>(op))
    return layout.rebuildMoved(b, move, operands);
  IRMapping mapping;
  Operation *moved = b.clone(*op, mapping);
  moved->setOperands(operands);
  moved->getResult(0).setType(
      movedType(tensorTypeOf(op->getResult(0)), move.result));
  return moved->getResult(0);
}

} // namespace ds
