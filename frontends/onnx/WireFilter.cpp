//===- WireFilter.cpp - copies a model without its weights
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/WireFilter.h"

#include "onnx/onnx_pb.h"

#include "llvm/ADT/Twine.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

using namespace llvm;

namespace ds::onnx {

namespace {

/// Raw data of fewer bytes is left to protobuf.
constexpr uint64_t minCutBytes = 256;
/// Fields that onnx.proto does not use, in which the filter leaves the place of
/// cut data.
constexpr uint32_t offsetField = 100001, lengthField = 100002;

enum class Message {
  Model,
  Graph,
  Node,
  Attribute,
  Function,
  Sparse,
  Tensor,
  Other
};

/// The messages that may hold tensors, by field (onnx.proto).
Message childOf(Message parent, uint32_t field) {
  switch (parent) {
  case Message::Model:
    return field == 7    ? Message::Graph
           : field == 25 ? Message::Function
                         : Message::Other;
  case Message::Graph:
    return field == 1    ? Message::Node
           : field == 5  ? Message::Tensor
           : field == 15 ? Message::Sparse
                         : Message::Other;
  case Message::Node:
    return field == 5 ? Message::Attribute : Message::Other;
  case Message::Attribute:
    if (field == 5 || field == 10)
      return Message::Tensor;
    if (field == 6 || field == 11)
      return Message::Graph;
    return field == 22 || field == 23 ? Message::Sparse : Message::Other;
  case Message::Function:
    return field == 7    ? Message::Node
           : field == 11 ? Message::Attribute
                         : Message::Other;
  case Message::Sparse:
    return field == 1 || field == 2 ? Message::Tensor : Message::Other;
  case Message::Tensor:
  case Message::Other:
    return Message::Other;
  }
  return Message::Other;
}

void writeVarint(std::string &out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

class Filter {
public:
  Filter(ArrayRef<char> file, const WireLimits &limits)
      : file(file), limits(limits) {}

  /// Filters the message in [begin, end).
  Error filter(Message message, uint64_t begin, uint64_t end, int64_t depth,
               std::string &out) {
    if (depth > limits.maxNesting * 4) // a sub-graph is four messages deep
      return fail("sub-graphs are nested deeper than " +
                      Twine(limits.maxNesting),
                  begin);
    uint64_t at = begin;
    while (at < end) {
      uint64_t start = at, tag, value;
      if (Error error = readVarint(at, end, tag))
        return error;
      uint64_t field = tag >> 3;
      if (field == 0 || field > 0x1fffffff)
        return fail("no ONNX model: field number " + Twine(field), start);
      switch (tag & 7) {
      case 0:
        if (Error error = readVarint(at, end, value))
          return error;
        break;
      case 1:
        if (Error error = skip(at, end, 8))
          return error;
        break;
      case 5:
        if (Error error = skip(at, end, 4))
          return error;
        break;
      case 2: {
        if (Error error = readVarint(at, end, value))
          return error;
        uint64_t data = at;
        if (Error error = skip(at, end, value))
          return error;
        Message child = childOf(message, field);
        if (child != Message::Other) {
          std::string inner;
          if (Error error = filter(child, data, at, depth + 1, inner))
            return error;
          writeVarint(out, tag);
          writeVarint(out, inner.size());
          out += inner;
          start = at;
        } else if (message == Message::Tensor && field == 9 &&
                   value >= minCutBytes) {
          writeVarint(out, uint64_t{offsetField} << 3);
          writeVarint(out, data);
          writeVarint(out, uint64_t{lengthField} << 3);
          writeVarint(out, value);
          start = at;
        }
        break;
      }
      default:
        return fail("no ONNX model: wire type " + Twine(tag & 7), start);
      }
      // A file that brings our own fields does not get to point anywhere.
      bool ours = message == Message::Tensor &&
                  (field == offsetField || field == lengthField);
      if (!ours)
        out.append(file.data() + start, at - start);
      if (out.size() > static_cast<uint64_t>(limits.maxBytes))
        return fail(
            "the model without its large tensors is over the limit of " +
                Twine(limits.maxBytes) + " bytes",
            at);
    }
    return Error::success();
  }

private:
  Error fail(const Twine &what, uint64_t at) {
    return createStringError(what + " (at byte " + Twine(at) + ")");
  }

  Error readVarint(uint64_t &at, uint64_t end, uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at == end)
        return truncated(at, end, 1);
      auto byte = static_cast<uint8_t>(file[at++]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return Error::success();
    }
    return fail("no ONNX model: a number of more than 64 bits", at);
  }

  Error skip(uint64_t &at, uint64_t end, uint64_t bytes) {
    if (bytes > end - at)
      return truncated(at, end, bytes);
    at += bytes;
    return Error::success();
  }

  Error truncated(uint64_t at, uint64_t end, uint64_t bytes) {
    if (end == file.size())
      return fail("the file ends too early: " + Twine(bytes) +
                      " bytes expected, " + Twine(end - at) + " found",
                  at);
    return fail("no ONNX model: a field of " + Twine(bytes) +
                    " bytes in a message with " + Twine(end - at) + " left",
                at);
  }

  ArrayRef<char> file;
  const WireLimits &limits;
};

} // namespace

Expected<std::string> filterModel(ArrayRef<char> file,
                                  const WireLimits &limits) {
  std::string out;
  if (Error error =
          Filter(file, limits).filter(Message::Model, 0, file.size(), 0, out))
    return error;
  return out;
}

std::optional<FileSpan> rawDataSpan(const ds_onnx::TensorProto &tensor) {
  // The lite runtime keeps unknown fields as the bytes they were.
  const std::string &bytes = tensor.unknown_fields();
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t *>(bytes.data()),
      static_cast<int>(bytes.size()));
  FileSpan span{0, 0};
  bool found = false;
  while (uint32_t tag = stream.ReadTag()) {
    if (tag == offsetField << 3)
      found = stream.ReadVarint64(&span.offset);
    else if (tag == lengthField << 3)
      stream.ReadVarint64(&span.length);
    else if (!google::protobuf::internal::WireFormatLite::SkipField(&stream,
                                                                    tag))
      break;
  }
  return found ? std::optional<FileSpan>(span) : std::nullopt;
}

} // namespace ds::onnx
