//===- Instrumentation.h - watches passes run -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_INSTRUMENTATION_H
#define DS_COMPILER_DRIVER_INSTRUMENTATION_H

#include "compiler/Driver/CompileLog.h"

#include "mlir/Pass/PassInstrumentation.h"

#include <atomic>
#include <memory>
#include <string>

namespace ds {

/// Numbered IR files in a directory: 000-import.mlir, 001-canonicalize.mlir,
/// ... Each holds the op a pass ran on, with locations. Thread-safe.
class IRDumper {
public:
  /// Makes the directory if there is none. Its files from an earlier
  /// compilation are overwritten or stay.
  static llvm::Expected<std::unique_ptr<IRDumper>>
  create(llvm::StringRef directory);

  /// Writes the next file. The first failure is kept for `takeError`.
  void dump(llvm::StringRef name, mlir::Operation *op);

  /// What went wrong while writing, if anything.
  llvm::Error takeError();

private:
  explicit IRDumper(llvm::StringRef directory) : directory(directory) {}
  std::string directory;
  std::atomic<unsigned> next{0};
  std::mutex mutex;
  std::string failure;
};

/// Reports every pass to the log.
std::unique_ptr<mlir::PassInstrumentation>
createTimingInstrumentation(CompileLog &log);

/// Dumps the IR after every pass, also after one that failed.
std::unique_ptr<mlir::PassInstrumentation>
createDumpInstrumentation(IRDumper &dumper);

} // namespace ds

#endif // DS_COMPILER_DRIVER_INSTRUMENTATION_H
