//===- sources.h - what --data names --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds a column for every data input of a training job in the files that
// --data or --eval names.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_SOURCES_H
#define DS_RUNTIME_DATA_SOURCES_H

#include "runtime/data/column.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// What a data input takes for each example.
struct RecordType {
  std::string name;
  int32_t elementType;
  std::vector<int64_t> dims; ///< negative extents: whatever the data have
  bool isLabel = false;
  int64_t classes = 0;            ///< labels: they are below it; 0: any number
  std::optional<int64_t> ignored; ///< labels: also this one

  std::string text() const; ///< "float32 [28, 28]"
};

/// Training takes the part of an IDX folder called "train", evaluation the one
/// called "t10k" or "test".
enum class DataPart { Training, Evaluation };

/// One column for each of `types`, in order; their shapes are not compared yet.
/// `spec` is a path (.npz, .safetensors, .csv, a folder; .npy and IDX when
/// there is one input), or NAME=PATH,NAME=PATH,... What the files lack is
/// DS_WRONG_USE.
Result<std::vector<Column>> findColumns(std::string_view spec, DataPart part,
                                        std::span<const RecordType> types);

} // namespace ds

#endif // DS_RUNTIME_DATA_SOURCES_H
