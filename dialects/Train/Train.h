//===- Train.h - the train dialect ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_TRAIN_TRAIN_H
#define DS_DIALECTS_TRAIN_TRAIN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

// clang-format off
#include "dialects/Train/TrainDialect.h.inc"
#define GET_OP_CLASSES
#include "dialects/Train/TrainOps.h.inc"
// clang-format on

namespace ds::train {

/// The location of code that computes a gradient of the op at `loc`.
mlir::Location gradientLoc(mlir::Location loc);
/// Whether code at `loc` is that of a gradient, or holds some.
bool isGradientLoc(mlir::Location loc);

} // namespace ds::train

#endif // DS_DIALECTS_TRAIN_TRAIN_H
