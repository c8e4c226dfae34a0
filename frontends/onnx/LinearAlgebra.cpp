//===- LinearAlgebra.cpp - triangles and determinants of matrices
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

#include <limits>

using namespace mlir;

namespace ds::onnx {

static constexpr int64_t anyRank = std::numeric_limits<int64_t>::max();

/// Keeps the elements on one side of a diagonal, which lies `k` to the right of
/// the main one.
static LogicalResult convertTrilu(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  if (failed(n.expectRank(0, 2, anyRank)))
    return failure();
  Type integer = g.b.getI64Type();
  Sizes sizes = g.dims(x), matrix(sizes.end() - 2, sizes.end());
  Value shift = g.makeScalarInt(integer, 0);
  if (n.hasInput(1)) {
    FailureOr<Value> k = n.scalar(1, "k");
    if (failed(k))
      return failure();
    shift = *k;
  }
  Value diagonal =
      g.emit<nn::SubOp>(g.iota(matrix, 1, integer), g.iota(matrix, 0, integer));
  auto side = n.attrInt("upper", 1) ? nn::ComparePredicate::ge
                                    : nn::ComparePredicate::le;
  Value kept = g.compare(side, diagonal, g.broadcastTo(shift, matrix));
  return n.set(
      g.emit<nn::SelectOp>(g.broadcastTo(kept, sizes), x, g.makeLike(x, 0)));
}

/// One step of Gaussian elimination on a batch of square matrices, with the
/// largest element of the first column as pivot. Multiplies `determinant` by
/// the pivot and returns the matrices without their first column and the
/// pivot's row.
static Value eliminate(GraphBuilder &g, Value m, int64_t size,
                       Value &determinant) {
  OpFoldResult count = g.dim(m, 0), extent = g.index(size),
               rest = g.index(size - 1), zero = g.index(0), one = g.index(1);
  Sizes square = g.dims(m), rows{count, extent};
  Value column =
      g.squeeze(g.slice(m, {zero, zero, zero}, {count, extent, one}), {2});
  Value row = g.emit<nn::ArgReduceOp>(
      nn::ReduceKind::max, g.emit<nn::AbsOp>(column), 1, /*last=*/false);
  Value pivotRow = g.emit<nn::GatherNDOp>(m, g.unsqueeze(row, {1}), 1);
  Value pivot = g.squeeze(g.slice(pivotRow, {zero, zero}, {count, one}), {1});
  Value isFirst = g.compare(nn::ComparePredicate::eq, row, g.makeLike(row, 0));
  determinant = g.emit<nn::MulOp>(
      determinant,
      g.emit<nn::SelectOp>(isFirst, pivot, g.emit<nn::NegOp>(pivot)));
  if (size == 1)
    return m;
  // The first row takes the pivot row's place, then the pivot row is subtracted
  // from all others.
  Value here =
      g.compare(nn::ComparePredicate::eq, g.iota(rows, 1, g.b.getI64Type()),
                g.broadcastDims(row, rows, {0}));
  Value firstRow =
      g.squeeze(g.slice(m, {zero, zero, zero}, {count, one, extent}), {1});
  Value swapped =
      g.emit<nn::SelectOp>(g.broadcastDims(here, square, {0, 1}),
                           g.broadcastDims(firstRow, square, {0, 2}), m);
  // A column of zeros makes the result 0; the division must not make it NaN.
  Value singular =
      g.compare(nn::ComparePredicate::eq, pivot, g.makeLike(pivot, 0));
  Value divisor = g.emit<nn::SelectOp>(singular, g.makeLike(pivot, 1), pivot);
  Value factors =
      g.squeeze(g.slice(swapped, {zero, one, zero}, {count, rest, one}), {2});
  factors =
      g.emit<nn::DivOp>(factors, g.broadcastDims(divisor, {count, rest}, {0}));
  Sizes smaller{count, rest, rest};
  Value pivotRest = g.slice(pivotRow, {zero, one}, {count, rest});
  Value product =
      g.emit<nn::MulOp>(g.broadcastDims(factors, smaller, {0, 1}),
                        g.broadcastDims(pivotRest, smaller, {0, 2}));
  return g.emit<nn::SubOp>(g.slice(swapped, {zero, one, one}, smaller),
                           product);
}

static LogicalResult convertDet(NodeContext &n) {
  constexpr int64_t maxSteps = 64;
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 2, anyRank)))
    return failure();
  int64_t columns = n.type(0).getShape().back(),
          rows = n.type(0).getShape().end()[-2];
  if (ShapedType::isDynamic(columns) || ShapedType::isDynamic(rows) ||
      rows > maxSteps)
    return n.unsupported("a determinant needs a matrix of at most " +
                         Twine(maxSteps) +
                         " rows, their number known at compile time; fix it "
                         "with --shape or --dim");
  if (rows != columns)
    return n.error("the determinant is of a square matrix, found " +
                   Twine(rows) + " rows and " + Twine(columns) + " columns");
  Sizes batch = g.dims(n.input(0));
  batch.pop_back_n(2);
  OpFoldResult count = g.product(batch);
  Value matrices =
      g.reshape(g.widen(n.input(0)), {count, g.index(rows), g.index(rows)});
  Value result = g.makeFilled({count}, GraphBuilder::elementOf(matrices), 1);
  for (int64_t size = rows; size > 0; --size)
    matrices = eliminate(g, matrices, size, result);
  return n.set(g.cast(g.reshape(result, batch), n.element(0)));
}

void registerLinearAlgebra(Registry &registry) {
  registry.add("Det", convertDet);
  registry.add("Trilu", convertTrilu);
}

} // namespace ds::onnx
