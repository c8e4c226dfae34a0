//===- Fusion.h - grouping of ops
//------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_FUSION_FUSION_H
#define DS_PASSES_FUSION_FUSION_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <vector>

namespace ds {

/// Ops of one block that become one kernel, in the block's order.
struct FusionGroup {
  llvm::SmallVector<mlir::Operation *> members;
  /// Shape that the kernel's loops run over: that of elementwise members.
  llvm::SmallVector<int64_t> domain;
  /// Sizes of the domain, comparable.
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  /// A reduction whose result has the domain's shape and whose epilogue the
  /// elementwise members are.
  mlir::Operation *tile = nullptr;
  /// With row reductions: how many leading dimensions of the domain are rows;
  /// -1 without.
  int64_t rowDims = -1;
  /// Takes no further members.
  bool isClosed = false;
};

/// Sizes of ranked tensors as values or attributes; equal ones compare equal.
class ValueSizes {
public:
  /// Computes the sizes of all results of nn ops below `root`, in terms of
  /// values that are no nn results.
  static mlir::FailureOr<ValueSizes> compute(mlir::Operation *root);
  llvm::SmallVector<mlir::OpFoldResult> get(mlir::Value value) const;

private:
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::OpFoldResult>> sizes;
};

/// True for ops that are copied into each kernel that uses them instead of
/// being computed once: positions, broadcasts, splat constants, and arithmetic
/// on constants that folding left alone (a dequantised weight).
bool isRecomputed(mlir::Operation *op);

/// Partitions the nn ops of a block, recomputed ones aside.
std::vector<std::unique_ptr<FusionGroup>> formGroups(mlir::Block &block,
                                                     const ValueSizes &sizes);

} // namespace ds

#endif // DS_PASSES_FUSION_FUSION_H
