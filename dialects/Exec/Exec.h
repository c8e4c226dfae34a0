//===- Exec.h - the exec dialect
//-------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_EXEC_EXEC_H
#define DS_DIALECTS_EXEC_EXEC_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

// clang-format off
#include "dialects/Exec/ExecDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Exec/ExecAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Exec/ExecOps.h.inc"
// clang-format on

namespace ds::exec {

/// The panel layout of a tensor or memref type, or null for plain row-major
/// memory.
PanelsAttr getPanels(mlir::Type type);

/// The memref type of a kernel argument or buffer: dense, identity layout;
/// panels are kept as the memory space's companion
/// `#exec.panels` in the memref's memory space attribute, so that they survive
/// bufferisation.
mlir::MemRefType getBufferType(mlir::RankedTensorType type);

/// Attaches how exec ops bufferise (destination style) to the registry.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace ds::exec

#endif // DS_DIALECTS_EXEC_EXEC_H
