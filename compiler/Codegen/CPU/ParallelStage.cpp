//===- ParallelStage.cpp - outputs whose elements are independent
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace ds {

namespace {
/// The loop nest over one shape.
struct ParallelPlan {
  SmallVector<StoredValue> values;
  int64_t lanes;
  SmallVector<int64_t> shape;
  /// All memory is one line of elements in the same order: positions run along
  /// it as the last index, and the others stay 0.
  bool isLine = false;

  SmallVector<Value> extents(ElementEmitter &e) const {
    SmallVector<Value> result;
    for (int64_t dim = 0; dim < static_cast<int64_t>(shape.size()); ++dim)
      result.push_back(e.emitExtent(values[0].tensor, dim));
    return result;
  }
  /// Extents of the row dimensions, and their product.
  Value rows(ElementEmitter &e, SmallVector<Value> &outer) const {
    outer = extents(e);
    if (!outer.empty())
      outer.pop_back();
    Value product = e.constant(1);
    for (Value extent : outer)
      product = e.mul(product, extent);
    return product;
  }
  bool isOneRow() const {
    return isLine || llvm::all_of(ArrayRef<int64_t>(shape).drop_back(
                                      shape.empty() ? 0 : 1),
                                  [](int64_t n) { return n == 1; });
  }
  /// Rows, or with a single row positions, per item.
  Value itemSize(ElementEmitter &e, Value inner) const {
    if (isOneRow())
      return e.constant(GrainElements);
    Value size = e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.constant(GrainElements),
        e.b.createOrFold<arith::MaxSIOp>(e.loc, inner, e.constant(1)));
    return e.b.createOrFold<arith::MaxSIOp>(e.loc, size, e.constant(1));
  }
  Value innerExtent(ElementEmitter &e) const {
    if (isLine)
      return e.constant(lineExtent());
    return shape.empty() ? e.constant(1)
                         : e.emitExtent(values[0].tensor,
                                        static_cast<int64_t>(shape.size()) - 1);
  }

  /// Positions of the innermost loop, where static.
  int64_t lineExtent() const {
    return isLine ? ShapedType::getNumElements(shape) : shape.back();
  }

  Value emitItemCount(ElementEmitter &e) const {
    SmallVector<Value> outer;
    Value rowCount = rows(e, outer), inner = innerExtent(e);
    Value size = itemSize(e, inner);
    Value total = isOneRow() ? inner : rowCount;
    return e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.add(total, e.sub(size, e.constant(1))), size);
  }

  void emitPoint(ElementEmitter &e, ArrayRef<LaneValue> indices) const {
    SmallVector<LaneValue> results;
    for (const StoredValue &value : values)
      results.push_back(e.emitElement(value.tensor, indices));
    for (auto [value, result] : llvm::zip(values, results))
      emitStoredElement(e, value, indices, result);
  }

  void emitItem(ElementEmitter &e, Value item) const {
    SmallVector<Value> outer;
    Value rowCount = rows(e, outer), inner = innerExtent(e);
    Value size = itemSize(e, inner), low = e.mul(item, size);
    e.lanes = lanes;
    if (shape.empty()) {
      emitPoint(e, {});
      return;
    }
    if (isOneRow()) {
      SmallVector<LaneValue> indices(shape.size(),
                                     LaneValue::uniform(e.constant(0)));
      int64_t extent = lineExtent();
      if (extent > GrainElements)
        extent = ShapedType::kDynamic;
      emitVectorLoop(e, low, e.min(e.add(low, size), inner), extent,
                     [&](LaneValue i) {
                       indices.back() = i;
                       emitPoint(e, indices);
                     });
      return;
    }
    emitLoop(e, low, e.min(e.add(low, size), rowCount), 1, [&](Value row) {
      SmallVector<LaneValue> indices;
      for (Value index : emitDelinearize(e, row, outer))
        indices.push_back(LaneValue::uniform(index));
      indices.emplace_back();
      emitVectorLoop(e, e.constant(0), inner, shape.back(), [&](LaneValue i) {
        indices.back() = i;
        emitPoint(e, indices);
      });
    });
  }
};

/// Whether each memory that is read or written has the elements of `shape` in
/// row-major order, or is a single element. Short innermost dimensions, such as
/// the window of a filter, then do not matter.
bool isLine(ArrayRef<StoredValue> values, ArrayRef<int64_t> shape,
            const ElementEmitter &emitter) {
  // Two dynamic extents may differ: what is read may be a part of its memory.
  if (shape.size() < 2 || ShapedType::isDynamicShape(shape))
    return false;
  SmallVector<Read> reads;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(
      shape.size(), values[0].tensor.getContext());
  bool usesIndices = false;
  for (const StoredValue &value : values)
    if (!value.offsets.empty() ||
        emitter.buffers.find(value.destination)->second.panels ||
        !collectReads(value.tensor, identity, emitter, reads, usesIndices))
      return false;
  return !usesIndices && llvm::all_of(reads, [&](const Read &read) {
    if (read.map.getNumResults() == 0)
      return true;
    return read.map == identity &&
           !emitter.buffers.find(read.tensor)->second.panels &&
           cast<RankedTensorType>(read.tensor.getType()).getShape() == shape;
  });
}

} // namespace

std::optional<Stage> planParallelStage(ArrayRef<StoredValue> values,
                                       ElementEmitter &emitter,
                                       const CpuTarget &target,
                                       std::string &reason) {
  ParallelPlan plan;
  plan.values.assign(values.begin(), values.end());
  plan.shape.assign(
      cast<RankedTensorType>(values[0].tensor.getType()).getShape());
  for (const StoredValue &value : values)
    if (!emitter.canEmit(value.tensor, reason))
      return std::nullopt;
  plan.isLine = isLine(values, plan.shape, emitter);
  plan.lanes = plan.shape.empty() ? 1 : chooseLanes(target, plan.lineExtent());
  Stage stage =
      makeStage(plan, "parallel, " + std::to_string(plan.lanes) + " lanes");
  stage.isVectorized = plan.lanes > 1;
  if (!stage.isVectorized)
    stage.reason = "the innermost dimension has one element";
  return stage;
}

} // namespace ds
