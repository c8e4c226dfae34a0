//===- ObjectEmission.h - from the LLVM dialect to objects
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_COMMON_OBJECTEMISSION_H
#define DS_COMPILER_CODEGEN_COMMON_OBJECTEMISSION_H

#include "compiler/Codegen/CPU/CpuTarget.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace llvm {
class Module;
} // namespace llvm

namespace ds {

struct ObjectOptions {
  int optLevel = 3;
  /// Scalar loops are left to LLVM's vectoriser; loops that are vectors already
  /// are not touched by it.
  bool vectorizeLoops = false;
  /// Also returns the optimised module's text.
  bool wantText = false;
};

struct EmittedObject {
  std::unique_ptr<llvm::MemoryBuffer> object;
  std::string text;
};

/// Translates `module` (LLVM dialect only), lets `extend` add to it, optimises
/// and emits. Thread-safe for different modules.
llvm::Expected<EmittedObject>
emitObject(mlir::ModuleOp module, const CpuTarget &target,
           const ObjectOptions &options,
           llvm::function_ref<void(llvm::Module &)> extend = {});

} // namespace ds

#endif // DS_COMPILER_CODEGEN_COMMON_OBJECTEMISSION_H
