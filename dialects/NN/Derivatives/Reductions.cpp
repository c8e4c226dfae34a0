//===- Reductions.cpp - derivatives of reductions, scans and order --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Rules.h"
#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;
using namespace ds::nn::derivatives;

static Value scan(Emitter &e, ReduceKind kind, Value value, int64_t axis,
                  bool exclusive, bool reverse) {
  return ScanOp::create(e.b, e.loc, value.getType(), kind, value, axis,
                        exclusive, reverse);
}

//===----------------------------------------------------------------------===//
// nn.reduce
//===----------------------------------------------------------------------===//

/// The product of all others along `dims`, which unlike product / x is right
/// when some are 0: what lies before times what lies behind.
static Value productOfOthers(Emitter &e, Value x, ArrayRef<int64_t> dims) {
  int64_t rank = tensorTypeOf(x).getRank();
  Dims back = otherDims(rank, dims);
  int64_t kept = back.size();
  llvm::append_range(back, dims);
  Value rows = e.transpose(x, back);
  Sizes sizes = e.sizes(rows);
  Sizes flat(sizes.begin(), sizes.begin() + kept);
  flat.push_back(e.attr(1));
  for (OpFoldResult size : ArrayRef(sizes).drop_front(kept))
    flat.back() = multiplySizes(e.b, e.loc, flat.back(), size);
  rows = e.reshape(rows, flat);
  auto before = e.formula(scan(e, ReduceKind::product, rows, kept,
                               /*exclusive=*/true, /*reverse=*/false));
  auto behind = e.formula(scan(e, ReduceKind::product, rows, kept,
                               /*exclusive=*/true, /*reverse=*/true));
  Value others = e.reshape((before * behind).getValue(), sizes);
  return e.transpose(others, inverse(back));
}

LogicalResult ReduceOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value x = getOperand(), g = gradients.cotangentOf(getResult());
  ArrayRef<int64_t> dims = getDims();
  Expression each = e.formula(e.broadcastBack(g, x, dims));
  switch (getKind()) {
  case ReduceKind::sum:
    gradients.add(x, each.getValue());
    return success();
  case ReduceKind::product:
    gradients.add(x,
                  (each * e.formula(productOfOthers(e, x, dims))).getValue());
    return success();
  case ReduceKind::max:
  case ReduceKind::min: {
    // All that equal the result share evenly.
    Expression isResult =
        equal(e.formula(x), e.formula(e.broadcastBack(getResult(), x, dims)));
    Expression one = e.formula(e.filledLike(x, 1));
    Value count = e.sum(select(isResult, one, 0.0).getValue(), dims);
    Expression share = e.formula(g) / e.formula(count);
    Expression shares = e.formula(e.broadcastBack(share.getValue(), x, dims));
    gradients.add(x, select(isResult, shares, 0.0).getValue());
    return success();
  }
  case ReduceKind::all:
  case ReduceKind::any:
    break;
  }
  llvm_unreachable("'all' and 'any' yield booleans");
}

//===----------------------------------------------------------------------===//
// nn.scan
//===----------------------------------------------------------------------===//

/// A product over a part of the line: result i is the product of all x_j whose
/// `takesPart` [i, j] holds. Its derivative to x_j is the product of the others
/// among them, which is made row by row on a square of positions; exact with
/// zeros, and scans of products are short.
static Value scanProductGradient(Emitter &e, ScanOp op, Value g) {
  Value x = op.getOperand();
  int64_t rank = tensorTypeOf(x).getRank(), axis = op.getAxis();
  // [..., i, j]: the line last, repeated for each result.
  Dims back = movedDim(rank, axis, rank - 1);
  Value line = e.transpose(x, back), cotangent = e.transpose(g, back);
  Sizes square = e.sizes(line);
  square.push_back(square.back());
  Dims alongJ = identityDims(rank - 1), alongI = identityDims(rank);
  alongJ.push_back(rank);
  Expression i = e.formula(e.iota(square, rank - 1, e.b.getI64Type())),
             j = e.formula(e.iota(square, rank, e.b.getI64Type()));
  Expression takesPart = op.getReverse() ? (op.getExclusive() ? i < j : i <= j)
                                         : (op.getExclusive() ? j < i : j <= i);
  Expression factors =
      select(takesPart, e.formula(e.broadcast(line, square, alongJ)), 1.0);
  Expression others = e.formula(productOfOthers(e, factors.getValue(), rank));
  Expression each = e.formula(e.broadcast(cotangent, square, alongI));
  Value terms = select(takesPart, each * others, 0.0).getValue();
  return e.transpose(e.sum(terms, rank - 1), inverse(back));
}

