//===- ProductTiles.cpp - the loops over a product's blocks and tiles ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/AccessForm.h"
#include "compiler/Codegen/CPU/ProductPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ds {

/// Terms between prefetches: a loop must be long to be predicted. And how many
/// terms ahead a panel is asked for.
static constexpr int64_t PrefetchTerms = 128, TermsAhead = 8;

void MergedLoops::set(ElementEmitter &e, LaneValue at,
                      SmallVectorImpl<LaneValue> &indices) const {
  if (loops.empty())
    return;
  SmallVector<Value> sizes;
  for (int64_t extent : extents)
    sizes.push_back(e.constant(extent));
  SmallVector<Value> index = emitDelinearize(e, at.base, sizes);
  for (auto [loop, value] : llvm::zip(loops, index))
    indices[loop] = LaneValue::uniform(value);
  indices[loops.back()] = LaneValue::linear(index.back(), at.stride);
}

int64_t ProductPlan::group() const {
  int64_t work =
      std::min(rows.size(), mBlock) * std::min(columns, nBlock) * sum.size();
  return std::max<int64_t>(1, GrainProducts / std::max<int64_t>(work, 1));
}

Value ProductPlan::emitItemCount(ElementEmitter &e) const {
  return e.constant(llvm::divideCeil(items(), group()));
}

SmallVector<LaneValue> ProductPlan::loopsAt(ElementEmitter &e,
                                            const ProductItem &item,
                                            LaneValue row, LaneValue lane,
                                            LaneValue term) const {
  SmallVector<LaneValue> indices(op.getNumLoops());
  batch.set(e, LaneValue::uniform(item.position), indices);
  rows.set(e, row, indices);
  if (term.base)
    sum.set(e, term, indices);
  indices[laneLoop] = lane;
  return indices;
}

SmallVector<LaneValue> ProductPlan::loopsAt(ElementEmitter &e,
                                            const ProductItem &item, Value row,
                                            int64_t r, Value lane,
                                            Value term) const {
  return loopsAt(e, item, LaneValue::uniform(e.add(row, e.constant(r))),
                 LaneValue::linear(lane, 1), LaneValue::uniform(term));
}

LaneValue ProductPlan::emitLeft(ElementEmitter &e, const ProductItem &item,
                                Value row, int64_t r, Value lane,
                                Value term) const {
  SmallVector<LaneValue> indices = loopsAt(e, item, row, 0, lane, term);
  LaneValue &inner = indices[rows.loops.back()];
  inner = LaneValue::uniform(e.add(inner.base, e.constant(r)));
  return e.emitOperand(op, left.operand, indices);
}

SmallVector<LaneValue>
ProductPlan::resultIndices(ArrayRef<LaneValue> loops) const {
  SmallVector<LaneValue> indices;
  for (AffineExpr expr :
       op.getMatchingIndexingMap(op.getDpsInitOperand(0)).getResults())
    indices.push_back(loops[cast<AffineDimExpr>(expr).getPosition()]);
  return indices;
}

Value ProductPlan::laneOf(ElementEmitter &e, const Tile &tile,
                          int64_t v) const {
  return e.add(tile.lane, e.constant(v * lanes));
}

Value ProductPlan::panelOffset(ElementEmitter &e, Value lane, Value k) const {
  Value panel = e.floorDiv(lane, panelColumns);
  Value within = e.sub(lane, e.mul(panel, e.constant(panelColumns)));
  return e.add(
      e.add(e.mul(panel, e.constant(sum.size() * panelColumns)), within),
      e.mul(k, e.constant(panelColumns)));
}

