//===- progress.h - how far a run is --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A bar on a terminal, a line now and then elsewhere.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_PROGRESS_H
#define DS_RUNTIME_TRAINER_PROGRESS_H

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace ds {

class Progress {
public:
  /// `stream` is not owned; a quiet one prints nothing at all.
  Progress(FILE *stream, bool isTerminal, bool quiet)
      : stream(stream), isTerminal(isTerminal), quiet(quiet) {}

  /// The run does the steps from `done` + 1 to `total`.
  void begin(int64_t done, int64_t total);
  /// A step is done; prints if it is time to. `epochs` is 0 when it is not
  /// epochs that the run counts. Names are printed in front of their values.
  void update(int64_t step, int64_t epoch, int64_t epochs,
              std::span<const std::string> names,
              std::span<const double> values);
  /// Makes room for a line of somebody else; the bar comes back by itself.
  void clear();

  /// Steps per second since begin().
  double rate(int64_t step) const;

private:
  FILE *stream;
  bool isTerminal;
  bool quiet;
  bool shown = false;
  int64_t first = 0;
  int64_t total = 0;
  int64_t started = 0; ///< nanoseconds
  int64_t printed = 0;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_PROGRESS_H
