//===- Elementwise.h - converters that are one nn op
//-----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_ELEMENTWISE_H
#define DS_FRONTENDS_ONNX_ELEMENTWISE_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// The first two inputs, broadcast against each other. Before version 7 that
/// was asked for by attributes: `broadcast`, and `axis`, the dimension of the
/// first operand at which the second one starts.
llvm::FailureOr<llvm::SmallVector<mlir::Value>> binaryOperands(NodeContext &n);

/// `x` and `other` in one shape, which must be that of `x`: other is broadcast
/// to it, and may tell extents that x does not.
llvm::FailureOr<std::pair<mlir::Value, mlir::Value>>
broadcastOnto(NodeContext &n, mlir::Value x, mlir::Value other,
              llvm::StringRef what);

/// One operand, one nn op.
template <typename OpTy>
llvm::LogicalResult unary(NodeContext &n) {
  return n.set(n.g.emit<OpTy>(n.input(0)));
}

/// Two operands, broadcast, one nn op.
template <typename OpTy>
llvm::LogicalResult binary(NodeContext &n) {
  llvm::FailureOr<llvm::SmallVector<mlir::Value>> operands = binaryOperands(n);
  if (failed(operands))
    return llvm::failure();
  return n.set(n.g.emit<OpTy>((*operands)[0], (*operands)[1]));
}

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_ELEMENTWISE_H
