//===- KernelEmitter.h - from exec.kernel to functions of loops
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_CPU_KERNELEMITTER_H
#define DS_COMPILER_CODEGEN_CPU_KERNELEMITTER_H

#include "compiler/Codegen/CPU/CpuTarget.h"
#include "dialects/Exec/Exec.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace ds {

/// What became of a kernel, for --explain.
struct KernelReport {
  std::string kernel;
  std::string strategy; ///< "tile 8x32, 16 lanes"
  bool isVectorized = true;
  std::string reason; ///< why not
  /// Scratch memory that each thread needs, where its size is static; plain
  /// loops have none.
  int64_t scratchBytes = 0;
  /// Floating-point operations of a launch, and bytes of what it reads and
  /// writes, each operand counted once; 0 where sizes are known at run time
  /// only.
  int64_t flops = 0, bytes = 0;
};

/// Makes a module that defines `void <kernel>(void **arguments)` for a kernel
/// whose body is linalg on tensors: by stages of vectorised loops, or, where
/// the body has no such form (sorting, scattering), by bufferisation and plain
/// loops. The module is made in the kernel's context; different kernels may be
/// emitted from several threads. Emits a diagnostic and fails on internal
/// errors.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
emitKernel(exec::KernelOp kernel, const CpuTarget &target,
           KernelReport &report);

/// Lowers such a module (or one of host code) to the LLVM dialect. `hasFma`:
/// the target has fused multiply-add, which functions are then computed with.
llvm::LogicalResult lowerToLLVMDialect(mlir::ModuleOp module,
                                       bool hasFma = false);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_KERNELEMITTER_H