void ProductPlan::emitStream(ElementEmitter &e, const Tile &tile, Value rowBase,
                             Value kLow, Value k) const {
  int64_t perLine = LineBytes * 8 / elementType.getIntOrFloatBitWidth();
  int64_t lines = kBlock * panelColumns / perLine;
  // Tiles that pass a panel: columns of them, one after the other.
  int64_t rowTiles =
      std::max<int64_t>(1, std::min(rows.size(), rowsAtOnce) / tileRows);
  int64_t tiles = rowTiles * (panelColumns / width());
  int64_t share = llvm::divideCeil(lines * StreamSteps, tiles * kBlock);
  Value panel = e.floorDiv(tile.lane, panelColumns);
  Value lane = e.mul(panel, e.constant(panelColumns));
  Value number = e.add(
      e.mul(e.floorDiv(e.sub(tile.lane, lane), width()), e.constant(rowTiles)),
      e.floorDiv(e.sub(tile.row, rowBase), tileRows));
  Value steps = e.floorDiv(
      e.add(e.mul(number, e.constant(kBlock)), e.sub(k, kLow)), StreamSteps);
  Value next = panelOffset(e, e.add(lane, e.constant(columnsAtOnce)), kLow);
  Value place = e.add(next, e.mul(steps, e.constant(share * perLine)));
  for (int64_t i = 0; i < share; ++i)
    e.emitFarPrefetch(
        lineOfMemory(right.operand->get(), e),
        LaneValue::uniform(e.add(place, e.constant(i * perLine))));
}

SmallVector<Value> ProductPlan::emitTerm(ElementEmitter &e,
                                         const ProductItem &item,
                                         const Tile &tile, Value rowBase,
                                         Value kLow, Value k,
                                         ValueRange sums) const {
  SmallVector<LaneValue> leftElements, rightElements;
  Value term = e.sub(k, kLow), row = e.sub(tile.row, rowBase);
  for (int64_t r = 0; r < tile.rowCount; ++r) {
    Value at = e.add(row, e.constant(r));
    if (!left.isCopied)
      leftElements.push_back(emitLeft(e, item, tile.row, r, tile.lane, k));
    else
      leftElements.push_back(e.emitLoad(
          item.left, {LaneValue::uniform(at), LaneValue::uniform(term)}));
  }
  // Hardware does not foresee the next page of a panel.
  for (int64_t v = 0; right.isCopied && v < tile.vectorCount; ++v)
    e.emitPrefetch(item.right,
                   {LaneValue::uniform(tile.panel),
                    LaneValue::uniform(e.add(term, e.constant(TermsAhead))),
                    LaneValue::linear(e.constant(v * lanes), 1)},
                   /*isStore=*/false);
  for (int64_t v = 0; v < tile.vectorCount; ++v) {
    if (right.isCopied) {
      rightElements.push_back(e.emitLoad(
          item.right, {LaneValue::uniform(tile.panel), LaneValue::uniform(term),
                       LaneValue::linear(e.constant(v * lanes), 1)}));
      continue;
    }
    if (panelColumns != 0) {
      rightElements.push_back(e.emitLoad(
          lineOfMemory(right.operand->get(), e),
          LaneValue::linear(
              e.add(panelOffset(e, tile.lane, k), e.constant(v * lanes)), 1)));
      continue;
    }
    e.mask = v + 1 == tile.vectorCount ? tile.lastMask : Value();
    rightElements.push_back(
        e.emitOperand(op, right.operand,
                      loopsAt(e, item, tile.row, 0, laneOf(e, tile, v), k)));
    e.mask = Value();
  }
  SmallVector<Value> next;
  for (int64_t r = 0; r < tile.rowCount; ++r)
    for (int64_t v = 0; v < tile.vectorCount; ++v) {
      SmallVector<LaneValue> inputs{leftElements[r], rightElements[v]};
      if (left.operand->getOperandNumber() != 0)
        std::swap(inputs[0], inputs[1]);
      next.push_back(e.toVector(
          e.emitBody(op, loopsAt(e, item, tile.row, r, laneOf(e, tile, v), k),
                     {LaneValue::vector(sums[next.size()])}, inputs)[0]));
    }
  return next;
}

