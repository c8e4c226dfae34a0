//===- Movement.cpp - broadcast, reshape and transpose --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

//===----------------------------------------------------------------------===//
// nn.broadcast
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  RankedTensorType from = tensorTypeOf(getOperand()),
                   to = tensorTypeOf(getResult());
  if (static_cast<int64_t>(getDims().size()) != from.getRank()) // C1
    return emitOpError("expected one entry of 'dims' per operand dimension (")
           << from.getRank() << "), but found " << getDims().size();
  if (failed(verifyIncreasing(*this, "dims", getDims(), to.getRank()))) // C1
    return failure();
  for (auto [dim, target] : llvm::enumerate(getDims())) {
    int64_t source = from.getDimSize(dim), extent = to.getDimSize(target);
    if (!ShapedType::isDynamic(source) && source != 1 && source != extent) // C2
      return emitOpError("expected operand dimension ")
             << dim
             << " to have extent 1 or the result's static extent, but found "
             << from << " and " << to;
  }
  if (failed(verifySizes(*this, getSizes(), getResult()))) // C3
    return failure();
  return verifySameElementType(*this, "operand", getOperand(), "result",
                               getResult()); // C4
}

LogicalResult
BroadcastOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType() &&
      hasOperandSizes(getOperand(), getResult()))
    return getOperand();
  auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand());
  if (splat && getType().hasStaticShape())
    return splat.resizeSplat(getType());
  return {};
}

namespace {

/// broadcast(broadcast(x)) is one broadcast.
struct MergeBroadcasts : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<BroadcastOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the operand is no broadcast");
    // Both ops check dynamic extents at run time; the merged one must check no
    // less.
    auto isSame = [&](int64_t middle) {
      return haveSameSize(inner.getResult(), middle, op.getResult(),
                          op.getDims()[middle]);
    };
    RankedTensorType from = tensorTypeOf(inner.getOperand()),
                     middleType = tensorTypeOf(inner.getResult());
    for (int64_t middle = 0; middle < middleType.getRank(); ++middle)
      if (middleType.isDynamicDim(middle) && !isSame(middle))
        return rewriter.notifyMatchFailure(
            op, "the outer broadcast's run-time check would be lost");
    SmallVector<int64_t> dims;
    for (auto [dim, middle] : llvm::enumerate(inner.getDims())) {
      if (from.isDynamicDim(dim) &&
          !haveSameSize(inner.getOperand(), dim, inner.getResult(), middle) &&
          !isSame(middle))
        return rewriter.notifyMatchFailure(
            op, "the inner broadcast's run-time check would be lost");
      dims.push_back(op.getDims()[middle]);
    }
    rewriter.replaceOpWithNewOp<BroadcastOp>(
        op, op.getType(), inner.getOperand(), op.getSizes(), dims);
    return success();
  }
};

} // namespace

void BroadcastOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeBroadcasts>(context);
}

//===----------------------------------------------------------------------===//
// nn.reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType from = tensorTypeOf(getOperand()),
                   to = tensorTypeOf(getResult());
  if (failed(verifySizes(*this, getSizes(), getResult()))) // C1
    return failure();
  if (from.hasStaticShape() && to.hasStaticShape() &&
      from.getNumElements() != to.getNumElements()) // C2
    return emitOpError("expected as many elements as in the operand (")
           << from.getNumElements() << "), but found " << to.getNumElements();
  return verifySameElementType(*this, "operand", getOperand(), "result",
                               getResult()); // C3
}

LogicalResult ReshapeOp::reifyResultShapes(OpBuilder &b,
                                           ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

/// Whether a reshape between equal types changes nothing: at most one extent is
/// not known to stay, and then it must, since the number of elements does.
static bool isIdentityReshape(ReshapeOp op) {
  RankedTensorType type = tensorTypeOf(op.getOperand());
  int64_t unknown = 0;
  bool mayBeEmpty = false;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (!haveSameSize(op.getOperand(), dim, op.getResult(), dim))
      ++unknown;
    else
      // With an extent of 0 beside it, the one unknown extent could be
      // anything.
      mayBeEmpty |= type.isDynamicDim(dim) || type.getDimSize(dim) == 0;
  }
  return unknown == 0 || (unknown == 1 && !mayBeEmpty);
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType() && isIdentityReshape(*this))
    return getOperand();
  if (!getType().hasStaticShape())
    return {};
  // Row-major data is the same under any shape: no copy, for weights neither.
  if (auto elements = dyn_cast_or_null<DenseElementsAttr>(adaptor.getOperand()))
    return elements.reshape(getType());
  return dyn_cast_or_null<WeightAttr>(adaptor.getOperand());
}

namespace {

/// reshape(reshape(x)) is one reshape.
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<ReshapeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the operand is no reshape");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getOperand(),
                                           op.getSizes());
    return success();
  }
};

} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

