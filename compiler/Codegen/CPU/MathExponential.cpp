//===- MathExponential.cpp - exp and what is made of it -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x = n log 2 + r with |r| <= log(2) / 2, exp(x) = 2^n exp(r) (Tang,
// Table-driven implementation of the exponential function, TOMS 1989, without
// the table). The power of two is multiplied on in two steps, so that results
// below the normal numbers are rounded once.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/MathCoefficients.inc"
#include "compiler/Codegen/CPU/MathFunctions.h"

#include <numbers>

namespace ds {

/// The coefficients of the precision of `x`.
#define DS_TAIL(name, x)                                                       \
  ((x).m->isDouble() ? llvm::ArrayRef<double>(name##64)                        \
                     : llvm::ArrayRef<double>(name##32))

namespace {

struct Exponent {
  Real n; ///< an integer
  Real r; ///< what is left
};

Exponent splitExponent(Real x) {
  MathBuilder &m = *x.m;
  Real magic = m.constant(m.roundingNumber());
  Real n = m.fma(x, m.constant(std::numbers::log2e), magic) - magic;
  // log 2 in two parts, the first with so few bits that n times it is exact.
  double high = m.isDouble() ? 0x1.62e42feep-1 : 0x1.62e4p-1;
  double low = m.isDouble() ? 0x1.a39ef35793c76p-33 : 0x1.7f7d1cf7p-20;
  Real r = m.fma(n, m.constant(-high), x);
  return {n, m.fma(n, m.constant(-low), r)};
}

/// NaN stays NaN.
Real clamp(Real x, double low, double high) {
  MathBuilder &m = *x.m;
  Real top = m.select(x > high, high, x);
  return m.select(top < low, low, top);
}

/// exp(r) - 1 for a small r.
Real expm1OfRest(Real r) {
  MathBuilder &m = *r.m;
  return m.fma(r * r, m.polynomial(DS_TAIL(expTail, r), r), r);
}

/// value * 2^n, for n in twice the range of exponents.
Real scale(Real value, Real n) {
  MathBuilder &m = *value.m;
  double magic = m.roundingNumber();
  Real halfShifted = n * 0.5 + magic;
  Real half = halfShifted - magic;
  Real restShifted = (n - half) + magic;
  return value * m.powerOfTwo(halfShifted) * m.powerOfTwo(restShifted);
}

/// Above this exp is infinite, beyond the largest number; below `lowestExp` it
/// is 0, less than half of the smallest.
Real clampTop(Real x) {
  double highest = x.m->isDouble() ? 710 : 89;
  return x.m->select(x > highest, highest, x);
}
double lowestExp(Real x) { return x.m->isDouble() ? -746 : -104; }

/// exp(x), `correct` being applied to what is left of x by the power of two.
/// What is 0 is not computed: results below the normal numbers take CPUs a
/// hundred times as long, and masks of attention are full of them.
Real expOf(Real x, llvm::function_ref<Real(Real)> correct) {
  MathBuilder &m = *x.m;
  Mask isZero = x < lowestExp(x);
  auto [n, r] = splitExponent(m.select(isZero, 0, clampTop(x)));
  return m.select(isZero, 0, scale(expm1OfRest(correct(r)) + 1, n));
}

} // namespace

Real emitExp(Real x) {
  return expOf(x, [](Real r) { return r; });
}

Real emitExpOfSum(Real high, Real low) {
  MathBuilder &m = *high.m;
  // Where the low part is no small correction, the high one decides alone.
  low = m.select(m.abs(high) < 1000, low, m.constant(0));
  return expOf(high, [&](Real r) { return r + low; });
}

Real emitExpm1(Real x) {
  MathBuilder &m = *x.m;
  // Below -50 the result is -1, and above as for exp.
  auto [n, r] = splitExponent(clamp(x, -50, m.isDouble() ? 710 : 89));
  // 2^n may be too large for a number where the result is not.
  Real half = m.powerOfTwo(n + (m.roundingNumber() - 1));
  Real y = m.fma(half, expm1OfRest(r), half - 0.5) * 2;
  // Tiny arguments, whose square is nothing, keep their bits and sign.
  return m.select(m.abs(x) < (m.isDouble() ? 0x1p-54 : 0x1p-25), x, y);
}

Real emitTanh(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  if (m.isDouble()) {
    // Above 20 the result is 1.
    Real e = emitExpm1(m.select(a > 20, 20.0, a) * 2);
    return m.copySign(e / (e + 2), x);
  }
  Real far = 1.0 - 2.0 / (emitExp(m.select(a > 10, 10.0, a) * 2) + 1);
  Real z = x * x;
  Real near = m.fma(z * x, m.polynomial(tanhTail32, z), x);
  // The sum with a product of zeros would lose the sign of a zero.
  return m.copySign(m.select(a < 0.625, near, far), x);
}

Real emitSinh(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  // Where exp(-a) is nothing beside exp(a): as a square, which reaches as far
  // as the result does.
  Mask isFar = a > 22;
  Real e = emitExpm1(m.select(isFar, a * 0.5, a));
  Real near = (e + e / (e + 1)) * 0.5;
  Real far = (e + 1) * 0.5 * (e + 1);
  return m.copySign(m.select(isFar, far, near), x);
}

Real emitCosh(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  Mask isFar = a > 22;
  Real e = emitExp(m.select(isFar, a * 0.5, a));
  return m.select(isFar, e * 0.5 * e, e * 0.5 + 0.5 / e);
}

Real emitErf(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  Real z = x * x;
  Real near = m.fma(x, m.polynomial(DS_TAIL(erfNear, x), z), x);
  // From `top` on the result is 1.
  double top = m.isDouble() ? 6 : 4;
  Real b = m.select(a > top, top, a);
  Real rest;
  if (m.isDouble())
    rest = emitExp(-(b * b)) * m.polynomial(erfFar64, (b - 2.0) / (b + 2.0));
  else
    rest = emitExp(m.polynomial(erfFarLog32, b));
  return m.select(a < 0.875, near, m.copySign(1.0 - rest, x));
}

} // namespace ds
