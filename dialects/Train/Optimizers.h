//===- Optimizers.h - the table of optimizers -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_TRAIN_OPTIMIZERS_H
#define DS_DIALECTS_TRAIN_OPTIMIZERS_H

#include "dialects/Train/Train.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>

namespace ds::train {

/// Numbers that an optimizer is used with; those that its formula does not have
/// are not there.
struct OptimizerSettings {
  double learningRate;
  std::optional<double> momentum, beta1, beta2, eps;
  double weightDecay;
};

struct Optimizer {
  llvm::StringLiteral name;
  /// Names of its values per parameter; they start as zeros.
  llvm::ArrayRef<llvm::StringLiteral> slots;
  OptimizerSettings defaults;
};

/// Every optimizer, in the order of the tools' contract.
llvm::ArrayRef<Optimizer> optimizers();

/// The one of that name, or null.
const Optimizer *findOptimizer(llvm::StringRef name);

/// Emits the formula of an update as nn ops at the insertion point of `b`.
/// Returns the new parameter and slots.
llvm::SmallVector<mlir::Value> emitUpdate(mlir::OpBuilder &b, UpdateOp update);

} // namespace ds::train

#endif // DS_DIALECTS_TRAIN_OPTIMIZERS_H
