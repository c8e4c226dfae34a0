//===- onnx_file.cpp - trained weights in the model they belong to --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Protobuf's wire format (protobuf.dev, "Encoding"): a message is fields, each
// a number and a kind in one varint, then the value. A repeated field goes on
// wherever it appears, so initialisers may follow all other fields of a graph.
//===----------------------------------------------------------------------===//
#include "runtime/launcher/onnx_file.h"

#include "runtime/base/text.h"

#include <cstring>

namespace ds {
namespace {

/// Field numbers of onnx.proto.
enum Field : uint32_t {
  ModelGraph = 7,
  GraphInitializer = 5,
  TensorDims = 1,
  TensorDataType = 2,
  TensorName = 8,
  TensorRawData = 9,
  TensorExternalData = 13,
  TensorDataLocation = 14,
  EntryKey = 1,
  EntryValue = 2,
};
constexpr uint64_t External = 1; ///< TensorProto.DataLocation

/// Readers that map the second file want tensors to be aligned.
constexpr uint64_t DataAlignment = 64;

/// TensorProto.DataType; 0 for types that nothing trains.
uint64_t onnxType(int32_t elementType) {
  switch (elementType) {
  case DS_FLOAT32:
    return 1;
  case DS_FLOAT16:
    return 10;
  case DS_FLOAT64:
    return 11;
  case DS_BFLOAT16:
    return 16;
  default:
    return 0;
  }
}

void putVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void putNumber(std::string &out, Field field, uint64_t value) {
  putVarint(out, uint64_t{field} << 3);
  putVarint(out, value);
}

/// What stands in front of `size` bytes.
void putLength(std::string &out, Field field, uint64_t size) {
  putVarint(out, uint64_t{field} << 3 | 2);
  putVarint(out, size);
}

void putText(std::string &out, Field field, std::string_view text) {
  putLength(out, field, text.size());
  out += text;
}

void putExternal(std::string &out, std::string_view key,
                 std::string_view value) {
  std::string entry;
  putText(entry, EntryKey, key);
  putText(entry, EntryValue, value);
  putText(out, TensorExternalData, entry);
}

/// A tensor up to its data; `offset` (none: the data follow) is their place in
/// the file `dataName`.
std::string describe(const StoredTensor &tensor, std::string_view dataName,
                     std::optional<uint64_t> offset) {
  std::string text;
  for (int64_t extent : tensor.dims)
    putNumber(text, TensorDims, static_cast<uint64_t>(extent));
  putNumber(text, TensorDataType, onnxType(tensor.elementType));
  putText(text, TensorName, tensor.name);
  if (!offset) {
    putLength(text, TensorRawData, tensor.data.size());
    return text;
  }
  putExternal(text, "location", dataName);
  putExternal(text, "offset", std::to_string(*offset));
  putExternal(text, "length", std::to_string(tensor.data.size()));
  putNumber(text, TensorDataLocation, External);
  return text;
}

} // namespace

Result<OnnxWriter> OnnxWriter::create(std::span<const std::byte> model,
                                      const SafeTensors &weights,
                                      std::string_view dataName,
                                      uint64_t maxBytes) {
  uint64_t headSize = 0;
  if (model.size() >= sizeof headSize)
    std::memcpy(&headSize, model.data(), sizeof headSize);
  if (model.size() < sizeof headSize ||
      headSize > model.size() - sizeof headSize)
    return Status(DS_BAD_FILE, "the job's ONNX model is damaged");
  std::span<const std::byte> head = model.subspan(sizeof headSize, headSize),
                             graph = model.subspan(sizeof headSize + headSize);
  uint64_t inside = model.size();
  for (const StoredTensor &tensor : weights.tensors) {
    if (onnxType(tensor.elementType) == 0)
      return Status(DS_UNSUPPORTED, "tensor " + quoted(tensor.name) +
                                        ": elements of type " +
                                        elementTypeName(tensor.elementType) +
                                        " are not written to ONNX files");
    inside += tensor.data.size() + tensor.name.size() + 256;
  }
  bool isSplit = inside > maxBytes;

  OnnxWriter writer;
  // Pieces refer to texts: none may move.
  writer.texts.reserve(weights.tensors.size() + 2);
  auto keep = [&](std::string text) {
    return bytesOf(writer.texts.emplace_back(std::move(text)));
  };
  std::vector<std::span<const std::byte>> initializers;
  uint64_t graphSize = graph.size(), offset = 0;
  static constexpr std::byte Padding[DataAlignment] = {};
  for (const StoredTensor &tensor : weights.tensors) {
    std::string text =
        describe(tensor, dataName,
                 isSplit ? std::optional<uint64_t>(offset) : std::nullopt);
    std::string start;
    putLength(start, GraphInitializer,
              text.size() + (isSplit ? 0 : tensor.data.size()));
    initializers.push_back(keep(start + text));
    graphSize += initializers.back().size();
    if (!isSplit) {
      initializers.push_back(tensor.data);
      graphSize += tensor.data.size();
      continue;
    }
    uint64_t padding = -tensor.data.size() % DataAlignment;
    writer.data.push_back(tensor.data);
    writer.data.push_back(std::span(Padding, padding));
    offset += tensor.data.size() + padding;
  }
  std::string start;
  putLength(start, ModelGraph, graphSize);
  writer.file = {head, keep(start), graph};
  writer.file.insert(writer.file.end(), initializers.begin(),
                     initializers.end());
  return writer;
}

} // namespace ds
