//===- element_type.cpp - facts about element types -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/element_type.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

namespace ds {
namespace {

struct Row {
  const char *name;
  size_t size;
  size_t alignment;
};

/// Indexed by ds_element_type_t.
constexpr Row Table[] = {
    {"", 0, 1},
    {"bool", 1, 1},
    {"int2", 1, 1},
    {"int4", 1, 1},
    {"int8", 1, 1},
    {"int16", 2, 2},
    {"int32", 4, 4},
    {"int64", 8, 8},
    {"uint2", 1, 1},
    {"uint4", 1, 1},
    {"uint8", 1, 1},
    {"uint16", 2, 2},
    {"uint32", 4, 4},
    {"uint64", 8, 8},
    {"float16", 2, 2},
    {"bfloat16", 2, 2},
    {"float32", 4, 4},
    {"float64", 8, 8},
    {"float8e4m3fn", 1, 1},
    {"float8e4m3fnuz", 1, 1},
    {"float8e5m2", 1, 1},
    {"float8e5m2fnuz", 1, 1},
    {"float8e8m0fnu", 1, 1},
    {"float4e2m1fn", 1, 1},
    {"complex64", 8, 4},
    {"complex128", 16, 8},
    {"string", sizeof(ds_string_t), alignof(ds_string_t)},
};
static_assert(std::size(Table) == DS_STRING + 1, "one row per element type");

const Row &row(int32_t type) {
  return Table[type > 0 && type <= DS_STRING ? type : 0];
}

template <typename T>
T load(const void *data, int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(data) + index * sizeof(T),
              sizeof(T));
  return value;
}

/// How a small binary floating-point format spells its values.
struct Format {
  int exponentBits;
  int mantissaBits;
  int bias;
  bool ieeeSpecials; ///< the largest exponent means Inf and NaN
  bool unsignedZero; ///< "fnuz": the code of -0 is the only NaN
  bool allOnesNaN;   ///< "fn": exponent and mantissa all ones are NaN
};
constexpr Format Half = {5, 10, 15, true, false, false};
constexpr Format E4M3FN = {4, 3, 7, false, false, true};
constexpr Format E4M3FNUZ = {4, 3, 8, false, true, false};
constexpr Format E5M2 = {5, 2, 15, true, false, false};
constexpr Format E5M2FNUZ = {5, 2, 16, false, true, false};
constexpr Format E2M1FN = {2, 1, 1, false, false, false};

double decode(unsigned bits, const Format &format) {
  unsigned mantissaMask = (1u << format.mantissaBits) - 1,
           exponentMask = (1u << format.exponentBits) - 1;
  unsigned mantissa = bits & mantissaMask,
           exponent = bits >> format.mantissaBits & exponentMask;
  bool negative = bits >> (format.mantissaBits + format.exponentBits) & 1;
  double magnitude;
  if (format.unsignedZero && negative && exponent == 0 && mantissa == 0)
    return std::numeric_limits<double>::quiet_NaN();
  if (exponent == exponentMask && format.ieeeSpecials)
    magnitude = mantissa ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  else if (exponent == exponentMask && mantissa == mantissaMask &&
           format.allOnesNaN)
    magnitude = std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0)
    magnitude = std::ldexp(mantissa, 1 - format.bias - format.mantissaBits);
  else
    magnitude = std::ldexp(mantissa | (mantissaMask + 1),
                           static_cast<int>(exponent) - format.bias -
                               format.mantissaBits);
  return negative ? -magnitude : magnitude;
}

/// The first element whose exponent bits, `mask`, are all set: NaN or Inf in
/// IEEE-like formats.
template <typename Bits>
int64_t firstWithExponent(const void *data, int64_t count, Bits mask) {
  for (int64_t i = 0; i < count; ++i)
    if ((load<Bits>(data, i) & mask) == mask)
      return i;
  return -1;
}

float bfloat(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

} // namespace

const char *elementTypeName(int32_t type) { return row(type).name; }
size_t elementSize(int32_t type) { return row(type).size; }
size_t elementAlignment(int32_t type) { return row(type).alignment; }

