//===- option_table.h - a command line described by a table ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Splits the words of a command line by a table of options, which is also the
// text of --help.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_OPTION_TABLE_H
#define DS_RUNTIME_PROGRAM_OPTION_TABLE_H

#include "runtime/base/status.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

enum class OptionValue {
  None,
  Optional, ///< a number, in the next word if that is one
  Required
};

/// A row of the table.
struct OptionRow {
  std::string_view name; ///< "--threads"
  OptionValue value;
  const char *placeholder;
  const char *help;
  const char *group;
  char letter = '\0'; ///< "-n", if there is one
};

struct GivenOption {
  std::string_view name;
  std::string_view value; ///< "" where none was given
};

struct CommandLine {
  std::vector<GivenOption> options; ///< in order
  std::vector<std::string_view> arguments;
};

/// Splits words, which must outlive the result, into options (--name value,
/// --name=value, -n value) and arguments. What does not fit the table is
/// DS_WRONG_USE.
Result<CommandLine> splitCommandLine(std::span<const char *const> words,
                                     std::span<const OptionRow> table);

/// The options by groups, for --help.
std::string optionsHelp(std::span<const OptionRow> table);

/// Digits only.
std::optional<int64_t> parseNumber(std::string_view text);

/// The number that an option was given, between bounds; else DS_WRONG_USE that
/// names both.
Result<int64_t> numberOption(const GivenOption &option, int64_t least,
                             int64_t most);

/// Succeeds when an option's value is one of some words.
Status checkChoice(const GivenOption &option,
                   std::span<const std::string_view> choices);

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_OPTION_TABLE_H
