//===- Sequences.cpp - sequences and optionals, followed at import ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sequence is a list of values while importing; positions and lengths must be known then. An optional with a value is
// that value.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/GraphImporter.h"

using namespace mlir;

namespace ds::onnx {

/// A position in a sequence, counted from the end when negative; `extra` more are allowed behind the last.
static FailureOr<int64_t> positionIn(NodeContext &n, unsigned input, size_t length, int64_t extra) {
  FailureOr<SmallVector<int64_t>> list = n.constantInts(input, "position");
  if (failed(list))
    return failure();
  auto size = static_cast<int64_t>(length);
  if (list->size() != 1 || list->front() < -size || list->front() >= size + extra)
    return n.error("the position is out of range: the sequence has " + Twine(size) + " elements");
  return list->front() < 0 ? list->front() + size : list->front();
}

static LogicalResult convertSequenceConstruct(NodeContext &n) {
  std::vector<Entity> items;
  for (unsigned i = 0; i < n.numInputs(); ++i)
    items.push_back(n.entity(i));
  Type element = n.element(0);
  n.set(0, Entity::sequence(std::move(items), element));
  return success();
}

static LogicalResult convertSequenceEmpty(NodeContext &n) {
  FailureOr<Type> element = n.attrType("dtype", n.g.b.getF32Type());
  if (failed(element))
    return failure();
  n.set(0, Entity::sequence({}, *element));
  return success();
}

static LogicalResult convertSequenceLength(NodeContext &n) {
  return n.set(n.g.makeScalarInt(n.g.b.getI64Type(), static_cast<int64_t>(n.entity(0).items.size())));
}

static LogicalResult convertSequenceAt(NodeContext &n) {
  FailureOr<int64_t> at = positionIn(n, 1, n.entity(0).items.size(), 0);
  if (failed(at))
    return failure();
  n.set(0, n.entity(0).items[*at]);
  return success();
}

static LogicalResult convertSequenceInsert(NodeContext &n) {
  Entity sequence = n.entity(0);
  auto at = static_cast<int64_t>(sequence.items.size());
  if (n.hasInput(2)) {
    FailureOr<int64_t> given = positionIn(n, 2, sequence.items.size(), 1);
    if (failed(given))
      return failure();
    at = *given;
  }
  if (n.element(1) != sequence.element)
    return n.error("the tensor has another element type than the sequence");
  sequence.items.insert(sequence.items.begin() + at, n.entity(1));
  n.set(0, sequence);
  return success();
}

static LogicalResult convertSequenceErase(NodeContext &n) {
  Entity sequence = n.entity(0);
  if (sequence.items.empty())
    return n.error("the sequence is empty");
  auto at = static_cast<int64_t>(sequence.items.size()) - 1;
  if (n.hasInput(1)) {
    FailureOr<int64_t> given = positionIn(n, 1, sequence.items.size(), 0);
    if (failed(given))
      return failure();
    at = *given;
  }
  sequence.items.erase(sequence.items.begin() + at);
  n.set(0, sequence);
  return success();
}

static LogicalResult convertSplitToSequence(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
  if (failed(axis))
    return failure();
  auto extent = g.constantIndex(g.dim(x, *axis));
  bool keep = n.hasInput(1) || n.attrInt("keepdims", 1) != 0;
  SmallVector<int64_t> sizes;
  if (n.hasInput(1) && n.rank(1) == 1) {
    FailureOr<SmallVector<int64_t>> list = n.constantInts(1, "split");
    if (failed(list))
      return failure();
    sizes = *list;
  } else {
    FailureOr<SmallVector<int64_t>> part = SmallVector<int64_t>{1};
    if (n.hasInput(1))
      part = n.constantInts(1, "split");
    if (failed(part))
      return failure();
    if (!extent || *extent > 4096)
      return n.unsupported("the length of the sequence must be known at compile time, and at most 4096; fix the size of "
                           "axis " + Twine(*axis) + " with --shape or --dim");
    if (part->size() != 1 || part->front() < 1)
      return n.error("\"split\" must be positive");
    for (int64_t rest = *extent; rest > 0; rest -= part->front())
      sizes.push_back(std::min(rest, part->front()));
  }
  std::vector<Entity> items;
  int64_t offset = 0;
  for (int64_t size : sizes) {
    if (size < 0 || (extent && size > *extent - offset))
      return n.error("a part of size " + Twine(size) + " does not fit the axis");
    Value part = g.sliceAxis(x, *axis, g.index(offset), g.index(size));
    items.push_back(keep ? part : g.squeeze(part, *axis));
    offset += size;
  }
  if (!g.require(g.compare(arith::CmpIPredicate::eq, g.dim(x, *axis), g.index(offset)),
                 "the sizes of a split do not add up to the extent of its axis"))
    return n.error("the sizes add up to " + Twine(offset) + ", the axis has " + Twine(*extent));
  n.set(0, Entity::sequence(std::move(items), n.element(0)));
  return success();
}

static LogicalResult convertConcatFromSequence(NodeContext &n) {
  GraphBuilder &g = n.g;
  const Entity &sequence = n.entity(0);
  if (sequence.items.empty())
    return n.error("the sequence is empty");
  bool isNew = n.attrInt("new_axis", 0) != 0;
  RankedTensorType first = g.typeOf(sequence.items[0].value);
  int64_t rank = first.getRank() + (isNew ? 1 : 0);
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), rank);
  if (failed(axis))
    return failure();
  SmallVector<Value> values;
  for (const Entity &item : sequence.items) {
    RankedTensorType type = g.typeOf(item.value);
    bool fits = type.getRank() == first.getRank();
    for (int64_t d = 0; fits && d < type.getRank(); ++d)
      fits = (!isNew && d == *axis) || type.isDynamicDim(d) || first.isDynamicDim(d) ||
             type.getDimSize(d) == first.getDimSize(d);
    if (!fits) {
      InFlightDiagnostic diagnostic = n.error("the elements cannot be joined: they have types ") << first << " and " << type;
      return diagnostic;
    }
    values.push_back(isNew ? g.unsqueeze(item.value, *axis) : item.value);
  }
  return n.set(g.concat(values, *axis));
}

