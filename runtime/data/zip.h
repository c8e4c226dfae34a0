//===- zip.h - reading and writing zip archives ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As much of the format as NumPy's .npz uses: stored and deflated members,
// 64-bit sizes. Written archives are stored only.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_ZIP_H
#define DS_RUNTIME_DATA_ZIP_H

#include "runtime/base/status.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace ds {

struct ZipMember {
  std::string name;
  std::span<const std::byte> packed; ///< as it lies in the archive
  bool deflated;
  uint32_t checksum; ///< CRC-32 of the contents
  uint64_t size;     ///< of the contents
};

/// True when the data begin like a zip archive, an empty one included.
bool isZip(std::span<const std::byte> data);

/// Lists an archive's members; they refer to `data`. Archives that are
/// malformed, encrypted, split, that name a member twice, or whose members
/// share bytes or claim impossible sizes are DS_BAD_FILE.
Result<std::vector<ZipMember>> readZip(std::span<const std::byte> data);

/// Unpacks the first out.size() bytes of a member, or all of it: then the
/// checksum must fit.
Status unpack(const ZipMember &member, std::span<std::byte> out);

/// Builds an archive of stored members. The same members give the same bytes.
class ZipWriter {
public:
  /// Adds a member whose contents are these pieces, which must live until the
  /// archive is written.
  void add(const std::string &name,
           std::span<const std::span<const std::byte>> contents);
  /// The whole archive in pieces that live as long as this object. Call once,
  /// after the last add().
  std::vector<std::span<const std::byte>> finish();

private:
  std::vector<std::span<const std::byte>> pieces;
  std::deque<std::string>
      headers; ///< a deque keeps what `pieces` refers to in place
  std::string directory;
  uint64_t offset = 0;
  uint64_t count = 0;
};

} // namespace ds

#endif // DS_RUNTIME_DATA_ZIP_H
