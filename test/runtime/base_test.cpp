//===- base_test.cpp - status, text, element types, CPU features ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/cpu_features.h"
#include "runtime/base/element_type.h"
#include "runtime/base/memory.h"
#include "runtime/base/signature.h"
#include "runtime/base/status.h"
#include "runtime/base/text.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <string_view>
#include <vector>

using namespace ds;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

TEST_CASE("large memory begins at a huge page and is all there") {
  for (uint64_t bytes : {uint64_t{0}, uint64_t{1}, ds::HugePageBytes - 1,
                         ds::HugePageBytes, 3 * ds::HugePageBytes + 1}) {
    ds::Buffer buffer;
    REQUIRE(buffer.reserve(bytes));
    uint64_t alignment =
        bytes < ds::HugePageBytes ? ds::TensorAlignment : ds::HugePageBytes;
    CHECK(reinterpret_cast<uintptr_t>(buffer.data()) % alignment == 0);
    std::memset(buffer.data(), 1, bytes);
  }
  ds::Buffer buffer;
  CHECK_FALSE(buffer.reserve(UINT64_MAX));
  CHECK(buffer.data() == nullptr);
}

TEST_CASE("a status remembers where it was made and takes context in front") {
  Status status = Status(DS_BAD_FILE, "expected 4 bytes, found 3")
                      .withContext("'x.npy'")
                      .withContext("input 'x'");
  CHECK(status.code() == DS_BAD_FILE);
  CHECK(status.message() == "input 'x': 'x.npy': expected 4 bytes, found 3");
  CHECK_THAT(status.origin().file_name(), EndsWith("base_test.cpp"));
}

TEST_CASE("success stays success under context") {
  Status status = Status().withContext("nobody cares");
  CHECK(status.ok());
  CHECK(status.message().empty());
}

