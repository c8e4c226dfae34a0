//===- HostLowering.h - host code and the model's description
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_HOST_HOSTLOWERING_H
#define DS_COMPILER_CODEGEN_HOST_HOSTLOWERING_H

#include "compiler/Codegen/CPU/CpuTarget.h"
#include "dialects/Exec/Exec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
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

/// An entry point of the model as generated code: `void symbol(void *run)`.
struct EntryPoint {
  std::string name; ///< of the function it was made from
  std::string symbol;
  std::vector<LaunchDescription> launches; ///< in order of their numbers
};

/// The host part of `module` (bufferised and planned) as a module of its own in
/// the LLVM dialect. Fills in the entry points in order of the module.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerHost(mlir::ModuleOp module, std::vector<EntryPoint> &entryPoints);

/// Gives the symbols of translated host code the names and the visibility that
/// they have in `target`'s code.
void finishHostCode(llvm::Module &llvmModule, const CpuTarget &target,
                    llvm::ArrayRef<EntryPoint> entryPoints);

/// Adds the constant `ds_model` (see ds/model.h), described by the attributes
/// of `module` and its functions, to the finished host code of the first of
/// `targets`; the others' is in objects of its own.
void addModelDescription(llvm::Module &llvmModule, mlir::ModuleOp module,
                         llvm::ArrayRef<CpuTarget> targets,
                         llvm::ArrayRef<EntryPoint> entryPoints);

/// The memory plan of an entry point of the module as JSON text.
std::string memoryPlanJson(mlir::func::FuncOp function);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_HOST_HOSTLOWERING_H
