//===- TileStage.cpp - register tiles for matrix products and windows
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One reduction whose result has an innermost dimension n along which its
// operands are contiguous or constant: vectors lie along n, and a tile of
// `rows` positions of another dimension m times `vectors` vectors of n is
// accumulated in registers over the whole reduction, so that each element
// loaded serves several products (Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", TOMS 2008, without packing the left
// side and without blocking the reduced dimensions). What follows the reduction
// element by element is computed on the tile before it is stored.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/AccessForm.h"
#include "compiler/Codegen/CPU/TileOutput.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {
namespace {

/// Half of a second-level cache: what the right side's block may take.
constexpr int64_t BlockBytes = 384 * 1024;
/// Terms from which on a sum is made of partial sums.
constexpr int64_t LongSum = 2048;

/// Steps of the sum between prefetches: a loop must be long to be predicted.
constexpr int64_t PrefetchSteps = 128;

/// How an operand of the reduction varies over the tile.
struct OperandShape {
  bool alongRows = false;
  bool alongLanes = false;
};

struct TilePlan {
  TileOutput output;
  mutable linalg::GenericOp op; // an op handle, whose accessors are not const
  SmallVector<unsigned> resultLoops; ///< loop of each result dimension
  SmallVector<unsigned> reducedLoops;
  SmallVector<OperandShape> operands; ///< of the inputs
  int64_t laneDim = 0;                ///< result dimension n
  int64_t rowDim = -1;                ///< result dimension m, or -1
  int64_t lanes = 1, rows = 1, vectors = 1;
  int64_t laneExtent = 0, rowExtent = 1; ///< static, or kDynamic
  /// Columns of a group: where an operand depends on n / group only, as with
  /// grouped convolutions, a block of columns is one group.
  int64_t group = 0;
  int64_t products = 0;  ///< terms of a sum, where static; otherwise 0
  int64_t laneBlock = 0; ///< columns per item
  int64_t rowBlock = 1;  ///< rows per item

  /// Of a long sum over several loops: what adds to each result. The innermost
  /// loop then sums from zero, and its sums are added up: rounding errors grow
  /// with the extents of the loops, not with their product.
  SmallVector<Operation *> combiners;

