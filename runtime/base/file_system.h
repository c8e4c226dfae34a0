//===- file_system.h - the system calls behind written files --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything that a checkpoint or a log does to a disk goes through here, so
// that tests can make a disk full, a write short or a sync fail.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_FILE_SYSTEM_H
#define DS_RUNTIME_BASE_FILE_SYSTEM_H

#include "runtime/base/status.h"

#include <cstddef>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ds {

/// The POSIX calls by other names; each returns what the call returns and sets
/// errno. Thread-safe.
class FileSystem {
public:
  virtual ~FileSystem() = default;
  virtual int open(const char *path, int flags, mode_t mode);
  virtual ssize_t write(int file, const void *data, size_t size);
  virtual int sync(int file);
  virtual int truncate(int file, off_t size);
  virtual int close(int file);
  virtual int rename(const char *from, const char *to);
  virtual int makeDirectory(const char *path);
  /// A file or an empty directory.
  virtual int remove(const char *path);

  /// The machine's own.
  static FileSystem &real();
};

/// "cannot WHAT 'PATH': " and the text of errno; DS_FAILED.
Status fileError(const char *what, const std::string &path);

/// Writes all pieces to an open file, however short each write is.
Status writeAll(FileSystem &files, int file, const std::string &path,
                std::span<const std::span<const std::byte>> pieces);

/// Makes or replaces the file, writes the pieces and syncs them to the disk.
Status writeSynced(FileSystem &files, const std::string &path,
                   std::span<const std::span<const std::byte>> pieces);

/// Syncs a directory: what was renamed or removed in it stays so.
Status syncDirectory(FileSystem &files, const std::string &path);

/// Makes the directory and those above it, where missing.
Status makeDirectories(FileSystem &files, const std::string &path);

/// Removes a directory and the files in it, which must not be directories. One
/// that is not there is no error.
Status removeDirectory(FileSystem &files, const std::string &path);

/// The names in a directory but '.' and '..', sorted; DS_FAILED when it cannot
/// be read.
Result<std::vector<std::string>> listDirectory(const std::string &path);

bool isDirectory(const std::string &path);
bool fileExists(const std::string &path);

} // namespace ds

#endif // DS_RUNTIME_BASE_FILE_SYSTEM_H
