//===- onnx_file_test.cpp - trained weights in their model ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/launcher/onnx_file.h"

#include <catch2/catch.hpp>

#include <cstring>

using namespace ds;
using namespace std::string_literals;
using Catch::Matchers::Contains;

namespace {

std::string join(std::span<const std::span<const std::byte>> pieces) {
  std::string text;
  for (std::span<const std::byte> piece : pieces)
    text.append(reinterpret_cast<const char *>(piece.data()), piece.size());
  return text;
}

/// A section of a job: ir_version 8, and a graph called "g".
const std::string Model = "\x02\0\0\0\0\0\0\0"s
                          "\x08\x08"
                          "\x12\x01g";

struct Weights {
  std::vector<float> values = {1, 2, 3};
  SafeTensors tensors;

  explicit Weights(int32_t type = DS_FLOAT32) {
    tensors.tensors.push_back(
        {"w", type, {3, 1}, std::as_bytes(std::span(values))});
    tensors.tensors.push_back({"v", DS_FLOAT32, {}, bytesOf(values).first(4)});
  }
};

const std::string Three("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12),
    One(Three, 0, 4);

} // namespace

TEST_CASE("initialisers are appended to the graph of a model") {
  Weights weights;
  Result<OnnxWriter> writer =
      OnnxWriter::create(bytesOf(Model), weights.tensors, "m.data");
  REQUIRE(writer.ok());
  CHECK(writer->dataPieces().empty());
  // By hand: onnx.proto's field numbers, protobuf's encoding.
  std::string w = "\x08\x03\x08\x01" // dims: 3, 1
                  "\x10\x01"         // data_type: float
                  "\x42\x01w"        // name
                  "\x4a\x0c" +       // raw_data
                  Three;
  std::string v = "\x10\x01"
                  "\x42\x01v"
                  "\x4a\x04" +
                  One;
  std::string graph = "\x12\x01g"
                      "\x2a\x17" +
                      w + "\x2a\x0b" + v;
  CHECK(w.size() == 0x17);
  CHECK(v.size() == 0x0b);
  CHECK(join(writer->pieces()) ==
        "\x08\x08"
        "\x3a" +
            std::string(1, static_cast<char>(graph.size())) + graph);
}

TEST_CASE("what is too large for one message goes to a file beside it") {
  Weights weights;
  Result<OnnxWriter> writer =
      OnnxWriter::create(bytesOf(Model), weights.tensors, "m.data", 100);
  REQUIRE(writer.ok());
  // Aligned to 64 bytes.
  CHECK(join(writer->dataPieces()) ==
        Three + std::string(52, '\0') + One + std::string(60, '\0'));
  std::string text = join(writer->pieces());
  // location, offset, length; then data_location: EXTERNAL.
  CHECK_THAT(text, Contains("\x6a\x12\x0a\x08location\x12\x06m.data"
                            "\x6a\x0b\x0a\x06offset\x12\x01"
                            "0"
                            "\x6a\x0c\x0a\x06length\x12\x02"
                            "12\x70\x01"));
  CHECK_THAT(text, Contains("offset\x12\x02"
                            "64"));
  CHECK_THAT(text, !Contains(Three));
}

TEST_CASE("a model that is cut off and types that nothing trains are refused") {
  Weights weights, integers(DS_INT32);
  for (size_t size : {size_t{0}, size_t{7}, size_t{9}}) {
    Result<OnnxWriter> writer = OnnxWriter::create(bytesOf(Model).first(size),
                                                   weights.tensors, "m.data");
    REQUIRE(!writer.ok());
    CHECK(writer.takeError().code() == DS_BAD_FILE);
  }
  Result<OnnxWriter> writer =
      OnnxWriter::create(bytesOf(Model), integers.tensors, "m.data");
  REQUIRE(!writer.ok());
  CHECK(writer.takeError().message() ==
        "tensor 'w': elements of type int32 are not written to ONNX files");
}
