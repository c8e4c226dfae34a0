//===- Windows.cpp - derivatives of pooling -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Rules.h"
#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;
using namespace ds::nn::derivatives;

namespace {

class PoolRule {
public:
  PoolRule(PoolOp op, Gradients &gradients)
      : op(op), gradients(gradients), e(gradients),
        g(gradients.cotangentOf(op.getResult())),
        rank(tensorTypeOf(op.getOperand()).getRank()) {}

  LogicalResult run() {
    switch (op.getKind()) {
    case PoolKind::max:
      gradients.add(op.getOperand(),
                    isDisjoint() ? maxOfDisjoint() : maxOfOverlapping());
      return success();
    case PoolKind::sum:
      gradients.add(op.getOperand(), spread(g));
      return success();
    case PoolKind::average:
      gradients.add(op.getOperand(), spread(divideByCount()));
      return success();
    }
    llvm_unreachable("every pool kind is handled above");
  }

private:
  /// No element lies in two windows, and windows have no gaps.
  bool isDisjoint() {
    for (int64_t dim = 0; dim < rank; ++dim)
      if (op.getStrides()[dim] < op.getWindow()[dim] ||
          (op.getDilations()[dim] != 1 && op.getWindow()[dim] != 1))
        return false;
    return true;
  }

  /// An element per window, of disjoint windows, at each place of the operand
  /// that lies in it; `outside` at the others.
  Value upsample(Value value, double outside) {
    Sizes extents = e.sizes(op.getOperand()), split, wide, rest, merged;
    Dims dims;
    for (int64_t dim = 0; dim < rank; ++dim) {
      OpFoldResult size = e.size(value, dim);
      int64_t stride = op.getStrides()[dim], window = op.getWindow()[dim];
      dims.push_back(wide.size());
      wide.push_back(size);
      rest.push_back(e.attr(0));
      if (stride != 1) {
        wide.push_back(e.attr(window));
        rest.push_back(e.attr(stride - window));
      }
      merged.push_back(multiplySizes(e.b, e.loc, size, e.attr(stride)));
    }
    value = e.broadcast(value, wide, dims);
    value = e.pad(value, Sizes(wide.size(), e.attr(0)), rest, outside);
    value = e.reshape(value, merged);
    // From the first to the last element of the operand.
    Sizes low, missing;
    for (int64_t dim = 0; dim < rank; ++dim) {
      low.push_back(e.attr(op.getLow()[dim]));
      OpFoldResult last = e.add(extents[dim], low.back());
      missing.push_back(clampSize(e.b, e.loc, e.subtract(last, merged[dim])));
    }
    value = e.pad(value, Sizes(rank, e.attr(0)), missing, outside);
    return e.slice(value, low, extents, Dims(rank, 1));
  }

  Value indices() {
    Sizes sizes = e.sizes(op.getResult());
    return PoolIndexOp::create(e.b, e.loc, typeOfSizes(sizes, e.b.getI64Type()),
                               op.getOperand(), dynamicSizes(sizes),
                               op.getWindow(), op.getStrides(), op.getLow(),
                               op.getHigh(), op.getDilations());
  }

  OpFoldResult numElements() {
    OpFoldResult count = e.attr(1);
    for (OpFoldResult size : e.sizes(op.getOperand()))
      count = multiplySizes(e.b, e.loc, count, size);
    return count;
  }

  /// Each element compares its own position with the one its window took.
  Value maxOfDisjoint() {
    Value taken = upsample(indices(), -1), gradient = upsample(g, 0);
    Value own = e.reshape(e.iota(numElements(), 0, e.b.getI64Type()),
                          e.sizes(op.getOperand()));
    return select(equal(e.formula(taken), e.formula(own)), e.formula(gradient),
                  0.0)
        .getValue();
  }

  Value maxOfOverlapping() {
    OpFoldResult outputs = e.attr(1);
    for (OpFoldResult size : e.sizes(g))
      outputs = multiplySizes(e.b, e.loc, outputs, size);
    Value zeros = e.filled(numElements(), elementTypeOf(g), 0);
    Value sums = ScatterElementsOp::create(
        e.b, e.loc, zeros.getType(), zeros, e.reshape(indices(), outputs),
        e.reshape(g, outputs), /*axis=*/0, ScatterKind::add);
    return e.reshape(sums, e.sizes(op.getOperand()));
  }

