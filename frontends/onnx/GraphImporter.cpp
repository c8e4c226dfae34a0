//===- GraphImporter.cpp - scopes, order of nodes, functions
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphImporter.h"

#include "dialects/Train/Train.h"
#include "frontends/onnx/Schemas.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using ds_onnx::AttributeProto;
using ds_onnx::GraphProto;
using ds_onnx::NodeProto;

namespace ds::onnx {

int Decisions::next(int alternatives) {
  if (made == choices.size())
    choices.push_back({0, alternatives});
  return choices[made++].taken;
}

bool Decisions::advance() {
  choices.resize(made); // what the last attempt did not reach
  made = 0;
  while (!choices.empty() &&
         choices.back().taken + 1 >= choices.back().alternatives)
    choices.pop_back();
  if (choices.empty())
    return false;
  ++choices.back().taken;
  return true;
}

GraphImporter::GraphImporter(ModelFile &file, MLIRContext &context,
                             const ImportOptions &options, Decisions &decisions)
    : file(file), ctx(context), options(options), decisions(decisions),
      notes(file.proto().graph()), g(&context, options.maxFoldBytes) {
  for (const auto &opset : file.proto().opset_import())
    opsets[canonicalDomain(opset.domain())] = opset.version();
  for (const auto &function : file.proto().functions())
    functions[(canonicalDomain(function.domain()) + "::" + function.name())
                  .str()] = &function;
}

InFlightDiagnostic GraphImporter::report(ImportStatus status, Location loc,
                                         const Twine &message) {
  // A malformed file outweighs a missing operator.
  worst = std::max(worst, status);
  return emitError(loc, message);
}

GraphImporter::HeldReports
GraphImporter::hold(llvm::function_ref<void()> import) {
  HeldReports held;
  ImportStatus before = std::exchange(worst, ImportStatus::Ok);
  ScopedDiagnosticHandler handler(&ctx, [&](Diagnostic &diagnostic) {
    held.reports.push_back(std::move(diagnostic));
    return success();
  });
  import();
  held.worst = std::exchange(worst, before);
  return held;
}

void GraphImporter::release(HeldReports held) {
  worst = std::max(worst, held.worst);
  for (Diagnostic &report : held.reports)
    ctx.getDiagEngine().emit(std::move(report));
}

/// The node's name, or its type and position, inside the names of the calls
/// around it.
Location GraphImporter::nodeLocation(const NodeProto &node, int index) {
  if (fixedLocation)
    return *fixedLocation;
  std::string name =
      namePrefix + (node.name().empty()
                        ? node.op_type() + "#" + std::to_string(index)
                        : node.name());
  Location named = NameLoc::get(StringAttr::get(&ctx, name),
                                FileLineColLoc::get(&ctx, file.path(), 0, 0));
  return FusedLoc::get(&ctx, {named}, StringAttr::get(&ctx, node.op_type()));
}

bool GraphImporter::nest(Location loc) {
  if (nesting < options.maxNesting)
    return true;
  report(ImportStatus::Malformed, loc,
         "graphs and functions are nested deeper than the limit of " +
             Twine(options.maxNesting));
  return false;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// A constant at the start of the function, so that it is visible everywhere.
/// Float tensors keep their names, whatever their size: `--weights` and
/// training find them by it.
Value GraphImporter::namedConstant(StringRef name, const TensorData &data) {
  OpBuilder::InsertionGuard guard(g.b);
  g.insertAtEntry();
  if (!isa<FloatType, ComplexType>(data.element) && data.data.bytes <= 1024)
    return g.makeConstant(data.view());
  if (data.shape.empty() && isa<FloatType>(data.element))
    return g.makeConstant(data.view());
  // A body that is imported again finds the constants of the first time;
  // another tensor of the name gets a number.
  std::vector<std::pair<const char *, Value>> &known = weights[name];
  auto type = RankedTensorType::get(data.shape, data.element);
  for (auto &[bytes, value] : known)
    if (bytes == data.data.data && value.getType() == type)
      return value;
  std::string key =
      name.str() + (known.empty() ? "" : "#" + std::to_string(known.size()));
  ctx.getLoadedDialect<nn::NNDialect>()->getWeights().insert(file.path(), key,
                                                             data.data);
  Value value = nn::ConstantOp::create(
      g.b, g.loc(), type, nn::WeightAttr::get(&ctx, file.path(), key));
  known.emplace_back(data.data.data, value);
  return value;
}

FailureOr<Value> GraphImporter::importTensor(const ds_onnx::TensorProto &tensor,
                                             Location loc) {
  ReadError error;
  std::optional<TensorData> data = file.read(tensor, ctx, error);
  if (!data)
    return report(error.status, loc,
                  "tensor \"" + tensor.name() + "\": " + error.message);
  if (options.replaceInitializer && !tensor.name().empty()) {
    std::string reason;
    auto type = RankedTensorType::get(data->shape, data->element);
    std::optional<WeightData> other =
        options.replaceInitializer(tensor.name(), type, reason);
    if (!reason.empty())
      return report(ImportStatus::WrongUse, loc, reason);
    if (other)
      data->data = *other;
  }
  return namedConstant(tensor.name().empty() ? StringRef("constant")
                                             : StringRef(tensor.name()),
                       *data);
}

FailureOr<Value>
GraphImporter::importSparseTensor(const ds_onnx::SparseTensorProto &tensor,
                                  Location loc) {
  ReadError error;
  std::optional<TensorData> values = file.read(tensor.values(), ctx, error),
                            indices;
  if (values)
    indices = file.read(tensor.indices(), ctx, error);
  if (!values || !indices)
    return report(error.status, loc,
                  "sparse tensor \"" + tensor.values().name() +
                      "\": " + error.message);
  SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  int64_t count = 1, bytes;
  bool bad = values->shape.size() != 1 ||
             !indices->element.isSignlessInteger(64) || shape.empty();
  for (int64_t extent : shape)
    bad |= extent < 0 || llvm::MulOverflow(count, extent, count);
  bad = bad || llvm::MulOverflow(count, elementBytes(values->element), bytes) ||
        bytes > options.maxModelBytes;
  int64_t rank = shape.size(), entries = bad ? 0 : values->shape[0];
  bool linear = indices->shape.size() == 1;
  bad = bad || indices->shape[0] != entries ||
        (!linear && (indices->shape.size() != 2 || indices->shape[1] != rank));
  if (bad)
    return report(ImportStatus::Malformed, loc,
                  "sparse tensor \"" + tensor.values().name() +
                      "\": values, indices and dims do not fit together");
  HostTensor dense(values->element, shape), from = values->view(),
                                            at = indices->view();
  for (int64_t i = 0; i < entries; ++i) {
    int64_t position = linear ? at.getInt(i) : 0;
    for (int64_t d = 0; !linear && d < rank; ++d) {
      int64_t p = at.getInt(i * rank + d);
      position =
          p < 0 || p >= shape[d] || position < 0 ? -1 : position * shape[d] + p;
    }
    if (position < 0 || position >= count)
      return report(ImportStatus::Malformed, loc,
                    "sparse tensor \"" + tensor.values().name() + "\": index " +
                        Twine(i) + " is out of range");
    dense.set(position, from.get(i));
  }
  OpBuilder::InsertionGuard guard(g.b);
  g.insertAtEntry();
  return g.makeConstant(dense);
}

GraphImporter::Lookup GraphImporter::lookup(StringRef name, Entity &entity) {
  for (Scope *at = scope; at; at = at->isolated ? nullptr : at->outer) {
    auto it = at->values.find(name);
    if (it != at->values.end()) {
      entity = it->second;
      return Lookup::Found;
    }
    if (at->failed.contains(name))
      return Lookup::Failed;
    FailureOr<Value> constant = failure();
    if (auto tensor = at->tensors.find(name); tensor != at->tensors.end())
      constant = importTensor(*tensor->second, UnknownLoc::get(&ctx));
    else if (auto sparse = at->sparseTensors.find(name);
             sparse != at->sparseTensors.end())
      constant = importSparseTensor(*sparse->second, UnknownLoc::get(&ctx));
    else
      continue;
    if (failed(constant)) {
      at->failed.insert(name);
      return Lookup::Failed;
    }
    if (const TrainingImport *train = training();
        train && train->isTrainable(
                     name, mlir::cast<RankedTensorType>(constant->getType()),
                     notes.isConstant(name)))
      constant = markParameter(name, *constant);
    at->values[name] = Entity(*constant);
    entity = Entity(*constant);
    return Lookup::Found;
  }
  return Lookup::Missing;
}

Value GraphImporter::markParameter(StringRef name, Value value) {
  Operation *constant = value.getDefiningOp();
  if (isa<train::ParameterOp>(constant))
    return value;
  OpBuilder::InsertionGuard guard(g.b);
  g.b.setInsertionPointAfter(constant);
  return train::ParameterOp::create(g.b, g.loc(), value.getType(), value,
                                    g.b.getStringAttr(name));
}

void GraphImporter::changeState(Value parameter, Value next) {
  stateChanges[parameter.getDefiningOp<train::ParameterOp>().getNameAttr()] =
      next;
}

LogicalResult GraphImporter::addTensors(Scope &scope, const GraphProto &graph) {
  Location loc = FileLineColLoc::get(&ctx, file.path(), 0, 0);
  auto add = [&](StringRef name, auto &map,
                 const auto &tensor) -> LogicalResult {
    if (name.empty())
      return report(ImportStatus::Malformed, loc,
                    "graph \"" + graph.name() +
                        "\" has an initializer without a name");
    if (scope.tensors.contains(name) || scope.sparseTensors.contains(name))
      return report(ImportStatus::Malformed, loc,
                    "initializer \"" + name + "\" is defined twice");
    map[name] = &tensor;
    return success();
  };
  for (const auto &tensor : graph.initializer())
    if (failed(add(tensor.name(), scope.tensors, tensor)))
      return failure();
  for (const auto &tensor : graph.sparse_initializer())
    if (failed(add(tensor.values().name(), scope.sparseTensors, tensor)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

FailureOr<std::vector<Entity>>
GraphImporter::importGraph(const GraphProto &graph, ArrayRef<Entity> inputs) {
  if (!nest(g.loc()))
    return failure();
  llvm::SaveAndRestore<int64_t> depth(nesting, nesting + 1);
  Location outside = g.loc();
  Scope inner;
  inner.outer = scope;
  llvm::StringSet<> given;
  if (static_cast<size_t>(graph.input_size()) != inputs.size())
    return report(ImportStatus::Malformed, outside,
                  "sub-graph \"" + graph.name() + "\" takes " +
                      Twine(graph.input_size()) + " inputs, but is given " +
                      Twine(inputs.size()));
  for (auto [info, entity] : llvm::zip(graph.input(), inputs)) {
    inner.values[info.name()] = entity;
    given.insert(info.name());
  }
  if (failed(addTensors(inner, graph)))
    return failure();
  for (const auto &entry : inner.tensors)
    given.insert(entry.first());
  for (const auto &entry : inner.sparseTensors)
    given.insert(entry.first());
  llvm::SaveAndRestore<Scope *> enter(scope, &inner);
  if (failed(importNodes(graph.node(), given)))
    return failure();
  g.setLoc(outside);
  std::vector<Entity> outputs;
  for (const auto &info : graph.output()) {
    Entity entity;
    switch (lookup(info.name(), entity)) {
    case Lookup::Found:
      outputs.push_back(entity);
      continue;
    case Lookup::Failed:
      return failure();
    case Lookup::Missing:
      return report(ImportStatus::Malformed, outside,
                    "output \"" + info.name() + "\" of sub-graph \"" +
                        graph.name() + "\" is made by no node");
    }
  }
  return outputs;
}

LogicalResult GraphImporter::importNodes(const Nodes &nodes,
                                         const llvm::StringSet<> &given) {
  nodeCount += nodes.size();
  if (nodeCount > options.maxNodes)
    return report(ImportStatus::Malformed, g.loc(),
                  "the model has more nodes than the limit of " +
                      Twine(options.maxNodes));
  FailureOr<std::vector<int>> order = orderNodes(nodes, given);
  if (failed(order))
    return failure();
  scope->nodes = &nodes;
  scope->order = *order;
  for (int i : *order) {
    Location loc = nodeLocation(nodes[i], i);
    g.setLoc(loc);
    importNode(nodes[i], loc);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

bool GraphImporter::isKnown(const NodeProto &node) {
  StringRef domain = canonicalDomain(node.domain());
  if (functions.contains((domain + "::" + node.op_type()).str()) ||
      Registry::get().lookup(domain, node.op_type()))
    return true;
  const ds_onnx::OpSchema *schema =
      findSchema(domain, node.op_type(), opsets.lookup(domain));
  return schema && hasFunctionBody(*schema);
}

void GraphImporter::reportUnknown(const NodeProto &node, Location loc) {
  StringRef domain = canonicalDomain(node.domain());
  std::vector<int> versions = schemaVersions(domain, node.op_type());
  std::string opset = std::to_string(opsets.lookup(domain));
  std::string full =
      (domain.empty() ? "" : domain.str() + ".") + node.op_type();
  if (versions.empty()) {
    report(ImportStatus::Unsupported, loc,
           "operator \"" + full + "\" (opset " + opset +
               ") is unknown: it is neither in the standard nor a function of "
               "this "
               "file; export the model with standard operators, or with the "
               "operator's body as a function");
    return;
  }
  report(ImportStatus::Unsupported, loc,
         "operator \"" + full + "\" (opset " + opset +
             ") is not supported; move it out of the model, in front of it or "
             "behind it, or replace it by other operators (ds-compile "
             "--list-ops shows them)");
}

void GraphImporter::failOutputs(const NodeProto &node) {
  for (const std::string &name : node.output())
    scope->failed.insert(name);
}

/// Reports what is unknown in the sub-graphs of a node that is not imported.
void GraphImporter::scanSkipped(const NodeProto &node, Location loc) {
  if (!nest(loc))
    return;
  llvm::SaveAndRestore<int64_t> depth(nesting, nesting + 1);
  auto scan = [&](const GraphProto &graph) {
    for (int i = 0; i < graph.node_size(); ++i) {
      Location inner = nodeLocation(graph.node(i), i);
      if (!isKnown(graph.node(i)))
        reportUnknown(graph.node(i), inner);
      scanSkipped(graph.node(i), inner);
    }
  };
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      scan(attribute.g());
    for (const GraphProto &graph : attribute.graphs())
      scan(graph);
  }
}

void GraphImporter::importNode(const NodeProto &original, Location loc) {
  std::optional<NodeProto> resolved = resolveAttributes(original);
  const NodeProto &node = resolved ? *resolved : original;
  if (!isKnown(node)) {
    reportUnknown(node, loc);
    scanSkipped(node, loc);
    failOutputs(node);
  } else if (!importKnownNode(node, loc)) {
    failOutputs(node);
  }
}

bool GraphImporter::importKnownNode(const NodeProto &node, Location loc) {
  auto malformed = [&](const Twine &message) {
    report(ImportStatus::Malformed, loc, message);
    return false;
  };
  SmallVector<Entity> inputs;
  bool skip = false;
  for (auto [i, name] : llvm::enumerate(node.input())) {
    Entity &entity = inputs.emplace_back();
    if (name.empty())
      continue;
    Lookup found = lookup(name, entity);
    if (found == Lookup::Missing)
      return malformed("input " + Twine(i) + " reads \"" + name +
                       "\", which no node, input or initializer defines");
    skip |= found == Lookup::Failed;
  }
  if (skip) {
    scanSkipped(node, loc);
    return false;
  }
  StringRef domain = canonicalDomain(node.domain());
  auto function = functions.find((domain + "::" + node.op_type()).str());
  std::map<std::string, AttributeProto> attributes;
  if (function != functions.end()) {
    for (const AttributeProto &attribute : function->second->attribute_proto())
      attributes[attribute.name()] = attribute;
    return callFunction(*function->second, node, inputs, std::move(attributes),
                        loc);
  }

  auto opset = opsets.find(domain);
  if (opset == opsets.end())
    return malformed("the model imports no opset for domain \"" + domain +
                     "\"");
  const ds_onnx::OpSchema *schema =
      findSchema(domain, node.op_type(), opset->second);
  Converter converter = Registry::get().lookup(domain, node.op_type());
  if (newestVersion(domain) && !schema)
    return malformed("operator \"" + node.op_type() +
                     "\" does not exist in opset " + Twine(opset->second));
  if (schema) {
    if (std::optional<std::string> why = checkNode(*schema, node))
      return malformed("the node breaks a rule of its operator: " + *why);
    std::vector<std::string> types;
    for (const Entity &entity : inputs)
      types.push_back(typeName(entity));
    if (std::optional<std::string> why = checkTypes(*schema, types))
      return malformed(*why);
  }
  if (converter) {
    NodeContext n(*this, g, node, opset->second, inputs);
    if (failed(converter(n)))
      return false;
    g.setLoc(loc);
    for (auto [name, result] : llvm::zip(node.output(), n.results()))
      if (!name.empty())
        scope->values[name] = result;
    return true;
  }
  ds_onnx::FunctionProto body;
  std::vector<ds_onnx::TypeProto> types;
  for (const Entity &entity : inputs)
    types.push_back(typeProto(entity));
  if (!functionBody(*schema, node, opset->second, types, body, attributes)) {
    report(ImportStatus::Unsupported, loc,
           "operator \"" + node.op_type() +
               "\" has no definition for these inputs");
    return false;
  }
  llvm::SaveAndRestore<std::optional<Location>> fix(fixedLocation, loc);
  return callFunction(body, node, inputs, std::move(attributes), loc);
}

//===----------------------------------------------------------------------===//
// Types of values, as the standard has them
//===----------------------------------------------------------------------===//

std::string typeName(const Entity &entity) {
  switch (entity.kind) {
  case Entity::Kind::None:
    return "";
  case Entity::Kind::Tensor:
    return "tensor(" +
           dataTypeName(dataTypeFor(GraphBuilder::elementOf(entity.value))) +
           ")";
  case Entity::Kind::Sequence:
    return "seq(tensor(" + dataTypeName(dataTypeFor(entity.element)) + "))";
  }
  return "";
}

ds_onnx::TypeProto typeProto(const Entity &entity) {
  ds_onnx::TypeProto type;
  if (entity.kind == Entity::Kind::Tensor) {
    auto *tensor = type.mutable_tensor_type();
    tensor->set_elem_type(dataTypeFor(GraphBuilder::elementOf(entity.value)));
    for (int64_t extent : GraphBuilder::typeOf(entity.value).getShape()) {
      auto *dim = tensor->mutable_shape()->add_dim();
      if (!ShapedType::isDynamic(extent))
        dim->set_dim_value(extent);
    }
    tensor->mutable_shape();
  } else if (entity.kind == Entity::Kind::Sequence) {
    type.mutable_sequence_type()
        ->mutable_elem_type()
        ->mutable_tensor_type()
        ->set_elem_type(dataTypeFor(entity.element));
  }
  return type;
}

} // namespace ds::onnx
