//===- convert.h - elements of one type as another ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Brings the elements of data files into the types that a model takes.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_CONVERT_H
#define DS_RUNTIME_DATA_CONVERT_H

#include <cstdint>
#include <optional>

namespace ds {

/// value = element * factor + offset, in f64; only for floating-point targets.
struct Scale {
  double factor = 1;
  double offset = 0;

  bool isIdentity() const { return factor == 1 && offset == 0; }
};

/// True when elements of `from` can be turned into `to`: numbers and booleans
/// into f16, bf16, f32 and f64, rounded to nearest; integers and booleans into
/// integers, as long as each value fits; anything into its own type.
bool canConvert(int32_t from, int32_t to);

/// An element that cannot be used.
struct BadElement {
  int64_t index;
  const char *why; ///< "is NaN", "does not fit the type"
};

/// Converts `count` elements, between which canConvert() holds; `out` is
/// aligned, `in` need not be. Stops at the first NaN, and at the first value
/// that does not fit. Allocates nothing.
std::optional<BadElement> convertElements(int32_t from, const void *in,
                                          int32_t to, void *out, int64_t count,
                                          const Scale &scale);

} // namespace ds

#endif // DS_RUNTIME_DATA_CONVERT_H
