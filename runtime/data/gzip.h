//===- gzip.h - unpacking gzip files --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unpacks .gz data as a whole.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_GZIP_H
#define DS_RUNTIME_DATA_GZIP_H

#include "runtime/base/file.h"
#include "runtime/base/memory.h"
#include "runtime/base/status.h"

#include <span>

namespace ds {

/// Unpacked data and the memory they lie in.
struct Unpacked {
  Buffer storage;
  std::span<const std::byte> bytes;
};

/// True when the data begin like a gzip file.
bool isGzip(std::span<const std::byte> data);

/// Unpacks all members, one after the other. Malformed and cut-off data and
/// wrong checksums are DS_BAD_FILE; more than half the machine's memory is
/// DS_FAILED.
Result<Unpacked> gunzip(std::span<const std::byte> data);

} // namespace ds

#endif // DS_RUNTIME_DATA_GZIP_H
