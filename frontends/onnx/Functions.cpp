//===- Functions.cpp - calls are inlined
//-----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphImporter.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using ds_onnx::AttributeProto;
using ds_onnx::NodeProto;

namespace ds::onnx {

/// A node of a function whose attributes refer to those of the call, with the
/// call's; nothing when it has none such.
std::optional<NodeProto>
GraphImporter::resolveAttributes(const NodeProto &node) {
  bool refers = llvm::any_of(node.attribute(), [](const AttributeProto &a) {
    return !a.ref_attr_name().empty();
  });
  if (!refers)
    return std::nullopt;
  const std::map<std::string, AttributeProto> *attributes = nullptr;
  for (Scope *at = scope; at && !attributes;
       at = at->isolated ? nullptr : at->outer)
    attributes = at->attributes;
  NodeProto result = node;
  result.clear_attribute();
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.ref_attr_name().empty()) {
      *result.add_attribute() = attribute;
      continue;
    }
    auto it = attributes
                  ? attributes->find(attribute.ref_attr_name())
                  : std::map<std::string, AttributeProto>::const_iterator();
    if (!attributes || it == attributes->end())
      continue; // the call leaves it out
    AttributeProto *copy = result.add_attribute();
    *copy = it->second;
    copy->set_name(attribute.name());
  }
  return result;
}

bool GraphImporter::callFunction(
    const ds_onnx::FunctionProto &function, const NodeProto &node,
    ArrayRef<Entity> inputs, std::map<std::string, AttributeProto> attributes,
    Location loc) {
  if (!nest(loc))
    return false;
  if (llvm::is_contained(calls, &function)) {
    report(ImportStatus::Malformed, loc,
           "function \"" + function.name() + "\" calls itself");
    return false;
  }
  if (static_cast<size_t>(function.input_size()) < inputs.size() ||
      function.output_size() < node.output_size()) {
    report(ImportStatus::Malformed, loc,
           "function \"" + function.name() + "\" has " +
               Twine(function.input_size()) + " inputs and " +
               Twine(function.output_size()) + " outputs, the call " +
               Twine(inputs.size()) + " and " + Twine(node.output_size()));
    return false;
  }
  for (const AttributeProto &attribute : node.attribute())
    attributes[attribute.name()] = attribute;

  llvm::SaveAndRestore<int64_t> depth(nesting, nesting + 1);
  std::string prefix =
      namePrefix + (node.name().empty() ? node.op_type() : node.name()) + "/";
  llvm::SaveAndRestore<std::string> names(namePrefix, prefix);
  Opsets own;
  for (const auto &opset : function.opset_import())
    own[canonicalDomain(opset.domain())] = opset.version();
  for (const auto &entry : opsets)
    own.try_emplace(entry.first(), entry.second);
  std::swap(opsets, own);
  calls.push_back(&function);
  llvm::scope_exit leave([&] {
    std::swap(opsets, own);
    calls.pop_back();
  });

  Scope inner;
  inner.isolated = true;
  inner.outer = scope;
  inner.attributes = &attributes;
  llvm::StringSet<> given;
  for (auto [i, name] : llvm::enumerate(function.input())) {
    inner.values[name] = i < inputs.size() ? inputs[i] : Entity();
    given.insert(name);
  }
  std::vector<Entity> outputs;
  {
    llvm::SaveAndRestore<Scope *> enter(scope, &inner);
    if (failed(importNodes(function.node(), given)))
      return false;
    for (int i = 0; i < node.output_size(); ++i) {
      Lookup found = node.output(i).empty()
                         ? Lookup::Found
                         : lookup(function.output(i), outputs.emplace_back());
      if (node.output(i).empty())
        outputs.emplace_back();
      if (found == Lookup::Failed)
        return false;
      if (found == Lookup::Missing) {
        report(ImportStatus::Malformed, loc,
               "output \"" + function.output(i) + "\" of function \"" +
                   function.name() + "\" is made by no node");
        return false;
      }
    }
  }
  for (auto [name, output] : llvm::zip(node.output(), outputs))
    if (!name.empty())
      scope->values[name] = output;
  return true;
}

} // namespace ds::onnx
