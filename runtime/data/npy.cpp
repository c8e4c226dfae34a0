//===- npy.cpp - tensors in NumPy's array format --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/npy.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {

/// Strings of type '<U0' take no bytes in the file, so the file's size does not
/// bound their number.
constexpr int64_t MaxEmptyStrings = 1 << 20;

/// How an element type is written; "U" stands for text of the longest element's
/// length.
const char *writtenType(int32_t type) {
  switch (type) {
  case DS_BOOL:
    return "|b1";
  case DS_INT2:
  case DS_INT4:
  case DS_INT8:
    return "|i1";
  case DS_INT16:
    return "<i2";
  case DS_INT32:
    return "<i4";
  case DS_INT64:
    return "<i8";
  case DS_UINT16:
  case DS_BFLOAT16:
    return "<u2";
  case DS_UINT32:
    return "<u4";
  case DS_UINT64:
    return "<u8";
  case DS_FLOAT16:
    return "<f2";
  case DS_FLOAT32:
    return "<f4";
  case DS_FLOAT64:
    return "<f8";
  case DS_COMPLEX64:
    return "<c8";
  case DS_COMPLEX128:
    return "<c16";
  case DS_STRING:
    return "<U";
  default: // 8-bit and smaller floats, unsigned integers up to 8 bits
    return "|u1";
  }
}

/// True for types that NumPy has no name for: numpy.save writes them as raw
/// bytes, |V1 or <V2.
bool isForeign(int32_t type) {
  return type == DS_BFLOAT16 ||
         (type >= DS_FLOAT8E4M3FN && type <= DS_FLOAT4E2M1FN) ||
         type == DS_INT2 || type == DS_INT4 || type == DS_UINT2 ||
         type == DS_UINT4;
}

/// Bits of an element that takes a byte but does not fill it; 8 otherwise.
int usedBits(int32_t type) {
  switch (type) {
  case DS_BOOL:
    return 1;
  case DS_INT2:
  case DS_UINT2:
    return 2;
  case DS_INT4:
  case DS_UINT4:
  case DS_FLOAT4E2M1FN:
    return 4;
  default:
    return 8;
  }
}

/// Copies `count` elements of column-major order into row-major order.
void transpose(const std::byte *from, std::byte *to,
               std::span<const int64_t> dims, size_t itemSize, int64_t count) {
  std::vector<int64_t> strides(dims.size()), position(dims.size());
  int64_t stride = itemSize;
  for (size_t i = 0; i < dims.size(); stride *= dims[i++])
    strides[i] = stride;
  for (int64_t written = 0, offset = 0; written < count; ++written) {
    std::memcpy(to + written * itemSize, from + offset, itemSize);
    for (size_t axis = dims.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++position[axis] < dims[axis])
        break;
      offset -= strides[axis] * dims[axis];
      position[axis] = 0;
    }
  }
}

/// Brings elements that do not fill their byte into the form that kernels
/// expect. Raw bytes (kind V) may carry anything in the unused bits; in
/// integers and booleans a value out of range is an error.
Status canonicalize(const std::string &what, int32_t type, char kind,
                    unsigned char *elements, int64_t count) {
  int bits = usedBits(type);
  bool isSigned = type == DS_INT2 || type == DS_INT4;
  for (int64_t i = 0; i < count; ++i) {
    auto low = static_cast<unsigned char>(elements[i] & ((1 << bits) - 1));
    unsigned char value =
        isSigned
            ? static_cast<unsigned char>(
                  static_cast<signed char>(low << (8 - bits)) >> (8 - bits))
            : low;
    if (kind != 'V' && value != elements[i]) {
      int found =
          isSigned ? static_cast<signed char>(elements[i]) : elements[i];
      return Status(
          DS_BAD_FILE,
          what +
              format(" has the value %d at element %lld, which %s cannot hold",
                     found, static_cast<long long>(i), elementTypeName(type)));
    }
    elements[i] = value;
  }
  return {};
}

/// Turns NumPy's fixed-width UTF-32 into UTF-8. Trailing NULs are padding.
Status readStrings(const std::string &what, const std::byte *elements,
                   size_t itemSize, int64_t count, Tensor &tensor) {
  if (itemSize == 0 && count > MaxEmptyStrings)
    return Status(
        DS_BAD_FILE,
        what +
            format(" has %lld strings of no characters, expected at most %lld",
                   static_cast<long long>(count),
                   static_cast<long long>(MaxEmptyStrings)));
  if (!tensor.storage.reserve(count * sizeof(ds_string_t)))
    return Status(DS_FAILED, format("out of memory: %lld strings of ",
                                    static_cast<long long>(count)) +
                                 what);
  auto *strings = static_cast<ds_string_t *>(tensor.storage.data());
  std::vector<size_t> ends(count);
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    size_t length = itemSize / 4;
    auto codePoint = [&](size_t k) {
      uint32_t value;
      std::memcpy(&value, elements + i * itemSize + k * 4, 4);
      return value;
    };
    while (length > 0 && codePoint(length - 1) == 0)
      --length;
    for (size_t k = 0; k < length; ++k) {
      uint32_t value = codePoint(k);
      if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        return Status(DS_BAD_FILE,
                      what + format(" has 0x%X at character %zu of element "
                                    "%lld, which is no Unicode character",
                                    value, k, static_cast<long long>(i)));
      appendUtf8(text, value);
    }
    ends[i] = text.size();
  }
  tensor.text.assign(text.begin(), text.end());
  for (int64_t i = 0; i < count; ++i) {
    size_t begin = i > 0 ? ends[i - 1] : 0;
    strings[i] = {tensor.text.data() + begin,
                  static_cast<int64_t>(ends[i] - begin)};
  }
  tensor.data = tensor.storage.data();
  return {};
}

