//===- ProductCopies.cpp - a product's operands, copied block by block ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/ProductPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ds {

MemoryBuffer ProductPlan::scratch(ElementEmitter &e, Value base,
                                  int64_t &offset, ArrayRef<int64_t> extents,
                                  Type type) const {
  MemoryBuffer buffer;
  auto pointer = LLVM::LLVMPointerType::get(e.b.getContext());
  buffer.elementType = type;
  buffer.pointer = LLVM::GEPOp::create(e.b, e.loc, pointer, e.b.getI8Type(),
                                       base, ValueRange{e.constant(offset)});
  int64_t bytes = type.getIntOrFloatBitWidth() / 8;
  for (int64_t extent : extents) {
    buffer.extents.push_back(e.constant(extent));
    bytes *= extent;
  }
  offset += llvm::alignTo(bytes, 64);
  return buffer;
}

void ProductPlan::makeScratch(ElementEmitter &e, ProductItem &item) const {
  auto pointer = LLVM::LLVMPointerType::get(e.b.getContext());
  if (!left.isCopied && !right.isCopied && !isBlocked())
    return;
  // The size is known once the buffers are laid out.
  auto call = LLVM::CallOp::create(e.b, e.loc, TypeRange{pointer},
                                   "ds_rt_scratch", ValueRange{e.constant(0)});
  int64_t bytes = 0;
  auto typeOf = [](const ProductSide &side) {
    return getElementTypeOrSelf(side.operand->get().getType());
  };
  Value base = call.getResult();
  if (right.isCopied)
    item.right =
        scratch(e, base, bytes, {nBlock / width(), paddedTerms(), width()},
                typeOf(right));
  // Rows a power of two apart would share sets of the cache.
  if (left.isCopied)
    item.left = scratch(e, base, bytes, {rowsAtOnce, paddedTerms() + lanes},
                        typeOf(left));
  if (isBlocked())
    item.sums = scratch(e, base, bytes, {mBlock, nBlock}, elementType);
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPoint(call);
  call->setOperand(0, e.constant(bytes));
}

void ProductPlan::maskTerms(ElementEmitter &e, Value term) const {
  e.mask = sum.size() % lanes ? emitMask(e, e.sub(e.constant(sum.size()), term))
                              : Value();
}

void ProductPlan::copyRight(ElementEmitter &e, const ProductItem &item,
                            Value kLow, Value kHigh) const {
  e.lanes = lanes;
  Value firstRow = item.rowLow;
  if (!right.isAlongSum) {
    emitLoop(e, kLow, kHigh, 1, [&](Value k) {
      emitPanels(e, item, item.low, item.high,
                 [&](Value panel, Value lane, int64_t count, Value lastMask) {
                   for (int64_t v = 0; v < count; ++v) {
                     e.mask = v + 1 == count ? lastMask : Value();
                     LaneValue element = e.emitOperand(
                         op, right.operand,
                         loopsAt(e, item, LaneValue::uniform(firstRow),
                                 LaneValue::linear(
                                     e.add(lane, e.constant(v * lanes)), 1),
                                 LaneValue::uniform(k)));
                     e.mask = Value();
                     e.emitStore(item.right,
                                 {LaneValue::uniform(panel),
                                  LaneValue::uniform(e.sub(k, kLow)),
                                  LaneValue::linear(e.constant(v * lanes), 1)},
                                 element);
                   }
                 });
    });
    return;
  }
  // Squares of terms and columns, whose rows become columns.
  emitLoop(e, item.low, item.high, lanes, [&](Value lane) {
    Value vector = e.floorDiv(e.sub(lane, item.low), lanes);
    Value panel = e.floorDiv(vector, vectors);
    Value within = e.mul(e.sub(vector, e.mul(panel, e.constant(vectors))),
                         e.constant(lanes));
    emitLoop(e, kLow, kHigh, lanes, [&](Value k) {
      SmallVector<Value> square;
      maskTerms(e, k);
      for (int64_t i = 0; i < lanes; ++i) {
        // Columns that are not there are copies of the last one.
        Value column = e.add(lane, e.constant(i));
        if (columns % lanes != 0)
          column = e.min(column, e.constant(columns - 1));
        square.push_back(e.toVector(e.emitOperand(
            op, right.operand,
            loopsAt(e, item, LaneValue::uniform(firstRow),
                    LaneValue::uniform(column), LaneValue::linear(k, 1)))));
      }
      e.mask = Value();
      transposeSquare(e, square);
      for (auto [i, element] : llvm::enumerate(square))
        e.emitStore(item.right,
                    {LaneValue::uniform(panel),
                     LaneValue::uniform(e.add(e.sub(k, kLow), e.constant(i))),
                     LaneValue::linear(within, 1)},
                    LaneValue::vector(element));
    });
  });
}

void ProductPlan::copyLeft(ElementEmitter &e, const ProductItem &item,
                           Value rowBase, Value rowEnd, Value kLow,
                           Value kHigh) const {
  if (left.isAlongSum) {
    e.lanes = lanes;
    emitLoop(e, rowBase, rowEnd, 1, [&](Value row) {
      emitLoop(e, kLow, kHigh, lanes, [&](Value k) {
        maskTerms(e, k);
        LaneValue element = e.emitOperand(
            op, left.operand,
            loopsAt(e, item, LaneValue::uniform(row),
                    LaneValue::uniform(item.low), LaneValue::linear(k, 1)));
        e.mask = Value();
        e.emitStore(item.left,
                    {LaneValue::uniform(e.sub(row, rowBase)),
                     LaneValue::linear(e.sub(k, kLow), 1)},
                    element);
      });
    });
    return;
  }
  // Squares of rows and terms, whose rows become columns.
  e.lanes = lanes;
  emitLoop(e, kLow, kHigh, lanes, [&](Value k) {
    emitLoop(e, rowBase, rowEnd, lanes, [&](Value row) {
      SmallVector<Value> square;
      if (rows.size() % lanes != 0)
        e.mask = emitMask(e, e.sub(rowEnd, row));
      for (int64_t i = 0; i < lanes; ++i) {
        // Terms that are not there are copies of the last one.
        Value term = e.add(k, e.constant(i));
        if (sum.size() % lanes != 0)
          term = e.min(term, e.constant(sum.size() - 1));
        square.push_back(e.toVector(e.emitOperand(
            op, left.operand,
            loopsAt(e, item, LaneValue::linear(row, 1),
                    LaneValue::uniform(item.low), LaneValue::uniform(term)))));
      }
      e.mask = Value();
      transposeSquare(e, square);
      for (auto [i, element] : llvm::enumerate(square))
        e.emitStore(
            item.left,
            {LaneValue::uniform(e.add(e.sub(row, rowBase), e.constant(i))),
             LaneValue::linear(e.sub(k, kLow), 1)},
            LaneValue::vector(element));
    });
  });
}

} // namespace ds
