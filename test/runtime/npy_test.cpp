//===- npy_test.cpp - reading and writing .npy data -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/npy.h"
#include "test/runtime/npy_bytes.h"
#include "test/runtime/temporary.h"

#include <catch2/catch.hpp>

using namespace ds;
using namespace ds::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string npy(const std::string &type, const std::string &shape,
                const std::string &data, bool fortran = false) {
  return npyHeader(npyDict(type, shape, fortran)) + data;
}

std::vector<std::string> stringsOf(const Tensor &tensor) {
  std::vector<std::string> texts;
  for (const ds_string_t &string : elements<ds_string_t>(tensor))
    texts.emplace_back(string.data, string.size);
  return texts;
}

} // namespace

TEST_CASE("format versions 1.0, 2.0 and 3.0 are read") {
  for (int major : {1, 2, 3}) {
    Result<Tensor> tensor = readText(npyHeader(npyDict("<f4", "(2,)"), major) +
                                         rawBytes({1.5f, -2.0f}),
                                     DS_FLOAT32, {-1});
    REQUIRE(tensor.ok());
    CHECK(elements<float>(*tensor) == std::vector<float>{1.5f, -2.0f});
    CHECK(tensor->dims == std::vector<int64_t>{2});
  }
}

TEST_CASE("keys in another order, double quotes, long integers and no trailing "
          "comma are read") {
  std::string header = npyHeader(
      "{\"shape\": (1L,2), \"descr\":\"<i2\",\"fortran_order\" : False}");
  Result<Tensor> tensor =
      readText(header + rawBytes<int16_t>({7, 8}), DS_INT16, {1, 2});
  REQUIRE(tensor.ok());
  CHECK(elements<int16_t>(*tensor) == std::vector<int16_t>{7, 8});
}

TEST_CASE("a 0-d array is not one of shape (1)") {
  std::string scalar = npy("<i8", "()", rawBytes<int64_t>({42})),
              vector = npy("<i8", "(1,)", rawBytes<int64_t>({42}));
  REQUIRE(readText(scalar, DS_INT64, {}).ok());
  REQUIRE(readText(vector, DS_INT64, {1}).ok());
  CHECK(readText(scalar, DS_INT64, {1}).takeError().message() ==
        "input 'x' expects int64 [1], found int64 []: the rank is 0, not 1");
  CHECK(readText(vector, DS_INT64, {}).takeError().code() == DS_WRONG_USE);
}

TEST_CASE("an array with a zero extent has no data and any other extents") {
  Result<Tensor> tensor =
      readText(npy("<f8", "(0, 9000000000000000000, 9000000000000000000)", ""),
               DS_FLOAT64, {-1, -1, -1});
  REQUIRE(tensor.ok());
  CHECK(tensor->count() == 0);
  CHECK(tensor->data != nullptr);
}

