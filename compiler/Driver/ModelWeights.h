//===- ModelWeights.h - weights from safetensors files --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_MODELWEIGHTS_H
#define DS_COMPILER_DRIVER_MODELWEIGHTS_H

#include "compiler/Driver/SafeTensors.h"

#include "mlir/IR/BuiltinOps.h"

namespace ds {

/// Opens the safetensors files that the module's `#nn.weight` attributes name,
/// relative to the folder of the model, and puts their tensors into the nn
/// dialect's table. Fails, with a diagnostic at the constant, when a file, a
/// tensor, its type or its shape is not what the constant says.
llvm::LogicalResult loadWeightFiles(mlir::ModuleOp module,
                                    llvm::StringRef modelPath);

/// Makes every weight of the module whose key is the name of a tensor in `file`
/// that tensor. Returns how many there were; fails, with a diagnostic at the
/// constant, when type or shape differ.
llvm::FailureOr<unsigned> replaceWeights(mlir::ModuleOp module,
                                         const SafeTensorsFile &file);

/// What is different between a tensor of a file and the type it should have, or
/// an empty text.
std::string describeMismatch(const SafeTensor &tensor,
                             mlir::RankedTensorType type);

} // namespace ds

#endif // DS_COMPILER_DRIVER_MODELWEIGHTS_H
