//===- NNToLinalg.h - lowering of nn ops to linalg on tensors
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LOWERING_NNTOLINALG_H
#define DS_PASSES_LOWERING_NNTOLINALG_H

#include "mlir/Transforms/DialectConversion.h"

namespace ds {

/// From nn types to those of memory: `uiN` becomes `iN`; 2- and 4-bit integers
/// and floats of 8 bits and fewer become the `i8` that holds them. All other
/// types stay. Encodings of tensors are kept.
struct NNTypeConverter : mlir::TypeConverter {
  NNTypeConverter();
};

/// Adds the patterns for every nn op and for whatever else carries nn types
/// (functions, terminators, `tensor.dim`, ...).
void populateNNToLinalgPatterns(const NNTypeConverter &converter,
                                mlir::RewritePatternSet &patterns);

/// Lowers all nn ops inside `root`, and the types of its signature. On failure
/// a diagnostic has been emitted.
mlir::LogicalResult lowerNNToLinalg(mlir::Operation *root);

} // namespace ds

#endif // DS_PASSES_LOWERING_NNTOLINALG_H
