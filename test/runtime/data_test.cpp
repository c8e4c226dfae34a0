//===- data_test.cpp - readers of training data ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/json.h"
#include "runtime/data/csv.h"
#include "runtime/data/gzip.h"
#include "runtime/data/idx.h"
#include "runtime/data/safetensors.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <zlib.h>

using namespace ds;
using namespace std::string_literals;

namespace {

std::span<const std::byte> bytes(const std::string &text) {
  return bytesOf(text);
}

template <typename T>
std::string failure(Result<T> result, ds_status_t code = DS_BAD_FILE) {
  REQUIRE(!result.ok());
  Status status = result.takeError();
  CHECK(status.code() == code);
  return status.message();
}

/// Reads every beginning of the data, and the data with each bit changed: the
/// reader may fail but not crash, and fails on what is cut off.
template <typename Read>
void mistreat(const std::string &whole, Read read) {
  for (size_t size = 0; size < whole.size(); ++size) {
    std::string part = whole.substr(0, size); // so that sanitizers see its end
    CHECK(!read(part));
  }
  for (size_t i = 0; i < whole.size() * 8; ++i) {
    std::string changed = whole;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ 1 << i % 8);
    (void)read(changed);
  }
  CHECK(read(whole));
}

std::string gzip(const std::string &text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = out.size();
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string withLength(const std::string &header, const std::string &data) {
  uint64_t size = header.size();
  return std::string(reinterpret_cast<const char *>(&size), 8) + header + data;
}

} // namespace

TEST_CASE("IDX data are big-endian arrays of records") {
  std::string data = "\0\0\x0B\x02\0\0\0\x02\0\0\0\x03"s
                     "\0\1\0\2\0\3\xff\xff\x80\0\x7f\xff"s;
  Result<Column> column = readIdx(bytes(data));
  REQUIRE(column.ok());
  CHECK(column->elementType == DS_INT16);
  CHECK(column->count == 2);
  CHECK(column->dims == std::vector<int64_t>{3});
  int16_t expected[] = {1, 2, 3, -1, -32768, 32767};
  CHECK(std::memcmp(column->data, expected, sizeof expected) == 0);
  mistreat(data, [](const std::string &d) { return readIdx(bytes(d)).ok(); });
}