  /// The transpose of a sum over windows. Of disjoint ones each element goes to
  /// all places of its window; else, with zeros between the windows for the
  /// strides, it is a sum over windows again, in steps of 1, that looks back
  /// where the first looked ahead.
  Value spread(Value value) {
    if (isDisjoint())
      return upsample(value, 0);
    value = e.dilate(value, op.getStrides());
    Dims low, ones(rank, 1), zeros(rank, 0);
    Sizes offsets, cut = e.sizes(value);
    for (int64_t dim = 0; dim < rank; ++dim) {
      int64_t reach = (op.getWindow()[dim] - 1) * op.getDilations()[dim];
      int64_t front = reach - op.getLow()[dim];
      low.push_back(std::max<int64_t>(front, 0));
      // Pads are never negative: drop what only padding could have read.
      int64_t dropped = std::max<int64_t>(-front, 0);
      offsets.push_back(e.attr(dropped));
      if (dropped)
        cut[dim] = clampSize(e.b, e.loc, e.add(cut[dim], e.attr(-dropped)));
    }
    value = e.slice(value, offsets, cut, ones);
    Sizes extents = e.sizes(op.getOperand());
    return PoolOp::create(e.b, e.loc,
                          typeOfSizes(extents, elementTypeOf(value)),
                          PoolKind::sum, value, dynamicSizes(extents),
                          op.getWindow(), ones, low, zeros, op.getDilations(),
                          /*count_include_pad=*/false);
  }

  /// How many elements each window averages: a number where all windows are
  /// whole, else a sum over a tensor of ones.
  Value divideByCount() {
    double whole = 1;
    bool isWhole = true;
    RankedTensorType input = tensorTypeOf(op.getOperand()),
                     output = tensorTypeOf(g);
    Dims windowed;
    for (int64_t dim = 0; dim < rank; ++dim) {
      int64_t window = op.getWindow()[dim];
      whole *= static_cast<double>(window);
      if (window == 1 && op.getLow()[dim] == 0 && op.getStrides()[dim] == 1)
        continue;
      windowed.push_back(dim);
      int64_t before = op.getCountIncludePad() ? op.getLow()[dim] : 0,
              behind = op.getCountIncludePad() ? op.getHigh()[dim] : 0;
      isWhole &= !input.isDynamicDim(dim) && !output.isDynamicDim(dim) &&
                 op.getLow()[dim] <= before &&
                 (output.getDimSize(dim) - 1) * op.getStrides()[dim] -
                         op.getLow()[dim] +
                         (window - 1) * op.getDilations()[dim] <
                     input.getDimSize(dim) + behind;
    }
    if (isWhole)
      return (e.formula(g) / whole).getValue();
    return (e.formula(g) / e.formula(counts(windowed))).getValue();
  }

  Value counts(ArrayRef<int64_t> windowed) {
    Sizes extents(rank, e.attr(1)), outputs(rank, e.attr(1));
    Dims low(rank, 0);
    for (int64_t dim : windowed) {
      extents[dim] = e.size(op.getOperand(), dim);
      outputs[dim] = e.size(g, dim);
      low[dim] = op.getLow()[dim];
      if (op.getCountIncludePad()) {
        extents[dim] =
            e.add(extents[dim], e.attr(op.getLow()[dim] + op.getHigh()[dim]));
        low[dim] = 0;
      }
    }
    Type element = elementTypeOf(g);
    Value ones = e.filled(extents, element, 1);
    Value count = PoolOp::create(
        e.b, e.loc, typeOfSizes(outputs, element), PoolKind::sum, ones,
        dynamicSizes(outputs), op.getWindow(), op.getStrides(), low,
        Dims(rank, 0), op.getDilations(), /*count_include_pad=*/false);
    return e.broadcast(count, e.sizes(g), identityDims(rank));
  }

  PoolOp op;
  Gradients &gradients;
  Emitter e;
  Value g;
  int64_t rank;
};

} // namespace

LogicalResult PoolOp::emitGradients(Gradients &gradients) {
  return PoolRule(*this, gradients).run();
}
