//===- KernelInternal.h - functions that a kernel's module consists of
//-----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_CPU_KERNELINTERNAL_H
#define DS_COMPILER_CODEGEN_CPU_KERNELINTERNAL_H

#include "compiler/Codegen/CPU/ElementEmitter.h"
#include "compiler/Codegen/CPU/KernelEmitter.h"

namespace ds {

/// The argument array of a launch (see ds/model.h): for each kernel argument
/// its pointer and dynamic extents, or its value if it is an index.
struct KernelSignature {
  explicit KernelSignature(exec::KernelOp kernel);

  mutable exec::KernelOp
      kernel; ///< an op handle, whose accessors are not const
  /// Types of the array's entries: pointers and i64.
  llvm::SmallVector<mlir::Type> slots;

  /// Loads all slots from the array at `arguments`.
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Location loc,
                                      mlir::Value arguments) const;
  /// Tells `emitter` where the kernel's arguments are, given the slots' values.
  void bind(ElementEmitter &emitter, mlir::ValueRange values) const;
};

/// Declares the runtime functions that kernels call.
void declareRuntime(mlir::ModuleOp module);

/// Fills in the report's counts of operations and bytes.
void countWork(exec::KernelOp kernel, KernelReport &report);

/// The bufferised form of a kernel that has no stages: fills `module` with its
/// functions.
llvm::LogicalResult emitBufferizedKernel(exec::KernelOp kernel,
                                         mlir::ModuleOp module);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_KERNELINTERNAL_H
