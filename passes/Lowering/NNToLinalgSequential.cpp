//===- NNToLinalgSequential.cpp - scan and sort
//----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace ds::lowering {
namespace {

/// One step after the other along the axis. Dimensions behind the axis run in a
/// generic per step, those before it in loops around.
struct LowerScan : OpConversionPattern<nn::ScanOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ScanOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = nn::elementTypeOf(op.getOperand()),
         storage = nn::storageType(element);
    int64_t axis = op.getAxis();
    Sizes sizes = nn::sizesOf(rewriter, loc, op.getOperand());
    ArrayRef<OpFoldResult> outer = ArrayRef(sizes).take_front(axis),
                           inner = ArrayRef(sizes).drop_front(axis + 1);
    Value operand = adaptor.getOperand(),
          length = IndexMath{rewriter, loc}.value(sizes[axis]);
    Value neutral = neutralElement(rewriter, loc, op.getKind(), element);
    SmallVector<Value> inits{emptyTensor(rewriter, loc, sizes, storage)};
    if (!inner.empty())
      inits.push_back(emptyTensor(rewriter, loc, inner, computeType(element)));

    // `total` before and after the element `x`; what is stored is one of them.
    auto step = [&](OpBuilder &b, Location loc, Value x,
                    Value total) -> std::pair<Value, Value> {
      Value next = combine(b, loc, op.getKind(), element, total,
                           nn::emitWiden(b, loc, element, x));
      return {toStorage(b, loc, element, op.getExclusive() ? total : next),
              next};
    };
    auto along = [&](OpBuilder &b, Location loc, ValueRange start,
                     ValueRange outerPositions,
                     function_ref<SmallVector<Value>(
                         OpBuilder &, Location, ArrayRef<Value>, ValueRange)>
                         body) {
      return loopNest(b, loc, sizes[axis], start,
                      [&](OpBuilder &b, Location loc, ValueRange position,
                          ValueRange carried) -> SmallVector<Value> {
                        IndexMath math{b, loc};
                        Value place = position[0];
                        if (op.getReverse())
                          place = math.sub(math.sub(length, math.constant(1)),
                                           place);
                        SmallVector<Value> places(outerPositions);
                        places.push_back(place);
                        return body(b, loc, places, carried);
                      });
    };

    SmallVector<Value> results = loopNest(
        rewriter, loc, outer, inits,
        [&](OpBuilder &b, Location loc, ValueRange positions,
            ValueRange carried) -> SmallVector<Value> {
          if (inner.empty()) {
            SmallVector<Value> line = along(
                b, loc, {carried[0], neutral}, positions,
                [&](OpBuilder &b, Location loc, ArrayRef<Value> place,
                    ValueRange carried) -> SmallVector<Value> {
                  auto [stored, total] = step(
                      b, loc, tensor::ExtractOp::create(b, loc, operand, place),
                      carried[1]);
                  return {tensor::InsertOp::create(b, loc, stored, carried[0],
                                                   place),
                          total};
                });
            return {line[0]};
          }
          Value totals =
              linalg::FillOp::create(b, loc, neutral, carried[1]).getResult(0);
          return along(
              b, loc, {carried[0], totals}, positions,
              [&](OpBuilder &b, Location loc, ArrayRef<Value> place,
                  ValueRange carried) -> SmallVector<Value> {
                Slice slice(b, place, inner);
                Value x = slice.extract(b, loc, operand);
                Value target = slice.extract(b, loc, carried[0]);
                AffineMap map = identityMap(b.getContext(), inner.size());
                ValueRange written = reduceTensor(
                    b, loc, x, {target, carried[1]}, {map, map, map}, {},
                    [&](OpBuilder &b, Location loc, ValueRange args) {
                      auto [stored, total] = step(b, loc, args[0], args[2]);
                      linalg::YieldOp::create(b, loc,
                                              ValueRange{stored, total});
                    });
                return {slice.insert(b, loc, written[0], carried[0]),
                        written[1]};
              });
        });
    replaceWith(rewriter, *getTypeConverter(), op, results[0]);
    return success();
  }
};

