//===- Emitter.h - nn ops that derivative rules are made of ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_DERIVATIVES_EMITTER_H
#define DS_DIALECTS_NN_DERIVATIVES_EMITTER_H

#include "dialects/NN/Derivatives/Expression.h"
#include "dialects/NN/Shapes.h"

namespace ds::nn::derivatives {

using Sizes = llvm::SmallVector<mlir::OpFoldResult>;
using Dims = llvm::SmallVector<int64_t>;

/// Makes ops at one place. Nothing is emitted for what changes nothing.
class Emitter {
public:
  Emitter(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}
  explicit Emitter(Gradients &gradients)
      : Emitter(gradients.b, gradients.loc) {}

  Expression formula(mlir::Value value) const { return {b, loc, value}; }
  Sizes sizes(mlir::Value value) const { return sizesOf(b, loc, value); }
  mlir::OpFoldResult size(mlir::Value value, int64_t dim) const {
    return sizeOf(b, loc, value, dim);
  }
  mlir::OpFoldResult attr(int64_t value) const { return b.getIndexAttr(value); }
  mlir::OpFoldResult add(mlir::OpFoldResult x, mlir::OpFoldResult y) const {
    return addSizes(b, loc, x, y);
  }
  mlir::OpFoldResult subtract(mlir::OpFoldResult x, mlir::OpFoldResult y) const;

  mlir::Value cast(mlir::Value value, mlir::Type element) const {
    return castElements(b, loc, value, element);
  }
  /// A tensor all of whose elements are `number`.
  mlir::Value filled(llvm::ArrayRef<mlir::OpFoldResult> sizes,
                     mlir::Type element, double number) const;
  mlir::Value filledLike(mlir::Value like, double number) const {
    return numberLike(b, loc, like, number);
  }
  /// Positions along `axis`.
  mlir::Value iota(llvm::ArrayRef<mlir::OpFoldResult> sizes, int64_t axis,
                   mlir::Type element) const;

  mlir::Value reshape(mlir::Value value,
                      llvm::ArrayRef<mlir::OpFoldResult> sizes) const;
  mlir::Value transpose(mlir::Value value,
                        llvm::ArrayRef<int64_t> permutation) const;
  /// Dimension i of `value` becomes dimension `dims[i]`.
  mlir::Value broadcast(mlir::Value value,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        llvm::ArrayRef<int64_t> dims) const;
  /// Puts back dimensions that a reduction of a tensor like `like` dropped.
  mlir::Value broadcastBack(mlir::Value value, mlir::Value like,
                            llvm::ArrayRef<int64_t> dropped) const;
  mlir::Value reduce(ReduceKind kind, mlir::Value value,
                     llvm::ArrayRef<int64_t> dims) const;
  mlir::Value sum(mlir::Value value, llvm::ArrayRef<int64_t> dims) const {
    return reduce(ReduceKind::sum, value, dims);
  }
  /// Sums along the dimensions in which `sizes` has 1, which may be known only
  /// at run time; in the others it has the extents of `value`.
  mlir::Value sumTo(mlir::Value value,
                    llvm::ArrayRef<mlir::OpFoldResult> sizes) const;

  mlir::Value slice(mlir::Value value,
                    llvm::ArrayRef<mlir::OpFoldResult> offsets,
                    llvm::ArrayRef<mlir::OpFoldResult> sizes,
                    llvm::ArrayRef<int64_t> strides) const;
  /// The elements of some dimensions in opposite order.
  mlir::Value reverse(mlir::Value value, llvm::ArrayRef<int64_t> dims) const;
  mlir::Value pad(mlir::Value value, llvm::ArrayRef<mlir::OpFoldResult> low,
                  llvm::ArrayRef<mlir::OpFoldResult> high,
                  double number = 0) const;
  /// Puts `steps[i] - 1` zeros between neighbours along dimension i.
  mlir::Value dilate(mlir::Value value, llvm::ArrayRef<int64_t> steps) const;

  /// Dimension `dim` as two: `outer` times what is left.
  mlir::Value split(mlir::Value value, int64_t dim, int64_t outer) const;
  /// Dimensions `dim` and `dim + 1` as one.
  mlir::Value merge(mlir::Value value, int64_t dim) const;

  mlir::OpBuilder &b;
  mlir::Location loc;
};

/// 0 ... rank - 1.
Dims identityDims(int64_t rank);
/// 0 ... rank - 1 without `dims`.
Dims otherDims(int64_t rank, llvm::ArrayRef<int64_t> dims);
/// 0 ... rank - 1 with `from` moved to place `to`.
Dims movedDim(int64_t rank, int64_t from, int64_t to);
/// The permutation that undoes `permutation`.
Dims inverse(llvm::ArrayRef<int64_t> permutation);

} // namespace ds::nn::derivatives

#endif // DS_DIALECTS_NN_DERIVATIVES_EMITTER_H
