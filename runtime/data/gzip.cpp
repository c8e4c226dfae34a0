//===- gzip.cpp - unpacking gzip files ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/gzip.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <unistd.h>
#include <zlib.h>

namespace ds {
namespace {

/// Deflate gives at most this many bytes for one.
constexpr uint64_t MaxRatio = 1032;

Status bad(const char *message) {
  return Status(DS_BAD_FILE, std::string("malformed gzip file: ") +
                                 (message ? message : "its data are damaged"));
}

/// The stream ends itself.
struct Inflater {
  z_stream stream{};
  bool ready = inflateInit2(&stream, 15 + 16) == Z_OK; // 16: gzip framing
  ~Inflater() {
    if (ready)
      inflateEnd(&stream);
  }
};

/// Moves the buffer's contents to one of twice the room.
bool grow(Buffer &buffer, size_t used, uint64_t limit) {
  Buffer larger;
  uint64_t room = std::min(2 * buffer.capacity(), limit);
  if (room <= buffer.capacity() || !larger.reserve(room))
    return false;
  std::memcpy(larger.data(), buffer.data(), used);
  buffer = std::move(larger);
  return true;
}

} // namespace

bool isGzip(std::span<const std::byte> data) {
  return data.size() >= 2 && data[0] == std::byte{0x1f} &&
         data[1] == std::byte{0x8b};
}

Result<Unpacked> gunzip(std::span<const std::byte> data) {
  Inflater inflater;
  if (!inflater.ready)
    return Status(DS_FAILED, "out of memory: cannot unpack a gzip file");
  z_stream &stream = inflater.stream;
  uint64_t machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  uint64_t limit = std::min(machine / 2, (data.size() + 1) * MaxRatio);
  // The last four bytes are the size modulo 2^32: a hint, and no more.
  uint32_t hint = 0;
  if (data.size() >= 4)
    std::memcpy(&hint, data.data() + data.size() - 4, 4);
  Unpacked result;
  if (!result.storage.reserve(
          std::clamp<uint64_t>(hint, 4096, std::max<uint64_t>(limit, 4096))))
    return Status(DS_FAILED, "out of memory: cannot unpack a gzip file");
  size_t used = 0;
  while (true) {
    if (used == result.storage.capacity() &&
        !grow(result.storage, used, limit)) {
      // It may be complete all the same: then no room is needed to say so.
      if (!data.empty() || stream.avail_in > 0)
        return Status(DS_FAILED,
                      format("out of memory: a gzip file unpacks to more than "
                             "%zu bytes",
                             used));
    }
    if (stream.avail_in == 0) {
      size_t part = std::min<size_t>(data.size(), INT_MAX);
      stream.next_in =
          const_cast<Bytef *>(reinterpret_cast<const Bytef *>(data.data()));
      stream.avail_in = part;
      data = data.subspan(part);
    }
    size_t room = std::min<size_t>(result.storage.capacity() - used, INT_MAX);
    stream.next_out = static_cast<Bytef *>(result.storage.data()) + used;
    stream.avail_out = room;
    int code = inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    bool ended = stream.avail_in == 0 && data.empty();
    if (code == Z_STREAM_END) {
      if (ended)
        break;
      if (inflateReset(&stream) != Z_OK) // another member follows
        return bad(stream.msg);
    } else if (code == Z_MEM_ERROR) {
      return Status(DS_FAILED, "out of memory: cannot unpack a gzip file");
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return bad(stream.msg);
    } else if (ended && stream.avail_out > 0) {
      return bad("it is cut off");
    }
  }
  result.bytes = {static_cast<const std::byte *>(result.storage.data()), used};
  return result;
}

} // namespace ds
