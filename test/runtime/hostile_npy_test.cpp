//===- hostile_npy_test.cpp - broken and malicious .npy data --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "test/runtime/npy_bytes.h"

#include <catch2/catch.hpp>

using namespace ds;
using namespace ds::test;
using Catch::Matchers::Contains;

namespace {

/// What is wrong with data that claim to be a float32 vector.
void checkBad(const std::string &data, const std::string &message,
              ds_status_t code = DS_BAD_FILE) {
  Status status = readText(data, DS_FLOAT32, {-1}).takeError();
  CHECK(status.code() == code);
  CHECK_THAT(status.message(), Contains(message));
}

void checkBadDict(const std::string &dict, const std::string &message,
                  ds_status_t code = DS_BAD_FILE) {
  checkBad(npyHeader(dict) + std::string(4, '\0'), message, code);
}

} // namespace

TEST_CASE("an empty file is malformed") {
  checkBad("", "expected it to begin with \\x93NUMPY");
}

TEST_CASE("text is malformed") {
  checkBad("1 2 3\n", "expected it to begin with \\x93NUMPY");
}

TEST_CASE("a bare pickle is told as one") {
  checkBad("\x80\x04K\x01.", "found a Python pickle, which is never read");
}

TEST_CASE("every possible truncation of a file is malformed") {
  std::string data = npyHeader(npyDict("<f4", "(2,)")) + rawBytes({1.0f, 2.0f});
  REQUIRE(readText(data, DS_FLOAT32, {-1}).ok());
  for (size_t size = 0; size < data.size(); ++size) {
    CAPTURE(size);
    Result<Tensor> tensor = readText(data.substr(0, size), DS_FLOAT32, {-1});
    REQUIRE(!tensor.ok());
    CHECK(tensor.takeError().code() == DS_BAD_FILE);
  }
}

TEST_CASE("bytes behind the data are malformed") {
  checkBad(npyHeader(npyDict("<f4", "(1,)")) + std::string(8, '\0'),
           "expected 4 bytes of data for shape [1] of '<f4', found 8");
}

TEST_CASE("unknown versions are malformed") {
  checkBad(npyHeader(npyDict("<f4", "(1,)"), 4) + "abcd",
           "expected format 1.0, 2.0 or 3.0, found 4.0");
  checkBad(npyHeader(npyDict("<f4", "(1,)"), 1, 1) + "abcd", "found 1.1");
  checkBad(npyHeader(npyDict("<f4", "(1,)"), 0) + "abcd", "found 0.0");
}

TEST_CASE("a header length beyond the file is malformed") {
  checkBad(std::string("\x93NUMPY\x01\x00\xFF\xFF{'descr'", 18),
           "it ends within the header: expected 65545 bytes, found 18");
}

TEST_CASE("a header of gigabytes is refused by its length") {
  checkBad(std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF{}", 14),
           "expected a header of at most 65536 bytes, found 4294967295");
}

TEST_CASE("dimensions that overflow 64 bits are malformed") {
  checkBadDict(npyDict("<f4", "(99999999999999999999,)"),
               "a dimension of the shape does not fit 64 bits");
  checkBadDict(npyDict("<f4", "(9223372036854775807, 9223372036854775807)"),
               "does not fit 64 bits");
  checkBadDict(npyDict("<f4", "(4611686018427387904,)"),
               "does not fit 64 bits");
  // 2^62 * 4 * 4 is 0 in 64 bits: a naive product would match an empty file.
  checkBad(npyHeader(npyDict("<f4", "(4611686018427387904, 4)")),
           "does not fit 64 bits");
}

TEST_CASE("huge shapes without data are malformed, and nothing is allocated "
          "for them") {
  checkBadDict(npyDict("<f4", "(1000000000000,)"),
               "expected 4000000000000 bytes of data");
}

TEST_CASE("negative and fractional dimensions are malformed") {
  checkBadDict(npyDict("<f4", "(-1,)"),
               "expected a dimension in the header, found '-1,)");
  checkBadDict(npyDict("<f4", "(1.5,)"), "expected ',' after a dimension");
}

TEST_CASE("a shape that is no tuple is malformed") {
  checkBadDict(npyDict("<f4", "1"), "expected a shape in parentheses");
  checkBadDict(npyDict("<f4", "(1)"), "expected ',' after a dimension");
  checkBadDict(npyDict("<f4", "(1,,)"), "expected a dimension");
  checkBadDict(npyDict("<f4", "[1]"), "expected a shape in parentheses");
}

