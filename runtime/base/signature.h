//===- signature.h - what a tensor must be --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An element type with extents that may be dynamic, and the one check of a
// tensor against it.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_SIGNATURE_H
#define DS_RUNTIME_BASE_SIGNATURE_H

#include "runtime/base/status.h"

#include <cstdint>
#include <span>
#include <string>

namespace ds {

/// A tensor's type; negative extents are dynamic. Refers to the extents.
struct Signature {
  int32_t elementType;
  std::span<const int64_t> dims;
  bool anyRank = false; ///< then there are no extents, and any will do

  /// From the fields of an ABI struct, where a negative rank means any.
  static Signature of(int32_t elementType, int32_t rank, const int64_t *dims) {
    return {elementType,
            {dims, rank < 0 ? 0 : static_cast<size_t>(rank)},
            rank < 0};
  }

  /// "float32 [2, ?]".
  std::string text() const;
};

/// Succeeds when a tensor of type `found` may be used where `expected` is
/// declared: same element type and rank, equal extents where they are static,
/// and a size that fits 64 bits. `what` begins the message: "input 'x'".
Status checkSignature(const std::string &what, const Signature &expected,
                      const Signature &found);

} // namespace ds

#endif // DS_RUNTIME_BASE_SIGNATURE_H
