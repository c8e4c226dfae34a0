//===- ExportNotes.h - what an exporter notes of initialisers -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_EXPORTNOTES_H
#define DS_FRONTENDS_ONNX_EXPORTNOTES_H

#include "onnx/onnx_pb.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace ds::onnx {

/// PyTorch's exporter writes into the metadata of a graph which initialisers
/// were parameters and which buffers, and from what it folded others. Files
/// without such notes tell nothing.
class ExportNotes {
public:
  explicit ExportNotes(const ds_onnx::GraphProto &graph);

  /// Whether the notes say that the initialiser is no parameter, nor made of
  /// any.
  bool isConstant(llvm::StringRef initializer) const {
    return constants.contains(initializer);
  }

private:
  llvm::StringSet<> constants;
};

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_EXPORTNOTES_H
