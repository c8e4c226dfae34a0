//===- benchmark.h - latency and memory of a program ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Repeats the run and reports its latency, throughput and memory.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_BENCHMARK_H
#define DS_RUNTIME_PROGRAM_BENCHMARK_H

#include "ds/runtime.h"
#include "runtime/base/status.h"

#include <cstdint>
#include <string>

namespace ds {

/// Nanoseconds of a clock that never goes back.
int64_t monotonicNanoseconds();

/// Runs the instance, whose inputs are bound, `runs` times after a warm-up; 0
/// runs: for about ten seconds, 3 to 100 times. `start` is when the program
/// began. The result is a table, or a JSON object.
Result<std::string> benchmark(ds_instance_t *instance, int runs, int64_t start,
                              bool json);

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_BENCHMARK_H
