//===- settings.cpp - what a training job was compiled with ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/settings.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numbers>

namespace ds {
namespace {

template <typename T>
bool parse(std::string_view text, T &value) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(std::string_view text, ScheduleKind &kind) {
  constexpr std::pair<std::string_view, ScheduleKind> Kinds[] = {
      {"constant", ScheduleKind::Constant},
      {"linear", ScheduleKind::Linear},
      {"cosine", ScheduleKind::Cosine},
      {"step", ScheduleKind::Step}};
  for (auto [name, value] : Kinds) {
    if (text != name)
      continue;
    kind = value;
    return true;
  }
  return false;
}

bool parse(std::string_view text, std::string &value) {
  value = text;
  return true;
}

bool parse(std::string_view text, std::optional<int64_t> &value) {
  return parse(text, value.emplace());
}

const char *find(const ds_model_t &model, const char *key) {
  for (int32_t i = 0; i < model.metadata_count; ++i)
    if (std::strcmp(model.metadata[i].key, key) == 0)
      return model.metadata[i].value;
  return nullptr;
}

} // namespace

double Schedule::at(int64_t step) const {
  if (step <= warmup)
    return base * static_cast<double>(step) / static_cast<double>(warmup);
  auto t = static_cast<double>(step - 1 - warmup);
  double T = std::max<double>(static_cast<double>(total - warmup), 1);
  switch (kind) {
  case ScheduleKind::Constant:
    return base;
  case ScheduleKind::Linear:
    return base * std::max(0.0, 1 - t / T);
  case ScheduleKind::Cosine:
    return base * (1 + std::cos(std::numbers::pi * std::min(t / T, 1.0))) / 2;
  case ScheduleKind::Step:
    return base *
           std::pow(gamma, std::floor(t / static_cast<double>(
                                              std::max<int64_t>(stepSize, 1))));
  }
  return base;
}

Result<TrainingSettings> readSettings(const ds_model_t &model) {
  TrainingSettings settings;
  Status status;
  auto read = [&](const char *key, auto &value) {
    const char *text = find(model, key);
    if (text && !parse(text, value) && status.ok())
      status = Status(DS_UNSUPPORTED,
                      "the job's setting " + quoted(key) +
                          " is not what this runtime expects: " + quoted(text));
  };
  read("train.lr", settings.schedule.base);
  read("train.lr_schedule", settings.schedule.kind);
  read("train.warmup", settings.schedule.warmup);
  read("train.total_steps", settings.schedule.total);
  read("train.lr_step_size", settings.schedule.stepSize);
  read("train.lr_gamma", settings.schedule.gamma);
  read("train.label", settings.label);
  read("train.mask", settings.mask);
  read("train.classes", settings.classes);
  read("train.ignore_label", settings.ignored);
  read("train.seed", settings.seed);
  if (!status.ok())
    return status;
  return settings;
}

} // namespace ds
