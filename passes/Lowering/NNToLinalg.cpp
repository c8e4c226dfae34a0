//===- NNToLinalg.cpp - the pass ds-lower-nn-to-linalg
//---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalg.h"

#include "passes/Lowering/NNToLinalgSupport.h"
#include "passes/Lowering/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_LOWERNNTOLINALGPASS
#include "passes/Lowering/Passes.h.inc"

NNTypeConverter::NNTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](RankedTensorType type) -> Type {
    return RankedTensorType::get(type.getShape(),
                                 nn::storageType(type.getElementType()),
                                 type.getEncoding());
  });
  auto cast = [](OpBuilder &b, Type type, ValueRange inputs,
                 Location loc) -> Value {
    return UnrealizedConversionCastOp::create(b, loc, type, inputs)
        .getResult(0);
  };
  addSourceMaterialization(cast);
  addTargetMaterialization(cast);
}

namespace {

/// Upstream ops without a meaning of their own for the element type:
/// `tensor.dim`, `tensor.cast`, terminators, ...
struct ConvertTypes : ConversionPattern {
  ConvertTypes(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (isa<nn::NNDialect>(op->getDialect()))
      return rewriter.notifyMatchFailure(op, "has a meaning of its own");
    if (op->getNumRegions() == 0) {
      FailureOr<Operation *> converted =
          convertOpResultTypes(op, operands, *getTypeConverter(), rewriter);
      if (failed(converted))
        return failure();
      rewriter.replaceOp(op, (*converted)->getResults());
      return success();
    }
    // Ops with regions that hold values of nn types (kernels, `scf`): types of
    // block arguments follow, in place.
    for (Region &region : op->getRegions())
      if (failed(rewriter.convertRegionTypes(&region, *getTypeConverter())))
        return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op->setOperands(operands);
      for (OpResult result : op->getResults())
        result.setType(getTypeConverter()->convertType(result.getType()));
    });
    return success();
  }
};

/// Nothing is computed for results without elements; their empty access ranges
/// would not pass linalg's verifier either.
struct LowerEmptyResults : ConversionPattern {
  LowerEmptyResults(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/10,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value>,
                  ConversionPatternRewriter &rewriter) const override {
    auto isEmpty = [](Type type) {
      return llvm::is_contained(cast<RankedTensorType>(type).getShape(), 0);
    };
    if (!isa<nn::NNDialect>(op->getDialect()) ||
        !llvm::all_of(op->getResultTypes(), isEmpty))
      return rewriter.notifyMatchFailure(op, "has elements to compute");
    ReifiedRankedShapedTypeDims sizes;
    if (isa<nn::ConstantOp>(op))
      sizes.resize(1);
    else if (failed(reifyResultShapes(rewriter, op, sizes)))
      return rewriter.notifyMatchFailure(op, "cannot say its extents");
    SmallVector<Value> results;
    for (auto [result, extents] : llvm::zip_equal(op->getResults(), sizes)) {
      auto type = cast<RankedTensorType>(result.getType());
      if (type.hasStaticShape())
        extents = getAsIndexOpFoldResult(getContext(), type.getShape());
      Type element = nn::storageType(type.getElementType());
      results.push_back(
          lowering::emptyTensor(rewriter, op->getLoc(), extents, element));
    }
    lowering::replaceWith(rewriter, *getTypeConverter(), op, results);
    return success();
  }
};

bool hasStorageTypesOnly(const TypeConverter &converter, Operation *op) {
  if (auto function = dyn_cast<FunctionOpInterface>(op)) {
    if (!converter.isLegal(function.getArgumentTypes()) ||
        !converter.isLegal(function.getResultTypes()))
      return false;
  }
  return converter.isLegal(op) &&
         llvm::all_of(op->getRegions(),
                      [&](Region &r) { return converter.isLegal(&r); });
}

/// What no pattern can lower, in words.
LogicalResult checkLowerable(Operation *root) {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  bool isLowerable = true;
  root->walk([&](Operation *op) {
    if (auto conv = dyn_cast<nn::ConvOp>(op)) {
      if (all(conv.getPadLow(), 0) && all(conv.getPadHigh(), 0) &&
          all(conv.getInputDilation(), 1) && conv.getBatchGroups() == 1)
        return;
      conv.emitOpError("must have no pads, input dilation or batch groups "
                       "here: 'ds-decompose-conv' removes them");
      isLowerable = false;
    } else if (auto constant = dyn_cast<nn::ConstantOp>(op)) {
      if (!isa<nn::WeightAttr>(constant.getValue()) ||
          succeeded(nn::getConstantData(constant)))
        return;
      constant.emitOpError() << "holds " << constant.getValue()
                             << ", whose data are not in the weight table";
      isLowerable = false;
    }
  });
  return success(isLowerable);
}

struct LowerNNToLinalgPass
    : impl::LowerNNToLinalgPassBase<LowerNNToLinalgPass> {
  void runOnOperation() override {
    if (failed(lowerNNToLinalg(getOperation())))
      signalPassFailure();
  }
};

} // namespace

void populateNNToLinalgPatterns(const NNTypeConverter &converter,
                                RewritePatternSet &patterns) {
  lowering::populateContractionPatterns(converter, patterns);
  lowering::populateElementwisePatterns(converter, patterns);
  lowering::populateGatherPatterns(converter, patterns);
  lowering::populateGeneratorPatterns(converter, patterns);
  lowering::populateMovementPatterns(converter, patterns);
  lowering::populateReductionPatterns(converter, patterns);
  lowering::populateScatterPatterns(converter, patterns);
  lowering::populateSequentialPatterns(converter, patterns);
  lowering::populateWindowPatterns(converter, patterns);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                 converter);
  patterns.add<ConvertTypes, LowerEmptyResults>(converter,
                                                patterns.getContext());
}

LogicalResult lowerNNToLinalg(Operation *root) {
  if (failed(checkLowerable(root)))
    return failure();
  NNTypeConverter converter;
  RewritePatternSet patterns(root->getContext());
  populateNNToLinalgPatterns(converter, patterns);

  ConversionTarget target(*root->getContext());
  target.addIllegalDialect<nn::NNDialect>();
  target.markUnknownOpDynamicallyLegal(
      [&](Operation *op) { return hasStorageTypesOnly(converter, op); });
  return applyFullConversion(root, target, std::move(patterns));
}

} // namespace ds
