//===- link_test.cpp - programs and libraries made by compiler/Link -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Link/Link.h"
#include "test/runtime/sample_model.h"
#include "test/runtime/temporary.h"

#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace ds;
using namespace ds::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr uint64_t WeightBytes = SampleWeightCount * sizeof(float);

std::vector<float> sampleWeights() {
  std::vector<float> weights;
  for (int64_t i = 0; i < SampleWeightCount; ++i)
    weights.push_back(sampleWeight(i));
  return weights;
}

Error writeSampleWeights(WeightSink &sink) {
  std::vector<float> weights = sampleWeights();
  return sink.write(
      {reinterpret_cast<const char *>(weights.data()), WeightBytes});
}

LinkOptions sampleOptions(const std::string &output,
                          LinkKind kind = LinkKind::Executable) {
  LinkOptions options;
  options.kind = kind;
  options.outputPath = output;
  options.objectPaths = {DS_SAMPLE_OBJECT};
  options.resourceDirectory = DS_RESOURCES;
  options.weightBytes = WeightBytes;
  return options;
}

std::string
failure(const LinkOptions &options,
        function_ref<Error(WeightSink &)> weights = writeSampleWeights) {
  Error error = linkProgram(options, weights);
  REQUIRE(bool(error));
  return toString(std::move(error));
}

void link(const LinkOptions &options,
          function_ref<Error(WeightSink &)> weights = writeSampleWeights) {
  if (Error error = linkProgram(options, weights))
    FAIL(toString(std::move(error)));
}

/// Standard output of a program that must succeed.
std::string outputOf(const std::string &command) {
  FILE *pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string text;
  char buffer[4096];
  while (size_t count = fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, count);
  REQUIRE(pclose(pipe) == 0);
  return text;
}

/// Runs the sample on made-up input; its output depends on the weights.
std::string runSample(const std::string &program) {
  static TemporaryFolder folder;
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
  header.resize(117, ' ');
  float ones[] = {1, 1, 1};
  std::string input = folder.write(
      "ones.npy", std::string("\x93NUMPY\1\0\x76\0", 10) + header + "\n" +
                      std::string(reinterpret_cast<char *>(ones), 12));
  return outputOf(program + " --input x=" + input);
}

const std::string SampleResult =
    "y/0: float32 [1, 3]  min 2.5  max 4.125  mean 3.29167\n  2.5 3.25 "
    "4.125\nrows: int64 []\n  1\n";

} // namespace

