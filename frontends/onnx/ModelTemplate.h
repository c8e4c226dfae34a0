//===- ModelTemplate.h - a model file to put other weights in -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_MODELTEMPLATE_H
#define DS_FRONTENDS_ONNX_MODELTEMPLATE_H

#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace ds {

struct ImportOptions;

/// The ONNX file at `path` without the initialisers called `names`, wherever in
/// it they are, and with external data moved inside: everything of a trained
/// model but what training changed. The text is
///
///   8 bytes, little-endian: the length of the head
///   the head: the serialised ModelProto without its graph
///   the serialised GraphProto
///
/// so that a writer without protobuf can append initialisers to the graph.
/// Fails when the file cannot be read or has no such initialiser.
llvm::Expected<std::string>
makeModelTemplate(llvm::StringRef path, mlir::MLIRContext &context,
                  const ImportOptions &options,
                  llvm::ArrayRef<std::string> names);

} // namespace ds

#endif // DS_FRONTENDS_ONNX_MODELTEMPLATE_H
