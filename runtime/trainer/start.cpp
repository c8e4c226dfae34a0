//===- start.cpp - what comes before the first step -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/text.h"
#include "runtime/trainer/trainer.h"

#include <algorithm>

namespace ds {
namespace {

Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

long long wide(int64_t value) { return value; }

} // namespace

Status Trainer::openData() {
  const ds_function_t &function = job.function(job.step);
  Result<std::vector<RecordType>> types = job.records(function);
  if (!types.ok())
    return types.takeError();
  Result<Dataset> dataset = Dataset::open(options.data, DataPart::Training,
                                          std::move(*types), options.scales);
  if (!dataset.ok())
    return dataset.takeError().withContext("--data");
  data.emplace(std::move(*dataset));
  for (const std::string &text : data->notes())
    note(text);

  Result<int64_t> fixed = job.batch(function);
  if (!fixed.ok())
    return fixed.takeError();
  if (*fixed < 0 && !options.batch)
    return wrongUse("the job takes batches of any size; give one with "
                    "--batch N");
  if (*fixed >= 0 && options.batch && *options.batch != *fixed)
    return wrongUse(format("the job was compiled for batches of %lld, found "
                           "--batch %lld",
                           wide(*fixed), wide(*options.batch)));
  orderOptions.batch = *fixed >= 0 ? *fixed : *options.batch;
  orderOptions.examples = data->count();
  orderOptions.shuffle = options.shuffle;
  orderOptions.wrap = options.wrap.value_or(!options.shuffle);
  orderOptions.seed = options.seed.value_or(job.settings.seed);
  int64_t perEpoch = ExampleOrder(orderOptions).batchesPerEpoch();
  if (perEpoch == 0)
    return wrongUse(format("--data: expected at least %lld examples for a "
                           "batch, found %lld; --last-batch wrap takes some "
                           "of them twice",
                           wide(orderOptions.batch), wide(data->count())));
  if (options.steps)
    total = *options.steps;
  else if (__builtin_mul_overflow(options.epochs.value_or(1),
                                  orderOptions.wrap ? data->count() : perEpoch,
                                  &total))
    return wrongUse("option '--epochs' expects fewer epochs");
  if (!options.steps && orderOptions.wrap) // epochs of examples, not of batches
    total = (total + orderOptions.batch - 1) / orderOptions.batch;
  return {};
}

Status Trainer::openFunctions() {
  Result<TrainedValues> created =
      TrainedValues::create(*job.model, job.function(job.step));
  if (!created.ok())
    return created.takeError();
  values.emplace(std::move(*created));
  weights = values->weights();
  state = values->state();
  ds_instance_options_t instanceOptions{};
  instanceOptions.struct_size = sizeof instanceOptions;
  instanceOptions.check_numerics = options.checkNumerics;
  if (!options.codeVersion.empty())
    instanceOptions.code_version = options.codeVersion.c_str();
  if (Status status =
          stepRunner.open(job.step, *values, *data, instanceOptions);
      !status.ok())
    return status;
  lossMetric = stepRunner.metric("loss");
  if (lossMetric < 0)
    return Status(DS_UNSUPPORTED, "the job's step has no metric 'loss'");
  schedule = job.settings.schedule;
  schedule.base = options.learningRate.value_or(schedule.base);
  schedule.total = schedule.total > 0 ? schedule.total : total;
  if (options.evaluation.empty())
    return {};
  if (!job.evaluate)
    return Status(DS_UNSUPPORTED,
                  "option '--eval' needs a job with the function 'evaluate'");
  Result<std::vector<RecordType>> types =
      job.records(job.function(*job.evaluate));
  if (!types.ok())
    return types.takeError();
  Result<Dataset> examples =
      Dataset::open(options.evaluation, DataPart::Evaluation, std::move(*types),
                    options.scales);
  if (!examples.ok())
    return examples.takeError().withContext("--eval");
  // Words that number classes must mean the same as in training.
  for (size_t i = 0; i < examples->inputs() && i < data->inputs(); ++i)
    if (examples->classes(i) != data->classes(i))
      return wrongUse(format("--eval: expected the %zu classes of --data, "
                             "found %zu classes, some of them others",
                             data->classes(i).size(),
                             examples->classes(i).size()));
  evaluation = std::make_unique<Evaluation>(job, std::move(*examples));
  if (Status status =
          evaluation->open(*values, orderOptions.batch, instanceOptions);
      !status.ok())
    return std::move(status).withContext("--eval");
  if (!evaluation->note().empty())
    note(evaluation->note());
  return {};
}

/// The run goes on exactly where the checkpoint was made, or not at all.
Status Trainer::resumeFrom(const Checkpoint &checkpoint) {
  const Manifest &manifest = checkpoint.manifest;
  std::string what = "checkpoint " + quoted(checkpoint.path);
  if (options.seed && *options.seed != manifest.seed)
    return wrongUse(what +
                    format(" was made with the seed %llu, found --seed %llu",
                           static_cast<unsigned long long>(manifest.seed),
                           static_cast<unsigned long long>(*options.seed)));
  auto text = [](int64_t examples, int64_t batch, bool shuffle, bool wrap) {
    return format("%lld examples in batches of %lld, %s, the last batch %s",
                  wide(examples), wide(batch),
                  shuffle ? "shuffled" : "in order",
                  wrap ? "wrapped" : "dropped");
  };
  std::string expected = text(manifest.examples, manifest.batch,
                              manifest.shuffle, manifest.wrap),
              found = text(orderOptions.examples, orderOptions.batch,
                           orderOptions.shuffle, orderOptions.wrap);
  if (expected != found)
    return wrongUse(what + " was made with other data: expected " + expected +
                    "; found " + found);
  if (Status status = values->restore(checkpoint); !status.ok())
    return status;
  orderOptions.seed = manifest.seed;
  std::string build = programBuildId();
  if (manifest.build != build)
    note(what + " was made by another build of the program (" +
         manifest.build.substr(0, 12) + ", this is " + build.substr(0, 12) +
         "): the run goes on, but its bits may differ");
  done = savedStep = manifest.step;
  if (checkpoint.path.rfind('/') == std::string::npos ||
      checkpoint.path.substr(0, checkpoint.path.rfind('/')) !=
          options.checkpointDirectory)
    savedStep = -1; // it lies elsewhere
  say("resumed from " + what.substr(std::string("checkpoint ").size()) +
      format(" of step %lld", wide(done)));
  return {};
}

Status Trainer::openCheckpoints() {
  if (!options.checkpointDirectory.empty()) {
    store = std::make_unique<CheckpointStore>(
        environment.files, options.checkpointDirectory, options.keep);
    if (Status status = store->open(); !status.ok())
      return status;
  }
  std::vector<std::string> skipped;
  Status status;
  if (options.resume == "latest") {
    Result<std::optional<Checkpoint>> latest =
        findLatestCheckpoint(options.checkpointDirectory, skipped);
    for (const std::string &text : skipped)
      note(text);
    if (!latest.ok())
      return latest.takeError();
    if (*latest)
      status = resumeFrom(**latest);
    else if (!skipped.empty())
      return Status(DS_BAD_FILE, "none of the checkpoints in " +
                                     quoted(options.checkpointDirectory) +
                                     " verifies; --resume none starts anew");
  } else if (options.resume != "none") {
    Result<Checkpoint> checkpoint = openCheckpoint(options.resume, skipped);
    for (const std::string &text : skipped)
      note(text);
    if (!checkpoint.ok())
      return checkpoint.takeError();
    status = resumeFrom(*checkpoint);
  } else if (store) {
    Result<std::string> moved = store->setAside();
    if (!moved.ok())
      return moved.takeError();
    if (!moved->empty())
      note("the checkpoints of an earlier run are in " + quoted(*moved) +
           " now; --resume latest would have gone on from them");
  }
  order.emplace(orderOptions);
  return status;
}

Status Trainer::openLogs() {
  std::span<const std::string> names = stepRunner.metricNames();
  std::vector<std::string> columns = {"step", "loss", "lr"};
  for (size_t i = 0; i < names.size(); ++i)
    if (static_cast<int32_t>(i) != lossMetric)
      columns.push_back(names[i]);
  if (options.logDirectory.empty())
    return {};
  if (Status status = makeDirectories(environment.files, options.logDirectory);
      !status.ok())
    return status;
  for (size_t i = 1; i < columns.size(); ++i)
    tags.push_back("train/" + columns[i]);
  metricsFile = std::make_unique<MetricsFile>(environment.files);
  if (Status status = metricsFile->open(options.logDirectory + "/metrics.csv",
                                        columns, done);
      !status.ok())
    return status;
  if (metricsFile->lastStep() < done)
    note(format("metrics.csv ends with step %lld, the run goes on after step "
                "%lld",
                wide(metricsFile->lastStep()), wide(done)));
  if (evaluation) {
    columns = {"step"};
    for (const std::string &name : evaluation->names()) {
      columns.push_back(name);
      evaluationTags.push_back("eval/" + name);
    }
    evaluationFile = std::make_unique<MetricsFile>(environment.files);
    if (Status status = evaluationFile->open(
            options.logDirectory + "/evaluation.csv", columns, done);
        !status.ok())
      return status;
  }
  size_t most = std::max(tags.size(), evaluationTags.size());
  row.reserve(most);
  scalars.reserve(most);
  eventFile = std::make_unique<EventFile>(environment.files);
  return eventFile->open(options.logDirectory, done + 1);
}

} // namespace ds
