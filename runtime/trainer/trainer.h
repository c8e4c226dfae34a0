//===- trainer.h - a training run -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop over the steps, and all that goes with it: data, evaluation,
// checkpoints, logs.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_TRAINER_H
#define DS_RUNTIME_TRAINER_TRAINER_H

#include "runtime/base/file_system.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/trainer/evaluation.h"
#include "runtime/trainer/event_file.h"
#include "runtime/trainer/metrics_file.h"
#include "runtime/trainer/options.h"
#include "runtime/trainer/progress.h"

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// Where a run's files and words go, and who stops it.
struct TrainerEnvironment {
  FileSystem &files;
  FILE *out;    ///< results: what was saved, each epoch
  FILE *errors; ///< progress and notes
  bool isTerminal;
  const volatile sig_atomic_t &stop; ///< nonzero: save and end
};

/// One run; not movable.
class Trainer {
public:
  Trainer(const Job &job, const TrainerOptions &options,
          TrainerEnvironment environment)
      : job(job), options(options), environment(environment), stepRunner(job),
        progress(environment.errors, environment.isTerminal, options.quiet) {}

  /// Trains. Success also when it was stopped and could save; DS_FAILED when it
  /// was stopped and had nowhere to.
  Status run();

private:
  Status openData();
  Status openCheckpoints();
  Status resumeFrom(const Checkpoint &checkpoint);
  Status openLogs();
  Status openFunctions();
  Status loop();
  Status step(int64_t number);
  Status logStep(int64_t number, double rate);
  Status endEpoch(int64_t number);
  Status save(int64_t number, bool isLast);
  Status finish(int64_t done);

  int64_t epochOf(int64_t batch) const { return order->position(batch).epoch; }
  void note(const std::string &text);
  void say(const std::string &text);

  const Job &job;
  const TrainerOptions &options;
  TrainerEnvironment environment;

  std::optional<Dataset> data;
  OrderOptions orderOptions;
  std::optional<ExampleOrder> order; ///< for positions only
  Schedule schedule;
  int64_t total = 0;
  int64_t done = 0;    ///< steps of earlier runs
  int64_t current = 0; ///< steps done so far

  std::optional<TrainedValues> values;
  std::vector<NamedTensor> weights, state;
  FunctionRunner stepRunner;
  std::unique_ptr<Evaluation> evaluation;
  std::unique_ptr<Prefetcher> batches;
  std::unique_ptr<CheckpointStore> store;
  int64_t savedStep = -1;

  std::unique_ptr<MetricsFile> metricsFile, evaluationFile;
  std::unique_ptr<EventFile> eventFile;
  Progress progress;
  int32_t lossMetric = -1;
  std::vector<double> row;
  std::vector<std::string> tags, evaluationTags;
  std::vector<Scalar> scalars;
  double epochLoss = 0;
  int64_t epochSteps = 0;
  std::vector<double> means;
};

/// The build id of this program's file in hexadecimal; "" when it has none.
std::string programBuildId();

} // namespace ds

#endif // DS_RUNTIME_TRAINER_TRAINER_H
