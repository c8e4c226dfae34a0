//===- names.cpp - the folders of checkpoints -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/checkpoint/names.h"

#include "runtime/base/text.h"

#include <charconv>

namespace ds {

static constexpr std::string_view Prefix = "step-";

static std::string_view suffixOf(Passing kind) {
  return kind == Passing::Arriving   ? ".part"
         : kind == Passing::Replaced ? ".replaced"
                                     : ".removed";
}

std::string checkpointName(int64_t step) {
  return format("step-%08lld", static_cast<long long>(step));
}

std::optional<int64_t> checkpointStep(std::string_view name) {
  if (!name.starts_with(Prefix))
    return std::nullopt;
  int64_t step = 0;
  const char *begin = name.data() + Prefix.size(),
             *last = name.data() + name.size();
  auto [end, error] = std::from_chars(begin, last, step);
  if (error != std::errc() || end != last || step < 0 ||
      name != checkpointName(step))
    return std::nullopt;
  return step;
}

std::string passingName(int64_t step, Passing kind) {
  return "." + checkpointName(step) + std::string(suffixOf(kind));
}

std::optional<int64_t> passingStep(std::string_view name, Passing kind) {
  std::string_view suffix = suffixOf(kind);
  if (!name.starts_with('.') || !name.ends_with(suffix))
    return std::nullopt;
  return checkpointStep(name.substr(1, name.size() - 1 - suffix.size()));
}

} // namespace ds
