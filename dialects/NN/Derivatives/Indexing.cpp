//===- Indexing.cpp - derivatives of indexed access -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Rules.h"
#include "dialects/NN/NNInternal.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;
using namespace ds::nn::derivatives;

//===----------------------------------------------------------------------===//
// Gathers
//===----------------------------------------------------------------------===//

Value derivatives::scatterAddAlong(Emitter &e, Value g, Value indices,
                                   int64_t axis, OpFoldResult extent) {
  int64_t rank = tensorTypeOf(g).getRank(),
          indexRank = tensorTypeOf(indices).getRank();
  // The indexed dimensions in front: then one index moves one row.
  Dims front = llvm::to_vector(llvm::seq(axis, axis + indexRank));
  llvm::append_range(front, otherDims(rank, front));
  Value updates = e.transpose(g, front);
  Sizes sizes{extent}, tuples = e.sizes(indices);
  llvm::append_range(sizes, llvm::drop_begin(e.sizes(updates), indexRank));
  tuples.push_back(e.attr(1));
  Value zeros = e.filled(sizes, elementTypeOf(g), 0);
  Value sum = ScatterNDOp::create(e.b, e.loc, zeros.getType(), zeros,
                                  e.reshape(indices, tuples), updates,
                                  ScatterKind::add);
  return e.transpose(sum, inverse(movedDim(sizes.size(), axis, 0)));
}

LogicalResult GatherOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  int64_t axis = getAxis();
  gradients.add(getData(),
                scatterAddAlong(e, gradients.cotangentOf(getResult()),
                                getIndices(), axis, e.size(getData(), axis)));
  return success();
}

/// Adds `g` to zeros of the shape of `like` at single elements.
static Value scatterAddElements(Emitter &e, Value g, Value indices,
                                int64_t axis, Value like) {
  Value zeros = e.filledLike(like, 0);
  return ScatterElementsOp::create(e.b, e.loc, zeros.getType(), zeros, indices,
                                   g, axis, ScatterKind::add);
}

/// Where each line along the axis gives one element, as a loss takes the score
/// of one class: `g` at that place and zeros elsewhere, element by element, so
/// that it is computed where it is used and no tensor of zeros is made. Null
/// where that is not known.
static Value selectTaken(Emitter &e, Value g, Value indices, int64_t axis,
                         Value like) {
  RankedTensorType type = tensorTypeOf(like), indexType = tensorTypeOf(indices);
  int64_t extent = type.getDimSize(axis);
  if (indexType.getDimSize(axis) != 1 || ShapedType::isDynamic(extent))
    return {};
  Dims others = otherDims(type.getRank(), axis);
  for (int64_t dim : others)
    if (!haveSameSize(like, dim, indices, dim))
      return {};
  // Negative indices count from the end; others are moved inside, as the op
  // does.
  Expression given = e.formula(indices);
  if (!indexType.getElementType().isUnsignedInteger())
    given = select(given < 0.0, given + static_cast<double>(extent), given);
  Value first = e.filledLike(indices, 0),
        last = e.filledLike(indices, static_cast<double>(extent - 1));
  Value place = MinOp::create(
      e.b, e.loc, MaxOp::create(e.b, e.loc, given.getValue(), first), last);
  Sizes sizes = e.sizes(like), lines;
  for (int64_t dim : others)
    lines.push_back(sizes[dim]);
  auto along = [&](Value value) {
    return e.formula(e.broadcast(e.reshape(value, lines), sizes, others));
  };
  Expression own = e.formula(e.iota(sizes, axis, indexType.getElementType()));
  return select(equal(own, along(place)), along(g), 0.0).getValue();
}

LogicalResult GatherElementsOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  Value gradient = selectTaken(e, g, getIndices(), getAxis(), getData());
  if (!gradient)
    gradient = scatterAddElements(e, g, getIndices(), getAxis(), getData());
  gradients.add(getData(), gradient);
  return success();
}

/// Index tuples with the position along each batch dimension in front, so that
/// they address the data from its first dimension on.
static Value withBatchIndices(Emitter &e, Value indices, int64_t batchDims) {
  if (batchDims == 0)
    return indices;
  Sizes single = e.sizes(indices);
  single.back() = e.attr(1);
  SmallVector<Value> columns;
  for (int64_t dim = 0; dim < batchDims; ++dim)
    columns.push_back(e.iota(single, dim, elementTypeOf(indices)));
  columns.push_back(indices);
  return ConcatOp::create(e.b, e.loc, columns,
                          tensorTypeOf(indices).getRank() - 1);
}

LogicalResult GatherNDOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value zeros = e.filledLike(getData(), 0);
  gradients.add(getData(),
                ScatterNDOp::create(
                    e.b, e.loc, zeros.getType(), zeros,
                    withBatchIndices(e, getIndices(), getBatchDims()),
                    gradients.cotangentOf(getResult()), ScatterKind::add));
  return success();
}

//===----------------------------------------------------------------------===//
// Scatters
//===----------------------------------------------------------------------===//

