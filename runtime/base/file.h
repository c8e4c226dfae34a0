//===- file.h - reading and writing files ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Read-only file views, and output files that appear all at once or not at all.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_FILE_H
#define DS_RUNTIME_BASE_FILE_H

#include "runtime/base/memory.h"
#include "runtime/base/status.h"

#include <span>
#include <string>
#include <vector>

namespace ds {

/// A whole file in memory: large ones mapped, others and what cannot be mapped
/// (pipes) read. Move-only.
class FileView {
public:
  /// A file that cannot be opened is DS_WRONG_USE; one that cannot be read is
  /// DS_FAILED.
  static Result<FileView> open(const std::string &path);

  FileView(FileView &&other) noexcept;
  FileView &operator=(FileView &&other) noexcept;
  ~FileView();

  std::span<const std::byte> bytes() const { return {data, size}; }

private:
  FileView() = default;

  const std::byte *data = nullptr;
  size_t size = 0;
  void *mapping = nullptr;
  Buffer copy;
};

/// Collects files under temporary names and gives all of them their own names
/// at the end. What was not committed is removed when this object dies.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  ~OutputFiles();

  /// Makes the directory and those above it, where missing.
  Status makeDirectory(const std::string &path);

  /// Writes the pieces, one after the other, to what will be `path`.
  Status write(const std::string &path,
               std::span<const std::span<const std::byte>> pieces);

  /// Renames all files to their own names.
  Status commit();

private:
  struct File {
    std::string temporary;
    std::string path;
  };
  std::vector<File> files;
  std::vector<std::string> directories; ///< made by us, outermost first
};

/// The bytes of a string or vector, to be written.
template <typename Container>
std::span<const std::byte> bytesOf(const Container &container) {
  return std::as_bytes(std::span(container.data(), container.size()));
}

} // namespace ds

#endif // DS_RUNTIME_BASE_FILE_H
