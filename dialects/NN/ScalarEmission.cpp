//===- ScalarEmission.cpp - scalar code that rows of the table share ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/ScalarEmission.h"

#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using namespace ds;
using namespace ds::nn;

using arith::CmpFPredicate;
using arith::CmpIPredicate;

bool nn::isNarrowFloat(Type elementType) {
  auto type = dyn_cast<FloatType>(elementType);
  return type && type.getWidth() <= 8;
}

Type nn::storageType(Type elementType) {
  if (isNarrowFloat(elementType))
    return IntegerType::get(elementType.getContext(), 8);
  auto integer = dyn_cast<IntegerType>(elementType);
  if (!integer)
    return elementType;
  unsigned width = integer.getWidth();
  return IntegerType::get(elementType.getContext(),
                          width > 1 && width < 8 ? 8 : width);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static Value constantOf(OpBuilder &b, Location loc, Type type,
                        TypedAttr element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(vector, element));
  return arith::ConstantOp::create(b, loc, element);
}

Value nn::constantLike(OpBuilder &b, Location loc, Value like, int64_t value) {
  Type element = getElementTypeOrSelf(like);
  if (auto floatType = dyn_cast<FloatType>(element))
    return constantOf(b, loc, like.getType(),
                      b.getFloatAttr(floatType, static_cast<double>(value)));
  return constantOf(b, loc, like.getType(), b.getIntegerAttr(element, value));
}

Value nn::zeroLike(OpBuilder &b, Location loc, Value like) {
  return constantLike(b, loc, like, 0);
}

Value nn::infinityLike(OpBuilder &b, Location loc, Value like) {
  auto type = cast<FloatType>(getElementTypeOrSelf(like));
  llvm::APFloat infinity = llvm::APFloat::getInf(type.getFloatSemantics());
  return constantOf(b, loc, like.getType(), b.getFloatAttr(type, infinity));
}

//===----------------------------------------------------------------------===//
// Integers below a byte
//===----------------------------------------------------------------------===//

Value nn::emitWrap(OpBuilder &b, Location loc, Type type, Value x) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() == 1 || integer.getWidth() >= 8)
    return x;
  if (integer.isUnsigned())
    return arith::AndIOp::create(
        b, loc, x, constantLike(b, loc, x, (1 << integer.getWidth()) - 1));
  unsigned width = getElementTypeOrSelf(x).getIntOrFloatBitWidth();
  Value amount = constantLike(b, loc, x, width - integer.getWidth());
  return arith::ShRSIOp::create(
      b, loc, arith::ShLIOp::create(b, loc, x, amount), amount);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static Value isEqual(OpBuilder &b, Location loc, Value x, int64_t constant) {
  return arith::CmpIOp::create(b, loc, CmpIPredicate::eq, x,
                               constantLike(b, loc, x, constant));
}

Value nn::emitSign(OpBuilder &b, Location loc, Type type, Value x) {
  Value zero = zeroLike(b, loc, x), one = constantLike(b, loc, x, 1);
  if (isUnsigned(type))
    return arith::SelectOp::create(b, loc, isEqual(b, loc, x, 0), zero, one);
  auto choose = [&](Value above, Value below) -> Value {
    Value negative = arith::SelectOp::create(b, loc, below,
                                             constantLike(b, loc, x, -1), zero);
    return arith::SelectOp::create(b, loc, above, one, negative);
  };
  if (!isFloat(type))
    return choose(arith::CmpIOp::create(b, loc, CmpIPredicate::sgt, x, zero),
                  arith::CmpIOp::create(b, loc, CmpIPredicate::slt, x, zero));
  Value sign =
      choose(arith::CmpFOp::create(b, loc, CmpFPredicate::OGT, x, zero),
             arith::CmpFOp::create(b, loc, CmpFPredicate::OLT, x, zero));
  Value isNan = arith::CmpFOp::create(b, loc, CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(b, loc, isNan, x, sign);
}

Value nn::emitSigmoid(OpBuilder &b, Location loc, Value x) {
  // 1 / (1 + exp(-x)) and exp(x) / (1 + exp(x)) are the same; with the
  // exponential of -|x| neither overflows, and small results keep their digits.
  Value one = constantLike(b, loc, x, 1), zero = zeroLike(b, loc, x);
  Value magnitude = math::AbsFOp::create(b, loc, x);
  Value exponential =
      math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, magnitude));
  Value isNegative = arith::CmpFOp::create(b, loc, CmpFPredicate::OLT, x, zero);
  Value numerator =
      arith::SelectOp::create(b, loc, isNegative, exponential, one);
  return arith::DivFOp::create(b, loc, numerator,
                               arith::AddFOp::create(b, loc, one, exponential));
}

