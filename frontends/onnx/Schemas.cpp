//===- Schemas.cpp - the one file that meets the ONNX library's exceptions
//-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Schemas.h"

#include "onnx/defs/function.h"
#include "onnx/defs/schema.h"

#include <algorithm>

using ds_onnx::OpSchema;
using ds_onnx::OpSchemaRegistry;

namespace ds::onnx {

const OpSchema *findSchema(llvm::StringRef domain, llvm::StringRef name,
                           int64_t version) {
  try {
    const OpSchema *schema = OpSchemaRegistry::Schema(
        name.str(), static_cast<int>(version), domain.str());
    // A withdrawn operator is what it was before, in files that still have it.
    if (schema && schema->Deprecated())
      schema = OpSchemaRegistry::Schema(name.str(), schema->SinceVersion() - 1,
                                        domain.str());
    return schema;
  } catch (const std::exception &) {
    return nullptr;
  }
}

std::vector<int> schemaVersions(llvm::StringRef domain, llvm::StringRef name) {
  std::vector<int> versions;
  for (int at = newestVersion(domain); at > 0;) {
    const OpSchema *schema = findSchema(domain, name, at);
    if (!schema)
      break;
    versions.push_back(schema->SinceVersion());
    at = schema->SinceVersion() - 1;
  }
  std::reverse(versions.begin(), versions.end());
  return versions;
}

std::vector<std::pair<std::string, std::string>> functionOperators() {
  std::vector<std::pair<std::string, std::string>> result;
  try {
    for (const OpSchema &schema : OpSchemaRegistry::get_all_schemas())
      if (hasFunctionBody(schema))
        result.emplace_back(schema.domain(), schema.Name());
  } catch (const std::exception &) {
    result.clear();
  }
  return result;
}

bool hasFunctionBody(const OpSchema &schema) {
  return schema.HasFunction() || schema.HasContextDependentFunction();
}

int newestVersion(llvm::StringRef domain) {
  try {
    const auto &versions =
        OpSchemaRegistry::DomainToVersionRange::Instance().Map();
    auto it = versions.find(domain.str());
    return it == versions.end() ? 0 : it->second.second;
  } catch (const std::exception &) {
    return 0;
  }
}

std::optional<std::string> checkNode(const OpSchema &schema,
                                     const ds_onnx::NodeProto &node) {
  try {
    schema.Verify(node);
    const auto &parameters = schema.inputs();
    for (int i = 0; i < node.input_size() && !parameters.empty(); ++i) {
      const OpSchema::FormalParameter &parameter =
          parameters[std::min<size_t>(i, parameters.size() - 1)];
      if (node.input(i).empty() &&
          parameter.GetOption() == OpSchema::Variadic &&
          parameter.GetIsHomogeneous())
        return "input " + std::to_string(i) + " of the list \"" +
               parameter.GetName() + "\" is left out";
    }
    return std::nullopt;
  } catch (const std::exception &exception) {
    return exception.what();
  }
}

std::optional<std::string> checkTypes(const OpSchema &schema,
                                      llvm::ArrayRef<std::string> types) {
  std::map<std::string, std::string> bound;
  const auto &parameters = schema.inputs();
  for (size_t i = 0; i < types.size(); ++i) {
    if (parameters.empty())
      continue;
    const OpSchema::FormalParameter &parameter =
        parameters[std::min(i, parameters.size() - 1)];
    const auto &allowed = parameter.GetTypes();
    if (types[i].empty()) {
      // An optional without a value goes only where optionals go.
      bool takesNone =
          parameter.GetOption() != OpSchema::Single ||
          std::any_of(allowed.begin(), allowed.end(), [](const auto *type) {
            return type->rfind("optional(", 0) == 0;
          });
      if (!takesNone)
        return "input " + std::to_string(i) + " (\"" + parameter.GetName() +
               "\") has no value";
      continue;
    }
    // An optional with a value is that value.
    bool fits = std::any_of(
        allowed.begin(), allowed.end(), [&](const std::string *type) {
          return *type == types[i] || *type == "optional(" + types[i] + ")";
        });
    std::string name =
        "input " + std::to_string(i) + " (\"" + parameter.GetName() + "\")";
    if (!fits)
      return name + " has type " + types[i] + ", which version " +
             std::to_string(schema.SinceVersion()) +
             " of the operator does not take";
    if (parameter.GetOption() == OpSchema::Variadic &&
        !parameter.GetIsHomogeneous())
      continue;
    std::string &first = bound[parameter.GetTypeStr()];
    if (first.empty())
      first = types[i];
    else if (first != types[i])
      return name + " has type " + types[i] + ", expected " + first +
             " as of the inputs before it";
  }
  return std::nullopt;
}

bool functionBody(const OpSchema &schema, const ds_onnx::NodeProto &node,
                  int64_t version, llvm::ArrayRef<ds_onnx::TypeProto> types,
                  ds_onnx::FunctionProto &body,
                  std::map<std::string, ds_onnx::AttributeProto> &defaults) {
  try {
    for (const auto &[name, attribute] : schema.attributes())
      if (attribute.default_value.has_name())
        defaults[name] = attribute.default_value;
    if (const ds_onnx::FunctionProto *fixed =
            schema.GetFunction(static_cast<int>(version))) {
      body = *fixed;
      return true;
    }
    if (!schema.HasContextDependentFunction())
      return false;
    ds_onnx::FunctionBodyBuildContextImpl context(
        node, std::vector<ds_onnx::TypeProto>(types.begin(), types.end()));
    return schema.BuildContextDependentFunction(context, body,
                                                static_cast<int>(version));
  } catch (const std::exception &) {
    return false;
  }
}

} // namespace ds::onnx
