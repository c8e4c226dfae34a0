//===- benchmark.cpp - latency and memory of a program --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/benchmark.h"

#include "runtime/base/text.h"
#include "runtime/program/signature_values.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

namespace ds {
namespace {

/// A run at first touches memory and wakes threads; this many are not counted.
constexpr int WarmUpRuns = 3;
constexpr int DefaultRuns = 100;
constexpr int FewestRuns = 3;
constexpr int64_t DefaultNanoseconds = 10'000'000'000;

/// The most memory that was resident since the program began; 0 where /proc is
/// not there. Not getrusage: its figure starts from that of the parent process.
int64_t peakResidentBytes() {
  long long kibibytes = 0;
  if (FILE *file = fopen("/proc/self/status", "re")) {
    char line[256];
    while (fgets(line, sizeof line, file) &&
           sscanf(line, "VmHWM: %lld", &kibibytes) != 1) {
    }
    fclose(file);
  }
  return kibibytes * 1024;
}

Result<int64_t> timedRun(ds_instance_t *instance) {
  int64_t begin = monotonicNanoseconds();
  ds_status_t status = ds_instance_run(instance);
  int64_t end = monotonicNanoseconds();
  if (status != DS_OK)
    return Status(status, ds_instance_error(instance));
  return end - begin;
}

} // namespace

int64_t monotonicNanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

Result<std::string> benchmark(ds_instance_t *instance, int runs, int64_t start,
                              bool json) {
  Result<int64_t> first = timedRun(instance);
  if (!first.ok())
    return first.takeError();
  double firstResult = (monotonicNanoseconds() - start) / 1e6;
  int64_t began = monotonicNanoseconds();
  auto outOfTime = [&] {
    return runs == 0 && monotonicNanoseconds() - began > DefaultNanoseconds;
  };
  for (int i = 1; i < WarmUpRuns && !outOfTime(); ++i)
    if (Result<int64_t> time = timedRun(instance); !time.ok())
      return time.takeError();
  std::vector<double> milliseconds;
  int wanted = runs > 0 ? runs : DefaultRuns;
  milliseconds.reserve(wanted);
  while (static_cast<int>(milliseconds.size()) < wanted &&
         (milliseconds.size() < FewestRuns || !outOfTime())) {
    Result<int64_t> time = timedRun(instance);
    if (!time.ok())
      return time.takeError();
    milliseconds.push_back(*time / 1e6);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  // The smallest value that at least this share of the runs did not exceed.
  auto percentile = [&](int percent) {
    return milliseconds[(milliseconds.size() * percent + 99) / 100 - 1];
  };
  double sum = 0;
  for (double time : milliseconds)
    sum += time;
  auto statistics = sized<ds_instance_statistics_t>();
  ds_instance_statistics(instance, &statistics);

  struct {
    const char *name; ///< key of the JSON object
    const char *title;
    double value;
    const char *unit;
    const char *pattern;
  } rows[] = {
      {"runs", "runs", static_cast<double>(milliseconds.size()), "", "%.0f"},
      {"threads", "threads", static_cast<double>(ds_threads_get()), "", "%.0f"},
      {"first_result_ms", "first result after start", firstResult, "ms",
       "%.3f"},
      {"min_ms", "latency, min", milliseconds.front(), "ms", "%.6g"},
      {"median_ms", "latency, median", percentile(50), "ms", "%.6g"},
      {"p90_ms", "latency, p90", percentile(90), "ms", "%.6g"},
      {"p99_ms", "latency, p99", percentile(99), "ms", "%.6g"},
      {"runs_per_second", "throughput",
       1e3 * static_cast<double>(milliseconds.size()) / sum, "runs/s", "%.6g"},
      {"plan_peak_mb", "planned peak (arena)", statistics.arena_bytes / 1e6,
       "MB", "%.3f"},
      {"pool_peak_mb", "peak outside the plan",
       statistics.pool_peak_bytes / 1e6, "MB", "%.3f"},
      {"peak_rss_mb", "peak memory of the process", peakResidentBytes() / 1e6,
       "MB", "%.1f"},
  };
  std::string text = json ? "{" : "";
  for (const auto &row : rows) {
    std::string value = format(row.pattern, row.value);
    if (json)
      text += (text.size() > 1 ? "," : "") + jsonString(row.name) + ":" + value;
    else
      text += format("%-28s %12s %s\n", row.title, value.c_str(), row.unit);
  }
  return json ? text + "}\n" : text;
}

} // namespace ds
