//===- TileOutput.cpp - what becomes of a register tile's sums
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/TileOutput.h"

#include "compiler/Codegen/CPU/AccessForm.h"

using namespace mlir;

namespace ds {

std::optional<TileOutput> TileOutput::plan(ArrayRef<StoredValue> values,
                                           linalg::GenericOp op,
                                           ElementEmitter &emitter,
                                           std::string &reason) {
  TileOutput output;
  output.values.assign(values.begin(), values.end());
  int64_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  AffineMap own = AffineMap::getMultiDimIdentityMap(rank, op.getContext());
  for (Value result : op->getResults())
    emitter.known[result] = LaneValue::uniform(Value());
  bool canStore = true;
  for (const StoredValue &value : values) {
    auto type = cast<RankedTensorType>(value.tensor.getType());
    canStore = canStore && type.getRank() == rank &&
               emitter.canEmit(value.tensor, reason) &&
               readsOwnElement(value.tensor, own, op, emitter);
    bool usesIndices = false;
    SmallVector<Read> reads;
    if (canStore &&
        collectReads(value.tensor, own, emitter, reads, usesIndices))
      for (const Read &read : reads)
        if (llvm::none_of(output.reads, [&](const Read &known) {
              return known.tensor == read.tensor && known.map == read.map;
            }))
          output.reads.push_back(read);
  }
  for (Value result : op->getResults())
    emitter.known.erase(result);
  if (canStore)
    return output;
  if (reason.empty())
    reason = "the result is used at other positions than its own";
  return std::nullopt;
}

void TileOutput::keepMatrices(ArrayRef<int64_t> rowDims, int64_t laneDim) {
  llvm::erase_if(reads, [&](const Read &read) {
    return !read.map.isFunctionOfDim(laneDim) ||
           llvm::none_of(rowDims, [&](int64_t dim) {
             return dim >= 0 && read.map.isFunctionOfDim(dim);
           });
  });
}

void TileOutput::emitPrefetch(ElementEmitter &e,
                              ArrayRef<LaneValue> indices) const {
  for (const Read &read : reads) {
    SmallVector<LaneValue> at;
    for (AffineExpr expr : read.map.getResults())
      at.push_back(e.emitAffine(expr, indices));
    e.emitPrefetch(e.buffers.find(read.tensor)->second, at,
                   /*isStore=*/false);
  }
  for (const StoredValue &value : values)
    e.emitPrefetch(e.buffers.find(value.destination)->second,
                   emitStoredPosition(e, value, indices), /*isStore=*/true);
}

void TileOutput::emitStores(ElementEmitter &e, linalg::GenericOp op,
                            ArrayRef<LaneValue> totals,
                            ArrayRef<LaneValue> indices) const {
  for (auto [result, total] : llvm::zip_equal(op->getResults(), totals))
    e.known[result] = total;
  // All reads before the first store, which may be to the same memory.
  SmallVector<LaneValue> stored;
  for (const StoredValue &value : values)
    stored.push_back(e.emitElement(value.tensor, indices));
  for (auto [value, element] : llvm::zip(values, stored))
    emitStoredElement(e, value, indices, element);
  for (Value result : op->getResults())
    e.known.erase(result);
}

} // namespace ds
