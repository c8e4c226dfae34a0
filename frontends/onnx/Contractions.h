//===- Contractions.h - matrix products and convolutions, for several families
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_CONTRACTIONS_H
#define DS_FRONTENDS_ONNX_CONTRACTIONS_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// Matrix product as NumPy's matmul has it (rank 1 sides, broadcast batch
/// dimensions), computed in `element`.
mlir::FailureOr<mlir::Value> matMul(NodeContext &n, mlir::Value lhs,
                                    mlir::Value rhs, mlir::Type element);

/// A window's attributes (`kernel_shape`, `strides`, `dilations`, `pads`,
/// `auto_pad`) for the spatial dimensions, which are all but the first two.
/// Pads may be index values when `auto_pad` asks for it and sizes are dynamic.
struct WindowAttributes {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  Sizes low, high;
  bool hasStaticPads() const;
  llvm::SmallVector<int64_t> staticLow() const;
  llvm::SmallVector<int64_t> staticHigh() const;
};

/// Reads and checks the attributes of a window of `kernel` (empty: from
/// `kernel_shape`) that moves over `x`.
mlir::FailureOr<WindowAttributes> readWindow(NodeContext &n, mlir::Value x,
                                             llvm::ArrayRef<int64_t> kernel);

/// Convolution of `x` (N C ...) with `filter` (M C/group ...) by the node's
/// attributes, computed in `element`.
mlir::FailureOr<mlir::Value> convolve(NodeContext &n, mlir::Value x,
                                      mlir::Value filter, mlir::Type element);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_CONTRACTIONS_H
