//===- evaluation.cpp - a look at examples that are not trained on --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/evaluation.h"

#include "runtime/base/text.h"

#include <algorithm>

namespace ds {

Status Evaluation::open(const TrainedValues &values, int64_t batchSize,
                        const ds_instance_options_t &options) {
  Result<int64_t> fixed = job.batch(job.function(*job.evaluate));
  if (!fixed.ok())
    return fixed.takeError();
  isOpenBatch = *fixed < 0;
  batch = isOpenBatch ? batchSize : *fixed;
  if (Status status = runner.open(*job.evaluate, values, data, options);
      !status.ok())
    return status;
  countMetric = runner.metric("count");
  for (size_t i = 0; i < runner.metricNames().size(); ++i) {
    if (static_cast<int32_t>(i) == countMetric)
      continue;
    metricNames.push_back(runner.metricNames()[i]);
    metricIndices.push_back(static_cast<int32_t>(i));
  }
  int64_t rest = data.count() % batch;
  if (rest == 0 || runner.hasMask() || isOpenBatch)
    return {};
  if (data.count() < batch)
    return Status(DS_WRONG_USE,
                  format("expected at least %lld examples to evaluate on, the "
                         "batch of the job, found %lld",
                         static_cast<long long>(batch),
                         static_cast<long long>(data.count())));
  remark =
      format("evaluation leaves out the last %lld of %lld examples: the "
             "job takes batches of %lld and no mask",
             static_cast<long long>(rest), static_cast<long long>(data.count()),
             static_cast<long long>(batch));
  return {};
}

Result<bool> Evaluation::run(const volatile sig_atomic_t &stop,
                             std::vector<double> &means) {
  int64_t examples = data.count();
  if (!runner.hasMask() && !isOpenBatch)
    examples -= examples % batch;
  // Wrapping fills the last batch with examples that the mask hides.
  Prefetcher batches(data, {data.count(), batch, /*shuffle=*/false,
                            /*wrap=*/true, 0});
  if (Status status = batches.start(0); !status.ok())
    return status;
  means.assign(metricNames.size(), 0);
  double weights = 0;
  for (int64_t done = 0; done < examples; done += batch) {
    if (stop)
      return false;
    Result<const Batch *> next = batches.next();
    if (!next.ok())
      return next.takeError();
    int64_t valid = std::min(batch, examples - done);
    int64_t count = isOpenBatch && !runner.hasMask() ? valid : batch;
    if (Status status = runner.setBatch(**next, count, valid); !status.ok())
      return status;
    if (Status status = runner.run(); !status.ok())
      return status;
    double weight = countMetric >= 0 ? runner.metrics()[countMetric]
                                     : static_cast<double>(valid);
    for (size_t i = 0; i < means.size(); ++i)
      if (weight != 0) // the mean of nothing is NaN
        means[i] += weight * runner.metrics()[metricIndices[i]];
    weights += weight;
  }
  for (double &mean : means)
    mean /= weights;
  return true;
}

} // namespace ds