//===----------------------------------------------------------------------===//
// nn.transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::verify() {
  int64_t rank = tensorTypeOf(getOperand()).getRank();
  if (!isPermutation(getPermutation(), rank)) // C1
    return emitOpError("expected a permutation of ")
           << rank << " dimensions, but found [" << getPermutation() << "]";
  return success();
}

LogicalResult
TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange regions,
                              SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto type = dyn_cast<RankedTensorType>(adaptor.getOperand().getType());
  if (!type || !isPermutation(adaptor.getPermutation(), type.getRank()))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t dim : adaptor.getPermutation())
    shape.push_back(type.getDimSize(dim));
  types.push_back(type.clone(shape));
  return success();
}

LogicalResult
TransposeOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (isIdentity(getPermutation()))
    return getOperand();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand()))
    return splat.resizeSplat(getType());
  return {};
}

namespace {

/// transpose(transpose(x)) is one transpose.
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the operand is no transpose");
    SmallVector<int64_t> permutation;
    for (int64_t dim : op.getPermutation())
      permutation.push_back(inner.getPermutation()[dim]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, inner.getOperand(),
                                             permutation);
    return success();
  }
};

/// A contraction finds its dimensions by number: a transposed side is as good
/// as it was before, as long as its free dimensions, which the result has in
/// their order, come in the same one.
struct DotOfTranspose : OpRewritePattern<DotOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotOp op,
                                PatternRewriter &rewriter) const override {
    Side lhs{op.getLhs(), llvm::to_vector(op.getLhsBatch()),
             llvm::to_vector(op.getLhsContracting())},
        rhs{op.getRhs(), llvm::to_vector(op.getRhsBatch()),
            llvm::to_vector(op.getRhsContracting())};
    bool changed = lhs.takeBefore(op.getLhsFree());
    changed |= rhs.takeBefore(op.getRhsFree());
    if (!changed)
      return rewriter.notifyMatchFailure(
          op, "no side is a transpose that keeps the order");
    rewriter.replaceOpWithNewOp<DotOp>(op, op.getType(), lhs.value, rhs.value,
                                       lhs.batch, rhs.batch, lhs.contracting,
                                       rhs.contracting);
    return success();
  }

  struct Side {
    Value value;
    SmallVector<int64_t> batch, contracting;

    bool takeBefore(ArrayRef<int64_t> free) {
      auto transpose = value.getDefiningOp<TransposeOp>();
      if (!transpose)
        return false;
      ArrayRef<int64_t> permutation = transpose.getPermutation();
      auto source = [&](int64_t dim) { return permutation[dim]; };
      if (!llvm::is_sorted(llvm::map_range(free, source)))
        return false;
      value = transpose.getOperand();
      for (SmallVector<int64_t> *dims : {&batch, &contracting})
        for (int64_t &dim : *dims)
          dim = source(dim);
      return true;
    }
  };
};

/// A transpose of a contraction that puts the free dimensions of the right side
/// in front of those of the left is the contraction with its sides exchanged.
/// Gradients of weights that are stored transposed come out like this.
struct TransposeOfDot : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto dot = op.getOperand().getDefiningOp<DotOp>();
    if (!dot || !dot->hasOneUse())
      return rewriter.notifyMatchFailure(
          op, "the operand is no contraction of its own");
    int64_t batches = dot.getLhsBatch().size(),
            lhsEnd = batches + dot.getLhsFree().size(),
            rank = op.getPermutation().size();
    auto exchanged = llvm::to_vector(llvm::concat<const int64_t>(
        llvm::to_vector(llvm::seq<int64_t>(0, batches)),
        llvm::to_vector(llvm::seq<int64_t>(lhsEnd, rank)),
        llvm::to_vector(llvm::seq<int64_t>(batches, lhsEnd))));
    if (!llvm::equal(op.getPermutation(), exchanged))
      return rewriter.notifyMatchFailure(op, "the sides do not change places");
    rewriter.replaceOpWithNewOp<DotOp>(
        op, op.getType(), dot.getRhs(), dot.getLhs(), dot.getRhsBatch(),
        dot.getLhsBatch(), dot.getRhsContracting(), dot.getLhsContracting());
    return success();
  }
};

/// A transpose that only moves dimensions of extent 1 leaves the row-major
/// order alone: a reshape, which moves no data.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType type = tensorTypeOf(op.getOperand());
    int64_t previous = -1;
    for (int64_t dim : op.getPermutation()) {
      if (type.getDimSize(dim) == 1)
        continue;
      if (dim < previous)
        return rewriter.notifyMatchFailure(op,
                                           "the order of the elements changes");
      previous = dim;
    }
    SmallVector<Value> sizes;
    for (int64_t dim : op.getPermutation())
      if (type.isDynamicDim(dim))
        sizes.push_back(getValueOrCreateConstantIndexOp(
            rewriter, op.getLoc(),
            sizeOf(rewriter, op.getLoc(), op.getOperand(), dim)));
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getOperand(),
                                           sizes);
    return success();
  }
};

} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns
      .add<DotOfTranspose, MergeTransposes, TransposeOfDot, TransposeToReshape>(
          context);
}
