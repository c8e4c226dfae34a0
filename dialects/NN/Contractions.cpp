//===- Contractions.cpp - matrix products, convolutions and windows -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"

#include "mlir/IR/TypeUtilities.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

/// Floats: one type throughout; integers: the result is at least as wide as
/// either side. For nn.dot and nn.conv.
static LogicalResult verifyAccumulation(Operation *op, Value lhs, Value rhs,
                                        Value result) {
  Type a = elementTypeOf(lhs), b = elementTypeOf(rhs),
       to = elementTypeOf(result);
  bool isFloat = isa<FloatType>(to);
  if (isFloat ? a == to && b == to
              : isa<IntegerType>(a) && isa<IntegerType>(b) &&
                    a.getIntOrFloatBitWidth() <= to.getIntOrFloatBitWidth() &&
                    b.getIntOrFloatBitWidth() <= to.getIntOrFloatBitWidth())
    return success();
  return op->emitOpError("expected one float type throughout, or integers and "
                         "a result at least as wide, but found ")
         << a << ", " << b << " and " << to;
}

//===----------------------------------------------------------------------===//
// nn.dot
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch,
                                     ArrayRef<int64_t> contracting) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(batch, dim) &&
        !llvm::is_contained(contracting, dim))
      dims.push_back(dim);
  return dims;
}

SmallVector<int64_t> DotOp::getLhsFree() {
  return freeDims(tensorTypeOf(getLhs()).getRank(), getLhsBatch(),
                  getLhsContracting());
}

SmallVector<int64_t> DotOp::getRhsFree() {
  return freeDims(tensorTypeOf(getRhs()).getRank(), getRhsBatch(),
                  getRhsContracting());
}

RankedTensorType
DotOp::inferType(Value lhs, Value rhs, ArrayRef<int64_t> lhsBatch,
                 ArrayRef<int64_t> rhsBatch, ArrayRef<int64_t> lhsContracting,
                 ArrayRef<int64_t> rhsContracting, Type elementType) {
  RankedTensorType left = tensorTypeOf(lhs), right = tensorTypeOf(rhs);
  SmallVector<int64_t> shape;
  for (auto [leftDim, rightDim] : llvm::zip(lhsBatch, rhsBatch))
    shape.push_back(left.isDynamicDim(leftDim) ? right.getDimSize(rightDim)
                                               : left.getDimSize(leftDim));
  for (int64_t dim : freeDims(left.getRank(), lhsBatch, lhsContracting))
    shape.push_back(left.getDimSize(dim));
  for (int64_t dim : freeDims(right.getRank(), rhsBatch, rhsContracting))
    shape.push_back(right.getDimSize(dim));
  return RankedTensorType::get(shape, elementType);
}

void DotOp::build(OpBuilder &b, OperationState &state, Value lhs, Value rhs,
                  ArrayRef<int64_t> lhsBatch, ArrayRef<int64_t> rhsBatch,
                  ArrayRef<int64_t> lhsContracting,
                  ArrayRef<int64_t> rhsContracting, Type elementType) {
  build(b, state,
        inferType(lhs, rhs, lhsBatch, rhsBatch, lhsContracting, rhsContracting,
                  elementType),
        lhs, rhs, lhsBatch, rhsBatch, lhsContracting, rhsContracting);
}

/// C1 for one side.
static LogicalResult verifyDotSide(DotOp op, StringRef side, int64_t rank,
                                   ArrayRef<int64_t> batch,
                                   ArrayRef<int64_t> contracting) {
  llvm::SmallBitVector seen(rank);
  for (int64_t dim : llvm::concat<const int64_t>(batch, contracting)) {
    if (dim < 0 || dim >= rank || seen.test(dim)) // C1
      return op.emitOpError(
                 "expected distinct batch and contracting dimensions of the ")
             << side << " side of rank " << rank << ", but found [" << batch
             << "] and [" << contracting << "]";
    seen.set(dim);
  }
  return success();
}

LogicalResult DotOp::verify() {
  RankedTensorType lhs = tensorTypeOf(getLhs()), rhs = tensorTypeOf(getRhs());
  if (getLhsBatch().size() != getRhsBatch().size() ||
      getLhsContracting().size() != getRhsContracting().size()) // C1
    return emitOpError("expected as many dimensions on the left as on the "
                       "right, but found ")
           << getLhsBatch().size() << " and " << getRhsBatch().size()
           << " batch, " << getLhsContracting().size() << " and "
           << getRhsContracting().size() << " contracting";
  if (failed(verifyDotSide(*this, "left", lhs.getRank(), getLhsBatch(),
                           getLhsContracting())) ||
      failed(verifyDotSide(*this, "right", rhs.getRank(), getRhsBatch(),
                           getRhsContracting())))
    return failure();
  auto verifyPairs = [&](StringRef kind, ArrayRef<int64_t> left,
                         ArrayRef<int64_t> right) -> LogicalResult {
    for (auto [leftDim, rightDim] : llvm::zip(left, right))
      if (failed(
              verifyCompatibleShape(lhs.getShape().slice(leftDim, 1),
                                    rhs.getShape().slice(rightDim, 1)))) // C2
        return emitOpError("expected paired ")
               << kind << " dimensions of one extent, but found "
               << lhs.getDimSize(leftDim) << " and "
               << rhs.getDimSize(rightDim);
    return success();
  };
  if (failed(verifyPairs("batch", getLhsBatch(), getRhsBatch())) ||
      failed(
          verifyPairs("contracting", getLhsContracting(), getRhsContracting())))
    return failure();
  RankedTensorType expected = inferType(
      getLhs(), getRhs(), getLhsBatch(), getRhsBatch(), getLhsContracting(),
      getRhsContracting(), elementTypeOf(getResult()));
  if (expected != getType()) // C3
    return emitOpError("expected a result of type ")
           << expected << ", but found " << getType();
  return verifyAccumulation(*this, getLhs(), getRhs(), getResult()); // C4
}

