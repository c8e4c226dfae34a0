//===- options.cpp - the command line of a compiled program ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/options.h"

#include "runtime/base/parallel_for.h"
#include "runtime/base/text.h"
#include "runtime/program/option_table.h"

namespace ds {
namespace {

/// In the order of --help.
constexpr OptionRow Table[] = {
    {"--input", OptionValue::Required, "NAME=FILE",
     "a .npy file for an input; with a single input the name may be left out",
     "Running"},
    {"--output-dir", OptionValue::Required, "DIR",
     "write every output to DIR/NAME.npy instead of printing a summary",
     "Running"},
    {"--threads", OptionValue::Required, "N",
     "threads to use (default: the CPUs this process may use)", "Running"},
    {"--device", OptionValue::Required, "cpu|cuda|mock",
     "where to run (default: cpu)", "Running"},
    {"--code-version", OptionValue::Required, "CPU",
     "run the code for this CPU (default: the best that the machine can run)",
     "Running"},
    {"--benchmark", OptionValue::Optional, "[RUNS]",
     "measure latency and memory, with made-up inputs if none are given",
     "Looking inside"},
    {"--profile", OptionValue::Required, "FILE",
     "write a Chrome trace of all kernel launches", "Looking inside"},
    {"--check-numerics", OptionValue::None, "",
     "stop at the first NaN or Inf and name its node", "Looking inside"},
    {"--describe", OptionValue::None, "",
     "print inputs, outputs, metadata, memory and code versions; run nothing",
     "Looking inside"},
    {"--json", OptionValue::None, "",
     "with --describe or --benchmark: print JSON", "Looking inside"},
    {"--help", OptionValue::None, "", "print this text", "General", 'h'},
    {"--version", OptionValue::None, "",
     "print the versions of model compiler and runtime", "General"},
};

constexpr std::string_view Devices[] = {"cpu", "cuda", "mock"};

Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

/// The most runs of a benchmark.
constexpr int64_t MaxRuns = 999'999'999;

/// Stores an option.
Status apply(Options &options, const GivenOption &option) {
  auto [name, value] = option;
  if (name == "--input") {
    options.inputs.push_back(value);
  } else if (name == "--output-dir") {
    options.outputDirectory = value;
  } else if (name == "--profile") {
    options.profile = value;
  } else if (name == "--threads") {
    Result<int64_t> count = numberOption(option, 1, MaxThreads);
    if (!count.ok())
      return count.takeError();
    options.threads = static_cast<int>(*count);
  } else if (name == "--device") {
    if (Status status = checkChoice(option, Devices); !status.ok())
      return status;
    options.device = value;
  } else if (name == "--code-version") {
    options.codeVersion = value;
  } else if (name == "--benchmark") {
    options.runs = 0;
    std::optional<int64_t> runs = parseNumber(value);
    if (!value.empty() && (!runs || *runs < 1 || *runs > MaxRuns))
      return wrongUse(
          "option '--benchmark' expects a number of runs from 1, found " +
          quoted(value));
    if (!value.empty())
      options.runs = static_cast<int>(*runs);
  } else if (name == "--check-numerics") {
    options.checkNumerics = true;
  } else if (name == "--describe") {
    options.describe = true;
  } else if (name == "--json") {
    options.json = true;
  } else if (name == "--help") {
    options.help = true;
  } else {
    options.version = true;
  }
  return {};
}

} // namespace

Result<Options> parseOptions(std::span<const char *const> words) {
  Options options;
  Result<CommandLine> line = splitCommandLine(words, Table);
  if (!line.ok())
    return line.takeError();
  if (!line->arguments.empty())
    return wrongUse("unexpected argument " + quoted(line->arguments.front()) +
                    "; an input is given as --input " +
                    std::string(line->arguments.front()));
  for (const GivenOption &option : line->options)
    if (Status status = apply(options, option); !status.ok())
      return status;
  if (options.json && !options.describe && !options.runs)
    return wrongUse("option '--json' needs '--describe' or '--benchmark'");
  return options;
}

std::string usage(std::string_view program) {
  std::string name(program);
  return "usage: " + name + " --input NAME=FILE ... [options]\n" +
         optionsHelp(Table) + "\nExamples:\n  " + name + " --describe\n  " +
         name + " --input x=x.npy --output-dir out\n  " + name +
         " --benchmark 100 --json\n" +
         "\nExit codes: 0 success, 1 the run failed, 2 wrong use, 3 "
         "unsupported machine, 4 malformed file.\n";
}

} // namespace ds
