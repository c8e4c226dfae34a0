//===- TileItems.cpp - the register tiles of a work item
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/TilePlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {

SmallVector<Value> TilePlan::neutral(ElementEmitter &e,
                                     ValueRange state) const {
  SmallVector<Value> values;
  for (auto [number, value] : llvm::enumerate(state)) {
    auto element =
        *arith::getNeutralElement(combiners[number % combiners.size()]);
    auto type = dyn_cast<VectorType>(value.getType());
    values.push_back(arith::ConstantOp::create(
        e.b, e.loc,
        type ? TypedAttr(DenseElementsAttr::get(type, Attribute(element)))
             : element));
  }
  return values;
}

Value TilePlan::resultExtent(ElementEmitter &e, int64_t dim) const {
  return e.emitExtent(op->getResult(0), dim);
}

Value TilePlan::loopExtent(ElementEmitter &e, unsigned loop) const {
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (!isa<RankedTensorType>(operand->get().getType()))
      continue;
    for (auto [dim, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(operand).getResults()))
      if (expr == getAffineDimExpr(loop, op.getContext()))
        return e.emitExtent(operand->get(), dim);
  }
  llvm_unreachable("planned loops have an operand that spans them");
}

static Value ceilDiv(ElementEmitter &e, Value x, int64_t y) {
  return e.floorDiv(e.add(x, e.constant(y - 1)), y);
}

TilePlan::Space TilePlan::space(ElementEmitter &e) const {
  Space s;
  s.rowExtent = e.constant(1);
  s.items = e.constant(1);
  for (int64_t dim = 0; dim < static_cast<int64_t>(resultLoops.size()); ++dim) {
    Value extent = resultExtent(e, dim);
    if (dim == laneDim) {
      s.laneExtent = extent;
    } else if (dim == rowDim) {
      s.rowExtent = extent;
    } else {
      s.outer.push_back(extent);
      s.items = e.mul(s.items, extent);
    }
  }
  s.rowBlocks = ceilDiv(e, s.rowExtent, rowBlock);
  s.laneBlocks = ceilDiv(e, s.laneExtent, laneBlock);
  s.items = e.mul(s.items, e.mul(s.rowBlocks, s.laneBlocks));
  // Items are grouped until a group has enough work.
  Value work = e.mul(e.min(s.rowExtent, e.constant(rowBlock)),
                     e.min(s.laneExtent, e.constant(laneBlock)));
  for (unsigned loop : reducedLoops)
    work = e.mul(work, loopExtent(e, loop));
  work = e.b.createOrFold<arith::MaxSIOp>(e.loc, work, e.constant(1));
  Value group =
      e.b.createOrFold<arith::DivUIOp>(e.loc, e.constant(GrainProducts), work);
  s.group = e.b.createOrFold<arith::MaxSIOp>(e.loc, group, e.constant(1));
  return s;
}

Value TilePlan::emitItemCount(ElementEmitter &e) const {
  Space s = space(e);
  return e.b.createOrFold<arith::DivUIOp>(
      e.loc, e.add(s.items, e.sub(s.group, e.constant(1))), s.group);
}

void TilePlan::emitRows(ElementEmitter &e, ArrayRef<Value> position, Value low,
                        Value high, Value lane, int64_t vectorCount,
                        Value lastMask) const {
  auto tile = [&](Value row, int64_t count) {
    emitTile(e, {position, row, count, lane, vectorCount, lastMask,
                 e.floorDiv(e.sub(row, low), rows)});
  };
  if (rowDim < 0) {
    tile(e.constant(0), 1);
    return;
  }
  if (!ShapedType::isDynamic(rowExtent) && rowBlock >= rowExtent) {
    if (rowExtent >= 2 * rows)
      emitLoop(e, low, e.constant(rowExtent / rows * rows), rows,
               [&](Value row) { tile(row, rows); });
    else if (rowExtent >= rows)
      tile(low, rows);
    if (int64_t rest = rowExtent % rows)
      tile(e.constant(rowExtent - rest), rest);
    return;
  }
  Value count = e.sub(high, low);
  Value rest = e.b.createOrFold<arith::RemUIOp>(e.loc, count, e.constant(rows));
  Value row = e.sub(high, rest);
  emitLoop(e, low, row, rows, [&](Value r) { tile(r, rows); });
  if (!ShapedType::isDynamic(rowExtent) && rowExtent % rows == 0)
    return;
  // The rest by halves: at most one tile of each size.
  for (int64_t size = static_cast<int64_t>(llvm::PowerOf2Ceil(rows)) / 2;
       size >= 1; size /= 2) {
    Value fits = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::sge,
                                       e.sub(high, row), e.constant(size));
    auto branch = scf::IfOp::create(e.b, e.loc, TypeRange{row.getType()}, fits,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(branch.thenBlock());
    tile(row, size);
    scf::YieldOp::create(e.b, e.loc, e.add(row, e.constant(size)));
    e.b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(e.b, e.loc, row);
    row = branch.getResult(0);
  }
}

