//===- Diagnostics.h - how ds-compile shows diagnostics -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_DIAGNOSTICS_H
#define DS_COMPILER_DRIVER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include "llvm/ADT/StringRef.h"

#include <mutex>
#include <string>

namespace ds {

class Progress;

/// Where a diagnostic points, in the user's terms: a place in a file, a node of
/// the model, or both.
struct SourcePlace {
  std::string file;
  /// 0 where the file has no lines, as an ONNX file.
  unsigned line = 0;
  unsigned column = 0;
  std::string node;
  std::string opType;
};

/// The place that a location stands for. Of several fused ones, the first that
/// says something; of a call chain, the innermost.
SourcePlace placeOf(mlir::Location location);

/// "model.onnx: node "conv1" (Conv)", "model.mlir:3:5" or an empty text.
std::string toString(const SourcePlace &place);

/// Renders what a context's code reports, and messages of the driver itself, on
/// the standard error:
///
///   error: model.onnx: node "conv1" (Conv): expected 2 inputs, found 1
///   note: ...
///
/// Lives as long as the context is used. Thread-safe.
class DiagnosticRenderer {
public:
  /// `quiet` drops warnings and remarks.
  DiagnosticRenderer(Progress &progress, bool quiet);

  /// Takes over the diagnostics of a context.
  void attach(mlir::MLIRContext &context);

  void error(const llvm::Twine &message);
  void warning(const llvm::Twine &message);
  /// A line of --verbose: no diagnostic, so without a word in front.
  void say(const llvm::Twine &message);

private:
  void render(mlir::Diagnostic &diagnostic);
  void print(mlir::DiagnosticSeverity severity, const SourcePlace &place,
             llvm::StringRef message);
  void printSourceLine(const SourcePlace &place);

  Progress &progress;
  bool quiet;
  bool colors;
  std::mutex mutex;
};

} // namespace ds

#endif // DS_COMPILER_DRIVER_DIAGNOSTICS_H
