//===- NNToLinalgWindows.cpp - pooling
//-------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops: the result's dimensions, then one per windowed dimension. The extents
// of the latter come from an operand that is never read. The operand itself is
// accessed by a map where all windows are known to stay inside and vectors
// along the innermost dimension are plain loads; otherwise it is read at
// computed positions, those outside being skipped by a select.
//
//===----------------------------------------------------------------------===//
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// Geometry that both pooling ops share.
struct Window {
  ArrayRef<int64_t> extents, strides, low, high, dilations;
  /// Dimensions with a window, in the order of their loops.
  SmallVector<int64_t> dims;
  RankedTensorType operandType, resultType;

  template <typename PoolOp>
  explicit Window(PoolOp op)
      : extents(op.getWindow()), strides(op.getStrides()), low(op.getLow()),
        high(op.getHigh()), dilations(op.getDilations()),
        operandType(op.getOperand().getType()),
        resultType(op.getResult().getType()) {
    for (auto [dim, extent] : llvm::enumerate(extents))
      if (extent > 1 || low[dim] > 0 || high[dim] > 0)
        dims.push_back(dim);
  }

  int64_t rank() const { return extents.size(); }
  int64_t loopCount() const { return rank() + dims.size(); }
  SmallVector<int64_t> windowLoops() const {
    return llvm::to_vector<6>(llvm::seq<int64_t>(rank(), loopCount()));
  }
  AffineMap resultMap(MLIRContext *context) const {
    return selectMap(context, loopCount(),
                     llvm::to_vector<6>(llvm::seq<int64_t>(0, rank())));
  }
  AffineMap windowMap(MLIRContext *context) const {
    return selectMap(context, loopCount(), windowLoops());
  }

  /// Whether all positions of dimension `dim` are known to lie in [-before,
  /// extent + behind).
  bool staysInside(int64_t dim, int64_t before, int64_t behind) const {
    if (low[dim] > before)
      return false;
    if (operandType.isDynamicDim(dim) ||
        resultType.isDynamicDim(
            dim)) // With stride 1 there is no extent to round up.
      return strides[dim] == 1 && high[dim] <= behind;
    int64_t last = (resultType.getDimSize(dim) - 1) * strides[dim] - low[dim] +
                   (extents[dim] - 1) * dilations[dim];
    return last < operandType.getDimSize(dim) + behind;
  }
  bool staysInOperand() const {
    return llvm::all_of(dims,
                        [&](int64_t dim) { return staysInside(dim, 0, 0); });
  }
  bool isContiguous() const { return rank() > 0 && strides.back() == 1; }

  /// An operand of which only the extents count.
  Value shapeOperand(OpBuilder &b, Location loc) const {
    SmallVector<int64_t> shape;
    for (int64_t dim : dims)
      shape.push_back(extents[dim]);
    return emptyTensor(b, loc, getAsIndexOpFoldResult(b.getContext(), shape),
                       b.getI8Type());
  }

  /// Access to an operand that no window leaves.
  AffineMap insideMap(MLIRContext *context) const {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim = 0; dim < rank(); ++dim)
      exprs.push_back(getAffineDimExpr(dim, context) * strides[dim]);
    for (auto [loop, dim] : llvm::enumerate(dims))
      exprs[dim] = exprs[dim] +
                   getAffineDimExpr(rank() + loop, context) * dilations[dim];
    return AffineMap::get(loopCount(), 0, exprs, context);
  }

  /// Positions in the operand, in a generic's body; `isInside` (null when
  /// always) says whether all are inside, and those that are not are moved
  /// inside. `operandSizes` are values from outside of the body.
  SmallVector<Value> positions(OpBuilder &b, Location loc,
                               ArrayRef<Value> operandSizes,
                               Value &isInside) const {
    IndexMath math{b, loc};
    SmallVector<Value> places;
    for (int64_t dim = 0; dim < rank(); ++dim)
      places.push_back(math.mul(linalg::IndexOp::create(b, loc, dim),
                                math.constant(strides[dim])));
    for (auto [loop, dim] : llvm::enumerate(dims)) {
      Value offset = math.mul(linalg::IndexOp::create(b, loc, rank() + loop),
                              math.constant(dilations[dim]));
      Value place =
          math.sub(math.add(places[dim], offset), math.constant(low[dim]));
      places[dim] = place;
      if (staysInside(dim, 0, 0))
        continue;
      Value clamped = math.clamp(place, operandSizes[dim]);
      Value same = math.compare(arith::CmpIPredicate::eq, clamped, place);
      isInside = isInside ? Value(arith::AndIOp::create(b, loc, isInside, same))
                          : same;
      places[dim] = clamped;
    }
    return places;
  }
};

