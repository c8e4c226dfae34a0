//===- options.cpp - the command line of a training job -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/options.h"

#include "runtime/base/parallel_for.h"
#include "runtime/base/text.h"
#include "runtime/program/option_table.h"

#include <charconv>
#include <cmath>

namespace ds {
namespace {

using enum OptionValue;

/// In the order of --help.
constexpr OptionRow Table[] = {
    {"--data", Required, "SPEC", "the examples to train on; see below", "Data"},
    {"--eval", Required, "SPEC", "the examples to evaluate on, each epoch",
     "Data"},
    {"--scale", Required, "NAME=FACTOR[+OFFSET]",
     "multiply an input's numbers, such as x=1/255 or x=1/127.5-1", "Data"},
    {"--shuffle", Required, "on|off",
     "off: in order, wrapping round (default: on)", "Data"},
    {"--last-batch", Required, "drop|wrap",
     "a batch that the epoch does not fill: drop it, or fill it from the next "
     "epoch (default: drop, wrap without shuffling)",
     "Data"},
    {"--batch", Required, "N",
     "examples in a batch, where the job leaves it open", "Data"},
    {"--epochs", Required, "N", "how often to go through the data (default: 1)",
     "Training"},
    {"--steps", Required, "N", "how many steps to do in all, instead",
     "Training"},
    {"--seed", Required, "N", "of the order and of random numbers", "Training"},
    {"--lr", Required, "X", "the learning rate that the schedule starts from",
     "Training"},
    {"--checkpoint-dir", Required, "DIR", "where checkpoints go",
     "Checkpoints and logs"},
    {"--checkpoint-every", Required, "N",
     "steps between checkpoints; there is always one after the last step",
     "Checkpoints and logs"},
    {"--keep", Required, "N", "checkpoints that stay; 0: all (default: 3)",
     "Checkpoints and logs"},
    {"--resume", Required, "latest|PATH|none",
     "go on from the newest checkpoint that verifies, or from this one "
     "(default: none)",
     "Checkpoints and logs"},
    {"--log-dir", Required, "DIR",
     "where metrics.csv, evaluation.csv and TensorBoard's files go",
     "Checkpoints and logs"},
    {"--ranks", Required, "N", "processes that train together (default: 1)",
     "Machine", 'n'},
    {"--hosts", Required, "A,B,...", "machines for the ranks", "Machine"},
    {"--timeout", Required, "SECONDS", "how long ranks wait for each other",
     "Machine"},
    {"--threads", Required, "N",
     "threads to use (default: the CPUs this process may use)", "Machine"},
    {"--device", Required, "cpu|cuda|mock", "where to run (default: cpu)",
     "Machine"},
    {"--code-version", Required, "CPU",
     "run the code for this CPU (default: the best that the machine can run)",
     "Machine"},
    {"--check-numerics", None, "",
     "stop at the first NaN or Inf and name its node", "Looking inside"},
    {"--describe", None, "", "print what the job takes; run nothing",
     "Looking inside"},
    {"--json", None, "", "with --describe: print JSON", "Looking inside"},
    {"--quiet", None, "", "no progress", "General", 'q'},
    {"--help", None, "", "print this text", "General", 'h'},
    {"--version", None, "", "print the versions of job compiler and runtime",
     "General"},
};

constexpr std::string_view Devices[] = {"cpu", "cuda", "mock"};
constexpr std::string_view OnOff[] = {"on", "off"};
constexpr std::string_view LastBatch[] = {"drop", "wrap"};

Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

/// Takes a number from the front of `text`.
bool takeReal(std::string_view &text, double &value) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value))
    return false;
  text.remove_prefix(end - text.data());
  return true;
}

/// FACTOR, NUMBER/NUMBER, and either with +NUMBER or -NUMBER behind it.
std::optional<Scale> parseScale(std::string_view text) {
  Scale scale;
  if (!takeReal(text, scale.factor))
    return std::nullopt;
  if (text.starts_with('/')) {
    double divisor = 0;
    text.remove_prefix(1);
    if (!takeReal(text, divisor) || divisor == 0)
      return std::nullopt;
    scale.factor /= divisor;
  }
  if (text.empty())
    return scale;
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  else if (!text.starts_with('-'))
    return std::nullopt;
  if (!takeReal(text, scale.offset) || !text.empty())
    return std::nullopt;
  return scale;
}

Status addScale(TrainerOptions &options, const GivenOption &option) {
  size_t equals = option.value.rfind('=');
  std::optional<Scale> scale =
      equals == std::string_view::npos
          ? std::nullopt
          : parseScale(option.value.substr(equals + 1));
  if (!scale)
    return wrongUse("option '--scale' expects NAME=FACTOR, NAME=A/B, or either "
                    "with +OFFSET or -OFFSET behind it, found " +
                    quoted(option.value));
  std::string name(option.value.substr(0, equals));
  for (const auto &[other, otherScale] : options.scales)
    if (other == name)
      return wrongUse("option '--scale' is given twice for the input " +
                      quoted(name));
  options.scales.emplace_back(std::move(name), *scale);
  return {};
}

/// Options whose value is a number go to their place.
Status applyNumber(TrainerOptions &options, const GivenOption &option) {
  auto read = [&](auto &place, int64_t least,
                  int64_t most = INT64_MAX) -> Status {
    Result<int64_t> value = numberOption(option, least, most);
    if (!value.ok())
      return value.takeError();
    place = *value;
    return {};
  };
  constexpr int64_t MaxSteps = int64_t{1} << 40;
  std::string_view name = option.name;
  if (name == "--batch")
    return read(options.batch, 1, int64_t{1} << 30);
  if (name == "--epochs")
    return read(options.epochs, 1, MaxSteps);
  if (name == "--steps")
    return read(options.steps, 1, MaxSteps);
  if (name == "--seed")
    return read(options.seed, 0);
  if (name == "--checkpoint-every")
    return read(options.checkpointEvery, 1);
  if (name == "--keep")
    return read(options.keep, 0);
  if (name == "--ranks")
    return read(options.ranks, 1);
  if (name == "--timeout")
    return read(options.timeout, 1);
  return read(options.threads, 1, MaxThreads);
}

