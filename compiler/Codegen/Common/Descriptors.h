//===- Descriptors.h - memrefs over pointers
//-------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_COMMON_DESCRIPTORS_H
#define DS_COMPILER_CODEGEN_COMMON_DESCRIPTORS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace ds {

/// A dense, row-major memref of `type` over `pointer`; `dynamicSizes` are i64,
/// one per dynamic extent. Made as the descriptor that the conversion to LLVM
/// gives memrefs, behind a cast that this conversion removes.
mlir::Value makeMemRef(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::MemRefType type, mlir::Value pointer,
                       mlir::ValueRange dynamicSizes);

/// The data pointer of a dense memref.
mlir::Value pointerOf(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::Value memref);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_COMMON_DESCRIPTORS_H
