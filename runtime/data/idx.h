//===- idx.h - the array format of MNIST ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads IDX data: big-endian arrays, the first axis of which counts records.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_IDX_H
#define DS_RUNTIME_DATA_IDX_H

#include "runtime/data/column.h"

#include <span>

namespace ds {

/// True when the data begin like an IDX file.
bool isIdx(std::span<const std::byte> data);

/// Reads IDX data. A column of single bytes refers to them; larger elements are
/// turned into the machine's order in memory of the column. Malformed data are
/// DS_BAD_FILE.
Result<Column> readIdx(std::span<const std::byte> data);

} // namespace ds

#endif // DS_RUNTIME_DATA_IDX_H
