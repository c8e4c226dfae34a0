//===- Weights.cpp - where the data of #nn.weight lies --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Weights.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace ds {

std::shared_ptr<MappedFile> MappedFile::open(StringRef path,
                                             std::string &error) {
  std::string name = path.str();
  auto fail = [&](const char *step) -> std::shared_ptr<MappedFile> {
    error = std::string("cannot ") + step + " '" + name +
            "': " + std::strerror(errno);
    return nullptr;
  };
  // Without O_NONBLOCK, opening a pipe that nobody writes to would hang before
  // it can be refused.
  int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fail("open");
  scope_exit close([&] { ::close(descriptor); });
  struct stat status;
  if (::fstat(descriptor, &status) != 0)
    return fail("read the size of");
  if (!S_ISREG(status.st_mode)) {
    error = "expected a regular file, but '" + name + "' is " +
            (S_ISDIR(status.st_mode) ? "a folder" : "something else");
    return nullptr;
  }
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->name = std::move(name);
  if (status.st_size == 0)
    return file;
  void *data = ::mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ,
                      MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) {
    name = file->name;
    return fail("map");
  }
  file->data = static_cast<const char *>(data);
  file->size = static_cast<size_t>(status.st_size);
  return file;
}

MappedFile::~MappedFile() {
  if (data)
    ::munmap(const_cast<char *>(data), size);
}

void WeightTable::insert(StringRef file, StringRef key, WeightData data) {
  std::lock_guard lock(mutex);
  entries[{file.str(), key.str()}] = std::move(data);
}

std::optional<WeightData> WeightTable::lookup(StringRef file,
                                              StringRef key) const {
  std::lock_guard lock(mutex);
  auto found = entries.find({file.str(), key.str()});
  if (found == entries.end())
    return std::nullopt;
  return found->second;
}

std::string WeightTable::insertFolded(std::shared_ptr<const void> owner,
                                      const char *data, int64_t bytes) {
  ArrayRef<uint8_t> content(reinterpret_cast<const uint8_t *>(data),
                            static_cast<size_t>(bytes));
  XXH128_hash_t hash = xxh3_128bits(content);
  std::string key;
  raw_string_ostream(key) << format_hex_no_prefix(hash.high64, 16)
                          << format_hex_no_prefix(hash.low64, 16);
  std::lock_guard lock(mutex);
  // The first data under a key stays: pointers to it have been handed out.
  entries.try_emplace({FoldedFile.str(), key},
                      WeightData{std::move(owner), data, bytes});
  return key;
}

} // namespace ds
