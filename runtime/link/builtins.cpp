//===- builtins.cpp - conversions that the code generator calls -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM rounds to bfloat16 by library calls on CPUs without an instruction for
// it; libgcc has them only from version 13.
//===----------------------------------------------------------------------===//
//
// A bfloat16 result is the low 16 bits of xmm0. A float is returned there too,
// and its other bits are nobody's business.
//
//===----------------------------------------------------------------------===//
#include <bit>
#include <cstdint>

/// Rounds to nearest, ties to even; NaN stays NaN and gets quiet.
static uint16_t roundToBfloat(uint32_t bits) {
  if ((bits & 0x7FFFFFFF) > 0x7F800000)
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

extern "C" {

__attribute__((visibility("hidden"))) float __truncsfbf2(float value) {
  return std::bit_cast<float>(
      static_cast<uint32_t>(roundToBfloat(std::bit_cast<uint32_t>(value))));
}

__attribute__((visibility("hidden"))) float __truncdfbf2(double value) {
  // Rounding twice could err where the first rounding makes a tie. So the first
  // one rounds to odd: it truncates, and keeps in the last bit, which the
  // second one never rounds to, that something was cut off.
  auto narrow = static_cast<float>(value);
  uint32_t bits = std::bit_cast<uint32_t>(narrow);
  double back = narrow;
  if (back != value && value == value) {
    bool away = (value < 0) ? back < value : back > value;
    bits -= away ? 1 : 0;
    bits |= 1;
  }
  return std::bit_cast<float>(static_cast<uint32_t>(roundToBfloat(bits)));
}
}