  /// Accumulators like `state` that hold nothing yet.
  SmallVector<Value> neutral(ElementEmitter &e, ValueRange state) const {
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

  Value resultExtent(ElementEmitter &e, int64_t dim) const {
    return e.emitExtent(op->getResult(0), dim);
  }

  Value loopExtent(ElementEmitter &e, unsigned loop) const {
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

  struct Space {
    SmallVector<Value> outer; ///< extents of the dimensions other than m and n
    Value rowExtent, laneExtent, rowBlocks, laneBlocks, items, group;
  };
  static Value ceilDiv(ElementEmitter &e, Value x, int64_t y) {
    return e.floorDiv(e.add(x, e.constant(y - 1)), y);
  }
  Space space(ElementEmitter &e) const {
    Space s;
    s.rowExtent = e.constant(1);
    s.items = e.constant(1);
    for (int64_t dim = 0; dim < static_cast<int64_t>(resultLoops.size());
         ++dim) {
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
    Value group = e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.constant(GrainProducts), work);
    s.group = e.b.createOrFold<arith::MaxSIOp>(e.loc, group, e.constant(1));
    return s;
  }
  Value emitItemCount(ElementEmitter &e) const {
    Space s = space(e);
    return e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.add(s.items, e.sub(s.group, e.constant(1))), s.group);
  }

  //===--- One tile ---===//

  /// `rowCount` rows from `row`, `vectorCount` vectors from `lane`, the last
  /// one under `lastMask` where that is set.
  void emitTile(ElementEmitter &e, ArrayRef<Value> position, Value row,
                int64_t rowCount, Value lane, int64_t vectorCount,
                Value lastMask) const {
    // Indices of the loops at tile element (r, v); reduced loops are filled in
    // below.
    auto indicesAt = [&](int64_t r, int64_t v) {
      SmallVector<LaneValue> loops(op.getNumLoops());
      unsigned outer = 0;
      for (auto [dim, loop] : llvm::enumerate(resultLoops)) {
        if (static_cast<int64_t>(dim) == laneDim) {
          Value first = e.add(lane, e.constant(v * lanes));
          loops[loop] = lanes == 1 ? LaneValue::uniform(first)
                                   : LaneValue::linear(first, 1);
          if (group != 0 && lanes > 1) {
            loops[loop].divisor = group;
            loops[loop].quotient = e.floorDiv(first, group);
          }
        } else if (static_cast<int64_t>(dim) == rowDim)
          loops[loop] = LaneValue::uniform(e.add(row, e.constant(r)));
        else
          loops[loop] = LaneValue::uniform(position[outer++]);
      }
      return loops;
    };
    auto resultIndices = [&](ArrayRef<LaneValue> loops) {
      SmallVector<LaneValue> indices;
      for (unsigned loop : resultLoops)
        indices.push_back(loops[loop]);
      return indices;
    };
    e.lanes = lanes;
    auto withMask = [&](int64_t v) {
      e.mask = v + 1 == vectorCount ? lastMask : Value();
    };
    unsigned results = op->getNumResults();
    SmallVector<Value> accumulators;
    for (int64_t r = 0; r < rowCount; ++r)
      for (int64_t v = 0; v < vectorCount; ++v) {
        withMask(v);
        for (OpOperand &init : op.getDpsInitsMutable())
          accumulators.push_back(e.toVector(
              e.emitElement(init.get(), resultIndices(indicesAt(r, v)))));
      }
    SmallVector<LaneValue> reduced;
    auto prefetch = [&](Value r) {
      for (int64_t v = 0; v < vectorCount; ++v) {
        SmallVector<LaneValue> loops = indicesAt(0, v);
        loops[resultLoops[rowDim]] = LaneValue::uniform(e.add(row, r));
        output.emitPrefetch(e, resultIndices(loops));
      }
    };
    std::function<SmallVector<Value>(unsigned, ValueRange)> nest =
        [&](unsigned level, ValueRange state) {
          if (level < reducedLoops.size()) {
            bool isPart = !combiners.empty() && level > 0 &&
                          level + 1 == reducedLoops.size();
            SmallVector<Value> first =
                isPart ? neutral(e, state) : llvm::to_vector(state);
            auto loop = [&](Value low, Value high, ValueRange initial) {
              return emitReductionLoop(
                  e, low, high, 1, initial, [&](Value i, ValueRange carried) {
                    reduced.push_back(LaneValue::uniform(i));
                    SmallVector<Value> next = nest(level + 1, carried);
                    reduced.pop_back();
                    return next;
                  });
            };
            int64_t extent = op.getStaticLoopRanges()[reducedLoops[level]];
            Value total = loopExtent(e, reducedLoops[level]);
            SmallVector<Value> sums;
            if (level == 0 && extent > 0 && rowCount > 1 && lanes > 1 &&
                products >= PrefetchSteps) {
              int64_t least =
                  llvm::divideCeil(PrefetchSteps, products / extent);
              int64_t parts = std::clamp<int64_t>(extent / least, 1, rowCount);
              int64_t share = llvm::divideCeil(rowCount, parts);
              parts = llvm::divideCeil(rowCount, share);
              int64_t steps = llvm::divideCeil(extent, parts);
              sums = emitReductionLoop(
                  e, e.constant(0), e.constant(parts), 1, first,
                  [&](Value part, ValueRange carried) {
                    for (int64_t r = 0; r < share; ++r)
                      prefetch(
                          e.add(e.mul(part, e.constant(share)), e.constant(r)));
                    Value low = e.mul(part, e.constant(steps));
                    Value high = e.add(low, e.constant(steps));
                    if (extent % parts != 0)
                      high = e.min(high, total);
                    return loop(low, high, carried);
                  });
            } else {
              sums = loop(e.constant(0), total, first);
            }
            if (isPart)
              for (auto [number, sum] : llvm::enumerate(sums))
                sum = emitCombine(e, combiners[number % combiners.size()],
                                  state[number], sum);
            return sums;
          }
          // Every operand element is loaded once per tile row, per vector, or
          // per tile, as it varies.
          std::map<std::tuple<unsigned, int64_t, int64_t>, LaneValue> loaded;
          SmallVector<Value> next;
          for (int64_t r = 0; r < rowCount; ++r)
            for (int64_t v = 0; v < vectorCount; ++v) {
              withMask(v);
              SmallVector<LaneValue> loops = indicesAt(r, v);
              for (auto [loop, index] : llvm::zip(reducedLoops, reduced))
                loops[loop] = index;
              SmallVector<LaneValue> inputs, outputs;
              for (auto [number, shape] : llvm::enumerate(operands)) {
                auto key =
                    std::make_tuple(unsigned(number), shape.alongRows ? r : -1,
                                    shape.alongLanes ? v : -1);
                auto it = loaded.find(key);
                if (it == loaded.end())
                  it = loaded
                           .emplace(key, e.emitOperand(
                                             op, op.getDpsInputOperand(number),
                                             loops))
                           .first;
                inputs.push_back(it->second);
              }
              for (unsigned k = 0; k < results; ++k) {
                Value accumulator = state[(r * vectorCount + v) * results + k];
                outputs.push_back(lanes == 1 ? LaneValue::uniform(accumulator)
                                             : LaneValue::vector(accumulator));
              }
              for (const LaneValue &value :
                   e.emitBody(op, loops, outputs, inputs))
                next.push_back(e.toVector(value));
            }
          return next;
        };
    SmallVector<Value> totals = nest(0, accumulators);
    for (int64_t r = 0; r < rowCount; ++r)
      for (int64_t v = 0; v < vectorCount; ++v) {
        withMask(v);
        SmallVector<LaneValue> sums;
        for (unsigned k = 0; k < results; ++k) {
          Value total = totals[(r * vectorCount + v) * results + k];
          sums.push_back(lanes == 1 ? LaneValue::uniform(total)
                                    : LaneValue::vector(total));
        }
        output.emitStores(e, op, sums, resultIndices(indicesAt(r, v)));
      }
    e.mask = Value();
  }

  //===--- Tiles of an item ---===//

  void emitRows(ElementEmitter &e, ArrayRef<Value> position, Value low,
                Value high, Value lane, int64_t vectorCount,
                Value lastMask) const {
    auto tile = [&](Value row, int64_t count) {
      emitTile(e, position, row, count, lane, vectorCount, lastMask);
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
    Value rest =
        e.b.createOrFold<arith::RemUIOp>(e.loc, count, e.constant(rows));
    Value row = e.sub(high, rest);
    emitLoop(e, low, row, rows, [&](Value r) { tile(r, rows); });
    if (!ShapedType::isDynamic(rowExtent) && rowExtent % rows == 0)
      return;
    // The rest by halves: at most one tile of each size.
    for (int64_t size = static_cast<int64_t>(llvm::PowerOf2Ceil(rows)) / 2;
         size >= 1; size /= 2) {
      Value fits = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::sge,
                                         e.sub(high, row), e.constant(size));
      auto branch = scf::IfOp::create(e.b, e.loc, TypeRange{row.getType()},
                                      fits, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(e.b);
      e.b.setInsertionPointToStart(branch.thenBlock());
      tile(row, size);
      scf::YieldOp::create(e.b, e.loc, e.add(row, e.constant(size)));
      e.b.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(e.b, e.loc, row);
      row = branch.getResult(0);
    }
  }

  void emitItem(ElementEmitter &e, Value chunk) const {
    Space s = space(e);
    Value first = e.mul(chunk, s.group);
    emitLoop(
        e, first, e.min(e.add(first, s.group), s.items), 1, [&](Value item) {
          // Column blocks vary slowest: one block of the right side stays in
          // the cache while the rows pass.
          SmallVector<Value> extents{s.laneBlocks};
          extents.append(s.outer);
          extents.push_back(s.rowBlocks);
          SmallVector<Value> index = emitDelinearize(e, item, extents);
          ArrayRef<Value> position =
              ArrayRef<Value>(index).drop_front().drop_back();
          Value rowLow = e.mul(index.back(), e.constant(rowBlock));
          Value rowHigh =
              e.min(e.add(rowLow, e.constant(rowBlock)), s.rowExtent);
          Value low = e.mul(index.front(), e.constant(laneBlock));
          Value high = e.min(e.add(low, e.constant(laneBlock)), s.laneExtent);
          emitColumns(e, position, rowLow, rowHigh, low, high);
        });
  }

  void emitColumns(ElementEmitter &e, ArrayRef<Value> position, Value rowLow,
                   Value rowHigh, Value low, Value high) const {
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
      Value mask =
          rest % lanes ? emitMask(e, e.constant(rest % lanes)) : Value();
      column(e.add(low, e.constant(columns - rest)),
             llvm::divideCeil(rest, lanes), mask);
      return;
    }
    Value count = e.sub(high, low);
    Value main = e.sub(high, e.b.createOrFold<arith::RemUIOp>(
                                 e.loc, count, e.constant(width)));
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
};

/// Register tile for these extents. `reuse`: rows share operands, so that more
/// rows mean fewer loads.
void chooseTile(TilePlan &plan, const CpuTarget &target, bool reuse,
                bool isAliasing) {
  int64_t n = plan.group ? plan.group : plan.laneExtent, m = plan.rowExtent;
  bool wide = ShapedType::isDynamic(n) || n >= 2 * plan.lanes;
  plan.vectors = wide ? 2 : 1;
  if (m == 1) {
    // One row: latency is hidden by many independent columns instead.
    plan.vectors = ShapedType::isDynamic(n)
                       ? 4
                       : std::clamp<int64_t>(n / plan.lanes, 1, 8);
    plan.rows = 1;
    return;
  }
  int64_t most =
      std::min<int64_t>((target.registers - plan.vectors - 1) / plan.vectors,
                        target.registers == 32 ? 16 : 12);
  if (isAliasing)
    most = std::min<int64_t>(most, 8); // rows 2 or 4 KiB apart fall on one set
                                       // of the 8-way first-level cache
  if (!reuse)
    most = std::min<int64_t>(most, 4);
  int64_t usual = std::min<int64_t>(most, target.registers == 32 ? 8 : 6);
  plan.rows = usual;
  if (ShapedType::isDynamic(m))
    return;
  if (m <= most) {
    plan.rows = m;
    return;
  }
  // As few tiles as can be, of equal size where that leaves no rest.
  for (int64_t rows = most; rows * 3 > most * 2; --rows)
    if (m % rows == 0) {
      plan.rows = rows;
      return;
    }
  plan.rows = llvm::divideCeil(m, llvm::divideCeil(m, most));
}

} // namespace

std::optional<Stage> planTileStage(ArrayRef<StoredValue> values,
                                   ElementEmitter &emitter,
                                   const CpuTarget &target,
                                   std::string &reason) {
  linalg::GenericOp op = findOnlyReduction(values, emitter, reason);
  if (!op)
    return std::nullopt;
  auto fail = [&](const llvm::Twine &why) {
    if (reason.empty())
      reason = why.str();
    return std::nullopt;
  };
  TilePlan plan;
  plan.op = op;
  // Loops of the result; the same for each result of the op.
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (op.getMatchingIndexingMap(&init) != resultMap ||
        !resultMap.isProjectedPermutation())
      return fail("results of different forms");
    if (!emitter.canEmit(init.get(), reason))
      return fail("");
  }
  if (resultMap.getNumResults() == 0)
    return fail("the result is a single element");
  for (AffineExpr expr : resultMap.getResults())
    plan.resultLoops.push_back(cast<AffineDimExpr>(expr).getPosition());
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      plan.reducedLoops.push_back(loop);
  // The loop whose steps are smallest in memory innermost.
  llvm::sort(plan.reducedLoops, [&](unsigned left, unsigned right) {
    return std::make_pair(memoryDepth(op, left, emitter), left) <
           std::make_pair(memoryDepth(op, right, emitter), right);
  });
  if (plan.resultLoops.size() + plan.reducedLoops.size() != op.getNumLoops())
    return fail("a loop that neither reduces nor yields");
  for (unsigned loop : plan.reducedLoops) {
    bool spanned =
        llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
          return isa<RankedTensorType>(operand->get().getType()) &&
                 llvm::is_contained(
                     op.getMatchingIndexingMap(operand).getResults(),
                     getAffineDimExpr(loop, op.getContext()));
        });
    if (!spanned)
      return fail("a reduced dimension without an operand of its extent");
  }
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<RankedTensorType>(input->get().getType()) &&
        !emitter.canEmit(input->get(), reason))
      return fail("");
  std::optional<TileOutput> output =
      TileOutput::plan(values, op, emitter, reason);
  if (!output)
    return std::nullopt;
  plan.output = std::move(*output);

  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  unsigned laneLoop = 0;
  // Columns along a dimension; whether they can be read as vectors.
  auto takeColumns = [&](int64_t dim) {
    plan.laneDim = dim;
    plan.laneExtent = resultType.getDimSize(dim);
    laneLoop = plan.resultLoops[dim];
    plan.group = 0;
    for (OpOperand *input : op.getDpsInputOperands()) {
      int64_t divisor = divisorOf(op.getMatchingIndexingMap(input), laneLoop);
      if (divisor > 1 && plan.laneExtent % divisor == 0)
        plan.group = divisor;
    }
    plan.operands.clear();
    bool isContiguous = true;
    for (OpOperand *input : op.getDpsInputOperands()) {
      OperandShape shape;
      isContiguous &=
          !isa<RankedTensorType>(input->get().getType()) ||
          isContiguousAlong(input->get(), op.getMatchingIndexingMap(input),
                            laneLoop, plan.group, emitter, shape.alongLanes);
      plan.operands.push_back(shape);
    }
    return isContiguous;
  };
  int64_t innermost = innermostDim(resultType.getShape());
  if (innermost < 0)
    return fail("the result is a single element");
  if (!takeColumns(innermost)) {
    // Where neither the results nor what is reduced lie side by side, a column
    // of one element still keeps its operands in registers.
    bool isOneColumn = resultType.getShape().back() == 1 &&
                       op.getStaticLoopRanges().back() == 1;
    if (!isOneColumn)
      return fail("an operand is not contiguous along the result's innermost "
                  "dimension");
    takeColumns(resultType.getRank() - 1);
  }
  // The dimension of the rows: one that some operand read as vectors does not
  // vary along.
  int64_t bestScore = 0;
  bool reuse = false;
  for (int64_t dim = 0; dim < resultType.getRank(); ++dim) {
    if (dim == plan.laneDim)
      continue;
    unsigned loop = plan.resultLoops[dim];
    bool shares = false;
    for (OpOperand *input : op.getDpsInputOperands()) {
      bool varies = isa<RankedTensorType>(input->get().getType()) &&
                    op.getMatchingIndexingMap(input).isFunctionOfDim(loop);
      shares |= !varies && plan.operands[input->getOperandNumber()].alongLanes;
    }
    int64_t extent = resultType.isDynamicDim(dim)
                         ? 14
                         : std::min<int64_t>(resultType.getDimSize(dim), 14);
    int64_t score = extent <= 1 ? 0 : extent + (shares ? 100 : 0);
    if (score > 0 && score >= bestScore) {
      bestScore = score;
      plan.rowDim = dim;
      reuse = shares;
    }
  }
  bool isAliasing = false;
  if (plan.rowDim >= 0) {
    plan.rowExtent = resultType.getDimSize(plan.rowDim);
    unsigned rowLoop = plan.resultLoops[plan.rowDim];
    for (OpOperand *input : op.getDpsInputOperands()) {
      OperandShape &shape = plan.operands[input->getOperandNumber()];
      if (!isa<RankedTensorType>(input->get().getType()))
        continue;
      shape.alongRows =
          op.getMatchingIndexingMap(input).isFunctionOfDim(rowLoop);
      isAliasing |= shape.alongRows &&
                    strideAlong(op, input, rowLoop, emitter) * 4 % 2048 == 0 &&
                    strideAlong(op, input, rowLoop, emitter) != 0;
    }
  }
  plan.output.keepMatrices({plan.rowDim}, plan.laneDim);
  plan.lanes = chooseLanes(target, plan.group ? plan.group : plan.laneExtent);
  chooseTile(plan, target, reuse, isAliasing);

  int64_t products = 1;
  bool isStatic = true;
  for (unsigned loop : plan.reducedLoops) {
    int64_t extent = op.getStaticLoopRanges()[loop];
    isStatic &= !ShapedType::isDynamic(extent);
    products *=
        ShapedType::isDynamic(extent) ? 256 : std::max<int64_t>(extent, 1);
  }
  plan.products = isStatic ? products : 0;
  if (products >= LongSum)
    for (unsigned result = 0; result < op->getNumResults(); ++result)
      if (Operation *combiner = matchCombiner(op, result);
          isa_and_nonnull<arith::AddFOp>(combiner))
        plan.combiners.push_back(combiner);
  if (plan.combiners.size() != op->getNumResults())
    plan.combiners.clear();
  int64_t width = plan.lanes * plan.vectors;
  plan.laneBlock =
      std::max<int64_t>(1, BlockBytes / (products * 4) / width) * width;
  if (!ShapedType::isDynamic(plan.laneExtent) &&
      plan.laneBlock >= plan.laneExtent)
    plan.laneBlock = plan.laneExtent;
  if (plan.group)
    plan.laneBlock = plan.group;
  // Rows per item: enough to use a column block several times, few enough to
  // share out.
  if (!ShapedType::isDynamic(plan.rowExtent) && plan.rowExtent <= 8 * plan.rows)
    plan.rowBlock = plan.rowExtent;
  else
    plan.rowBlock = 8 * plan.rows;
  if (plan.laneExtent == 0 || plan.rowExtent == 0)
    return fail("an empty result");

  Stage stage = makeStage(plan, "tile " + std::to_string(plan.rows) + "x" +
                                    std::to_string(width) + ", " +
                                    std::to_string(plan.lanes) + " lanes");
  stage.isVectorized = plan.lanes > 1;
  if (plan.lanes == 1)
    stage.reason = "the innermost dimension of the result has one element";
  return stage;
}

} // namespace ds
