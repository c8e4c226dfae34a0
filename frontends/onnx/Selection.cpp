//===- Selection.cpp - elements chosen by their values
//---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace ds::onnx {

/// Index tuples of the elements that are not zero, [rank, number of them].
static Value positionsOf(GraphBuilder &g, Value x) {
  Type integer = g.b.getI64Type();
  Value hits =
      g.cast(g.compare(nn::ComparePredicate::ne, x, g.makeLike(x, 0)), integer);
  Value total =
      g.reduce(nn::ReduceKind::sum, hits,
               llvm::to_vector(llvm::seq<int64_t>(0, GraphBuilder::rank(x))),
               /*keepDims=*/false);
  OpFoldResult count = g.readElements(total)[0];
  auto type = RankedTensorType::get(
      {GraphBuilder::rank(x), ShapedType::kDynamic}, integer);
  Value result = g.emit<nn::NonZeroOp>(type, x, g.asValue(count));
  g.setDims(result, {g.index(GraphBuilder::rank(x)), count});
  return result;
}

/// The same for a vector, as a vector.
static Value positionsInVector(GraphBuilder &g, Value x) {
  return g.squeeze(positionsOf(g, x), {0});
}

static LogicalResult convertNonZero(NodeContext &n) {
  return n.set(positionsOf(n.g, n.input(0)));
}

/// Slices along an axis, or elements of the flattened input, whose condition
/// holds.
static LogicalResult convertCompress(NodeContext &n) {
  if (failed(n.expectRank(1, 1)))
    return failure();
  Value x = n.input(0);
  int64_t axis = 0;
  if (n.has("axis")) {
    FailureOr<int64_t> checked = n.axis(n.attrInt("axis", 0), n.rank(0));
    if (failed(checked))
      return failure();
    axis = *checked;
  } else {
    x = n.g.reshape(x, {n.g.count(x)});
  }
  return n.set(
      n.g.emit<nn::GatherOp>(x, positionsInVector(n.g, n.input(1)), axis));
}

static LogicalResult convertTopK(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", -1), n.rank(0));
  if (failed(axis))
    return failure();
  OpFoldResult k = g.index(n.attrInt("k", 0));
  if (n.hasInput(1)) {
    FailureOr<OpFoldResult> given = n.scalarIndex(1, "K");
    if (failed(given))
      return failure();
    k = *given;
  }
  OpFoldResult extent = g.dim(n.input(0), *axis);
  auto count = g.constantIndex(k);
  if ((count && *count < 0) ||
      !g.require(g.compare(arith::CmpIPredicate::sle, k, extent),
                 "TopK: k is at most the extent of the axis"))
    return n.error("k is " + Twine(count.value_or(0)) +
                   ", expected 0 to the extent " +
                   Twine(g.constantIndex(extent).value_or(0)) + " of axis " +
                   Twine(*axis));
  SmallVector<Value> sorted =
      g.emitAll<nn::SortOp>(n.input(0), *axis, n.attrInt("largest", 1) != 0);
  for (auto [i, value] : llvm::enumerate(sorted))
    n.set(i, g.sliceAxis(value, *axis, g.index(0), k));
  return success();
}

//===----------------------------------------------------------------------===//
// Unique
//===----------------------------------------------------------------------===//

/// Stable order of the rows of a matrix, compared element by element from the
/// left: sorted by every column, the last one first.
static Value sortRows(GraphBuilder &g, Value matrix) {
  OpFoldResult rows = g.dim(matrix, 0), columns = g.dim(matrix, 1);
  if (g.isIndex(columns, 1))
    return g.emitAll<nn::SortOp>(g.squeeze(matrix, {1}), 0,
                                 /*descending=*/false)[1];
  Value start = g.iota({rows}, 0, g.b.getI64Type());
  auto loop =
      scf::ForOp::create(g.b, g.loc(), g.asValue(g.index(0)),
                         g.asValue(columns), g.asValue(g.index(1)), start);
  OpBuilder::InsertionGuard guard(g.b);
  g.b.setInsertionPointToStart(loop.getBody());
  Value order = loop.getRegionIterArg(0);
  g.setDims(order, {rows});
  OpFoldResult column =
      g.sub(g.sub(columns, g.index(1)), loop.getInductionVar());
  Value values =
      g.squeeze(g.slice(matrix, {g.index(0), column}, {rows, g.index(1)}), {1});
  Value places = g.emitAll<nn::SortOp>(g.emit<nn::GatherOp>(values, order, 0),
                                       0, /*descending=*/false)[1];
  scf::YieldOp::create(g.b, g.loc(), g.emit<nn::GatherOp>(order, places, 0));
  g.setDims(loop.getResult(0), {rows});
  return loop.getResult(0);
}

