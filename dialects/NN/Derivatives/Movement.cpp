//===- Movement.cpp - derivatives of ops that move elements ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Rules.h"
#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;
using namespace ds::nn::derivatives;

/// A copy adds up what all copies get. An operand extent of 1 is summed over
/// where the result's is larger; a dynamic one may turn out to be 1.
LogicalResult BroadcastOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  RankedTensorType type = tensorTypeOf(getOperand());
  g = e.sum(g, otherDims(tensorTypeOf(g).getRank(), getDims()));
  Sizes sizes = e.sizes(g);
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (!haveSameSize(getOperand(), dim, g, dim))
      sizes[dim] = e.size(getOperand(), dim);
  gradients.add(getOperand(), e.sumTo(g, sizes));
  return success();
}

LogicalResult ReshapeOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  gradients.add(getOperand(), e.reshape(gradients.cotangentOf(getResult()),
                                        e.sizes(getOperand())));
  return success();
}

LogicalResult TransposeOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  gradients.add(getOperand(), e.transpose(gradients.cotangentOf(getResult()),
                                          inverse(getPermutation())));
  return success();
}

/// What the window did not take gets nothing.
LogicalResult SliceOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  Sizes offsets = getMixedOffsets(), extents = e.sizes(getOperand()),
        taken = e.sizes(g), low, high;
  Dims backwards, steps;
  for (auto [dim, stride] : llvm::enumerate(getStrides())) {
    steps.push_back(std::abs(stride));
    OpFoldResult first = offsets[dim];
    if (stride < 0) {
      // The last element taken is the first in memory.
      backwards.push_back(dim);
      first = e.add(offsets[dim],
                    multiplySizes(e.b, e.loc, e.add(taken[dim], e.attr(-1)),
                                  e.attr(stride)));
    }
    low.push_back(first);
  }
  g = e.dilate(e.reverse(g, backwards), steps);
  for (auto [dim, extent] : llvm::enumerate(extents))
    high.push_back(e.subtract(e.subtract(extent, low[dim]), e.size(g, dim)));
  gradients.add(getOperand(), e.pad(g, low, high));
  return success();
}

LogicalResult ConcatOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  int64_t rank = tensorTypeOf(g).getRank(), axis = getAxis();
  Sizes offsets(rank, e.attr(0));
  for (Value input : getInputs()) {
    OpFoldResult extent = e.size(input, axis);
    if (gradients.isWanted(input)) {
      Sizes sizes = e.sizes(g);
      sizes[axis] = extent;
      gradients.add(input, e.slice(g, offsets, sizes, Dims(rank, 1)));
    }
    offsets[axis] = e.add(offsets[axis], extent);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// nn.pad
//===----------------------------------------------------------------------===//

/// An index as an i64 tensor of the shape of `like`.
static Expression numberLike(Emitter &e, OpFoldResult index, Value like) {
  Type i64 = e.b.getI64Type();
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return e.formula(e.filledLike(like, static_cast<double>(*constant)));
  Value number =
      arith::IndexCastOp::create(e.b, e.loc, i64, cast<Value>(index));
  Value tensor = tensor::FromElementsOp::create(
      e.b, e.loc, RankedTensorType::get({}, i64), number);
  return e.formula(e.broadcast(tensor, e.sizes(like), {}));
}

/// Where each element along one padded dimension was read, as i64: `position`
/// counts from the first element of the operand, and is negative in the low
/// pad.
static Value paddedSource(Emitter &e, PadMode mode, Value position,
                          OpFoldResult extent) {
  auto extremum = [&](auto tag, const Expression &x,
                      const Expression &y) -> Expression {
    using Op = decltype(tag);
    return e.formula(Op::create(e.b, e.loc, x.getValue(), y.getValue()));
  };
  Expression i = e.formula(position), n = numberLike(e, extent, position);
  switch (mode) {
  case PadMode::constant:
    break;
  case PadMode::edge: {
    Expression zero = e.formula(e.filledLike(position, 0));
    return extremum(MinOp(), extremum(MaxOp(), i, zero), n - 1.0).getValue();
  }
  case PadMode::wrap: {
    Value remainder = RemOp::create(e.b, e.loc, i.getValue(), n.getValue());
    Expression r = e.formula(remainder);
    return select(r < 0.0, r + n, r).getValue();
  }
  case PadMode::reflect: {
    // 0 1 .. n-1 n-2 .. 1 repeats.
    Expression one = e.formula(e.filledLike(position, 1));
    Expression period = extremum(MaxOp(), (n - 1.0) * 2.0, one);
    Value remainder =
        RemOp::create(e.b, e.loc, i.getValue(), period.getValue());
    Expression r = e.formula(remainder);
    r = select(r < 0.0, r + period, r);
    return select(r < n, r, period - r).getValue();
  }
  }
  llvm_unreachable("constant padding reads nothing");
}

/// Constant padding is cut off again; other modes read elements more than once,
/// one dimension after the other.
LogicalResult PadOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  Sizes low = getMixedLow(), high = getMixedHigh(),
        extents = e.sizes(getOperand());
  int64_t rank = extents.size();
  if (getMode() == PadMode::constant) {
    if (gradients.isWanted(getOperand()))
      gradients.add(getOperand(), e.slice(g, low, extents, Dims(rank, 1)));
    if (gradients.isWanted(getValue())) {
      Value outside =
          e.pad(e.filledLike(getOperand(), 0), low, high, /*number=*/1);
      Value masked = (e.formula(g) * e.formula(outside)).getValue();
      gradients.add(getValue(), e.sum(masked, identityDims(rank)));
    }
    return success();
  }
  for (int64_t dim = 0; dim < rank; ++dim) {
    auto isZero = [](OpFoldResult pad) {
      return getConstantIntValue(pad) == 0;
    };
    if (isZero(low[dim]) && isZero(high[dim]))
      continue;
    Value positions = e.iota(e.size(g, dim), 0, e.b.getI64Type());
    positions =
        (e.formula(positions) - numberLike(e, low[dim], positions)).getValue();
    Value source = paddedSource(e, getMode(), positions, extents[dim]);
    g = scatterAddAlong(e, g, source, dim, extents[dim]);
  }
  gradients.add(getOperand(), g);
  return success();
}
