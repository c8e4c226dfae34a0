//===- file_test.cpp - reading and writing files --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/file.h"
#include "test/runtime/temporary.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <sys/stat.h>
#include <thread>

using namespace ds;
using namespace ds::test;
using Catch::Matchers::Contains;

static Status writeText(OutputFiles &files, const std::string &path,
                        const std::string &text) {
  std::span<const std::byte> piece = bytesOf(text);
  return files.write(path, {&piece, 1});
}

static std::string textOf(const FileView &view) {
  return {reinterpret_cast<const char *>(view.bytes().data()),
          view.bytes().size()};
}

TEST_CASE("a file view holds small files, empty ones and mapped ones") {
  TemporaryFolder folder;
  for (size_t size : {size_t{0}, size_t{5}, size_t{70'000}, size_t{3} << 20}) {
    std::string contents(size, 'x');
    Result<FileView> view = FileView::open(folder.write("file", contents));
    REQUIRE(view.ok());
    CHECK(textOf(*view) == contents);
  }
}

TEST_CASE("a file view reads a pipe to its end") {
  TemporaryFolder folder;
  std::string path = folder.path("pipe"), contents(300'000, 'p');
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread writer(
      [&] { std::ofstream(path, std::ios::binary) << contents; });
  Result<FileView> view = FileView::open(path);
  writer.join();
  REQUIRE(view.ok());
  CHECK(textOf(*view) == contents);
}

TEST_CASE("a moved file view keeps its bytes") {
  TemporaryFolder folder;
  Result<FileView> small = FileView::open(folder.write("small", "abc")),
                   large = FileView::open(
                       folder.write("large", std::string(2 << 20, 'l')));
  REQUIRE((small.ok() && large.ok()));
  FileView first = std::move(*small), second = std::move(*large);
  first = std::move(second);
  CHECK(textOf(first) == std::string(2 << 20, 'l'));
}

TEST_CASE("missing files and directories are wrong use") {
  TemporaryFolder folder;
  Status missing = FileView::open(folder.path("none")).takeError(),
         directory = FileView::open(folder.path(".")).takeError();
  CHECK(missing.code() == DS_WRONG_USE);
  CHECK_THAT(missing.message(),
             Contains("cannot open") && Contains("No such file or directory"));
  CHECK(directory.code() == DS_WRONG_USE);
  CHECK_THAT(directory.message(), Contains("is a directory, expected a file"));
}

TEST_CASE("output files appear together, at commit") {
  TemporaryFolder folder;
  OutputFiles files;
  REQUIRE(files.makeDirectory(folder.path("a/b")).ok());
  REQUIRE(writeText(files, folder.path("a/b/x"), "one").ok());
  REQUIRE(writeText(files, folder.path("a/b/y"), "two").ok());
  CHECK(!std::filesystem::exists(folder.path("a/b/x")));
  REQUIRE(files.commit().ok());
  CHECK(readFile(folder.path("a/b/x")) == "one");
  CHECK(readFile(folder.path("a/b/y")) == "two");
  CHECK(folder.entries("a/b") == 2);
}

TEST_CASE("output files that are not committed leave nothing behind, not even "
          "a folder") {
  TemporaryFolder folder;
  {
    OutputFiles files;
    REQUIRE(files.makeDirectory(folder.path("a/b")).ok());
    REQUIRE(writeText(files, folder.path("a/b/x"), "one").ok());
  }
  CHECK(folder.entries() == 0);
}

TEST_CASE("an older file stays when its successor is not committed") {
  TemporaryFolder folder;
  folder.write("x", "old");
  {
    OutputFiles files;
    REQUIRE(writeText(files, folder.path("x"), "new").ok());
  }
  CHECK(readFile(folder.path("x")) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a directory that exists as a file is wrong use") {
  TemporaryFolder folder;
  folder.write("x", "");
  OutputFiles files;
  Status status = files.makeDirectory(folder.path("x"));
  CHECK(status.code() == DS_WRONG_USE);
  CHECK_THAT(status.message(), Contains("is a file, expected a directory"));
}

TEST_CASE("a device is written in place and not replaced by a file") {
  OutputFiles files;
  REQUIRE(writeText(files, "/dev/null", "text").ok());
  REQUIRE(files.commit().ok());
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a file in a folder that does not exist is an error that names it") {
  TemporaryFolder folder;
  OutputFiles files;
  Status status = writeText(files, folder.path("none/x"), "");
  CHECK(status.code() == DS_FAILED);
  CHECK_THAT(status.message(), Contains("cannot write") && Contains("none/x"));
}
