//===- MathFunctions.h - formulas of functions ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each takes and returns f32 or f64 (or vectors), whichever the operand is,
// unless it says f64 only: then f32 is computed in f64.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_MATHFUNCTIONS_H
#define DS_COMPILER_CODEGEN_CPU_MATHFUNCTIONS_H

#include "compiler/Codegen/CPU/MathBuilder.h"

namespace ds {

// Exponential functions (MathExponential.cpp).
Real emitExp(Real x);
/// exp(high + low) for a `low` that is small against 1; f64 only.
Real emitExpOfSum(Real high, Real low);
Real emitExpm1(Real x);
Real emitTanh(Real x);
Real emitSinh(Real x); ///< f64 only
Real emitCosh(Real x); ///< f64 only
Real emitErf(Real x);

// Logarithms (MathLogarithm.cpp).
Real emitLog(Real x);
Real emitLog1p(Real x);
Real emitAsinh(Real x); ///< f64 only
Real emitAcosh(Real x); ///< f64 only
Real emitAtanh(Real x); ///< f64 only
/// f64 only. `isWide` says that the result has to be right in all of f64; for
/// one that is rounded to f32 less will do.
Real emitPow(Real x, Real y, bool isWide);

// Trigonometric functions and the remainder (MathTrigonometric.cpp); f64 only.
enum class Circular { Sine, Cosine, Tangent };
Real emitCircular(Real x, Circular function);
Real emitAsin(Real x);
Real emitAcos(Real x);
Real emitAtan(Real x);
Real emitAtan2(Real y, Real x);
/// C's fmod.
Real emitRemainder(Real x, Real y);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_MATHFUNCTIONS_H