SmallVector<Value> sizeValues(OpBuilder &b, Location loc, Value tensor) {
  SmallVector<Value> values;
  for (OpFoldResult size : nn::sizesOf(b, loc, tensor))
    values.push_back(IndexMath{b, loc}.value(size));
  return values;
}

struct LowerPool : OpConversionPattern<nn::PoolOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::PoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Type element = nn::elementTypeOf(op.getOperand());
    Window window(op);
    nn::ReduceKind kind = op.getKind() == nn::PoolKind::max
                              ? nn::ReduceKind::max
                              : nn::ReduceKind::sum;
    Value operand = adaptor.getOperand(),
          neutral = neutralElement(rewriter, loc, kind, element);
    Value init = filledTensor(rewriter, loc, *sizes, neutral),
          shape = window.shapeOperand(rewriter, loc);
    MLIRContext *context = getContext();
    Value computed;
    if (window.staysInOperand() && window.isContiguous()) {
      computed = reduceTensor(
          rewriter, loc, {operand, shape}, init,
          {window.insideMap(context), window.windowMap(context),
           window.resultMap(context)},
          window.windowLoops(),
          [&](OpBuilder &b, Location loc, ValueRange args) {
            Value x = nn::emitWiden(b, loc, element, args[0]);
            linalg::YieldOp::create(b, loc,
                                    combine(b, loc, kind, element, args[2], x));
          })[0];
    } else {
      SmallVector<Value> operandSizes =
          sizeValues(rewriter, loc, op.getOperand());
      computed = reduceTensor(
          rewriter, loc, shape, init,
          {window.windowMap(context), window.resultMap(context)},
          window.windowLoops(),
          [&](OpBuilder &b, Location loc, ValueRange args) {
            Value isInside;
            SmallVector<Value> places =
                window.positions(b, loc, operandSizes, isInside);
            Value stored = tensor::ExtractOp::create(b, loc, operand, places);
            Value x = nn::emitWiden(b, loc, element, stored);
            if (isInside)
              x = arith::SelectOp::create(b, loc, isInside, x, neutral);
            linalg::YieldOp::create(b, loc,
                                    combine(b, loc, kind, element, args[1], x));
          })[0];
    }
    Value result = op.getKind() == nn::PoolKind::average
                       ? divide(rewriter, loc, op, window, *sizes, computed)
                       : roundTensor(rewriter, loc, *sizes, element, computed);
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  /// Sums divided by the number of elements that took part.
  static Value divide(OpBuilder &b, Location loc, nn::PoolOp op,
                      const Window &window, ArrayRef<OpFoldResult> sizes,
                      Value sums) {
    Type element = nn::elementTypeOf(op.getOperand());
    SmallVector<Value> operandSizes = sizeValues(b, loc, op.getOperand());
    AffineMap map = identityMap(b.getContext(), sizes.size());
    return mapTensor(
        b, loc, sizes, nn::storageType(element), sums, map,
        [&](OpBuilder &b, Location loc, ValueRange args) {
          IndexMath math{b, loc};
          int64_t known = 1;
          Value count;
          for (int64_t dim : window.dims) {
            int64_t before = op.getCountIncludePad() ? window.low[dim] : 0,
                    behind = op.getCountIncludePad() ? window.high[dim] : 0;
            if (window.staysInside(dim, before, behind)) {
              known *= window.extents[dim];
              continue;
            }
            Value here =
                countAlong(b, loc, window, dim, before,
                           math.add(operandSizes[dim], math.constant(behind)));
            count = count ? math.mul(count, here) : here;
          }
          Value constant = math.constant(known);
          count = count ? math.max(math.mul(count, constant), math.constant(1))
                        : constant;
          Value divisor = indexToCompute(b, loc, element, count), average;
          if (isa<FloatType>(element))
            average = arith::DivFOp::create(b, loc, args[0], divisor);
          else
            average = nn::emitDivision(b, loc, element, args[0], divisor);
          return toStorage(b, loc, element, average);
        });
  }

  /// How many positions of the window lie in [-before, end) of dimension `dim`,
  /// at the result position of the loops.
  static Value countAlong(OpBuilder &b, Location loc, const Window &window,
                          int64_t dim, int64_t before, Value end) {
    IndexMath math{b, loc};
    Value zero = math.constant(0);
    Value start = math.sub(math.mul(linalg::IndexOp::create(b, loc, dim),
                                    math.constant(window.strides[dim])),
                           math.constant(window.low[dim]));
    // Window entries before `bound`: the smallest k with start + k * dilation
    // >= bound.
    auto entriesBefore = [&](Value bound) {
      Value distance = math.max(math.sub(bound, start), zero);
      Value rounded =
          math.add(distance, math.constant(window.dilations[dim] - 1));
      return math.min(math.div(rounded, math.constant(window.dilations[dim])),
                      math.constant(window.extents[dim]));
    };
    return math.sub(entriesBefore(end), entriesBefore(math.constant(-before)));
  }
};

