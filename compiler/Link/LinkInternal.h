//===- LinkInternal.h - files behind the linker ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Objects that lld reads from memory, and the linked image before it gets its
// name.
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_LINK_LINKINTERNAL_H
#define DS_COMPILER_LINK_LINKINTERNAL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <string>
#include <utility>

namespace ds {

llvm::Error linkError(const llvm::Twine &message);
/// With the text of an errno value behind the message.
llvm::Error linkError(const llvm::Twine &message, int error);

/// An object with one section, which is not loaded into memory.
std::string makeSectionObject(llvm::StringRef name, llvm::StringRef contents);

/// Closes a descriptor.
class OwnedDescriptor {
public:
  explicit OwnedDescriptor(int fd) : fd(fd) {}
  OwnedDescriptor(OwnedDescriptor &&other) : fd(std::exchange(other.fd, -1)) {}
  OwnedDescriptor &operator=(OwnedDescriptor &&other) {
    std::swap(fd, other.fd);
    return *this;
  }
  ~OwnedDescriptor();

  int get() const { return fd; }
  int release() { return std::exchange(fd, -1); }

private:
  int fd;
};

/// A file without a name that holds an object for lld, which reads from paths
/// only. Nothing of it can be left behind.
class MemoryFile {
public:
  static llvm::Expected<MemoryFile> create(llvm::MemoryBufferRef contents);
  std::string path() const;

private:
  explicit MemoryFile(OwnedDescriptor descriptor)
      : descriptor(std::move(descriptor)) {}
  OwnedDescriptor descriptor;
};

/// The image that lld wrote.
class ImageFile {
public:
  static llvm::Expected<ImageFile> open(std::string path);

  /// Makes the section .ds.weights and its segment refer to `bytes` bytes
  /// behind the image; returns where they begin.
  llvm::Expected<uint64_t> placeWeights(uint64_t bytes);
  /// Sets the mode and closes the file.
  llvm::Error finish(unsigned mode);
  int descriptor() const { return file.get(); }

private:
  ImageFile(OwnedDescriptor file, std::string path)
      : file(std::move(file)), path(std::move(path)) {}
  OwnedDescriptor file;
  std::string path;
};

} // namespace ds

#endif // DS_COMPILER_LINK_LINKINTERNAL_H
