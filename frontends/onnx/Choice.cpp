//===- Choice.cpp - values that depend on a condition known at run time
//----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Choice.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ds::onnx {

Value choose(GraphBuilder &g, OpFoldResult condition,
             llvm::function_ref<Value()> onTrue,
             llvm::function_ref<Value()> onFalse) {
  if (auto known = dyn_cast<Attribute>(condition))
    return cast<IntegerAttr>(known).getValue().isZero() ? onFalse() : onTrue();

  // The result's type is known only after the branches, so they are built in an
  // op without results first.
  auto draft = scf::IfOp::create(g.b, g.loc(), TypeRange{},
                                 g.asValue(condition), /*addThenBlock=*/true,
                                 /*addElseBlock=*/true);
  SmallVector<Value, 2> values;
  SmallVector<Sizes, 2> sizes;
  for (auto [block, build] : {std::pair(draft.thenBlock(), onTrue),
                              std::pair(draft.elseBlock(), onFalse)}) {
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPointToEnd(block);
    values.push_back(build());
    sizes.push_back(g.dims(values.back()));
  }
  Sizes joined;
  SmallVector<int64_t> shape;
  bool visible = true;
  for (auto [x, y] : llvm::zip(sizes[0], sizes[1])) {
    for (OpFoldResult size : {x, y})
      if (auto value = dyn_cast<Value>(size))
        visible &= !draft->isAncestor(value.getParentRegion()->getParentOp());
    std::optional<int64_t> extent = x == y ? g.constantIndex(x) : std::nullopt;
    shape.push_back(extent.value_or(ShapedType::kDynamic));
  }
  if (visible)
    for (auto [x, y] : llvm::zip(sizes[0], sizes[1]))
      joined.push_back(g.select(condition, x, y));

  auto type = RankedTensorType::get(shape, GraphBuilder::elementOf(values[0]));
  auto op = scf::IfOp::create(g.b, g.loc(), type, g.asValue(condition),
                              /*addThenBlock=*/false,
                              /*addElseBlock=*/false);
  for (auto [from, to, value] :
       llvm::zip(draft->getRegions(), op->getRegions(), values)) {
    to.takeBody(from);
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPointToEnd(&to.front());
    scf::YieldOp::create(g.b, g.loc(), g.refine(value, type));
  }
  draft->erase();
  if (visible)
    g.setDims(op->getResult(0), joined);
  return op->getResult(0);
}

FailureOr<Sizes> axisFlags(NodeContext &n, unsigned input, StringRef what,
                           int64_t rank) {
  GraphBuilder &g = n.g;
  FailureOr<Sizes> axes = n.indices(input, what);
  if (failed(axes))
    return failure();
  Sizes flags(rank, g.b.getBoolAttr(false));
  for (OpFoldResult axis : *axes) {
    if (std::optional<int64_t> known = g.constantIndex(axis)) {
      FailureOr<int64_t> checked = n.axis(*known, rank);
      if (failed(checked))
        return failure();
      if (g.isIndex(flags[*checked], -1) || g.isIndex(flags[*checked], 1))
        return n.error("input \"" + what + "\" names dimension " +
                       Twine(*checked) + " twice");
      flags[*checked] = g.b.getBoolAttr(true);
      continue;
    }
    for (int64_t i = 0; i < rank; ++i)
      for (int64_t spelling : {i, i - rank}) {
        OpFoldResult hit =
            g.compare(arith::CmpIPredicate::eq, axis, g.index(spelling));
        flags[i] = g.select(flags[i], g.b.getBoolAttr(true), hit);
      }
  }
  return flags;
}

} // namespace ds::onnx
