//===- ControlFlow.cpp - If, Loop, Scan
//------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphImporter.h"
#include "frontends/onnx/Loops.h"

using namespace mlir;

namespace ds::onnx {

/// A loop with a known number of iterations is unrolled up to here if it
/// carries sequences.
static constexpr int64_t maxUnrolled = 1024;

//===----------------------------------------------------------------------===//
// Entities as tensors: a sequence is its items one after the other.
//===----------------------------------------------------------------------===//

static void flatten(const Entity &entity, SmallVectorImpl<Value> &values) {
  if (entity.kind == Entity::Kind::Tensor)
    values.push_back(entity.value);
  for (const Entity &item : entity.items)
    flatten(item, values);
}

/// An entity built like `like` of the next of `values`.
static Entity rebuild(const Entity &like, ArrayRef<Value> &values) {
  Entity result = like;
  if (like.kind == Entity::Kind::Tensor) {
    result.value = values.front();
    values = values.drop_front();
  }
  for (Entity &item : result.items)
    item = rebuild(item, values);
  return result;
}

static bool sameStructure(const Entity &x, const Entity &y) {
  return x.kind == y.kind && x.items.size() == y.items.size() &&
         llvm::all_of(llvm::zip(x.items, y.items), [](auto pair) {
           return sameStructure(std::get<0>(pair), std::get<1>(pair));
         });
}

//===----------------------------------------------------------------------===//
// If
//===----------------------------------------------------------------------===//

static LogicalResult convertIf(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Value> scalar = n.scalar(0, "cond");
  if (failed(scalar))
    return failure();
  OpFoldResult condition = g.readElements(*scalar)[0];
  const ds_onnx::GraphProto *graphs[2] = {&n.attribute("then_branch")->g(),
                                          &n.attribute("else_branch")->g()};
  for (const auto *graph : graphs)
    if (static_cast<unsigned>(graph->output_size()) != n.numOutputs())
      return n.error("branch \"" + graph->name() + "\" has " +
                     Twine(graph->output_size()) + " outputs, the node " +
                     Twine(n.numOutputs()));
  if (auto known = dyn_cast<Attribute>(condition)) {
    bool isTrue = !cast<IntegerAttr>(known).getValue().isZero();
    FailureOr<std::vector<Entity>> outputs =
        n.importer.importGraph(*graphs[isTrue ? 0 : 1], {});
    if (failed(outputs))
      return failure();
    for (auto [i, output] : llvm::enumerate(*outputs))
      n.set(i, output);
    return success();
  }
  std::vector<Entity> structure[2];
  int side = 0;
  auto branch = [&]() -> FailureOr<SmallVector<Value>> {
    int which = side++;
    FailureOr<std::vector<Entity>> outputs =
        n.importer.importGraph(*graphs[which], {});
    if (failed(outputs))
      return failure();
    SmallVector<Value> values;
    for (const Entity &output : *outputs)
      flatten(output, values);
    structure[which] = std::move(*outputs);
    return values;
  };
  FailureOr<SmallVector<Value>> values =
      buildIf(n, g.asValue(condition), branch, branch);
  if (failed(values))
    return failure();
  // A branch that is impossible has none.
  for (int which : {0, 1})
    if (structure[which].empty())
      structure[which] = structure[1 - which];
  ArrayRef<Value> rest = *values;
  for (unsigned i = 0; i < n.numOutputs(); ++i) {
    if (!sameStructure(structure[0][i], structure[1][i]))
      return n.unsupported(
          "output " + Twine(i) +
          " is a sequence or optional of another length in the other branch");
    n.set(i, rebuild(structure[0][i], rest));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

namespace {

struct LoopNode {
  NodeContext &n;
  const ds_onnx::GraphProto &body;
  unsigned numStates, numScans;

  /// One iteration: condition, states, scan values. The condition that goes in
  /// holds, or there would be no iteration.
  FailureOr<std::vector<Entity>> iterate(OpFoldResult position,
                                         ArrayRef<Entity> states) {
    GraphBuilder &g = n.g;
    SmallVector<Entity> inputs{g.fromElements(position, g.b.getI64Type(), {}),
                               g.makeScalarInt(g.b.getI1Type(), 1)};
    inputs.append(states.begin(), states.end());
    FailureOr<std::vector<Entity>> outputs =
        n.importer.importGraph(body, inputs);
    if (failed(outputs))
      return failure();
    const Entity &condition = outputs->front();
    if (condition.kind != Entity::Kind::Tensor ||
        !g.elementOf(condition.value).isInteger(1) ||
        (g.typeOf(condition.value).hasStaticShape() &&
         g.typeOf(condition.value).getNumElements() != 1))
      return n.error("the condition that the body makes is no boolean");
    outputs->front().value = g.reshape(condition.value, {});
    return outputs;
  }
};

} // namespace

/// The value of a truth value that is known while importing.
static std::optional<bool> knownTruth(GraphBuilder &g, Value v) {
  std::optional<Sizes> elements = g.elements(v);
  if (!elements || elements->size() != 1 || !isa<Attribute>(elements->front()))
    return std::nullopt;
  return !cast<IntegerAttr>(cast<Attribute>(elements->front()))
              .getValue()
              .isZero();
}

/// Imports the body once per iteration.
static LogicalResult unroll(LoopNode &loop, int64_t count) {
  NodeContext &n = loop.n;
  GraphBuilder &g = n.g;
  SmallVector<Entity> states;
  for (unsigned i = 0; i < loop.numStates; ++i)
    states.push_back(n.entity(2 + i));
  std::vector<SmallVector<Value>> scans(loop.numScans);
  for (int64_t i = 0; i < count; ++i) {
    FailureOr<std::vector<Entity>> outputs = loop.iterate(g.index(i), states);
    if (failed(outputs))
      return failure();
    for (unsigned s = 0; s < loop.numStates; ++s)
      states[s] = (*outputs)[1 + s];
    for (unsigned s = 0; s < loop.numScans; ++s)
      scans[s].push_back(
          g.unsqueeze((*outputs)[1 + loop.numStates + s].value, 0));
    std::optional<bool> goOn = knownTruth(g, outputs->front().value);
    if (!goOn)
      return n.unsupported("a loop that carries sequences must have a number "
                           "of iterations known at compile time");
    if (!*goOn)
      break;
  }
  for (unsigned s = 0; s < loop.numStates; ++s)
    n.set(s, states[s]);
  for (unsigned s = 0; s < loop.numScans; ++s) {
    if (scans[s].empty())
      return n.unsupported(
          "scan outputs of a loop without iterations that carries sequences");
    n.set(loop.numStates + s, g.concat(scans[s], 0));
  }
  return success();
}

static LogicalResult convertLoop(NodeContext &n) {
  GraphBuilder &g = n.g;
  const ds_onnx::GraphProto &graph = n.attribute("body")->g();
  unsigned numStates = n.numInputs() < 2 ? 0 : n.numInputs() - 2;
  if (static_cast<unsigned>(graph.input_size()) != numStates + 2 ||
      static_cast<unsigned>(graph.output_size()) < numStates + 1)
    return n.error("the body has " + Twine(graph.input_size()) +
                   " inputs and " + Twine(graph.output_size()) +
                   " outputs, which does not fit " + Twine(numStates) +
                   " states");
  LoopNode loop{n, graph, numStates,
                static_cast<unsigned>(graph.output_size()) - 1 - numStates};
  if (n.numOutputs() > loop.numStates + loop.numScans)
    return n.error("the node has more outputs than its body");

  std::optional<OpFoldResult> bound;
  if (n.hasInput(0)) {
    FailureOr<OpFoldResult> count = n.scalarIndex(0, "M");
    if (failed(count))
      return failure();
    bound = *count;
  }
  OpFoldResult condition = g.b.getBoolAttr(true);
  if (n.hasInput(1)) {
    FailureOr<Value> scalar = n.scalar(1, "cond");
    if (failed(scalar))
      return failure();
    condition = g.readElements(*scalar)[0];
  }
  auto knownCondition = dyn_cast<Attribute>(condition);
  bool runs =
      knownCondition && !cast<IntegerAttr>(knownCondition).getValue().isZero();

  SmallVector<Value> init;
  bool onlyTensors = true;
  for (unsigned i = 0; i < numStates; ++i) {
    onlyTensors &= n.entity(2 + i).kind == Entity::Kind::Tensor;
    init.push_back(n.entity(2 + i).value);
  }
  if (!onlyTensors) {
    std::optional<int64_t> count =
        bound ? g.constantIndex(*bound) : std::nullopt;
    if (!runs || !count || *count > maxUnrolled)
      return n.unsupported("a loop that carries sequences or optionals must "
                           "have a number of iterations that is known at "
                           "compile time and at most " +
                           Twine(maxUnrolled));
    return unroll(loop, *count);
  }

  // The body's outputs as tensors. A loop that ends by its count alone has a
  // condition that is seen to hold always.
  bool endsByCount = runs && bound;
  auto iterate = [&](OpFoldResult position,
                     ArrayRef<Value> states) -> FailureOr<SmallVector<Value>> {
    SmallVector<Entity> entities(states.begin(), states.end());
    FailureOr<std::vector<Entity>> outputs = loop.iterate(position, entities);
    if (failed(outputs))
      return failure();
    SmallVector<Value> values;
    for (const Entity &output : *outputs) {
      if (output.kind != Entity::Kind::Tensor)
        return n.unsupported(
            "a loop whose body makes sequences or optionals is not supported");
      values.push_back(output.value);
    }
    if (!endsByCount)
      return values;
    if (knownTruth(g, values.front()) != true) {
      endsByCount = false; // once more, as a loop with a condition
      return failure();
    }
    values.erase(values.begin());
    return values;
  };
  FailureOr<SmallVector<Value>> results = failure();
  bool triedByCount = endsByCount;
  if (endsByCount) {
    SmallVector<bool> forward(loop.numScans, false);
    results = buildFor(n, g.max(*bound, g.index(0)), init, forward, iterate);
  }
  if (!triedByCount || !endsByCount)
    results = buildWhile(n, bound, condition, init, loop.numScans, iterate);
  if (failed(results))
    return failure();
  for (unsigned i = 0; i < n.numOutputs(); ++i)
    n.set(i, (*results)[i]);
  return success();
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

/// Scan without batch: inputs and outputs as in version 9.
static LogicalResult importScan(NodeContext &n, ArrayRef<Value> init,
                                ArrayRef<Value> scanned, ArrayRef<int64_t> axes,
                                ArrayRef<int64_t> backwards,
                                ArrayRef<bool> reversed,
                                SmallVectorImpl<Value> &results) {
  GraphBuilder &g = n.g;
  const ds_onnx::GraphProto &graph = n.attribute("body")->g();
  if (scanned.empty())
    return n.error("there is nothing to scan");
  OpFoldResult count = g.dim(scanned[0], axes[0]);
  auto iterate = [&](OpFoldResult position,
                     ArrayRef<Value> states) -> FailureOr<SmallVector<Value>> {
    SmallVector<Entity> inputs(states.begin(), states.end());
    for (auto [i, x] : llvm::enumerate(scanned)) {
      OpFoldResult at =
          backwards[i] ? g.sub(g.sub(count, g.index(1)), position) : position;
      inputs.push_back(
          g.squeeze(g.sliceAxis(x, axes[i], at, g.index(1)), axes[i]));
    }
    FailureOr<std::vector<Entity>> outputs =
        n.importer.importGraph(graph, inputs);
    if (failed(outputs))
      return failure();
    SmallVector<Value> values;
    for (const Entity &output : *outputs) {
      if (output.kind != Entity::Kind::Tensor)
        return n.unsupported(
            "a scan whose body makes sequences or optionals is not supported");
      values.push_back(output.value);
    }
    return values;
  };
  FailureOr<SmallVector<Value>> values =
      buildFor(n, count, init, reversed, iterate);
  if (failed(values))
    return failure();
  results = *values;
  return success();
}

/// A list attribute with an entry per input or output; 0 where it is left out.
static FailureOr<SmallVector<int64_t>> listOf(NodeContext &n, StringRef name,
                                              size_t size) {
  SmallVector<int64_t> list = n.attrInts(name);
  if (list.empty())
    list.assign(size, 0);
  if (list.size() != size)
    return n.error("\"" + name + "\" needs " + Twine(size) +
                   " entries, found " + Twine(list.size()));
  return list;
}

static LogicalResult convertScan(NodeContext &n) {
  GraphBuilder &g = n.g;
  const ds_onnx::GraphProto &graph = n.attribute("body")->g();
  bool batched =
      n.opset() < 9; // version 8: sequence lengths first, a batch axis in front
  int64_t first = batched ? 1 : 0, numScanned = n.attrInt("num_scan_inputs", 0);
  int64_t numStates = static_cast<int64_t>(n.numInputs()) - first - numScanned;
  int64_t numScans = graph.output_size() - numStates;
  if (numScanned < 1 || numStates < 0 || numScans < 0 ||
      graph.input_size() != numStates + numScanned ||
      static_cast<int64_t>(n.numOutputs()) > graph.output_size())
    return n.error("\"num_scan_inputs\" " + Twine(numScanned) +
                   " does not fit the node and its body");
  if (batched && n.hasInput(0))
    return n.unsupported(
        "sequence lengths are not supported; export with opset 9 or newer");
  FailureOr<SmallVector<int64_t>>
      axes = listOf(n, "scan_input_axes", numScanned),
      backwards = listOf(n, batched ? "directions" : "scan_input_directions",
                         numScanned),
      outAxes = listOf(n, "scan_output_axes", numScans),
      outBackwards = listOf(n, "scan_output_directions", numScans);
  if (failed(axes) || failed(backwards) || failed(outAxes) ||
      failed(outBackwards))
    return failure();
  SmallVector<Value> init, scanned, results;
  for (unsigned i = first; i < n.numInputs(); ++i) {
    if (n.entity(i).kind != Entity::Kind::Tensor)
      return n.unsupported(
          "a scan over sequences or optionals is not supported");
    bool isState = i < first + numStates;
    if (g.rank(n.input(i)) < first + (isState ? 0 : 1))
      return n.error("input " + Twine(i) + " has no axis to scan");
    (isState ? init : scanned).push_back(n.input(i));
  }
  SmallVector<bool> reversed;
  for (int64_t flag : *outBackwards)
    reversed.push_back(flag != 0);
  for (auto [x, axis] : llvm::zip(scanned, *axes)) {
    FailureOr<int64_t> checked = n.axis(axis, g.rank(x) - first);
    if (failed(checked))
      return failure();
    axis = *checked;
  }
  if (!batched) {
    if (failed(
            importScan(n, init, scanned, *axes, *backwards, reversed, results)))
      return failure();
    for (int64_t i = 0; i < numScans; ++i) {
      Value &value = results[numStates + i];
      FailureOr<int64_t> axis = n.axis((*outAxes)[i], g.rank(value));
      if (failed(axis))
        return failure();
      SmallVector<int64_t> order =
          llvm::to_vector(llvm::seq<int64_t>(1, g.rank(value)));
      order.insert(order.begin() + *axis, 0);
      value = g.transpose(value, order);
    }
  } else {
    // One scan after the other for each element of the batch.
    std::optional<int64_t> batch = g.constantIndex(g.dim(n.input(1), 0));
    if (!batch || *batch < 1 || *batch > maxUnrolled)
      return n.unsupported("the batch must be known at compile time; fix it "
                           "with --shape or --dim");
    std::vector<SmallVector<Value>> parts(numStates + numScans);
    auto element = [&](Value v, int64_t i) {
      return g.squeeze(g.sliceAxis(v, 0, g.index(i), g.index(1)), 0);
    };
    for (int64_t i = 0; i < *batch; ++i) {
      SmallVector<Value> states, inputs;
      for (Value v : init)
        states.push_back(element(v, i));
      for (Value v : scanned)
        inputs.push_back(element(v, i));
      if (failed(importScan(n, states, inputs, *axes, *backwards, reversed,
                            results)))
        return failure();
      for (auto [part, result] : llvm::zip(parts, results))
        part.push_back(g.unsqueeze(result, 0));
    }
    results.clear();
    for (const SmallVector<Value> &part : parts)
      results.push_back(g.concat(part, 0));
  }
  for (unsigned i = 0; i < n.numOutputs(); ++i)
    n.set(i, results[i]);
  return success();
}

void registerControlFlow(Registry &registry) {
  registry.add("If", convertIf);
  registry.add("Loop", convertLoop);
  registry.add("Scan", convertScan);
}

} // namespace ds::onnx