void TilePlan::emitColumns(ElementEmitter &e, ArrayRef<Value> position,
                           Value rowLow, Value rowHigh, Value low,
                           Value high) const {
  int64_t width = lanes * vectors;
  auto column = [&](Value lane, int64_t count, Value mask) {
    emitRows(e, position, rowLow, rowHigh, lane, count, mask);
  };
  e.lanes = lanes;
  if (!ShapedType::isDynamic(laneExtent) &&
      (group != 0 || laneBlock >= laneExtent)) {
    // Every block has as many columns.
    int64_t columns = std::min(laneBlock, laneExtent), rest = columns % width;
    if (columns >= 2 * width)
      emitLoop(e, low, e.add(low, e.constant(columns - rest)), width,
               [&](Value lane) { column(lane, vectors, Value()); });
    else if (columns >= width)
      column(low, vectors, Value());
    if (rest == 0)
      return;
    Value mask = rest % lanes ? emitMask(e, e.constant(rest % lanes)) : Value();
    column(e.add(low, e.constant(columns - rest)),
           llvm::divideCeil(rest, lanes), mask);
    return;
  }
  Value count = e.sub(high, low);
  Value main = e.sub(
      high, e.b.createOrFold<arith::RemUIOp>(e.loc, count, e.constant(width)));
  emitLoop(e, low, main, width,
           [&](Value lane) { column(lane, vectors, Value()); });
  if (!ShapedType::isDynamic(laneExtent) && laneExtent % width == 0)
    return;
  Value full = main;
  if (vectors > 1) {
    full = e.sub(high, e.b.createOrFold<arith::RemUIOp>(e.loc, count,
                                                        e.constant(lanes)));
    emitLoop(e, main, full, lanes,
             [&](Value lane) { column(lane, 1, Value()); });
  }
  if (lanes == 1 ||
      (!ShapedType::isDynamic(laneExtent) && laneExtent % lanes == 0))
    return;
  Value rest = e.sub(high, full);
  Value some = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::sgt,
                                     rest, e.constant(0));
  auto branch = scf::IfOp::create(e.b, e.loc, some, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPointToStart(branch.thenBlock());
  column(full, 1, emitMask(e, rest));
}

void TilePlan::emitItem(ElementEmitter &e, Value chunk) const {
  Space s = space(e);
  Value first = e.mul(chunk, s.group);
  emitLoop(e, first, e.min(e.add(first, s.group), s.items), 1, [&](Value item) {
    // Column blocks vary slowest: one block of the right side stays in
    // the cache while the rows pass.
    SmallVector<Value> extents{s.laneBlocks};
    extents.append(s.outer);
    extents.push_back(s.rowBlocks);
    SmallVector<Value> index = emitDelinearize(e, item, extents);
    ArrayRef<Value> position = ArrayRef<Value>(index).drop_front().drop_back();
    Value rowLow = e.mul(index.back(), e.constant(rowBlock));
    Value rowHigh = e.min(e.add(rowLow, e.constant(rowBlock)), s.rowExtent);
    Value low = e.mul(index.front(), e.constant(laneBlock));
    Value high = e.min(e.add(low, e.constant(laneBlock)), s.laneExtent);
    emitColumns(e, position, rowLow, rowHigh, low, high);
  });
}

} // namespace ds
