//===- HostLowering.h - host code and the model's description
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_HOST_HOSTLOWERING_H
#define DS_COMPILER_CODEGEN_HOST_HOSTLOWERING_H

#include "compiler/Codegen/CPU/CpuTarget.h"
#include "dialects/Exec/Exec.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace llvm {
class Module;
} // namespace llvm

namespace ds {

/// A launch as the runtime's observers see it.
struct LaunchDescription {
  struct Argument {
    int32_t slot;
    mlir::Type elementType;
    llvm::SmallVector<int64_t> dims; ///< static extents, or -1 - slot
    bool isOutput;
  };
  std::string kernel;
  std::string nodes;
  std::vector<Argument> arguments;
};

/// The host part of `module` (bufferised and planned) as a module of its own in
/// the LLVM dialect, with the function `void ds_model_run(void *run)`. Fills in
/// the launches in order of their numbers.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerHost(mlir::ModuleOp module, std::vector<LaunchDescription> &launches);

/// Adds the constant `ds_model` (see ds/model.h), described by the attributes
/// of `module`, to the translated host code.
void addModelDescription(llvm::Module &llvmModule, mlir::ModuleOp module,
                         const CpuTarget &target,
                         llvm::ArrayRef<LaunchDescription> launches);

/// The memory plan of the module as JSON text.
std::string memoryPlanJson(mlir::ModuleOp module);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_HOST_HOSTLOWERING_H
