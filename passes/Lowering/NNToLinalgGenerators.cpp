//===- NNToLinalgGenerators.cpp - constants and computed tensors
//-----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// The elements as they lie in memory, as an attribute of type `type`.
ElementsAttr denseData(const HostTensor &data, RankedTensorType type) {
  int64_t count = data.numElements();
  if (type.getElementType().isInteger(1)) {
    // Booleans have a packed form of their own in attributes.
    SmallVector<bool> values;
    for (int64_t position = 0; position < count; ++position)
      values.push_back(data.getInt(position) != 0);
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef<char>(data.data(), data.numBytes()));
}

struct LowerConstant : OpConversionPattern<nn::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type =
        cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    if (TypedAttr splat = splatOf(op.getResult());
        splat && type.getRank() > 0) {
      // Not a dense constant, which would take memory for each element.
      Value value = arith::ConstantOp::create(rewriter, loc, splat);
      replaceWith(
          rewriter, *getTypeConverter(), op,
          filledTensor(rewriter, loc, mixedSizesOf(type, rewriter), value));
      return success();
    }
    auto elements = dyn_cast<ElementsAttr>(op.getValue());
    if (!elements || elements.getType() != type) {
      FailureOr<HostTensor> data = nn::getConstantData(op);
      if (failed(data))
        return rewriter.notifyMatchFailure(
            op, "its data is not in the weight table");
      elements = denseData(*data, type);
    }
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, type, elements);
    return success();
  }

  static Sizes mixedSizesOf(RankedTensorType type, Builder &b) {
    return getAsIndexOpFoldResult(b.getContext(), type.getShape());
  }
};

struct LowerIota : OpConversionPattern<nn::IotaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::IotaOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = nn::elementTypeOf(op.getResult());
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    Value result =
        mapTensor(rewriter, op.getLoc(), *sizes, nn::storageType(element), {},
                  {}, [&](OpBuilder &b, Location loc, ValueRange) {
                    Value position =
                        linalg::IndexOp::create(b, loc, op.getAxis());
                    return toStorage(b, loc, element,
                                     indexToCompute(b, loc, element, position));
                  });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

struct LowerRandomBits : OpConversionPattern<nn::RandomBitsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::RandomBitsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Sizes> sizes = resultSizes(rewriter, op);
    if (failed(sizes))
      return failure();
    SmallVector<Value> extents;
    for (OpFoldResult size : *sizes)
      extents.push_back(IndexMath{rewriter, loc}.value(size));
    Value key = tensor::ExtractOp::create(rewriter, loc, adaptor.getKey(),
                                          ValueRange());
    Value result =
        mapTensor(rewriter, loc, *sizes, rewriter.getI64Type(), {}, {},
                  [&](OpBuilder &b, Location loc, ValueRange) {
                    IndexMath math{b, loc};
                    Value position = math.constant(0);
                    for (auto [dim, extent] : llvm::enumerate(extents))
                      position = math.add(math.mul(position, extent),
                                          linalg::IndexOp::create(b, loc, dim));
                    return mix(b, loc, key,
                               arith::IndexCastOp::create(
                                   b, loc, b.getI64Type(), position));
                  });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  /// SplitMix64, as the op describes it.
  static Value mix(OpBuilder &b, Location loc, Value key, Value position) {
    auto constant = [&](uint64_t value) {
      return arith::ConstantOp::create(
          b, loc, b.getI64IntegerAttr(static_cast<int64_t>(value)));
    };
    auto foldDown = [&](Value z, int64_t shift) {
      return arith::XOrIOp::create(
          b, loc, z, arith::ShRUIOp::create(b, loc, z, constant(shift)));
    };
    Value count = arith::AddIOp::create(b, loc, position, constant(1));
    Value z = arith::AddIOp::create(
        b, loc, key,
        arith::MulIOp::create(b, loc, count, constant(0x9E3779B97F4A7C15)));
    z = arith::MulIOp::create(b, loc, foldDown(z, 30),
                              constant(0xBF58476D1CE4E5B9));
    z = arith::MulIOp::create(b, loc, foldDown(z, 27),
                              constant(0x94D049BB133111EB));
    return foldDown(z, 31);
  }
};

} // namespace

void populateGeneratorPatterns(const NNTypeConverter &converter,
                               RewritePatternSet &patterns) {
  patterns.add<LowerConstant, LowerIota, LowerRandomBits>(
      converter, patterns.getContext());
}

} // namespace ds::lowering
