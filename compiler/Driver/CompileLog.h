//===- CompileLog.h - what the compilation did, and when ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_COMPILELOG_H
#define DS_COMPILER_DRIVER_COMPILELOG_H

#include "nlohmann/json_fwd.hpp"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace ds {

/// Spans of time of one compilation, from which --time-passes and --trace are
/// made. Spans of different threads may overlap. Thread-safe.
class CompileLog {
public:
  using Clock = std::chrono::steady_clock;

  CompileLog();

  /// Adds a span. `category` groups spans below a stage: "stage" itself,
  /// "pass", or a part of code generation. `detail` says what was worked on.
  void record(llvm::StringRef category, llvm::StringRef name,
              llvm::StringRef detail, Clock::time_point begin,
              Clock::time_point end);

  /// Stages in order with their parts summed up by name. Parts that ran on
  /// several threads may add up to more than their stage.
  void printTable(llvm::raw_ostream &out) const;
  nlohmann::ordered_json toJson() const;

  /// Writes a Chrome trace.
  llvm::Error writeTrace(llvm::StringRef path) const;

private:
  struct Entry {
    std::string category, name, detail;
    Clock::time_point begin, end;
    unsigned thread;
  };
  /// Spans of one name within a stage.
  struct Part {
    std::string name;
    double seconds = 0;
    unsigned count = 0;
  };
  struct Stage {
    std::string name;
    double seconds = 0;
    std::vector<Part> parts;
  };
  std::vector<Stage> summarize() const;
  double totalSeconds() const;

  Clock::time_point start;
  mutable std::mutex mutex;
  std::vector<Entry> entries;
};

} // namespace ds

#endif // DS_COMPILER_DRIVER_COMPILELOG_H
