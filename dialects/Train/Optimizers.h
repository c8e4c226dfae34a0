//===- Optimizers.h - the table of optimizers -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_TRAIN_OPTIMIZERS_H
#define DS_DIALECTS_TRAIN_OPTIMIZERS_H

#include "dialects/Train/Train.h"

#include "llvm/ADT/ArrayRef.h"

namespace ds::train {

/// Numbers that an optimizer is used with; which of them count is its formula's
/// matter.
struct OptimizerSettings {
  double learningRate = 1e-3;
  double momentum = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weightDecay = 0;
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
