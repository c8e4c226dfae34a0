//===- Sequences.cpp - sequences and optionals, followed at import
//---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sequence is a list of values while importing; positions and lengths must be
// known then. An optional with a value is that value.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/GraphImporter.h"
#include "frontends/onnx/Loops.h"

using namespace mlir;

namespace ds::onnx {

/// A position in a sequence, counted from the end when negative; `extra` more
/// are allowed behind the last.
static FailureOr<OpFoldResult> positionIn(NodeContext &n, unsigned input,
                                          size_t length, int64_t extra) {
  GraphBuilder &g = n.g;
  FailureOr<OpFoldResult> position = n.scalarIndex(input, "position");
  if (failed(position))
    return failure();
  auto size = static_cast<int64_t>(length);
  OpFoldResult isNegative =
      g.compare(arith::CmpIPredicate::slt, *position, g.index(0));
  OpFoldResult at =
      g.select(isNegative, g.add(*position, g.index(size)), *position);
  if (!g.require(
          g.compare(arith::CmpIPredicate::ult, at, g.index(size + extra)),
          "a position is outside of its sequence"))
    return n.error("the position is out of range: the sequence has " +
                   Twine(size) + " elements");
  return at;
}

/// The item at a position, which may be known at run time only: a tree of
/// branches. `first` is the position of items[0].
static FailureOr<Entity> pick(NodeContext &n, OpFoldResult position,
                              ArrayRef<Entity> items, int64_t first = 0) {
  GraphBuilder &g = n.g;
  if (std::optional<int64_t> known = g.constantIndex(position))
    return items[std::clamp<int64_t>(*known - first, 0, items.size() - 1)];
  if (items.size() == 1)
    return items[0];
  size_t half = items.size() / 2;
  auto side = [&](ArrayRef<Entity> part,
                  int64_t from) -> FailureOr<SmallVector<Value>> {
    FailureOr<Entity> picked = pick(n, position, part, from);
    if (failed(picked))
      return failure();
    return SmallVector<Value>{picked->value};
  };
  auto middle = static_cast<int64_t>(half) + first;
  Value before = g.asValue(
      g.compare(arith::CmpIPredicate::slt, position, g.index(middle)));
  FailureOr<SmallVector<Value>> value = buildIf(
      n, before, [&] { return side(items.take_front(half), first); },
      [&] { return side(items.drop_front(half), middle); });
  if (failed(value))
    return failure();
  return Entity((*value)[0]);
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
  return n.set(n.g.makeScalarInt(
      n.g.b.getI64Type(), static_cast<int64_t>(n.entity(0).items.size())));
}

static LogicalResult convertSequenceAt(NodeContext &n) {
  FailureOr<OpFoldResult> at = positionIn(n, 1, n.entity(0).items.size(), 0);
  if (failed(at))
    return failure();
  FailureOr<Entity> item = pick(n, *at, n.entity(0).items);
  if (failed(item))
    return failure();
  n.set(0, *item);
  return success();
}

static LogicalResult convertSequenceInsert(NodeContext &n) {
  GraphBuilder &g = n.g;
  const Entity &sequence = n.entity(0);
  auto length = static_cast<int64_t>(sequence.items.size());
  FailureOr<OpFoldResult> at = OpFoldResult(g.index(length));
  if (n.hasInput(2))
    at = positionIn(n, 2, sequence.items.size(), 1);
  if (failed(at))
    return failure();
  if (n.element(1) != sequence.element)
    return n.error("the tensor has another element type than the sequence");
  // Item i is the old one before the position, the new one there, the old one
  // shifted behind.
  std::vector<Entity> items;
  for (int64_t i = 0; i <= length; ++i) {
    OpFoldResult which =
        g.min(g.max(g.add(g.sub(g.index(i), *at), g.index(1)), g.index(0)),
              g.index(2));
    SmallVector<Entity> candidates{i < length ? sequence.items[i] : n.entity(1),
                                   n.entity(1),
                                   i > 0 ? sequence.items[i - 1] : n.entity(1)};
    FailureOr<Entity> item = pick(n, which, candidates);
    if (failed(item))
      return failure();
    items.push_back(*item);
  }
  n.set(0, Entity::sequence(std::move(items), sequence.element));
  return success();
}

static LogicalResult convertSequenceErase(NodeContext &n) {
  GraphBuilder &g = n.g;
  const Entity &sequence = n.entity(0);
  if (sequence.items.empty())
    return n.error("the sequence is empty");
  auto length = static_cast<int64_t>(sequence.items.size());
  FailureOr<OpFoldResult> at = OpFoldResult(g.index(length - 1));
  if (n.hasInput(1))
    at = positionIn(n, 1, sequence.items.size(), 0);
  if (failed(at))
    return failure();
  std::vector<Entity> items;
  for (int64_t i = 0; i + 1 < length; ++i) {
    // Item i before the position, the next one from there on.
    OpFoldResult which =
        g.min(g.max(g.add(g.sub(g.index(i), *at), g.index(1)), g.index(0)),
              g.index(1));
    FailureOr<Entity> item =
        pick(n, which, {sequence.items[i], sequence.items[i + 1]});
    if (failed(item))
      return failure();
    items.push_back(*item);
  }
  n.set(0, Entity::sequence(std::move(items), sequence.element));
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
  Sizes sizes;
  if (n.hasInput(1) && n.rank(1) == 1) {
    FailureOr<Sizes> list = n.indices(1, "split");
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
      return n.unsupported("the length of the sequence must be known at "
                           "compile time, and at most 4096; fix the size of "
                           "axis " +
                           Twine(*axis) + " with --shape or --dim");
    if (part->size() != 1 || part->front() < 1)
      return n.error("\"split\" must be positive");
    for (int64_t rest = *extent; rest > 0; rest -= part->front())
      sizes.push_back(g.index(std::min(rest, part->front())));
  }
  std::vector<Entity> items;
  OpFoldResult offset = g.index(0);
  for (OpFoldResult size : sizes) {
    auto known = g.constantIndex(size), at = g.constantIndex(offset);
    if (known && (*known < 0 || (extent && at && *known > *extent - *at)))
      return n.error("a part of size " + Twine(*known) +
                     " does not fit the axis");
    Value part = g.sliceAxis(x, *axis, offset, size);
    items.push_back(keep ? part : g.squeeze(part, *axis));
    offset = g.add(offset, size);
  }
  if (!g.require(
          g.compare(arith::CmpIPredicate::eq, g.dim(x, *axis), offset),
          "the sizes of a split do not add up to the extent of its axis"))
    return n.error("the sizes do not add up to the axis: " +
                   Twine(*g.constantIndex(offset)) + " and " + Twine(*extent));
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
      fits = (!isNew && d == *axis) || type.isDynamicDim(d) ||
             first.isDynamicDim(d) || type.getDimSize(d) == first.getDimSize(d);
    if (!fits) {
      InFlightDiagnostic diagnostic =
          n.error("the elements cannot be joined: they have types ")
          << first << " and " << type;
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

/// The body applied to each element of the first sequence, with those of others
/// at the same position.
static LogicalResult convertSequenceMap(NodeContext &n) {
  const ds_onnx::GraphProto &graph = n.attribute("body")->g();
  size_t length = n.entity(0).items.size();
  std::vector<std::vector<Entity>> results(graph.output_size());
  for (unsigned i = 1; i < n.numInputs(); ++i)
    if (n.entity(i).kind == Entity::Kind::Sequence &&
        n.entity(i).items.size() != length)
      return n.error("sequences of " + Twine(length) + " and " +
                     Twine(n.entity(i).items.size()) + " elements");
  if (length == 0)
    return n.unsupported("a map over an empty sequence is not supported");
  for (size_t at = 0; at < length; ++at) {
    SmallVector<Entity> inputs;
    for (unsigned i = 0; i < n.numInputs(); ++i)
      inputs.push_back(n.entity(i).kind == Entity::Kind::Sequence
                           ? n.entity(i).items[at]
                           : n.entity(i));
    FailureOr<std::vector<Entity>> outputs =
        n.importer.importGraph(graph, inputs);
    if (failed(outputs))
      return failure();
    for (auto [list, output] : llvm::zip(results, *outputs)) {
      if (output.kind != Entity::Kind::Tensor)
        return n.unsupported(
            "a map whose body makes no tensors is not supported");
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
