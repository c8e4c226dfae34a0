//===- NNInternal.h - what the op families share --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_NNINTERNAL_H
#define DS_DIALECTS_NN_NNINTERNAL_H

#include "dialects/NN/NN.h"
#include "dialects/NN/Shapes.h"

#include <limits>

namespace ds::nn {

inline mlir::RankedTensorType tensorTypeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// Every extent of the result is static or passed on from elsewhere, as
/// `sizeOf` traces it.
mlir::LogicalResult reifyPassedOn(mlir::OpBuilder &b, mlir::Operation *op,
                                  mlir::ReifiedRankedShapedTypeDims &dims);

/// Adds the sizes of `result` to `dims`, as constants where the type is dynamic
/// and as attributes where it is static.
void addReified(mlir::OpBuilder &b, mlir::Value result,
                llvm::ArrayRef<mlir::OpFoldResult> sizes,
                mlir::ReifiedRankedShapedTypeDims &dims);

/// There is one size per dynamic extent of the result.
mlir::LogicalResult verifySizes(mlir::Operation *op, mlir::ValueRange sizes,
                                mlir::Value result);

/// `axis` is a dimension of a tensor of this rank.
mlir::LogicalResult verifyAxis(mlir::Operation *op, int64_t axis, int64_t rank);

/// `dims` are dimensions of a tensor of this rank, strictly increasing.
mlir::LogicalResult verifyIncreasing(mlir::Operation *op, llvm::StringRef name,
                                     llvm::ArrayRef<int64_t> dims,
                                     int64_t rank);

/// `values` has one entry per dimension (of `rank`), none below `lowest`.
mlir::LogicalResult
verifyPerDimension(mlir::Operation *op, llvm::StringRef name,
                   llvm::ArrayRef<int64_t> values, int64_t rank,
                   int64_t lowest = std::numeric_limits<int64_t>::min());

/// Both values have one element type.
mlir::LogicalResult verifySameElementType(mlir::Operation *op,
                                          llvm::StringRef nameA, mlir::Value a,
                                          llvm::StringRef nameB, mlir::Value b);

/// Whether every extent of the result surely is the operand's. They have one
/// rank.
bool hasOperandSizes(mlir::Value operand, mlir::Value result);

/// Attaches how ops work on transposed operands (LayoutOpInterface).
void attachLayoutModels(mlir::MLIRContext &context);

/// Whether `values` are 0, 1, 2, ...
bool isIdentity(llvm::ArrayRef<int64_t> values);

/// Whether `values` holds 0 ... rank - 1, each once.
bool isPermutation(llvm::ArrayRef<int64_t> values, int64_t rank);

} // namespace ds::nn

#endif // DS_DIALECTS_NN_NNINTERNAL_H
