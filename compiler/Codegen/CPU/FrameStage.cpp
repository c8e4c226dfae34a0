//===- FrameStage.cpp - what surrounds a value within its destination
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A padded value is stored to its place by the stage that computes it; this one
// writes the frame around it, and nothing else, so that the destination is
// written once.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/AccessForm.h"
#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ds {

namespace {

struct FramePlan {
  StoredValue value; ///< what is inside
  Value fill;        ///< what all else of the destination is
  int64_t last = 0;  ///< the last dimension in which they may differ in size
  int64_t lanes = 1;
  /// Static sizes in elements of the parts of a line before and after the
  /// value, and of the whole line; or dynamic.
  int64_t before = 0, after = 0, line = 0;

  Value extent(ElementEmitter &e, int64_t dim) const {
    return e.emitExtent(fill, dim);
  }
  /// Of a line: all positions of `last` and the dimensions behind it.
  Value lineExtent(ElementEmitter &e) const {
    Value elements = e.constant(1);
    int64_t rank = cast<RankedTensorType>(fill.getType()).getRank();
    for (int64_t dim = last; dim < rank; ++dim)
      elements = e.mul(elements, extent(e, dim));
    return elements;
  }
  Value lineCount(ElementEmitter &e) const {
    Value lines = e.constant(1);
    for (int64_t dim = 0; dim < last; ++dim)
      lines = e.mul(lines, extent(e, dim));
    return lines;
  }
  Value linesPerItem(ElementEmitter &e) const {
    Value length =
        e.b.createOrFold<arith::MaxSIOp>(e.loc, lineExtent(e), e.constant(1));
    Value lines = e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.constant(GrainElements), length);
    return e.b.createOrFold<arith::MaxSIOp>(e.loc, lines, e.constant(1));
  }
  Value emitItemCount(ElementEmitter &e) const {
    Value size = linesPerItem(e);
    return e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.add(lineCount(e), e.sub(size, e.constant(1))), size);
  }

  void emitItem(ElementEmitter &e, Value item) const {
    Value size = linesPerItem(e), low = e.mul(item, size);
    emitLoop(e, low, e.min(e.add(low, size), lineCount(e)), 1,
             [&](Value line) { emitLine(e, line); });
  }

  void emitLine(ElementEmitter &e, Value index) const {
    SmallVector<Value> extents;
    for (int64_t dim = 0; dim < last; ++dim)
      extents.push_back(extent(e, dim));
    SmallVector<Value> position = emitDelinearize(e, index, extents);
    Value isCrossed; // by the value
    for (int64_t dim = 0; dim < last; ++dim) {
      // As unsigned numbers, positions before the value are large.
      Value inside =
          arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ult,
                                e.sub(position[dim], emitOffset(e, value, dim)),
                                e.emitExtent(value.tensor, dim));
      isCrossed = isCrossed
                      ? arith::AndIOp::create(e.b, e.loc, isCrossed, inside)
                      : inside;
    }
    Value length = lineExtent(e), first = e.mul(index, length);
    Value inner = e.constant(1);
    int64_t rank = cast<RankedTensorType>(fill.getType()).getRank();
    for (int64_t dim = last + 1; dim < rank; ++dim)
      inner = e.mul(inner, extent(e, dim));
    Value begin = emitOffset(e, value, last);
    Value end = e.add(begin, e.emitExtent(value.tensor, last));
    auto emitSides = [&] {
      emitRun(e, first, e.add(first, e.mul(begin, inner)), before);
      emitRun(e, e.add(first, e.mul(end, inner)), e.add(first, length), after);
    };
    if (!isCrossed) {
      emitSides();
      return;
    }
    auto branch =
        scf::IfOp::create(e.b, e.loc, isCrossed, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(branch.thenBlock());
    emitSides();
    e.b.setInsertionPointToStart(branch.elseBlock());
    emitRun(e, first, e.add(first, length), line);
  }

  /// Fills positions of the destination's memory, all dimensions being one.
  void emitRun(ElementEmitter &e, Value low, Value high,
               int64_t staticExtent) const {
    if (staticExtent == 0)
      return;
    MemoryBuffer memory = lineOfMemory(value.destination, e);
    e.lanes = lanes;
    emitVectorLoop(e, low, high, staticExtent, [&](LaneValue i) {
      LaneValue zero = LaneValue::uniform(e.constant(0));
      int64_t rank = cast<RankedTensorType>(fill.getType()).getRank();
      e.emitStore(memory, i,
                  e.emitElement(fill, SmallVector<LaneValue>(rank, zero)));
    });
  }
};

} // namespace

Stage planFrameStage(const StoredValue &value, linalg::FillOp fill,
                     const CpuTarget &target) {
  FramePlan plan;
  plan.value = value;
  plan.fill = fill->getResult(0);
  plan.lanes = target.lanes;
  auto whole = cast<RankedTensorType>(plan.fill.getType());
  auto inside = cast<RankedTensorType>(value.tensor.getType());
  for (int64_t dim = 0; dim < whole.getRank(); ++dim)
    if (whole.isDynamicDim(dim) ||
        whole.getDimSize(dim) != inside.getDimSize(dim))
      plan.last = dim;
  auto known = [](int64_t x, int64_t y) {
    return ShapedType::isDynamic(x) || ShapedType::isDynamic(y)
               ? ShapedType::kDynamic
               : x * y;
  };
  int64_t inner = 1;
  for (int64_t extent : whole.getShape().drop_front(plan.last + 1))
    inner = known(inner, extent);
  int64_t extent = whole.getDimSize(plan.last),
          size = inside.getDimSize(plan.last);
  std::optional<int64_t> offset = getConstantIntValue(value.offsets[plan.last]);
  plan.line = known(extent, inner);
  plan.before = offset ? known(*offset, inner) : ShapedType::kDynamic;
  bool isAfterKnown =
      offset && !ShapedType::isDynamic(extent) && !ShapedType::isDynamic(size);
  plan.after = isAfterKnown ? known(extent - size - *offset, inner)
                            : ShapedType::kDynamic;
  return makeStage(plan, "frame, " + std::to_string(plan.lanes) + " lanes");
}

} // namespace ds
