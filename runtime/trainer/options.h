//===- options.h - the command line of a training job ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parses the options that ds-run and a training job's own main share.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_OPTIONS_H
#define DS_RUNTIME_TRAINER_OPTIONS_H

#include "runtime/base/status.h"
#include "runtime/data/dataset.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct TrainerOptions {
  std::string data;
  std::string evaluation;
  Scales scales;
  bool shuffle = true;
  std::optional<bool> wrap; ///< empty: wraps unless it shuffles
  std::optional<int64_t> batch;

  std::optional<int64_t> epochs;
  std::optional<int64_t> steps;
  std::optional<uint64_t> seed;
  std::optional<double> learningRate;

  std::string checkpointDirectory;
  int64_t checkpointEvery = 0; ///< 0: only after the last step
  int64_t keep = 3;            ///< 0: all
  std::string resume = "none"; ///< none, latest, or a path
  std::string logDirectory;

  int threads = 0;
  int64_t ranks = 1;
  std::string hosts;
  int64_t timeout = 0; ///< seconds that ranks wait for each other; 0: for ever
  std::string codeVersion; ///< empty: the best for this machine
  std::string_view device = "cpu";

  bool checkNumerics = false;
  bool quiet = false;
  bool describe = false;
  bool json = false;
  bool help = false;
  bool version = false;

  std::vector<std::string_view> arguments; ///< words that belong to no option
};

/// Parses the words behind the program's name; they must outlive the result.
/// Errors are DS_WRONG_USE.
Result<TrainerOptions> parseTrainerOptions(std::span<const char *const> words);

/// Checks what --help and --describe do not need: that there are data, and that
/// options agree. Several ranks and devices are DS_UNSUPPORTED.
Status checkTrainerOptions(const TrainerOptions &options);

/// The text of --help; `program` is what stands in front of the options.
std::string trainerUsage(std::string_view program);

} // namespace ds

#endif // DS_RUNTIME_TRAINER_OPTIONS_H