namespace {

/// The rule of both scatters, in terms of the way there and back.
class ScatterRule {
public:
  using Scatter =
      llvm::function_ref<Value(Value data, Value updates, ScatterKind kind)>;
  using Gather = llvm::function_ref<Value(Value data)>;

  ScatterRule(Gradients &gradients, Operation *op, ScatterKind kind,
              Scatter scatter, Gather gather)
      : e(gradients), gradients(gradients), data(op->getOperand(0)),
        updates(op->getOperand(2)), result(op->getResult(0)), kind(kind),
        scatter(scatter), gather(gather) {}

  LogicalResult run() {
    Value g = gradients.cotangentOf(result);
    switch (kind) {
    case ScatterKind::set:
      return set(g);
    case ScatterKind::add:
      gradients.add(data, g);
      if (gradients.isWanted(updates))
        gradients.add(updates, gather(g));
      return success();
    case ScatterKind::mul:
      return multiply(g);
    case ScatterKind::max:
    case ScatterKind::min:
      return extreme(g);
    }
    llvm_unreachable("every scatter kind is handled above");
  }

private:
  /// Of updates on one element the last one stays.
  LogicalResult set(Value g) {
    if (gradients.isWanted(data))
      gradients.add(data,
                    scatter(g, e.filledLike(updates, 0), ScatterKind::set));
    if (!gradients.isWanted(updates))
      return success();
    Type i64 = e.b.getI64Type();
    Sizes sizes = e.sizes(updates);
    OpFoldResult count = e.attr(1);
    for (OpFoldResult size : sizes)
      count = multiplySizes(e.b, e.loc, count, size);
    Value positions = e.reshape(e.iota(count, 0, i64), sizes);
    Value none = e.filled(e.sizes(data), i64, -1);
    Value winners = gather(scatter(none, positions, ScatterKind::set));
    gradients.add(updates,
                  select(equal(e.formula(winners), e.formula(positions)),
                         e.formula(gather(g)), 0.0)
                      .getValue());
    return success();
  }

  /// A product: each factor gets the product of all others. With one zero among
  /// the factors only that one gets something, with two nothing does.
  LogicalResult multiply(Value g) {
    if (gradients.isWanted(data))
      gradients.add(data, scatter(g, updates, ScatterKind::mul));
    if (!gradients.isWanted(updates))
      return success();
    Expression u = e.formula(updates), isZero = equal(u, 0.0);
    Value ones = e.filledLike(updates, 1);
    Expression nonZero = select(isZero, e.formula(ones), u);
    Value zeros = scatter(e.filledLike(data, 0),
                          select(isZero, e.formula(ones), 0.0).getValue(),
                          ScatterKind::add);
    Value product = scatter(data, nonZero.getValue(), ScatterKind::mul);
    Expression all =
        e.formula(gather((e.formula(g) * e.formula(product)).getValue()));
    Expression numZeros = e.formula(gather(zeros));
    Expression others =
        select(isZero, numZeros - 1.0, numZeros); // zeros among the others
    gradients.add(updates,
                  select(equal(others, 0.0), all / nonZero, 0.0).getValue());
    return success();
  }

  /// All that equal the result share evenly.
  LogicalResult extreme(Value g) {
    Expression r = e.formula(result);
    Expression one = e.formula(e.filledLike(data, 1)),
               oneUpdate = e.formula(e.filledLike(updates, 1));
    Expression isData = equal(e.formula(data), r),
               isUpdate = equal(e.formula(updates), e.formula(gather(result)));
    Value count =
        scatter(select(isData, one, 0.0).getValue(),
                select(isUpdate, oneUpdate, 0.0).getValue(), ScatterKind::add);
    Expression share = e.formula(g) / e.formula(count);
    if (gradients.isWanted(data))
      gradients.add(data, select(isData, share, 0.0).getValue());
    if (gradients.isWanted(updates))
      gradients.add(updates,
                    select(isUpdate, e.formula(gather(share.getValue())), 0.0)
                        .getValue());
    return success();
  }

  Emitter e;
  Gradients &gradients;
  Value data, updates, result;
  ScatterKind kind;
  Scatter scatter;
  Gather gather;
};

} // namespace

LogicalResult ScatterElementsOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  auto scatter = [&](Value data, Value updates, ScatterKind kind) -> Value {
    return ScatterElementsOp::create(e.b, e.loc, data.getType(), data,
                                     getIndices(), updates, getAxis(), kind);
  };
  auto gather = [&](Value data) -> Value {
    return GatherElementsOp::create(e.b, e.loc, data, getIndices(), getAxis());
  };
  return ScatterRule(gradients, *this, getKind(), scatter, gather).run();
}

LogicalResult ScatterNDOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  auto scatter = [&](Value data, Value updates, ScatterKind kind) -> Value {
    return ScatterNDOp::create(e.b, e.loc, data.getType(), data, getIndices(),
                               updates, kind);
  };
  auto gather = [&](Value data) -> Value {
    return GatherNDOp::create(e.b, e.loc, data, getIndices(), /*batch_dims=*/0);
  };
  return ScatterRule(gradients, *this, getKind(), scatter, gather).run();
}
