//===- Indexing.cpp - gathers and scatters
//---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

using namespace mlir;

namespace ds::onnx {

static constexpr int64_t anyRank = 1 << 20;

static LogicalResult convertGather(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
  if (failed(axis))
    return failure();
  Value x = n.input(0), indices = n.input(1);
  // One constant index is a slice, which fuses.
  auto extent = g.constantIndex(g.dim(x, *axis));
  if (g.typeOf(indices).hasStaticShape() &&
      g.typeOf(indices).getNumElements() == 1 && n.rank(1) <= 1)
    if (std::optional<Sizes> known = g.elements(indices))
      if (auto at = g.constantIndex(known->front()); at && extent) {
        int64_t position = *at < 0 ? *at + *extent : *at;
        if (position < 0 || position >= *extent)
          return n.error("index " + Twine(*at) +
                         " is out of range: the axis has " + Twine(*extent) +
                         " elements");
        Value row = g.sliceAxis(x, *axis, g.index(position), g.index(1));
        return n.set(n.rank(1) == 0 ? g.squeeze(row, *axis) : row);
      }
  return n.set(g.emit<nn::GatherOp>(x, indices, *axis));
}

static LogicalResult convertGatherElements(NodeContext &n) {
  if (failed(n.expectRank(0, 1, anyRank)) || failed(n.expectRank(1, n.rank(0))))
    return failure();
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
  if (failed(axis))
    return failure();
  return n.set(n.g.emit<nn::GatherElementsOp>(n.input(0), n.input(1), *axis));
}

/// The length of the tuples in the last dimension of an input.
static FailureOr<int64_t> tupleLength(NodeContext &n, unsigned input,
                                      int64_t limit) {
  if (failed(n.expectRank(input, 1, anyRank)))
    return failure();
  auto length = n.g.constantIndex(n.g.dim(n.input(input), n.rank(input) - 1));
  if (!length)
    return n.unsupported(
        "the last dimension of the indices must be known at compile time");
  if (*length > limit)
    return n.error("the indices address " + Twine(*length) +
                   " dimensions, the data has " + Twine(limit));
  return *length;
}

/// The input with its last dimension static, as it is known to be.
static Value withStaticTuples(GraphBuilder &g, Value indices, int64_t length) {
  SmallVector<int64_t> shape(g.typeOf(indices).getShape());
  shape.back() = length;
  return g.refine(indices, RankedTensorType::get(shape, g.elementOf(indices)));
}

static LogicalResult convertGatherND(NodeContext &n) {
  GraphBuilder &g = n.g;
  int64_t batch = n.attrInt("batch_dims", 0);
  if (failed(n.expectRank(0, 1, anyRank)))
    return failure();
  if (batch < 0 || batch >= n.rank(0) || batch >= n.rank(1))
    return n.error("\"batch_dims\" is " + Twine(batch) +
                   ", but the inputs have rank " + Twine(n.rank(0)) + " and " +
                   Twine(n.rank(1)));
  FailureOr<int64_t> length = tupleLength(n, 1, n.rank(0) - batch);
  if (failed(length))
    return failure();
  return n.set(g.emit<nn::GatherNDOp>(
      n.input(0), withStaticTuples(g, n.input(1), *length), batch));
}

static FailureOr<nn::ScatterKind> scatterKind(NodeContext &n) {
  std::string name = n.attrString("reduction", "none");
  if (name == "none")
    return nn::ScatterKind::set;
  std::optional<nn::ScatterKind> kind = nn::symbolizeScatterKind(name);
  if (!kind || *kind == nn::ScatterKind::set)
    return n.error("unknown reduction \"" + name + "\"");
  return *kind;
}

static LogicalResult convertScatterElements(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 1, anyRank)) ||
      failed(n.expectRank(1, n.rank(0))) || failed(n.expectRank(2, n.rank(0))))
    return failure();
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
  FailureOr<nn::ScatterKind> kind = scatterKind(n);
  if (failed(axis) || failed(kind))
    return failure();
  return n.set(g.emit<nn::ScatterElementsOp>(
      n.input(0), n.input(1), n.input(2), static_cast<uint64_t>(*axis), *kind));
}

static LogicalResult convertScatterND(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 1, anyRank)))
    return failure();
  FailureOr<int64_t> length = tupleLength(n, 1, n.rank(0));
  FailureOr<nn::ScatterKind> kind = scatterKind(n);
  if (failed(length) || failed(kind) ||
      failed(n.expectRank(2, n.rank(1) - 1 + n.rank(0) - *length)))
    return failure();
  return n.set(g.emit<nn::ScatterNDOp>(
      n.input(0), withStaticTuples(g, n.input(1), *length), n.input(2), *kind));
}

/// Writes rows into a cache from a position per batch element on.
static LogicalResult convertTensorScatter(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 2, anyRank)) || failed(n.expectRank(1, n.rank(0))))
    return failure();
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", -2), n.rank(0));
  if (failed(axis))
    return failure();
  std::string mode = n.attrString("mode", "linear");
  if (mode != "linear" && mode != "circular")
    return n.error("unknown mode \"" + mode + "\"");
  Type i64 = g.b.getI64Type();
  Sizes sizes = g.dims(n.input(1));
  Value position = g.iota(sizes, *axis, i64);
  if (n.hasInput(2)) {
    if (failed(n.expectRank(2, 1)))
      return failure();
    position = g.emit<nn::AddOp>(
        position, g.broadcastDims(g.cast(n.input(2), i64), sizes, 0));
  }
  if (mode == "circular")
    position = g.emit<nn::RemOp>(
        position, g.spread(g.dim(n.input(0), *axis), sizes, i64));
  return n.set(g.emit<nn::ScatterElementsOp>(n.input(0), position, n.input(1),
                                             static_cast<uint64_t>(*axis),
                                             nn::ScatterKind::set));
}

void registerIndexing(Registry &registry) {
  registry.add("Gather", convertGather);
  registry.add("GatherElements", convertGatherElements);
  registry.add("GatherND", convertGatherND);
  registry.add("Scatter", convertScatterElements);
  registry.add("ScatterElements", convertScatterElements);
  registry.add("ScatterND", convertScatterND);
  registry.add("TensorScatter", convertTensorScatter);
}

} // namespace ds::onnx
