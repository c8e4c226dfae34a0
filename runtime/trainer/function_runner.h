//===- function_runner.h - one entry point of a job, bound ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An instance of the job's "step" or "evaluate": its values are bound once, its
// batches and numbers before each run.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_FUNCTION_RUNNER_H
#define DS_RUNTIME_TRAINER_FUNCTION_RUNNER_H

#include "runtime/data/dataset.h"
#include "runtime/data/prefetch.h"
#include "runtime/instance/instance.h"
#include "runtime/trainer/job.h"
#include "runtime/trainer/values.h"

#include <span>
#include <string>
#include <vector>

namespace ds {

/// Not movable: the instance refers to its scalars.
class FunctionRunner {
public:
  explicit FunctionRunner(const Job &job) : job(job), instance(*job.model) {}

  /// Opens the instance and binds `values`, which must stay in place. `data`
  /// gives the extents of the records. Of `options` all but the function count.
  Status open(int32_t function, const TrainedValues &values,
              const Dataset &data, ds_instance_options_t options);

  /// The run takes `count` examples from the front of the batch, which must
  /// stay in place; the first `valid` of them count where there is a mask.
  /// Allocates nothing when `count` is as before.
  Status setBatch(const Batch &batch, int64_t count, int64_t valid);
  /// What a step is told besides. Those that the function lacks are ignored.
  void setHyper(double learningRate, int64_t step, uint64_t key);
  Status run();

  /// What the running code was made for.
  const char *target() const { return instance.target(); }
  bool hasMask() const { return maskInput >= 0; }
  /// The function's metrics, and what the last run made of them.
  std::span<const std::string> metricNames() const { return names; }
  std::span<const double> metrics() const { return results; }
  /// The index of a metric, or -1.
  int32_t metric(std::string_view name) const;

private:
  struct ScalarSlot {
    alignas(16) unsigned char bytes[16];
  };

  Status bindValue(const ds_tensor_info_t &info, int32_t input,
                   const TrainedValues &values);
  Status bindHyper(const ds_tensor_info_t &info, int32_t input);
  Status bindOutputs(const TrainedValues &values);
  Status bindMask(int64_t count);

  const Job &job;
  const ds_function_t *function = nullptr;
  const Dataset *data = nullptr;
  Instance instance;
  std::vector<int32_t> dataInputs; ///< in the order of the dataset's columns
  int64_t boundCount = -1;         ///< examples of the batch that is bound
  int32_t maskInput = -1;
  Buffer mask;

  ScalarSlot learningRate{}, step{}, key{};
  int32_t learningRateType = 0, stepType = 0, keyType = 0; ///< 0: not taken
  std::vector<std::string> names;
  std::vector<int32_t> metricTypes;
  std::vector<ScalarSlot> metricSlots;
  std::vector<double> results;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_FUNCTION_RUNNER_H
