//===- arrays.h - columns from files of arrays ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the arrays of .npz, .npy, safetensors and IDX files as columns, whose
// first axis counts records.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_ARRAYS_H
#define DS_RUNTIME_DATA_ARRAYS_H

#include "runtime/data/column.h"

#include <span>
#include <string>
#include <vector>

namespace ds {

/// What a reader is to look for: the columns' names with the types that the
/// program wants, since 16-bit integers may be bfloat16's raw bits.
struct WantedColumn {
  std::string name;
  int32_t elementType;
};

/// Reads those arrays of an archive, or of a safetensors file, whose names are
/// wanted. `path` is for messages. An array without an axis, of texts or of
/// complex numbers is DS_WRONG_USE.
Result<std::vector<Column>> readArchive(const std::string &path,
                                        std::shared_ptr<const FileView> file,
                                        std::span<const WantedColumn> wanted);

/// Reads a file of one array: .npy or IDX, packed by gzip or not.
Result<Column> readArray(const std::string &path,
                         std::shared_ptr<const FileView> file,
                         int32_t wantedType);

} // namespace ds

#endif // DS_RUNTIME_DATA_ARRAYS_H
