//===- hash.h - hashes of files -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The 128-bit XXH3 of data in pieces: finds damage, not forgery.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_HASH_H
#define DS_RUNTIME_BASE_HASH_H

#include <cstddef>
#include <span>
#include <string>

namespace ds {

/// 32 lower-case hex digits.
std::string hashText(std::span<const std::span<const std::byte>> pieces);
std::string hashText(std::span<const std::byte> data);

} // namespace ds

#endif // DS_RUNTIME_BASE_HASH_H
