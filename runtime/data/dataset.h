//===- dataset.h - the examples of a run ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Columns that fit a training job's inputs; reads one record at a time into the
// job's types and checks it.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_DATASET_H
#define DS_RUNTIME_DATA_DATASET_H

#include "runtime/data/convert.h"
#include "runtime/data/sources.h"

#include <string>
#include <utility>
#include <vector>

namespace ds {

/// Scales by input name, from --scale.
using Scales = std::vector<std::pair<std::string, Scale>>;

/// Move-only; reading is thread-safe.
class Dataset {
public:
  /// Opens what `spec` names. Types, shapes and numbers of records that do not
  /// fit are DS_WRONG_USE and say both sides.
  static Result<Dataset> open(std::string_view spec, DataPart part,
                              std::vector<RecordType> types,
                              const Scales &scales);

  int64_t count() const { return examples; }
  size_t inputs() const { return types.size(); }
  /// The extents of one record as the job takes it; all are known.
  std::span<const int64_t> recordDims(size_t input) const {
    return types[input].dims;
  }
  size_t recordBytes(size_t input) const { return bytes[input]; }
  /// What the numbers of an input mean, where the data say it.
  const std::vector<std::string> &classes(size_t input) const {
    return columns[input].classes;
  }
  /// What was read otherwise than it is written, to be shown to the user.
  const std::vector<std::string> &notes() const { return remarks; }

  /// Memory that reading works in; one for each thread.
  struct Scratch {
    Buffer picture;
    Buffer rows;
  };

  /// Writes a record to `out`, which is aligned for its element type. NaN, a
  /// number that does not fit, a label out of range and a damaged picture are
  /// errors that name the record, counted from 0.
  Status read(int64_t record, size_t input, std::byte *out,
              Scratch &scratch) const;

private:
  Dataset() = default;
  Status checkColumn(size_t input);
  Status checkLabel(int64_t record, size_t input, const std::byte *data) const;
  Status recordError(ds_status_t code, int64_t record, size_t input,
                     const std::string &message) const;

  std::vector<RecordType> types; ///< with extents from the data
  std::vector<Column> columns;
  std::vector<Scale> scales;
  std::vector<size_t> bytes;
  std::vector<std::string> remarks;
  int64_t examples = 0;
};

} // namespace ds

#endif // DS_RUNTIME_DATA_DATASET_H
