//===- csv.h - tables of comma-separated values ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads CSV data with a header as columns of int64, float64, or words.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_CSV_H
#define DS_RUNTIME_DATA_CSV_H

#include "runtime/data/column.h"

#include <span>
#include <vector>

namespace ds {

/// Reads a table (RFC 4180, with LF or CRLF): a header, then records of as many
/// fields. A column is int64 where all fields are integers, else float64 where
/// all are numbers, else words: then int64, which number the `classes` in
/// byte order. `path` is for messages. A missing field, an empty one, and what
/// is no UTF-8 text are DS_BAD_FILE with the line's number.
Result<std::vector<Column>> readCsv(const std::string &path,
                                    std::span<const std::byte> data);

} // namespace ds

#endif // DS_RUNTIME_DATA_CSV_H
