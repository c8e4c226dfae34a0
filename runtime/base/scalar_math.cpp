//===- scalar_math.cpp - rare arguments of vectorised functions -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled code computes functions with vectors; what few arguments ever need
// is done here, one at a time, in integers. No mathematical library: a program
// must run where only libc.so.6 is.
//===----------------------------------------------------------------------===//
#include "ds/model.h"

#include <bit>
#include <cstdint>
#include <limits>

namespace {

constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();

/// The digits of 2 / pi after the point, behind 64 zeros: enough for the
/// largest f64.
constexpr uint64_t TwoOverPi[] = {
    0,
    0xA2F9836E4E441529,
    0xFC2757D1F534DDC0,
    0xDB6295993C439041,
    0xFE5163ABDEBBC561,
    0xB7246E3A424DD2E0,
    0x06492EEA09D1921C,
    0xFE1DEB1CB129A73E,
    0xE88235F52EBB4484,
    0xE99C7026B45F7E41,
    0x3991D639835339F4,
    0x9C845F8BBDF9283B,
    0x1FF897FFDE05980F,
    0xEF2F118B5A0A6D1F,
    0x6D367ECF27CB09B7,
    0x4F463F669E5FEA2D,
    0x7527BAC7EBE5F17B,
    0x3D0739F78A5292EA,
    0x6BFB5FB11F8D5D08,
    0x56033046FC7B6BAB,
    0xF0CFBC209AF4361D,
};
/// pi / 2 times 2^63.
constexpr uint64_t HalfPi = 0xC90FDAA22168C234;

using uint128_t = unsigned __int128;

double powerOfTwo(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
}

/// 64 digits of 2 / pi from position `first` on.
uint64_t digits(int first) {
  int word = first / 64, shift = first % 64;
  uint64_t high = TwoOverPi[word] << shift;
  return shift == 0 ? high : high | TwoOverPi[word + 1] >> (64 - shift);
}

struct Number {
  uint64_t significand;
  int exponent; ///< of the last digit
};

/// Of a number that is positive and finite.
Number split(double x) {
  auto bits = std::bit_cast<uint64_t>(x);
  auto field = static_cast<int>(bits >> 52 & 0x7FF);
  uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  return field == 0 ? Number{fraction, -1074}
                    : Number{fraction | uint64_t{1} << 52, field - 1075};
}

} // namespace

extern "C" int64_t ds_rt_reduce_angle(double angle, double rests[2]) {
  bool isNegative = std::bit_cast<uint64_t>(angle) >> 63;
  double magnitude = isNegative ? -angle : angle;
  if (!(magnitude <= std::numeric_limits<double>::max())) {
    rests[0] = rests[1] = NotANumber;
    return 0;
  }
  Number x = split(magnitude);
  // Digits of 2 / pi whose products with the significand are multiples of 4 are
  // left out. Of the following 192 the product is kept modulo 4: two digits
  // before the point and 190 behind it.
  int first = x.exponent + 62;
  uint128_t low = static_cast<uint128_t>(digits(first + 128)) * x.significand;
  uint128_t middle = static_cast<uint128_t>(digits(first + 64)) * x.significand;
  uint64_t top = digits(first) * x.significand;
  auto last = static_cast<uint64_t>(low);
  middle += static_cast<uint64_t>(low >> 64);
  top += static_cast<uint64_t>(middle >> 64);
  auto center = static_cast<uint64_t>(middle);
  auto quarters = static_cast<int64_t>(top >> 62);
  // The fraction, by which half of a quarter turn is the sign bit.
  top = top << 2 | center >> 62;
  center = center << 2 | last >> 62;
  last <<= 2;
  bool isAbove = top >> 63;
  if (isAbove) {
    ++quarters;
    last = ~last + 1;
    center = ~center + (last == 0);
    top = ~top + (last == 0 && center == 0);
  }
  // No f64 is so near a multiple of pi / 2 that its first 64 digits vanish.
  int zeros = top ? std::countl_zero(top) : 64 + std::countl_zero(center | 1);
  uint64_t leading;
  if (zeros == 0)
    leading = top;
  else if (zeros < 64)
    leading = top << zeros | center >> (64 - zeros);
  else
    leading = center << (zeros - 64);
  uint128_t product = static_cast<uint128_t>(leading) * HalfPi;
  double sign = isAbove != isNegative ? -1 : 1;
  rests[0] = sign * static_cast<double>(static_cast<uint64_t>(product >> 75)) *
             powerOfTwo(75 - 127 - zeros);
  // What is below those digits; 64 bits of it are more than enough.
  auto below = static_cast<uint64_t>(product >> 11);
  rests[1] = sign * static_cast<double>(below) * powerOfTwo(11 - 127 - zeros);
  return isNegative ? -quarters : quarters;
}

extern "C" double ds_rt_remainder(double dividend, double divisor) {
  constexpr double Largest = std::numeric_limits<double>::max();
  if (!(dividend <= Largest) || !(divisor > 0))
    return NotANumber;
  if (dividend < divisor || dividend == 0)
    return dividend;
  Number x = split(dividend), y = split(divisor);
  uint64_t rest = x.significand % y.significand;
  // 11 digits at a time fit beside the 53 of a remainder.
  for (int left = x.exponent - y.exponent; left > 0; left -= 11)
    rest = (rest << (left < 11 ? left : 11)) % y.significand;
  // Exact in two steps: the exponent alone may be below the normal numbers.
  int exponent = y.exponent;
  double value = static_cast<double>(rest);
  if (exponent < -1022) {
    value *= powerOfTwo(-1022);
    exponent += 1022;
  }
  return value * powerOfTwo(exponent);
}
