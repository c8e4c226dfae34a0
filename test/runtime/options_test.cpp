//===- options_test.cpp - the command line of a compiled program ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/options.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace ds;
using Catch::Matchers::Contains;

namespace {

Options parse(std::vector<const char *> words) {
  Result<Options> options = parseOptions(words);
  REQUIRE(options.ok());
  return *options;
}

std::string failure(std::vector<const char *> words) {
  Result<Options> options = parseOptions(words);
  REQUIRE(!options.ok());
  Status status = options.takeError();
  CHECK(status.code() == DS_WRONG_USE);
  return status.message();
}

} // namespace

TEST_CASE(
    "options take their value as the next word or behind an equals sign") {
  for (const Options &options :
       {parse({"--input", "x=a=b.npy", "--threads", "3"}),
        parse({"--input=x=a=b.npy", "--threads=3"})}) {
    REQUIRE(options.inputs.size() == 1);
    CHECK(options.inputs[0] == "x=a=b.npy");
    CHECK(options.threads == 3);
  }
}

TEST_CASE("a number behind --benchmark is its runs, anything else is not") {
  CHECK(!parse({}).runs);
  CHECK(parse({"--benchmark"}).runs == 0);
  CHECK(parse({"--benchmark", "7"}).runs == 7);
  CHECK(parse({"--benchmark=7"}).runs == 7);
  CHECK(parse({"--benchmark", "--json"}).json);
  CHECK(failure({"--benchmark", "many"}) ==
        "unexpected argument 'many'; an input is given as --input many");
  CHECK(failure({"--benchmark=0"}) ==
        "option '--benchmark' expects a number of runs from 1, found '0'");
}

TEST_CASE("unknown options get a suggestion, or are sent to the help") {
  CHECK(failure({"--output-dri", "x"}) ==
        "unknown option '--output-dri'; did you mean '--output-dir'?");
  CHECK(failure({"--zzzzzzzz"}) == "unknown option '--zzzzzzzz'; see --help");
  CHECK(failure({"-x"}) == "unknown option '-x'; see --help");
}

TEST_CASE("missing, empty and superfluous values are wrong use") {
  CHECK(failure({"--input"}) ==
        "option '--input' expects NAME=FILE, found nothing");
  CHECK(failure({"--output-dir="}) ==
        "option '--output-dir' expects DIR, found an empty text");
  CHECK(failure({"--describe=yes"}) ==
        "option '--describe' takes no value, found 'yes'");
  CHECK(failure({"x.npy"}) ==
        "unexpected argument 'x.npy'; an input is given as --input x.npy");
}

TEST_CASE("thread counts and devices are checked") {
  for (const char *count :
       {"0", "-1", "1025", "two", "99999999999999999999", ""})
    CHECK_THAT(failure({"--threads", count}),
               Contains("option '--threads' expects"));
  CHECK(parse({"--device", "cuda"}).device == "cuda");
  CHECK(failure({"--device", "cudo"}) ==
        "option '--device' expects cpu, cuda or mock, found 'cudo'; did you "
        "mean 'cuda'?");
}

TEST_CASE("the option --json needs something to print") {
  CHECK(failure({"--json"}) ==
        "option '--json' needs '--describe' or '--benchmark'");
}

TEST_CASE("the help names every option the parser takes") {
  std::string text = usage("model");
  for (const char *option : {"--input", "--output-dir", "--threads", "--device",
                             "--benchmark", "--profile", "--check-numerics",
                             "--describe", "--json", "--help", "--version"}) {
    CHECK_THAT(text, Contains(option));
    Result<Options> options =
        parseOptions(std::vector<const char *>{option, "1"});
    CHECK((options.ok() || options.takeError().message().find(
                               "unknown option") == std::string::npos));
  }
}
