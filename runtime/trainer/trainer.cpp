//===- trainer.cpp - a training run ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A step allocates nothing once the first few are done: what it needs is made
// before the loop. start.cpp has what comes before it.
//
//===----------------------------------------------------------------------===//
#include "runtime/trainer/trainer.h"

#include "runtime/base/random.h"
#include "runtime/base/text.h"

#include <cmath>

namespace ds {

void Trainer::note(const std::string &text) {
  progress.clear();
  fprintf(environment.errors, "note: %s\n", text.c_str());
  fflush(environment.errors);
}

void Trainer::say(const std::string &text) {
  progress.clear();
  fprintf(environment.out, "%s\n", text.c_str());
  fflush(environment.out);
}

Status Trainer::run() {
  if (Status status = openData(); !status.ok())
    return status;
  if (Status status = openFunctions(); !status.ok())
    return status;
  if (Status status = openCheckpoints(); !status.ok())
    return status;
  if (Status status = openLogs(); !status.ok())
    return status;
  return loop();
}

Status Trainer::loop() {
  current = done;
  if (done >= total) {
    say(format("all %lld steps are done", static_cast<long long>(total)));
    return {};
  }
  batches = std::make_unique<Prefetcher>(*data, orderOptions);
  if (Status status = batches->start(done); !status.ok())
    return status;
  progress.begin(done, total);
  // The run before may have been stopped within the evaluation of its last
  // epoch.
  if (done > 0 && evaluationFile && evaluationFile->lastStep() < done &&
      epochOf(done) > epochOf(done - 1))
    if (Status status = endEpoch(done); !status.ok())
      return status;
  while (current < total && !environment.stop) {
    if (Status status = step(current + 1); !status.ok())
      return status;
    ++current;
    bool epochEnds = epochOf(current) > epochOf(current - 1);
    if (epochEnds || current == total)
      if (Status status = endEpoch(current); !status.ok())
        return status;
    bool isDue =
        options.checkpointEvery > 0 && current % options.checkpointEvery == 0;
    if (store && isDue && current < total && !environment.stop)
      if (Status status = save(current, /*isLast=*/false); !status.ok())
        return status;
  }
  progress.clear();
  return finish(current);
}

Status Trainer::step(int64_t number) {
  Result<const Batch *> batch = batches->next();
  if (!batch.ok())
    return batch.takeError();
  int64_t count = orderOptions.batch;
  if (Status status = stepRunner.setBatch(**batch, count, count); !status.ok())
    return status;
  double rate = schedule.at(number);
  stepRunner.setHyper(
      rate, number,
      deriveKey(orderOptions.seed, static_cast<uint64_t>(number)));
  if (Status status = stepRunner.run(); !status.ok()) {
    progress.clear();
    return std::move(status).withContext(
        format("step %lld", static_cast<long long>(number)));
  }
  double loss = stepRunner.metrics()[lossMetric];
  epochLoss += loss;
  ++epochSteps;
  if (Status status = logStep(number, rate); !status.ok())
    return status;
  if (!std::isfinite(loss)) {
    progress.clear();
    return Status(
        DS_FAILED,
        format("the loss of step %lld is %g", static_cast<long long>(number),
               loss) +
            (options.checkNumerics
                 ? ""
                 : "; --check-numerics names the node that makes it so"));
  }
  progress.update(number, epochOf(number - 1),
                  options.steps ? 0 : options.epochs.value_or(1),
                  stepRunner.metricNames(), stepRunner.metrics());
  return {};
}

Status Trainer::logStep(int64_t number, double rate) {
  if (!metricsFile)
    return {};
  std::span<const double> metrics = stepRunner.metrics();
  row.clear();
  row.push_back(metrics[lossMetric]);
  row.push_back(rate);
  for (size_t i = 0; i < metrics.size(); ++i)
    if (static_cast<int32_t>(i) != lossMetric)
      row.push_back(metrics[i]);
  if (Status status = metricsFile->append(number, row); !status.ok())
    return status;
  scalars.clear();
  for (size_t i = 0; i < row.size(); ++i)
    scalars.push_back({tags[i], row[i]});
  return eventFile->append(number, scalars);
}

Status Trainer::endEpoch(int64_t number) {
  if (options.quiet && !evaluation)
    return {};
  std::string text = format(
      "epoch %lld, step %lld:", static_cast<long long>(epochOf(number - 1) + 1),
      static_cast<long long>(number));
  if (epochSteps > 0)
    text += format(" loss %.6g;", epochLoss / static_cast<double>(epochSteps));
  epochLoss = 0;
  epochSteps = 0;
  if (evaluation) {
    Result<bool> finished = evaluation->run(environment.stop, means);
    if (!finished.ok())
      return finished.takeError().withContext("evaluation");
    if (!*finished)
      return {};
    text += " evaluation:";
    for (size_t i = 0; i < means.size(); ++i)
      text += format("%s %s %.6g", i > 0 ? "," : "",
                     evaluation->names()[i].c_str(), means[i]);
    if (evaluationFile) {
      if (Status status = evaluationFile->append(number, means); !status.ok())
        return status;
      scalars.clear();
      for (size_t i = 0; i < means.size(); ++i)
        scalars.push_back({evaluationTags[i], means[i]});
      if (Status status = eventFile->append(number, scalars); !status.ok())
        return status;
    }
  }
  say(text.ends_with(';') ? text.substr(0, text.size() - 1) : text);
  return {};
}

Status Trainer::save(int64_t number, bool isLast) {
  Manifest manifest;
  manifest.step = manifest.position = number;
  manifest.seed = orderOptions.seed;
  manifest.examples = orderOptions.examples;
  manifest.batch = orderOptions.batch;
  manifest.shuffle = orderOptions.shuffle;
  manifest.wrap = orderOptions.wrap;
  ExampleOrder::Position position = order->position(number);
  manifest.epoch = position.epoch;
  manifest.example = position.example;
  manifest.program = job.model->name;
  manifest.compiler = job.model->compiler;
  manifest.target = stepRunner.target();
  manifest.build = programBuildId();
  // The rows of the steps that the checkpoint has must not be lost after it.
  for (MetricsFile *file : {metricsFile.get(), evaluationFile.get()})
    if (file)
      if (Status status = file->sync(); !status.ok())
        return status;
  Result<std::string> path = store->save(std::move(manifest), weights, state);
  if (path.ok()) {
    savedStep = number;
    say("saved checkpoint " + quoted(*path) +
        format(" of step %lld", static_cast<long long>(number)));
    return {};
  }
  Status status = path.takeError();
  if (isLast)
    return status;
  // Training goes on: the next try may find room. What was saved before stays.
  note(status.message() + (savedStep >= 0
                               ? format("; the last one saved is of step %lld",
                                        static_cast<long long>(savedStep))
                               : std::string("; none is saved yet")));
  return {};
}

Status Trainer::finish(int64_t number) {
  bool stopped = number < total;
  if (store && savedStep != number)
    if (Status status = save(number, /*isLast=*/true); !status.ok())
      return status;
  if (!stopped)
    return {};
  if (!store)
    return Status(DS_FAILED,
                  format("stopped after step %lld of %lld, and nothing is "
                         "saved: there is no --checkpoint-dir",
                         static_cast<long long>(number),
                         static_cast<long long>(total)));
  note(format("stopped after step %lld of %lld; --resume latest goes on",
              static_cast<long long>(number), static_cast<long long>(total)));
  return {};
}

} // namespace ds
