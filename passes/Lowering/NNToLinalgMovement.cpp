//===- NNToLinalgMovement.cpp - ops that move elements
//---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// An operand's extents of 1 read position 0 by the access map where the type
/// says so; what may be 1 at run time is decided there by a select on the
/// position.
struct LowerBroadcast : OpConversionPattern<nn::BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::BroadcastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value operand = adaptor.getOperand();
    auto type = cast<RankedTensorType>(operand.getType()),
         resultType = op.getResult().getType();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    if (TypedAttr splat = splatOf(op.getOperand())) {
      Value value = arith::ConstantOp::create(rewriter, loc, splat);
      replaceWith(rewriter, *getTypeConverter(), op,
                  filledTensor(rewriter, loc, *sizes, value));
      return success();
    }

    // Per operand dimension: the loop that it runs with, or position 0, or
    // (dynamic) a choice between both.
    SmallVector<AffineExpr> exprs;
    SmallVector<Value> isOne(type.getRank());
    bool isDecidedHere = true;
    IndexMath math{rewriter, loc};
    for (auto [dim, target] : llvm::enumerate(op.getDims())) {
      AffineExpr loop = rewriter.getAffineDimExpr(target),
                 zero = rewriter.getAffineConstantExpr(0);
      if (!type.isDynamicDim(dim)) {
        exprs.push_back(type.getDimSize(dim) == 1 &&
                                resultType.getDimSize(target) != 1
                            ? zero
                            : loop);
        continue;
      }
      if (resultType.getDimSize(target) == 1 || runsAlong(op, dim, target)) {
        exprs.push_back(loop);
        continue;
      }
      isDecidedHere = false;
      exprs.push_back(loop);
      Value extent =
          math.value(nn::sizeOf(rewriter, loc, op.getOperand(), dim));
      isOne[dim] =
          math.compare(arith::CmpIPredicate::eq, extent, math.constant(1));
    }

    AffineMap map =
        AffineMap::get(resultType.getRank(), 0, exprs, getContext());
    if (isDecidedHere) {
      Value result = mapTensor(
          rewriter, loc, *sizes, type.getElementType(), operand, map,
          [](OpBuilder &, Location, ValueRange args) { return args[0]; });
      replaceWith(rewriter, *getTypeConverter(), op, result);
      return success();
    }
    Value result = mapTensor(
        rewriter, loc, *sizes, type.getElementType(), {}, {},
        [&, exprs](OpBuilder &b, Location loc, ValueRange) -> Value {
          IndexMath math{b, loc};
          SmallVector<Value> positions;
          for (auto [expr, one] : llvm::zip_equal(exprs, isOne)) {
            auto loop = dyn_cast<AffineDimExpr>(expr);
            if (!loop) {
              positions.push_back(math.constant(0));
              continue;
            }
            Value position =
                linalg::IndexOp::create(b, loc, loop.getPosition());
            positions.push_back(
                one ? math.select(one, math.constant(0), position) : position);
          }
          return tensor::ExtractOp::create(b, loc, operand, positions);
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  /// Whether operand extent `dim` and result extent `target` are known to be
  /// equal.
  static bool runsAlong(nn::BroadcastOp op, int64_t dim, int64_t target) {
    auto resultType = op.getResult().getType();
    if (!resultType.isDynamicDim(target))
      return false;
    return nn::isSizeOf(op.getSizes()[resultType.getDynamicDimIndex(target)],
                        op.getOperand(), dim);
  }
};

struct LowerTranspose : OpConversionPattern<nn::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    // Loops run in the order of the result; the operand's dimension
    // `permutation[i]` runs with loop i.
    SmallVector<int64_t> loops = invertPermutationVector(op.getPermutation());
    Value operand = adaptor.getOperand();
    Value result = mapTensor(
        rewriter, op.getLoc(), *sizes, nn::elementTypeOf(operand), operand,
        selectMap(getContext(), loops.size(), loops),
        [](OpBuilder &, Location, ValueRange args) { return args[0]; });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

/// Static windows are access maps, so that they fuse on both sides.
struct LowerSlice : OpConversionPattern<nn::SliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::SliceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Value operand = adaptor.getOperand();
    Type element = nn::elementTypeOf(operand);
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
    ArrayRef<int64_t> strides = op.getStrides();

    SmallVector<AffineExpr> exprs;
    for (auto [dim, offset] : llvm::enumerate(offsets)) {
      if (std::optional<int64_t> constant = getConstantIntValue(offset))
        exprs.push_back(rewriter.getAffineDimExpr(dim) * strides[dim] +
                        *constant);
    }
    if (exprs.size() == offsets.size()) {
      operand = cutTails(rewriter, loc, op, operand, *sizes, exprs);
      Value result = mapTensor(
          rewriter, loc, *sizes, element, operand,
          AffineMap::get(offsets.size(), 0, exprs, getContext()),
          [](OpBuilder &, Location, ValueRange args) { return args[0]; });
      replaceWith(rewriter, *getTypeConverter(), op, result);
      return success();
    }

    SmallVector<Value> starts;
    for (OpFoldResult offset : offsets)
      starts.push_back(IndexMath{rewriter, loc}.value(offset));
    Value result = mapTensor(
        rewriter, loc, *sizes, element, {}, {},
        [&](OpBuilder &b, Location loc, ValueRange) -> Value {
          IndexMath math{b, loc};
          SmallVector<Value> positions;
          for (auto [dim, start] : llvm::enumerate(starts)) {
            Value step = math.mul(linalg::IndexOp::create(b, loc, dim),
                                  math.constant(strides[dim]));
            positions.push_back(math.add(start, step));
          }
          return tensor::ExtractOp::create(b, loc, operand, positions);
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  /// Linalg takes the extent of a loop from any dimension that it runs along,
  /// so operand dimensions accessed by a loop alone must have the extent of the
  /// result.
  static Value cutTails(OpBuilder &b, Location loc, nn::SliceOp op,
                        Value operand, ArrayRef<OpFoldResult> sizes,
                        ArrayRef<AffineExpr> exprs) {
    auto source = op.getOperand().getType(), target = op.getResult().getType();
    Sizes kept = tensor::getMixedSizes(b, loc, operand);
    bool isCut = false;
    for (auto [dim, expr] : llvm::enumerate(exprs)) {
      if (!isa<AffineDimExpr>(expr))
        continue;
      bool isWhole =
          target.isDynamicDim(dim)
              ? nn::isSizeOf(op.getSizes()[target.getDynamicDimIndex(dim)],
                             op.getOperand(), dim)
              : source.getDimSize(dim) == target.getDimSize(dim);
      if (isWhole)
        continue;
      kept[dim] = sizes[dim];
      isCut = true;
    }
    if (!isCut)
      return operand;
    Sizes offsets(kept.size(), b.getIndexAttr(0)),
        strides(kept.size(), b.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(b, loc, operand, offsets, kept,
                                          strides);
  }
};

/// Dimensions that stay are kept; what lies between is collapsed to one
/// dimension and expanded again. Memory is dense and row-major, so neither
/// moves anything.
struct LowerReshape : OpConversionPattern<nn::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ReshapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto source = op.getOperand().getType(), target = op.getResult().getType();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    int64_t sourceRank = source.getRank(), targetRank = target.getRank(),
            front = 0, back = 0;
    while (front < std::min(sourceRank, targetRank) && isKept(op, front, front))
      ++front;
    while (front + back < std::min(sourceRank, targetRank) &&
           isKept(op, sourceRank - 1 - back, targetRank - 1 - back))
      ++back;
    // With nothing left in the middle on one side there is nothing to collapse
    // into or expand from: take in a neighbour.
    if (sourceRank != targetRank &&
        front + back == std::min(sourceRank, targetRank))
      back > 0 ? --back : --front;

    Value value = adaptor.getOperand();
    Type element = nn::elementTypeOf(value);
    if (front + back == sourceRank && front + back == targetRank) {
      replaceWith(rewriter, *getTypeConverter(), op, value);
      return success();
    }
    if (front < 0) { // A rank-0 side has no neighbour to take in: a copy of the
                     // one element.
      SmallVector<AffineExpr> zeros(sourceRank,
                                    rewriter.getAffineConstantExpr(0));
      Value result = mapTensor(
          rewriter, loc, *sizes, element, value,
          AffineMap::get(targetRank, 0, zeros, getContext()),
          [](OpBuilder &, Location, ValueRange args) { return args[0]; });
      replaceWith(rewriter, *getTypeConverter(), op, result);
      return success();
    }

    // Collapse the middle of the source.
    auto group = [&](int64_t rank) {
      SmallVector<ReassociationIndices> groups;
      for (int64_t dim = 0; dim < rank; ++dim) {
        if (dim <= front || dim >= rank - back)
          groups.emplace_back();
        groups.back().push_back(dim);
      }
      return groups;
    };
    if (sourceRank - front - back > 1)
      value = tensor::CollapseShapeOp::create(rewriter, loc, value,
                                              group(sourceRank));

    // Kept extents are written as the better known of both types; the middle
    // must be static exactly where all of its parts are.
    SmallVector<int64_t> collapsed;
    for (int64_t dim = 0; dim < front; ++dim)
      collapsed.push_back(target.getDimSize(dim));
    ArrayRef<int64_t> middle =
        target.getShape().slice(front, targetRank - front - back);
    collapsed.push_back(llvm::is_contained(middle, ShapedType::kDynamic)
                            ? ShapedType::kDynamic
                            : llvm::product_of(middle));
    for (int64_t dim = targetRank - back; dim < targetRank; ++dim)
      collapsed.push_back(target.getDimSize(dim));
    value = castTensor(rewriter, loc, value,
                       RankedTensorType::get(collapsed, element));
    if (llvm::count(middle, ShapedType::kDynamic) > 1)
      value = readExpanded(rewriter, loc, value, *sizes, front, back);
    else if (middle.size() > 1)
      value = tensor::ExpandShapeOp::create(
          rewriter, loc, RankedTensorType::get(target.getShape(), element),
          value, group(targetRank), *sizes);
    replaceWith(rewriter, *getTypeConverter(), op, value);
    return success();
  }

  /// A copy of `collapsed`, whose dimension `front` holds all of the result's
  /// dimensions between the first `front` and the last `back`. (The lowering of
  /// memrefs has no expansion into several dynamic extents.)
  static Value readExpanded(OpBuilder &b, Location loc, Value collapsed,
                            ArrayRef<OpFoldResult> sizes, int64_t front,
                            int64_t back) {
    int64_t rank = sizes.size();
    SmallVector<Value> extents;
    for (OpFoldResult size : sizes)
      extents.push_back(IndexMath{b, loc}.value(size));
    return mapTensor(
        b, loc, sizes, nn::elementTypeOf(collapsed), {}, {},
        [&](OpBuilder &b, Location loc, ValueRange) -> Value {
          IndexMath math{b, loc};
          SmallVector<Value> positions;
          for (int64_t dim = 0; dim < rank; ++dim) {
            Value position = linalg::IndexOp::create(b, loc, dim);
            if (dim > front && dim < rank - back)
              positions.back() =
                  math.add(math.mul(positions.back(), extents[dim]), position);
            else
              positions.push_back(position);
          }
          return tensor::ExtractOp::create(b, loc, collapsed, positions);
        });
  }

  /// Whether the extents of dimension `from` of the operand and `to` of the
  /// result are known to be equal.
  static bool isKept(nn::ReshapeOp op, int64_t from, int64_t to) {
    auto source = op.getOperand().getType(), target = op.getResult().getType();
    if (target.isDynamicDim(to))
      return nn::isSizeOf(op.getSizes()[target.getDynamicDimIndex(to)],
                          op.getOperand(), from);
    return source.getDimSize(from) == target.getDimSize(to);
  }
};

struct LowerConcat : OpConversionPattern<nn::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ConcatOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    int64_t axis = op.getAxis(), rank = sizes->size();
    Value result = emptyTensor(rewriter, loc, *sizes,
                               nn::elementTypeOf(adaptor.getInputs().front()));
    SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0)),
        strides(rank, rewriter.getIndexAttr(1));
    for (auto [original, input] :
         llvm::zip_equal(op.getInputs(), adaptor.getInputs())) {
      Sizes inputSizes = nn::sizesOf(rewriter, loc, original);
      result = tensor::InsertSliceOp::create(
          rewriter, loc, input, result, offsets,
          tensor::getMixedSizes(rewriter, loc, input), strides);
      offsets[axis] =
          nn::addSizes(rewriter, loc, offsets[axis], inputSizes[axis]);
    }
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