TEST_CASE("the nearest name is found through typing errors and from its "
          "beginning, and nothing far away is offered") {
  std::vector<std::string_view> names = {"--input", "--output-dir",
                                         "--benchmark"};
  CHECK(nearest("--inptu", names) == "--input");
  CHECK(nearest("--benchmrk", names) == "--benchmark");
  CHECK(nearest("--output", names) == "--output-dir");
  CHECK(nearest("zzz", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(didYouMean("--inputs", names) == "; did you mean '--input'?");
}

TEST_CASE(
    "JSON strings escape what JSON forbids and repair what is not UTF-8") {
  CHECK(jsonString("a\"b\\c\n\t\x01") == "\"a\\\"b\\\\c\\n\\t\\u0001\"");
  CHECK(jsonString("\xC3\xA4\xFF") == "\"\xC3\xA4\xEF\xBF\xBD\"");
}

TEST_CASE("UTF-8 decoding refuses overlong forms, surrogates and what lies "
          "beyond Unicode") {
  for (std::string_view bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                               "\xF4\x90\x80\x80", "\x80", "\xE2\x82"}) {
    std::string_view rest = bad;
    CHECK(takeCodePoint(rest) == 0xFFFD);
    CHECK(rest.size() == bad.size() - 1);
  }
}

TEST_CASE("UTF-8 survives a round trip at every length") {
  for (char32_t codePoint :
       {U'a', U'\u00e4', U'\u20ac', U'\U0001F600', U'\U0010FFFF'}) {
    std::string text;
    appendUtf8(text, codePoint);
    std::string_view rest = text;
    CHECK(takeCodePoint(rest) == codePoint);
    CHECK(rest.empty());
  }
}

TEST_CASE("every element type has a name and the size of its numpy carrier") {
  for (int32_t type = DS_BOOL; type <= DS_STRING; ++type) {
    CHECK(std::string_view(elementTypeName(type)) != "");
    CHECK(elementSize(type) > 0);
    CHECK(elementSize(type) % elementAlignment(type) == 0);
  }
  CHECK(elementSize(0) == 0);
  CHECK(elementSize(DS_STRING + 1) == 0);
  CHECK(elementSize(-1) == 0);
}

TEST_CASE("small float formats decode their limits, zeros, NaN and Inf") {
  auto decode = [](int32_t type, auto bits) {
    return elementAsDouble(type, &bits, 0);
  };
  using U8 = uint8_t;
  using U16 = uint16_t;
  CHECK(decode(DS_FLOAT16, U16{0x7BFF}) == 65504);
  CHECK(decode(DS_FLOAT16, U16{0x0001}) == std::ldexp(1.0, -24));
  CHECK(decode(DS_FLOAT16, U16{0xFC00}) == -INFINITY);
  CHECK(std::isnan(decode(DS_FLOAT16, U16{0x7E00})));
  CHECK(decode(DS_BFLOAT16, U16{0xC040}) == -3);
  CHECK(decode(DS_FLOAT8E4M3FN, U8{0x7E}) == 448);
  CHECK(std::isnan(decode(DS_FLOAT8E4M3FN, U8{0xFF})));
  CHECK(decode(DS_FLOAT8E4M3FNUZ, U8{0x7F}) == 240);
  CHECK(std::isnan(decode(DS_FLOAT8E4M3FNUZ, U8{0x80})));
  CHECK(decode(DS_FLOAT8E5M2, U8{0x7B}) == 57344);
  CHECK(decode(DS_FLOAT8E5M2, U8{0x7C}) == INFINITY);
  CHECK(decode(DS_FLOAT8E5M2FNUZ, U8{0x7F}) == 57344);
  CHECK(decode(DS_FLOAT8E8M0FNU, U8{127}) == 1);
  CHECK(std::isnan(decode(DS_FLOAT8E8M0FNU, U8{255})));
  CHECK(decode(DS_FLOAT4E2M1FN, U8{7}) == 6);
  CHECK(decode(DS_FLOAT4E2M1FN, U8{9}) == -0.5);
}

TEST_CASE("the first NaN or Inf is found in every type that has them, and in "
          "no other") {
  std::vector<unsigned char> bytes(16 * 4, 0);
  for (int32_t type = DS_BOOL; type < DS_STRING; ++type) {
    CAPTURE(elementTypeName(type));
    std::fill(bytes.begin(), bytes.end(), 0);
    size_t size = elementSize(type);
    if (type == DS_FLOAT8E4M3FNUZ || type == DS_FLOAT8E5M2FNUZ)
      bytes[2 * size] = 0x80; // their only NaN
    else
      std::fill_n(bytes.begin() + 2 * size, size, 0xFF);
    CHECK(firstNotFinite(type, bytes.data(), 4) ==
          (canBeNotFinite(type) ? 2 : -1));
    CHECK(firstNotFinite(type, bytes.data(), 2) == -1);
  }
}

TEST_CASE("an infinite imaginary part makes a complex number not finite") {
  float values[] = {1, 2, 3, INFINITY};
  CHECK(firstNotFinite(DS_COMPLEX64, values, 2) == 1);
}

TEST_CASE("element counts are refused when they or their bytes overflow, and "
          "zero wins over everything") {
  using Dims = std::vector<int64_t>;
  CHECK(elementCount(Dims{}) == 1);
  CHECK(elementCount(Dims{2, 3}) == 6);
  CHECK(elementCount(Dims{int64_t{1} << 62, 4}) == std::nullopt);
  CHECK(elementCount(Dims{int64_t{1} << 61}, 4) == std::nullopt);
  CHECK(elementCount(Dims{int64_t{1} << 62, int64_t{1} << 62, 0}) == 0);
  CHECK(elementCount(Dims{-1}) == std::nullopt);
}

TEST_CASE(
    "signature checks name the first thing that differs, with both types") {
  int64_t wanted[] = {-1, 3}, same[] = {7, 3}, other[] = {7, 4},
          more[] = {7, 3, 1};
  Signature expected{DS_FLOAT32, wanted};
  CHECK(checkSignature("input 'x'", expected, {DS_FLOAT32, same}).ok());
  CHECK(checkSignature("input 'x'", expected, {DS_INT32, same}).message() ==
        "input 'x' expects float32 [?, 3], found int32 [7, 3]: the element "
        "type differs");
  CHECK(checkSignature("input 'x'", expected, {DS_FLOAT32, other}).message() ==
        "input 'x' expects float32 [?, 3], found float32 [7, 4]: dimension 1 "
        "is 4, not 3");
  CHECK(checkSignature("input 'x'", expected, {DS_FLOAT32, more}).message() ==
        "input 'x' expects float32 [?, 3], found float32 [7, 3, 1]: the rank "
        "is 3, not 2");
  CHECK(checkSignature("input 'x'", {DS_FLOAT32, {}, true}, {DS_FLOAT32, more})
            .ok());
}

TEST_CASE(
    "CPU features that every x86-64 has are found, with or without a plus") {
  CHECK(checkCpuFeatures("").ok());
  CHECK(checkCpuFeatures("sse2,+cx8,fxsr,cmov,64bit").ok());
}

TEST_CASE("features that no CPU has together are named in the error") {
  // LWP was on AMD's family 15h only, long before AMX.
  Status status = checkCpuFeatures("sse2,lwp,amx-tile");
  CHECK(status.code() == DS_UNSUPPORTED);
  CHECK_THAT(status.message(), (Contains("'lwp'") || Contains("'amx-tile'")) &&
                                   Contains("this machine lacks") &&
                                   !Contains("'sse2'"));
}

TEST_CASE(
    "an unknown feature is an error, a feature with a minus is not looked at") {
  CHECK(checkCpuFeatures("-warp-drive,sse2").ok());
  Status status = checkCpuFeatures("sse2,warp-drive");
  CHECK(status.code() == DS_UNSUPPORTED);
  CHECK(status.message() == "the program needs the CPU feature 'warp-drive', "
                            "which this runtime does not know how to check");
}
