//===- StepFunction.h - one step of training as a function ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_TRAINING_STEPFUNCTION_H
#define DS_COMPILER_TRAINING_STEPFUNCTION_H

#include "compiler/Training/Parameters.h"
#include "compiler/Training/TrainingOptions.h"

namespace ds {

/// A model with its loss, as the step differentiates it:
///   @forward(data..., parameters and state..., key?) -> (loss, state'...)
struct LossFunction {
  mlir::func::FuncOp function;
  /// Attributes of the data arguments, label included.
  llvm::SmallVector<mlir::DictionaryAttr> data;
  llvm::SmallVector<Parameter> parameters;
  /// For each result behind the loss, which of `parameters` it replaces.
  llvm::SmallVector<unsigned> states;
  bool takesKey = false;
};

/// Makes `@step` at the end of the module that holds `loss`. Fails with a
/// diagnostic.
llvm::LogicalResult buildStep(const LossFunction &loss,
                              const TrainingOptions &options);

} // namespace ds

#endif // DS_COMPILER_TRAINING_STEPFUNCTION_H