/// Mode `constant` fills and copies; the others read the operand at a computed
/// position.
struct LowerPad : OpConversionPattern<nn::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::PadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Value operand = adaptor.getOperand(), result;
    SmallVector<OpFoldResult> low = op.getMixedLow();
    if (op.getMode() == nn::PadMode::constant) {
      Value value;
      if (TypedAttr splat = splatOf(op.getValue()))
        value = arith::ConstantOp::create(rewriter, loc, splat);
      else
        value = tensor::ExtractOp::create(rewriter, loc, adaptor.getValue(),
                                          ValueRange());
      Value filled = filledTensor(rewriter, loc, *sizes, value);
      SmallVector<OpFoldResult> strides(low.size(), rewriter.getIndexAttr(1));
      result = tensor::InsertSliceOp::create(
          rewriter, loc, operand, filled, low,
          tensor::getMixedSizes(rewriter, loc, operand), strides);
    } else {
      SmallVector<Value> fronts, extents;
      for (auto [dim, pad] : llvm::enumerate(low)) {
        fronts.push_back(IndexMath{rewriter, loc}.value(pad));
        extents.push_back(IndexMath{rewriter, loc}.value(
            nn::sizeOf(rewriter, loc, op.getOperand(), dim)));
      }
      result = mapTensor(
          rewriter, loc, *sizes, nn::elementTypeOf(operand), {}, {},
          [&](OpBuilder &b, Location loc, ValueRange) -> Value {
            SmallVector<Value> positions;
            for (auto [dim, front] : llvm::enumerate(fronts)) {
              Value position = linalg::IndexOp::create(b, loc, dim);
              bool isPadded =
                  op.getStaticLow()[dim] != 0 || op.getStaticHigh()[dim] != 0;
              positions.push_back(isPadded ? origin(b, loc, op, dim, position,
                                                    front, extents[dim])
                                           : position);
            }
            return tensor::ExtractOp::create(b, loc, operand, positions);
          });
    }
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  /// Where the element at `position` of the padded dimension comes from.
  static Value origin(OpBuilder &b, Location loc, nn::PadOp op, int64_t dim,
                      Value position, Value front, Value extent) {
    IndexMath math{b, loc};
    Value zero = math.constant(0), one = math.constant(1),
          shifted = math.sub(position, front);
    if (op.getMode() == nn::PadMode::edge)
      return math.clamp(shifted, extent);
    Value last = math.sub(extent, one);
    auto mirrorOnce = [&](Value x) {
      Value distance = math.max(x, math.sub(zero, x));
      Value fromEnd = math.sub(last, distance);
      return math.sub(last, math.max(fromEnd, math.sub(zero, fromEnd)));
    };
    int64_t size = op.getOperand().getType().getDimSize(dim);
    int64_t farthest =
        std::max(op.getStaticLow()[dim], op.getStaticHigh()[dim]);
    bool isKnown = !ShapedType::isDynamic(size) &&
                   !ShapedType::isDynamic(op.getStaticLow()[dim]) &&
                   !ShapedType::isDynamic(op.getStaticHigh()[dim]);
    if (op.getMode() == nn::PadMode::reflect && isKnown && farthest < size)
      return mirrorOnce(shifted);
    // The pattern repeats after `period` elements; move into the first period.
    bool isWrap = op.getMode() == nn::PadMode::wrap;
    Value period =
        math.max(isWrap ? extent : math.mul(last, math.constant(2)), one);
    Value rest = math.rem(shifted, period);
    Value isBelow = math.compare(arith::CmpIPredicate::slt, rest, zero);
    rest = math.select(isBelow, math.add(rest, period), rest);
    return isWrap ? rest : math.min(rest, math.sub(period, rest));
  }
};

} // namespace

void populateMovementPatterns(const NNTypeConverter &converter,
                              RewritePatternSet &patterns) {
  patterns.add<LowerBroadcast, LowerConcat, LowerPad, LowerReshape, LowerSlice,
               LowerTranspose>(converter, patterns.getContext());
}

} // namespace ds::lowering
