//===- TileEmission.cpp - one register tile
//------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/AccessForm.h"
#include "compiler/Codegen/CPU/TilePlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;

namespace ds {
namespace {

/// Steps of the sum between prefetches: a loop must be long to be predicted.
constexpr int64_t PrefetchSteps = 32;

class RegisterTile {
public:
  RegisterTile(const TilePlan &plan, ElementEmitter &e, const TilePlace &place)
      : plan(plan), e(e), place(place), op(plan.op) {}

  void emit() {
    e.lanes = plan.lanes;
    SmallVector<Value> accumulators;
    forEach([&](int64_t r, int64_t v) {
      for (OpOperand &init : op.getDpsInitsMutable())
        accumulators.push_back(e.toVector(
            e.emitElement(init.get(), resultIndices(indicesAt(r, v)))));
    });
    SmallVector<Value> totals = emitLevel(0, accumulators);
    unsigned next = 0;
    forEach([&](int64_t r, int64_t v) {
      SmallVector<LaneValue> sums;
      for (unsigned k = 0; k < op->getNumResults(); ++k)
        sums.push_back(laneValue(totals[next++]));
      plan.output.emitStores(e, op, sums, resultIndices(indicesAt(r, v)));
    });
  }

private:
  /// Runs `body` for each vector of results, under its mask.
  void forEach(llvm::function_ref<void(int64_t, int64_t)> body) {
    for (int64_t r = 0; r < place.rowCount; ++r)
      for (int64_t v = 0; v < place.vectorCount; ++v) {
        e.mask = v + 1 == place.vectorCount ? place.lastMask : Value();
        body(r, v);
      }
    e.mask = Value();
  }

  LaneValue laneValue(Value value) const {
    return plan.lanes == 1 ? LaneValue::uniform(value)
                           : LaneValue::vector(value);
  }

  /// Indices of the loops at tile element (r, v); those of reduced loops where
  /// such a loop is open.
  SmallVector<LaneValue> indicesAt(int64_t r, int64_t v) {
    SmallVector<LaneValue> loops(op.getNumLoops());
    unsigned outer = 0;
    for (auto [position, loop] : llvm::enumerate(plan.resultLoops)) {
      auto dim = static_cast<int64_t>(position);
      if (dim == plan.laneDim) {
        Value first = e.add(place.lane, e.constant(v * plan.lanes));
        loops[loop] = plan.lanes == 1 ? LaneValue::uniform(first)
                                      : LaneValue::linear(first, 1);
        if (plan.group != 0 && plan.lanes > 1) {
          loops[loop].divisor = plan.group;
          loops[loop].quotient = e.floorDiv(first, plan.group);
        }
      } else if (dim == plan.rowDim) {
        loops[loop] = LaneValue::uniform(e.add(place.row, e.constant(r)));
      } else {
        loops[loop] = LaneValue::uniform(place.position[outer++]);
      }
    }
    for (auto [loop, index] : llvm::zip(plan.reducedLoops, reduced))
      loops[loop] = index;
    return loops;
  }

  SmallVector<LaneValue> resultIndices(ArrayRef<LaneValue> loops) const {
    SmallVector<LaneValue> indices;
    for (unsigned loop : plan.resultLoops)
      indices.push_back(loops[loop]);
    return indices;
  }

  //===--- What is needed later ---===//

  /// Asks for what row `r` is combined with and stored to.
  void emitRowPrefetch(Value r) {
    for (int64_t v = 0; v < place.vectorCount; ++v) {
      SmallVector<LaneValue> loops = indicesAt(0, v);
      loops[plan.resultLoops[plan.rowDim]] =
          LaneValue::uniform(e.add(place.row, r));
      plan.output.emitPrefetch(e, resultIndices(loops));
    }
  }

  /// Asks for a share of the next panel, at the open loops' indices.
  void emitStream() {
    MemoryBuffer memory =
        lineOfMemory(op.getDpsInputOperand(plan.streamed)->get(), e);
    int64_t perLine =
        LineBytes * 8 / storageType(memory.elementType).getIntOrFloatBitWidth();
    Value step = e.constant(0);
    for (auto [loop, index] : llvm::zip(plan.reducedLoops, reduced))
      step = e.add(e.mul(step, e.constant(op.getStaticLoopRanges()[loop])),
                   index.base);
    // Columns of tiles that a panel has, one after the other.
    int64_t width = plan.lanes * plan.vectors;
    int64_t tiles = plan.panelTiles * (plan.panelColumns / width);
    Value panel = e.floorDiv(place.lane, plan.panelColumns);
    Value column = e.floorDiv(
        e.sub(place.lane, e.mul(panel, e.constant(plan.panelColumns))), width);
    Value number =
        e.add(e.mul(column, e.constant(plan.panelTiles)), place.number);
    step = e.add(e.mul(number, e.constant(plan.products)), step);
    panel = e.add(panel, e.constant(1));
    int64_t share =
        llvm::divideCeil(plan.panelLines * StreamSteps, tiles * plan.products);
    Value first = e.add(
        e.mul(panel, e.constant(plan.panelLines * perLine)),
        e.mul(e.floorDiv(step, StreamSteps), e.constant(share * perLine)));
    for (int64_t i = 0; i < share; ++i)
      e.emitFarPrefetch(
          memory, LaneValue::uniform(e.add(first, e.constant(i * perLine))));
  }

