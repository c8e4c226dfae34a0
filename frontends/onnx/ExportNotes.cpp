//===- ExportNotes.cpp - what an exporter notes of initialisers -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tensor of the file may be a weight, or the table of a rotary embedding, or
// the one number that scales attention: the format does not tell them apart,
// and training the latter is wrong. torch.onnx.export(dynamo=True) leaves two
// notes, as text:
//
// - on the graph, its signature with a line per input of the exported program,
//     p_fc_weight: PARAMETER target='fc.weight'
//     b_table: BUFFER target='table' persistent=True
// - on a value that was folded, the names that it was computed from,
//     ['fc.weight', 'val_3']
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/ExportNotes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace ds::onnx {

static constexpr llvm::StringLiteral Signature =
    "pkg.torch.export.ExportedProgram.graph_signature";
static constexpr llvm::StringLiteral FoldedFrom =
    "pkg.onnxscript.optimizer.folded_from";

template <typename T>
static llvm::StringRef noteOf(const T &proto, llvm::StringRef key) {
  for (const auto &entry : proto.metadata_props())
    if (entry.key() == key)
      return entry.value();
  return "";
}

/// What stands between single quotes in the text, one after the other.
static llvm::SmallVector<llvm::StringRef> quoted(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> parts, names;
  text.split(parts, '\'');
  for (size_t i = 1; i + 1 < parts.size(); i += 2)
    names.push_back(parts[i]);
  return names;
}

ExportNotes::ExportNotes(const ds_onnx::GraphProto &graph) {
  llvm::StringSet<> parameters;
  for (llvm::StringRef line : llvm::split(noteOf(graph, Signature), '\n')) {
    auto [kind, target] = line.split(": ").second.split(" target=");
    llvm::SmallVector<llvm::StringRef> names = quoted(target);
    if (names.empty())
      continue;
    (kind == "PARAMETER" ? parameters : constants).insert(names.front());
  }
  if (parameters.empty())
    return;
  for (const auto &value : graph.value_info()) {
    llvm::SmallVector<llvm::StringRef> sources =
        quoted(noteOf(value, FoldedFrom));
    if (!sources.empty() && llvm::none_of(sources, [&](llvm::StringRef name) {
          return parameters.contains(name);
        }))
      constants.insert(value.name());
  }
}

} // namespace ds::onnx
