//===- NodeOrder.cpp - nodes behind those they read from
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphImporter.h"

using namespace mlir;
using ds_onnx::AttributeProto;
using ds_onnx::GraphProto;
using ds_onnx::NodeProto;

namespace ds::onnx {

/// The attribute of a Gradient that names a tensor, which is thus no input.
static const AttributeProto *differentiated(const NodeProto &node) {
  if (node.domain() != "ai.onnx.preview.training" ||
      node.op_type() != "Gradient")
    return nullptr;
  auto found = llvm::find_if(node.attribute(), [](const AttributeProto &a) {
    return a.name() == "y" && a.has_s();
  });
  return found == node.attribute().end() ? nullptr : &*found;
}

/// Calls `visit` with every name that a node reads, those of its sub-graphs
/// and of what it differentiates included.
static void forEachUse(const NodeProto &node,
                       llvm::function_ref<void(StringRef)> visit,
                       int64_t depth) {
  for (const std::string &name : node.input())
    if (!name.empty())
      visit(name);
  if (const AttributeProto *output = differentiated(node))
    visit(output->s());
  if (depth == 0)
    return;
  auto visitGraph = [&](const GraphProto &graph) {
    for (const NodeProto &inner : graph.node())
      forEachUse(inner, visit, depth - 1);
    for (const auto &output : graph.output())
      visit(output.name());
  };
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      visitGraph(attribute.g());
    for (const GraphProto &graph : attribute.graphs())
      visitGraph(graph);
  }
}

/// The nodes in an order in which each comes after those it reads from. Files
/// are sorted already, but for broken ones; a cycle is reported step by step.
FailureOr<std::vector<int>>
GraphImporter::orderNodes(const Nodes &nodes, const llvm::StringSet<> &given) {
  llvm::StringMap<int> producers;
  for (int i = 0; i < nodes.size(); ++i)
    for (const std::string &name : nodes[i].output()) {
      if (name.empty())
        continue;
      if (given.contains(name))
        return report(ImportStatus::Malformed, nodeLocation(nodes[i], i),
                      "output \"" + name +
                          "\" is also an input or an initializer of the graph");
      auto [it, isNew] = producers.try_emplace(name, i);
      if (!isNew) {
        InFlightDiagnostic diagnostic =
            report(ImportStatus::Malformed, nodeLocation(nodes[i], i),
                   "output \"" + name + "\" is made by two nodes");
        diagnostic.attachNote(nodeLocation(nodes[it->second], it->second))
            << "the other one";
        return diagnostic;
      }
    }
  std::vector<int> order, state(nodes.size(), 0); // 1: being visited, 2: done
  order.reserve(nodes.size());
  // Depth-first without recursion: chains are as long as the file says.
  for (int root = 0; root < nodes.size(); ++root) {
    std::vector<std::pair<int, SmallVector<int>>> stack;
    auto enter = [&](int i) {
      state[i] = 1;
      SmallVector<int> before;
      forEachUse(
          nodes[i],
          [&](StringRef name) {
            auto it = producers.find(name);
            if (it != producers.end() && state[it->second] != 2)
              before.push_back(it->second);
          },
          options.maxNesting);
      std::reverse(before.begin(), before.end());
      stack.emplace_back(i, std::move(before));
    };
    if (state[root] == 0)
      enter(root);
    while (!stack.empty()) {
      auto &[node, before] = stack.back();
      if (before.empty()) {
        state[node] = 2;
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      int next = before.pop_back_val();
      if (state[next] == 0) {
        enter(next);
      } else if (state[next] == 1) {
        InFlightDiagnostic diagnostic =
            report(ImportStatus::Malformed, nodeLocation(nodes[next], next),
                   "the node depends on its own output");
        bool inside = false;
        for (auto &[step, rest] : stack) {
          inside |= step == next;
          if (inside && step != next)
            diagnostic.attachNote(nodeLocation(nodes[step], step))
                << "which it reads through this node";
        }
        return diagnostic;
      }
    }
  }
  return order;
}

/// The nodes that compute `output` from names in `given`, in order, those of
/// outer graphs first.
std::vector<std::pair<const GraphImporter::Scope *, int>>
GraphImporter::nodesBetween(const llvm::StringSet<> &given, StringRef output) {
  SmallVector<const Scope *> scopes;
  for (const Scope *at = scope; at; at = at->isolated ? nullptr : at->outer)
    if (at->nodes)
      scopes.push_back(at);
  std::vector<std::pair<const Scope *, int>> dependent, needed;
  llvm::StringSet<> changed;
  for (const auto &name : given)
    changed.insert(name.first());
  for (const Scope *at : llvm::reverse(scopes))
    for (int i : at->order) {
      const NodeProto &node = (*at->nodes)[i];
      bool depends = false;
      forEachUse(
          node, [&](StringRef name) { depends |= changed.contains(name); },
          options.maxNesting);
      if (!depends)
        continue;
      dependent.emplace_back(at, i);
      for (const std::string &name : node.output())
        changed.insert(name);
    }
  llvm::StringSet<> wanted;
  wanted.insert(output);
  for (const auto &entry : llvm::reverse(dependent)) {
    const NodeProto &node = (*entry.first->nodes)[entry.second];
    if (llvm::none_of(node.output(), [&](const std::string &name) {
          return wanted.contains(name) && !given.contains(name);
        }))
      continue;
    needed.push_back(entry);
    forEachUse(
        node, [&](StringRef name) { wanted.insert(name); }, options.maxNesting);
  }
  std::reverse(needed.begin(), needed.end());
  return needed;
}

} // namespace ds::onnx