Status apply(TrainerOptions &options, const GivenOption &option) {
  auto [name, value] = option;
  auto choose = [&](std::span<const std::string_view> choices,
                    auto use) -> Status {
    Status status = checkChoice(option, choices);
    if (status.ok())
      use();
    return status;
  };
  if (name == "--data") {
    options.data = value;
  } else if (name == "--eval") {
    options.evaluation = value;
  } else if (name == "--scale") {
    return addScale(options, option);
  } else if (name == "--shuffle") {
    return choose(OnOff, [&] { options.shuffle = option.value == "on"; });
  } else if (name == "--last-batch") {
    return choose(LastBatch, [&] { options.wrap = option.value == "wrap"; });
  } else if (name == "--device") {
    return choose(Devices, [&] { options.device = option.value; });
  } else if (name == "--lr") {
    double rate = 0;
    if (!takeReal(value, rate) || !value.empty() || rate < 0)
      return wrongUse("option '--lr' expects a number from 0, found " +
                      quoted(option.value));
    options.learningRate = rate;
  } else if (name == "--checkpoint-dir") {
    options.checkpointDirectory = value;
  } else if (name == "--resume") {
    options.resume = value;
  } else if (name == "--log-dir") {
    options.logDirectory = value;
  } else if (name == "--hosts") {
    options.hosts = value;
  } else if (name == "--code-version") {
    options.codeVersion = value;
  } else if (name == "--check-numerics") {
    options.checkNumerics = true;
  } else if (name == "--describe") {
    options.describe = true;
  } else if (name == "--json") {
    options.json = true;
  } else if (name == "--quiet") {
    options.quiet = true;
  } else if (name == "--help") {
    options.help = true;
  } else if (name == "--version") {
    options.version = true;
  } else {
    return applyNumber(options, option);
  }
  return {};
}

} // namespace

Result<TrainerOptions> parseTrainerOptions(std::span<const char *const> words) {
  TrainerOptions options;
  Result<CommandLine> line = splitCommandLine(words, Table);
  if (!line.ok())
    return line.takeError();
  options.arguments = std::move(line->arguments);
  for (const GivenOption &option : line->options)
    if (Status status = apply(options, option); !status.ok())
      return status;
  if (options.json && !options.describe)
    return wrongUse("option '--json' needs '--describe'");
  return options;
}

Status checkTrainerOptions(const TrainerOptions &options) {
  if (options.data.empty())
    return wrongUse("no data are given; give them with --data SPEC");
  if (options.epochs && options.steps)
    return wrongUse("expected one of '--epochs' and '--steps', found both");
  bool resumes = options.resume != "none";
  if (options.checkpointDirectory.empty() &&
      (options.checkpointEvery > 0 || options.resume == "latest"))
    return wrongUse(std::string("option '") +
                    (resumes ? "--resume latest" : "--checkpoint-every") +
                    "' needs '--checkpoint-dir'");
  if (options.ranks > 1 || !options.hosts.empty())
    return Status(
        DS_UNSUPPORTED,
        options.ranks > 1
            ? format("expected 1 rank, found %lld: this job was "
                     "compiled without collectives",
                     static_cast<long long>(options.ranks))
            : "option '--hosts' needs several ranks, and this job was "
              "compiled without collectives");
  if (options.device != "cpu")
    return Status(DS_UNSUPPORTED,
                  "the job was compiled for the device 'cpu', it cannot run "
                  "on " +
                      quoted(options.device));
  return {};
}

std::string trainerUsage(std::string_view program) {
  std::string name(program);
  return "usage: " + name + " --data SPEC [options]\n" + optionsHelp(Table) +
         "\nSPEC is a path, or NAME=PATH,NAME=PATH,... with a file for each "
         "input and the label:\n"
         "  FILE.npz, FILE.safetensors   arrays by input name; the first axis "
         "counts examples\n"
         "  FILE.csv                     a header; an input takes the column "
         "of its name, or NAME.0,\n"
         "                               NAME.1, ..., or all columns that are "
         "left; words number classes\n"
         "  a folder with an IDX pair    train-images-idx3-ubyte and "
         "train-labels-idx1-ubyte, plain or\n"
         "                               .gz; --eval takes t10k-... or "
         "test-... "
         "of it\n"
         "  a folder of folders          PNG and JPEG files, a folder for each "
         "class\n"
         "  FILE.npy, an IDX file        one array, for NAME=PATH; IDX plain "
         "or .gz\n"
         "Integers become floating-point numbers as they are (pixels: 0 to "
         "255) unless --scale says otherwise.\n"
         "\nExamples:\n  " +
         name +
         " --data train.npz --eval test.npz --epochs 10 --log-dir logs\n  " +
         name +
         " --data fashion-mnist --scale x=1/255 --checkpoint-dir ckpt "
         "--checkpoint-every 500 --resume latest\n  " +
         name +
         " --data x=images.gz,label=labels.gz --shuffle off --steps 100\n"
         "\nExit codes: 0 success, or stopped by Ctrl-C or SIGTERM with a "
         "checkpoint saved; 1 the run failed;\n2 wrong use; 3 unsupported; 4 "
         "malformed file.\n";
}

} // namespace ds
