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

#endif // DS_DIALECTS_TRAIN_TRAIN_H
