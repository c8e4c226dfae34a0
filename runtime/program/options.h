//===- options.h - the command line of a compiled program -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parses the options of a compiled program; hand-written, so that programs stay
// small and start at once.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_OPTIONS_H
#define DS_RUNTIME_PROGRAM_OPTIONS_H

#include "runtime/base/status.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct Options {
  std::vector<std::string_view> inputs; ///< texts of --input: NAME=FILE or FILE
  std::string outputDirectory;          ///< empty: summaries
  std::string profile;                  ///< empty: no profile
  std::string codeVersion;              ///< empty: the best for this machine
  std::string_view device = "cpu";
  int threads = 0;         ///< 0: as many as there are CPUs to use
  std::optional<int> runs; ///< of a benchmark; 0: until the result is steady
  bool describe = false;
  bool json = false;
  bool checkNumerics = false;
  bool help = false;
  bool version = false;
};

/// Parses the words behind the program's name; what they refer to must outlive
/// the result. Errors are DS_WRONG_USE.
Result<Options> parseOptions(std::span<const char *const> words);

/// The text of --help.
std::string usage(std::string_view program);

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_OPTIONS_H