void ProductPlan::emitLeftPrefetches(ElementEmitter &e, const ProductItem &item,
                                     const Tile &tile, Value rowBase,
                                     Value kLow, Value part,
                                     int64_t parts) const {
  auto buffer = e.buffers.find(left.operand->get());
  if (!left.isCopied || buffer == e.buffers.end())
    return;
  int64_t perLine = LineBytes * 8 / elementType.getIntOrFloatBitWidth();
  int64_t step = left.isCopied ? rowsAtOnce : tileRows;
  // Lines lie along the sum or along the rows.
  int64_t inner = llvm::divideCeil(left.isAlongSum ? kBlock : step, perLine);
  int64_t outer = left.isAlongSum ? step : kBlock;
  int64_t panels = nBlock / width();
  Value slot = tile.panel;
  int64_t slots = panels;
  if (left.isCopied) {
    slots *= rowsAtOnce / tileRows;
    slot = e.add(e.mul(e.floorDiv(e.sub(tile.row, rowBase), tileRows),
                       e.constant(panels)),
                 slot);
  }
  int64_t share = llvm::divideCeil(inner * outer, slots * parts);
  slot = e.mul(e.add(e.mul(slot, e.constant(parts)), part), e.constant(share));
  for (int64_t i = 0; i < share; ++i) {
    Value line = e.add(slot, e.constant(i));
    Value major = e.floorDiv(line, inner);
    Value minor = e.mul(e.sub(line, e.mul(major, e.constant(inner))),
                        e.constant(perLine));
    Value row = left.isAlongSum ? major : minor;
    Value term = left.isAlongSum ? minor : major;
    row =
        e.add(e.add(left.isCopied ? rowBase : tile.row, e.constant(step)), row);
    SmallVector<LaneValue> loops =
        loopsAt(e, item, LaneValue::uniform(row), LaneValue::uniform(tile.lane),
                LaneValue::uniform(e.add(kLow, term)));
    SmallVector<LaneValue> at;
    for (AffineExpr expr : op.getMatchingIndexingMap(left.operand).getResults())
      at.push_back(e.emitAffine(expr, loops));
    e.emitPrefetch(buffer->second, at, /*isStore=*/false);
  }
}

void ProductPlan::emitPrefetches(ElementEmitter &e, const ProductItem &item,
                                 const Tile &tile, Value r) const {
  for (int64_t v = 0; v < tile.vectorCount; ++v) {
    Value lane = laneOf(e, tile, v), row = e.add(tile.row, r);
    if (isBlocked())
      e.emitPrefetch(item.sums,
                     {LaneValue::uniform(e.sub(row, item.rowLow)),
                      LaneValue::linear(e.sub(lane, item.low), 1)},
                     /*isStore=*/true);
    else
      output.emitPrefetch(
          e, resultIndices(loopsAt(e, item, LaneValue::uniform(row),
                                   LaneValue::linear(lane, 1), {})));
  }
}