bool canBeNotFinite(int32_t type) {
  return type >= DS_FLOAT16 && type <= DS_COMPLEX128 && type != DS_FLOAT4E2M1FN;
}

double elementAsDouble(int32_t type, const void *data, int64_t index) {
  switch (type) {
  case DS_BOOL:
    return load<uint8_t>(data, index) != 0;
  case DS_INT2:
  case DS_INT4:
  case DS_INT8:
    return load<int8_t>(data, index);
  case DS_INT16:
    return load<int16_t>(data, index);
  case DS_INT32:
    return load<int32_t>(data, index);
  case DS_INT64:
    return static_cast<double>(load<int64_t>(data, index));
  case DS_UINT2:
  case DS_UINT4:
  case DS_UINT8:
    return load<uint8_t>(data, index);
  case DS_UINT16:
    return load<uint16_t>(data, index);
  case DS_UINT32:
    return load<uint32_t>(data, index);
  case DS_UINT64:
    return static_cast<double>(load<uint64_t>(data, index));
  case DS_FLOAT16:
    return decode(load<uint16_t>(data, index), Half);
  case DS_BFLOAT16:
    return bfloat(load<uint16_t>(data, index));
  case DS_FLOAT32:
    return load<float>(data, index);
  case DS_FLOAT64:
    return load<double>(data, index);
  case DS_FLOAT8E4M3FN:
    return decode(load<uint8_t>(data, index), E4M3FN);
  case DS_FLOAT8E4M3FNUZ:
    return decode(load<uint8_t>(data, index), E4M3FNUZ);
  case DS_FLOAT8E5M2:
    return decode(load<uint8_t>(data, index), E5M2);
  case DS_FLOAT8E5M2FNUZ:
    return decode(load<uint8_t>(data, index), E5M2FNUZ);
  case DS_FLOAT8E8M0FNU: {
    int exponent = load<uint8_t>(data, index);
    return exponent == 255 ? std::numeric_limits<double>::quiet_NaN()
                           : std::ldexp(1.0, exponent - 127);
  }
  case DS_FLOAT4E2M1FN:
    return decode(load<uint8_t>(data, index) & 15, E2M1FN);
  case DS_COMPLEX64:
    return load<float>(data, 2 * index);
  case DS_COMPLEX128:
    return load<double>(data, 2 * index);
  }
  return 0;
}

int64_t firstNotFinite(int32_t type, const void *data, int64_t count) {
  switch (type) {
  case DS_FLOAT16:
    return firstWithExponent<uint16_t>(data, count, 0x7C00);
  case DS_BFLOAT16:
    return firstWithExponent<uint16_t>(data, count, 0x7F80);
  case DS_FLOAT32:
    return firstWithExponent<uint32_t>(data, count, 0x7F800000);
  case DS_FLOAT64:
    return firstWithExponent<uint64_t>(data, count, 0x7FF0000000000000);
  case DS_COMPLEX64:
  case DS_COMPLEX128: {
    int64_t part = firstNotFinite(
        type == DS_COMPLEX64 ? DS_FLOAT32 : DS_FLOAT64, data, 2 * count);
    return part < 0 ? -1 : part / 2;
  }
  default:
    for (int64_t i = 0; canBeNotFinite(type) && i < count; ++i)
      if (!std::isfinite(elementAsDouble(type, data, i)))
        return i;
    return -1;
  }
}

std::optional<int64_t> elementCount(std::span<const int64_t> dims,
                                    size_t size) {
  // A zero anywhere makes the product zero, however large the others are.
  bool empty = std::find(dims.begin(), dims.end(), 0) != dims.end();
  int64_t count = 1, bytes = static_cast<int64_t>(size);
  for (int64_t extent : dims) {
    if (extent < 0)
      return std::nullopt;
    if (!empty && (__builtin_mul_overflow(count, extent, &count) ||
                   __builtin_mul_overflow(bytes, extent, &bytes)))
      return std::nullopt;
  }
  return empty ? 0 : count;
}

} // namespace ds
