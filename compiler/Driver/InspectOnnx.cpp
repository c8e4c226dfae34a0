//===- InspectOnnx.cpp - what an ONNX file looks like ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Inspect.h"
#include "dialects/Interfaces/Scalar.h"
#include "frontends/onnx/ModelReader.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;

/// "float32", or the number of a type that we do not know.
static std::string typeName(int dataType, mlir::MLIRContext &context) {
  if (dataType == ds_onnx::TensorProto::STRING)
    return "string";
  mlir::Type type = onnx::elementTypeFor(dataType, context);
  return type ? elementTypeName(type) : onnx::dataTypeName(dataType);
}

/// Writes type and shape into `json`; sequences and optionals by name only.
static void describeType(const ds_onnx::TypeProto &type,
                         mlir::MLIRContext &context, Json &json) {
  if (type.has_sequence_type() || type.has_optional_type()) {
    Json inner;
    describeType(type.has_sequence_type() ? type.sequence_type().elem_type()
                                          : type.optional_type().elem_type(),
                 context, inner);
    json["type"] = (type.has_sequence_type() ? "sequence of " : "optional ") +
                   inner.value("type", "unknown");
    return;
  }
  if (!type.has_tensor_type()) {
    json["type"] = "unknown";
    return;
  }
  json["type"] = typeName(type.tensor_type().elem_type(), context);
  if (!type.tensor_type().has_shape())
    return;
  Json &shape = json["shape"] = Json::array();
  for (const auto &dim : type.tensor_type().shape().dim()) {
    if (dim.has_dim_value() && dim.dim_value() >= 0)
      shape.push_back(dim.dim_value());
    else if (!dim.dim_param().empty() && dim.dim_param() != "?")
      shape.push_back(dim.dim_param());
    else
      shape.push_back(nullptr);
  }
}

namespace {

/// Adds up operators and tensors over a graph and the graphs inside it.
class Counter {
public:
  explicit Counter(mlir::MLIRContext &context) : context(context) {}

  void addGraph(const ds_onnx::GraphProto &graph) {
    for (const ds_onnx::TensorProto &tensor : graph.initializer())
      addTensor(tensor);
    addNodes(graph.node());
  }

  template <typename Nodes>
  void addNodes(const Nodes &nodes) {
    for (const ds_onnx::NodeProto &node : nodes) {
      bool standard = node.domain().empty() || node.domain() == "ai.onnx";
      ++operators[standard ? node.op_type()
                           : node.domain() + "." + node.op_type()];
      for (const ds_onnx::AttributeProto &attribute : node.attribute()) {
        if (attribute.has_g())
          addGraph(attribute.g());
        for (const ds_onnx::GraphProto &graph : attribute.graphs())
          addGraph(graph);
        // A number among the constants is no parameter.
        if (attribute.has_t() && attribute.t().dims_size() > 0)
          addTensor(attribute.t());
      }
    }
  }

  Json parameters() const {
    return {{"tensors", tensors}, {"elements", elements}, {"bytes", bytes}};
  }
  llvm::StringMap<int64_t> operators;

private:
  void addTensor(const ds_onnx::TensorProto &tensor) {
    // A hostile file may claim any size; sums stop at the largest number.
    uint64_t count = 1;
    for (int64_t extent : tensor.dims())
      count = llvm::SaturatingMultiply<uint64_t>(count,
                                                 std::max<int64_t>(extent, 0));
    mlir::Type type = onnx::elementTypeFor(tensor.data_type(), context);
    uint64_t size = type && type.isIntOrFloat() ? elementBytes(type) : 0;
    ++tensors;
    elements = llvm::SaturatingAdd(elements, count);
    bytes = llvm::SaturatingAdd(bytes, llvm::SaturatingMultiply(count, size));
  }

  mlir::MLIRContext &context;
  uint64_t tensors = 0, elements = 0, bytes = 0;
};

} // namespace

Json inspectOnnx(const ds_onnx::ModelProto &model, mlir::MLIRContext &context) {
  const ds_onnx::GraphProto &graph = model.graph();
  Json json;
  json["name"] = graph.name();
  json["producer"] =
      model.producer_version().empty()
          ? model.producer_name()
          : model.producer_name() + " " + model.producer_version();
  Json &opsets = json["opsets"] = Json::object();
  for (const auto &opset : model.opset_import())
    opsets[opset.domain().empty() ? "ai.onnx" : opset.domain()] =
        opset.version();
  Json &metadata = json["metadata"] = Json::object();
  for (const auto &entry : model.metadata_props())
    metadata[entry.key()] = entry.value();

  llvm::StringSet<> initialisers;
  for (const ds_onnx::TensorProto &tensor : graph.initializer())
    initialisers.insert(tensor.name());
  auto describe = [&](const ds_onnx::ValueInfoProto &value) {
    Json entry = {{"name", value.name()}};
    describeType(value.type(), context, entry);
    return entry;
  };
  Json &inputs = json["inputs"] = Json::array();
  for (const ds_onnx::ValueInfoProto &input : graph.input()) {
    Json entry = describe(input);
    if (initialisers.contains(input.name())) {
      // Before version 4 of the format every initialiser had to be an input.
      if (model.ir_version() < 4)
        continue;
      entry["default"] = true;
    }
    inputs.push_back(std::move(entry));
  }
  Json &outputs = json["outputs"] = Json::array();
  for (const ds_onnx::ValueInfoProto &output : graph.output())
    outputs.push_back(describe(output));

  Counter counter(context);
  counter.addGraph(graph);
  for (const ds_onnx::FunctionProto &function : model.functions())
    counter.addNodes(function.node());
  json["parameters"] = counter.parameters();
  json["operators"] = sortedCounts(counter.operators);
  return json;
}

} // namespace ds
