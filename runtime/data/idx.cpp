//===- idx.cpp - the array format of MNIST --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The format (Y. LeCun's MNIST page): two zero bytes, a type code, the rank,
// `rank` extents of four bytes, the elements; all big-endian.
//
//===----------------------------------------------------------------------===//
#include "runtime/data/idx.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"

#include <algorithm>
#include <cstring>

namespace ds {

static Status bad(const std::string &message) {
  return Status(DS_BAD_FILE, "malformed IDX file: " + message);
}

static int32_t elementTypeOf(std::byte code) {
  switch (static_cast<int>(code)) {
  case 0x08:
    return DS_UINT8;
  case 0x09:
    return DS_INT8;
  case 0x0B:
    return DS_INT16;
  case 0x0C:
    return DS_INT32;
  case 0x0D:
    return DS_FLOAT32;
  case 0x0E:
    return DS_FLOAT64;
  default:
    return 0;
  }
}

bool isIdx(std::span<const std::byte> data) {
  return data.size() >= 4 && data[0] == std::byte{0} &&
         data[1] == std::byte{0} && elementTypeOf(data[2]) != 0;
}

Result<Column> readIdx(std::span<const std::byte> data) {
  if (data.size() < 4 || data[0] != std::byte{0} || data[1] != std::byte{0})
    return bad("it does not begin with two zero bytes");
  Column column;
  column.elementType = elementTypeOf(data[2]);
  if (column.elementType == 0)
    return bad(format("expected a type code from 0x08 to 0x0E, found 0x%02X",
                      static_cast<unsigned>(data[2])));
  size_t rank = static_cast<size_t>(data[3]);
  if (rank == 0 || rank > DS_MAX_RANK)
    return bad(
        format("expected a rank from 1 to %d, found %zu", DS_MAX_RANK, rank));
  size_t offset = 4 + 4 * rank;
  if (data.size() < offset)
    return bad("it is cut off within its extents");
  std::vector<int64_t> dims;
  for (size_t i = 0; i < rank; ++i) {
    int64_t extent = 0;
    for (size_t k = 0; k < 4; ++k)
      extent = extent << 8 | static_cast<int64_t>(data[4 + 4 * i + k]);
    dims.push_back(extent);
  }
  size_t size = elementSize(column.elementType);
  std::optional<int64_t> count = elementCount(dims, size);
  if (!count || *count * size != data.size() - offset)
    return bad("expected " +
               (count ? std::to_string(*count * size) : std::string("more")) +
               " bytes of elements for the shape " + shapeText(dims) +
               format(", found %zu", data.size() - offset));
  column.count = dims.front();
  column.dims.assign(dims.begin() + 1, dims.end());
  column.data = data.data() + offset;
  if (size == 1)
    return column;
  if (!column.storage.reserve(*count * size))
    return Status(DS_FAILED,
                  format("out of memory: an IDX file holds %zu bytes",
                         static_cast<size_t>(*count) * size));
  auto *out = static_cast<std::byte *>(column.storage.data());
  std::memcpy(out, column.data, *count * size);
  for (int64_t i = 0; i < *count; ++i)
    std::reverse(out + i * size, out + (i + 1) * size);
  column.data = out;
  return column;
}

} // namespace ds