TEST_CASE("malformed IDX data are told by what is wrong") {
  CHECK(failure(readIdx(bytes("\1\0\x08\1"s))) ==
        "malformed IDX file: it does not begin with two zero bytes");
  CHECK(failure(readIdx(bytes("\0\0\x07\1"s))) ==
        "malformed IDX file: expected a type code from 0x08 to 0x0E, found "
        "0x07");
  CHECK(failure(readIdx(bytes("\0\0\x08\0"s))) ==
        "malformed IDX file: expected a rank from 1 to 16, found 0");
  CHECK(failure(readIdx(bytes("\0\0\x08\1\0\0\0\5abc"s))) ==
        "malformed IDX file: expected 5 bytes of elements for the shape [5], "
        "found 3");
  CHECK(failure(readIdx(bytes(
            "\0\0\x0E\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s))) ==
        "malformed IDX file: expected more bytes of elements for the shape "
        "[4294967295, 4294967295, 4294967295], found 0");
}

TEST_CASE("gzip data are unpacked member after member, and nothing else") {
  std::string text(100000, 'a'), packed = gzip(text) + gzip("tail");
  Result<Unpacked> unpacked = gunzip(bytes(packed));
  REQUIRE(unpacked.ok());
  CHECK(unpacked->bytes.size() == text.size() + 4);
  CHECK(std::memcmp(unpacked->bytes.data() + text.size(), "tail", 4) == 0);
  mistreat(gzip("some words"),
           [](const std::string &d) { return gunzip(bytes(d)).ok(); });
  CHECK(failure(gunzip(bytes(gzip("x") + "more")))
            .starts_with("malformed gzip file: "));
  std::string empty = gzip("");
  CHECK(gunzip(bytes(empty)).ok());
}

TEST_CASE("safetensors files are read back as they were written") {
  int64_t dims[] = {2, 2}, none[] = {0, 5};
  float floats[] = {1, 2, 3, 4};
  uint8_t byte = 7;
  double wide = 0.5;
  NamedTensor tensors[] = {{"a \"name\"", {DS_UINT8, {}, &byte}},
                           {"b", {DS_FLOAT32, dims, floats}},
                           {"c", {DS_FLOAT64, {}, &wide}},
                           {"d", {DS_INT64, none, floats}}};
  std::pair<std::string, std::string> metadata[] = {{"step", "3"}};
  Result<SafeTensorsWriter> writer =
      SafeTensorsWriter::create(tensors, metadata);
  REQUIRE(writer.ok());
  std::string file;
  for (std::span<const std::byte> piece : writer->pieces())
    file.append(reinterpret_cast<const char *>(piece.data()), piece.size());
  Result<SafeTensors> read = readSafeTensors(bytes(file));
  REQUIRE(read.ok());
  CHECK(read->tensors.size() == 4);
  CHECK(read->metadata.front().second == "3");
  for (const NamedTensor &tensor : tensors) {
    const StoredTensor *found = read->find(tensor.name);
    REQUIRE(found);
    CHECK(found->elementType == tensor.tensor.elementType);
    CHECK(std::ranges::equal(found->dims, tensor.tensor.dims));
    if (!found->data.empty())
      CHECK(std::memcmp(found->data.data(), tensor.tensor.data,
                        found->data.size()) == 0);
    // Aligned in the file, for readers that map it.
    CHECK((found->data.data() - bytes(file).data()) %
              elementAlignment(found->elementType) ==
          0);
  }
  mistreat(file,
           [](const std::string &d) { return readSafeTensors(bytes(d)).ok(); });
  NamedTensor complex[] = {{"z", {DS_COMPLEX64, {}, &wide}}};
  CHECK(failure(SafeTensorsWriter::create(complex, {}), DS_UNSUPPORTED) ==
        "tensor 'z' of type complex64 has no place in a safetensors file");
}

TEST_CASE("hostile safetensors files are told by what is wrong") {
  auto read = [](const std::string &header, const std::string &data = "abcd",
                 ds_status_t code = DS_BAD_FILE) {
    std::string file = withLength(header, data);
    return failure(readSafeTensors(bytes(file)), code);
  };
  const std::string prefix = "malformed safetensors file: ";
  CHECK(read(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}})") ==
        prefix + "tensor 'a' lies outside of the file's 4 bytes of data");
  CHECK(read(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,4]}})") ==
        prefix +
            "tensor 'a' of shape [3] and type U8 does not fit its 4 bytes");
  CHECK(read(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})") ==
        prefix + "some bytes belong to no tensor");
  CHECK(read(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
             R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})") ==
        prefix + "two tensors share bytes");
  CHECK(read(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
             R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})") ==
        prefix + "malformed JSON: an object has the name 'a' twice");
  CHECK(read(R"({"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}})") ==
        prefix + "tensor 'a' has an extent that is no number from 0");
  CHECK(read(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296,4294967296],)"
             R"("data_offsets":[0,4]}})")
            .starts_with(prefix + "tensor 'a' of shape"));
  CHECK(read(R"({"a":{"dtype":"U8"}})") ==
        prefix + "tensor 'a' lacks a dtype, a shape or two data_offsets");
  CHECK(read(R"([])") == prefix + "its header is no object");
  CHECK(read(R"({"a":{"dtype":"Q3","shape":[4],"data_offsets":[0,4]}})", "abcd",
             DS_WRONG_USE) ==
        "tensor 'a' of a safetensors file has the dtype 'Q3', which no tensor "
        "here has");
  std::string huge = std::string(7, '\xff') + "\x7f{}";
  CHECK(failure(readSafeTensors(bytes(huge)))
            .starts_with(prefix + "its header would be"));
}

