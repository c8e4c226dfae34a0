//===- file.cpp - reading and writing files -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/file.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds {
namespace {

/// Mapping costs page faults; below this size a read is cheaper.
constexpr off_t SmallestMapping = 1 << 20;

Status systemError(ds_status_t code, const char *what, const std::string &path,
                   int error = errno) {
  return Status(code, format("cannot %s %s: %s", what, quoted(path).c_str(),
                             strerror(error)));
}

/// A descriptor that closes itself.
struct Descriptor {
  int number;
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
};

} // namespace

FileView::FileView(FileView &&other) noexcept
    : data(std::exchange(other.data, nullptr)),
      size(std::exchange(other.size, 0)),
      mapping(std::exchange(other.mapping, nullptr)),
      copy(std::move(other.copy)) {}

FileView &FileView::operator=(FileView &&other) noexcept {
  std::swap(data, other.data);
  std::swap(size, other.size);
  std::swap(mapping, other.mapping);
  std::swap(copy, other.copy);
  return *this;
}

FileView::~FileView() {
  if (mapping)
    munmap(mapping, size);
}

Result<FileView> FileView::open(const std::string &path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (file.number < 0 || fstat(file.number, &status) != 0)
    return systemError(DS_WRONG_USE, "open", path);
  if (S_ISDIR(status.st_mode))
    return Status(DS_WRONG_USE,
                  quoted(path) + " is a directory, expected a file");
  FileView view;
  if (S_ISREG(status.st_mode) && status.st_size >= SmallestMapping) {
    void *mapping =
        mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (mapping != MAP_FAILED) {
      view.mapping = mapping;
      view.data = static_cast<const std::byte *>(mapping);
      view.size = status.st_size;
      return view;
    }
  }
  size_t capacity = S_ISREG(status.st_mode)
                        ? static_cast<size_t>(status.st_size) + 1
                        : size_t{1} << 16;
  while (true) {
    if (view.size == view.copy.capacity()) {
      Buffer larger;
      if (!larger.reserve(std::max(capacity, 2 * view.size)))
        return Status(DS_FAILED,
                      format("out of memory: cannot hold the %zu bytes of %s",
                             std::max(capacity, 2 * view.size),
                             quoted(path).c_str()));
      if (view.size > 0)
        memcpy(larger.data(), view.copy.data(), view.size);
      view.copy = std::move(larger);
    }
    ssize_t got =
        read(file.number, static_cast<char *>(view.copy.data()) + view.size,
             view.copy.capacity() - view.size);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return systemError(DS_FAILED, "read", path);
    if (got == 0)
      break;
    view.size += got;
  }
  view.data = static_cast<const std::byte *>(view.copy.data());
  return view;
}

OutputFiles::~OutputFiles() {
  for (const File &file : files)
    unlink(file.temporary.c_str());
  for (auto directory = directories.rbegin(); directory != directories.rend();
       ++directory)
    rmdir(directory->c_str());
}

Status OutputFiles::makeDirectory(const std::string &path) {
  for (size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0777) == 0)
      directories.push_back(part);
    else if (errno != EEXIST)
      return systemError(DS_FAILED, "make the directory", part);
  }
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return Status(DS_WRONG_USE,
                  quoted(path) + " is a file, expected a directory");
  return {};
}

Status OutputFiles::write(const std::string &path,
                          std::span<const std::span<const std::byte>> pieces) {
  // A device or pipe is written in place: renaming would replace it by a file.
  struct stat status;
  bool inPlace = stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  // Beside the final name, so that the rename stays within a file system; the
  // name stays short enough for long names.
  std::string directory = path.substr(0, path.rfind('/') + 1);
  std::string temporary =
      directory +
      format(".ds-%d-%zu.part", static_cast<int>(getpid()), files.size());
  Descriptor file(inPlace
                      ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC)
                      : ::open(temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.number < 0)
    return systemError(DS_FAILED, "write", path);
  if (!inPlace)
    files.push_back({temporary, path});
  for (std::span<const std::byte> piece : pieces) {
    while (!piece.empty()) {
      ssize_t written = ::write(file.number, piece.data(),
                                std::min<size_t>(piece.size(), SSIZE_MAX));
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return systemError(DS_FAILED, "write", path);
      piece = piece.subspan(written);
    }
  }
  int number = std::exchange(file.number, -1);
  if (close(number) != 0) // network file systems report a full disk only here
    return systemError(DS_FAILED, "write", path);
  return {};
}

Status OutputFiles::commit() {
  for (File &file : files)
    if (rename(file.temporary.c_str(), file.path.c_str()) != 0)
      return systemError(DS_FAILED, "write", file.path);
  files.clear();
  directories.clear();
  return {};
}

} // namespace ds
