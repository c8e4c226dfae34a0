//===- Casts.cpp - conversion between element types, as scalar code -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Floats of 8 and fewer bits have no arithmetic type in kernels: they are
// converted to and from f32 by integer arithmetic on their bits. Everything
// that must be rounded twice on the way goes through f32 rounded to odd, which
// keeps the second rounding right (Boldo and Melquiond, "When double rounding
// is odd", 2005).
//
//===----------------------------------------------------------------------===//
#include "dialects/NN/ScalarEmission.h"

#include "mlir/IR/TypeUtilities.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;
using namespace ds;
using namespace ds::nn;

using arith::CmpFPredicate;
using arith::CmpIPredicate;

namespace {

/// Layout of a float of 8 or fewer bits.
struct NarrowFormat {
  unsigned mantissaBits, exponentBits;
  int bias;
  /// Code of the largest finite magnitude.
  int64_t largest;
  /// Codes, without the sign; 0 where there is none.
  int64_t infinity, nan;
  /// The only NaN is negative zero's code ("FNUZ").
  bool nanIsNegativeZero;

  unsigned width() const { return 1 + exponentBits + mantissaBits; }

  static NarrowFormat of(Type type) {
    if (isa<Float8E4M3FNType>(type))
      return {3, 4, 7, 0x7e, 0, 0x7f, false};
    if (isa<Float8E4M3FNUZType>(type))
      return {3, 4, 8, 0x7f, 0, 0x80, true};
    if (isa<Float8E5M2Type>(type))
      return {2, 5, 15, 0x7b, 0x7c, 0x7e, false};
    if (isa<Float8E5M2FNUZType>(type))
      return {2, 5, 16, 0x7f, 0, 0x80, true};
    return {1, 2, 1, 0x7, 0, 0, false};
  }
};

/// Short names for the ops that conversions are made of. All values of one
/// emission have one vector shape.
struct Emitter {
  OpBuilder &b;
  Location loc;

  Type like(Value x, Type element) const {
    if (auto vector = dyn_cast<VectorType>(x.getType()))
      return vector.clone(element);
    return element;
  }
  Type integer(unsigned width) const { return b.getIntegerType(width); }
  Type f32() const { return b.getF32Type(); }

  Value constant(Value x, int64_t value) const {
    return constantLike(b, loc, x, value);
  }
  Value floatConstant(Value x, double value) const {
    auto type = cast<FloatType>(getElementTypeOrSelf(x));
    TypedAttr element = b.getFloatAttr(type, value);
    if (auto vector = dyn_cast<VectorType>(x.getType()))
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(vector, element));
    return arith::ConstantOp::create(b, loc, element);
  }

