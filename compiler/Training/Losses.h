//===- Losses.h - the table of losses -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_TRAINING_LOSSES_H
#define DS_COMPILER_TRAINING_LOSSES_H

#include "compiler/Training/TrainingOptions.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace ds {

/// Names of the losses, without "none".
llvm::SmallVector<llvm::StringRef> lossNames();

/// The type of the truth for an output of type `output`: classes (i64, without
/// the axis of the scores), or values of its type. Says what is wrong with the
/// output in `error` and yields null.
mlir::RankedTensorType labelType(const TrainingOptions &options,
                                 mlir::RankedTensorType output,
                                 std::string &error);

/// Whether the truth is classes, of which a range is known.
bool takesClasses(const TrainingOptions &options);
/// The number of classes, or dynamic.
int64_t classCount(const TrainingOptions &options,
                   mlir::RankedTensorType output);

/// Rank-0 tensors of the type that the loss is computed in.
struct LossValues {
  mlir::Value loss;
  /// Null where nothing can be right or wrong.
  mlir::Value accuracy;
  /// The sum of the weights that loss and accuracy are means by.
  mlir::Value count;
};

/// Emits the mean loss of `output` against `label`. `mask` (null: none) has one
/// number per example, with which it counts; examples whose label is ignored
/// count nothing. Accuracy and count only when `withMetrics`.
LossValues emitLoss(mlir::OpBuilder &b, mlir::Location loc,
                    const TrainingOptions &options, mlir::Value output,
                    mlir::Value label, mlir::Value mask, bool withMetrics);

} // namespace ds

#endif // DS_COMPILER_TRAINING_LOSSES_H