TEST_CASE(
    "a linked program runs with its weights, and is executable by everybody") {
  TemporaryFolder folder;
  link(sampleOptions(folder.path("program")));
  CHECK(runSample(folder.path("program")) == SampleResult);
  struct stat status;
  REQUIRE(stat(folder.path("program").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
  CHECK(folder.entries() == 1);
}

TEST_CASE("objects may come from memory") {
  TemporaryFolder folder;
  std::string object = readFile(DS_SAMPLE_OBJECT);
  LinkOptions options = sampleOptions(folder.path("program"));
  options.objectPaths.clear();
  options.objects = {MemoryBufferRef(object, "model")};
  link(options);
  CHECK(runSample(folder.path("program")) == SampleResult);
}

TEST_CASE("the same objects give the same bytes, wherever they come from and "
          "whatever the output is called") {
  TemporaryFolder folder;
  link(sampleOptions(folder.path("a")));
  std::string object = readFile(DS_SAMPLE_OBJECT);
  LinkOptions options = sampleOptions(folder.path("b"));
  options.objectPaths.clear();
  options.objects = {MemoryBufferRef(object, "model")};
  link(options);
  CHECK(readFile(folder.path("a")) == readFile(folder.path("b")));
}

TEST_CASE("weights are mapped from a read-only segment of their own at the end "
          "of the file") {
  TemporaryFolder folder;
  link(sampleOptions(folder.path("program")));
  std::string image = readFile(folder.path("program"));
  auto file = cantFail(object::ELFFile<object::ELF64LE>::create(image));
  int found = 0;
  for (const auto &segment : cantFail(file.program_headers())) {
    if (segment.p_type != ELF::PT_LOAD || segment.p_filesz != WeightBytes)
      continue;
    ++found;
    CHECK(segment.p_flags == ELF::PF_R);
    CHECK(segment.p_memsz == WeightBytes);
    CHECK(segment.p_offset % 4096 == 0);
    CHECK(segment.p_offset + WeightBytes == image.size());
    std::vector<float> weights = sampleWeights();
    CHECK(image.substr(segment.p_offset) ==
          std::string(reinterpret_cast<char *>(weights.data()), WeightBytes));
  }
  CHECK(found == 1);
}

TEST_CASE("weights may come in pieces, from files, and with holes of zeros") {
  TemporaryFolder folder;
  std::vector<float> weights = sampleWeights();
  std::string bytes(reinterpret_cast<char *>(weights.data()), WeightBytes);
  std::string path = folder.write("weights", "skipped" + bytes);
  int fd = open(path.c_str(), O_RDONLY);
  link(sampleOptions(folder.path("program")), [&](WeightSink &sink) -> Error {
    if (Error error = sink.write(ArrayRef<char>(bytes.data(), 5)))
      return error;
    if (Error error = sink.copyFrom(fd, 7 + 5, 1000))
      return error;
    CHECK(sink.position() == 1005);
    return sink.skip(WeightBytes - 1005);
  });
  close(fd);
  std::string image = readFile(folder.path("program"));
  CHECK(image.substr(image.size() - WeightBytes) ==
        bytes.substr(0, 1005) + std::string(WeightBytes - 1005, '\0'));
  CHECK(runSample(folder.path("program")) == SampleResult);
}

TEST_CASE("weights are copied from what copy_file_range refuses") {
  TemporaryFolder folder;
  int fd = open("/dev/zero", O_RDONLY);
  link(sampleOptions(folder.path("program")),
       [&](WeightSink &sink) { return sink.copyFrom(fd, 0, WeightBytes); });
  close(fd);
  std::string image = readFile(folder.path("program"));
  CHECK(image.substr(image.size() - WeightBytes) ==
        std::string(WeightBytes, '\0'));
}

TEST_CASE(
    "too few, too many and unreadable weights fail, and leave nothing behind") {
  TemporaryFolder folder;
  std::string path = folder.write("short", "abc");
  int fd = open(path.c_str(), O_RDONLY);
  LinkOptions options = sampleOptions(folder.path("program"));
  CHECK(failure(options, [](WeightSink &sink) { return sink.skip(10); }) ==
        "expected 20000 bytes of weights, found 10");
  CHECK(failure(options, [](WeightSink &sink) { return sink.skip(20001); }) ==
        "expected 20000 bytes of weights, found at least 20001");
  CHECK(failure(options,
                [&](WeightSink &sink) { return sink.copyFrom(fd, 0, 20); }) ==
        "expected 17 more bytes of weights at offset 3 of their file, found "
        "its end");
  CHECK(failure(options, [](WeightSink &) {
          return createStringError("no weights today");
        }) == "no weights today");
  close(fd);
  CHECK(folder.entries() == 1);
}

TEST_CASE("a size that the model object contradicts fails") {
  TemporaryFolder folder;
  LinkOptions options = sampleOptions(folder.path("program"));
  options.weightBytes = 8;
  CHECK(failure(options) ==
        "expected 8 bytes of weights in the model object, found 20000");
  options.objectPaths = {DS_ECHO_OBJECT};
  CHECK(failure(options) ==
        "expected 8 bytes of weights in the model object, found none");
}

TEST_CASE("an older program survives a failed link") {
  TemporaryFolder folder;
  folder.write("program", "old");
  failure(sampleOptions(folder.path("program")),
          [](WeightSink &) { return createStringError("no"); });
  CHECK(readFile(folder.path("program")) == "old");
  CHECK(folder.entries() == 1);
  link(sampleOptions(folder.path("program")));
  CHECK(runSample(folder.path("program")) == SampleResult);
}

TEST_CASE("a model without weights has no segment for them") {
  TemporaryFolder folder;
  LinkOptions options = sampleOptions(folder.path("program"));
  options.objectPaths = {DS_ECHO_OBJECT};
  options.weightBytes = 0;
  link(options, [](WeightSink &) -> Error {
    return createStringError("was asked for weights");
  });
  CHECK_THAT(outputOf(folder.path("program") + " --version"),
             StartsWith("model 'echo' for x86-64"));
}

TEST_CASE(
    "undefined symbols are reported in lld's words, and the next link works") {
  TemporaryFolder folder;
  LinkOptions options = sampleOptions(folder.path("program"));
  options.objectPaths.clear();
  std::string message = failure(options);
  CHECK_THAT(
      message,
      StartsWith("linking failed\n  undefined hidden symbol: ds_model") ||
          StartsWith("linking failed\n  undefined symbol: ds_model"));
  CHECK_THAT(message, Contains("referenced by"));
  CHECK(folder.entries() == 0);
  link(sampleOptions(folder.path("program")));
  CHECK(runSample(folder.path("program")) == SampleResult);
}

TEST_CASE("an object that is none is an error") {
  TemporaryFolder folder;
  LinkOptions options = sampleOptions(folder.path("program"));
  options.objectPaths = {folder.write("object", "hello")};
  CHECK_THAT(failure(options), StartsWith("linking failed\n"));
}

TEST_CASE("places that cannot hold a program are refused before any work") {
  TemporaryFolder folder;
  CHECK_THAT(
      failure(sampleOptions("/dev/null")),
      Contains("cannot write '/dev/null': expected a regular file or none"));
  CHECK_THAT(
      failure(sampleOptions(folder.path("."))),
      Contains("expected a regular file or none, found a directory or device"));
  CHECK_THAT(failure(sampleOptions(folder.path("none/program"))),
             Contains("there is no directory '" + folder.path("none") + "'"));
  LinkOptions options = sampleOptions(folder.path("program"));
  options.resourceDirectory = folder.path("resources");
  CHECK_THAT(failure(options),
             Contains("expected the linker's resources in '" +
                      folder.path("resources") + "', found no such folder"));
}

TEST_CASE("objects joined into one link like the objects themselves") {
  TemporaryFolder folder;
  std::string other = readFile(DS_SAMPLE_OBJECT);
  LinkOptions join;
  join.outputPath = folder.path("joined.o");
  join.objects = {MemoryBufferRef(other, "model")};
  if (Error error = linkRelocatable(join))
    FAIL(toString(std::move(error)));
  struct stat status;
  REQUIRE(stat(folder.path("joined.o").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0644);
  // The weights are still without contents.
  CHECK(static_cast<uint64_t>(status.st_size) < WeightBytes);
  LinkOptions options = sampleOptions(folder.path("program"));
  options.objectPaths = {folder.path("joined.o")};
  link(options);
  CHECK(runSample(folder.path("program")) == SampleResult);
}

TEST_CASE("objects that contradict each other do not join") {
  TemporaryFolder folder;
  LinkOptions join;
  join.outputPath = folder.path("joined.o");
  join.objectPaths = {DS_SAMPLE_OBJECT, DS_ECHO_OBJECT};
  CHECK_THAT(toString(linkRelocatable(join)),
             StartsWith("linking failed\n  duplicate symbol: ds_model"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("several threads may link at once") {
  TemporaryFolder folder;
  std::vector<std::thread> threads;
  std::vector<std::string> errors(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      errors[i] = toString(
          linkProgram(sampleOptions(folder.path("p" + std::to_string(i))),
                      writeSampleWeights));
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int i = 0; i < 4; ++i) {
    CHECK(errors[i].empty());
    CHECK(readFile(folder.path("p" + std::to_string(i))) ==
          readFile(folder.path("p0")));
  }
}

TEST_CASE("a stripped program still has its weights") {
  TemporaryFolder folder;
  link(sampleOptions(folder.path("program")));
  outputOf(std::string(DS_STRIP) + " -o " + folder.path("stripped") + " " +
           folder.path("program"));
  CHECK(runSample(folder.path("stripped")) == SampleResult);
}

TEST_CASE("the module assembly for weights is empty without any, and names "
          "their size otherwise") {
  CHECK(weightsModuleAsm(0).empty());
  CHECK_THAT(weightsModuleAsm(uint64_t{5} << 30),
             Contains(".zero 5368709120\n") &&
                 Contains(".section .ds.weights,\"a\",@nobits\n"));
}

TEST_CASE("the resources of a tool lie beside its folder") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder.path("bin"));
  CHECK_THAT(
      toString(
          findResourceDirectory(folder.path("bin/ds-compile")).takeError()),
      Contains("expected the linker's resources in"));
  std::filesystem::create_directories(folder.path("lib/ds/resources"));
  Expected<std::string> found =
      findResourceDirectory(folder.path("bin/ds-compile"));
  REQUIRE(bool(found));
  CHECK(*found == folder.path("lib/ds/resources"));
}
