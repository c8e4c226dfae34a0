//===- element_type.h - facts about element types -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, sizes and number ranges of the ABI's element types; the one table that
// says them.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_ELEMENT_TYPE_H
#define DS_RUNTIME_BASE_ELEMENT_TYPE_H

#include "ds/types.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ds {

/// "float32"; "" for a number that is no element type.
const char *elementTypeName(int32_t type);

/// Bytes of one element in a buffer; 0 for a number that is no element type.
size_t elementSize(int32_t type);

/// What the address of an element must be a multiple of.
size_t elementAlignment(int32_t type);

/// True for types with NaN or Inf: real and complex floating-point types that
/// have room for either.
bool canBeNotFinite(int32_t type);

/// Element `index` as a number, booleans as 0 and 1, the real part of complex
/// numbers. Strings have none.
double elementAsDouble(int32_t type, const void *data, int64_t index);

/// The first element that is, or has a part that is, NaN or infinite; -1 when
/// there is none.
int64_t firstNotFinite(int32_t type, const void *data, int64_t count);

/// Product of the extents; nothing when one is negative or the product, times
/// `size`, does not fit int64_t.
std::optional<int64_t> elementCount(std::span<const int64_t> dims,
                                    size_t size = 1);

} // namespace ds

#endif // DS_RUNTIME_BASE_ELEMENT_TYPE_H
