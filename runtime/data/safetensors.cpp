//===- safetensors.cpp - named tensors in one file ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/safetensors.h"

#include "runtime/base/json.h"
#include "runtime/base/text.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {

/// The limit of the reference implementation.
constexpr uint64_t MaxHeader = 100'000'000;

struct TypeName {
  int32_t type;
  const char *name;
};
constexpr TypeName TypeNames[] = {
    {DS_BOOL, "BOOL"},          {DS_INT8, "I8"},
    {DS_UINT8, "U8"},           {DS_INT16, "I16"},
    {DS_UINT16, "U16"},         {DS_INT32, "I32"},
    {DS_UINT32, "U32"},         {DS_INT64, "I64"},
    {DS_UINT64, "U64"},         {DS_FLOAT16, "F16"},
    {DS_BFLOAT16, "BF16"},      {DS_FLOAT32, "F32"},
    {DS_FLOAT64, "F64"},        {DS_FLOAT8E4M3FN, "F8_E4M3"},
    {DS_FLOAT8E5M2, "F8_E5M2"}, {DS_FLOAT8E8M0FNU, "F8_E8M0"},
};

Status bad(const std::string &message) {
  return Status(DS_BAD_FILE, "malformed safetensors file: " + message);
}

/// Reads one member of the header.
Status readTensor(const std::string &name, const JsonValue &entry,
                  std::span<const std::byte> data, StoredTensor &tensor) {
  tensor.name = name;
  std::string what = "tensor " + quoted(name);
  const JsonValue *type = entry.find("dtype"), *shape = entry.find("shape"),
                  *place = entry.find("data_offsets");
  if (!type || !type->string() || !shape ||
      shape->kind != JsonValue::Kind::Array || !place ||
      place->kind != JsonValue::Kind::Array || place->items.size() != 2)
    return bad(what + " lacks a dtype, a shape or two data_offsets");
  const auto *known =
      std::find_if(std::begin(TypeNames), std::end(TypeNames),
                   [&](const TypeName &row) { return row.name == type->text; });
  if (known == std::end(TypeNames))
    return Status(DS_WRONG_USE, what + " of a safetensors file has the dtype " +
                                    quoted(type->text) +
                                    ", which no tensor here has");
  tensor.elementType = known->type;
  for (const JsonValue &extent : shape->items) {
    std::optional<int64_t> value = extent.integer();
    if (!value || *value < 0)
      return bad(what + " has an extent that is no number from 0");
    tensor.dims.push_back(*value);
  }
  if (tensor.dims.size() > DS_MAX_RANK)
    return bad(what + format(" has rank %zu, expected at most %d",
                             tensor.dims.size(), DS_MAX_RANK));
  size_t size = elementSize(tensor.elementType);
  std::optional<int64_t> count = elementCount(tensor.dims, size);
  std::optional<uint64_t> begin = place->items[0].unsignedInteger(),
                          end = place->items[1].unsignedInteger();
  if (!begin || !end || *begin > *end || *end > data.size())
    return bad(what + format(" lies outside of the file's %zu bytes of data",
                             data.size()));
  if (!count || static_cast<uint64_t>(*count) * size != *end - *begin)
    return bad(what + " of shape " + shapeText(tensor.dims) + " and type " +
               known->name +
               format(" does not fit its %llu bytes",
                      static_cast<unsigned long long>(*end - *begin)));
  tensor.data = data.subspan(*begin, *end - *begin);
  return {};
}

/// The elements of all tensors, put in order, are the data.
Status checkCover(std::span<const StoredTensor> tensors,
                  std::span<const std::byte> data) {
  std::vector<std::span<const std::byte>> parts;
  for (const StoredTensor &tensor : tensors)
    if (!tensor.data.empty())
      parts.push_back(tensor.data);
  std::sort(parts.begin(), parts.end(),
            [](auto a, auto b) { return a.data() < b.data(); });
  const std::byte *next = data.data();
  for (std::span<const std::byte> part : parts) {
    if (part.data() != next)
      return bad(part.data() < next ? "two tensors share bytes"
                                    : "some bytes belong to no tensor");
    next = part.data() + part.size();
  }
  if (next != data.data() + data.size())
    return bad("some bytes belong to no tensor");
  return {};
}

} // namespace

