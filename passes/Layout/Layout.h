//===- Layout.h - reusable steps of topic Layout ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_LAYOUT_H
#define DS_PASSES_LAYOUT_LAYOUT_H

#include "dialects/NN/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace ds {

/// Replaces `op` by convolutions without pads, input dilation and batch groups, and what prepares and joins them. An op that is
/// one already is left alone. On failure a diagnostic has been emitted and nothing was changed.
mlir::LogicalResult decomposeConv(mlir::RewriterBase &rewriter, nn::ConvOp op);

} // namespace ds

#endif // DS_PASSES_LAYOUT_LAYOUT_H
