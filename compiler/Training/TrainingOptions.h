//===- TrainingOptions.h - what a training job is made with ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_TRAINING_TRAININGOPTIONS_H
#define DS_COMPILER_TRAINING_TRAININGOPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// The options behind --train. Numbers that are not set take the optimizer's
/// defaults.
struct TrainingOptions {
  /// A name of the table in Losses.cpp, or "none": the model ends in its loss.
  std::string loss;
  /// The model's output that meets the truth; empty: its only one.
  std::string output;
  /// The name of the truth among the job's inputs.
  std::string label = "label";
  /// The axis of the output that holds the scores; unset: the last.
  std::optional<int64_t> classAxis;
  double labelSmoothing = 0;
  std::optional<int64_t> ignoreLabel;

  /// Regular expressions for names of initialisers.
  std::vector<std::string> freeze, trainable;
  bool freezeBatchNorm = false;
  bool noDropout = false;

  /// A name of the table in dialects/Train/Optimizers.cpp.
  std::string optimizer = "sgd";
  std::optional<double> learningRate, momentum, beta1, beta2, eps, weightDecay;
  /// The largest Euclidean norm of all gradients together; larger ones are
  /// scaled down to it.
  std::optional<double> clipNorm;
  /// Batches whose gradients are averaged before a step.
  int64_t accumulate = 1;

  /// constant, linear, cosine or step; the runtime computes it.
  std::string schedule = "constant";
  int64_t warmup = 0;
  int64_t scheduleSteps = 0;
  double scheduleGamma = 0.1;
};

} // namespace ds

#endif // DS_COMPILER_TRAINING_TRAININGOPTIONS_H
