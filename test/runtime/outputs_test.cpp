//===- outputs_test.cpp - file names and summaries of outputs -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/outputs.h"
#include "runtime/program/summary.h"
#include "test/runtime/temporary.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace ds;
using namespace ds::test;

namespace {

const float Values[] = {1, 2, 3};
const int64_t Three[] = {3};
const TensorView Vector = {DS_FLOAT32, Three, Values};

std::vector<std::string> fileNames(std::vector<std::string> names) {
  std::vector<Output> outputs;
  for (std::string &name : names)
    outputs.push_back({std::move(name), DS_TENSOR, {Vector}});
  return outputFileNames(outputs);
}

} // namespace

TEST_CASE("characters that do not belong in a file name become underscores") {
  CHECK(fileNames({"a/b:c d\xC3\xA4.x-y_z"}) ==
        std::vector<std::string>{"a_b_c_d__.x-y_z.npy"});
  CHECK(fileNames({"../../etc/passwd"}) ==
        std::vector<std::string>{".._.._etc_passwd.npy"});
}

TEST_CASE("a taken file name gets the output's position appended") {
  CHECK(fileNames({"a/b", "a_b", "c", "a:b"}) ==
        std::vector<std::string>{"a_b.npy", "a_b-1.npy", "c.npy", "a_b-3.npy"});
  CHECK(fileNames({"a-2", "a", "a"}) ==
        std::vector<std::string>{"a-2.npy", "a.npy", "a-2-2.npy"});
}

TEST_CASE("names longer than a file system takes are cut, and still differ") {
  std::vector<std::string> names =
      fileNames({std::string(1000, 'n'), std::string(1001, 'n')});
  CHECK(names[0].size() < 255);
  CHECK(names[0] != names[1]);
}

TEST_CASE("sequences and absent optionals are archives, present optionals are "
          "arrays") {
  std::vector<Output> outputs = {{"s", DS_SEQUENCE, {Vector}},
                                 {"o", DS_OPTIONAL, {}},
                                 {"p", DS_OPTIONAL, {Vector}},
                                 {"t", DS_TENSOR, {Vector}}};
  CHECK(outputFileNames(outputs) ==
        std::vector<std::string>{"s.npz", "o.npz", "p.npy", "t.npy"});
  TemporaryFolder folder;
  OutputFiles files;
  REQUIRE(writeOutputs(outputs, folder.path("out"), files).ok());
  CHECK(!std::filesystem::exists(folder.path("out/t.npy")));
  REQUIRE(files.commit().ok());
  CHECK(folder.entries("out") == 4);
  CHECK(readFile(folder.path("out/p.npy")) ==
        readFile(folder.path("out/t.npy")));
  CHECK(readFile(folder.path("out/o.npz")).find("none.npy") !=
        std::string::npos);
  CHECK(readFile(folder.path("out/s.npz")).find("0.npy") != std::string::npos);
}

TEST_CASE("summaries show type, range and the first values") {
  CHECK(summarize("y", Vector) ==
        "y: float32 [3]  min 1  max 3  mean 2\n  1 2 3\n");
  float special[] = {NAN, -INFINITY, 1};
  CHECK(summarize("y", {DS_FLOAT32, Three, special}) ==
        "y: float32 [3]  min -inf  max 1  mean -inf  (1 NaN)\n  nan -inf 1\n");
  bool flag = true;
  CHECK(summarize("b", {DS_BOOL, {}, &flag}) == "b: bool []\n  true\n");
  int64_t zero[] = {0}, large = INT64_MAX;
  CHECK(summarize("e", {DS_FLOAT32, zero, Values}) ==
        "e: float32 [0]  empty\n");
  CHECK(summarize("i", {DS_INT64, {}, &large}) ==
        "i: int64 []\n  9223372036854775807\n");
  float complex[] = {1, -2};
  CHECK(summarize("c", {DS_COMPLEX64, {}, complex}) ==
        "c: complex64 []\n  1-2i\n");
  ds_string_t text{"a\nb", 3};
  CHECK(summarize("s", {DS_STRING, {}, &text}) == "s: string []\n  'a?b'\n");
}

TEST_CASE("summaries of long tensors stop after eight values") {
  uint8_t bytes[20] = {};
  int64_t twenty[] = {20};
  CHECK(summarize("y", {DS_UINT8, twenty, bytes}) ==
        "y: uint8 [20]  min 0  max 0  mean 0\n  0 0 0 0 0 0 0 0 ...\n");
}

TEST_CASE("summaries of sequences and optionals list their elements") {
  CHECK(summarize(Output{"s", DS_SEQUENCE, {Vector}}) ==
        "s: sequence of 1\ns[0]: float32 [3]  min 1  max 3  mean 2\n  1 2 3\n");
  CHECK(summarize(Output{"o", DS_OPTIONAL, {}}) == "o: none\n");
}
