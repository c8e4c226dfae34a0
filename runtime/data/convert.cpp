//===- convert.cpp - elements of one type as another ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/convert.h"

#include "runtime/base/element_type.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace ds {
namespace {

bool isInteger(int32_t type) { return type >= DS_BOOL && type <= DS_UINT64; }
bool isFloat(int32_t type) {
  return type >= DS_FLOAT16 && type <= DS_FLOAT4E2M1FN;
}
bool isWideFloat(int32_t type) {
  return type >= DS_FLOAT16 && type <= DS_FLOAT64;
}

template <typename T>
T load(const void *data, int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(data) + index * sizeof(T),
              sizeof(T));
  return value;
}

template <typename T>
void store(void *data, int64_t index, T value) {
  std::memcpy(static_cast<char *>(data) + index * sizeof(T), &value, sizeof(T));
}

/// An integer type's values: those of int64 and uint64 need their own words.
struct Integer {
  bool negative; ///< then `bits` is an int64
  uint64_t bits;
};

Integer loadInteger(int32_t type, const void *data, int64_t index) {
  if (type == DS_UINT64)
    return {false, load<uint64_t>(data, index)};
  int64_t value = type == DS_INT64
                      ? load<int64_t>(data, index)
                      : static_cast<int64_t>(elementAsDouble(
                            type, data, index)); // at most 32 bits: exact
  return {value < 0, static_cast<uint64_t>(value)};
}

struct Range {
  int64_t low;
  uint64_t high;
};

Range rangeOf(int32_t type) {
  switch (type) {
  case DS_BOOL:
    return {0, 1};
  case DS_INT2:
    return {-2, 1};
  case DS_INT4:
    return {-8, 7};
  case DS_UINT2:
    return {0, 3};
  case DS_UINT4:
    return {0, 15};
  default:
    break;
  }
  bool isSigned = type <= DS_INT64;
  int bits = 8 * static_cast<int>(elementSize(type));
  uint64_t all = ~uint64_t{0} >> (64 - bits);
  return isSigned ? Range{-static_cast<int64_t>(all / 2) - 1, all / 2}
                  : Range{0, all};
}

/// Rounds to nearest, ties to even, to a format with 16 bits. Going through
/// f32 first could round twice; the exact f64 is scaled instead, so that the
/// last bit of the target is 1, and rounded once.
uint16_t roundTo16(double value, int mantissaBits, int bias) {
  auto sign = static_cast<uint16_t>(std::bit_cast<uint64_t>(value) >> 63 << 15);
  double magnitude = std::fabs(value);
  int exponentMask = (1 << (15 - mantissaBits)) - 1;
  auto infinity = static_cast<uint16_t>(exponentMask << mantissaBits);
  if (magnitude == 0)
    return sign;
  if (std::isinf(magnitude))
    return sign | infinity;
  int exponent = std::ilogb(magnitude);
  int unit = std::max(exponent, 1 - bias) - mantissaBits; // of the last bit
  double units = std::nearbyint(std::ldexp(magnitude, -unit));
  // In a code, the exponent field follows from counting up: a mantissa that
  // rounds over carries into it.
  auto code = static_cast<uint32_t>(units);
  if (exponent >= 1 - bias)
    code += static_cast<uint32_t>(exponent + bias - 1) << mantissaBits;
  return sign | (code >= infinity ? infinity : static_cast<uint16_t>(code));
}

void storeFloat(int32_t type, void *out, int64_t index, double value) {
  switch (type) {
  case DS_FLOAT16:
    return store(out, index, roundTo16(value, 10, 15));
  case DS_BFLOAT16:
    return store(out, index, roundTo16(value, 7, 127));
  case DS_FLOAT32:
    return store(out, index, static_cast<float>(value));
  default:
    return store(out, index, value);
  }
}

/// The usual cases, in loops that a compiler can vectorise.
template <typename From>
void widen(const void *in, float *out, int64_t count, const Scale &scale) {
  auto factor = scale.factor, offset = scale.offset;
  if (scale.isIdentity())
    for (int64_t i = 0; i < count; ++i)
      out[i] = static_cast<float>(load<From>(in, i));
  else
    for (int64_t i = 0; i < count; ++i)
      out[i] = static_cast<float>(load<From>(in, i) * factor + offset);
}

std::optional<BadElement> findNaN(int32_t type, const void *data,
                                  int64_t count) {
  if (!canBeNotFinite(type))
    return std::nullopt;
  for (int64_t i = 0; i < count; ++i) {
    bool isNaN = type == DS_FLOAT32
                     ? std::isnan(load<float>(data, i))
                     : std::isnan(elementAsDouble(type, data, i));
    if (isNaN)
      return BadElement{i, "is NaN"};
  }
  return std::nullopt;
}

} // namespace

bool canConvert(int32_t from, int32_t to) {
  if (from == DS_STRING || to == DS_STRING)
    return false;
  return from == to || (isInteger(from) && isInteger(to)) ||
         ((isInteger(from) || isFloat(from)) && isWideFloat(to));
}

std::optional<BadElement> convertElements(int32_t from, const void *in,
                                          int32_t to, void *out, int64_t count,
                                          const Scale &scale) {
  if (std::optional<BadElement> bad = findNaN(from, in, count))
    return bad;
  if (from == to && scale.isIdentity()) {
    std::memcpy(out, in, count * elementSize(to));
    return std::nullopt;
  }
  if (to == DS_FLOAT32 && (from == DS_UINT8 || from == DS_FLOAT32)) {
    auto *floats = static_cast<float *>(out);
    from == DS_UINT8 ? widen<uint8_t>(in, floats, count, scale)
                     : widen<float>(in, floats, count, scale);
    return std::nullopt;
  }
  if (isWideFloat(to)) {
    bool asItIs = scale.isIdentity(); // adding 0 would lose the sign of a zero
    for (int64_t i = 0; i < count; ++i) {
      double value = elementAsDouble(from, in, i);
      storeFloat(to, out, i,
                 asItIs ? value : value * scale.factor + scale.offset);
    }
    return std::nullopt;
  }
  Range range = rangeOf(to);
  size_t size = elementSize(to);
  for (int64_t i = 0; i < count; ++i) {
    Integer value = loadInteger(from, in, i);
    bool fits = value.negative ? static_cast<int64_t>(value.bits) >= range.low
                               : value.bits <= range.high;
    if (!fits)
      return BadElement{i, "does not fit the type"};
    std::memcpy(static_cast<char *>(out) + i * size, &value.bits, size);
  }
  return std::nullopt;
}

} // namespace ds