/// Whether each row of a sorted matrix differs from the one before it; NaN
/// equals NaN.
static Value startsGroup(GraphBuilder &g, Value sorted) {
  Sizes sizes = g.dims(sorted);
  Value position = g.iota({sizes[0]}, 0, g.b.getI64Type());
  Value before =
      g.withScalar<nn::MaxOp>(g.withScalar<nn::SubOp>(position, 1), 0);
  Value previous = g.emit<nn::GatherOp>(sorted, before, 0);
  Value differs = g.compare(nn::ComparePredicate::ne, sorted, previous);
  if (isa<FloatType>(GraphBuilder::elementOf(sorted))) {
    Value both = g.emit<nn::AndOp>(g.emit<nn::IsNanOp>(sorted),
                                   g.emit<nn::IsNanOp>(previous));
    differs = g.emit<nn::AndOp>(differs, g.emit<nn::NotOp>(both));
  }
  Value first =
      g.compare(nn::ComparePredicate::eq, position, g.makeLike(position, 0));
  return g.emit<nn::OrOp>(
      first, g.reduce(nn::ReduceKind::any, differs, {1}, /*keepDims=*/false));
}

/// Groups of equal elements, or of equal slices along `axis`: sorted, cut where
/// neighbours differ, and brought back to the order of first occurrence unless
/// `sorted`.
static LogicalResult convertUnique(NodeContext &n) {
  GraphBuilder &g = n.g;
  Type integer = g.b.getI64Type();
  Value x = n.input(0);
  SmallVector<int64_t> permutation, back;
  if (n.has("axis")) {
    FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
    if (failed(axis))
      return failure();
    permutation.push_back(*axis);
    for (int64_t i = 0; i < n.rank(0); ++i)
      if (i != *axis)
        permutation.push_back(i);
    x = g.transpose(x, permutation);
    back = invertPermutationVector(permutation);
  } else {
    x = g.reshape(x, {g.count(x)});
    back = {0};
  }
  Sizes sizes = g.dims(x);
  OpFoldResult rows = sizes[0];
  Value matrix = g.reshape(x, {rows, g.product(ArrayRef(sizes).drop_front())});

  Value order = sortRows(g, matrix);
  Value starts = startsGroup(g, g.emit<nn::GatherOp>(matrix, order, 0));
  Value positions = positionsInVector(g, starts);
  Sizes groups = g.dims(positions);
  // The order is stable, so a group starts with its first occurrence.
  Value indices = g.emit<nn::GatherOp>(order, positions, 0);
  Value running = g.emit<nn::ScanOp>(nn::ReduceKind::sum,
                                     g.cast(starts, integer), 0, false, false);
  Value group = g.withScalar<nn::SubOp>(running, 1);
  auto scatter = [&](Value into, Value at, Value values, nn::ScatterKind kind) {
    return g.emit<nn::ScatterElementsOp>(into.getType(), into, at, values, 0,
                                         kind);
  };
  Value inverse =
      scatter(g.makeLike(order, 0), order, group, nn::ScatterKind::set);
  Value counts = scatter(g.makeFilled(groups, integer, 0), group,
                         g.makeLike(group, 1), nn::ScatterKind::add);
  if (!n.attrInt("sorted", 1)) {
    SmallVector<Value> occurrence =
        g.emitAll<nn::SortOp>(indices, 0, /*descending=*/false);
    indices = occurrence[0];
    counts = g.emit<nn::GatherOp>(counts, occurrence[1], 0);
    Value place = scatter(g.makeFilled(groups, integer, 0), occurrence[1],
                          g.iota(groups, 0, integer), nn::ScatterKind::set);
    inverse = g.emit<nn::GatherOp>(place, inverse, 0);
  }
  n.set(0, g.transpose(g.emit<nn::GatherOp>(x, indices, 0), back));
  for (auto [i, value] :
       {std::pair(1, indices), std::pair(2, inverse), std::pair(3, counts)})
    if (n.hasOutput(i))
      n.set(i, value);
  return success();
}

void registerSelection(Registry &registry) {
  registry.add("Compress", convertCompress);
  registry.add("NonZero", convertNonZero);
  registry.add("TopK", convertTopK);
  registry.add("Unique", convertUnique);
}

} // namespace ds::onnx
