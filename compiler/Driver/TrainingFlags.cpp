//===- TrainingFlags.cpp - the training options of ds-compile -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/OptionsInternal.h"
#include "compiler/Driver/Suggest.h"
#include "compiler/Training/Losses.h"
#include "dialects/Train/Optimizers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

#include <cmath>
#include <limits>
#include <tuple>

namespace ds {
namespace {

/// Reads values of one kind; the first that is wrong is kept.
class Reader {
public:
  explicit Reader(OptionValues &values) : values(values) {}

  bool has(const char *name) { return !values[name].empty(); }

  void name(const char *option, std::string &result,
            llvm::ArrayRef<llvm::StringRef> known) {
    if (!has(option))
      return;
    result = values[option].front();
    if (!llvm::is_contained(known, result))
      complain("'--" + std::string(option) +
               "' is unknown: " + expectedOneOf(result, known));
  }
  void text(const char *option, std::string &result) {
    if (!has(option))
      return;
    result = values[option].front();
    if (result.empty())
      complain("'--" + std::string(option) + "' expects a name, found nothing");
  }
  /// A number in [low, high), of which `low` itself is refused when `isOpen`.
  template <typename Number>
  void number(const char *option, Number &result, double low, double high,
              bool isOpen = false) {
    if (!has(option))
      return;
    llvm::StringRef text = values[option].front();
    double value = 0;
    bool bad = text.getAsDouble(value) || !(value >= low) || !(value < high) ||
               (isOpen && value == low);
    if (bad)
      complain("'--" + std::string(option) + "' expects a number " +
               range(low, high, isOpen) + ", found '" + text.str() + "'");
    result = value;
  }
  template <typename Integer>
  void integer(const char *option, Integer &result, int64_t low) {
    if (!has(option))
      return;
    llvm::StringRef text = values[option].front();
    int64_t value = 0;
    if (text.getAsInteger(10, value) || value < low)
      complain("'--" + std::string(option) + "' expects an integer" +
               (low == std::numeric_limits<int64_t>::min()
                    ? std::string()
                    : " of at least " + std::to_string(low)) +
               ", found '" + text.str() + "'");
    result = value;
  }
  void expressions(const char *option, std::vector<std::string> &result) {
    result = values[option];
    for (const std::string &text : result) {
      std::string reason;
      if (!llvm::Regex(text).isValid(reason))
        complain("'--" + std::string(option) +
                 "' expects a regular expression, found '" + text +
                 "': " + reason);
    }
  }

  std::optional<UsageError> error;

private:
  static std::string range(double low, double high, bool isOpen) {
    std::string text = isOpen ? "above " : "of at least ";
    auto spell = [](double value) {
      return value == static_cast<int64_t>(value)
                 ? std::to_string(static_cast<int64_t>(value))
                 : std::to_string(value);
    };
    text += spell(low);
    return std::isinf(high) ? text : text + " and below " + spell(high);
  }
  void complain(const std::string &message) {
    if (!error)
      error = UsageError{message};
  }

