//===- options.cpp - the command line of a compiled program ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/options.h"

#include "runtime/base/parallel_for.h"
#include "runtime/base/text.h"

#include <algorithm>

namespace ds {
namespace {

enum class Value { None, Optional, Required };

struct Option {
  std::string_view name;
  Value value;
  const char *placeholder;
  const char *help;
  const char *group;
};

/// In the order of --help.
constexpr Option Table[] = {
    {"--input", Value::Required, "NAME=FILE",
     "a .npy file for an input; with a single input the name may be left out",
     "Running"},
    {"--output-dir", Value::Required, "DIR",
     "write every output to DIR/NAME.npy instead of printing a summary",
     "Running"},
    {"--threads", Value::Required, "N",
     "threads to use (default: the CPUs this process may use)", "Running"},
    {"--device", Value::Required, "cpu|cuda|mock",
     "where to run (default: cpu)", "Running"},
    {"--benchmark", Value::Optional, "[RUNS]",
     "measure latency and memory, with made-up inputs if none are given",
     "Looking inside"},
    {"--profile", Value::Required, "FILE",
     "write a Chrome trace of all kernel launches", "Looking inside"},
    {"--check-numerics", Value::None, "",
     "stop at the first NaN or Inf and name its node", "Looking inside"},
    {"--describe", Value::None, "",
     "print inputs, outputs, metadata and memory; run nothing",
     "Looking inside"},
    {"--json", Value::None, "", "with --describe or --benchmark: print JSON",
     "Looking inside"},
    {"--help", Value::None, "", "print this text", "General"},
    {"--version", Value::None, "",
     "print the versions of model compiler and runtime", "General"},
};

constexpr std::string_view Devices[] = {"cpu", "cuda", "mock"};

Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

std::optional<int> parseNumber(std::string_view text) {
  if (text.empty() || text.size() > 9 ||
      !std::all_of(text.begin(), text.end(),
                   [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  int value = 0;
  for (char c : text)
    value = value * 10 + (c - '0');
  return value;
}

Status unknownOption(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Option &option : Table)
    names.push_back(option.name);
  std::string hint = didYouMean(word, names);
  return wrongUse("unknown option " + quoted(word) +
                  (hint.empty() ? "; see --help" : hint));
}

/// Stores an option; `value` is what was given for it, empty if nothing was.
Status apply(Options &options, std::string_view name, std::string_view value) {
  if (name == "--input") {
    options.inputs.push_back(value);
  } else if (name == "--output-dir") {
    options.outputDirectory = value;
  } else if (name == "--profile") {
    options.profile = value;
  } else if (name == "--threads") {
    std::optional<int> count = parseNumber(value);
    if (!count || *count < 1 || *count > MaxThreads)
      return wrongUse(
          format("option '--threads' expects a number from 1 to %d, found ",
                 MaxThreads) +
          quoted(value));
    options.threads = *count;
  } else if (name == "--device") {
    if (std::find(std::begin(Devices), std::end(Devices), value) ==
        std::end(Devices))
      return wrongUse("option '--device' expects cpu, cuda or mock, found " +
                      quoted(value) + didYouMean(value, Devices));
    options.device = value;
  } else if (name == "--benchmark") {
    std::optional<int> runs = value.empty() ? 0 : parseNumber(value);
    if (!runs || (*runs == 0 && !value.empty()))
      return wrongUse(
          "option '--benchmark' expects a number of runs from 1, found " +
          quoted(value));
    options.runs = runs;
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
  for (size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (!word.starts_with("-") || word == "-")
      return wrongUse("unexpected argument " + quoted(word) +
                      "; an input is given as --input " + std::string(word));
    size_t equals = word.find('=');
    std::string_view name = word.substr(0, equals == std::string_view::npos ||
                                                   !word.starts_with("--")
                                               ? word.size()
                                               : equals);
    const auto *option = std::find_if(
        std::begin(Table), std::end(Table), [&](const Option &candidate) {
          return candidate.name == name ||
                 (name == "-h" && candidate.name == "--help");
        });
    if (option == std::end(Table))
      return unknownOption(name);
    bool attached = name.size() < word.size();
    std::string_view value = attached ? word.substr(name.size() + 1) : "";
    if (attached && option->value == Value::None)
      return wrongUse("option " + quoted(name) + " takes no value, found " +
                      quoted(value));
    if (!attached && option->value == Value::Required) {
      if (i + 1 == words.size())
        return wrongUse("option " + quoted(name) + " expects " +
                        option->placeholder + ", found nothing");
      value = words[++i];
    }
    if (!attached && option->value == Value::Optional && i + 1 < words.size() &&
        parseNumber(words[i + 1]))
      value = words[++i];
    if (option->value == Value::Required && value.empty())
      return wrongUse("option " + quoted(name) + " expects " +
                      option->placeholder + ", found an empty text");
    if (Status status = apply(options, option->name, value); !status.ok())
      return status;
  }
  if (options.json && !options.describe && !options.runs)
    return wrongUse("option '--json' needs '--describe' or '--benchmark'");
  return options;
}

std::string usage(std::string_view program) {
  std::string text =
      "usage: " + std::string(program) + " --input NAME=FILE ... [options]\n";
  std::string_view group;
  for (const Option &option : Table) {
    if (group != option.group)
      text += format("\n%s:\n", option.group);
    group = option.group;
    std::string left = std::string(option.name) +
                       (*option.placeholder ? " " : "") + option.placeholder;
    text += format("  %-24s  %s\n", left.c_str(), option.help);
  }
  std::string name(program);
  return text + "\nExamples:\n  " + name + " --describe\n  " + name +
         " --input x=x.npy --output-dir out\n  " + name +
         " --benchmark 100 --json\n" +
         "\nExit codes: 0 success, 1 the run failed, 2 wrong use, 3 "
         "unsupported machine, 4 malformed file.\n";
}

} // namespace ds
