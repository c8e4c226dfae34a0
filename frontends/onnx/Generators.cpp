//===- Generators.cpp - tensors made from sizes and numbers
//----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphImporter.h"

using namespace mlir;

namespace ds::onnx {

static LogicalResult convertConstantOfShape(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Sizes> sizes = n.indices(0, "input");
  if (failed(sizes))
    return failure();
  for (OpFoldResult size : *sizes)
    if (!g.require(g.compare(arith::CmpIPredicate::sge, size, g.index(0)),
                   "ConstantOfShape: an extent is not negative"))
      return n.error("the shape has the negative extent " +
                     Twine(*g.constantIndex(size)));
  const ds_onnx::AttributeProto *attribute = n.attribute("value");
  if (!attribute)
    return n.set(g.makeFilled(*sizes, g.b.getF32Type(), 0));
  FailureOr<Value> value = n.importer.importTensor(attribute->t(), g.loc());
  if (failed(value))
    return failure();
  RankedTensorType type = GraphBuilder::typeOf(*value);
  if (type.getNumElements() != 1)
    return n.error("attribute \"value\" must have one element, found " +
                   Twine(type.getNumElements()));
  return n.set(g.broadcastTo(g.reshape(*value, {}), *sizes));
}

//===----------------------------------------------------------------------===//
// Range
//===----------------------------------------------------------------------===//

/// max(0, ceil((limit - start) / delta)) in index arithmetic.
static OpFoldResult countSteps(GraphBuilder &g, OpFoldResult start,
                               OpFoldResult limit, OpFoldResult delta) {
  OpFoldResult one = g.index(1);
  OpFoldResult towards =
      g.select(g.compare(arith::CmpIPredicate::sgt, delta, g.index(0)), one,
               g.index(-1));
  OpFoldResult span = g.add(g.sub(limit, start), g.sub(delta, towards));
  return g.max(g.div(span, delta), g.index(0));
}

static LogicalResult convertRange(NodeContext &n) {
  GraphBuilder &g = n.g;
  Type element = n.element(0), integer = g.b.getI64Type();
  SmallVector<Value, 3> given;
  for (auto [i, name] :
       llvm::enumerate(ArrayRef<StringRef>{"start", "limit", "delta"})) {
    FailureOr<Value> value = n.scalar(i, name);
    if (failed(value))
      return failure();
    given.push_back(*value);
  }
  if (std::optional<HostTensor> delta = g.constant(given[2]);
      delta && delta->getDouble(0) == 0)
    return n.error("\"delta\" must not be 0");

  OpFoldResult count;
  Type compute = element;
  if (isa<FloatType>(element)) {
    // Narrow floats cannot even count far; the standard computes them in f32.
    if (n.attrInt("stash_type", 1))
      compute = GraphBuilder::elementOf(g.widen(given[0]));
    for (Value &value : given)
      value = g.cast(value, compute);
    auto wide = [&](Value v) { return g.cast(v, g.b.getF64Type()); };
    Value span = g.emit<nn::SubOp>(wide(given[1]), wide(given[0]));
    Value steps = g.emit<nn::CeilOp>(g.emit<nn::DivOp>(span, wide(given[2])));
    count =
        g.readElements(g.cast(g.withScalar<nn::MaxOp>(steps, 0), integer))[0];
  } else {
    SmallVector<OpFoldResult, 3> numbers;
    for (Value value : given)
      numbers.push_back(g.readElements(g.cast(value, integer))[0]);
    count = countSteps(g, numbers[0], numbers[1], numbers[2]);
  }
  Sizes sizes{count};
  Value offset = g.emit<nn::MulOp>(g.iota(sizes, 0, compute),
                                   g.broadcastTo(given[2], sizes));
  return n.set(g.cast(g.emit<nn::AddOp>(g.broadcastTo(given[0], sizes), offset),
                      element));
}

//===----------------------------------------------------------------------===//
// One-hot forms
//===----------------------------------------------------------------------===//

static LogicalResult convertEyeLike(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 2)))
    return failure();
  FailureOr<Type> element = n.attrType("dtype", n.element(0));
  if (failed(element))
    return failure();
  Sizes sizes = g.dims(n.input(0));
  Type integer = g.b.getI64Type();
  Value diagonal =
      g.emit<nn::SubOp>(g.iota(sizes, 1, integer), g.iota(sizes, 0, integer));
  Value shift =
      g.broadcastTo(g.makeScalarInt(integer, n.attrInt("k", 0)), sizes);
  return n.set(
      g.cast(g.compare(nn::ComparePredicate::eq, diagonal, shift), *element));
}

/// `values` holds what stands elsewhere and what stands at the index. Indices
/// count from the end when negative; one outside the depth marks nothing.
static LogicalResult convertOneHot(NodeContext &n) {
  GraphBuilder &g = n.g;
  Type integer = g.b.getI64Type();
  FailureOr<Value> given = n.scalar(1, "depth");
  if (failed(given) || failed(n.expectRank(2, 1)))
    return failure();
  OpFoldResult depth = g.readElements(g.cast(*given, integer))[0];
  if (n.type(2).getDimSize(0) != 2 && !n.type(2).isDynamicDim(0))
    return n.error("input \"values\" must have 2 elements, found " +
                   Twine(n.type(2).getDimSize(0)));
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", -1), n.rank(0) + 1);
  if (failed(axis))
    return failure();

  Value indices = g.cast(n.input(0), integer);
  Value size =
      g.broadcastTo(g.fromElements({depth}, integer, {}), g.dims(indices));
  Value negative =
      g.compare(nn::ComparePredicate::lt, indices, g.makeLike(indices, 0));
  indices =
      g.emit<nn::SelectOp>(negative, g.emit<nn::AddOp>(indices, size), indices);
  Sizes sizes = g.dims(indices);
  sizes.insert(sizes.begin() + *axis, depth);
  Value hit = g.compare(nn::ComparePredicate::eq, g.iota(sizes, *axis, integer),
                        g.broadcastTo(g.unsqueeze(indices, {*axis}), sizes));
  auto value = [&](int64_t i) {
    return g.broadcastTo(
        g.reshape(g.sliceAxis(n.input(2), 0, g.index(i), g.index(1)), {}),
        sizes);
  };
  return n.set(g.emit<nn::SelectOp>(hit, value(1), value(0)));
}

void registerGenerators(Registry &registry) {
  registry.add("ConstantOfShape", convertConstantOfShape);
  registry.add("EyeLike", convertEyeLike);
  registry.add("OneHot", convertOneHot);
  registry.add("Range", convertRange);
}

} // namespace ds::onnx
