//===- values.h - what training changes -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory of a job's parameters and state, which its functions share and
// update in place.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_VALUES_H
#define DS_RUNTIME_TRAINER_VALUES_H

#include "ds/model.h"
#include "runtime/base/memory.h"
#include "runtime/checkpoint/checkpoint.h"

#include <string_view>
#include <vector>

namespace ds {

/// One parameter or piece of state. Move-only.
struct TrainedValue {
  const ds_tensor_info_t *info;
  Buffer memory;
  size_t bytes;
  bool isWeight; ///< a tensor of the model itself: a parameter or a running
                 ///< statistic; else a slot of the optimizer

  TensorView view() const;
};

class TrainedValues {
public:
  /// Allocates the values that `function`, the job's step, takes, and gives
  /// them their initial contents.
  static Result<TrainedValues> create(const ds_model_t &model,
                                      const ds_function_t &function);

  /// Takes all values from a checkpoint. One that lacks a value, or has one of
  /// another type or shape, is of another program: DS_WRONG_USE, and nothing is
  /// changed.
  Status restore(const Checkpoint &checkpoint);

  /// Null when there is none of this name.
  const TrainedValue *find(std::string_view name) const;

  /// For a checkpoint's two files; they refer to the values.
  std::vector<NamedTensor> weights() const { return select(true); }
  std::vector<NamedTensor> state() const { return select(false); }

  /// Bytes of all values.
  uint64_t byteSize() const;

private:
  std::vector<NamedTensor> select(bool weights) const;

  std::vector<TrainedValue> values;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_VALUES_H
