//===- job.h - a training job as its model object describes it ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the entry points of a training job, and what they take from data.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_JOB_H
#define DS_RUNTIME_TRAINER_JOB_H

#include "ds/model.h"
#include "runtime/data/sources.h"
#include "runtime/trainer/settings.h"

#include <optional>
#include <vector>

namespace ds {

/// Refers to the model.
struct Job {
  const ds_model_t *model;
  TrainingSettings settings;
  int32_t step;                    ///< index of the function "step"
  std::optional<int32_t> evaluate; ///< of "evaluate", if there is one

  /// A model without a "step" is DS_WRONG_USE: it is no training job.
  static Result<Job> find(const ds_model_t &model);

  const ds_function_t &function(int32_t index) const {
    return model->functions[index];
  }
  /// True for the input that says which examples of a batch count.
  bool isMask(const ds_tensor_info_t &info) const;
  /// What a function takes for each example: its data inputs less their first
  /// axis, in order, without the mask.
  Result<std::vector<RecordType>> records(const ds_function_t &function) const;
  /// The extent of the first axis of a function's data inputs, -1 when it is
  /// open. Inputs that differ are DS_UNSUPPORTED.
  Result<int64_t> batch(const ds_function_t &function) const;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_JOB_H
