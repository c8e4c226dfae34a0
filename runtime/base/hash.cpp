//===- hash.cpp - hashes of files -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/hash.h"

#include "runtime/base/text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ds {

std::string hashText(std::span<const std::span<const std::byte>> pieces) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  for (std::span<const std::byte> piece : pieces)
    XXH3_128bits_update(&state, piece.data(), piece.size());
  XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return format("%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
}

std::string hashText(std::span<const std::byte> data) {
  return hashText(std::span(&data, 1));
}

} // namespace ds
