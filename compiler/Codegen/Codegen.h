//===- Codegen.h - from kernels to objects
//---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_CODEGEN_H
#define DS_COMPILER_CODEGEN_CODEGEN_H

#include "compiler/Codegen/CPU/KernelEmitter.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ds {

struct CodegenOptions {
  /// As CpuTarget::createAll takes it.
  std::string targetCpu = "native";
  int optLevel = 3;
  /// Threads.
  unsigned jobs = 1;
  /// Also keep the LLVM IR as text.
  bool wantLLVM = false;
  /// Called from any thread with each finished piece of work: which part, of
  /// what, from when to when.
  std::function<void(llvm::StringRef part, llvm::StringRef what,
                     std::chrono::steady_clock::time_point begin,
                     std::chrono::steady_clock::time_point end)>
      onWork;
};

/// The code of a program for one kind of CPU.
struct CodeVersion {
  std::string cpu;
  std::vector<KernelReport> kernels; ///< in the module's order
};

/// Code versions, the best first, and the objects of a program: for each
/// version the host's, then one per kernel in the module's order. The first
/// host object also describes the model.
struct GeneratedCode {
  std::vector<CodeVersion> versions;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects;
  std::vector<std::string> llvmTexts;
};

/// Compiles a module whose kernels are lowered to linalg and whose host code is
/// bufferised and planned, once for each CPU that `options` ask for. The result
/// does not depend on the number of threads.
llvm::Expected<GeneratedCode> generateCode(mlir::ModuleOp module,
                                           const CodegenOptions &options);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CODEGEN_H