LogicalResult DotOp::reifyResultShapes(OpBuilder &b,
                                       ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.conv
//===----------------------------------------------------------------------===//

/// Positions of the window along one dimension: how often it fits into the
/// dilated and padded input.
static int64_t countWindows(int64_t input, int64_t window, int64_t stride,
                            int64_t padLow, int64_t padHigh,
                            int64_t inputDilation, int64_t windowDilation) {
  if (ShapedType::isDynamic(input) || ShapedType::isDynamic(window))
    return ShapedType::kDynamic;
  int64_t dilatedInput = input == 0 ? 0 : (input - 1) * inputDilation + 1;
  int64_t dilatedWindow = window == 0 ? 0 : (window - 1) * windowDilation + 1;
  return std::max<int64_t>(
             dilatedInput + padLow + padHigh - dilatedWindow + stride, 0) /
         stride;
}

RankedTensorType
ConvOp::inferType(RankedTensorType input, RankedTensorType filter,
                  ArrayRef<int64_t> inputLayout, ArrayRef<int64_t> filterLayout,
                  ArrayRef<int64_t> outputLayout, ArrayRef<int64_t> strides,
                  ArrayRef<int64_t> padLow, ArrayRef<int64_t> padHigh,
                  ArrayRef<int64_t> inputDilation,
                  ArrayRef<int64_t> windowDilation, int64_t batchGroups,
                  Type elementType) {
  SmallVector<int64_t> shape(outputLayout.size());
  int64_t batch = input.getDimSize(inputLayout[0]);
  shape[outputLayout[0]] =
      ShapedType::isDynamic(batch) ? batch : batch / batchGroups;
  shape[outputLayout[1]] = filter.getDimSize(filterLayout[0]);
  for (size_t dim = 0; dim < strides.size(); ++dim)
    shape[outputLayout[dim + 2]] = countWindows(
        input.getDimSize(inputLayout[dim + 2]),
        filter.getDimSize(filterLayout[dim + 2]), strides[dim], padLow[dim],
        padHigh[dim], inputDilation[dim], windowDilation[dim]);
  return RankedTensorType::get(shape, elementType);
}

/// C3 and C4: features and batch are split evenly.
static LogicalResult verifyGroups(ConvOp op, int64_t batch,
                                  int64_t inputFeatures, int64_t filterFeatures,
                                  int64_t outputFeatures) {
  int64_t featureGroups = op.getFeatureGroups(),
          batchGroups = op.getBatchGroups();
  if (featureGroups < 1 || batchGroups < 1 ||
      (featureGroups > 1 && batchGroups > 1)) // C3
    return op.emitOpError("expected positive group counts of which at most one "
                          "is not 1, but found ")
           << featureGroups << " feature and " << batchGroups
           << " batch groups";
  auto verifyDivides = [&](StringRef what, int64_t extent,
                           int64_t groups) -> LogicalResult {
    if (ShapedType::isDynamic(extent) || extent % groups == 0)
      return success();
    return op.emitOpError("expected ") << what << " divisible into " << groups
                                       << " groups, but found " << extent; // C3
  };
  if (failed(verifyDivides("output features", outputFeatures, featureGroups)) ||
      failed(verifyDivides("output features", outputFeatures, batchGroups)) ||
      failed(verifyDivides("a batch", batch, batchGroups)))
    return failure();
  bool isKnown = !ShapedType::isDynamic(inputFeatures) &&
                 !ShapedType::isDynamic(filterFeatures);
  if (isKnown && inputFeatures != filterFeatures * featureGroups) // C4
    return op.emitOpError("expected ")
           << filterFeatures * featureGroups << " input features ("
           << filterFeatures << " of the filter in " << featureGroups
           << " groups), but found " << inputFeatures;
  return success();
}

LogicalResult ConvOp::verify() {
  RankedTensorType input = tensorTypeOf(getInput()),
                   filter = tensorTypeOf(getFilter()),
                   output = tensorTypeOf(getResult());
  int64_t rank = input.getRank(), spatial = rank - 2;
  if (rank < 3 || filter.getRank() != rank || output.getRank() != rank) // C1
    return emitOpError("expected input, filter and result of one rank of at "
                       "least 3, but found ")
           << rank << ", " << filter.getRank() << " and " << output.getRank();
  for (auto [name, layout] : {std::pair("input_layout", getInputLayout()),
                              std::pair("filter_layout", getFilterLayout()),
                              std::pair("output_layout", getOutputLayout())})
    if (!isPermutation(layout, rank)) // C1
      return emitOpError("expected '")
             << name << "' to be a permutation of " << rank
             << " dimensions, but found [" << layout << "]";
  for (auto [name, values, lowest] :
       {std::tuple("strides", getStrides(), int64_t{1}),
        std::tuple("input_dilation", getInputDilation(), int64_t{1}),
        std::tuple("window_dilation", getWindowDilation(), int64_t{1}),
        std::tuple("pad_low", getPadLow(), std::numeric_limits<int64_t>::min()),
        std::tuple("pad_high", getPadHigh(),
                   std::numeric_limits<int64_t>::min())})
    if (failed(verifyPerDimension(*this, name, values, spatial, lowest))) // C2
      return failure();
  if (failed(verifyGroups(*this, input.getDimSize(getInputLayout()[0]),
                          input.getDimSize(getInputLayout()[1]),
                          filter.getDimSize(getFilterLayout()[1]),
                          filter.getDimSize(getFilterLayout()[0])))) // C3, C4
    return failure();
  RankedTensorType expected = inferType(
      input, filter, getInputLayout(), getFilterLayout(), getOutputLayout(),
      getStrides(), getPadLow(), getPadHigh(), getInputDilation(),
      getWindowDilation(), getBatchGroups(), output.getElementType());
  if (failed(
          verifyCompatibleShape(expected.getShape(), output.getShape()))) // C5
    return emitOpError("expected a result of type ")
           << expected << ", but found " << output;
  return verifyAccumulation(*this, getInput(), getFilter(), getResult()); // C6
}

LogicalResult ConvOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &dims) {
  Location loc = getLoc();
  auto constant = [&](int64_t value) -> OpFoldResult {
    return b.getIndexAttr(value);
  };
  SmallVector<OpFoldResult> sizes(getType().getRank());
  OpFoldResult batch = sizeOf(b, loc, getInput(), getInputLayout()[0]);
  sizes[getOutputLayout()[0]] =
      divideSizes(b, loc, batch, constant(getBatchGroups()));
  sizes[getOutputLayout()[1]] =
      sizeOf(b, loc, getFilter(), getFilterLayout()[0]);
  // (size - 1) * dilation + 1; an empty dimension stays empty.
  auto dilate = [&](OpFoldResult size, int64_t dilation) {
    if (dilation == 1)
      return size;
    return clampSize(b, loc,
                     addSizes(b, loc,
                              multiplySizes(b, loc, size, constant(dilation)),
                              constant(1 - dilation)));
  };
  for (auto [dim, stride] : llvm::enumerate(getStrides())) {
    OpFoldResult input =
        dilate(sizeOf(b, loc, getInput(), getInputLayout()[dim + 2]),
               getInputDilation()[dim]);
    OpFoldResult window =
        dilate(sizeOf(b, loc, getFilter(), getFilterLayout()[dim + 2]),
               getWindowDilation()[dim]);
    OpFoldResult room = addSizes(
        b, loc, input, constant(getPadLow()[dim] + getPadHigh()[dim] + stride));
    room = addSizes(b, loc, room, multiplySizes(b, loc, window, constant(-1)));
    sizes[getOutputLayout()[dim + 2]] =
        divideSizes(b, loc, clampSize(b, loc, room), constant(stride));
  }
  addReified(b, getResult(), sizes, dims);
  return success();
}