struct LowerPoolIndex : OpConversionPattern<nn::PoolIndexOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::PoolIndexOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Type element = nn::elementTypeOf(op.getOperand()),
         i64 = rewriter.getI64Type();
    Window window(op);
    SmallVector<Value> operandSizes =
        sizeValues(rewriter, loc, op.getOperand());
    Value best = filledTensor(
        rewriter, loc, *sizes,
        neutralElement(rewriter, loc, nn::ReduceKind::max, element));
    // -1: nothing was seen yet.
    Value index = filledTensor(rewriter, loc, *sizes,
                               scalarConstant(rewriter, loc, i64, -1));
    MLIRContext *context = getContext();
    AffineMap resultMap = window.resultMap(context);
    ValueRange results = reduceTensor(
        rewriter, loc, window.shapeOperand(rewriter, loc), {best, index},
        {window.windowMap(context), resultMap, resultMap}, window.windowLoops(),
        [&](OpBuilder &b, Location loc, ValueRange args) {
          IndexMath math{b, loc};
          Value isInside;
          SmallVector<Value> places =
              window.positions(b, loc, operandSizes, isInside);
          Value x = nn::emitWiden(
              b, loc, element,
              tensor::ExtractOp::create(b, loc, adaptor.getOperand(), places));
          Value position = math.constant(0);
          for (auto [place, size] : llvm::zip_equal(places, operandSizes))
            position = math.add(math.mul(position, size), place);
          Value here = arith::IndexCastOp::create(b, loc, i64, position);
          Value isFirst =
              arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, args[2],
                                    scalarConstant(b, loc, i64, 0));
          Value takes = arith::OrIOp::create(
              b, loc, isFirst,
              isMoreExtreme(b, loc, element, /*largest=*/true, x, args[1]));
          if (isInside)
            takes = arith::AndIOp::create(b, loc, isInside, takes);
          Value value = arith::SelectOp::create(b, loc, takes, x, args[1]);
          linalg::YieldOp::create(
              b, loc,
              ValueRange{value, arith::SelectOp::create(b, loc, takes, here,
                                                        args[2])});
        });
    replaceWith(rewriter, *getTypeConverter(), op, results[1]);
    return success();
  }
};

} // namespace

void populateWindowPatterns(const NNTypeConverter &converter,
                            RewritePatternSet &patterns) {
  patterns.add<LowerPool, LowerPoolIndex>(converter, patterns.getContext());
}

} // namespace ds::lowering
