//===- Shapes.h - sizes of nn values as SSA values ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_SHAPES_H
#define DS_DIALECTS_NN_SHAPES_H

#include "dialects/NN/NN.h"

namespace ds::nn {

/// Extent of dimension `dim` of `value`, traced through the ops that only pass
/// it on: an attribute where it is static there, else the `index` value that
/// some op was given as a size, else a `tensor.dim` of the tensor where the
/// trace ends. Equal extents come out as the same value where that can be seen.
mlir::OpFoldResult sizeOf(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Value value, int64_t dim);
llvm::SmallVector<mlir::OpFoldResult>
sizesOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value);

/// Whether both extents surely are the same. Makes no op.
bool haveSameSize(mlir::Value a, int64_t dimA, mlir::Value b, int64_t dimB);

/// Whether `size` surely is the extent of dimension `dim` of `value`. Makes no
/// op.
bool isSizeOf(mlir::Value size, mlir::Value value, int64_t dim);

/// Index arithmetic that folds constants.
mlir::OpFoldResult addSizes(mlir::OpBuilder &b, mlir::Location loc,
                            mlir::OpFoldResult x, mlir::OpFoldResult y);
mlir::OpFoldResult multiplySizes(mlir::OpBuilder &b, mlir::Location loc,
                                 mlir::OpFoldResult x, mlir::OpFoldResult y);
/// x / y, for x >= 0 and y > 0.
mlir::OpFoldResult divideSizes(mlir::OpBuilder &b, mlir::Location loc,
                               mlir::OpFoldResult x, mlir::OpFoldResult y);
/// The larger of `x` and 0.
mlir::OpFoldResult clampSize(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::OpFoldResult x);

/// The entries that are `index` values: what an op takes as sizes for a result
/// of `typeOfSizes`.
llvm::SmallVector<mlir::Value>
dynamicSizes(llvm::ArrayRef<mlir::OpFoldResult> sizes);
/// The tensor type of these sizes; values become `?`.
mlir::RankedTensorType typeOfSizes(llvm::ArrayRef<mlir::OpFoldResult> sizes,
                                   mlir::Type elementType);

/// `values` merged into `statics` at the entries that are
/// `ShapedType::kDynamic`.
llvm::SmallVector<mlir::OpFoldResult> mixed(mlir::OpBuilder &b,
                                            llvm::ArrayRef<int64_t> statics,
                                            mlir::ValueRange values);

} // namespace ds::nn

#endif // DS_DIALECTS_NN_SHAPES_H
