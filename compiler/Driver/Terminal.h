//===- Terminal.h - what the user's terminal can show ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_TERMINAL_H
#define DS_COMPILER_DRIVER_TERMINAL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace ds {

/// Whether `stream` may be coloured: a terminal, and NO_COLOR is not set.
bool mayColor(llvm::raw_ostream &stream);

/// One line on the standard error that says what is being done, once the work
/// has taken a second. Shows nothing unless that is a terminal. Thread-safe.
class Progress {
public:
  explicit Progress(bool enabled);
  /// Removes the line.
  ~Progress();

  /// What is being done from now on.
  void set(llvm::StringRef what);

  /// Removes the line, so that something else can be written; it comes back by
  /// itself while the work goes on.
  void clear();

private:
  void show();
  void eraseLine();

  bool enabled;
  std::mutex mutex;
  std::condition_variable wake;
  std::string current;
  bool finished = false;
  bool visible = false;
  std::chrono::steady_clock::time_point start;
  std::thread painter;
};

} // namespace ds

#endif // DS_COMPILER_DRIVER_TERMINAL_H
