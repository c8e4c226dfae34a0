//===- NNToLinalgScatter.cpp - writing by index
//----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Updates may meet on one element, so their order counts: loops over the
// updates, one after the other, that write into a copy of the data. Slices of
// updates are a generic each.
//
//===----------------------------------------------------------------------===//
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// What element `old` becomes under `update`; both as stored.
Value combineStored(OpBuilder &b, Location loc, nn::ScatterKind kind,
                    Type element, Value old, Value update) {
  if (kind == nn::ScatterKind::set)
    return update;
  nn::ReduceKind reduce = kind == nn::ScatterKind::add ? nn::ReduceKind::sum
                          : kind == nn::ScatterKind::mul
                              ? nn::ReduceKind::product
                          : kind == nn::ScatterKind::max ? nn::ReduceKind::max
                                                         : nn::ReduceKind::min;
  Value x = nn::emitWiden(b, loc, element, old),
        y = nn::emitWiden(b, loc, element, update);
  return toStorage(b, loc, element, combine(b, loc, reduce, element, x, y));
}

struct LowerScatterElements : OpConversionPattern<nn::ScatterElementsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ScatterElementsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getData());
    Sizes dataSizes = nn::sizesOf(rewriter, loc, op.getData());
    Value extent = IndexMath{rewriter, loc}.value(dataSizes[op.getAxis()]);
    Value copy = writableTensor(rewriter, loc, dataSizes, adaptor.getData());
    SmallVector<Value> results = loopNest(
        rewriter, loc, nn::sizesOf(rewriter, loc, op.getUpdates()), copy,
        [&](OpBuilder &b, Location loc, ValueRange positions,
            ValueRange carried) -> SmallVector<Value> {
          Value index = tensor::ExtractOp::create(b, loc, adaptor.getIndices(),
                                                  positions);
          Value update = tensor::ExtractOp::create(b, loc, adaptor.getUpdates(),
                                                   positions);
          SmallVector<Value> place(positions);
          place[op.getAxis()] = resolveIndex(
              b, loc, nn::elementTypeOf(op.getIndices()), index, extent);
          Value old;
          if (op.getKind() != nn::ScatterKind::set)
            old = tensor::ExtractOp::create(b, loc, carried[0], place);
          Value value =
              combineStored(b, loc, op.getKind(), element, old, update);
          return {tensor::InsertOp::create(b, loc, value, carried[0], place)};
        });
    replaceWith(rewriter, *getTypeConverter(), op, results);
    return success();
  }
};

struct LowerScatterND : OpConversionPattern<nn::ScatterNDOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ScatterNDOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getData());
    auto indexType = op.getIndices().getType();
    int64_t tuple = indexType.getShape().back();
    Sizes dataSizes = nn::sizesOf(rewriter, loc, op.getData());
    Sizes loops = nn::sizesOf(rewriter, loc, op.getIndices());
    loops.pop_back();
    Sizes slice(llvm::drop_begin(dataSizes, tuple));
    Value copy = writableTensor(rewriter, loc, dataSizes, adaptor.getData());
    SmallVector<Value> extents;
    for (int64_t entry = 0; entry < tuple; ++entry)
      extents.push_back(IndexMath{rewriter, loc}.value(dataSizes[entry]));

    SmallVector<Value> results = loopNest(
        rewriter, loc, loops, copy,
        [&](OpBuilder &b, Location loc, ValueRange positions,
            ValueRange carried) -> SmallVector<Value> {
          SmallVector<Value> place;
          for (auto [entry, extent] : llvm::enumerate(extents)) {
            SmallVector<Value> at(positions);
            at.push_back(arith::ConstantIndexOp::create(b, loc, entry));
            Value index =
                tensor::ExtractOp::create(b, loc, adaptor.getIndices(), at);
            place.push_back(resolveIndex(b, loc, indexType.getElementType(),
                                         index, extent));
          }
          if (slice.empty()) {
            Value update = tensor::ExtractOp::create(
                b, loc, adaptor.getUpdates(), positions);
            Value old = tensor::ExtractOp::create(b, loc, carried[0], place);
            Value value =
                combineStored(b, loc, op.getKind(), element, old, update);
            return {tensor::InsertOp::create(b, loc, value, carried[0], place)};
          }
          Slice source(b, SmallVector<Value>(positions), slice),
              target(b, place, slice);
          Value updates = source.extract(b, loc, adaptor.getUpdates()),
                old = target.extract(b, loc, carried[0]);
          AffineMap map = identityMap(b.getContext(), slice.size());
          Value merged =
              reduceTensor(b, loc, updates, old, {map, map}, {},
                           [&](OpBuilder &b, Location loc, ValueRange args) {
                             Value value =
                                 combineStored(b, loc, op.getKind(), element,
                                               args[1], args[0]);
                             linalg::YieldOp::create(b, loc, value);
                           })[0];
          return {target.insert(b, loc, merged, carried[0])};
        });
    replaceWith(rewriter, *getTypeConverter(), op, results);
    return success();
  }
};

