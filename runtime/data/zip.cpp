//===- zip.cpp - reading and writing zip archives -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Record layouts: PKWARE's APPNOTE, sections 4.3 and 4.5.3. Nothing of the
// input is trusted: every read is bounded, and the central directory decides;
// the local headers only tell where contents begin.
//
//===----------------------------------------------------------------------===//
#include "runtime/data/zip.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <cstring>
#include <zlib.h>

namespace ds {
namespace {

constexpr uint32_t LocalSignature = 0x04034b50;
constexpr uint32_t EntrySignature = 0x02014b50;
constexpr uint32_t EndSignature = 0x06054b50;
constexpr uint32_t End64Signature = 0x06064b50;
constexpr uint32_t Locator64Signature = 0x07064b50;
constexpr size_t LocalSize = 30;
constexpr size_t EntrySize = 46;
constexpr size_t EndSize = 22;
constexpr size_t End64Size = 56;
constexpr size_t Locator64Size = 20;
constexpr uint16_t Extra64 = 1;
constexpr uint32_t Escape32 = 0xFFFFFFFF; ///< the 64-bit value stands elsewhere
constexpr uint64_t MaxDeflateRatio = 1032;

Status bad(const std::string &message) {
  return Status(DS_BAD_FILE, "malformed .npz archive: " + message);
}

/// Little-endian fields at offsets of a record that lies within the data.
class Record {
public:
  explicit Record(std::span<const std::byte> bytes) : bytes(bytes) {}
  uint16_t u16(size_t at) const { return get<uint16_t>(at); }
  uint32_t u32(size_t at) const { return get<uint32_t>(at); }
  uint64_t u64(size_t at) const { return get<uint64_t>(at); }

private:
  template <typename T>
  T get(size_t at) const {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
  std::span<const std::byte> bytes;
};

struct Directory {
  uint64_t offset;
  uint64_t size;
  uint64_t count;
};

/// Part of the data, or nothing when it does not lie within.
std::optional<std::span<const std::byte>> part(std::span<const std::byte> data,
                                               uint64_t offset, uint64_t size) {
  if (offset > data.size() || size > data.size() - offset)
    return std::nullopt;
  return data.subspan(offset, size);
}

/// The end record lies at the very end, behind which only its own comment may
/// follow.
Result<Directory> findDirectory(std::span<const std::byte> data) {
  for (size_t comment = 0;
       comment <= 0xFFFF && comment + EndSize <= data.size(); ++comment) {
    size_t at = data.size() - EndSize - comment;
    Record end(data.subspan(at, EndSize));
    if (end.u32(0) != EndSignature || end.u16(20) != comment)
      continue;
    if (end.u16(4) != 0 || end.u16(6) != 0)
      return bad("expected one file, found one of several volumes");
    Directory directory{end.u32(16), end.u32(12), end.u16(10)};
    std::optional<std::span<const std::byte>> locator =
        at < Locator64Size ? std::nullopt
                           : part(data, at - Locator64Size, Locator64Size);
    if (locator && Record(*locator).u32(0) == Locator64Signature) {
      std::optional<std::span<const std::byte>> end64 =
          part(data, Record(*locator).u64(8), End64Size);
      if (!end64 || Record(*end64).u32(0) != End64Signature)
        return bad("its 64-bit end record is not where it should be");
      directory = {Record(*end64).u64(48), Record(*end64).u64(40),
                   Record(*end64).u64(32)};
    }
    return directory;
  }
  return bad("it has no end record; it may be cut off");
}

/// Replaces sizes and offset that do not fit 32 bits by those of the 64-bit
/// extra field, which lists only these, in order.
Status readExtra(std::span<const std::byte> extra, uint64_t &size,
                 uint64_t &packedSize, uint64_t &offset) {
  while (extra.size() >= 4) {
    Record field(extra);
    std::optional<std::span<const std::byte>> body =
        part(extra, 4, field.u16(2));
    if (!body)
      return bad("an extra field is longer than its record");
    if (field.u16(0) == Extra64) {
      for (uint64_t *value : {&size, &packedSize, &offset}) {
        if (*value != Escape32)
          continue;
        if (body->size() < 8)
          return bad("a 64-bit size is missing");
        *value = Record(*body).u64(0);
        *body = body->subspan(8);
      }
    }
    extra = extra.subspan(4 + field.u16(2));
  }
  return {};
}

/// Where a member's contents lie in the archive.
struct Extent {
  uint64_t begin;
  uint64_t end;
};

/// Reads the entry at the front of `rest` and drops it.
Status readEntry(std::span<const std::byte> data,
                 std::span<const std::byte> &rest, ZipMember &member,
                 Extent &extent) {
  if (rest.size() < EntrySize || Record(rest).u32(0) != EntrySignature)
    return bad("its directory is cut off");
  Record entry(rest);
  uint16_t flags = entry.u16(8), method = entry.u16(10),
           nameSize = entry.u16(28), extraSize = entry.u16(30),
           commentSize = entry.u16(32);
  uint64_t size = entry.u32(24), packedSize = entry.u32(20),
           offset = entry.u32(42);
  std::optional<std::span<const std::byte>>
      name = part(rest, EntrySize, nameSize),
      extra = part(rest, EntrySize + nameSize, extraSize),
      behind = part(rest, EntrySize + nameSize + extraSize, commentSize);
  if (!name || !extra || !behind)
    return bad("its directory is cut off");
  member.name.assign(reinterpret_cast<const char *>(name->data()),
                     name->size());
  member.checksum = entry.u32(16);
  rest = rest.subspan(EntrySize + nameSize + extraSize + commentSize);
  std::string what = "member " + quoted(member.name);
  if (Status status = readExtra(*extra, size, packedSize, offset); !status.ok())
    return std::move(status).withContext(what);
  if (flags & 1)
    return bad(what + " is encrypted");
  if (method != 0 && method != 8)
    return bad(
        what +
        format(
            " uses compression method %u, expected stored (0) or deflated (8)",
            method));
  std::optional<std::span<const std::byte>> local =
      part(data, offset, LocalSize);
  if (!local || Record(*local).u32(0) != LocalSignature)
    return bad(what + " is not where the directory says");
  uint64_t begin =
      offset + LocalSize + Record(*local).u16(26) + Record(*local).u16(28);
  std::optional<std::span<const std::byte>> packed =
      part(data, begin, packedSize);
  if (!packed)
    return bad(what + format(" needs %llu bytes, which the file does not have",
                             static_cast<unsigned long long>(packedSize)));
  member.packed = *packed;
  member.deflated = method == 8;
  member.size = size;
  extent = {offset, begin + packedSize};
  bool possible = member.deflated ? size / MaxDeflateRatio <= packedSize + 1
                                  : size == packedSize;
  if (!possible)
    return bad(
        what +
        format(" claims %llu bytes, which its %llu packed bytes cannot hold",
               static_cast<unsigned long long>(size),
               static_cast<unsigned long long>(packedSize)));
  return {};
}

uint32_t checksumOf(uint32_t checksum, std::span<const std::byte> bytes) {
  return crc32_z(checksum,
                 reinterpret_cast<const unsigned char *>(bytes.data()),
                 bytes.size());
}

/// Inflates until `out` is full. `atEnd` tells whether the stream ended there,
/// with nothing left over.
bool inflateInto(std::span<const std::byte> packed, std::span<std::byte> out,
                 bool &atEnd) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) // negative: no zlib header
    return false;
  // zlib counts in 32 bits, so both sides are fed in portions.
  constexpr size_t Portion = 1 << 30;
  const std::byte *next = packed.data();
  size_t left = packed.size(), made = 0;
  int code = Z_OK;
  unsigned char
      extra; // asked for once `out` is full: a longer stream would fill it
  bool overlong = false;
  while (code == Z_OK && !overlong) {
    stream.next_in =
        reinterpret_cast<unsigned char *>(const_cast<std::byte *>(next));
    stream.avail_in = std::min(left, Portion);
    size_t room = std::min(out.size() - made, Portion);
    stream.next_out = room > 0
                          ? reinterpret_cast<unsigned char *>(out.data() + made)
                          : &extra;
    stream.avail_out = room > 0 ? room : 1;
    size_t gaveIn = stream.avail_in, gaveOut = stream.avail_out;
    code = inflate(&stream, Z_NO_FLUSH);
    next += gaveIn - stream.avail_in;
    left -= gaveIn - stream.avail_in;
    size_t got = gaveOut - stream.avail_out;
    overlong = room == 0 && got > 0;
    made += room == 0 ? 0 : got;
  }
  inflateEnd(&stream);
  atEnd = code == Z_STREAM_END && left == 0 && !overlong;
  return made == out.size() &&
         (code == Z_STREAM_END || overlong || code == Z_BUF_ERROR);
}

void appendLittle(std::string &text, uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8)
    text += static_cast<char>(value);
}

} // namespace

