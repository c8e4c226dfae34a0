//===- NNToLinalgContractions.cpp - matrix products and convolutions
//-------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// result += lhs * rhs over the loops of `maps` (left, right, result); the last
/// `reduced` loops are reductions.
Value multiplyAdd(OpBuilder &b, Location loc, Type lhsElement, Type rhsElement,
                  Type resultElement, Value lhs, Value rhs,
                  ArrayRef<OpFoldResult> sizes, ArrayRef<AffineMap> maps,
                  ArrayRef<int64_t> reduced) {
  Value zero = scalarConstant(b, loc, computeType(resultElement), 0);
  Value init = filledTensor(b, loc, sizes, zero);
  return reduceTensor(
      b, loc, {lhs, rhs}, init, maps, reduced,
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value x = widenTo(b, loc, lhsElement, resultElement, args[0]),
              y = widenTo(b, loc, rhsElement, resultElement, args[1]);
        Value term =
            combine(b, loc, nn::ReduceKind::product, resultElement, x, y);
        linalg::YieldOp::create(
            b, loc,
            combine(b, loc, nn::ReduceKind::sum, resultElement, args[2], term));
      })[0];
}

/// Loops: batch dimensions, free ones of the left, free ones of the right,
/// contracting ones.
struct LowerDot : OpConversionPattern<nn::DotOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::DotOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    int64_t outer = sizes->size(), contracting = op.getLhsContracting().size();
    SmallVector<int64_t> lhsFree = op.getLhsFree(), rhsFree = op.getRhsFree();
    SmallVector<int64_t> lhs(op.getLhs().getType().getRank()),
        rhs(op.getRhs().getType().getRank());
    int64_t loop = 0;
    for (auto [left, right] :
         llvm::zip_equal(op.getLhsBatch(), op.getRhsBatch()))
      lhs[left] = rhs[right] = loop++;
    for (int64_t dim : lhsFree)
      lhs[dim] = loop++;
    for (int64_t dim : rhsFree)
      rhs[dim] = loop++;
    for (auto [left, right] :
         llvm::zip_equal(op.getLhsContracting(), op.getRhsContracting()))
      lhs[left] = rhs[right] = loop++;

    MLIRContext *context = getContext();
    auto written = llvm::to_vector<6>(llvm::seq<int64_t>(0, outer));
    auto reduced =
        llvm::to_vector<6>(llvm::seq<int64_t>(outer, outer + contracting));
    Type element = nn::elementTypeOf(op.getResult());
    Value sums = multiplyAdd(rewriter, loc, nn::elementTypeOf(op.getLhs()),
                             nn::elementTypeOf(op.getRhs()), element,
                             adaptor.getLhs(), adaptor.getRhs(), *sizes,
                             {selectMap(context, loop, lhs),
                              selectMap(context, loop, rhs),
                              selectMap(context, loop, written)},
                             reduced);
    replaceWith(rewriter, *getTypeConverter(), op,
                roundTensor(rewriter, loc, *sizes, element, sums));
    return success();
  }
};

/// Splits dimension `dim` of `tensor` into [`groups`, `inner`].
Value splitDimension(OpBuilder &b, Location loc, Value tensor, int64_t dim,
                     int64_t groups, OpFoldResult inner) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(type.getShape());
  std::optional<int64_t> known = getConstantIntValue(inner);
  shape[dim] = known ? *known * groups : ShapedType::kDynamic;
  tensor = castTensor(b, loc, tensor,
                      RankedTensorType::get(shape, type.getElementType()));

  Sizes sizes = tensor::getMixedSizes(b, loc, tensor);
  sizes[dim] = known ? OpFoldResult(b.getIndexAttr(*known)) : inner;
  sizes.insert(sizes.begin() + dim, b.getIndexAttr(groups));
  shape[dim] = known.value_or(ShapedType::kDynamic);
  shape.insert(shape.begin() + dim, groups);
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t target = 0; target < static_cast<int64_t>(shape.size());
       ++target) {
    if (target != dim + 1)
      reassociation.emplace_back();
    reassociation.back().push_back(target);
  }
  return tensor::ExpandShapeOp::create(
      b, loc, RankedTensorType::get(shape, type.getElementType()), tensor,
      reassociation, sizes);
}

