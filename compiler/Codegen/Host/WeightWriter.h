//===- WeightWriter.h - constants as the program's weights segment
//---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_HOST_WEIGHTWRITER_H
#define DS_COMPILER_CODEGEN_HOST_WEIGHTWRITER_H

#include "compiler/Link/Link.h"

#include "mlir/IR/BuiltinOps.h"

namespace ds {

/// Bytes of the weights segment of a bufferised module.
uint64_t weightBytes(mlir::ModuleOp module);

/// Streams the module's constants, in the layout that the code reads, one panel
/// or tensor at a time: memory use does not grow with the weights.
llvm::Error writeWeights(mlir::ModuleOp module, WeightSink &sink);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_HOST_WEIGHTWRITER_H
