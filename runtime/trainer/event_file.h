//===- event_file.h - what TensorBoard reads ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes scalars to an event file: protocol buffer messages in records with
// checksums.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_EVENT_FILE_H
#define DS_RUNTIME_TRAINER_EVENT_FILE_H

#include "runtime/base/file_system.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ds {

/// A value under a name, which TensorBoard groups by what is before the '/'.
struct Scalar {
  std::string_view tag;
  double value;
};

/// The CRC-32C (Castagnoli) of data.
uint32_t crc32c(std::span<const std::byte> data);

/// Closes its file when it dies; not movable.
class EventFile {
public:
  explicit EventFile(FileSystem &files) : files(files) {}
  EventFile(const EventFile &) = delete;
  EventFile &operator=(const EventFile &) = delete;
  ~EventFile();

  /// Makes a file of this time and process in `directory`. `firstStep` is the
  /// step of the first event to come: of what older files say, TensorBoard then
  /// drops that step and all later ones.
  Status open(const std::string &directory, int64_t firstStep);

  /// Appends one event with these scalars, with one write. Allocates nothing
  /// once the longest event was written.
  Status append(int64_t step, std::span<const Scalar> scalars);

private:
  Status writeRecord();

  FileSystem &files;
  std::string path;
  int file = -1;
  std::string event;
  std::string summary;
  std::string record;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_EVENT_FILE_H
