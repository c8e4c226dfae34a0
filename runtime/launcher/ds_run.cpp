//===- ds_run.cpp - the tool ds-run ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/launcher/ds_run.h"

#include "runtime/base/text.h"
#include "runtime/launcher/job_file.h"
#include "runtime/trainer/options.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

namespace ds {

static Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

static std::string usage(std::string_view program) {
  std::string name(program);
  return trainerUsage(name + " JOB") +
         "\nOn checkpoints; C is one, or a folder of them, and then the newest "
         "that verifies:\n  " +
         name +
         " export JOB --checkpoint C -o model.onnx            the trained "
         "model\n  " +
         name +
         " export JOB --checkpoint C -o weights.safetensors   its weights "
         "alone\n  " +
         name +
         " show C [--json]                                    what it holds\n";
}

Status launchJob(std::string_view program, std::span<char *const> words) {
  std::vector<const char *> constant(words.begin(), words.end());
  Result<TrainerOptions> options = parseTrainerOptions(constant);
  if (!options.ok())
    return options.takeError();
  if (options->help) {
    fputs(usage(program).c_str(), stdout);
    return {};
  }
  if (options->version) {
    printf("ds-run %s, runtime %u.%u\n", DS_VERSION, DS_RUNTIME_VERSION / 1000,
           DS_RUNTIME_VERSION % 1000);
    return {};
  }
  if (options->arguments.empty())
    return wrongUse("no training job is given; see --help");
  if (options->arguments.size() > 1)
    return wrongUse("unexpected argument " + quoted(options->arguments[1]) +
                    " behind the job " + quoted(options->arguments[0]));
  std::string job(options->arguments[0]);
  if (Status status = checkJobFile(job); !status.ok())
    return status;
  if (!options->describe)
    if (Status status = checkTrainerOptions(*options); !status.ok())
      return status;
  // The job takes the same options; only its own name is not among them.
  std::vector<char *> arguments = {job.data()};
  for (char *word : words)
    if (word != options->arguments[0].data())
      arguments.push_back(word);
  arguments.push_back(nullptr);
  execv(job.c_str(), arguments.data());
  return Status(DS_FAILED,
                "cannot run " + quoted(job) + ": " + strerror(errno));
}

int dsRunMain(int argc, char **argv) {
  std::string_view program = argc > 0 ? argv[0] : "ds-run";
  program = program.substr(program.rfind('/') + 1);
  std::span<char *const> words(argv + 1, argc > 0 ? argc - 1 : 0);
  std::string_view first = words.empty() ? "" : words.front();
  Status status = first == "export"
                      ? exportCheckpoint(program, words.subspan(1))
                  : first == "show" ? showCheckpoint(program, words.subspan(1))
                                    : launchJob(program, words);
  if (!status.ok()) {
    bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    fprintf(stderr, "%serror:%s %s\n", colour ? "\033[1;31m" : "",
            colour ? "\033[0m" : "", status.message().c_str());
  }
  return status.code();
}

} // namespace ds
