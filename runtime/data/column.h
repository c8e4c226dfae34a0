//===- column.h - one array of records ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every reader of training data makes: as many equal records as there are
// examples, in memory, in a mapped file, or in a file each.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_COLUMN_H
#define DS_RUNTIME_DATA_COLUMN_H

#include "runtime/base/file.h"
#include "runtime/base/memory.h"
#include "runtime/base/status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ds {

/// How the bytes of a picture are laid out in its record.
struct PictureLayout {
  int channels = 3; ///< 1: grey, 3: red, green, blue
  int height = 0;
  int width = 0;
  bool planes = true; ///< [channels, height, width]; else [height, width,
                      ///< channels]
};

/// Move-only. The records lie one after the other, unaligned, or `files` names
/// one picture for each.
struct Column {
  std::string name;          ///< as the file calls it; "" where it does not
  std::string source;        ///< for messages: "'x.npy' in 'data.npz'"
  int32_t elementType = 0;   ///< ds_element_type_t, no string
  std::vector<int64_t> dims; ///< of a record
  int64_t count = 0;         ///< records
  const std::byte *data = nullptr;
  std::vector<std::string> files;
  PictureLayout picture; ///< where there are `files`

  /// For numbers that stand for words: number k means classes[k].
  std::vector<std::string> classes;

  Buffer storage;                       ///< owns `data`, or
  std::shared_ptr<const FileView> file; ///< keeps it mapped
};

} // namespace ds

#endif // DS_RUNTIME_DATA_COLUMN_H
