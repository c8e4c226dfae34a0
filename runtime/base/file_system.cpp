//===- file_system.cpp - the system calls behind written files ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/file_system.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds {

int FileSystem::open(const char *path, int flags, mode_t mode) {
  return ::open(path, flags, mode);
}
ssize_t FileSystem::write(int file, const void *data, size_t size) {
  return ::write(file, data, size);
}
int FileSystem::sync(int file) { return ::fsync(file); }
int FileSystem::truncate(int file, off_t size) {
  return ::ftruncate(file, size);
}
int FileSystem::close(int file) { return ::close(file); }
int FileSystem::rename(const char *from, const char *to) {
  return ::rename(from, to);
}
int FileSystem::makeDirectory(const char *path) { return ::mkdir(path, 0777); }
int FileSystem::remove(const char *path) { return ::remove(path); }

FileSystem &FileSystem::real() {
  static FileSystem files;
  return files;
}

Status fileError(const char *what, const std::string &path) {
  return Status(DS_FAILED, format("cannot %s %s: %s", what,
                                  quoted(path).c_str(), strerror(errno)));
}

Status writeAll(FileSystem &files, int file, const std::string &path,
                std::span<const std::span<const std::byte>> pieces) {
  for (std::span<const std::byte> piece : pieces) {
    while (!piece.empty()) {
      ssize_t written = files.write(file, piece.data(),
                                    std::min<size_t>(piece.size(), SSIZE_MAX));
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return fileError("write", path);
      piece = piece.subspan(written);
    }
  }
  return {};
}

Status writeSynced(FileSystem &files, const std::string &path,
                   std::span<const std::span<const std::byte>> pieces) {
  int file =
      files.open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0)
    return fileError("write", path);
  Status status = writeAll(files, file, path, pieces);
  // A sync that failed must not be tried again: the kernel may have dropped
  // the pages, and the second one would succeed.
  if (status.ok() && files.sync(file) != 0)
    status = fileError("sync", path);
  if (files.close(file) != 0 && status.ok())
    status = fileError("write", path);
  return status;
}

Status syncDirectory(FileSystem &files, const std::string &path) {
  int file = files.open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (file < 0)
    return fileError("open the directory", path);
  Status status;
  if (files.sync(file) != 0)
    status = fileError("sync the directory", path);
  files.close(file); // nothing was written through it
  return status;
}

Status makeDirectories(FileSystem &files, const std::string &path) {
  for (size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    std::string part = path.substr(0, end);
    if (!isDirectory(part) && files.makeDirectory(part.c_str()) != 0 &&
        errno != EEXIST)
      return fileError("make the directory", part);
  }
  if (!isDirectory(path))
    return Status(DS_WRONG_USE,
                  quoted(path) + " is a file, expected a directory");
  return {};
}

Status removeDirectory(FileSystem &files, const std::string &path) {
  if (!fileExists(path))
    return {};
  Result<std::vector<std::string>> names = listDirectory(path);
  if (!names.ok())
    return names.takeError();
  for (const std::string &name : *names) {
    std::string file = path + "/" + name;
    if (files.remove(file.c_str()) != 0)
      return fileError("remove", file);
  }
  if (files.remove(path.c_str()) != 0)
    return fileError("remove", path);
  return {};
}

Result<std::vector<std::string>> listDirectory(const std::string &path) {
  DIR *directory = opendir(path.c_str());
  if (!directory)
    return fileError("read the directory", path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent *entry = readdir(directory)) {
    std::string name = entry->d_name;
    if (name != "." && name != "..")
      names.push_back(std::move(name));
  }
  Status status;
  if (errno != 0)
    status = fileError("read the directory", path);
  closedir(directory);
  if (!status.ok())
    return status;
  std::sort(names.begin(), names.end());
  return names;
}

bool isDirectory(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool fileExists(const std::string &path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

} // namespace ds