Value mergeDimension(OpBuilder &b, Location loc, Value tensor, int64_t dim) {
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t source = 0,
               rank = cast<RankedTensorType>(tensor.getType()).getRank();
       source < rank; ++source) {
    if (source != dim + 1)
      reassociation.emplace_back();
    reassociation.back().push_back(source);
  }
  return tensor::CollapseShapeOp::create(b, loc, tensor, reassociation);
}

/// Loops: batch, output positions, output features, window and input features
/// of the group in the order of the filter. With feature groups the access to
/// the input finds the group by dividing the output feature. Where each group
/// has one feature on both sides (depthwise), the input feature is the output
/// feature. Groups of dynamic size cannot be divided by: they are a loop of
/// their own after the batch.
struct LowerConv : OpConversionPattern<nn::ConvOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto all = [](ArrayRef<int64_t> values, int64_t value) {
      return llvm::all_of(values, [=](int64_t v) { return v == value; });
    };
    if (!all(op.getPadLow(), 0) || !all(op.getPadHigh(), 0) ||
        !all(op.getInputDilation(), 1) || op.getBatchGroups() != 1)
      return rewriter.notifyMatchFailure(
          op, "has pads, input dilation or batch groups");
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();

    Value input = adaptor.getInput(), filter = adaptor.getFilter();
    SmallVector<int64_t> inputLayout(op.getInputLayout()),
        filterLayout(op.getFilterLayout()), outputLayout(op.getOutputLayout());
    int64_t spatial = op.getStrides().size(), groups = op.getFeatureGroups();
    OpFoldResult features =
        nn::sizeOf(rewriter, loc, op.getFilter(), filterLayout[0]);
    OpFoldResult groupInputs =
        nn::sizeOf(rewriter, loc, op.getFilter(), filterLayout[1]);
    std::optional<int64_t> knownFeatures = getConstantIntValue(features),
                           knownInputs = getConstantIntValue(groupInputs);
    bool isDepthwise =
        groups > 1 && knownFeatures == groups && knownInputs == 1;
    bool isDivided = groups > 1 && !isDepthwise && knownFeatures && knownInputs;
    bool isGrouped = groups > 1 && !isDepthwise && !isDivided;

    Loops loops;
    loops.batch = loops.count++;
    if (isGrouped)
      loops.group = loops.count++;
    for (int64_t dim = 0; dim < spatial; ++dim)
      loops.positions.push_back(loops.count++);
    loops.feature = loops.count++;
    int64_t parallel = loops.count;
    // Sums run in the order of the filter's memory.
    bool isFeatureOutermost =
        llvm::all_of(ArrayRef(filterLayout).drop_front(2),
                     [&](int64_t dim) { return filterLayout[1] < dim; });
    AffineExpr feature = rewriter.getAffineDimExpr(loops.feature),
               zero = rewriter.getAffineConstantExpr(0), summed;
    auto addFeatureLoop = [&] {
      if (!isDepthwise)
        summed = rewriter.getAffineDimExpr(loops.count++);
    };
    if (isFeatureOutermost)
      addFeatureLoop();
    for (int64_t dim = 0; dim < spatial; ++dim)
      loops.window.push_back(loops.count++);
    if (!isFeatureOutermost)
      addFeatureLoop();
    loops.inputFeature = isDepthwise ? feature : summed;
    loops.filterFeature = isDepthwise ? zero : summed;
    if (isDivided)
      loops.inputFeature =
          feature.floorDiv(*knownFeatures / groups) * *knownInputs +
          loops.inputFeature;

    int64_t mergedDim = outputLayout[1];
    if (isGrouped) {
      OpFoldResult groupOutputs = nn::divideSizes(
          rewriter, loc, features, rewriter.getIndexAttr(groups));
      input = splitDimension(rewriter, loc, input, inputLayout[1], groups,
                             groupInputs);
      filter = splitDimension(rewriter, loc, filter, filterLayout[0], groups,
                              groupOutputs);
      (*sizes)[mergedDim] = groupOutputs;
      sizes->insert(sizes->begin() + mergedDim, rewriter.getIndexAttr(groups));
    }

    AffineMap maps[] = {inputMap(op, inputLayout, loops),
                        filterMap(op, filterLayout, loops),
                        outputMap(op, outputLayout, loops)};
    auto reduced =
        llvm::to_vector<6>(llvm::seq<int64_t>(parallel, loops.count));
    Type element = nn::elementTypeOf(op.getResult());
    Value sums = multiplyAdd(rewriter, loc, nn::elementTypeOf(op.getInput()),
                             nn::elementTypeOf(op.getFilter()), element, input,
                             filter, *sizes, maps, reduced);
    Value result = roundTensor(rewriter, loc, *sizes, element, sums);
    if (isGrouped)
      result = mergeDimension(rewriter, loc, result, mergedDim);
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  struct Loops {
    int64_t count = 0, batch = 0, group = -1, feature = 0;
    AffineExpr inputFeature, filterFeature;
    SmallVector<int64_t> positions, window;
  };

  /// The map to a tensor whose dimension `layout[i]` is accessed by `exprs[i]`;
  /// where there is a group loop, it is the dimension in front of that of
  /// `exprs[grouped]`.
  static AffineMap byLayout(MLIRContext *context, ArrayRef<int64_t> layout,
                            ArrayRef<AffineExpr> exprs, const Loops &loops,
                            int64_t grouped) {
    SmallVector<AffineExpr> placed(layout.size());
    for (auto [dim, expr] : llvm::zip_equal(layout, exprs))
      placed[dim] = expr;
    if (loops.group >= 0)
      placed.insert(placed.begin() + layout[grouped],
                    getAffineDimExpr(loops.group, context));
    return AffineMap::get(loops.count, 0, placed, context);
  }

  static AffineMap inputMap(nn::ConvOp op, ArrayRef<int64_t> layout,
                            const Loops &loops) {
    Builder b(op.getContext());
    SmallVector<AffineExpr> exprs{b.getAffineDimExpr(loops.batch),
                                  loops.inputFeature};
    for (auto [dim, loop] : llvm::enumerate(loops.positions))
      exprs.push_back(b.getAffineDimExpr(loop) * op.getStrides()[dim] +
                      b.getAffineDimExpr(loops.window[dim]) *
                          op.getWindowDilation()[dim]);
    return byLayout(op.getContext(), layout, exprs, loops, /*grouped=*/1);
  }

  static AffineMap filterMap(nn::ConvOp op, ArrayRef<int64_t> layout,
                             const Loops &loops) {
    Builder b(op.getContext());
    SmallVector<AffineExpr> exprs{b.getAffineDimExpr(loops.feature),
                                  loops.filterFeature};
    for (int64_t loop : loops.window)
      exprs.push_back(b.getAffineDimExpr(loop));
    return byLayout(op.getContext(), layout, exprs, loops, /*grouped=*/0);
  }

  static AffineMap outputMap(nn::ConvOp op, ArrayRef<int64_t> layout,
                             const Loops &loops) {
    Builder b(op.getContext());
    SmallVector<AffineExpr> exprs{b.getAffineDimExpr(loops.batch),
                                  b.getAffineDimExpr(loops.feature)};
    for (int64_t loop : loops.positions)
      exprs.push_back(b.getAffineDimExpr(loop));
    return byLayout(op.getContext(), layout, exprs, loops, /*grouped=*/1);
  }
};

} // namespace

void populateContractionPatterns(const NNTypeConverter &converter,
                                 RewritePatternSet &patterns) {
  patterns.add<LowerConv, LowerDot>(converter, patterns.getContext());
}

} // namespace ds::lowering
