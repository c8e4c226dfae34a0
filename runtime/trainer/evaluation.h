//===- evaluation.h - a look at examples that are not trained on ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the job's "evaluate" over a data set once.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_EVALUATION_H
#define DS_RUNTIME_TRAINER_EVALUATION_H

#include "runtime/trainer/function_runner.h"

#include <csignal>
#include <string>
#include <vector>

namespace ds {

/// Not movable.
class Evaluation {
public:
  Evaluation(const Job &job, Dataset data)
      : job(job), data(std::move(data)), runner(job) {}

  /// `batch` examples at a time, where the function leaves that open.
  Status open(const TrainedValues &values, int64_t batch,
              const ds_instance_options_t &options);

  /// The function's metrics but "count", and their means over all examples.
  const std::vector<std::string> &names() const { return metricNames; }

  /// Evaluates. Means are weighted by the number of examples in a batch, or by
  /// the metric "count" where the function has one. The last batch is filled up
  /// with examples that do not count where there is a mask; made shorter where
  /// the function takes that; else left out. False when `stop` became nonzero.
  Result<bool> run(const volatile sig_atomic_t &stop,
                   std::vector<double> &means);

  /// What the user ought to know, if anything.
  const std::string &note() const { return remark; }

private:
  const Job &job;
  Dataset data;
  FunctionRunner runner;
  int64_t batch = 0;
  bool isOpenBatch = false; ///< the function takes batches of any size
  int32_t countMetric = -1;
  std::vector<std::string> metricNames;
  std::vector<int32_t> metricIndices;
  std::string remark;
};

} // namespace ds

#endif // DS_RUNTIME_TRAINER_EVALUATION_H