bool isZip(std::span<const std::byte> data) {
  return data.size() >= 4 && (Record(data).u32(0) == LocalSignature ||
                              Record(data).u32(0) == EndSignature);
}

Result<std::vector<ZipMember>> readZip(std::span<const std::byte> data) {
  Result<Directory> directory = findDirectory(data);
  if (!directory.ok())
    return directory.takeError();
  std::optional<std::span<const std::byte>> rest =
      part(data, directory->offset, directory->size);
  if (!rest)
    return bad("its directory lies outside the file");
  if (directory->count > directory->size / EntrySize)
    return bad(format("its directory of %llu bytes cannot hold %llu members",
                      static_cast<unsigned long long>(directory->size),
                      static_cast<unsigned long long>(directory->count)));
  std::vector<ZipMember> members(directory->count);
  std::vector<Extent> extents(directory->count);
  std::vector<std::string_view> names;
  for (size_t i = 0; i < members.size(); ++i) {
    if (Status status = readEntry(data, *rest, members[i], extents[i]);
        !status.ok())
      return status;
    names.push_back(members[i].name);
  }
  if (!rest->empty())
    return bad("its directory has more bytes than its members need");
  std::sort(names.begin(), names.end());
  if (auto twice = std::adjacent_find(names.begin(), names.end());
      twice != names.end())
    return bad("it has two members " + quoted(*twice));
  // A small archive whose members share bytes could unpack to any size.
  std::sort(extents.begin(), extents.end(),
            [](const Extent &a, const Extent &b) { return a.begin < b.begin; });
  for (size_t i = 1; i < extents.size(); ++i)
    if (extents[i].begin < extents[i - 1].end)
      return bad("two of its members share bytes");
  return members;
}

