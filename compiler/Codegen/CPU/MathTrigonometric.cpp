//===- MathTrigonometric.cpp - circular functions, and the remainder ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An angle is n quarter turns and a rest of at most an eighth, which is kept as
// a sum of two numbers: near multiples of pi all leading digits cancel (Payne
// and Hanek, Radian reduction for trigonometric functions, 1983). Up to 2^27
// three parts of pi / 2 are enough; beyond, the runtime has more digits of it.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/MathCoefficients.inc"
#include "compiler/Codegen/CPU/MathFunctions.h"

#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <limits>
#include <numbers>

using namespace mlir;

namespace ds {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double halfPi = std::numbers::pi / 2;
/// What pi / 2 and pi / 4 have beyond an f64.
constexpr double halfPiLow = 0x1.1a62633145c07p-54;
constexpr double halfPiLast = -0x1.f1976b7ed8fbcp-110;
constexpr double farAngle = 0x1p27;
constexpr double farQuotient = 0x1p27;

/// A function of the runtime, declared where `b` is if it is not yet.
LLVM::LLVMFuncOp runtimeFunction(OpBuilder &b, StringRef name, Type result,
                                 ArrayRef<Type> arguments) {
  auto module =
      b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  OpBuilder::InsertionGuard guard(b);
  FailureOr<LLVM::LLVMFuncOp> function =
      LLVM::lookupOrCreateFn(b, module, name, arguments, result);
  assert(succeeded(function) && "runtime functions have one type");
  return *function;
}

struct Angle {
  Real rest, low;
  Bits quarters; ///< only the low two bits count
};

Angle reduceAngle(Real x) {
  MathBuilder &m = *x.m;
  double magic = m.roundingNumber();
  Real shifted = x * (1 / halfPi) + magic;
  Real n = shifted - magic;
  // Both are multiples of one power of two that the result can hold.
  Real first = m.exactRemainder(x, n, m.constant(halfPi));
  Real second = n * halfPiLow;
  Real secondError = m.productError(n, m.constant(halfPiLow), second);
  Real rest = first - second;
  Real low = ((first - rest) - second) - (secondError + n * halfPiLast);
  Bits quarters = m.toBits(shifted);
  // NaN stays what it is.
  SmallVector<Value> usual{rest.value, low.value, quarters.value};
  Type f64 = m.b.getF64Type(), i64 = m.b.getI64Type();
  auto all = m.rareLanes(
      m.abs(x) > farAngle, usual, {x.value},
      [&](OpBuilder &b, ValueRange arguments) -> SmallVector<Value> {
        auto pointer = LLVM::LLVMPointerType::get(b.getContext());
        auto reduce =
            runtimeFunction(b, "ds_rt_reduce_angle", i64, {f64, pointer});
        Value rests;
        {
          // Stack space of a loop is taken once, in front of it.
          OpBuilder::InsertionGuard guard(b);
          Region *body = b.getInsertionBlock()->getParent();
          while (!body->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>())
            body = body->getParentOp()->getParentRegion();
          b.setInsertionPointToStart(&body->front());
          Value two =
              arith::ConstantOp::create(b, m.loc, b.getI64IntegerAttr(2));
          rests = LLVM::AllocaOp::create(b, m.loc, pointer, f64, two);
        }
        Value count = LLVM::CallOp::create(b, m.loc, reduce,
                                           ValueRange{arguments[0], rests})
                          .getResult();
        Value rest = LLVM::LoadOp::create(b, m.loc, f64, rests);
        Value place = LLVM::GEPOp::create(b, m.loc, pointer, f64, rests,
                                          ArrayRef<LLVM::GEPArg>{1});
        Value low = LLVM::LoadOp::create(b, m.loc, f64, place);
        return {rest, low, count};
      });
  return {m.real(all[0]), m.real(all[1]), {all[2], &m}};
}

Real evenSign(Real value, Bits sign) {
  MathBuilder &m = *value.m;
  return m.fromBits({arith::XOrIOp::create(m.b, m.loc, m.toBits(value).value,
                                           (sign << 63).value),
                     &m});
}

/// sin(rest + low) and cos(rest + low) for at most an eighth of a turn.
std::pair<Real, Real> sineAndCosine(Real rest, Real low) {
  MathBuilder &m = *rest.m;
  Real z = rest * rest;
  // sin(r + l) = r + (l + r^3 S(z) - z l / 2)
  Real sine =
      rest + m.fma(rest * z, m.polynomial(sinTail64, z), low - z * low * 0.5);
  // cos(r + l) = 1 - z / 2 + (z^2 C(z) - r l); what 1 - z / 2 loses is added.
  Real half = z * 0.5;
  Real start = 1.0 - half;
  Real cosine =
      start + (((1.0 - start) - half) +
               m.fma(z * z, m.polynomial(cosTail64, z), -(rest * low)));
  return {sine, cosine};
}

/// asin(x) for |x| <= 1/2, less x.
Real asinRest(Real x, Real z) {
  MathBuilder &m = *x.m;
  return x * z * m.polynomial(asinTail64, z);
}

/// atan(numerator / denominator) for positive operands: the tangent is turned
/// back by 0, an eighth or a quarter of a turn, so that it is small.
Real atanOfQuotient(Real numerator, Real denominator) {
  MathBuilder &m = *numerator.m;
  Mask isMiddle = numerator > denominator * 0x1.a827999fcef32p-2; // tan(pi/8)
  Mask isSteep = numerator > denominator * 0x1.3504f333f9de6p+1;  // tan(3 pi/8)
  Real top = m.select(isMiddle, numerator - denominator, numerator);
  Real bottom = m.select(isMiddle, numerator + denominator, denominator);
  top = m.select(isSteep, -denominator, top);
  bottom = m.select(isSteep, numerator, bottom);
  Real turn = m.select(isMiddle, m.constant(halfPi / 2), m.constant(0));
  turn = m.select(isSteep, halfPi, turn);
  Real turnLow = m.select(isMiddle, m.constant(halfPiLow / 2), m.constant(0));
  turnLow = m.select(isSteep, halfPiLow, turnLow);
  Real t = top / bottom;
  Real z = t * t;
  return turn + (t + (turnLow + t * z * m.polynomial(atanTail64, z)));
}

} // namespace

