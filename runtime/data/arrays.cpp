//===- arrays.cpp - columns from files of arrays --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/arrays.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/data/gzip.h"
#include "runtime/data/idx.h"
#include "runtime/data/npy.h"
#include "runtime/data/safetensors.h"
#include "runtime/data/zip.h"

#include <algorithm>
#include <unistd.h>
#include <zlib.h>

namespace ds {
namespace {

/// The type of a NumPy array by itself; 0 for texts, complex numbers and the
/// like.
int32_t naturalType(const NpyHeader &header) {
  constexpr int32_t Signed[] = {DS_INT8, DS_INT16, DS_INT32, DS_INT64};
  constexpr int32_t Unsigned[] = {DS_UINT8, DS_UINT16, DS_UINT32, DS_UINT64};
  constexpr int32_t Floats[] = {0, DS_FLOAT16, DS_FLOAT32, DS_FLOAT64};
  int log2 = header.itemSize == 1   ? 0
             : header.itemSize == 2 ? 1
             : header.itemSize == 4 ? 2
             : header.itemSize == 8 ? 3
                                    : -1;
  if (log2 < 0)
    return 0;
  switch (header.kind) {
  case 'b':
    return DS_BOOL;
  case 'i':
    return Signed[log2];
  case 'u':
    return Unsigned[log2];
  case 'f':
    return Floats[log2];
  default:
    return 0;
  }
}

Status splitAxis(const std::string &source, std::vector<int64_t> dims,
                 Column &column) {
  if (dims.empty())
    return Status(DS_WRONG_USE, source + " expects an array whose first axis "
                                         "counts examples, found shape []");
  column.count = dims.front();
  column.dims.assign(dims.begin() + 1, dims.end());
  return {};
}

/// Makes a column of .npy data, which `file` owns, if that is given.
Result<Column> readNpyColumn(const std::string &source,
                             std::span<const std::byte> data,
                             std::shared_ptr<const FileView> file,
                             int32_t wantedType) {
  Result<NpyHeader> header = parseNpyHeader(
      data.first(std::min(data.size(), MaxNpyHeader)), data.size());
  if (!header.ok())
    return header.takeError().withContext(source);
  Column column;
  column.source = source;
  Signature asWanted{wantedType, header->dims};
  column.elementType = checkNpyHeader(source, asWanted, *header).ok()
                           ? wantedType
                           : naturalType(*header);
  if (column.elementType == 0)
    return Status(DS_WRONG_USE, source + " expects numbers, found type " +
                                    quoted(header->type));
  if (Status status = splitAxis(source, header->dims, column); !status.ok())
    return status;
  // Elements that fill their bytes need neither a check nor a copy.
  bool asItIs = file && !header->fortranOrder &&
                column.elementType == naturalType(*header) &&
                column.elementType != DS_BOOL;
  if (asItIs) {
    column.data = data.data() + header->dataOffset;
    column.file = std::move(file);
    return column;
  }
  Result<Tensor> tensor =
      readNpy(source, {column.elementType, header->dims}, data, nullptr);
  if (!tensor.ok())
    return tensor.takeError();
  column.data = static_cast<const std::byte *>(tensor->data);
  column.storage = std::move(tensor->storage);
  return column;
}

/// Unpacks a member of an archive, or checks one that is not packed.
Result<Column> readMember(const std::string &source, const ZipMember &member,
                          std::shared_ptr<const FileView> file,
                          int32_t wantedType) {
  if (!member.deflated) {
    uLong checksum =
        crc32_z(0, reinterpret_cast<const Bytef *>(member.packed.data()),
                member.packed.size());
    if (checksum != member.checksum)
      return Status(DS_BAD_FILE, source + ": its checksum is wrong");
    return readNpyColumn(source, member.packed, std::move(file), wantedType);
  }
  uint64_t machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  Buffer contents;
  if (member.size > machine || !contents.reserve(member.size))
    return Status(DS_FAILED,
                  "out of memory: " + source +
                      format(" unpacks to %llu bytes",
                             static_cast<unsigned long long>(member.size)));
  std::span<std::byte> bytes(static_cast<std::byte *>(contents.data()),
                             member.size);
  if (Status status = unpack(member, bytes); !status.ok())
    return std::move(status).withContext(source);
  return readNpyColumn(source, bytes, nullptr, wantedType);
}

Result<std::vector<Column>>
readNpzColumns(const std::string &path, std::shared_ptr<const FileView> file,
               std::span<const WantedColumn> wanted) {
  Result<std::vector<ZipMember>> members = readZip(file->bytes());
  if (!members.ok())
    return members.takeError().withContext(quoted(path));
  std::vector<Column> columns;
  for (const WantedColumn &want : wanted) {
    for (const ZipMember &member : *members) {
      if (member.name != want.name + ".npy")
        continue;
      Result<Column> column =
          readMember(quoted(want.name) + " in " + quoted(path), member, file,
                     want.elementType);
      if (!column.ok())
        return column.takeError();
      column->name = want.name;
      columns.push_back(std::move(*column));
    }
  }
  return columns;
}

Result<std::vector<Column>>
readSafeTensorsColumns(const std::string &path,
                       std::shared_ptr<const FileView> file,
                       std::span<const WantedColumn> wanted) {
  Result<SafeTensors> tensors = readSafeTensors(file->bytes());
  if (!tensors.ok())
    return tensors.takeError().withContext(quoted(path));
  std::vector<Column> columns;
  for (const WantedColumn &want : wanted) {
    const StoredTensor *tensor = tensors->find(want.name);
    if (!tensor)
      continue;
    Column &column = columns.emplace_back();
    column.name = want.name;
    column.source = quoted(want.name) + " in " + quoted(path);
    column.elementType = tensor->elementType;
    column.data = tensor->data.data();
    column.file = file;
    if (Status status = splitAxis(column.source, tensor->dims, column);
        !status.ok())
      return status;
  }
  return columns;
}

} // namespace

Result<std::vector<Column>> readArchive(const std::string &path,
                                        std::shared_ptr<const FileView> file,
                                        std::span<const WantedColumn> wanted) {
  return isZip(file->bytes())
             ? readNpzColumns(path, std::move(file), wanted)
             : readSafeTensorsColumns(path, std::move(file), wanted);
}

Result<Column> readArray(const std::string &path,
                         std::shared_ptr<const FileView> file,
                         int32_t wantedType) {
  std::span<const std::byte> data = file->bytes();
  Unpacked unpacked;
  if (isGzip(data)) {
    Result<Unpacked> result = gunzip(data);
    if (!result.ok())
      return result.takeError().withContext(quoted(path));
    unpacked = std::move(*result);
    data = unpacked.bytes;
    file = nullptr;
  }
  if (isNpy(data))
    return readNpyColumn(quoted(path), data, std::move(file), wantedType);
  if (!isIdx(data))
    return Status(DS_BAD_FILE, quoted(path) + " expects an array in a .npy or "
                                              "IDX file, found something else");
  Result<Column> column = readIdx(data);
  if (!column.ok())
    return column.takeError().withContext(quoted(path));
  column->source = quoted(path);
  if (!column->storage.capacity()) { // it refers to what was read
    column->file = std::move(file);
    column->storage = std::move(unpacked.storage);
  }
  return column;
}

} // namespace ds