  //===--- Sums ---===//

  /// The sums after the reduced loops from `level` on.
  SmallVector<Value> emitLevel(unsigned level, ValueRange state) {
    if (level == plan.reducedLoops.size())
      return emitTerm(state);
    bool isInnermost = level + 1 == plan.reducedLoops.size();
    bool isPart = !plan.combiners.empty() && level > 0 && isInnermost;
    SmallVector<Value> first =
        isPart ? plan.neutral(e, state) : llvm::to_vector(state);
    SmallVector<Value> sums = emitLoopParts(level, isInnermost, first);
    if (isPart)
      for (auto [number, sum] : llvm::enumerate(sums))
        sum = emitCombine(e, plan.combiners[number % plan.combiners.size()],
                          state[number], sum);
    return sums;
  }

  /// The loop of `level`; a long outermost one in parts, before each of which
  /// some rows are asked for.
  SmallVector<Value> emitLoopParts(unsigned level, bool isInnermost,
                                   ValueRange first) {
    int64_t extent = op.getStaticLoopRanges()[plan.reducedLoops[level]];
    Value total = plan.loopExtent(e, plan.reducedLoops[level]);
    bool isStreaming =
        plan.streamed >= 0 && place.rowCount == plan.rows && isInnermost;
    int64_t step = isStreaming ? StreamSteps : 1;
    auto loop = [&](Value low, Value high, ValueRange initial) {
      return emitReductionLoop(
          e, low, high, step, initial, [&](Value i, ValueRange carried) {
            SmallVector<Value> next(carried);
            for (int64_t s = 0; s < step; ++s) {
              reduced.push_back(LaneValue::uniform(e.add(i, e.constant(s))));
              if (isStreaming && s == 0)
                emitStream();
              next = emitLevel(level + 1, next);
              reduced.pop_back();
            }
            return next;
          });
    };
    if (level != 0 || extent <= 0 || place.rowCount == 1 || plan.lanes == 1 ||
        plan.products < PrefetchSteps)
      return loop(e.constant(0), total, first);
    int64_t least = llvm::divideCeil(PrefetchSteps, plan.products / extent);
    int64_t parts = std::clamp<int64_t>(extent / least, 1, place.rowCount);
    int64_t share = llvm::divideCeil(place.rowCount, parts);
    parts = llvm::divideCeil(place.rowCount, share);
    int64_t steps = llvm::alignTo(llvm::divideCeil(extent, parts), step);
    return emitReductionLoop(
        e, e.constant(0), e.constant(parts), 1, first,
        [&](Value part, ValueRange carried) {
          for (int64_t r = 0; r < share; ++r)
            emitRowPrefetch(
                e.add(e.mul(part, e.constant(share)), e.constant(r)));
          Value low = e.mul(part, e.constant(steps));
          Value high = e.add(low, e.constant(steps));
          if (steps * parts != extent)
            high = e.min(high, total);
          return loop(low, high, carried);
        });
  }

  /// The sums with the terms at the loops' indices. Every operand element is
  /// loaded once per tile row, per vector, or per tile, as it varies.
  SmallVector<Value> emitTerm(ValueRange state) {
    std::map<std::tuple<unsigned, int64_t, int64_t>, LaneValue> loaded;
    SmallVector<Value> sums;
    forEach([&](int64_t r, int64_t v) {
      SmallVector<LaneValue> loops = indicesAt(r, v);
      SmallVector<LaneValue> inputs, outputs;
      for (auto [number, shape] : llvm::enumerate(plan.operands)) {
        auto key = std::make_tuple(unsigned(number), shape.alongRows ? r : -1,
                                   shape.alongLanes ? v : -1);
        auto it = loaded.find(key);
        if (it == loaded.end())
          it = loaded
                   .emplace(key, e.emitOperand(
                                     op, op.getDpsInputOperand(number), loops))
                   .first;
        inputs.push_back(it->second);
      }
      for (unsigned k = 0; k < op->getNumResults(); ++k)
        outputs.push_back(laneValue(state[sums.size() + k]));
      for (const LaneValue &value : e.emitBody(op, loops, outputs, inputs))
        sums.push_back(e.toVector(value));
    });
    return sums;
  }

  const TilePlan &plan;
  ElementEmitter &e;
  const TilePlace &place;
  linalg::GenericOp op;
  SmallVector<LaneValue> reduced; ///< indices of the open loops
};

} // namespace

void TilePlan::emitTile(ElementEmitter &e, const TilePlace &place) const {
  RegisterTile(*this, e, place).emit();
}

} // namespace ds
