//===- Link.h - from object code to one program ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Links model objects with the runtime in process, and puts the weights behind
// the image. FORMAT.md specifies the result.
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_LINK_LINK_H
#define DS_COMPILER_LINK_LINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

/// What is made: a program with the runtime's main, one with the trainer's, or
/// a shared library that exports ds/runtime.h.
enum class LinkKind { Executable, TrainingJob, Library };

struct LinkOptions {
  LinkKind kind = LinkKind::Executable;
  /// Appears, a program or library with mode 0755, only when all succeeded.
  std::string outputPath;
  /// Objects in memory; the bytes must live as long as the call.
  std::vector<llvm::MemoryBufferRef> objects;
  /// Objects and archives on disk.
  std::vector<std::string> objectPaths;
  /// The folder with ds_program.o and the files beside it; see
  /// findResourceDirectory().
  std::string resourceDirectory;
  /// Bytes for sections that are in the file, but not loaded; by name. They
  /// must live as long as the call.
  std::vector<std::pair<std::string, llvm::StringRef>> sections;
  /// Bytes of `ds_weights` in the model object; 0: it has none.
  uint64_t weightBytes = 0;
};

/// Takes the weights in order of increasing offset, straight into the output
/// file.
class WeightSink {
public:
  /// Appends bytes.
  llvm::Error write(llvm::ArrayRef<char> bytes);
  /// Appends `size` bytes of an open file from `offset` on, inside the kernel
  /// where it can.
  llvm::Error copyFrom(int fd, uint64_t offset, uint64_t size);
  /// Appends zeros, which take no room on most file systems.
  llvm::Error skip(uint64_t size);
  /// Bytes appended so far: the offset of what comes next.
  uint64_t position() const { return written; }

private:
  friend llvm::Error linkProgram(const LinkOptions &,
                                 llvm::function_ref<llvm::Error(WeightSink &)>);
  WeightSink(int fd, uint64_t start, uint64_t total)
      : fd(fd), start(start), total(total) {}
  llvm::Error checkRoom(uint64_t size) const;

  int fd;
  uint64_t start;
  uint64_t total;
  uint64_t written = 0;
};

/// Links and writes the output. `writeWeights` is called once when there are
/// weights and must append exactly `weightBytes` bytes. On failure nothing is
/// left behind and an older output stays. Blocks while another thread links,
/// because lld is not reentrant.
llvm::Error
linkProgram(const LinkOptions &options,
            llvm::function_ref<llvm::Error(WeightSink &)> writeWeights);

/// Joins the objects into one relocatable object at `outputPath`, which appears
/// only when everything succeeded. Takes neither runtime nor weights.
llvm::Error linkRelocatable(const LinkOptions &options);

/// Module assembly that defines the hidden symbol `ds_weights` of this many
/// bytes, 4096-byte aligned, without taking room in the object. Refer to it
/// only by its address and with code model "large". "" for 0 bytes.
std::string weightsModuleAsm(uint64_t bytes);

/// The resource folder that belongs to a tool: ../lib/ds/resources beside the
/// folder of `toolPath`.
llvm::Expected<std::string> findResourceDirectory(llvm::StringRef toolPath);

} // namespace ds

#endif // DS_COMPILER_LINK_LINK_H