Real emitCircular(Real x, Circular function) {
  MathBuilder &m = *x.m;
  Angle angle = reduceAngle(x);
  auto [sine, cosine] = sineAndCosine(angle.rest, angle.low);
  // Tiny angles keep their sign, which the sum of parts loses.
  sine = m.select(m.abs(x) < 0x1p-27, x, sine);
  Bits quarters = angle.quarters;
  Mask isEven = (quarters & 1) == 0;
  if (function == Circular::Tangent)
    return m.select(isEven, sine / cosine, -(cosine / sine));
  if (function == Circular::Cosine) {
    Real y = m.select(isEven, cosine, sine);
    return evenSign(y, (quarters + 1) >> 1);
  }
  return evenSign(m.select(isEven, sine, cosine), quarters >> 1);
}

Real emitAsin(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  // asin(a) = pi / 2 - 2 asin(sqrt((1 - a) / 2)) above a half.
  Mask isLarge = a > 0.5;
  Real z = m.select(isLarge, (1.0 - a) * 0.5, a * a);
  Real root = m.select(isLarge, m.sqrt(z), a);
  Real rest = asinRest(root, z);
  Real far = halfPi - ((root + rest) * 2.0 - halfPiLow);
  return m.copySign(m.select(isLarge, far, root + rest), x);
}

Real emitAcos(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  Mask isLarge = a > 0.5;
  Real z = m.select(isLarge, (1.0 - a) * 0.5, a * a);
  Real root = m.select(isLarge, m.sqrt(z), x);
  Real rest = asinRest(root, z);
  Real twice = (root + rest) * 2.0;
  Real back = 2 * halfPi - (twice - 2 * halfPiLow);
  Real far = m.select(x < 0.0, back, twice);
  Real near = halfPi - (root - (halfPiLow - rest));
  return m.select(isLarge, far, near);
}

Real emitAtan(Real x) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x);
  Real y = atanOfQuotient(a, m.constant(1));
  // The formula's sum with 0 would do, but for the infinite: -1 / inf is 0.
  return m.copySign(y, x);
}

Real emitAtan2(Real y, Real x) {
  MathBuilder &m = *x.m;
  Real height = m.abs(y), width = m.abs(x);
  // Both infinite: an eighth. Both 0: none. Both so large that sums overflow:
  // a quarter of them.
  Mask isInfinite = (height == infinity) & (width == infinity);
  Mask isZero = (height == 0.0) & (width == 0.0);
  Mask isHuge = (height > 0x1p1000) | (width > 0x1p1000);
  height = m.select(isHuge, height * 0.25, height);
  width = m.select(isHuge, width * 0.25, width);
  height = m.select(isInfinite, 1.0, height);
  width = m.select(isInfinite | isZero, 1.0, width);
  Real angle = atanOfQuotient(height, width);
  Real turned = 2 * halfPi - (angle - 2 * halfPiLow);
  angle = m.select(m.toBits(x) < 0, turned, angle);
  return m.copySign(angle, y);
}

Real emitRemainder(Real x, Real y) {
  MathBuilder &m = *x.m;
  Real a = m.abs(x), b = m.abs(y);
  Real quotient = a / b;
  Real n = m.trunc(quotient);
  // No rounding: the remainder has no more digits than both operands together
  // have in common. The quotient may have been rounded up to the next integer.
  Real rest = m.exactRemainder(a, n, b);
  rest = m.select(rest < 0.0, rest + b, rest);
  rest = m.select(a < b, a, rest);
  Mask isFar =
      m.compare(arith::CmpFPredicate::UGE, quotient, m.constant(farQuotient));
  // Without fused multiply-add the product is split, which scales by 2^27.
  if (!m.hasFma)
    isFar = isFar | (a > 0x1p990);
  Type f64 = m.b.getF64Type();
  auto all = m.rareLanes(
      isFar, rest.value, {a.value, b.value},
      [&](OpBuilder &b, ValueRange arguments) -> SmallVector<Value> {
        auto remainder = runtimeFunction(b, "ds_rt_remainder", f64, {f64, f64});
        return {
            LLVM::CallOp::create(b, m.loc, remainder, arguments).getResult()};
      });
  return m.copySign(m.real(all[0]), x);
}

} // namespace ds
