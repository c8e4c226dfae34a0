//===- random.h - bits from a counter -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random numbers that are a function of a key and a position, so that a run can
// be taken up anywhere.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_RANDOM_H
#define DS_RUNTIME_BASE_RANDOM_H

#include <cstdint>

namespace ds {

/// The finaliser of splitmix64: a bijection whose every output bit depends on
/// every input bit.
constexpr uint64_t mixBits(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

/// A key of its own for each position of a seed's stream.
constexpr uint64_t deriveKey(uint64_t seed, uint64_t position) {
  return mixBits(mixBits(seed + 0x9E3779B97F4A7C15) +
                 position * 0x9E3779B97F4A7C15);
}

/// The splitmix64 generator.
class Random {
public:
  explicit Random(uint64_t key) : state(key) {}

  uint64_t next() { return mixBits(state += 0x9E3779B97F4A7C15); }

  /// Uniform below `bound`, which is not 0. (Lemire, "Fast random integer
  /// generation in an interval", 2019: the product's upper half, less the
  /// values that would make it uneven.)
  uint64_t below(uint64_t bound) {
    auto product = static_cast<unsigned __int128>(next()) * bound;
    if (static_cast<uint64_t>(product) < bound) {
      uint64_t uneven = -bound % bound;
      while (static_cast<uint64_t>(product) < uneven)
        product = static_cast<unsigned __int128>(next()) * bound;
    }
    return static_cast<uint64_t>(product >> 64);
  }

private:
  uint64_t state;
};

} // namespace ds

#endif // DS_RUNTIME_BASE_RANDOM_H