void ProductPlan::emitTile(ElementEmitter &e, const ProductItem &item,
                           const Tile &tile, Value rowBase, Value kLow,
                           Value kHigh) const {
  e.lanes = lanes;
  auto type = VectorType::get({lanes}, elementType);
  SmallVector<Value> sums(
      tile.rowCount * tile.vectorCount,
      arith::ConstantOp::create(e.b, e.loc, e.b.getZeroAttr(type)));
  bool isStreaming = panelColumns != 0 && tile.rowCount == tileRows;
  int64_t step = isStreaming ? StreamSteps : 1;
  auto addTerms = [&](Value low, Value high, ValueRange initial) {
    return emitReductionLoop(e, low, high, step, initial,
                             [&](Value k, ValueRange carried) {
                               SmallVector<Value> next(carried);
                               if (isStreaming)
                                 emitStream(e, tile, rowBase, kLow, k);
                               for (int64_t s = 0; s < step; ++s)
                                 next = emitTerm(e, item, tile, rowBase, kLow,
                                                 e.add(k, e.constant(s)), next);
                               return next;
                             });
  };
  int64_t parts = std::min(kBlock / PrefetchTerms, tile.rowCount);
  if (parts > 0) {
    int64_t share = llvm::divideCeil(tile.rowCount, parts);
    parts = llvm::divideCeil(tile.rowCount, share);
    // The last block may be shorter than the others.
    int64_t unit = parts * step;
    Value units =
        e.floorDiv(e.add(e.sub(kHigh, kLow), e.constant(unit - 1)), unit);
    Value terms = e.mul(units, e.constant(step));
    sums = emitReductionLoop(
        e, e.constant(0), e.constant(parts), 1, sums,
        [&](Value part, ValueRange carried) {
          emitLeftPrefetches(e, item, tile, rowBase, kLow, part, parts);
          for (int64_t r = 0; r < share; ++r)
            emitPrefetches(
                e, item, tile,
                e.add(e.mul(part, e.constant(share)), e.constant(r)));
          Value low = e.add(kLow, e.mul(part, terms));
          return addTerms(low, e.min(e.add(low, terms), kHigh), carried);
        });
  } else {
    sums = addTerms(kLow, kHigh, sums);
  }
  for (int64_t r = 0; r < tile.rowCount; ++r)
    for (int64_t v = 0; v < tile.vectorCount; ++v) {
      Value total = sums[r * tile.vectorCount + v];
      if (isBlocked()) {
        SmallVector<LaneValue> at{
            LaneValue::uniform(
                e.add(e.sub(tile.row, item.rowLow), e.constant(r))),
            LaneValue::linear(e.sub(laneOf(e, tile, v), item.low), 1)};
        Value before = e.toVector(e.emitLoad(item.sums, at));
        e.emitStore(item.sums, at,
                    LaneValue::vector(emitCombine(e, combiner, before, total)));
        continue;
      }
      e.mask = v + 1 == tile.vectorCount ? tile.lastMask : Value();
      output.emitStores(e, op, LaneValue::vector(total),
                        resultIndices(loopsAt(e, item, tile.row, r,
                                              laneOf(e, tile, v), Value())));
      e.mask = Value();
    }
}

void ProductPlan::emitOutput(ElementEmitter &e, const ProductItem &item) const {
  e.lanes = lanes;
  int64_t extent = columns % nBlock == 0
                       ? nBlock
                       : static_cast<int64_t>(ShapedType::kDynamic);
  emitLoop(e, item.rowLow, item.rowHigh, 1, [&](Value row) {
    emitVectorLoop(e, item.low, item.high, extent, [&](LaneValue lane) {
      Value total = e.toVector(e.emitLoad(
          item.sums, {LaneValue::uniform(e.sub(row, item.rowLow)),
                      LaneValue::linear(e.sub(lane.base, item.low), 1)}));
      SmallVector<LaneValue> loops =
          loopsAt(e, item, LaneValue::uniform(row), lane, {});
      output.emitStores(e, op, LaneValue::vector(total), resultIndices(loops));
    });
  });
}

void ProductPlan::emitPanels(
    ElementEmitter &e, const ProductItem &item, Value low, Value high,
    llvm::function_ref<void(Value, Value, int64_t, Value)> body) const {
  Value first = e.floorDiv(e.sub(low, item.low), width());
  Value full = e.floorDiv(e.sub(high, item.low), width());
  auto laneOfPanel = [&](Value panel) {
    return e.add(item.low, e.mul(panel, e.constant(width())));
  };
  if (columns >= width())
    emitLoop(e, first, full, 1, [&](Value panel) {
      body(panel, laneOfPanel(panel), vectors, Value());
    });
  int64_t rest = columns % width();
  if (rest == 0)
    return;
  Value lane = laneOfPanel(full);
  Value some =
      arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt, lane, high);
  auto branch = scf::IfOp::create(e.b, e.loc, some, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPointToStart(branch.thenBlock());
  e.lanes = lanes;
  Value mask = rest % lanes ? emitMask(e, e.constant(rest % lanes)) : Value();
  body(full, lane, llvm::divideCeil(rest, lanes), mask);
}

