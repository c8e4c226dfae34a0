//===- Layout.h - reusable steps of topic Layout
//---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_LAYOUT_H
#define DS_PASSES_LAYOUT_LAYOUT_H

#include "dialects/NN/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace ds {

/// Replaces `op` by convolutions without pads, input dilation and batch groups,
/// and what prepares and joins them. An op that is one already is left alone.
/// On failure a diagnostic has been emitted and nothing was changed.
mlir::LogicalResult decomposeConv(mlir::RewriterBase &rewriter, nn::ConvOp op);

/// Gives `op` a border of its own in front of it where its windows would
/// otherwise leave the operand along the dimension of vectors. Other ops are
/// left alone.
void decomposePool(mlir::RewriterBase &rewriter, nn::PoolOp op);

/// Gives the block's convolutions, and what around them it is worth to,
/// features-last forms.
void moveLayouts(mlir::Block &block);

/// Transposes around `op`, if it computes a row at a time and its rows are not
/// innermost; returns whether it did, and then `op` is gone.
bool moveRowsInnermost(mlir::Operation *op);

/// Replaces the block's convolutions over windows of one position, features
/// last, by products; returns whether there were any.
bool replaceConvsByDots(mlir::Block &block);

} // namespace ds

#endif // DS_PASSES_LAYOUT_LAYOUT_H
