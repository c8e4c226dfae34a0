//===- observer.cpp - looks at kernel launches ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/instance/observer.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

namespace ds {
namespace {

int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// A tensor of a launch with its extents filled in.
struct Argument {
  const ds_launch_argument_t *info;
  void *data;
  std::vector<int64_t> dims;
  int64_t count;

  Argument(const ds_launch_argument_t &info, void **arguments)
      : info(&info), data(arguments[info.slot]) {
    for (int32_t i = 0; i < info.rank; ++i) {
      int64_t extent = info.dims[i];
      dims.push_back(extent >= 0
                         ? extent
                         : reinterpret_cast<intptr_t>(arguments[-1 - extent]));
    }
    count = elementCount(dims, elementSize(info.element_type)).value_or(0);
  }

  bool overlaps(const Argument &other) const {
    auto begin = reinterpret_cast<uintptr_t>(data),
         otherBegin = reinterpret_cast<uintptr_t>(other.data);
    return begin < otherBegin +
                       other.count * elementSize(other.info->element_type) &&
           otherBegin < begin + count * elementSize(info->element_type);
  }

  std::string text() const {
    return std::string(elementTypeName(info->element_type)) + " " +
           shapeText(dims);
  }

  /// "float32 [2, 3] from -1 to 4, 2 NaN".
  std::string range() const {
    if (info->element_type == DS_STRING || count == 0)
      return text();
    double smallest = std::numeric_limits<double>::infinity(),
           largest = -smallest;
    int64_t nans = 0, infinities = 0;
    for (int64_t i = 0; i < count; ++i) {
      double value = elementAsDouble(info->element_type, data, i);
      nans += std::isnan(value);
      infinities += std::isinf(value);
      if (std::isfinite(value)) {
        smallest = std::min(smallest, value);
        largest = std::max(largest, value);
      }
    }
    std::string result = text();
    if (smallest <= largest)
      result += format(" from %.6g to %.6g", smallest, largest);
    if (nans > 0)
      result += format(", %lld NaN", static_cast<long long>(nans));
    if (infinities > 0)
      result += format(", %lld Inf", static_cast<long long>(infinities));
    return result;
  }

  /// Coordinates of an element, "[0, 2]".
  std::string position(int64_t index) const {
    std::vector<int64_t> coordinates(dims.size());
    for (size_t i = dims.size(); i-- > 0; index /= dims[i])
      coordinates[i] = index % dims[i];
    return shapeText(coordinates);
  }
};

} // namespace

void Observer::beginRun() {
  ++run;
  runBegin = now();
}

void Observer::endRun() {
  if (profile)
    events.push_back({runBegin, now(), -1, run});
}

Status Observer::launch(int32_t index, void (*kernel)(void **arguments),
                        void **arguments) {
  const ds_launch_info_t &info = function.launches[index];
  std::vector<Argument> inputs, outputs;
  std::vector<std::string> ranges;
  if (checkNumerics) {
    for (const ds_launch_argument_t &argument :
         std::span(info.arguments, info.argument_count))
      (argument.is_output ? outputs : inputs).emplace_back(argument, arguments);
    for (const Argument &input : inputs) {
      // What the kernel overwrites must be looked at now; the rest only when
      // something is found.
      bool overwritten = std::any_of(
          outputs.begin(), outputs.end(),
          [&](const Argument &output) { return output.overlaps(input); });
      ranges.push_back(overwritten ? input.range() : "");
    }
  }
  int64_t begin = profile ? now() : 0;
  kernel(arguments);
  if (profile)
    events.push_back({begin, now(), index, run});
  for (const Argument &output : outputs) {
    int32_t type = output.info->element_type;
    int64_t found = firstNotFinite(type, output.data, output.count);
    if (found < 0)
      continue;
    std::string message =
        format("check-numerics: node %s (kernel %s) wrote ",
               quoted(info.nodes).c_str(), quoted(info.kernel).c_str());
    double value = elementAsDouble(type, output.data, found);
    message += std::isinf(value) ? (value < 0 ? "-Inf" : "Inf") : "NaN";
    message += " at " + output.position(found) + " of " + output.text() +
               "; its inputs:";
    for (size_t i = 0; i < inputs.size(); ++i)
      message += format("\n  #%zu ", i) +
                 (ranges[i].empty() ? inputs[i].range() : ranges[i]);
    if (inputs.empty())
      message += " none";
    return Status(DS_FAILED, std::move(message));
  }
  return {};
}

std::string Observer::traceJson() const {
  std::string text = "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"model\":" +
                     jsonString(model.name) +
                     ",\"target\":" + jsonString(target) +
                     "},\"traceEvents\":[";
  int64_t origin = events.empty() ? 0 : events.front().begin;
  for (const Event &event : events)
    origin = std::min(origin, event.begin);
  const char *separator = "\n";
  for (const Event &event : events) {
    const ds_launch_info_t *info =
        event.launch < 0 ? nullptr : &function.launches[event.launch];
    text += separator;
    separator = ",\n";
    text += "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"cat\":" +
            std::string(info ? "\"kernel\"" : "\"run\"") + ",\"name\":" +
            jsonString(info ? std::string(info->kernel)
                            : "run " + std::to_string(event.run)) +
            format(",\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"run\":%d",
                   (event.begin - origin) / 1e3,
                   (event.end - event.begin) / 1e3, event.run);
    if (info)
      text += format(",\"launch\":%d,\"nodes\":", event.launch) +
              jsonString(info->nodes);
    text += "}}";
  }
  return text + "\n]}\n";
}

} // namespace ds
