//===- main.cpp - the main of a training job ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options in, signals caught, one run; everything else is in the trainer.
//===----------------------------------------------------------------------===//
#include "runtime/base/parallel_for.h"
#include "runtime/base/text.h"
#include "runtime/program/describe.h"
#include "runtime/trainer/describe.h"
#include "runtime/trainer/trainer.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

using namespace ds;

/// Tells ds-run that this file is a training job, without running it.
__attribute__((section(".ds.job"), used, retain)) static const char JobMark[] =
    "ds-job 1";

static volatile sig_atomic_t stopRequested = 0;

/// The second signal ends the process: the handler is gone after the first.
static void requestStop(int) { stopRequested = 1; }

static void catchSignals() {
  struct sigaction action{};
  action.sa_handler = requestStop;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

static Status print(const std::string &text) {
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      fflush(stdout) != 0)
    return Status(DS_FAILED, format("cannot write to standard output: %s",
                                    strerror(errno)));
  return {};
}

static Status runJob(int argc, char **argv) {
  Result<TrainerOptions> options = parseTrainerOptions(
      {argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0)});
  if (!options.ok())
    return options.takeError();
  if (!options->arguments.empty())
    return Status(DS_WRONG_USE, "unexpected argument " +
                                    quoted(options->arguments.front()) +
                                    "; data are given as --data " +
                                    std::string(options->arguments.front()));
  if (options->help)
    return print(trainerUsage(argv[0]));
  if (options->version)
    return print(versionText());
  Result<Job> job = Job::find(ds_model);
  if (!job.ok())
    return job.takeError();
  if (options->describe)
    return print(options->json ? describeJobJson(*job) : describeJob(*job));
  if (Status status = checkTrainerOptions(*options); !status.ok())
    return status;
  setThreads(options->threads);
  catchSignals();
  Trainer trainer(*job, *options,
                  {FileSystem::real(), stdout, stderr,
                   isatty(STDERR_FILENO) != 0, stopRequested});
  return trainer.run();
}

int main(int argc, char **argv) {
  // A reader of our words that went away must not end the run unsaved.
  signal(SIGPIPE, SIG_IGN);
  Status status = runJob(argc, argv);
  if (!status.ok()) {
    bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    fprintf(stderr, "%serror:%s %s\n", colour ? "\033[1;31m" : "",
            colour ? "\033[0m" : "", status.message().c_str());
  }
  return status.code();
}
