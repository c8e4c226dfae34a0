//===- Shapes.cpp - constants, shapes and changes of shape
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphImporter.h"
#include "frontends/onnx/NodeContext.h"

using namespace mlir;

namespace ds::onnx {

static LogicalResult convertConstant(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (const auto *value = n.attribute("value")) {
    // Named after what the node makes; marked, since training changes
    // initializers but no constants.
    ds_onnx::TensorProto named = value->t();
    named.set_name("constant:" + n.node.output(0));
    FailureOr<Value> result = n.importer.importTensor(named, g.loc());
    return failed(result) ? failure() : n.set(*result);
  }
  if (const auto *value = n.attribute("sparse_value")) {
    FailureOr<Value> result =
        n.importer.importSparseTensor(value->sparse_tensor(), g.loc());
    return failed(result) ? failure() : n.set(*result);
  }
  if (const auto *value = n.attribute("value_int"))
    return n.set(g.makeScalarInt(g.b.getI64Type(), value->i()));
  if (const auto *value = n.attribute("value_float"))
    return n.set(g.makeScalar(g.b.getF32Type(), value->f()));
  if (n.has("value_ints"))
    return n.set(g.makeInts(n.attrInts("value_ints")));
  if (n.has("value_floats")) {
    SmallVector<double> values = n.attrFloats("value_floats");
    return n.set(g.makeFloats(values, g.b.getF32Type(),
                              static_cast<int64_t>(values.size())));
  }
  if (n.has("value_string") || n.has("value_strings"))
    return n.unsupported("string tensors are not supported");
  return n.error("expected one of the attributes \"value\", \"value_int\", "
                 "\"value_float\" and their lists, found none");
}

static LogicalResult convertIdentity(NodeContext &n) {
  n.set(0, n.entity(0));
  return success();
}

static LogicalResult convertShape(NodeContext &n) {
  Sizes sizes = n.g.dims(n.input(0));
  int64_t rank = n.rank(0);
  auto bound = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = bound(n.attrInt("start", 0)),
          end = bound(n.attrInt("end", rank));
  int64_t length = std::max<int64_t>(end - start, 0);
  return n.set(
      n.g.fromElements(ArrayRef<OpFoldResult>(sizes).slice(start, length),
                       n.g.b.getI64Type(), length));
}

static LogicalResult convertSize(NodeContext &n) {
  return n.set(n.g.fromElements(n.g.count(n.input(0)), n.g.b.getI64Type(), {}));
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

static LogicalResult convertReshape(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  Sizes wanted;
  if (n.opset() < 5) {
    for (int64_t extent : n.attrInts("shape"))
      wanted.push_back(g.index(extent));
  } else {
    FailureOr<Sizes> elements = n.indices(1, "shape");
    if (failed(elements))
      return failure();
    wanted = *elements;
  }
  bool copyZeros = n.attrInt("allowzero", 0) == 0;
  Sizes from = g.dims(x), sizes;
  std::optional<size_t> inferred;
  SmallVector<size_t> unsure; // entries that only a run shows to be -1
  for (auto [i, entry] : llvm::enumerate(wanted)) {
    std::optional<int64_t> known = g.constantIndex(entry);
    if (known && *known < -1)
      return n.error("entry " + Twine(i) + " of the shape is " + Twine(*known) +
                     ": expected a size, 0 or -1");
    if (known == -1) {
      if (inferred)
        return n.error("the shape has more than one -1");
      inferred = i;
    } else if (known == 0 && copyZeros) {
      if (i >= from.size())
        return n.error(
            "entry " + Twine(i) +
            " of the shape copies a dimension, but the input has rank " +
            Twine(from.size()));
      entry = from[i];
    } else if (!known && !g.isSize(entry)) {
      unsure.push_back(i);
      if (copyZeros && i < from.size())
        entry = g.select(g.compare(arith::CmpIPredicate::eq, entry, g.index(0)),
                         from[i], entry);
    }
    sizes.push_back(entry);
  }
  if (inferred) {
    Sizes others = sizes;
    others.erase(others.begin() + *inferred);
    bool hasZero = llvm::any_of(
        others, [&](OpFoldResult size) { return g.isIndex(size, 0); });
    sizes[*inferred] = hasZero ? g.index(0) : g.quotient(from, others);
  } else {
    // The product of the others is the product of all, negated when one of them
    // is -1.
    for (size_t i : unsure) {
      Sizes others = sizes;
      others.erase(others.begin() + i);
      OpFoldResult rest = g.quotient(from, others);
      if (unsure.size() > 1) {
        OpFoldResult product = g.product(others);
        rest =
            g.select(g.compare(arith::CmpIPredicate::slt, product, g.index(0)),
                     g.sub(g.index(0), rest), rest);
      }
      sizes[i] =
          g.select(g.compare(arith::CmpIPredicate::eq, sizes[i], g.index(-1)),
                   rest, sizes[i]);
    }
  }
  RankedTensorType type = g.typeFor(sizes, n.element(0));
  if (type.hasStaticShape() && n.type(0).hasStaticShape() &&
      type.getNumElements() != n.type(0).getNumElements()) {
    InFlightDiagnostic diagnostic =
        n.error("cannot reshape " + Twine(n.type(0).getNumElements()) +
                " elements to ")
        << type;
    return diagnostic;
  }
  return n.set(g.reshape(x, sizes));
}

static LogicalResult convertFlatten(NodeContext &n) {
  GraphBuilder &g = n.g;
  int64_t rank = n.rank(0), axis = n.attrInt("axis", 1);
  if (axis < -rank || axis > rank)
    return n.error("axis " + Twine(axis) + " is out of range for rank " +
                   Twine(rank));
  axis = axis < 0 ? axis + rank : axis;
  Sizes sizes = g.dims(n.input(0));
  ArrayRef<OpFoldResult> all = sizes;
  return n.set(g.reshape(n.input(0), {g.product(all.take_front(axis)),
                                      g.product(all.drop_front(axis))}));
}

/// The dimensions that a Squeeze without axes drops: those of extent 1. Of a
/// dynamic one it is not known; files mean it to stay, unless that leads to
/// something else than they declare.
static FailureOr<SmallVector<int64_t>> droppedAxes(NodeContext &n) {
  GraphBuilder &g = n.g;
  SmallVector<int64_t> axes;
  Sizes sizes = g.dims(n.input(0));
  for (auto [i, size] : llvm::enumerate(sizes)) {
    if (g.isIndex(size, 1))
      axes.push_back(i);
    if (g.constantIndex(size))
      continue;
    bool drops = n.importer.decide(2) == 1;
    auto predicate =
        drops ? arith::CmpIPredicate::eq : arith::CmpIPredicate::ne;
    if (!g.require(g.compare(predicate, size, g.index(1)),
                   "a Squeeze without axes meets a size for which the model is "
                   "not compiled; compile it for fixed sizes "
                   "(--shape, --dim)"))
      return failure();
    if (drops)
      axes.push_back(i);
  }
  return axes;
}

/// Sizes without those of the axes, which may be known at run time only.
static Sizes squeezedSizes(GraphBuilder &g, ArrayRef<OpFoldResult> sizes,
                           ArrayRef<OpFoldResult> axes) {
  Sizes result(sizes.size() - axes.size(), g.index(1)),
      ones(axes.size(), g.index(1));
  OpFoldResult kept = g.index(0);
  for (auto [d, size] : llvm::enumerate(sizes)) {
    OpFoldResult listed =
        g.compare(arith::CmpIPredicate::eq, g.find(axes, ones, d, g.index(0)),
                  g.index(1));
    for (auto [j, out] : llvm::enumerate(result)) {
      OpFoldResult here = g.compare(arith::CmpIPredicate::eq, kept, g.index(j));
      out = g.select(listed, out, g.select(here, size, out));
    }
    kept = g.add(kept, g.select(listed, g.index(0), g.index(1)));
  }
  return result;
}

static LogicalResult convertSqueeze(NodeContext &n) {
  GraphBuilder &g = n.g;
  int64_t rank = n.rank(0);
  if (!n.has("axes") && !n.hasInput(1)) {
    FailureOr<SmallVector<int64_t>> axes = droppedAxes(n);
    return failed(axes) ? failure() : n.set(g.squeeze(n.input(0), *axes));
  }
  Sizes axes;
  if (n.hasInput(1)) {
    FailureOr<Sizes> list = n.axisIndices(1, rank);
    if (failed(list))
      return failure();
    axes = *list;
  } else {
    FailureOr<SmallVector<int64_t>> list = n.axes(n.attrInts("axes"), rank);
    if (failed(list))
      return failure();
    for (int64_t axis : *list)
      axes.push_back(g.index(axis));
  }
  if (static_cast<int64_t>(axes.size()) > rank)
    return n.error("there are more axes than dimensions");
  Sizes sizes = g.dims(n.input(0));
  for (OpFoldResult axis : axes)
    if (auto known = g.constantIndex(axis))
      if (auto extent = g.constantIndex(sizes[*known]); extent && *extent != 1)
        return n.error("cannot squeeze dimension " + Twine(*known) +
                       ": its extent is " + Twine(*extent) + ", not 1");
  return n.set(g.reshape(n.input(0), squeezedSizes(g, sizes, axes)));
}

static LogicalResult convertUnsqueeze(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (n.opset() < 13) {
    SmallVector<int64_t> list = n.attrInts("axes");
    FailureOr<SmallVector<int64_t>> axes =
        n.axes(list, n.rank(0) + list.size());
    return failed(axes) ? failure() : n.set(g.unsqueeze(n.input(0), *axes));
  }
  FailureOr<Sizes> count = n.indices(1, "axes");
  if (failed(count))
    return failure();
  int64_t rank = n.rank(0) + count->size();
  FailureOr<Sizes> axes = n.axisIndices(1, rank);
  if (failed(axes))
    return failure();
  Sizes from = g.dims(n.input(0)), sizes, ones(axes->size(), g.index(1));
  OpFoldResult used = g.index(0);
  for (int64_t d = 0; d < rank; ++d) {
    OpFoldResult listed =
        g.compare(arith::CmpIPredicate::eq, g.find(*axes, ones, d, g.index(0)),
                  g.index(1));
    OpFoldResult next = g.index(1);
    for (auto [j, size] : llvm::enumerate(from))
      next = g.select(g.compare(arith::CmpIPredicate::eq, used, g.index(j)),
                      size, next);
    sizes.push_back(g.select(listed, g.index(1), next));
    used = g.add(used, g.select(listed, g.index(0), g.index(1)));
  }
  return n.set(g.reshape(n.input(0), sizes));
}

//===----------------------------------------------------------------------===//
// Repetition
//===----------------------------------------------------------------------===//

static LogicalResult convertExpand(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Sizes> wanted = n.indices(1, "shape");
  if (failed(wanted))
    return failure();
  Sizes from = g.dims(n.input(0)), sizes = *wanted;
  while (sizes.size() < from.size())
    sizes.insert(sizes.begin(), g.index(1));
  size_t first = sizes.size() - from.size();
  for (auto [i, size] : llvm::enumerate(sizes)) {
    if (std::optional<int64_t> known = g.constantIndex(size);
        known && *known < 0)
      return n.error("entry " + Twine(i) + " of the shape is " + Twine(*known));
    if (i < first)
      continue;
    OpFoldResult own = from[i - first];
    auto x = g.constantIndex(own), y = g.constantIndex(size);
    if (x && y && x != y && x != 1 && y != 1)
      return n.error("cannot expand extent " + Twine(*x) + " to " + Twine(*y));
    if (x == 1 || own == size)
      continue;
    size = x || y == 1 ? own
           : y ? size
               : g.select(g.compare(arith::CmpIPredicate::eq, own, g.index(1)),
                          size, own);
  }
  return n.set(g.broadcastTo(n.input(0), sizes));
}

static LogicalResult convertTile(NodeContext &n) {
  GraphBuilder &g = n.g;
  Sizes repeats;
  if (n.opset() < 6) {
    // One axis, one count.
    FailureOr<OpFoldResult> tiles = n.scalarIndex(1, "tiles");
    FailureOr<SmallVector<int64_t>> given = n.constantInts(2, "axis");
    if (failed(tiles) || failed(given))
      return failure();
    FailureOr<int64_t> axis =
        n.axis(given->empty() ? 0 : given->front(), n.rank(0));
    if (failed(axis))
      return failure();
    repeats.assign(n.rank(0), g.index(1));
    repeats[*axis] = *tiles;
  } else {
    FailureOr<Sizes> elements = n.indices(1, "repeats");
    if (failed(elements))
      return failure();
    repeats = *elements;
  }
  Sizes from = g.dims(n.input(0)), split, spread, result;
  if (repeats.size() != from.size())
    return n.error("expected " + Twine(from.size()) +
                   " repeats, one per dimension, found " +
                   Twine(repeats.size()));
  SmallVector<int64_t> dims;
  for (auto [size, times] : llvm::zip(from, repeats)) {
    if (std::optional<int64_t> known = g.constantIndex(times);
        known && *known < 0)
      return n.error("a repeat is negative: " + Twine(*known));
    result.push_back(g.mul(size, times));
    if (!g.isIndex(times, 1))
      spread.push_back(times);
    dims.push_back(spread.size());
    spread.push_back(size);
  }
  return n.set(g.reshape(g.broadcastDims(n.input(0), spread, dims), result));
}

void registerShapes(Registry &registry) {
  registry.add("Constant", convertConstant);
  registry.add("Expand", convertExpand);
  registry.add("Flatten", convertFlatten);
  registry.add("Identity", convertIdentity);
  registry.add("Reshape", convertReshape);
  registry.add("Shape", convertShape);
  registry.add("Size", convertSize);
  registry.add("Squeeze", convertSqueeze);
  registry.add("Tile", convertTile);
  registry.add("Unsqueeze", convertUnsqueeze);
}

} // namespace ds::onnx
