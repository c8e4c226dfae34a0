//===- NNToLinalgGather.cpp - reading by index
//-----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// Loop indices [first, first + count).
void appendLoops(OpBuilder &b, Location loc, SmallVectorImpl<Value> &positions,
                 int64_t first, int64_t count) {
  for (int64_t dim = first; dim < first + count; ++dim)
    positions.push_back(linalg::IndexOp::create(b, loc, dim));
}

/// The extent of the data's dimension `dim`, as a value outside of the loops.
Value dataExtent(OpBuilder &b, Location loc, Value data, int64_t dim) {
  return IndexMath{b, loc}.value(nn::sizeOf(b, loc, data, dim));
}

struct LowerGather : OpConversionPattern<nn::GatherOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::GatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Value data = adaptor.getData(), indices = adaptor.getIndices();
    int64_t axis = op.getAxis(),
            indexRank = op.getIndices().getType().getRank();
    Value extent = dataExtent(rewriter, loc, op.getData(), axis);
    auto loops = llvm::to_vector<6>(llvm::seq<int64_t>(axis, axis + indexRank));
    Value result = mapTensor(
        rewriter, loc, *sizes, nn::elementTypeOf(data), indices,
        selectMap(getContext(), sizes->size(), loops),
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          SmallVector<Value> positions;
          appendLoops(b, loc, positions, 0, axis);
          positions.push_back(resolveIndex(
              b, loc, nn::elementTypeOf(op.getIndices()), args[0], extent));
          appendLoops(b, loc, positions, axis + indexRank,
                      sizes->size() - axis - indexRank);
          return tensor::ExtractOp::create(b, loc, data, positions);
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

struct LowerGatherElements : OpConversionPattern<nn::GatherElementsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::GatherElementsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Value data = adaptor.getData();
    Value extent = dataExtent(rewriter, loc, op.getData(), op.getAxis());
    Value result = mapTensor(
        rewriter, loc, *sizes, nn::elementTypeOf(data), adaptor.getIndices(),
        identityMap(getContext(), sizes->size()),
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          SmallVector<Value> positions;
          appendLoops(b, loc, positions, 0, sizes->size());
          positions[op.getAxis()] = resolveIndex(
              b, loc, nn::elementTypeOf(op.getIndices()), args[0], extent);
          return tensor::ExtractOp::create(b, loc, data, positions);
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

struct LowerGatherND : OpConversionPattern<nn::GatherNDOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::GatherNDOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Value data = adaptor.getData(), indices = adaptor.getIndices();
    auto indexType = op.getIndices().getType();
    int64_t batches = op.getBatchDims(), leading = indexType.getRank() - 1,
            tuple = indexType.getShape().back();
    SmallVector<Value> extents;
    for (int64_t entry = 0; entry < tuple; ++entry)
      extents.push_back(
          dataExtent(rewriter, loc, op.getData(), batches + entry));
    Value result = mapTensor(
        rewriter, loc, *sizes, nn::elementTypeOf(data), {}, {},
        [&](OpBuilder &b, Location loc, ValueRange) -> Value {
          SmallVector<Value> positions, place;
          appendLoops(b, loc, positions, 0, batches);
          appendLoops(b, loc, place, 0, leading);
          place.push_back(Value());
          for (auto [entry, extent] : llvm::enumerate(extents)) {
            place.back() = arith::ConstantIndexOp::create(b, loc, entry);
            Value index = tensor::ExtractOp::create(b, loc, indices, place);
            positions.push_back(resolveIndex(b, loc, indexType.getElementType(),
                                             index, extent));
          }
          appendLoops(b, loc, positions, leading, sizes->size() - leading);
          return tensor::ExtractOp::create(b, loc, data, positions);
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

} // namespace

void populateGatherPatterns(const NNTypeConverter &converter,
                            RewritePatternSet &patterns) {
  patterns.add<LowerGather, LowerGatherElements, LowerGatherND>(
      converter, patterns.getContext());
}

} // namespace ds::lowering
