//===- option_table.cpp - a command line described by a table -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/option_table.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <charconv>

namespace ds {
namespace {

Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

Status unknownOption(std::string_view word, std::span<const OptionRow> table) {
  std::vector<std::string_view> names;
  for (const OptionRow &option : table)
    names.push_back(option.name);
  std::string hint = didYouMean(word, names);
  return wrongUse("unknown option " + quoted(word) +
                  (hint.empty() ? "; see --help" : hint));
}

bool isCalled(const OptionRow &option, std::string_view name) {
  return option.name == name ||
         (name.size() == 2 && name[0] == '-' && name[1] == option.letter);
}

} // namespace

std::optional<int64_t> parseNumber(std::string_view text) {
  int64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.starts_with('-') || error != std::errc() ||
      end != text.data() + text.size())
    return std::nullopt;
  return value;
}

Result<CommandLine> splitCommandLine(std::span<const char *const> words,
                                     std::span<const OptionRow> table) {
  CommandLine line;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (!word.starts_with("-") || word == "-") {
      line.arguments.push_back(word);
      continue;
    }
    size_t equals = word.find('=');
    std::string_view name = word.substr(0, equals == std::string_view::npos ||
                                                   !word.starts_with("--")
                                               ? word.size()
                                               : equals);
    auto option = std::find_if(
        table.begin(), table.end(),
        [&](const OptionRow &candidate) { return isCalled(candidate, name); });
    if (option == table.end())
      return unknownOption(name, table);
    bool attached = name.size() < word.size();
    std::string_view value = attached ? word.substr(name.size() + 1) : "";
    if (attached && option->value == OptionValue::None)
      return wrongUse("option " + quoted(name) + " takes no value, found " +
                      quoted(value));
    if (!attached && option->value == OptionValue::Required) {
      if (i + 1 == words.size())
        return wrongUse("option " + quoted(name) + " expects " +
                        option->placeholder + ", found nothing");
      value = words[++i];
    }
    if (!attached && option->value == OptionValue::Optional &&
        i + 1 < words.size() && parseNumber(words[i + 1]))
      value = words[++i];
    if (option->value == OptionValue::Required && value.empty())
      return wrongUse("option " + quoted(name) + " expects " +
                      option->placeholder + ", found an empty text");
    line.options.push_back({option->name, value});
  }
  return line;
}

std::string optionsHelp(std::span<const OptionRow> table) {
  std::string text;
  std::string_view group;
  for (const OptionRow &option : table) {
    if (group != option.group)
      text += format("\n%s:\n", option.group);
    group = option.group;
    std::string left =
        (option.letter ? format("-%c, ", option.letter) : std::string()) +
        std::string(option.name) + (*option.placeholder ? " " : "") +
        option.placeholder;
    text += format("  %-24s  %s\n", left.c_str(), option.help);
  }
  return text;
}

Result<int64_t> numberOption(const GivenOption &option, int64_t least,
                             int64_t most) {
  std::optional<int64_t> value = parseNumber(option.value);
  if (!value || *value < least || *value > most)
    return wrongUse(
        "option " + quoted(option.name) +
        format(" expects a number from %lld", static_cast<long long>(least)) +
        (most == INT64_MAX ? std::string()
                           : format(" to %lld", static_cast<long long>(most))) +
        ", found " + quoted(option.value));
  return *value;
}

Status checkChoice(const GivenOption &option,
                   std::span<const std::string_view> choices) {
  if (std::find(choices.begin(), choices.end(), option.value) != choices.end())
    return {};
  std::string all;
  for (size_t i = 0; i < choices.size(); ++i)
    all += (i == 0                    ? ""
            : i + 1 == choices.size() ? " or "
                                      : ", ") +
           std::string(choices[i]);
  return wrongUse("option " + quoted(option.name) + " expects " + all +
                  ", found " + quoted(option.value) +
                  didYouMean(option.value, choices));
}

} // namespace ds
