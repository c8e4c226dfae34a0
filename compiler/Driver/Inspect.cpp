//===- Inspect.cpp - what a model looks like ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Inspect.h"

#include "dialects/NN/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;

std::string elementTypeName(mlir::Type type) {
  if (auto integer = llvm::dyn_cast<mlir::IntegerType>(type)) {
    if (integer.getWidth() == 1)
      return "bool";
    return (integer.isUnsigned() ? "uint" : "int") +
           std::to_string(integer.getWidth());
  }
  if (auto complex = llvm::dyn_cast<mlir::ComplexType>(type))
    return "complex" +
           std::to_string(2 * complex.getElementType().getIntOrFloatBitWidth());
  if (type.isBF16())
    return "bfloat16";
  if (type.isF16() || type.isF32() || type.isF64())
    return "float" + std::to_string(type.getIntOrFloatBitWidth());
  // f8E4M3FN and its like are float8e4m3fn here.
  std::string text;
  llvm::raw_string_ostream(text) << type;
  llvm::StringRef name = text;
  return llvm::isa<mlir::FloatType>(type) && name.consume_front("f")
             ? "float" + name.lower()
             : text;
}

/// The dictionary under a module attribute as JSON of texts and numbers.
static Json dictionary(mlir::ModuleOp module, llvm::StringRef name) {
  Json json = Json::object();
  if (auto entries = module->getAttrOfType<mlir::DictionaryAttr>(name))
    for (mlir::NamedAttribute entry : entries) {
      if (auto text = llvm::dyn_cast<mlir::StringAttr>(entry.getValue()))
        json[entry.getName().str()] = text.str();
      else if (auto number =
                   llvm::dyn_cast<mlir::IntegerAttr>(entry.getValue()))
        json[entry.getName().str()] = number.getInt();
    }
  return json;
}

static std::string text(mlir::ModuleOp module, llvm::StringRef name) {
  auto attr = module->getAttrOfType<mlir::StringAttr>(name);
  return attr ? attr.str() : std::string();
}

/// One input or output.
static Json describeValue(mlir::Type type, mlir::DictionaryAttr attrs,
                          llvm::StringRef fallbackName) {
  Json json;
  auto name =
      attrs ? attrs.getAs<mlir::StringAttr>("ds.name") : mlir::StringAttr();
  json["name"] = name ? name.str() : fallbackName.str();
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
  if (!tensor) {
    std::string spelt;
    llvm::raw_string_ostream(spelt) << type;
    json["type"] = spelt;
    return json;
  }
  json["type"] = elementTypeName(tensor.getElementType());
  Json &shape = json["shape"] = Json::array();
  auto symbols =
      attrs ? attrs.getAs<mlir::ArrayAttr>("ds.dim_names") : mlir::ArrayAttr();
  for (auto [i, extent] : llvm::enumerate(tensor.getShape())) {
    mlir::StringAttr symbol;
    if (symbols && i < symbols.size())
      symbol = llvm::dyn_cast<mlir::StringAttr>(symbols[i]);
    if (!mlir::ShapedType::isDynamic(extent))
      shape.push_back(extent);
    else if (symbol && !symbol.empty())
      shape.push_back(symbol.str());
    else
      shape.push_back(nullptr);
  }
  if (attrs && attrs.get("ds.default"))
    json["default"] = true;
  return json;
}

/// Constants that hold more than a number: what a user calls parameters.
static Json describeParameters(mlir::ModuleOp module) {
  int64_t tensors = 0, elements = 0, bytes = 0;
  llvm::SmallPtrSet<mlir::Attribute, 32> seen;
  module.walk([&](nn::ConstantOp constant) {
    auto type = llvm::cast<mlir::RankedTensorType>(constant.getType());
    mlir::Attribute value = constant.getValue();
    bool isWeight = llvm::isa<nn::WeightAttr>(value);
    if ((!isWeight && type.getRank() == 0) ||
        (isWeight && !seen.insert(value).second))
      return;
    ++tensors;
    elements += type.getNumElements();
    if (type.getElementType().isIntOrFloat())
      bytes += type.getNumElements() * elementBytes(type.getElementType());
  });
  return {{"tensors", tensors}, {"elements", elements}, {"bytes", bytes}};
}

