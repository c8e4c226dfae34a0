//===- metrics_file.h - a table that grows by a row per step --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// metrics.csv and evaluation.csv: appended to as training goes on, cut back
// when it is resumed.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_METRICS_FILE_H
#define DS_RUNTIME_TRAINER_METRICS_FILE_H

#include "runtime/base/file_system.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// The first column is the step. Closes its file when it dies; not movable.
class MetricsFile {
public:
  explicit MetricsFile(FileSystem &files) : files(files) {}
  MetricsFile(const MetricsFile &) = delete;
  MetricsFile &operator=(const MetricsFile &) = delete;
  ~MetricsFile();

  /// Opens the table at `path`. Rows of steps up to `step` stay, later ones and
  /// a torn last one are cut off; 0: it starts anew. A header other than
  /// `columns` is DS_WRONG_USE.
  Status open(const std::string &path, std::span<const std::string> columns,
              int64_t step);

  /// Steps of the rows that stayed: 0 when there are none.
  int64_t lastStep() const { return keptStep; }

  /// Appends a row with one write. Numbers are printed so that they read back
  /// as the same f32; integers as they are. Allocates nothing once the longest
  /// row was written.
  Status append(int64_t step, std::span<const double> values);

  /// Syncs what was appended.
  Status sync();

private:
  Result<int64_t> findEnd(std::string_view text, const std::string &header,
                          int64_t step);

  FileSystem &files;
  std::string path;
  std::string row;
  int file = -1;
  int64_t keptStep = 0;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_METRICS_FILE_H