/// Bottom-up merge sort of one line after the other. Scratch tensors for values
/// and positions have two rows, and each pass merges the runs of one row into
/// the other: which is which is the parity of the pass.
struct LowerSort : OpConversionPattern<nn::SortOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::SortOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type storage = nn::storageType(nn::elementTypeOf(op.getOperand())),
         i64 = rewriter.getI64Type();
    int64_t axis = op.getAxis();
    Sizes sizes = nn::sizesOf(rewriter, loc, op.getOperand()), others = sizes;
    others.erase(others.begin() + axis);
    OpFoldResult length = sizes[axis];
    IndexMath math{rewriter, loc};
    Value count = math.value(length), zero = math.constant(0);
    // Run lengths 1, 2, 4, ...: as many as there are bits in count - 1.
    Value last = math.max(math.sub(count, math.constant(1)), zero);
    Value zeros = math::CountLeadingZerosOp::create(
        rewriter, loc, arith::IndexCastOp::create(rewriter, loc, i64, last));
    Value passes = math.sub(math.constant(64),
                            arith::IndexCastOp::create(
                                rewriter, loc, rewriter.getIndexType(), zeros));
    Value lastRow = math.rem(passes, math.constant(2));

    SmallVector<OpFoldResult> rows{rewriter.getIndexAttr(2), length};
    SmallVector<Value> inits{emptyTensor(rewriter, loc, sizes, storage),
                             emptyTensor(rewriter, loc, sizes, i64),
                             emptyTensor(rewriter, loc, rows, storage),
                             emptyTensor(rewriter, loc, rows, i64)};
    auto placeOf = [&](ValueRange positions, Value along) {
      SmallVector<Value> place(positions);
      place.insert(place.begin() + axis, along);
      return place;
    };
    SmallVector<Value> results = loopNest(
        rewriter, loc, others, inits,
        [&](OpBuilder &b, Location loc, ValueRange positions,
            ValueRange carried) -> SmallVector<Value> {
          SmallVector<Value> lines = loopNest(
              b, loc, length, carried.drop_front(2),
              [&](OpBuilder &b, Location loc, ValueRange along,
                  ValueRange lines) -> SmallVector<Value> {
                Value value = tensor::ExtractOp::create(
                    b, loc, adaptor.getOperand(), placeOf(positions, along[0]));
                Value position =
                    arith::IndexCastOp::create(b, loc, i64, along[0]);
                SmallVector<Value> place{zero, along[0]};
                return {
                    tensor::InsertOp::create(b, loc, value, lines[0], place),
                    tensor::InsertOp::create(b, loc, position, lines[1],
                                             place)};
              });
          lines =
              loopNest(b, loc, OpFoldResult(passes), lines,
                       [&](OpBuilder &b, Location loc, ValueRange pass,
                           ValueRange lines) -> SmallVector<Value> {
                         return mergePass(b, loc, op, pass[0], count, lines);
                       });
          SmallVector<Value> stored = loopNest(
              b, loc, length, carried.take_front(2),
              [&](OpBuilder &b, Location loc, ValueRange along,
                  ValueRange out) -> SmallVector<Value> {
                SmallVector<Value> source{lastRow, along[0]};
                Value value =
                    tensor::ExtractOp::create(b, loc, lines[0], source);
                Value position =
                    tensor::ExtractOp::create(b, loc, lines[1], source);
                SmallVector<Value> place = placeOf(positions, along[0]);
                return {
                    tensor::InsertOp::create(b, loc, value, out[0], place),
                    tensor::InsertOp::create(b, loc, position, out[1], place)};
              });
          stored.append(lines);
          return stored;
        });
    replaceWith(rewriter, *getTypeConverter(), op,
                ArrayRef(results).take_front(2));
    return success();
  }

  /// Merges neighbouring runs of length 2^`pass`.
  static SmallVector<Value> mergePass(OpBuilder &b, Location loc, nn::SortOp op,
                                      Value pass, Value count,
                                      ValueRange lines) {
    IndexMath math{b, loc};
    Value from = math.rem(pass, math.constant(2)),
          into = math.sub(math.constant(1), from);
    Value run = arith::ShLIOp::create(b, loc, math.constant(1), pass);
    Value pair = math.mul(run, math.constant(2));
    Value pairs =
        math.div(math.sub(math.add(count, pair), math.constant(1)), pair);
    return loopNest(b, loc, OpFoldResult(pairs), lines,
                    [&](OpBuilder &b, Location loc, ValueRange index,
                        ValueRange lines) -> SmallVector<Value> {
                      IndexMath math{b, loc};
                      Value begin = math.mul(index[0], pair);
                      Value middle = math.min(math.add(begin, run), count),
                            end = math.min(math.add(begin, pair), count);
                      return mergeRuns(b, loc, op, lines, from, into, begin,
                                       middle, end);
                    });
  }

  /// Merges the runs [begin, middle) and [middle, end) of row `from` into row
  /// `into`; of equal elements those of the first run come first.
  static SmallVector<Value> mergeRuns(OpBuilder &b, Location loc, nn::SortOp op,
                                      ValueRange lines, Value from, Value into,
                                      Value begin, Value middle, Value end) {
    Type element = nn::elementTypeOf(op.getOperand());
    Value one = arith::ConstantIndexOp::create(b, loc, 1);
    auto loop = scf::ForOp::create(
        b, loc, begin, end, one, ValueRange{lines[0], lines[1], begin, middle},
        [&](OpBuilder &b, Location loc, Value at, ValueRange carried) {
          IndexMath math{b, loc};
          Value left = carried[2], right = carried[3];
          // An exhausted run is still read, at its last place: only the choice
          // must be right.
          auto load = [&](Value line, Value place) -> Value {
            return tensor::ExtractOp::create(b, loc, line,
                                             ValueRange{from, place});
          };
          Value leftValue =
              load(carried[0], math.min(left, math.sub(middle, one)));
          Value rightValue =
              load(carried[0], math.min(right, math.sub(end, one)));
          Value x = nn::emitWiden(b, loc, element, leftValue),
                y = nn::emitWiden(b, loc, element, rightValue);
          Value isRightFirst =
              op.getDescending()
                  ? isMoreExtreme(b, loc, element, /*largest=*/true, y, x)
                  : isMoreExtreme(b, loc, element, /*largest=*/true, x, y);
          Value isLeftDone =
              math.compare(arith::CmpIPredicate::sge, left, middle);
          Value hasRight = math.compare(arith::CmpIPredicate::slt, right, end);
          Value takesRight = arith::AndIOp::create(
              b, loc, hasRight,
              arith::OrIOp::create(b, loc, isLeftDone, isRightFirst));
          Value value = arith::SelectOp::create(b, loc, takesRight, rightValue,
                                                leftValue);
          Value position =
              load(carried[1], math.select(takesRight, right, left));
          Value values = tensor::InsertOp::create(b, loc, value, carried[0],
                                                  ValueRange{into, at});
          Value positions = tensor::InsertOp::create(
              b, loc, position, carried[1], ValueRange{into, at});
          Value nextLeft = math.select(takesRight, left, math.add(left, one));
          Value nextRight =
              math.select(takesRight, math.add(right, one), right);
          scf::YieldOp::create(
              b, loc, ValueRange{values, positions, nextLeft, nextRight});
        });
    return {loop.getResult(0), loop.getResult(1)};
  }
};

} // namespace

void populateSequentialPatterns(const NNTypeConverter &converter,
                                RewritePatternSet &patterns) {
  patterns.add<LowerScan, LowerSort>(converter, patterns.getContext());
}

} // namespace ds::lowering
