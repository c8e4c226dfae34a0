//===- MathLogarithm.cpp - log and what is made of it ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2); with s = f / (2 +
// f), log(1 + f) = 2 atanh(s) = 2 s + s^3 L(s^2), and 2 s = f - s f, which is
// arranged so that the leading term f is added last (Muller, Elementary
// Functions, 3rd ed., 6.2 and 11.5).
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/MathCoefficients.inc"
#include "compiler/Codegen/CPU/MathFunctions.h"

#include <limits>
#include <numbers>

namespace ds {

#define DS_TAIL(name, x)                                                       \
  ((x).m->isDouble() ? llvm::ArrayRef<double>(name##64)                        \
                     : llvm::ArrayRef<double>(name##32))

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// log 2 in two parts, the first with so few bits that k times it is exact.
double ln2High(MathBuilder &m) {
  return m.isDouble() ? 0x1.62e42feep-1 : 0x1.62e4p-1;
}
double ln2Low(MathBuilder &m) {
  return m.isDouble() ? 0x1.a39ef35793c76p-33 : 0x1.7f7d1cf7p-20;
}

struct Significand {
  Real k;        ///< the exponent, an integer
  Real f;        ///< the significand less 1
  Bits exponent; ///< k as bits, plus the bias
};

/// Of a positive normal number.
Significand splitNumber(Real x) {
  MathBuilder &m = *x.m;
  // Bits of sqrt(1/2): significands from there on count up to the next power.
  int64_t root = m.isDouble() ? 0x3FE6A09E667F3BCD : 0x3F3504F3;
  int64_t one = m.exponentBias() << m.fractionBits();
  Bits moved = m.toBits(x) + (one - root);
  Bits exponent = moved >> m.fractionBits();
  // An integer in the low bits of 2^52 (2^23) is that many ones.
  double unit = m.isDouble() ? 0x1p52 : 0x1p23;
  Real k = m.fromBits(exponent | m.toBits(m.constant(unit))) -
           (unit + static_cast<double>(m.exponentBias()));
  Bits fraction = moved & ((int64_t{1} << m.fractionBits()) - 1);
  return {k, m.fromBits(fraction + root) - 1.0, exponent};
}

Real logOfParts(Real k, Real f) {
  MathBuilder &m = *f.m;
  Real square = f * f * 0.5;
  Real s = f / (f + 2.0);
  Real z = s * s;
  Real tail = z * m.polynomial(DS_TAIL(logTail, f), z);
  Real low = m.fma(k, m.constant(ln2Low(m)), s * (square + tail));
  return m.fma(k, m.constant(ln2High(m)), f - (square - low));
}

/// The number scaled so that it is normal, and the exponent that this took off.
std::pair<Real, Real> makeNormal(Real x) {
  MathBuilder &m = *x.m;
  double smallest = m.isDouble() ? 0x1p-1022 : 0x1p-126;
  double shift = static_cast<double>(m.fractionBits()) + 2;
  Mask isTiny = x < smallest;
  return {m.select(isTiny, x * (m.isDouble() ? 0x1p54 : 0x1p25), x),
          m.select(isTiny, m.constant(shift), m.constant(0))};
}

/// What log has at the ends of its range; `y` elsewhere.
Real withLimits(Real x, Real y) {
  MathBuilder &m = *x.m;
  y = m.select(x == infinity, infinity, y);
  y = m.select(x == 0.0, -infinity, y);
  return m.select(m.compare(mlir::arith::CmpFPredicate::ULT, x, m.constant(0)),
                  notANumber, y);
}

/// log(x) as a sum of two numbers, for a positive x; f64 only.
std::pair<Real, Real> logOfTwoParts(Real x) {
  MathBuilder &m = *x.m;
  auto [normal, removed] = makeNormal(x);
  Significand parts = splitNumber(normal);
  Real k = parts.k - removed, f = parts.f;
  Real d = f + 2.0;
  Real dLow = f - (d - 2.0);
  Real s = f / d;
  Real product = s * d;
  Real sLow = ((f - product) - m.productError(s, d, product) - s * dLow) / d;
  Real z = s * s;
  Real tail = m.fma(s * z, m.polynomial(llvm::ArrayRef<double>(logTail64), z),
                    sLow * 2.0);
  Real high = s * 2.0 + tail;
  Real low = tail - (high - s * 2.0);
  Real whole = k * ln2High(m);
  Real sum = whole + high;
  Real error = high - (sum - whole);
  return {sum, error + (low + k * ln2Low(m))};
}

} // namespace

Real emitLog(Real x) {
  auto [normal, removed] = makeNormal(x);
  Significand parts = splitNumber(normal);
  return withLimits(x, logOfParts(parts.k - removed, parts.f));
}

Real emitLog1p(Real x) {
  MathBuilder &m = *x.m;
  Real u = x + 1.0;
  Significand parts = splitNumber(u);
  // What the sum lost, in units of the significand. From `large` on it is
  // nothing, and its scale might be no number.
  Mask isLarge = x > (m.isDouble() ? 0x1p60 : 0x1p30);
  Real lost = x - (u - 1.0);
  Real unit = m.fromBits((m.bits(2 * m.exponentBias()) - parts.exponent)
                         << m.fractionBits());
  Real correction = m.select(isLarge, 0.0, lost * unit);
  Real y = withLimits(u, logOfParts(parts.k, parts.f + correction));
  return m.select(m.abs(x) < (m.isDouble() ? 0x1p-54 : 0x1p-25), x, y);
}

Real emitAsinh(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  Mask isFar = a > 0x1p28;
  Real b = m.select(isFar, 1.0, a);
  Real near = b + b * b / (m.sqrt(b * b + 1.0) + 1.0);
  // Far out it is log(2 a) = log(1 + (a - 1)) + log(2).
  Real y = emitLog1p(m.select(isFar, a - 1.0, near));
  return m.copySign(m.select(isFar, y + std::numbers::ln2, y), x);
}

Real emitAcosh(Real x) {
  MathBuilder &m = *x.m;
  Mask isFar = x > 0x1p28;
  Real t = m.select(isFar, 1.0, x) - 1.0;
  Real y = emitLog1p(m.select(isFar, x - 1.0, t + m.sqrt(t * 2.0 + t * t)));
  y = m.select(isFar, y + std::numbers::ln2, y);
  return m.select(m.compare(mlir::arith::CmpFPredicate::ULT, x, m.constant(1)),
                  notANumber, y);
}

Real emitAtanh(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  return m.copySign(emitLog1p(a * 2.0 / (1.0 - a)) * 0.5, x);
}

Real emitPow(Real x, Real y, bool isWide) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x), power;
  if (isWide) {
    auto [high, low] = logOfTwoParts(a);
    high = withLimits(a, high);
    Real product = y * high;
    power =
        emitExpOfSum(product, m.fma(y, low, m.productError(y, high, product)));
  } else {
    power = emitExp(y * emitLog(a));
  }
  // A negative base: the sign of an odd power, and nothing real between the
  // integers.
  Mask isInteger = m.floor(y) == y;
  Real half = y * 0.5;
  Mask isOdd = isInteger &
               m.compare(mlir::arith::CmpFPredicate::UNE, m.floor(half), half);
  Mask isNegative = m.toBits(x) < 0;
  power = m.select(isOdd & isNegative, -power, power);
  Mask hasNone = (x < 0.0) & (x > -infinity) &
                 m.compare(mlir::arith::CmpFPredicate::UNE, m.floor(y), y);
  power = m.select(hasNone, notANumber, power);
  // 1 to any power, and any base to the power 0, even where one is no number.
  Mask isOne = (x == 1.0) | (y == 0.0) | ((a == 1.0) & (m.abs(y) == infinity));
  return m.select(isOne, 1.0, power);
}

} // namespace ds