/// Where an integer division would trap, and a divisor that never does: zero
/// and, for signed types, -1 are replaced by 1.
namespace {
struct SafeDivisor {
  Value isZero, isMinusOne, divisor;
};
} // namespace

static SafeDivisor makeSafe(OpBuilder &b, Location loc, Type type, Value y) {
  SafeDivisor safe{isEqual(b, loc, y, 0), {}, {}};
  Value replace = safe.isZero;
  if (!isUnsigned(type)) {
    safe.isMinusOne = isEqual(b, loc, y, -1);
    replace = arith::OrIOp::create(b, loc, safe.isZero, safe.isMinusOne);
  }
  safe.divisor =
      arith::SelectOp::create(b, loc, replace, constantLike(b, loc, y, 1), y);
  return safe;
}

Value nn::emitRelu(OpBuilder &b, Location loc, Type type, Value x) {
  if (isUnsigned(type))
    return x;
  Value zero = zeroLike(b, loc, x);
  if (isFloat(type))
    return arith::MaximumFOp::create(b, loc, x, zero);
  return arith::MaxSIOp::create(b, loc, x, zero);
}

Value nn::emitClip(OpBuilder &b, Location loc, Type type, Value x, Value low,
                   Value high) {
  if (isFloat(type)) {
    Value raised = arith::MaximumFOp::create(b, loc, x, low);
    return arith::MinimumFOp::create(b, loc, raised, high);
  }
  if (isUnsigned(type)) {
    Value raised = arith::MaxUIOp::create(b, loc, x, low);
    return arith::MinUIOp::create(b, loc, raised, high);
  }
  Value raised = arith::MaxSIOp::create(b, loc, x, low);
  return arith::MinSIOp::create(b, loc, raised, high);
}

Value nn::emitDivision(OpBuilder &b, Location loc, Type type, Value x,
                       Value y) {
  if (isFloat(type))
    return arith::DivFOp::create(b, loc, x, y);
  SafeDivisor safe = makeSafe(b, loc, type, y);
  Value zero = zeroLike(b, loc, x), quotient;
  if (isUnsigned(type)) {
    quotient = arith::DivUIOp::create(b, loc, x, safe.divisor);
  } else {
    Value divided = arith::DivSIOp::create(b, loc, x, safe.divisor);
    Value negated = arith::SubIOp::create(b, loc, zero, x);
    quotient =
        arith::SelectOp::create(b, loc, safe.isMinusOne, negated, divided);
  }
  return arith::SelectOp::create(b, loc, safe.isZero, zero, quotient);
}

Value nn::emitRemainder(OpBuilder &b, Location loc, Type type, Value x,
                        Value y) {
  // x - trunc(x / y) * y would be cheaper, but is wrong once the quotient is
  // rounded.
  if (isFloat(type))
    return arith::RemFOp::create(b, loc, x, y);
  SafeDivisor safe = makeSafe(b, loc, type, y);
  // The remainder by 1, which stands in for -1, is 0 as it should be.
  Value remainder =
      isUnsigned(type) ? Value(arith::RemUIOp::create(b, loc, x, safe.divisor))
                       : Value(arith::RemSIOp::create(b, loc, x, safe.divisor));
  return arith::SelectOp::create(b, loc, safe.isZero, zeroLike(b, loc, x),
                                 remainder);
}

Value nn::emitPower(OpBuilder &b, Location loc, Type type, Value x, Value y) {
  if (isFloat(type))
    return math::PowFOp::create(b, loc, x, y);
  // Squaring, one step per bit of the exponent: straight-line, so that it works
  // on vectors. The sign bit of a negative exponent counts as one more bit,
  // which is right for bases 1 and -1, the only ones whose result is used then.
  unsigned width = getElementTypeOrSelf(x).getIntOrFloatBitWidth();
  Value zero = zeroLike(b, loc, x), one = constantLike(b, loc, x, 1);
  Value result = one, square = x;
  for (unsigned bit = 0; bit < width; ++bit) {
    Value masked = arith::AndIOp::create(
        b, loc, y, constantLike(b, loc, y, int64_t(uint64_t{1} << bit)));
    Value isClear =
        arith::CmpIOp::create(b, loc, CmpIPredicate::eq, masked, zero);
    Value multiplied = arith::MulIOp::create(b, loc, result, square);
    result = arith::SelectOp::create(b, loc, isClear, result, multiplied);
    if (bit + 1 < width)
      square = arith::MulIOp::create(b, loc, square, square);
  }
  if (isUnsigned(type))
    return result;
  Value isNegative = arith::CmpIOp::create(b, loc, CmpIPredicate::slt, y, zero);
  Value isUnit = arith::OrIOp::create(b, loc, isEqual(b, loc, x, 1),
                                      isEqual(b, loc, x, -1));
  Value vanishes = arith::AndIOp::create(
      b, loc, isNegative,
      arith::XOrIOp::create(b, loc, isUnit, constantLike(b, loc, isUnit, 1)));
  return arith::SelectOp::create(b, loc, vanishes, zero, result);
}