TEST_CASE("more dimensions than numpy has are malformed") {
  std::string shape = "(";
  for (int i = 0; i < 65; ++i)
    shape += "1, ";
  checkBadDict(npyDict("<f4", shape + ")"),
               "expected at most 64 dimensions, found more");
}

TEST_CASE("an array of more dimensions than any tensor is wrong use") {
  std::string shape = "(";
  for (int i = 0; i < 64; ++i)
    shape += "1, ";
  checkBadDict(npyDict("<f4", shape + ")"), "the rank is 64, not 1",
               DS_WRONG_USE);
}

TEST_CASE("arrays of Python objects are never read") {
  checkBadDict(npyDict("|O", "(1,)"),
               "holds pickled Python objects, which are never read");
}

TEST_CASE("big-endian, structured and date types are wrong use") {
  checkBadDict(npyDict(">f4", "(1,)"),
               "expected little-endian elements in .npy data, found '>f4'",
               DS_WRONG_USE);
  checkBadDict(
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
      "found a structured one", DS_WRONG_USE);
  checkBadDict(npyDict("<M8[ns]", "(1,)"), "found the dates or times '<M8[ns]'",
               DS_WRONG_USE);
}

TEST_CASE("element types that make no sense are malformed") {
  for (const char *type : {"", "<", "<f", "f4", "=f4", "<f4x", "<x4", "<f-4",
                           "<f99999999999999999999", "<\\x00f4"})
    checkBadDict(npyDict(type, "(1,)"),
                 "expected an element type such as '<f4'");
}

TEST_CASE("missing, doubled and unknown keys are malformed") {
  checkBadDict("{'descr': '<f4', 'fortran_order': False}",
               "the header lacks the key 'shape'");
  checkBadDict("{'descr': '<f4', 'shape': (1,)}",
               "the header lacks the key 'fortran_order'");
  checkBadDict("{'fortran_order': False, 'shape': (1,)}",
               "the header lacks the key 'descr'");
  checkBadDict(
      "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
      "the key 'descr' stands twice");
  checkBadDict(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'extra': 1}",
      "found 'extra'");
}

TEST_CASE("a header that is other Python is malformed") {
  checkBadDict("", "expected '{' in the header, found its end");
  checkBadDict("__import__('os').system('true')", "expected '{'");
  checkBadDict("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
               "expected True or False");
  checkBadDict("{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
               "expected ',' or '}'");
  checkBadDict("{'descr': '<f4", "expected an element type in quotes");
  checkBadDict(npyDict("<f4", "(1,)") + "x", "expected the end of the header");
}

TEST_CASE("control characters of a file do not reach the terminal") {
  Status status =
      readText(npyHeader("{'\x1b[31m': 1}"), DS_FLOAT32, {-1}).takeError();
  CHECK_THAT(status.message(), Contains("found '?[31m'") && !Contains("\x1b"));
}

TEST_CASE("a NUL in the header is malformed") {
  checkBadDict(std::string("{'descr'\0: '<f4'}", 17),
               "expected ':' after 'descr'");
}

TEST_CASE("booleans other than 0 and 1 are malformed") {
  Status status =
      readText(npyHeader(npyDict("|b1", "(2,)")) + "\x01\x07", DS_BOOL, {2})
          .takeError();
  CHECK(status.code() == DS_BAD_FILE);
  CHECK(status.message() ==
        "input 'x' has the value 7 at element 1, which bool cannot hold");
}

TEST_CASE("text that is not Unicode is malformed") {
  for (uint32_t codePoint : {0x110000u, 0xD800u, 0xFFFFFFFFu}) {
    Status status = readText(npyHeader(npyDict("<U1", "(1,)")) +
                                 rawBytes<uint32_t>({codePoint}),
                             DS_STRING, {1})
                        .takeError();
    CHECK(status.code() == DS_BAD_FILE);
    CHECK_THAT(status.message(), Contains("which is no Unicode character"));
  }
}

TEST_CASE("a billion strings of no characters are refused") {
  Status status =
      readText(npyHeader(npyDict("<U0", "(1000000000,)")), DS_STRING, {-1})
          .takeError();
  CHECK(status.code() == DS_BAD_FILE);
  CHECK_THAT(status.message(), Contains("1000000000 strings of no characters"));
}