Value isNotZero(OpBuilder &b, Location loc, Value value) {
  Value zero = scalarConstant(b, loc, value.getType(), 0);
  if (isa<FloatType>(value.getType()))
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, value,
                                 zero);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
}

/// Walks the operand once, in order, and writes a column per element that is
/// not zero.
struct LowerNonZero : OpConversionPattern<nn::NonZeroOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::NonZeroOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    IndexMath math{rewriter, loc};
    Sizes sizes = nn::sizesOf(rewriter, loc, op.getOperand());
    Value count = adaptor.getCount();
    Type element = nn::elementTypeOf(op.getOperand());
    Value empty =
        emptyTensor(rewriter, loc, {rewriter.getIndexAttr(sizes.size()), count},
                    rewriter.getI64Type());
    SmallVector<Value> results = loopNest(
        rewriter, loc, sizes, {empty, math.constant(0)},
        [&](OpBuilder &b, Location loc, ValueRange positions,
            ValueRange carried) -> SmallVector<Value> {
          IndexMath math{b, loc};
          Value value =
              nn::emitWiden(b, loc, element,
                            tensor::ExtractOp::create(
                                b, loc, adaptor.getOperand(), positions));
          Value isHit = isNotZero(b, loc, value);
          // `count` is the caller's word: columns beyond it are dropped rather
          // than written outside.
          Value fits =
              math.compare(arith::CmpIPredicate::slt, carried[1], count);
          Value writes = arith::AndIOp::create(b, loc, isHit, fits);
          auto branch = scf::IfOp::create(
              b, loc, writes,
              [&](OpBuilder &b, Location loc) {
                Value columns = carried[0];
                for (auto [row, position] : llvm::enumerate(positions)) {
                  Value at = arith::ConstantIndexOp::create(b, loc, row);
                  Value entry = arith::IndexCastOp::create(
                      b, loc, b.getI64Type(), position);
                  columns = tensor::InsertOp::create(
                      b, loc, entry, columns, ValueRange{at, carried[1]});
                }
                Value next = IndexMath{b, loc}.add(
                    carried[1], arith::ConstantIndexOp::create(b, loc, 1));
                scf::YieldOp::create(b, loc, ValueRange{columns, next});
              },
              [&](OpBuilder &b, Location loc) {
                scf::YieldOp::create(b, loc, carried);
              });
          return branch.getResults();
        });
    replaceWith(rewriter, *getTypeConverter(), op, results[0]);
    return success();
  }
};

} // namespace

void populateScatterPatterns(const NNTypeConverter &converter,
                             RewritePatternSet &patterns) {
  patterns.add<LowerNonZero, LowerScatterElements, LowerScatterND>(
      converter, patterns.getContext());
}

} // namespace ds::lowering