  Value add(Value x, Value y) const {
    return arith::AddIOp::create(b, loc, x, y);
  }
  Value sub(Value x, Value y) const {
    return arith::SubIOp::create(b, loc, x, y);
  }
  Value bitAnd(Value x, int64_t mask) const {
    return arith::AndIOp::create(b, loc, x, constant(x, mask));
  }
  Value bitOr(Value x, Value y) const {
    return arith::OrIOp::create(b, loc, x, y);
  }
  Value shiftLeft(Value x, int64_t by) const {
    return arith::ShLIOp::create(b, loc, x, constant(x, by));
  }
  Value shiftRight(Value x, int64_t by) const {
    return arith::ShRUIOp::create(b, loc, x, constant(x, by));
  }
  Value select(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  Value compare(CmpIPredicate predicate, Value x, int64_t y) const {
    return arith::CmpIOp::create(b, loc, predicate, x, constant(x, y));
  }
  Value compare(CmpFPredicate predicate, Value x, Value y) const {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value isNan(Value x) const { return compare(CmpFPredicate::UNO, x, x); }
  Value bitcast(Value x, Type element) const {
    return arith::BitcastOp::create(b, loc, like(x, element), x);
  }
  Value extend(Value x, Type element) const {
    return arith::ExtFOp::create(b, loc, like(x, element), x);
  }
  Value truncate(Value x, Type element) const {
    return arith::TruncFOp::create(b, loc, like(x, element), x);
  }
  Value zeroExtend(Value x, unsigned width) const {
    return arith::ExtUIOp::create(b, loc, like(x, integer(width)), x);
  }

  /// An integer brought to `width` bits, extended as its signedness says.
  Value resize(Value x, unsigned width, bool isUnsigned) const {
    unsigned from = getElementTypeOrSelf(x).getIntOrFloatBitWidth();
    Type type = like(x, integer(width));
    if (from == width)
      return x;
    if (from > width)
      return arith::TruncIOp::create(b, loc, type, x);
    return isUnsigned ? Value(arith::ExtUIOp::create(b, loc, type, x))
                      : Value(arith::ExtSIOp::create(b, loc, type, x));
  }

  Value decodeScale(Value bits) const;
  Value decode(Type type, Value x) const;
  Value encodeScale(Value x, bool saturate, ScaleRound round) const;
  Value encode(Type type, Value x, bool saturate) const;
  Value roundToOdd(Value x) const;
  Value toWideFloat(Type from, Value x, Type to) const;
  Value toInteger(Value x, Type to) const;
  Value toFloat(Value x, Type to, bool saturate, ScaleRound round) const;
};

} // namespace

//===----------------------------------------------------------------------===//
// Narrow floats to f32
//===----------------------------------------------------------------------===//

/// f8E8M0FNU: the code is f32's exponent field, but for 0, which is the
/// subnormal 2^-127, and 255, which is NaN.
Value Emitter::decodeScale(Value bits) const {
  Value field = shiftLeft(bits, 23);
  Value orLowest = select(compare(CmpIPredicate::eq, bits, 0),
                          constant(bits, 0x00400000), field);
  return bitcast(select(compare(CmpIPredicate::eq, bits, 0xff),
                        constant(bits, 0x7fc00000), orLowest),
                 f32());
}

Value Emitter::decode(Type type, Value x) const {
  Value bits = zeroExtend(x, 32);
  if (isa<Float8E8M0FNUType>(type))
    return decodeScale(bits);
  NarrowFormat format = NarrowFormat::of(type);
  Value magnitude = bitAnd(bits, (1 << (format.width() - 1)) - 1);
  // Normal numbers: the same fields at f32's places, the exponent rebased.
  // Subnormal ones: an integer multiple of the unit.
  Value rebased = add(shiftLeft(magnitude, 23 - format.mantissaBits),
                      constant(bits, int64_t{127 - format.bias} << 23));
  Value count = arith::UIToFPOp::create(b, loc, like(bits, f32()), magnitude);
  Value unit = floatConstant(
      count,
      std::ldexp(1.0, 1 - format.bias - static_cast<int>(format.mantissaBits)));
  Value subnormal =
      bitcast(arith::MulFOp::create(b, loc, count, unit), integer(32));
  Value isSubnormal =
      compare(CmpIPredicate::ult, magnitude, 1 << format.mantissaBits);
  Value result = select(isSubnormal, subnormal, rebased);
  if (format.infinity) {
    result = select(compare(CmpIPredicate::eq, magnitude, format.infinity),
                    constant(bits, 0x7f800000), result);
    result = select(compare(CmpIPredicate::ugt, magnitude, format.infinity),
                    constant(bits, 0x7fc00000), result);
  } else if (format.nan && !format.nanIsNegativeZero) {
    result = select(compare(CmpIPredicate::eq, magnitude, format.nan),
                    constant(bits, 0x7fc00000), result);
  }
  Value sign =
      shiftLeft(bitAnd(bits, 1 << (format.width() - 1)), 32 - format.width());
  result = bitOr(result, sign);
  if (format.nanIsNegativeZero)
    result = select(compare(CmpIPredicate::eq, bits, format.nan),
                    constant(bits, 0x7fc00000), result);
  return bitcast(result, f32());
}

Value nn::emitWiden(OpBuilder &b, Location loc, Type type, Value x) {
  Emitter emitter{b, loc};
  if (isNarrowFloat(type))
    return isa<FloatType>(getElementTypeOrSelf(x)) ? x
                                                   : emitter.decode(type, x);
  auto held = dyn_cast<FloatType>(getElementTypeOrSelf(x));
  return held && held.getWidth() < 32 ? emitter.extend(x, emitter.f32()) : x;
}

//===----------------------------------------------------------------------===//
// f32 to narrow floats
//===----------------------------------------------------------------------===//

Value Emitter::encodeScale(Value x, bool saturate, ScaleRound round) const {
  Value magnitude = bitAnd(bitcast(x, integer(32)), 0x7fffffff);
  // Adding what the mode asks for to the mantissa carries into the exponent
  // field, which is the code. In the subnormal range the code is 0 up to 2^-127
  // (mantissa 0x400000), and 0 or 1 above: f32's spacing is not logarithmic
  // there.
  int64_t carry = round == ScaleRound::up        ? 0x7fffff
                  : round == ScaleRound::nearest ? 0x400000
                                                 : 0;
  int64_t firstOne = round == ScaleRound::up        ? 0x400001
                     : round == ScaleRound::nearest ? 0x600000
                                                    : 0x800000;
  Value normal = shiftRight(add(magnitude, constant(magnitude, carry)), 23);
  Value isOne = compare(CmpIPredicate::uge, magnitude, firstOne);
  Value subnormal =
      select(isOne, constant(magnitude, 1), constant(magnitude, 0));
  Value code = select(compare(CmpIPredicate::ult, magnitude, 0x00800000),
                      subnormal, normal);
  Value tooLarge = compare(CmpIPredicate::ugt, code, 0xfe);
  code = select(tooLarge, constant(code, saturate ? 0xfe : 0xff), code);
  Value nan = constant(code, 0xff);
  if (!saturate)
    code =
        select(compare(CmpIPredicate::ult, magnitude, 0x00400000), nan, code);
  code = select(compare(CmpIPredicate::ugt, magnitude, 0x7f800000), nan, code);
  return resize(code, 8, true);
}

Value Emitter::encode(Type type, Value x, bool saturate) const {
  NarrowFormat format = NarrowFormat::of(type);
  unsigned dropped = 23 - format.mantissaBits;
  int lowestExponent = 1 - format.bias;
  Value bits = bitcast(x, integer(32));
  Value magnitude = bitAnd(bits, 0x7fffffff);
  // Normal numbers: half an ulp less one, plus the last kept bit, rounds to
  // nearest even when the rest is cut off; a carry into the exponent is right.
  // The exponent is rebased afterwards.
  Value half = add(bitAnd(shiftRight(magnitude, dropped), 1),
                   constant(bits, (int64_t{1} << (dropped - 1)) - 1));
  Value normal =
      sub(shiftRight(add(magnitude, half), dropped),
          constant(bits, int64_t{127 - format.bias} << format.mantissaBits));
  // Subnormal numbers: adding a power of two whose ulp is their unit lets the
  // adder round.
  double anchor = std::ldexp(
      1.0, lowestExponent - static_cast<int>(format.mantissaBits) + 23);
  Value absolute = bitcast(magnitude, f32());
  Value anchored =
      arith::AddFOp::create(b, loc, absolute, floatConstant(absolute, anchor));
  Value subnormal =
      sub(bitcast(anchored, integer(32)),
          constant(bits, llvm::bit_cast<uint32_t>(static_cast<float>(anchor))));
  Value isSubnormal = compare(CmpIPredicate::ult, magnitude,
                              int64_t{127 + lowestExponent} << 23);
  Value code = select(isSubnormal, subnormal, normal);

  Value sign = shiftLeft(shiftRight(bits, 31), format.width() - 1);
  Value isNan = compare(CmpIPredicate::ugt, magnitude, 0x7f800000);
  bool saturates = saturate || !format.nan;
  Value beyond = constant(bits, saturates         ? format.largest
                                : format.infinity ? format.infinity
                                                  : format.nan);
  code =
      select(compare(CmpIPredicate::ugt, code, format.largest), beyond, code);
  if (!format.nan) {
    // No NaN: a zero of the other sign.
    Value flipped = sub(constant(bits, 1 << (format.width() - 1)), sign);
    return resize(select(isNan, flipped, bitOr(code, sign)), 8, true);
  }
  code = select(isNan, constant(bits, format.nan), code);
  if (format.nanIsNegativeZero)
    // No negative zero, and the NaN has its sign already.
    sign = select(compare(CmpIPredicate::eq, code, 0), constant(bits, 0), sign);
  return resize(bitOr(code, sign), 8, true);
}

//===----------------------------------------------------------------------===//
// Between integers and wide floats
//===----------------------------------------------------------------------===//

/// f64 to f32, rounded to odd: cut off, then the last bit set if anything was
/// lost.
Value Emitter::roundToOdd(Value x) const {
  Value nearest = truncate(x, f32());
  Value back = extend(nearest, b.getF64Type());
  Value bits = bitcast(nearest, integer(32));
  Value magnitude = math::AbsFOp::create(b, loc, x);
  // What is beyond f32's exponents stays infinite.
  Value isInside = compare(CmpFPredicate::OLT, magnitude,
                           floatConstant(magnitude, std::ldexp(1.0, 128)));
  Value isInexact = compare(CmpFPredicate::ONE, back, x);
  isInexact = arith::AndIOp::create(b, loc, isInexact, isInside);
  Value isLarger = compare(CmpFPredicate::OGT,
                           math::AbsFOp::create(b, loc, back), magnitude);
  isLarger = arith::AndIOp::create(b, loc, isLarger, isInside);
  Value cut = sub(bits, zeroExtend(isLarger, 32));
  return bitcast(bitOr(cut, zeroExtend(isInexact, 32)), f32());
}

/// An integer as f32 or f64, in a way that keeps a later rounding to a narrower
/// type right when `to` is f64: then 64-bit integers are rounded to odd too.
Value Emitter::toWideFloat(Type from, Value x, Type to) const {
  bool unsignedSource = isUnsigned(from);
  auto convert = [&](Value value) -> Value {
    return unsignedSource
               ? Value(arith::UIToFPOp::create(b, loc, like(x, to), value))
               : Value(arith::SIToFPOp::create(b, loc, like(x, to), value));
  };
  if (!to.isF64() || from.getIntOrFloatBitWidth() < 64)
    return convert(x);
  // Of values beyond 53 bits the lowest 11 are cut off (towards minus
  // infinity), and the next is set if anything was lost: of the two neighbours
  // that is the odd one, for negative values too.
  Value lost = compare(CmpIPredicate::ne, bitAnd(x, 0x7ff), 0);
  Value sticky = shiftLeft(zeroExtend(lost, 64), 11);
  Value compressed = bitOr(bitAnd(x, ~int64_t{0x7ff}), sticky);
  int64_t limit = int64_t{1} << 53;
  Value fits = compare(CmpIPredicate::ult,
                       unsignedSource ? x : add(x, constant(x, limit)),
                       unsignedSource ? limit : 2 * limit);
  return convert(select(fits, x, compressed));
}

/// f32 or f64 to an integer type, saturating.
Value Emitter::toInteger(Value x, Type to) const {
  unsigned width = to.getIntOrFloatBitWidth(),
           held = storageType(to).getIntOrFloatBitWidth();
  if (width == 1)
    return compare(CmpFPredicate::UNE, x, constant(x, 0));
  bool unsignedTarget = isUnsigned(to);
  // The bounds are powers of two, exact in both float types; outside of them
  // the conversion is undefined, so it gets 0.
  Value low =
      floatConstant(x, unsignedTarget ? -1.0 : -std::ldexp(1.0, width - 1));
  Value high =
      floatConstant(x, std::ldexp(1.0, unsignedTarget ? width : width - 1));
  Value isAbove = compare(CmpFPredicate::OGT, x, low),
        isBelow = compare(CmpFPredicate::OLT, x, high);
  Value isInside = arith::AndIOp::create(b, loc, isAbove, isBelow);
  Value inside = select(isInside, x, constant(x, 0));
  // Everything up to 31 bits goes through signed i32, which vector units
  // convert to.
  bool throughSigned = width < 32 || !unsignedTarget;
  unsigned through = std::max(held, 32u);
  Type throughType = like(x, integer(through));
  Value converted =
      throughSigned
          ? Value(arith::FPToSIOp::create(b, loc, throughType, inside))
          : Value(arith::FPToUIOp::create(b, loc, throughType, inside));
  converted = resize(converted, held, true);
  llvm::APInt lowest = unsignedTarget ? llvm::APInt::getZero(width)
                                      : llvm::APInt::getSignedMinValue(width);
  llvm::APInt highest = unsignedTarget ? llvm::APInt::getMaxValue(width)
                                       : llvm::APInt::getSignedMaxValue(width);
  auto bound = [&](const llvm::APInt &value) {
    return constant(converted, unsignedTarget
                                   ? static_cast<int64_t>(value.getZExtValue())
                                   : value.getSExtValue());
  };
  Value isHigh = compare(CmpFPredicate::OGE, x, high),
        isLow = compare(CmpFPredicate::OLE, x, low);
  return select(isHigh, bound(highest),
                select(isLow, bound(lowest), converted));
}

/// f32 or f64 to any float type.
Value Emitter::toFloat(Value x, Type to, bool saturate,
                       ScaleRound round) const {
  if (getElementTypeOrSelf(x) == to)
    return x;
  if (to.isF64())
    return extend(x, to);
  if (to.isF32())
    return truncate(x, to);
  if (getElementTypeOrSelf(x).isF64())
    x = roundToOdd(x);
  if (isa<Float8E8M0FNUType>(to))
    return encodeScale(x, saturate, round);
  return isNarrowFloat(to) ? encode(to, x, saturate) : truncate(x, to);
}

//===----------------------------------------------------------------------===//
// nn.cast and nn.bitcast
//===----------------------------------------------------------------------===//

Value nn::emitCast(OpBuilder &b, Location loc, Type from, Type to,
                   bool saturate, ScaleRound round, Value x) {
  Emitter emitter{b, loc};
  if (from == to && getElementTypeOrSelf(x) == storageType(to))
    return x;
  if (isFloat(from)) {
    x = emitWiden(b, loc, from, x);
    return isFloat(to) ? emitter.toFloat(x, to, saturate, round)
                       : emitter.toInteger(x, to);
  }
  if (isFloat(to)) {
    // f32 holds 16 bits exactly, f64 32. One rounding to f32 or f64 is the
    // hardware's.
    bool isShort = from.getIntOrFloatBitWidth() <= 16;
    if (to.isF32() || to.isF64()) {
      Type type = emitter.like(x, to);
      return isUnsigned(from) ? Value(arith::UIToFPOp::create(b, loc, type, x))
                              : Value(arith::SIToFPOp::create(b, loc, type, x));
    }
    return emitter.toFloat(
        emitter.toWideFloat(from, x, isShort ? b.getF32Type() : b.getF64Type()),
        to, saturate, round);
  }
  if (to.isInteger(1))
    return emitter.compare(CmpIPredicate::ne, x, 0);
  return emitWrap(b, loc, to,
                  emitter.resize(x, storageType(to).getIntOrFloatBitWidth(),
                                 isUnsigned(from)));
}

Value nn::emitBitcast(OpBuilder &b, Location loc, Type from, Type to, Value x) {
  Emitter emitter{b, loc};
  Type held = storageType(to);
  Value bits = getElementTypeOrSelf(x) == held ? x : emitter.bitcast(x, held);
  // What fills the byte above a narrow value differs between floats and signed
  // and unsigned integers.
  return isNarrowFloat(to) && to.getIntOrFloatBitWidth() < 8
             ? emitter.bitAnd(bits, (1 << to.getIntOrFloatBitWidth()) - 1)
             : emitWrap(b, loc, to, bits);
}