//===----------------------------------------------------------------------===//
// nn.pool, nn.pool_index
//===----------------------------------------------------------------------===//

template <typename PoolLike>
static LogicalResult verifyPool(PoolLike op) {
  int64_t rank = tensorTypeOf(op.getOperand()).getRank(),
          resultRank = tensorTypeOf(op.getResult()).getRank();
  for (auto [name, values, lowest] :
       {std::tuple("window", op.getWindow(), 1),
        std::tuple("strides", op.getStrides(), 1),
        std::tuple("dilations", op.getDilations(), 1),
        std::tuple("low", op.getLow(), 0), std::tuple("high", op.getHigh(), 0)})
    if (failed(verifyPerDimension(op, name, values, rank, lowest))) // C1
      return failure();
  if (failed(verifySizes(op, op.getSizes(), op.getResult()))) // C2
    return failure();
  if (rank != resultRank) // C2
    return op.emitOpError("expected operand and result of one rank, but found ")
           << rank << " and " << resultRank;
  return success();
}

LogicalResult PoolOp::verify() {
  if (failed(verifyPool(*this)))
    return failure();
  return verifySameElementType(*this, "operand", getOperand(), "result",
                               getResult()); // C2
}

LogicalResult PoolOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

LogicalResult PoolIndexOp::verify() { return verifyPool(*this); }

LogicalResult
PoolIndexOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}
