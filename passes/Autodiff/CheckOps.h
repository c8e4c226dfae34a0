//===- CheckOps.h - derivative rules at the values of a run ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_AUTODIFF_CHECKOPS_H
#define DS_PASSES_AUTODIFF_CHECKOPS_H

#include "passes/Autodiff/Differences.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace ds {

/// What was found out about the derivative rule of one op.
struct CheckedOp {
  enum class Kind {
    Compared,     ///< `outcome` says how it went
    NotSmooth,    ///< no derivative near these values
    NoDerivative, ///< it has no rule, or the rule does not apply
    TooLarge,     ///< more elements than the evaluator is given
    InLoop,       ///< it reads what a loop carries
  };
  mlir::Location loc;
  std::string name; ///< of the op, "nn.conv"
  Kind kind;
  DifferencesOutcome outcome;
};

/// Runs `function`, whose floats are f64, on `inputs` by the reference
/// evaluator, and holds the rule of each op that has floats on both sides
/// against differences at the values that reach it. Of equal ops on equal
/// shapes the first stands for all. Ops of more than `maxElements` are not run
/// again. Fails, with a diagnostic, when the function cannot be run.
mlir::FailureOr<std::vector<CheckedOp>>
checkOps(mlir::func::FuncOp function, llvm::ArrayRef<HostTensor> inputs,
         int64_t maxElements);

} // namespace ds

#endif // DS_PASSES_AUTODIFF_CHECKOPS_H
