//===- settings.h - what a training job was compiled with -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the job's settings from the model's metadata, and computes the learning
// rate of a step.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_SETTINGS_H
#define DS_RUNTIME_TRAINER_SETTINGS_H

#include "ds/model.h"
#include "runtime/base/status.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ds {

enum class ScheduleKind { Constant, Linear, Cosine, Step };

/// The learning rate over the steps. After the warm-up, t counts from 0 and T
/// is what is left of `total`.
struct Schedule {
  ScheduleKind kind = ScheduleKind::Constant;
  double base = 0;
  int64_t warmup = 0;   ///< steps over which it grows to `base`, linearly
  int64_t total = 0;    ///< the run's steps
  int64_t stepSize = 0; ///< Step: steps after which it is multiplied
  double gamma = 0.1;   ///< Step: by this

  /// Of step `step`, counted from 1. Linear: base (1 - t/T). Cosine: base (1 +
  /// cos(pi t/T)) / 2. Step: base gamma^floor(t/stepSize).
  double at(int64_t step) const;
};

/// The metadata "train.*", as ds-compile writes them.
struct TrainingSettings {
  Schedule schedule;   ///< train.lr, .lr_schedule, .warmup, .total_steps,
                       ///< .lr_step_size, .lr_gamma
  std::string label;   ///< train.label: the name of the truth's input
  std::string mask;    ///< train.mask: the input that says by 1 and 0 which
                       ///< examples of a batch count, if there is one
  int64_t classes = 0; ///< train.classes: labels are below it; 0: any
  std::optional<int64_t> ignored; ///< train.ignore_label
  uint64_t seed = 0;              ///< train.seed
};

/// Missing keys leave their defaults; a value that does not parse means that
/// compiler and runtime disagree, and is DS_UNSUPPORTED.
Result<TrainingSettings> readSettings(const ds_model_t &model);

} // namespace ds

#endif // DS_RUNTIME_TRAINER_SETTINGS_H