const StoredTensor *SafeTensors::find(std::string_view name) const {
  auto found =
      std::find_if(tensors.begin(), tensors.end(),
                   [&](const StoredTensor &t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

bool isSafeTensors(std::span<const std::byte> data) {
  uint64_t size = 0;
  if (data.size() < 9 || data[8] != std::byte{'{'})
    return false;
  std::memcpy(&size, data.data(), sizeof size);
  return size <= MaxHeader;
}

Result<SafeTensors> readSafeTensors(std::span<const std::byte> data) {
  uint64_t size = 0;
  if (data.size() < sizeof size)
    return bad("it is cut off within the length of its header");
  std::memcpy(&size, data.data(), sizeof size);
  if (size > MaxHeader || size > data.size() - sizeof size)
    return bad(format("its header would be %llu bytes long, the file has %zu",
                      static_cast<unsigned long long>(size), data.size()));
  Result<JsonValue> header = parseJson(
      {reinterpret_cast<const char *>(data.data()) + sizeof size, size});
  if (!header.ok())
    return header.takeError().withContext("malformed safetensors file");
  if (header->kind != JsonValue::Kind::Object)
    return bad("its header is no object");
  data = data.subspan(sizeof size + size);
  SafeTensors result;
  for (size_t i = 0; i < header->names.size(); ++i) {
    const std::string &name = header->names[i];
    const JsonValue &entry = header->items[i];
    if (name != "__metadata__") {
      if (Status status =
              readTensor(name, entry, data, result.tensors.emplace_back());
          !status.ok())
        return status;
      continue;
    }
    for (size_t k = 0; k < entry.names.size(); ++k) {
      if (!entry.items[k].string())
        return bad("its metadata hold something else than texts");
      result.metadata.emplace_back(entry.names[k], entry.items[k].text);
    }
  }
  if (Status status = checkCover(result.tensors, data); !status.ok())
    return status;
  return result;
}

Result<SafeTensorsWriter> SafeTensorsWriter::create(
    std::span<const NamedTensor> tensors,
    std::span<const std::pair<std::string, std::string>> metadata) {
  // Wide elements first: then all are aligned, since the header's length is a
  // multiple of 8.
  std::vector<const NamedTensor *> order;
  for (const NamedTensor &tensor : tensors)
    order.push_back(&tensor);
  std::sort(order.begin(), order.end(),
            [](const NamedTensor *a, const NamedTensor *b) {
              size_t sizeA = elementSize(a->tensor.elementType),
                     sizeB = elementSize(b->tensor.elementType);
              return sizeA != sizeB ? sizeA > sizeB : a->name < b->name;
            });
  SafeTensorsWriter writer;
  std::string json = "{";
  if (!metadata.empty()) {
    json += "\"__metadata__\":{";
    for (const auto &[key, value] : metadata)
      json += (json.back() == '{' ? "" : ",") + jsonString(key) + ":" +
              jsonString(value);
    json += "}";
  }
  uint64_t offset = 0;
  for (const NamedTensor *named : order) {
    const TensorView &tensor = named->tensor;
    const auto *known = std::find_if(
        std::begin(TypeNames), std::end(TypeNames),
        [&](const TypeName &row) { return row.type == tensor.elementType; });
    if (known == std::end(TypeNames))
      return Status(DS_UNSUPPORTED, "tensor " + quoted(named->name) +
                                        " of type " +
                                        elementTypeName(tensor.elementType) +
                                        " has no place in a safetensors file");
    uint64_t bytes = tensor.count() * elementSize(tensor.elementType);
    json += (json.back() == '{' ? "" : ",") + jsonString(named->name) +
            ":{\"dtype\":\"" + known->name + "\",\"shape\":[";
    for (size_t i = 0; i < tensor.dims.size(); ++i)
      json += (i > 0 ? "," : "") + std::to_string(tensor.dims[i]);
    json += format("],\"data_offsets\":[%llu,%llu]}",
                   static_cast<unsigned long long>(offset),
                   static_cast<unsigned long long>(offset + bytes));
    writer.elements.push_back(
        {static_cast<const std::byte *>(tensor.data), bytes});
    offset += bytes;
  }
  json += "}";
  json.resize((json.size() + 7) / 8 * 8, ' ');
  uint64_t size = json.size();
  writer.header.assign(reinterpret_cast<const char *>(&size), sizeof size);
  writer.header += json;
  return writer;
}

std::vector<std::span<const std::byte>> SafeTensorsWriter::pieces() const {
  std::vector<std::span<const std::byte>> result = {bytesOf(header)};
  result.insert(result.end(), elements.begin(), elements.end());
  return result;
}

} // namespace ds
