//===- CastReference.cpp - conversion of one element, the reference -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/ScalarEmission.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace ds;
using namespace ds::nn;

using llvm::APFloat;

/// The element stored as `type` and read back: rounded, wrapped or saturated as
/// storing does.
static Scalar throughStorage(Type stored, Type loaded, Scalar x) {
  char buffer[16] = {};
  storeScalar(stored, x, buffer);
  return loadScalar(loaded, buffer);
}

static double largestOf(FloatType type) {
  APFloat largest = APFloat::getLargest(type.getFloatSemantics());
  bool lossy;
  largest.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
  return largest.convertToDouble();
}

/// To f8E8M0FNU. Integers come as their exact magnitude, which f64 need not
/// hold.
static double evaluateScale(bool saturate, ScaleRound round, Scalar x,
                            bool isUnsignedSource) {
  constexpr double NaN = std::numeric_limits<double>::quiet_NaN();
  if (x.isFloat && std::isnan(x.f))
    return NaN;
  double lowest = std::ldexp(1.0, -127), highest = std::ldexp(1.0, 127);
  int exponent;
  bool isPower, isUpperHalf;
  if (x.isFloat) {
    double magnitude = std::fabs(x.f);
    if (magnitude < lowest || std::isinf(magnitude))
      return saturate ? (magnitude < lowest ? lowest : highest) : NaN;
    double fraction = std::frexp(magnitude, &exponent);
    --exponent;
    isPower = fraction == 0.5;
    isUpperHalf = fraction >= 0.75;
  } else {
    uint64_t magnitude = !isUnsignedSource && x.i < 0 ? -x.u() : x.u();
    if (magnitude == 0)
      return saturate ? lowest : NaN;
    exponent = llvm::Log2_64(magnitude);
    isPower = llvm::isPowerOf2_64(magnitude);
    isUpperHalf = exponent > 0 && (magnitude >> (exponent - 1) & 1);
  }
  if ((round == ScaleRound::up && !isPower) ||
      (round == ScaleRound::nearest && isUpperHalf))
    ++exponent;
  return exponent <= 127 ? std::ldexp(1.0, exponent) : saturate ? highest : NaN;
}

Scalar nn::evaluateCast(Type from, Type to, bool saturate, ScaleRound round,
                        Scalar x) {
  if (from == to)
    return x;
  auto target = dyn_cast<FloatType>(to);
  if (!target) {
    if (to.isInteger(1))
      return Scalar::fromInt(x.isFloat ? x.f != 0 : x.i != 0);
    return throughStorage(to, to, x);
  }
  if (isa<Float8E8M0FNUType>(to))
    return Scalar::fromDouble(
        evaluateScale(saturate, round, x, isUnsigned(from)));
  const llvm::fltSemantics &semantics = target.getFloatSemantics();
  bool lossy;
  auto toDouble = [&](APFloat value) {
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
    return Scalar::fromDouble(value.convertToDouble());
  };
  if (x.isFloat &&
      std::isnan(x.f)) // f4E2M1FN has none: a zero of the other sign.
    return isa<Float4E2M1FNType>(to)
               ? Scalar::fromDouble(std::signbit(x.f) ? 0.0 : -0.0)
               : x;
  if (isNarrowFloat(to) && (saturate || isa<Float4E2M1FNType>(to))) {
    double limit = largestOf(target);
    if (!x.isFloat)
      x = Scalar::fromDouble(isUnsigned(from) ? static_cast<double>(x.u())
                                              : static_cast<double>(x.i));
    x.f = std::fmin(std::fmax(x.f, -limit), limit);
  }
  if (!x.isFloat) {
    // Directly, since going through f64 rounds 64-bit integers twice.
    APFloat value(semantics);
    value.convertFromAPInt(llvm::APInt(64, x.u()), !isUnsigned(from),
                           APFloat::rmNearestTiesToEven);
    return toDouble(std::move(value));
  }
  APFloat value(x.f);
  value.convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  return toDouble(std::move(value));
}

Scalar nn::evaluateBitcast(Type from, Type to, Scalar x) {
  return throughStorage(from, to, x);
}