TEST_CASE("Fortran order is brought into C order") {
  // The matrix 0 1 2 / 3 4 5, column by column.
  Result<Tensor> matrix =
      readText(npy("<i4", "(2, 3)", rawBytes({0, 3, 1, 4, 2, 5}), true),
               DS_INT32, {2, 3});
  REQUIRE(matrix.ok());
  CHECK(elements<int>(*matrix) == std::vector<int>{0, 1, 2, 3, 4, 5});
  // Element (i, j, k) of shape (2, 2, 2) is 4i + 2j + k.
  Result<Tensor> cube =
      readText(npy("|u1", "(2, 2, 2)",
                   rawBytes<uint8_t>({0, 4, 2, 6, 1, 5, 3, 7}), true),
               DS_UINT8, {2, 2, 2});
  REQUIRE(cube.ok());
  CHECK(elements<uint8_t>(*cube) ==
        std::vector<uint8_t>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("Fortran order with a zero extent is read") {
  CHECK(readText(npy("<f4", "(3, 0)", "", true), DS_FLOAT32, {3, 0}).ok());
}

TEST_CASE(
    "what numpy.save writes for ml_dtypes arrays is read as the same bits") {
  Result<Tensor> bfloat =
      readText(npy("<V2", "(2,)", rawBytes<uint16_t>({0x3F80, 0xC000})),
               DS_BFLOAT16, {2});
  REQUIRE(bfloat.ok());
  CHECK(elements<uint16_t>(*bfloat) == std::vector<uint16_t>{0x3F80, 0xC000});
  for (int32_t type : {DS_FLOAT8E4M3FN, DS_FLOAT8E4M3FNUZ, DS_FLOAT8E5M2,
                       DS_FLOAT8E5M2FNUZ, DS_FLOAT8E8M0FNU}) {
    Result<Tensor> tensor = readText(npy("|V1", "(2,)", "\x7F\x80"), type, {2});
    REQUIRE(tensor.ok());
    CHECK(elements<uint8_t>(*tensor) == std::vector<uint8_t>{0x7F, 0x80});
  }
}

TEST_CASE("the unused bits of raw 2- and 4-bit elements are ignored") {
  std::string data = rawBytes<uint8_t>({0x0F, 0x77, 0x08});
  Result<Tensor> int4 = readText(npy("|V1", "(3,)", data), DS_INT4, {3});
  Result<Tensor> uint4 = readText(npy("|V1", "(3,)", data), DS_UINT4, {3});
  Result<Tensor> int2 = readText(npy("|V1", "(3,)", data), DS_INT2, {3});
  REQUIRE((int4.ok() && uint4.ok() && int2.ok()));
  CHECK(elements<int8_t>(*int4) == std::vector<int8_t>{-1, 7, -8});
  CHECK(elements<uint8_t>(*uint4) == std::vector<uint8_t>{15, 7, 8});
  CHECK(elements<int8_t>(*int2) == std::vector<int8_t>{-1, -1, 0});
}

TEST_CASE("2- and 4-bit elements in integers must be in range") {
  CHECK(readText(npy("|i1", "(2,)", rawBytes<int8_t>({-8, 7})), DS_INT4, {2})
            .ok());
  Status status =
      readText(npy("|i1", "(2,)", rawBytes<int8_t>({-8, 8})), DS_INT4, {2})
          .takeError();
  CHECK(status.code() == DS_BAD_FILE);
  CHECK(status.message() ==
        "input 'x' has the value 8 at element 1, which int4 cannot hold");
  CHECK(
      readText(npy("|u1", "(1,)", "\x10"), DS_UINT4, {1}).takeError().code() ==
      DS_BAD_FILE);
  CHECK(
      readText(npy("|u1", "(1,)", "\x04"), DS_UINT2, {1}).takeError().code() ==
      DS_BAD_FILE);
}

TEST_CASE("numpy text becomes UTF-8, and its padding goes") {
  std::u32string text(U"ab\0\0\u00e4\u20ac\U0001F600\0\0\0\0\0", 12);
  std::string data(reinterpret_cast<const char *>(text.data()),
                   text.size() * 4);
  Result<Tensor> tensor = readText(npy("<U4", "(3,)", data), DS_STRING, {3});
  REQUIRE(tensor.ok());
  CHECK(stringsOf(*tensor) ==
        std::vector<std::string>{"ab", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
                                 ""});
}

TEST_CASE("text in Fortran order is reordered") {
  std::u32string text = U"acbd";
  std::string data(reinterpret_cast<const char *>(text.data()),
                   text.size() * 4);
  Result<Tensor> tensor =
      readText(npy("<U1", "(2, 2)", data, true), DS_STRING, {2, 2});
  REQUIRE(tensor.ok());
  CHECK(stringsOf(*tensor) == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("empty text of no characters is read") {
  Result<Tensor> tensor = readText(npy("<U0", "(3,)", ""), DS_STRING, {3});
  REQUIRE(tensor.ok());
  CHECK(stringsOf(*tensor) == std::vector<std::string>{"", "", ""});
}

TEST_CASE("another element type is wrong use, and the message says what the "
          "file should hold") {
  Status status =
      readText(npy("<f8", "(2,)", rawBytes({1.0, 2.0})), DS_FLOAT32, {2})
          .takeError();
  CHECK(status.code() == DS_WRONG_USE);
  CHECK(status.message() ==
        "input 'x' expects float32 [2], in a file '<f4', found '<f8' [2]");
  CHECK(readText(npy("<f4", "(1,)", "abcd"), DS_BFLOAT16, {1})
            .takeError()
            .message() == "input 'x' expects bfloat16 [1], in a file '<u2' or "
                          "'<V2', found '<f4' [1]");
  CHECK(readText(npy("<V4", "(1,)", "abcd"), DS_FLOAT32, {1})
            .takeError()
            .code() == DS_WRONG_USE);
}

TEST_CASE("a mapped file is not copied") {
  TemporaryFolder folder;
  std::vector<float> values(1 << 19, 3.0f);
  int64_t dims[] = {1 << 19};
  auto file = std::make_shared<const FileView>(std::move(*FileView::open(
      folder.write("x.npy", written({DS_FLOAT32, dims, values.data()})))));
  Result<Tensor> tensor =
      readNpy("input 'x'", {DS_FLOAT32, dims}, file->bytes(), file);
  REQUIRE(tensor.ok());
  CHECK(static_cast<const std::byte *>(tensor->data) ==
        file->bytes().data() + 128);
  CHECK(elements<float>(*tensor) == values);
}

TEST_CASE("what is written reads back the same, for every element type") {
  std::vector<unsigned char> bytes(16 * 6);
  for (int32_t type = DS_BOOL; type < DS_STRING; ++type) {
    CAPTURE(elementTypeName(type));
    for (size_t i = 0; i < bytes.size();
         ++i) // within the range of the smallest types
      bytes[i] = elementSize(type) == 1 ? i % 2 : i * 37;
    int64_t dims[] = {2, 3};
    std::string data = written({type, dims, bytes.data()});
    CHECK(data.find('\n') % 64 == 63);
    Result<Tensor> tensor = readText(data, type, {2, 3});
    REQUIRE(tensor.ok());
    CHECK(tensor->byteSize() == 6 * elementSize(type));
    CHECK(std::memcmp(tensor->data, bytes.data(), tensor->byteSize()) == 0);
  }
}

TEST_CASE("headers are the bytes that numpy writes") {
  float value = 1;
  int64_t dims[] = {1, 1};
  std::string scalar = written({DS_FLOAT32, {}, &value}),
              vector = written({DS_FLOAT32, {dims, 1}, &value}),
              matrix = written({DS_FLOAT32, {dims, 2}, &value});
  CHECK_THAT(scalar,
             StartsWith(std::string("\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', "
                                    "'fortran_order': False, 'shape': (), }  ",
                                    63)));
  CHECK_THAT(vector, Contains("'shape': (1,), } "));
  CHECK_THAT(matrix, Contains("'shape': (1, 1), } "));
  CHECK(scalar.size() == 128 + 4);
}

TEST_CASE("text is written as wide as its longest element and reads back") {
  std::string texts[] = {"a", "", "\xF0\x9F\x98\x80\xC3\xA4z"};
  ds_string_t strings[3];
  for (int i = 0; i < 3; ++i)
    strings[i] = {texts[i].data(), static_cast<int64_t>(texts[i].size())};
  int64_t dims[] = {3};
  std::string data = written({DS_STRING, dims, strings});
  CHECK_THAT(data, Contains("'<U3'"));
  Result<Tensor> tensor = readText(data, DS_STRING, {3});
  REQUIRE(tensor.ok());
  CHECK(stringsOf(*tensor) == std::vector<std::string>(texts, texts + 3));
}

TEST_CASE("no text at all is written one character wide, as numpy does") {
  int64_t dims[] = {0};
  ds_string_t none;
  CHECK_THAT(written({DS_STRING, dims, &none}), Contains("'<U1'"));
}
