//===- Layout.h - orders of dimensions, and ops that can change them
//-------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A moved tensor is a transposed one. Its order is a permutation as
// nn.transpose has it: dimension i of the moved tensor is dimension `order[i]`
// of the tensor. An empty order belongs to what is no tensor or has no
// dimensions.
//
//===----------------------------------------------------------------------===//
#ifndef DS_DIALECTS_INTERFACES_LAYOUT_H
#define DS_DIALECTS_INTERFACES_LAYOUT_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

#include <optional>

namespace ds {

/// Dimensions of an operand that become dimensions of the result, as a reshape
/// would have it: both lists are in order, and each side's elements are the
/// same. A side without dimensions stands for extents of 1, or for repeated or
/// reduced ones.
struct DimGroup {
  llvm::SmallVector<int64_t> operand;
  llvm::SmallVector<int64_t> result;
};

/// Orders of the operands and of the result of an op.
struct LayoutMove {
  llvm::SmallVector<llvm::SmallVector<int64_t>> operands;
  llvm::SmallVector<int64_t> result;
};

llvm::SmallVector<int64_t> identityOrder(int64_t rank);
bool isIdentityOrder(llvm::ArrayRef<int64_t> order);
/// `type` with its dimensions in this order.
mlir::RankedTensorType movedType(mlir::RankedTensorType type,
                                 llvm::ArrayRef<int64_t> order);
/// The permutation that takes a tensor in order `from` to order `to`.
llvm::SmallVector<int64_t> orderBetween(llvm::ArrayRef<int64_t> from,
                                        llvm::ArrayRef<int64_t> to);
/// Whether a transpose of `type` moves elements, and not only dimensions of
/// extent 1.
bool movesData(mlir::RankedTensorType type,
               llvm::ArrayRef<int64_t> permutation);

/// The move of an op (elementwise, or with the interface) that takes operand
/// `number`, or that yields the result, in this order. Nothing when the op
/// cannot, or declines.
std::optional<LayoutMove> moveFromOperand(mlir::Operation *op, unsigned number,
                                          llvm::ArrayRef<int64_t> order);
std::optional<LayoutMove> moveFromResult(mlir::Operation *op,
                                         llvm::ArrayRef<int64_t> order);
/// The moved result of the op on `operands`, which are moved already.
mlir::Value rebuildMoved(mlir::OpBuilder &b, mlir::Operation *op,
                         const LayoutMove &move, mlir::ValueRange operands);

} // namespace ds

#include "dialects/Interfaces/LayoutOpInterface.h.inc"

#endif // DS_DIALECTS_INTERFACES_LAYOUT_H
