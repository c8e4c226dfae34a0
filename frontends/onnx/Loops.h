//===- Loops.h - structured control flow on tensors
//------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_LOOPS_H
#define DS_FRONTENDS_ONNX_LOOPS_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// Makes the body of one iteration: position and states in; states, then scan
/// values, out. It may be called more than once, since sizes that turn out to
/// change need another attempt.
using LoopBody =
    llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>(
        mlir::OpFoldResult position, llvm::ArrayRef<mlir::Value> states)>;

/// A loop of `count` iterations. Returns the final states, then per scan value
/// the values of all iterations stacked on a new first axis (in reverse where
/// `reversed` says so).
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildFor(NodeContext &n, mlir::OpFoldResult count,
         llvm::ArrayRef<mlir::Value> init, llvm::ArrayRef<bool> reversed,
         LoopBody body);

/// A loop that ends before `bound` (if any) or when its condition, the first of
/// what the body returns (a rank-0 boolean), no longer holds. Scan values are
/// stacked as above.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildWhile(NodeContext &n, std::optional<mlir::OpFoldResult> bound,
           mlir::OpFoldResult condition, llvm::ArrayRef<mlir::Value> init,
           unsigned numScans, LoopBody body);

/// Values made by one of two branches. Types that differ in extents are joined
/// to dynamic ones.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildIf(NodeContext &n, mlir::Value condition,
        llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>()>
            onTrue,
        llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>()>
            onFalse);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_LOOPS_H
