//===- NNToLinalgReductions.cpp - reductions and what is made of them
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// Dimensions of a tensor of `rank` that are not in `dims`.
SmallVector<int64_t> remaining(int64_t rank, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> kept;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(dims, dim))
      kept.push_back(dim);
  return kept;
}

/// An operand together with the dimensions that are reduced; emits the steps
/// that softmax and normalisation consist of.
struct Rows {
  OpBuilder &b;
  Location loc;
  /// nn element type of the operand.
  Type element;
  /// Extents of the operand.
  Sizes sizes;
  SmallVector<int64_t> dims;

  SmallVector<int64_t> kept() const { return remaining(sizes.size(), dims); }
  AffineMap fullMap() const {
    return identityMap(b.getContext(), sizes.size());
  }
  AffineMap keptMap() const {
    return selectMap(b.getContext(), sizes.size(), kept());
  }

  /// Combines `term` of each element of `inputs` (full, or reduced already)
  /// over the reduced dimensions.
  Value reduce(nn::ReduceKind kind, ValueRange inputs, ElementBody term) const {
    Value neutral = neutralElement(b, loc, kind, element);
    Value init = filledTensor(b, loc, pick(sizes, kept()), neutral);
    SmallVector<AffineMap> maps = mapsOf(inputs);
    maps.push_back(keptMap());
    return reduceTensor(b, loc, inputs, init, maps, dims,
                        [&](OpBuilder &b, Location loc, ValueRange args) {
                          Value value = term(b, loc, args);
                          linalg::YieldOp::create(b, loc,
                                                  combine(b, loc, kind, element,
                                                          args.back(), value));
                        })[0];
  }

  /// A value per element, of storage type `type`.
  Value each(Type type, ValueRange inputs, ElementBody body) const {
    return mapTensor(b, loc, sizes, type, inputs, mapsOf(inputs), body);
  }

  /// A value per row.
  Value eachRow(ValueRange inputs, ElementBody body) const {
    SmallVector<AffineMap> maps(inputs.size(),
                                identityMap(b.getContext(), kept().size()));
    return mapTensor(b, loc, pick(sizes, kept()), computeType(element), inputs,
                     maps, body);
  }

  Value widen(OpBuilder &b, Location loc, Value stored) const {
    return nn::emitWiden(b, loc, element, stored);
  }

private:
  SmallVector<AffineMap> mapsOf(ValueRange inputs) const {
    SmallVector<AffineMap> maps;
    for (Value input : inputs)
      maps.push_back(cast<RankedTensorType>(input.getType()).getRank() ==
                             static_cast<int64_t>(sizes.size())
                         ? fullMap()
                         : keptMap());
    return maps;
  }
};

struct LowerReduce : OpConversionPattern<nn::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getOperand());
    Rows rows{rewriter, loc, element,
              nn::sizesOf(rewriter, loc, op.getOperand()),
              SmallVector<int64_t>(op.getDims())};
    Value computed =
        rows.reduce(op.getKind(), adaptor.getOperand(),
                    [&](OpBuilder &b, Location loc, ValueRange args) {
                      return rows.widen(b, loc, args[0]);
                    });
    replaceWith(rewriter, *getTypeConverter(), op,
                roundTensor(rewriter, loc, pick(rows.sizes, rows.kept()),
                            element, computed));
    return success();
  }
};

struct LowerArgReduce : OpConversionPattern<nn::ArgReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ArgReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getOperand());
    int64_t axis = op.getAxis();
    Rows rows{rewriter,
              loc,
              element,
              nn::sizesOf(rewriter, loc, op.getOperand()),
              {axis}};
    Sizes kept = pick(rows.sizes, rows.kept());
    Value best =
        filledTensor(rewriter, loc, kept,
                     neutralElement(rewriter, loc, op.getKind(), element));
    Value position =
        filledTensor(rewriter, loc, kept,
                     scalarConstant(rewriter, loc, rewriter.getI64Type(), 0));
    bool largest = op.getKind() == nn::ReduceKind::max;
    ValueRange results = reduceTensor(
        rewriter, loc, adaptor.getOperand(), {best, position},
        {rows.fullMap(), rows.keptMap(), rows.keptMap()}, axis,
        [&](OpBuilder &b, Location loc, ValueRange args) {
          Value x = rows.widen(b, loc, args[0]);
          Value here = arith::IndexCastOp::create(
              b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, axis));
          Value takes;
          if (op.getLast()) {
            Value isBehind =
                isMoreExtreme(b, loc, element, largest, args[1], x);
            takes = arith::XOrIOp::create(
                b, loc, isBehind, scalarConstant(b, loc, b.getI1Type(), 1));
          } else {
            takes = isMoreExtreme(b, loc, element, largest, x, args[1]);
          }
          Value value = arith::SelectOp::create(b, loc, takes, x, args[1]);
          Value index = arith::SelectOp::create(b, loc, takes, here, args[2]);
          linalg::YieldOp::create(b, loc, ValueRange{value, index});
        });
    replaceWith(rewriter, *getTypeConverter(), op, results[1]);
    return success();
  }
};

