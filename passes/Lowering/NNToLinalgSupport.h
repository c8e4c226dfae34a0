//===- NNToLinalgSupport.h - what the families of nn-to-linalg patterns share
//-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LOWERING_NNTOLINALGSUPPORT_H
#define DS_PASSES_LOWERING_NNTOLINALGSUPPORT_H

#include "dialects/NN/ScalarEmission.h"
#include "dialects/NN/Shapes.h"
#include "passes/Lowering/NNToLinalg.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace ds::lowering {

using Sizes = llvm::SmallVector<mlir::OpFoldResult>;

//===----------------------------------------------------------------------===//
// Element types: nn type -> type in memory (nn::storageType) -> type that
// arithmetic is done in
//===----------------------------------------------------------------------===//

/// The type arithmetic on `element` is done in: f32 for narrower floats, the
/// storage type for all others.
mlir::Type computeType(mlir::Type element);

/// True where a computed value must be rounded or wrapped before it is stored.
bool isRounded(mlir::Type element);

/// From arithmetic to memory: rounds floats, wraps 2- and 4-bit integers. (The
/// way back is nn::emitWiden.)
mlir::Value toStorage(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::Type element, mlir::Value computed);

/// A stored element of nn type `from` as a value to sum up in `to`'s compute
/// type; integers are extended by the sign of `from`.
mlir::Value widenTo(mlir::OpBuilder &b, mlir::Location loc, mlir::Type from,
                    mlir::Type to, mlir::Value stored);

/// An index as the compute value of an element of nn type `element`.
mlir::Value indexToCompute(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Type element, mlir::Value index);

/// The one element value of `value` if it is a constant whose elements are all
/// equal (also through broadcasts and reshapes), as an attribute of the storage
/// type; else null. `value` is an nn value, before conversion.
mlir::TypedAttr splatOf(mlir::Value value);

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Extents of the only result, as the op says them.
mlir::FailureOr<Sizes> resultSizes(mlir::ConversionPatternRewriter &rewriter,
                                   mlir::Operation *op);

/// The entries of `sizes` at `dims`.
Sizes pick(llvm::ArrayRef<mlir::OpFoldResult> sizes,
           llvm::ArrayRef<int64_t> dims);

/// The product of `sizes`, folded as far as possible.
mlir::OpFoldResult product(mlir::OpBuilder &b, mlir::Location loc,
                           llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// Shorthand for index arithmetic; folds constants.
struct IndexMath {
  mlir::OpBuilder &b;
  mlir::Location loc;

  mlir::Value constant(int64_t value) const;
  mlir::Value value(mlir::OpFoldResult size) const;
  mlir::Value add(mlir::Value x, mlir::Value y) const;
  mlir::Value sub(mlir::Value x, mlir::Value y) const;
  mlir::Value mul(mlir::Value x, mlir::Value y) const;
  /// Truncating; operands are not negative.
  mlir::Value div(mlir::Value x, mlir::Value y) const;
  mlir::Value rem(mlir::Value x, mlir::Value y) const;
  mlir::Value min(mlir::Value x, mlir::Value y) const;
  mlir::Value max(mlir::Value x, mlir::Value y) const;
  /// `x` moved into [0, size - 1].
  mlir::Value clamp(mlir::Value x, mlir::Value size) const;
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value x,
                      mlir::Value y) const;
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) const;
};

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

using Body = llvm::function_ref<void(mlir::OpBuilder &, mlir::Location,
                                     mlir::ValueRange)>;
