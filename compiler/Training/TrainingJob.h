//===- TrainingJob.h - from a forward model to a training job -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_TRAINING_TRAININGJOB_H
#define DS_COMPILER_TRAINING_TRAININGJOB_H

#include "compiler/Training/TrainingOptions.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace ds {

/// What became of the model's initialisers.
struct TrainingSummary {
  /// An optimizer changes these.
  std::vector<std::string> trained;
  /// The model changes these: running statistics.
  std::vector<std::string> states;
  /// No gradient reaches these: they stay constants.
  std::vector<std::string> unreached;
};

/// Turns `model` into a training job, in place: a module with the functions
///
///   @step(data..., label, parameters..., state..., slots..., lr, step, key)
///       -> (loss, grad_norm?, parameters'..., state'..., slots'...)
///   @evaluate(data..., label, mask, parameters..., state...)
///       -> (loss, accuracy?, count)
///
/// whose arguments and results carry `ds.name`, `ds.role` (parameter, state,
/// hyper, metric), `ds.default` or `ds.zero_default`, and `ds.donor` (the
/// argument that a result replaces). `model` has one function `@main` as an
/// import for training makes it: parameters under `train.parameter`, new values
/// of running statistics as results with the role "state". `inference` is the
/// same model as it is used after training. Gradients are asked for by
/// `train.vjp`; the settings that the runtime needs go into `ds.metadata`.
///
/// Fails with a diagnostic.
mlir::FailureOr<TrainingSummary>
buildTrainingJob(mlir::ModuleOp model, mlir::ModuleOp inference,
                 const TrainingOptions &options);

} // namespace ds

#endif // DS_COMPILER_TRAINING_TRAININGJOB_H