Scalar nn::evaluatePower(Type type, Scalar x, Scalar y) {
  if (x.isFloat)
    return Scalar::fromDouble(std::pow(x.f, y.f));
  bool isNegative = !isUnsigned(type) && y.i < 0;
  if (isNegative && x.i != 1 && x.i != -1)
    return Scalar::fromInt(0);
  if (isNegative)
    return Scalar::fromInt(x.i == -1 && (y.i & 1) ? -1 : 1);
  uint64_t result = 1, square = x.u();
  for (uint64_t exponent = y.u(); exponent; exponent >>= 1, square *= square)
    if (exponent & 1)
      result *= square;
  return Scalar::fromInt(static_cast<int64_t>(result));
}

Value nn::emitShift(OpBuilder &b, Location loc, Type type, Value x, Value y,
                    bool left) {
  unsigned width = type.getIntOrFloatBitWidth(),
           held = getElementTypeOrSelf(x).getIntOrFloatBitWidth();
  // A negative amount is a large one when read as unsigned. For booleans the
  // width, 1, does not fit the type.
  Value isFar =
      width == 1 ? y
                 : Value(arith::CmpIOp::create(b, loc, CmpIPredicate::uge, y,
                                               constantLike(b, loc, y, width)));
  Value zero = zeroLike(b, loc, x);
  Value amount = arith::SelectOp::create(b, loc, isFar, zero, y), shifted;
  if (left) {
    shifted = arith::ShLIOp::create(b, loc, x, amount);
  } else {
    // The sign extension of a narrow value must not move in.
    if (width < held)
      x = arith::AndIOp::create(b, loc, x,
                                constantLike(b, loc, x, (1 << width) - 1));
    shifted = arith::ShRUIOp::create(b, loc, x, amount);
  }
  return arith::SelectOp::create(b, loc, isFar, zero, shifted);
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static CmpFPredicate floatPredicate(ComparePredicate predicate) {
  switch (predicate) {
  case ComparePredicate::eq:
    return CmpFPredicate::OEQ;
  case ComparePredicate::ne:
    return CmpFPredicate::UNE;
  case ComparePredicate::lt:
    return CmpFPredicate::OLT;
  case ComparePredicate::le:
    return CmpFPredicate::OLE;
  case ComparePredicate::gt:
    return CmpFPredicate::OGT;
  case ComparePredicate::ge:
    return CmpFPredicate::OGE;
  }
  llvm_unreachable("all predicates are handled");
}

static CmpIPredicate integerPredicate(ComparePredicate predicate,
                                      bool isUnsigned) {
  switch (predicate) {
  case ComparePredicate::eq:
    return CmpIPredicate::eq;
  case ComparePredicate::ne:
    return CmpIPredicate::ne;
  case ComparePredicate::lt:
    return isUnsigned ? CmpIPredicate::ult : CmpIPredicate::slt;
  case ComparePredicate::le:
    return isUnsigned ? CmpIPredicate::ule : CmpIPredicate::sle;
  case ComparePredicate::gt:
    return isUnsigned ? CmpIPredicate::ugt : CmpIPredicate::sgt;
  case ComparePredicate::ge:
    return isUnsigned ? CmpIPredicate::uge : CmpIPredicate::sge;
  }
  llvm_unreachable("all predicates are handled");
}

Value nn::emitCompare(OpBuilder &b, Location loc, Type type,
                      ComparePredicate predicate, Value x, Value y) {
  if (!isFloat(type))
    return arith::CmpIOp::create(
        b, loc, integerPredicate(predicate, isUnsigned(type)), x, y);
  if (isNarrowFloat(type)) {
    x = emitWiden(b, loc, type, x);
    y = emitWiden(b, loc, type, y);
  }
  return arith::CmpFOp::create(b, loc, floatPredicate(predicate), x, y);
}

template <typename T>
static bool compare(ComparePredicate predicate, T x, T y) {
  switch (predicate) {
  case ComparePredicate::eq:
    return x == y;
  case ComparePredicate::ne:
    return x != y;
  case ComparePredicate::lt:
    return x < y;
  case ComparePredicate::le:
    return x <= y;
  case ComparePredicate::gt:
    return x > y;
  case ComparePredicate::ge:
    return x >= y;
  }
  llvm_unreachable("all predicates are handled");
}

bool nn::evaluateCompare(Type type, ComparePredicate predicate, Scalar x,
                         Scalar y) {
  if (x.isFloat)
    return compare(predicate, x.f, y.f);
  return isUnsigned(type) ? compare(predicate, x.u(), y.u())
                          : compare(predicate, x.i, y.i);
}