/// Yields the element for the block arguments (inputs, then the destination's
/// old element).
using ElementBody = llvm::function_ref<mlir::Value(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

inline mlir::AffineMap identityMap(mlir::MLIRContext *context, int64_t rank) {
  return mlir::AffineMap::getMultiDimIdentityMap(rank, context);
}
/// (d0, ..., d[rank-1]) -> (d[dims]...).
mlir::AffineMap selectMap(mlir::MLIRContext *context, int64_t rank,
                          llvm::ArrayRef<int64_t> dims);

mlir::Value emptyTensor(mlir::OpBuilder &b, mlir::Location loc,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        mlir::Type element);
/// A tensor filled with the scalar `value`.
mlir::Value filledTensor(mlir::OpBuilder &b, mlir::Location loc,
                         llvm::ArrayRef<mlir::OpFoldResult> sizes,
                         mlir::Value value);

/// A generic whose loops are all parallel and that writes an element of storage
/// type `element` at every position of a new tensor of `sizes`.
mlir::Value mapTensor(mlir::OpBuilder &b, mlir::Location loc,
                      llvm::ArrayRef<mlir::OpFoldResult> sizes,
                      mlir::Type element, mlir::ValueRange inputs,
                      llvm::ArrayRef<mlir::AffineMap> maps, ElementBody body);

/// A generic that combines into `inits`; `reduced` lists the loops that are
/// reductions.
mlir::ValueRange reduceTensor(mlir::OpBuilder &b, mlir::Location loc,
                              mlir::ValueRange inputs, mlir::ValueRange inits,
                              llvm::ArrayRef<mlir::AffineMap> maps,
                              llvm::ArrayRef<int64_t> reduced, Body body);

/// `computed`, a tensor of compute type, rounded to storage; `computed` itself
/// where there is nothing to round.
mlir::Value roundTensor(mlir::OpBuilder &b, mlir::Location loc,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        mlir::Type element, mlir::Value computed);

/// The elements of `tensor` where they may be written over: `tensor` itself if
/// it was computed here (whoever else reads it makes bufferisation copy it),
/// else a `linalg.copy`, which unlike an identity generic no canonicalisation
/// takes away.
mlir::Value writableTensor(mlir::OpBuilder &b, mlir::Location loc,
                           llvm::ArrayRef<mlir::OpFoldResult> sizes,
                           mlir::Value tensor);

/// `tensor` as a tensor of `type`, with a cast only if the types differ.
mlir::Value castTensor(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::Value tensor, mlir::Type type);

/// The window at `place` of the leading dimensions, whole (of extents `inner`)
/// in the others.
class Slice {
public:
  Slice(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Value> place,
        llvm::ArrayRef<mlir::OpFoldResult> inner);
  mlir::Value extract(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::Value tensor) const;
  mlir::Value insert(mlir::OpBuilder &b, mlir::Location loc, mlir::Value slice,
                     mlir::Value tensor) const;

private:
  Sizes offsets, sizes, strides;
  llvm::SmallVector<int64_t> innerShape;
};

/// Nested loops over `sizes` that carry `inits`; with no sizes the body is
/// emitted once.
llvm::SmallVector<mlir::Value>
loopNest(mlir::OpBuilder &b, mlir::Location loc,
         llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::ValueRange inits,
         llvm::function_ref<llvm::SmallVector<mlir::Value>(
             mlir::OpBuilder &, mlir::Location, mlir::ValueRange positions,
             mlir::ValueRange carried)>
             body);

//===----------------------------------------------------------------------===//
// Combining
//===----------------------------------------------------------------------===//

/// The neutral element of `kind` on elements of nn type `element`, in its
/// compute type.
mlir::Value neutralElement(mlir::OpBuilder &b, mlir::Location loc,
                           nn::ReduceKind kind, mlir::Type element);
mlir::Value combine(mlir::OpBuilder &b, mlir::Location loc, nn::ReduceKind kind,
                    mlir::Type element, mlir::Value x, mlir::Value y);

/// True where `x` goes before `y` as the larger (`largest`) or smaller one,
/// strictly; a NaN goes before all numbers.
mlir::Value isMoreExtreme(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Type element, bool largest, mlir::Value x,
                          mlir::Value y);

/// The index that the stored element `index` of nn type `element` names in a
/// dimension of `extent`: negative ones count from the end, and what then lies
/// outside is clamped.
mlir::Value resolveIndex(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Type element, mlir::Value index,
                         mlir::Value extent);

/// A scalar constant of any integer, index or float type.
mlir::Value scalarConstant(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Type type, double value);

/// Replaces `op` by `results`, cast to the converted types of its results where
/// they are less static.
void replaceWith(mlir::ConversionPatternRewriter &rewriter,
                 const mlir::TypeConverter &converter, mlir::Operation *op,
                 mlir::ValueRange results);

//===----------------------------------------------------------------------===//
// Families
//===----------------------------------------------------------------------===//

void populateContractionPatterns(const NNTypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);
void populateElementwisePatterns(const NNTypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);
void populateGatherPatterns(const NNTypeConverter &converter,
                            mlir::RewritePatternSet &patterns);
void populateGeneratorPatterns(const NNTypeConverter &converter,
                               mlir::RewritePatternSet &patterns);
void populateMovementPatterns(const NNTypeConverter &converter,
                              mlir::RewritePatternSet &patterns);
void populateReductionPatterns(const NNTypeConverter &converter,
                               mlir::RewritePatternSet &patterns);
void populateScatterPatterns(const NNTypeConverter &converter,
                             mlir::RewritePatternSet &patterns);
void populateSequentialPatterns(const NNTypeConverter &converter,
                                mlir::RewritePatternSet &patterns);
void populateWindowPatterns(const NNTypeConverter &converter,
                            mlir::RewritePatternSet &patterns);

} // namespace ds::lowering

#endif // DS_PASSES_LOWERING_NNTOLINALGSUPPORT_H