Status unpack(const ZipMember &member, std::span<std::byte> out) {
  bool whole = out.size() == member.size, atEnd = true;
  std::string what = "member " + quoted(member.name);
  if (member.deflated) {
    if (!inflateInto(member.packed, out, atEnd) || (whole && !atEnd))
      return bad(what + format(" does not unpack to %llu bytes",
                               static_cast<unsigned long long>(member.size)));
  } else if (!out.empty()) {
    std::memcpy(out.data(), member.packed.data(), out.size());
  }
  if (whole && checksumOf(0, out) != member.checksum)
    return bad(what + " has another checksum than the directory says");
  return {};
}

void ZipWriter::add(const std::string &name,
                    std::span<const std::span<const std::byte>> contents) {
  uint64_t size = 0;
  uint32_t checksum = 0;
  for (std::span<const std::byte> piece : contents) {
    size += piece.size();
    checksum = checksumOf(checksum, piece);
  }
  // What local header and directory entry have in common; sizes always in the
  // 64-bit field, the date always 1980-01-01.
  std::string common;
  appendLittle(common, 45, 2); // version needed: 4.5, for 64 bits
  appendLittle(common, 0, 2);  // flags
  appendLittle(common, 0, 2);  // stored
  appendLittle(common, 0, 2);
  appendLittle(common, 0x21, 2);
  appendLittle(common, checksum, 4);
  appendLittle(common, Escape32, 4);
  appendLittle(common, Escape32, 4);
  appendLittle(common, name.size(), 2);
  std::string sizes;
  appendLittle(sizes, size, 8);
  appendLittle(sizes, size, 8);

  std::string &header = headers.emplace_back();
  appendLittle(header, LocalSignature, 4);
  header += common;
  appendLittle(header, 4 + sizes.size(), 2);
  header += name;
  appendLittle(header, Extra64, 2);
  appendLittle(header, sizes.size(), 2);
  header += sizes;

  appendLittle(directory, EntrySignature, 4);
  appendLittle(directory, 45,
               2); // made by: 4.5 on MS-DOS, so without file modes
  directory += common;
  appendLittle(directory, 4 + sizes.size() + 8, 2);
  appendLittle(directory, 0, 2 + 2 + 2 + 4); // comment, volume, attributes
  appendLittle(directory, Escape32, 4);
  directory += name;
  appendLittle(directory, Extra64, 2);
  appendLittle(directory, sizes.size() + 8, 2);
  directory += sizes;
  appendLittle(directory, offset, 8);

  pieces.push_back(std::as_bytes(std::span(header)));
  pieces.insert(pieces.end(), contents.begin(), contents.end());
  offset += header.size() + size;
  ++count;
}

std::vector<std::span<const std::byte>> ZipWriter::finish() {
  uint64_t directorySize = directory.size(), end64 = offset + directorySize;
  // Only where it is needed: NumPy tells an empty archive by the short end
  // record at its beginning.
  if (count >= 0xFFFF || end64 >= Escape32) {
    appendLittle(directory, End64Signature, 4);
    appendLittle(directory, End64Size - 12, 8);
    appendLittle(directory, 45, 2);
    appendLittle(directory, 45, 2);
    appendLittle(directory, 0, 4 + 4);
    appendLittle(directory, count, 8);
    appendLittle(directory, count, 8);
    appendLittle(directory, directorySize, 8);
    appendLittle(directory, offset, 8);
    appendLittle(directory, Locator64Signature, 4);
    appendLittle(directory, 0, 4);
    appendLittle(directory, end64, 8);
    appendLittle(directory, 1, 4);
  }
  appendLittle(directory, EndSignature, 4);
  appendLittle(directory, 0, 2 + 2);
  appendLittle(directory, std::min<uint64_t>(count, 0xFFFF), 2);
  appendLittle(directory, std::min<uint64_t>(count, 0xFFFF), 2);
  appendLittle(directory, std::min<uint64_t>(directorySize, Escape32), 4);
  appendLittle(directory, std::min<uint64_t>(offset, Escape32), 4);
  appendLittle(directory, 0, 2);
  pieces.push_back(std::as_bytes(std::span(directory)));
  return pieces;
}

} // namespace ds