//===----------------------------------------------------------------------===//
// Optionals
//===----------------------------------------------------------------------===//

static LogicalResult convertOptional(NodeContext &n) {
  if (n.hasInput(0)) {
    n.set(0, n.entity(0));
    return success();
  }
  Entity none;
  if (const auto *type = n.attribute("type"))
    none.type = type->tp();
  n.set(0, none);
  return success();
}

static LogicalResult convertOptionalHasElement(NodeContext &n) {
  return n.set(n.g.makeScalarInt(n.g.b.getI1Type(), n.hasInput(0)));
}

static LogicalResult convertOptionalGetElement(NodeContext &n) {
  if (!n.hasInput(0))
    return n.error("the optional has no value");
  n.set(0, n.entity(0));
  return success();
}

//===----------------------------------------------------------------------===//
// SequenceMap
//===----------------------------------------------------------------------===//

/// The body applied to each element of the first sequence, with those of others at the same position.
static LogicalResult convertSequenceMap(NodeContext &n) {
  const ds_onnx::GraphProto &graph = n.attribute("body")->g();
  size_t length = n.entity(0).items.size();
  std::vector<std::vector<Entity>> results(graph.output_size());
  for (unsigned i = 1; i < n.numInputs(); ++i)
    if (n.entity(i).kind == Entity::Kind::Sequence && n.entity(i).items.size() != length)
      return n.error("sequences of " + Twine(length) + " and " + Twine(n.entity(i).items.size()) + " elements");
  if (length == 0)
    return n.unsupported("a map over an empty sequence is not supported");
  for (size_t at = 0; at < length; ++at) {
    SmallVector<Entity> inputs;
    for (unsigned i = 0; i < n.numInputs(); ++i)
      inputs.push_back(n.entity(i).kind == Entity::Kind::Sequence ? n.entity(i).items[at] : n.entity(i));
    FailureOr<std::vector<Entity>> outputs = n.importer.importGraph(graph, inputs);
    if (failed(outputs))
      return failure();
    for (auto [list, output] : llvm::zip(results, *outputs)) {
      if (output.kind != Entity::Kind::Tensor)
        return n.unsupported("a map whose body makes no tensors is not supported");
      list.push_back(output);
    }
  }
  for (unsigned i = 0; i < n.numOutputs() && i < results.size(); ++i) {
    Type element = GraphBuilder::elementOf(results[i].front().value);
    n.set(i, Entity::sequence(std::move(results[i]), element));
  }
  return success();
}

void registerSequences(Registry &registry) {
  registry.add("ConcatFromSequence", convertConcatFromSequence);
  registry.add("Optional", convertOptional);
  registry.add("OptionalGetElement", convertOptionalGetElement);
  registry.add("OptionalHasElement", convertOptionalHasElement);
  registry.add("SequenceAt", convertSequenceAt);
  registry.add("SequenceConstruct", convertSequenceConstruct);
  registry.add("SequenceEmpty", convertSequenceEmpty);
  registry.add("SequenceErase", convertSequenceErase);
  registry.add("SequenceInsert", convertSequenceInsert);
  registry.add("SequenceLength", convertSequenceLength);
  registry.add("SequenceMap", convertSequenceMap);
  registry.add("SplitToSequence", convertSplitToSequence);
}

} // namespace ds::onnx
