//===- Files.cpp - files behind the linker --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Link/Link.h"
#include "compiler/Link/LinkInternal.h"

#include "llvm/Object/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using ElfTypes = object::ELF64LE;

namespace ds {

/// Where segments may begin in the file; the linker is told the same page size.
static constexpr uint64_t PageSize = 4096;
/// Most bytes moved by one system call of the fallback copy.
static constexpr uint64_t CopyChunk = 1 << 20;

OwnedDescriptor::~OwnedDescriptor() {
  if (fd >= 0)
    ::close(fd);
}

/// Writes all bytes at an offset.
static Error writeAt(int fd, const char *data, uint64_t size, uint64_t offset) {
  while (size > 0) {
    ssize_t count = ::pwrite(fd, data, size, offset);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return linkError("cannot write the program", errno);
    data += count;
    size -= count;
    offset += count;
  }
  return Error::success();
}

Expected<MemoryFile> MemoryFile::create(MemoryBufferRef contents) {
  OwnedDescriptor descriptor(::memfd_create("ds-object", MFD_CLOEXEC));
  if (descriptor.get() < 0)
    return linkError("cannot hold an object in memory", errno);
  if (Error error = writeAt(descriptor.get(), contents.getBufferStart(),
                            contents.getBufferSize(), 0))
    return error;
  return MemoryFile(std::move(descriptor));
}

std::string MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor.get());
}

Expected<ImageFile> ImageFile::open(std::string path) {
  OwnedDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0)
    return linkError("cannot open '" + path + "'", errno);
  return ImageFile(std::move(file), std::move(path));
}

/// Finds the empty section and segment of the weights in a mapped image, and
/// points both at `offset`.
static Error patchHeaders(MutableArrayRef<char> image, uint64_t bytes,
                          uint64_t offset) {
  Expected<object::ELFFile<ElfTypes>> file =
      object::ELFFile<ElfTypes>::create(StringRef(image.data(), image.size()));
  if (!file)
    return file.takeError();
  Expected<ElfTypes::ShdrRange> sections = file->sections();
  if (!sections)
    return sections.takeError();
  Expected<ElfTypes::PhdrRange> segments = file->program_headers();
  if (!segments)
    return segments.takeError();
  for (const ElfTypes::Shdr &section : *sections) {
    Expected<StringRef> name = file->getSectionName(section);
    if (!name)
      return name.takeError();
    if (*name != ".ds.weights")
      continue;
    if (section.sh_size != bytes)
      return linkError("expected " + Twine(bytes) +
                       " bytes of weights in the model object, found " +
                       Twine(uint64_t(section.sh_size)));
    for (const ElfTypes::Phdr &segment : *segments) {
      if (segment.p_type != ELF::PT_LOAD ||
          segment.p_vaddr != section.sh_addr || segment.p_filesz != 0)
        continue;
      // The file is ours and mapped for writing; LLVM's reader only hands out
      // const views of it.
      auto &writableSegment = const_cast<ElfTypes::Phdr &>(segment);
      writableSegment.p_offset = offset;
      writableSegment.p_filesz = bytes;
      writableSegment.p_memsz = bytes;
      auto &writableSection = const_cast<ElfTypes::Shdr &>(section);
      writableSection.sh_offset = offset;
      writableSection.sh_type = ELF::SHT_PROGBITS;
      return Error::success();
    }
    return linkError("the linker gave the weights no segment of their own");
  }
  return linkError("expected " + Twine(bytes) +
                   " bytes of weights in the model object, found none");
}

Expected<uint64_t> ImageFile::placeWeights(uint64_t bytes) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0)
    return linkError("cannot read '" + path + "'", errno);
  uint64_t offset = alignTo(status.st_size, PageSize);
  void *mapping = ::mmap(nullptr, status.st_size, PROT_READ | PROT_WRITE,
                         MAP_SHARED, file.get(), 0);
  if (mapping == MAP_FAILED)
    return linkError("cannot map '" + path + "'", errno);
  Error error = patchHeaders(
      {static_cast<char *>(mapping), size_t(status.st_size)}, bytes, offset);
  ::munmap(mapping, status.st_size);
  if (error)
    return error;
  // Reserves nothing, but makes the file as long as its headers say even if the
  // weights end in zeros.
  if (::ftruncate(file.get(), offset + bytes) != 0)
    return linkError("cannot write '" + path + "'", errno);
  return offset;
}

Error ImageFile::finish(unsigned mode) {
  if (::fchmod(file.get(), mode) != 0 || ::close(file.release()) != 0)
    return linkError("cannot write '" + path + "'", errno);
  return Error::success();
}

Error WeightSink::checkRoom(uint64_t size) const {
  if (size > total - written)
    return linkError("expected " + Twine(total) +
                     " bytes of weights, found at least " +
                     Twine(written + size));
  return Error::success();
}

Error WeightSink::write(ArrayRef<char> bytes) {
  if (Error error = checkRoom(bytes.size()))
    return error;
  if (Error error = writeAt(fd, bytes.data(), bytes.size(), start + written))
    return error;
  written += bytes.size();
  return Error::success();
}

Error WeightSink::skip(uint64_t size) {
  if (Error error = checkRoom(size))
    return error;
  written += size;
  return Error::success();
}

Error WeightSink::copyFrom(int from, uint64_t offset, uint64_t size) {
  if (Error error = checkRoom(size))
    return error;
  while (size > 0) {
    off_t source = offset, target = start + written;
    ssize_t count = ::copy_file_range(from, &source, fd, &target, size, 0);
    if (count <= 0) { // across file systems, or a kind of file that cannot;
                      // also at the end of the file, as read tells
      std::vector<char> chunk(std::min(size, CopyChunk));
      count = ::pread(from, chunk.data(), chunk.size(), offset);
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return linkError("cannot read weights", errno);
      if (count == 0)
        return linkError("expected " + Twine(size) +
                         " more bytes of weights at offset " + Twine(offset) +
                         " of their file, found its end");
      if (Error error = writeAt(fd, chunk.data(), count, start + written))
        return error;
    }
    offset += count;
    written += count;
    size -= count;
  }
  return Error::success();
}

} // namespace ds