  OptionValues &values;
};

} // namespace

std::optional<UsageError> readTraining(OptionValues &values,
                                       DriverOptions &options) {
  if (values["train"].empty()) {
    // Options of training without training had no effect: say so.
    for (const OptionRow &row : optionTable())
      if (llvm::StringRef(row.group) == "Training" && !values[row.name].empty())
        return UsageError{"'--" + std::string(row.name) +
                          "' describes a training job: it needs --train"};
    return std::nullopt;
  }
  TrainingOptions &training = options.training.emplace();
  Reader reader(values);
  llvm::SmallVector<llvm::StringRef> losses = lossNames(), optimizers;
  losses.push_back("none");
  for (const train::Optimizer &optimizer : train::optimizers())
    optimizers.push_back(optimizer.name);
  constexpr double Infinity = std::numeric_limits<double>::infinity();
  constexpr int64_t Lowest = std::numeric_limits<int64_t>::min();
  reader.name("loss", training.loss, losses);
  reader.text("output", training.output);
  reader.text("label", training.label);
  reader.integer("class-axis", training.classAxis, Lowest);
  reader.number("label-smoothing", training.labelSmoothing, 0, 1);
  reader.integer("ignore-label", training.ignoreLabel, Lowest);
  reader.expressions("freeze", training.freeze);
  reader.expressions("trainable", training.trainable);
  training.freezeBatchNorm = reader.has("freeze-batch-norm");
  training.noDropout = reader.has("no-dropout");
  reader.name("optimizer", training.optimizer, optimizers);
  reader.number("lr", training.learningRate, 0, Infinity);
  reader.name("lr-schedule", training.schedule,
              {"constant", "linear", "cosine", "step"});
  reader.integer("lr-step-size", training.scheduleSteps, 1);
  reader.number("lr-gamma", training.scheduleGamma, 0, Infinity, true);
  reader.integer("warmup", training.warmup, 0);
  reader.number("momentum", training.momentum, 0, 1);
  reader.number("beta1", training.beta1, 0, 1);
  reader.number("beta2", training.beta2, 0, 1);
  reader.number("eps", training.eps, 0, Infinity);
  reader.number("weight-decay", training.weightDecay, 0, Infinity);
  reader.number("clip-norm", training.clipNorm, 0, Infinity, true);
  reader.integer("accumulate", training.accumulate, 1);
  if (reader.error)
    return reader.error;
  if (training.loss.empty())
    return UsageError{"'--train' needs a loss: give one with --loss (see "
                      "--help)"};
  if (training.schedule == "step" && training.scheduleSteps == 0)
    return UsageError{"'--lr-schedule step' needs --lr-step-size"};
  for (const char *option : {"label-smoothing", "ignore-label", "class-axis"})
    if (reader.has(option) && !takesClasses(training))
      return UsageError{"'--" + std::string(option) +
                        "' is for losses of classes, not for '--loss " +
                        training.loss + "'"};
  // PyTorch's SGD is both; here the one with memory has a name of its own.
  if (training.optimizer == "sgd" && training.momentum) {
    if (*training.momentum > 0)
      training.optimizer = "momentum";
    else
      training.momentum.reset();
  }
  const train::OptimizerSettings &settings =
      train::findOptimizer(training.optimizer)->defaults;
  for (auto [option, given, known] :
       {std::tuple("momentum", &training.momentum, &settings.momentum),
        std::tuple("beta1", &training.beta1, &settings.beta1),
        std::tuple("beta2", &training.beta2, &settings.beta2),
        std::tuple("eps", &training.eps, &settings.eps)})
    if (*given && !*known)
      return UsageError{"'--" + std::string(option) +
                        "' is no setting of '--optimizer " +
                        training.optimizer + "'"};
  if (!values["save-config"].empty()) {
    options.configFile = values["save-config"].front();
    options.configText = spellTraining(values);
  }
  return std::nullopt;
}

std::string spellTraining(const OptionValues &values) {
  auto quoted = [](const std::string &text) {
    std::string result = "\"";
    for (char c : text) {
      if (c == '"' || c == '\\')
        result += '\\';
      result += c;
    }
    return result + "\"";
  };
  std::string text;
  for (const OptionRow &row : optionTable()) {
    llvm::StringRef name = row.name;
    auto found = values.find(row.name);
    if (llvm::StringRef(row.group) != "Training" || name.ends_with("config") ||
        found == values.end() || found->second.empty())
      continue;
    text += row.name + std::string(" = ");
    if (row.arity == Arity::Flag) {
      text += "true\n";
      continue;
    }
    if (row.arity == Arity::Many)
      text += "[";
    for (size_t i = 0; i < found->second.size(); ++i)
      text += (i > 0 ? ", " : "") + quoted(found->second[i]);
    text += row.arity == Arity::Many ? "]\n" : "\n";
  }
  return text;
}

} // namespace ds
