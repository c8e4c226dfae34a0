//===- VectorMath.h - functions as arithmetic -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_CPU_VECTORMATH_H
#define DS_COMPILER_CODEGEN_CPU_VECTORMATH_H

#include "mlir/IR/PatternMatch.h"

namespace ds {

/// Adds patterns that replace functions (exp, log, sin, pow, erf, ... and the
/// remainder of floats) of f32 and f64, scalar or vector, by arithmetic, so
/// that a program needs no mathematical library. Errors are listed in the
/// folder's README. Rare arguments (angles beyond 2^27, quotients beyond 2^27)
/// are calls of the runtime. With `hasFma` the target has fused multiply-add.
void populateVectorMathPatterns(mlir::RewritePatternSet &patterns, bool hasFma);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_VECTORMATH_H