struct LowerSoftmax : OpConversionPattern<nn::SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::SoftmaxOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getOperand()),
         compute = computeType(element), storage = nn::storageType(element);
    int64_t axis = op.getAxis();
    Rows rows{rewriter,
              loc,
              element,
              nn::sizesOf(rewriter, loc, op.getOperand()),
              {axis}};
    Value x = adaptor.getOperand();
    Value max = rowMaximum(rows, x);
    auto shifted = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      return arith::SubFOp::create(b, loc, rows.widen(b, loc, args[0]),
                                   args[1]);
    };
    auto exponential = [&](OpBuilder &b, Location loc,
                           ValueRange args) -> Value {
      return math::ExpOp::create(b, loc, shifted(b, loc, args));
    };
    Value result;
    if (op.getLog()) {
      Value sum = rows.reduce(nn::ReduceKind::sum, {x, max}, exponential);
      Value log = rows.eachRow(
          sum, [](OpBuilder &b, Location loc, ValueRange args) -> Value {
            return math::LogOp::create(b, loc, args[0]);
          });
      result = rows.each(
          storage, {x, max, log},
          [&](OpBuilder &b, Location loc, ValueRange args) {
            return toStorage(
                b, loc, element,
                arith::SubFOp::create(b, loc, shifted(b, loc, args), args[2]));
          });
    } else {
      Value exponentials = rows.each(compute, {x, max}, exponential);
      Value sum = rows.reduce(
          nn::ReduceKind::sum, exponentials,
          [](OpBuilder &, Location, ValueRange args) { return args[0]; });
      result = rows.each(storage, {exponentials, sum},
                         [&](OpBuilder &b, Location loc, ValueRange args) {
                           return toStorage(
                               b, loc, element,
                               arith::DivFOp::create(b, loc, args[0], args[1]));
                         });
    }
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }

  /// The shift of a row. A NaN may be passed over here, since it comes out of
  /// the exponential of its own element, and so this is the maximum that costs
  /// less.
  static Value rowMaximum(const Rows &rows, Value x) {
    Value lowest =
        neutralElement(rows.b, rows.loc, nn::ReduceKind::max, rows.element);
    Value init =
        filledTensor(rows.b, rows.loc, pick(rows.sizes, rows.kept()), lowest);
    return reduceTensor(rows.b, rows.loc, x, init,
                        {rows.fullMap(), rows.keptMap()}, rows.dims,
                        [&](OpBuilder &b, Location loc, ValueRange args) {
                          Value max = arith::MaxNumFOp::create(
                              b, loc, args[1], rows.widen(b, loc, args[0]));
                          linalg::YieldOp::create(b, loc, max);
                        })[0];
  }
};

struct LowerNormalize : OpConversionPattern<nn::NormalizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::NormalizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getOperand()),
         storage = nn::storageType(element);
    Rows rows{rewriter, loc, element,
              nn::sizesOf(rewriter, loc, op.getOperand()),
              SmallVector<int64_t>(op.getDims())};
    Value x = adaptor.getOperand();
    Value length = IndexMath{rewriter, loc}.value(
        product(rewriter, loc, pick(rows.sizes, rows.dims)));
    Value count = indexToCompute(rewriter, loc, element, length);

    // Deviation from the mean, or with `rms` from zero. A second pass over
    // deviations is exact where the mean is large; the mean of squares minus
    // the square of the mean is not.
    SmallVector<Value> inputs{x};
    if (!op.getRms()) {
      Value sum = rows.reduce(nn::ReduceKind::sum, x,
                              [&](OpBuilder &b, Location loc, ValueRange args) {
                                return rows.widen(b, loc, args[0]);
                              });
      inputs.push_back(rows.eachRow(
          sum, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
            return arith::DivFOp::create(b, loc, args[0], count);
          }));
    }
    auto deviation = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      Value value = rows.widen(b, loc, args[0]);
      return op.getRms() ? value
                         : Value(arith::SubFOp::create(b, loc, value, args[1]));
    };
    Value squares =
        rows.reduce(nn::ReduceKind::sum, inputs,
                    [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                      Value value = deviation(b, loc, args);
                      return arith::MulFOp::create(b, loc, value, value);
                    });
    Value scale = rows.eachRow(
        squares, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value variance = arith::DivFOp::create(b, loc, args[0], count);
          Value epsilon = scalarConstant(b, loc, variance.getType(),
                                         op.getEpsilon().convertToDouble());
          Value root = math::SqrtOp::create(
              b, loc, arith::AddFOp::create(b, loc, variance, epsilon));
          return arith::DivFOp::create(
              b, loc, scalarConstant(b, loc, root.getType(), 1), root);
        });
    inputs.push_back(scale);
    Value result = rows.each(
        storage, inputs, [&](OpBuilder &b, Location loc, ValueRange args) {
          Value value = deviation(b, loc, args);
          return toStorage(
              b, loc, element,
              arith::MulFOp::create(b, loc, value, args[inputs.size() - 1]));
        });
    replaceWith(rewriter, *getTypeConverter(), op, result);
    return success();
  }
};

} // namespace

void populateReductionPatterns(const NNTypeConverter &converter,
                               RewritePatternSet &patterns) {
  patterns.add<LowerArgReduce, LowerNormalize, LowerReduce, LowerSoftmax>(
      converter, patterns.getContext());
}

} // namespace ds::lowering