TEST_CASE("JSON is what RFC 8259 says, and no more") {
  Result<JsonValue> value = parseJson(
      R"( {"a": [1, -2.5e3, true, null], "b": "\u00e9\ud83d\ude00\n"} )");
  REQUIRE(value.ok());
  CHECK(value->find("a")->items[0].integer() == 1);
  CHECK(!value->find("a")->items[1].integer());
  CHECK(value->find("b")->string() == "é😀\n");
  CHECK(parseJson("18446744073709551615")->unsignedInteger() ==
        18446744073709551615u);
  for (const char *text : {"",
                           "{",
                           "[1,]",
                           "{\"a\"}",
                           "{\"a\":1,}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "tru",
                           "\"a",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\n\"",
                           "{\"a\":1,\"a\":2}",
                           "1 2",
                           "nan",
                           "'a'",
                           "[1 2]"}) {
    INFO(text);
    CHECK(!parseJson(text).ok());
  }
  CHECK(failure(parseJson(std::string(100000, '['))) ==
        "malformed JSON: expected at most 32 levels of nesting, found more");
  CHECK(failure(parseJson("{\"a\": x}")) ==
        "malformed JSON: expected a value at byte 6, found 'x'");
}

TEST_CASE("columns of a table have the narrowest type that holds them") {
  std::string text = "\xEF\xBB\xBFn, real ,word,\"quoted\"\"\"\r\n"
                     "1,+2.5,bee,\"a,\n\"\"b\"\"\"\r\n"
                     "-3, 4 ,ant, 7\r\n\r\n"
                     "9223372036854775807,-1e-3,bee,x";
  Result<std::vector<Column>> columns = readCsv("t.csv", bytes(text));
  REQUIRE(columns.ok());
  REQUIRE(columns->size() == 4);
  auto &table = *columns;
  CHECK(table[0].name == "n");
  CHECK(table[1].name == "real");
  CHECK(table[3].name == "quoted\"");
  int64_t numbers[] = {1, -3, INT64_MAX}, words[] = {1, 0, 1};
  double reals[] = {2.5, 4, -1e-3};
  CHECK(table[0].elementType == DS_INT64);
  CHECK(std::memcmp(table[0].data, numbers, sizeof numbers) == 0);
  CHECK(table[1].elementType == DS_FLOAT64);
  CHECK(std::memcmp(table[1].data, reals, sizeof reals) == 0);
  CHECK(table[2].classes == std::vector<std::string>{"ant", "bee"});
  CHECK(std::memcmp(table[2].data, words, sizeof words) == 0);
  CHECK(table[3].classes == std::vector<std::string>{"7", "a,\n\"b\"", "x"});
}

TEST_CASE("malformed tables are told by their line") {
  auto read = [](const std::string &text) {
    return failure(readCsv("t.csv", bytes(text)));
  };
  CHECK(read("") == "'t.csv', line 1: expected a header, found an empty file");
  CHECK(read("a,,b\n") ==
        "'t.csv', line 1: expected a name for column 2, found nothing");
  CHECK(read("a,a\n") == "'t.csv', line 1: two columns are called 'a'");
  CHECK(read("a,b\n1,2\n3\n") == "'t.csv', line 3: expected 2 fields, found 1");
  CHECK(read("a,b\n\"1\n\",2\n3,4,5\n") ==
        "'t.csv', line 4: expected 2 fields, found 3");
  CHECK(read("a,b\n1, \n") ==
        "'t.csv', line 2: the field of column 'b' is empty");
  CHECK(read("a\n\"1") == "'t.csv', line 2: a quoted field has no end");
  CHECK(read("a\n1\"2\n") ==
        "'t.csv', line 2: expected ',' or the end of the line, found '\"'");
  CHECK(read("a\n\xff\n") ==
        "'t.csv', line 2: the field of column 'a' is no UTF-8 text");
  CHECK(read("a\n1\0\n"s) ==
        "'t.csv', line 2: expected ',' or the end of the line, found '?'");
}