/// Strings as fixed-width UTF-32 of the longest one; at least one character
/// wide, as NumPy has it.
void printStrings(const TensorView &tensor, NpyPieces &pieces) {
  std::span strings(static_cast<const ds_string_t *>(tensor.data),
                    tensor.count());
  size_t width = 1;
  auto forEach = [](const ds_string_t &string, auto call) {
    std::string_view text(string.data, string.size);
    size_t index = 0;
    for (; !text.empty(); ++index)
      call(index, takeCodePoint(text));
    return index;
  };
  for (const ds_string_t &string : strings)
    width = std::max(width, forEach(string, [](size_t, char32_t) {}));
  pieces.header = printNpyHeader("<U" + std::to_string(width), tensor.dims);
  pieces.converted.resize(strings.size() * width * 4);
  for (size_t i = 0; i < strings.size(); ++i)
    forEach(strings[i], [&](size_t index, char32_t value) {
      std::memcpy(pieces.converted.data() + (i * width + index) * 4, &value, 4);
    });
  pieces.elements = bytesOf(pieces.converted);
}

} // namespace

Status checkNpyHeader(const std::string &what, const Signature &expected,
                      const NpyHeader &header) {
  std::string written = writtenType(expected.elementType),
              raw = format("%cV%zu",
                           elementSize(expected.elementType) > 1 ? '<' : '|',
                           elementSize(expected.elementType));
  // '<' and '|' mean the same for elements of a byte, and numpy writes both for
  // raw ones.
  std::string_view found = std::string_view(header.type).substr(1);
  bool same = expected.elementType == DS_STRING ? header.kind == 'U'
                                                : found == written.substr(1);
  // ml_dtypes says so of this one of its types, because its bits are the upper
  // half of a float16's.
  same |= expected.elementType == DS_FLOAT8E5M2 && found == "f1";
  if (!same && !(isForeign(expected.elementType) && found == raw.substr(1))) {
    std::string spelling =
        expected.elementType == DS_STRING ? "<U..." : written;
    return Status(
        DS_WRONG_USE,
        what + " expects " + expected.text() + ", in a file " +
            quoted(spelling) +
            (isForeign(expected.elementType) ? " or " + quoted(raw) : "") +
            ", found " + quoted(header.type) + " " + shapeText(header.dims));
  }
  return checkSignature(what, expected, {expected.elementType, header.dims});
}

Result<Tensor> readNpy(const std::string &what, const Signature &expected,
                       std::span<const std::byte> data,
                       std::shared_ptr<const FileView> file) {
  Result<NpyHeader> header = parseNpyHeader(
      data.first(std::min(data.size(), MaxNpyHeader)), data.size());
  if (!header.ok())
    return header.takeError();
  if (Status status = checkNpyHeader(what, expected, *header); !status.ok())
    return status;
  Tensor tensor;
  tensor.elementType = expected.elementType;
  tensor.dims = header->dims;
  const std::byte *elements = data.data() + header->dataOffset;
  int64_t count = tensor.count();
  bool reorder = header->fortranOrder && header->dims.size() > 1;
  bool partial = usedBits(expected.elementType) < 8;
  bool isString = expected.elementType == DS_STRING;
  bool aligned = reinterpret_cast<uintptr_t>(elements) % TensorAlignment == 0;
  if (!reorder && !partial && !isString && aligned && file && count > 0) {
    tensor.data = elements;
    tensor.file = std::move(file);
    return tensor;
  }
  if (!isString || reorder) {
    if (!tensor.storage.reserve(header->dataSize))
      return Status(DS_FAILED,
                    format("out of memory: %zu bytes for ", header->dataSize) +
                        what);
    auto *storage = static_cast<std::byte *>(tensor.storage.data());
    if (reorder)
      transpose(elements, storage, tensor.dims, header->itemSize, count);
    else if (header->dataSize > 0)
      std::memcpy(storage, elements, header->dataSize);
    elements = storage;
  }
  if (isString) {
    Buffer reordered = std::move(
        tensor.storage); // keeps `elements` while the strings are read
    if (Status status =
            readStrings(what, elements, header->itemSize, count, tensor);
        !status.ok())
      return status;
    return tensor;
  }
  if (partial) {
    Status status = canonicalize(
        what, expected.elementType, header->kind,
        static_cast<unsigned char *>(tensor.storage.data()), count);
    if (!status.ok())
      return status;
  }
  tensor.data = tensor.storage.data();
  return tensor;
}

void printNpy(const TensorView &tensor, NpyPieces &pieces) {
  if (tensor.elementType == DS_STRING)
    return printStrings(tensor, pieces);
  pieces.header = printNpyHeader(writtenType(tensor.elementType), tensor.dims);
  pieces.elements = {static_cast<const std::byte *>(tensor.data),
                     tensor.count() * elementSize(tensor.elementType)};
}

} // namespace ds
