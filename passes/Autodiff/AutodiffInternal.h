//===- AutodiffInternal.h - what the rules of control flow share ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_AUTODIFF_AUTODIFFINTERNAL_H
#define DS_PASSES_AUTODIFF_AUTODIFFINTERNAL_H

#include "dialects/Interfaces/Interfaces.h"
#include "passes/Autodiff/Autodiff.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace ds::autodiff {

/// The values that depend on `inputs` by the differentiable ops among `ops`,
/// `inputs` included.
llvm::DenseSet<mlir::Value> findActive(llvm::ArrayRef<mlir::Operation *> ops,
                                       mlir::ValueRange inputs);

/// Values from outside of `regions` that they use and whose cotangents are
/// wanted, in the order of use.
llvm::SetVector<mlir::Value>
findWantedCaptures(Gradients &gradients,
                   llvm::ArrayRef<mlir::Region *> regions);

/// Copies the ops of `block` but its terminator to the insertion point, on
/// mapped values. Returns the copies; the mapping knows their results.
llvm::SmallVector<mlir::Operation *>
cloneBody(mlir::OpBuilder &b, mlir::Block &block, mlir::IRMapping &mapping);

/// Erases what nobody uses, from the last op to the first. Stand-ins
/// (`unrealized_conversion_cast`) are left to those who made them.
void eraseDead(llvm::ArrayRef<mlir::Operation *> ops);
void eraseDead(mlir::Block &block);

/// Erases the terminator that a builder of an upstream op may have put into a
/// new block.
void clearBlock(mlir::Block &block);

void registerBranchDerivatives(mlir::DialectRegistry &registry);
void registerLoopDerivatives(mlir::DialectRegistry &registry);

} // namespace ds::autodiff

#endif // DS_PASSES_AUTODIFF_AUTODIFFINTERNAL_H
