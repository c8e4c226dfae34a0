//===- progress.cpp - how far a run is ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Called after every step: it allocates nothing.
//
//===----------------------------------------------------------------------===//
#include "runtime/trainer/progress.h"

#include <algorithm>
#include <cstring>
#include <ctime>

namespace ds {
namespace {

constexpr int64_t Second = 1'000'000'000;
constexpr int BarWidth = 24;

int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * Second + time.tv_nsec;
}

/// Appends to a line of fixed size, cutting what does not fit.
struct Line {
  char text[256];
  size_t size = 0;

  template <typename... Arguments>
  void add(const char *pattern, Arguments... arguments) {
    int length =
        snprintf(text + size, sizeof text - size, pattern, arguments...);
    if (length > 0)
      size = std::min(size + length, sizeof text - 1);
  }
};

/// "1:02:03" or "2:03".
void addTime(Line &line, double seconds) {
  auto whole = static_cast<long long>(std::min(seconds, 1e9) + 0.5);
  if (whole >= 3600)
    line.add("%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    line.add("%lld:%02lld", whole / 60, whole % 60);
}

} // namespace

void Progress::begin(int64_t done, int64_t steps) {
  first = done;
  total = steps;
  started = printed = now();
}

double Progress::rate(int64_t step) const {
  auto elapsed = static_cast<double>(std::max<int64_t>(now() - started, 1));
  return static_cast<double>(step - first) / (elapsed / Second);
}

void Progress::update(int64_t step, int64_t epoch, int64_t epochs,
                      std::span<const std::string> names,
                      std::span<const double> values) {
  if (quiet)
    return;
  int64_t time = now(), pause = isTerminal ? Second / 10 : 10 * Second;
  if (time - printed < pause && !(isTerminal && step == total))
    return;
  printed = time;
  Line line;
  if (epochs > 0)
    line.add("epoch %lld/%lld  ", static_cast<long long>(epoch + 1),
             static_cast<long long>(epochs));
  line.add("step %lld/%lld ", static_cast<long long>(step),
           static_cast<long long>(total));
  if (isTerminal) {
    int filled =
        static_cast<int>(BarWidth * step / std::max<int64_t>(total, 1));
    char bar[BarWidth + 1];
    memset(bar, ' ', BarWidth);
    memset(bar, '#', std::min(filled, BarWidth));
    bar[BarWidth] = 0;
    line.add("[%s]", bar);
  }
  line.add(" %lld%%  ",
           static_cast<long long>(100 * step / std::max<int64_t>(total, 1)));
  for (size_t i = 0; i < names.size(); ++i)
    line.add("%s %.4g  ", names[i].c_str(), values[i]);
  double perSecond = rate(step);
  line.add("%.3g steps/s  ETA ", perSecond);
  addTime(line, static_cast<double>(total - step) / std::max(perSecond, 1e-9));
  fprintf(stream, isTerminal ? "\r%s\033[K" : "%s\n", line.text);
  fflush(stream);
  shown = isTerminal;
}

void Progress::clear() {
  if (!shown)
    return;
  fputs("\r\033[K", stream);
  fflush(stream);
  shown = false;
}

} // namespace ds