Json sortedCounts(const llvm::StringMap<int64_t> &counts) {
  std::vector<std::pair<llvm::StringRef, int64_t>> sorted;
  for (const auto &entry : counts)
    sorted.emplace_back(entry.getKey(), entry.getValue());
  llvm::sort(sorted, [](const auto &a, const auto &b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  Json json = Json::array();
  for (const auto &[name, count] : sorted)
    json.push_back({{"name", name.str()}, {"count", count}});
  return json;
}

static Json countOperators(mlir::ModuleOp module) {
  llvm::StringMap<int64_t> counts;
  module.walk([&](mlir::Operation *op) {
    if (llvm::isa_and_nonnull<nn::NNDialect>(op->getDialect()) &&
        !llvm::isa<nn::ConstantOp>(op))
      ++counts[op->getName().getStringRef()];
  });
  return sortedCounts(counts);
}

Json inspectModel(mlir::ModuleOp module) {
  Json json;
  json["name"] = text(module, "ds.name");
  json["producer"] = text(module, "ds.producer");
  json["opsets"] = dictionary(module, "ds.opsets");
  json["metadata"] = dictionary(module, "ds.metadata");
  Json &inputs = json["inputs"] = Json::array();
  Json &outputs = json["outputs"] = Json::array();
  auto functions = module.getOps<mlir::func::FuncOp>();
  auto main = llvm::find_if(
      functions, [](mlir::func::FuncOp f) { return f.getName() == "main"; });
  if (main != functions.end()) {
    for (unsigned i = 0; i < (*main).getNumArguments(); ++i)
      inputs.push_back(describeValue((*main).getArgumentTypes()[i],
                                     (*main).getArgAttrDict(i),
                                     "input" + std::to_string(i)));
    for (unsigned i = 0; i < (*main).getNumResults(); ++i)
      outputs.push_back(describeValue((*main).getResultTypes()[i],
                                      (*main).getResultAttrDict(i),
                                      "output" + std::to_string(i)));
  }
  json["parameters"] = describeParameters(module);
  json["operators"] = countOperators(module);
  return json;
}

/// "float32[batch, 3, ?]".
static std::string signatureOf(const Json &value) {
  std::string text = value["type"].get<std::string>();
  if (!value.contains("shape"))
    return text;
  llvm::SmallVector<std::string> extents;
  for (const Json &extent : value["shape"])
    extents.push_back(extent.is_string() ? extent.get<std::string>()
                      : extent.is_null()
                          ? "?"
                          : std::to_string(extent.get<int64_t>()));
  return text + "[" + llvm::join(extents, ", ") + "]";
}

static void printSection(const Json &values, llvm::StringRef title,
                         llvm::raw_ostream &out) {
  out << title << ":\n";
  for (const Json &value : values) {
    out << "  " << value["name"].get<std::string>() << ": "
        << signatureOf(value);
    if (value.contains("default"))
      out << " (may be left out)";
    out << '\n';
  }
}

void printInspection(const Json &model, llvm::raw_ostream &out) {
  for (const char *key : {"name", "producer"})
    if (!model[key].get<std::string>().empty())
      out << key << ": " << model[key].get<std::string>() << '\n';
  for (const char *key : {"opsets", "metadata"}) {
    if (model[key].empty())
      continue;
    out << key << ":\n";
    for (const auto &[name, value] : model[key].items())
      out << "  " << (name.empty() ? "ai.onnx" : name) << ": "
          << (value.is_string() ? value.get<std::string>() : value.dump())
          << '\n';
  }
  printSection(model["inputs"], "inputs", out);
  printSection(model["outputs"], "outputs", out);
  const Json &parameters = model["parameters"];
  out << "parameters: " << parameters["tensors"].get<int64_t>() << " tensors, "
      << parameters["elements"].get<int64_t>() << " elements, "
      << llvm::format("%.1f",
                      parameters["bytes"].get<int64_t>() / double(1 << 20))
      << " MiB\n";
  int64_t total = 0;
  for (const Json &op : model["operators"])
    total += op["count"].get<int64_t>();
  out << "operators: " << total << '\n';
  for (const Json &op : model["operators"])
    out << llvm::format("  %6lld  ",
                        static_cast<long long>(op["count"].get<int64_t>()))
        << op["name"].get<std::string>() << '\n';
}

} // namespace ds