void ProductPlan::emitBlock(ElementEmitter &e, const ProductItem &item,
                            Value kLow, Value kHigh) const {
  if (right.isCopied)
    copyRight(e, item, kLow, kHigh);
  emitLoop(e, item.rowLow, item.rowHigh, rowsAtOnce, [&](Value rowBase) {
    Value rowEnd = e.min(e.add(rowBase, e.constant(rowsAtOnce)), item.rowHigh);
    if (left.isCopied)
      copyLeft(e, item, rowBase, rowEnd, kLow, kHigh);
    if (columnsAtOnce >= nBlock) {
      emitRows(e, item, rowBase, rowEnd, item.low, item.high, kLow, kHigh);
      return;
    }
    emitLoop(e, item.low, item.high, columnsAtOnce, [&](Value low) {
      Value high = e.min(e.add(low, e.constant(columnsAtOnce)), item.high);
      emitRows(e, item, rowBase, rowEnd, low, high, kLow, kHigh);
    });
  });
}

void ProductPlan::emitRows(ElementEmitter &e, const ProductItem &item,
                           Value rowBase, Value rowEnd, Value low, Value high,
                           Value kLow, Value kHigh) const {
  auto panels = [&](Value row, int64_t rowCount) {
    emitPanels(e, item, low, high,
               [&](Value panel, Value lane, int64_t count, Value mask) {
                 emitTile(e, item, {row, rowCount, panel, lane, count, mask},
                          rowBase, kLow, kHigh);
               });
  };
  int64_t rest = rows.size() % tileRows;
  Value full = rowEnd;
  if (rest != 0)
    full =
        e.sub(rowEnd, e.b.createOrFold<arith::RemUIOp>(
                          e.loc, e.sub(rowEnd, rowBase), e.constant(tileRows)));
  emitLoop(e, rowBase, full, tileRows,
           [&](Value row) { panels(row, tileRows); });
  if (rest == 0)
    return;
  Value some = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt,
                                     full, rowEnd);
  auto branch = scf::IfOp::create(e.b, e.loc, some, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPointToStart(branch.thenBlock());
  panels(full, rest);
}

void ProductPlan::emitItem(ElementEmitter &e, Value chunk) const {
  Value first = e.mul(chunk, e.constant(group()));
  Value last = e.min(e.add(first, e.constant(group())), e.constant(items()));
  emitLoop(e, first, last, 1, [&](Value number) {
    // Rows vary fastest, so that threads read the same columns.
    SmallVector<Value> index =
        emitDelinearize(e, number,
                        {e.constant(batch.size()), e.constant(laneBlocks()),
                         e.constant(rowBlocks())});
    ProductItem item;
    item.position = index[0];
    item.low = e.mul(index[1], e.constant(nBlock));
    item.high = e.min(e.add(item.low, e.constant(nBlock)), e.constant(columns));
    item.rowLow = e.mul(index[2], e.constant(mBlock));
    item.rowHigh =
        e.min(e.add(item.rowLow, e.constant(mBlock)), e.constant(rows.size()));
    makeScratch(e, item);
    Value terms = e.constant(sum.size());
    if (!isBlocked()) {
      emitBlock(e, item, e.constant(0), terms);
      return;
    }
    e.lanes = lanes;
    auto type = VectorType::get({lanes}, elementType);
    Value zero = arith::ConstantOp::create(e.b, e.loc, e.b.getZeroAttr(type));
    emitLoop(e, e.constant(0), e.constant(mBlock), 1, [&](Value row) {
      emitLoop(e, e.constant(0), e.constant(nBlock), lanes, [&](Value lane) {
        e.emitStore(item.sums,
                    {LaneValue::uniform(row), LaneValue::linear(lane, 1)},
                    LaneValue::vector(zero));
      });
    });
    emitLoop(e, e.constant(0), terms, kBlock, [&](Value kLow) {
      emitBlock(e, item, kLow, e.min(e.add(kLow, e.constant(kBlock)), terms));
    });
    emitOutput(e, item);
  });
}

} // namespace ds