/// Where the running extreme of each position stands: the last position up to
/// there whose element equals it, as PyTorch's cummax has it. Adds the
/// cotangent there.
static Value scanExtremeGradient(Emitter &e, ScanOp op, Value g) {
  Value x = op.getOperand();
  int64_t axis = op.getAxis();
  Type i64 = e.b.getI64Type();
  bool reverse = op.getReverse();
  Value inclusive =
      scan(e, op.getKind(), x, axis, /*exclusive=*/false, reverse);
  Expression position = e.formula(e.iota(e.sizes(x), axis, i64));
  Expression isExtreme = equal(e.formula(x), e.formula(inclusive));
  // Positions where nothing new comes must not win: below all in the direction
  // of the scan.
  OpFoldResult extent = e.size(x, axis);
  Value none;
  if (reverse) {
    Value count = arith::IndexCastOp::create(
        e.b, e.loc, i64, getValueOrCreateConstantIndexOp(e.b, e.loc, extent));
    none = tensor::FromElementsOp::create(
        e.b, e.loc, RankedTensorType::get({}, i64), count);
    none = e.broadcast(none, e.sizes(x), {});
  } else {
    none = e.filledLike(position.getValue(), -1);
  }
  Value where = scan(e, reverse ? ReduceKind::min : ReduceKind::max,
                     select(isExtreme, position, e.formula(none)).getValue(),
                     axis, op.getExclusive(), reverse);
  // The first result of an exclusive scan depends on nothing.
  Expression source = e.formula(where);
  if (op.getExclusive()) {
    Expression isFirst =
        reverse ? equal(position, e.formula(none) - 1.0) : equal(position, 0.0);
    g = select(isFirst, e.formula(e.filledLike(x, 0)), e.formula(g)).getValue();
    source = select(isFirst, position, source);
  }
  Value zeros = e.filledLike(x, 0);
  return ScatterElementsOp::create(e.b, e.loc, zeros.getType(), zeros,
                                   source.getValue(), g, axis,
                                   ScatterKind::add);
}

LogicalResult ScanOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  switch (getKind()) {
  case ReduceKind::sum:
    gradients.add(getOperand(), scan(e, ReduceKind::sum, g, getAxis(),
                                     getExclusive(), !getReverse()));
    return success();
  case ReduceKind::product:
    gradients.add(getOperand(), scanProductGradient(e, *this, g));
    return success();
  case ReduceKind::max:
  case ReduceKind::min:
    gradients.add(getOperand(), scanExtremeGradient(e, *this, g));
    return success();
  case ReduceKind::all:
  case ReduceKind::any:
    break;
  }
  llvm_unreachable("no scan of this kind passes the verifier");
}

//===----------------------------------------------------------------------===//
// nn.sort
//===----------------------------------------------------------------------===//

/// Back to where the elements came from; no position comes twice.
LogicalResult SortOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getValues());
  if (!g)
    return success();
  Value zeros = e.filledLike(getOperand(), 0);
  gradients.add(getOperand(),
                ScatterElementsOp::create(e.b, e.loc, zeros.getType(), zeros,
                                          getIndices(), g, getAxis(),
                                          ScatterKind::set));
  return success();
}

//===----------------------------------------------------------------------===//
// nn.softmax, nn.normalize. As the ops themselves, narrow floats in f32.
//===----------------------------------------------------------------------===//

LogicalResult SoftmaxOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Type element = elementTypeOf(getOperand()), computed = formulaType(element);
  auto sumOf = [&](const Expression &x) {
    int64_t axis = getAxis();
    Value sum = e.sum(x.getValue(), axis);
    return e.formula(e.broadcastBack(sum, x.getValue(), axis));
  };
  Expression g =
      e.formula(e.cast(gradients.cotangentOf(getResult()), computed));
  Expression r = e.formula(e.cast(getResult(), computed));
  Expression gradient =
      getLog() ? g - exp(r) * sumOf(g) : r * (g - sumOf(g * r));
  gradients.add(getOperand(), e.cast(gradient.getValue(), element));
  return success();
}

/// With s = 1 / sqrt(variance + epsilon) and the result r = (x - mean) s:
/// s (g - mean(g) - r mean(g r)), and without the middle term for `rms`.
LogicalResult NormalizeOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Type element = elementTypeOf(getOperand()), computed = formulaType(element);
  Value x = e.cast(getOperand(), computed);
  Sizes sizes = e.sizes(x);
  OpFoldResult count = e.attr(1);
  for (int64_t dim : getDims())
    count = multiplySizes(e.b, e.loc, count, sizes[dim]);
  // 1 / count as a number where it is known, else as a scalar tensor.
  std::optional<int64_t> known = getConstantIntValue(count);
  Value countTensor;
  if (!known) {
    Value integer = arith::IndexCastOp::create(e.b, e.loc, e.b.getI64Type(),
                                               cast<Value>(count));
    Value scalar = tensor::FromElementsOp::create(
        e.b, e.loc, RankedTensorType::get({}, e.b.getI64Type()), integer);
    countTensor = e.cast(scalar, computed);
  }
  auto rowMean = [&](const Expression &v) -> Expression {
    Expression sum = e.formula(e.sum(v.getValue(), getDims()));
    if (known)
      return sum / static_cast<double>(*known);
    return sum /
           e.formula(e.broadcast(countTensor, e.sizes(sum.getValue()), {}));
  };
  auto spread = [&](const Expression &v) {
    return e.formula(e.broadcastBack(v.getValue(), x, getDims()));
  };
  Expression g = e.formula(
                 e.cast(gradients.cotangentOf(getResult()), computed)),
             r = e.formula(e.cast(getResult(), computed)),
             centred = e.formula(x);
  if (!getRms())
    centred = centred - spread(rowMean(centred));
  Expression scale =
      rsqrt(rowMean(centred * centred) + getEpsilon().convertToDouble());
  Expression inner = g - r * spread(rowMean(g * r));
  if (!getRms())
    inner = inner - spread(rowMean(g));
  gradients.add(getOperand(),
                e.cast((inner * spread(scale)).getValue(), element));
  return success();
}
