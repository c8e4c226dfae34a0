//===- ProductStage.cpp - matrix products in blocks of the cache
//-----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A large sum of products of a left side, which varies along the result's rows,
// and a right side, which varies along its columns: matrix products, and
// convolutions with their gradients, whose left side is read in windows. An
// item is a block of columns and of rows. A block of the right side, `kBlock`
// terms of all its columns, is copied to panels that a second-level cache
// holds; then sliver after sliver of the left side, `tileRows` rows, passes the
// panels, and its register tiles are summed up (Goto and van de Geijn, "Anatomy
// of High-Performance Matrix Multiplication", TOMS 2008). The copies
// make the order in which the operands lie there,
// the pages that they spread over and rows that share sets of the cache
// irrelevant. Sums of more terms than a block has wait in a block of their own.
//
// A side that memory already holds in an order that serves is not copied.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/AccessForm.h"
#include "compiler/Codegen/CPU/ProductPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace ds {
namespace {

/// What a block of the right side may take of a second-level cache.
constexpr int64_t BlockBytes = 640 * 1024;
/// Terms of a sum that a block has at most.
constexpr int64_t BlockTerms = 1024;
/// Rows that are worth another copy of the right side.
constexpr int64_t ItemRows = 512;
/// Items wanted for several threads to share, and so many that a rest of them
/// does not matter.
constexpr int64_t WantedItems = 4, ManyItems = 32;
/// Of right sides that come from memory while they are used: bytes and terms of
/// a block, rows that pass it, columns for which these are copied.
constexpr int64_t StreamedBytes = 256 * 1024, StreamedTerms = 512,
                  StreamedRows = 256, StreamedColumns = 384;
/// Below these extents nothing repays the copies.
constexpr int64_t LeastRows = 32, LeastTerms = 32;
/// Distance of lines that share sets of a first-level cache too often.
constexpr int64_t SetBytes = 2048;

/// Extents of tiles and blocks.
void chooseBlocks(ProductPlan &plan, const CpuTarget &target) {
  int64_t bytes = plan.elementType.getIntOrFloatBitWidth() / 8;
  int64_t m = plan.rows.size(), n = plan.columns, k = plan.sum.size();
  constexpr int64_t VectorScale = 4; // target.lanes are of four bytes
  plan.lanes = target.lanes * VectorScale / bytes;
  plan.vectors = n >= 2 * plan.lanes ? 2 : 1;
  static_assert(RowsAtOnce % 12 == 0 && RowsAtOnce % 16 == 0);
  // Sums take all but a few registers: two vectors of the right side, one of
  // the left, and some for the order that instructions are given.
  plan.tileRows = target.registers == 32 ? 12 : 6;
  int64_t kBlocks = llvm::divideCeil(k, BlockTerms);
  plan.kBlock = llvm::divideCeil(k, kBlocks);
  if (kBlocks > 1)
    plan.kBlock = llvm::alignTo(plan.kBlock, plan.lanes);

  if (plan.panelColumns != 0) {
    // The left side is copied for all columns of an item at once, and shares
    // the cache with two blocks of the right side.
    plan.kBlock = llvm::alignTo(
        llvm::divideCeil(k, llvm::divideCeil(k, StreamedTerms)), plan.lanes);
    plan.mBlock = llvm::alignTo(
        llvm::divideCeil(m, llvm::divideCeil(m, StreamedRows)), RowsAtOnce);
    plan.rowsAtOnce = plan.mBlock;
    int64_t panels = llvm::divideCeil(n, plan.panelColumns);
    int64_t rowBlocks = llvm::divideCeil(m, plan.mBlock);
    int64_t laneBlocks = std::min(
        panels, std::max(n / StreamedColumns,
                         static_cast<int64_t>(llvm::divideCeil(2, rowBlocks))));
    plan.nBlock = llvm::divideCeil(panels, laneBlocks) * plan.panelColumns;
    int64_t panelBytes = plan.kBlock * plan.panelColumns * bytes;
    plan.columnsAtOnce =
        std::max<int64_t>(1, StreamedBytes / panelBytes) * plan.panelColumns;
    return;
  }

  // Each block of columns reads the left side anew, each block of rows the
  // right side. There shall be enough of both for threads to share; sums that
  // wait share the cache with the right side, so that their rows are limited.
  int64_t panels = llvm::divideCeil(n, plan.width());
  int64_t mostPanels =
      std::max<int64_t>(1, BlockBytes / (plan.kBlock * plan.width() * bytes));
  int64_t leastLaneBlocks = llvm::divideCeil(panels, mostPanels);
  int64_t mostRowBlocks = llvm::divideCeil(m, ItemRows);
  int64_t wanted = std::clamp<int64_t>(
      plan.batch.size() * m * n * k / GrainProducts, 1, WantedItems);
  int64_t bestCost = std::numeric_limits<int64_t>::max();
  for (int64_t rowBlocks = plan.isBlocked() ? mostRowBlocks : 1;
       rowBlocks <= mostRowBlocks; ++rowBlocks) {
    int64_t laneBlocks = std::min(
        panels, std::max<int64_t>(
                    leastLaneBlocks,
                    llvm::divideCeil(wanted, plan.batch.size() * rowBlocks)));
    // Few items that are odd in number leave one of two threads idle.
    int64_t items = plan.batch.size() * rowBlocks * laneBlocks;
    if (items % 2 != 0 && items > 1 && items < ManyItems && laneBlocks < panels)
      ++laneBlocks;
    int64_t cost = laneBlocks * m + rowBlocks * n;
    if (cost >= bestCost)
      continue;
    bestCost = cost;
    plan.nBlock = llvm::divideCeil(panels, laneBlocks) * plan.width();
    plan.mBlock = llvm::alignTo(llvm::divideCeil(m, rowBlocks), RowsAtOnce);
  }
  plan.columnsAtOnce = plan.nBlock;
}

/// True when the rows of an operand in memory follow one another there: its
/// dimensions along the row loops are neighbours, in the loops' order.
bool areRowsEven(linalg::GenericOp op, OpOperand *operand,
                 ArrayRef<unsigned> rowLoops) {
  SmallVector<int64_t> dims;
  AffineMap map = op.getMatchingIndexingMap(operand);
  for (unsigned loop : rowLoops)
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(loop, op.getContext()))
        dims.push_back(dim);
  for (size_t i = 1; i < dims.size(); ++i)
    if (dims[i] != dims[i - 1] + 1)
      return false;
  return true;
}

bool isZeroFill(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
}

} // namespace

std::optional<Stage> planProductStage(ArrayRef<StoredValue> values,
                                      ElementEmitter &emitter,
                                      const CpuTarget &target,
                                      std::string &reason) {
  linalg::GenericOp op = findOnlyReduction(values, emitter, reason);
  if (!op)
    return std::nullopt;
  auto fail = [&](const llvm::Twine &why) {
    if (reason.empty())
      reason = why.str();
    return std::nullopt;
  };
  ProductPlan plan;
  plan.op = op;
  if (op->getNumResults() != 1 || op.getNumDpsInputs() != 2 ||
      op.hasDynamicShape() || op.hasIndexSemantics())
    return fail("not a product of two operands of static shape");
  plan.combiner = matchCombiner(op, 0);
  if (!isa_and_nonnull<arith::AddFOp>(plan.combiner) ||
      !isZeroFill(op.getDpsInits()[0]))
    return fail("not a sum of products");
  plan.elementType = getElementTypeOrSelf(op->getResult(0).getType());
  if (!plan.elementType.isF32() && !plan.elementType.isF64())
    return fail("not of f32 or f64");
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  if (!resultMap.isProjectedPermutation() || resultMap.getNumResults() == 0)
    return fail("a result of another form");
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (getElementTypeOrSelf(operand->get().getType()) != plan.elementType ||
        !isa<RankedTensorType>(operand->get().getType()))
      return fail("an operand of another form");
    if (!emitter.canEmit(operand->get(), reason))
      return std::nullopt;
  }

  // Which loops do what.
  plan.laneLoop =
      cast<AffineDimExpr>(resultMap.getResults().back()).getPosition();
  plan.columns = extents[plan.laneLoop];
  auto varies = [&](OpOperand *operand, unsigned loop) {
    return op.getMatchingIndexingMap(operand).isFunctionOfDim(loop);
  };
  plan.left.operand = op.getDpsInputOperand(0);
  plan.right.operand = op.getDpsInputOperand(1);
  if (varies(plan.left.operand, plan.laneLoop))
    std::swap(plan.left, plan.right);
  if (varies(plan.left.operand, plan.laneLoop) ||
      !varies(plan.right.operand, plan.laneLoop))
    return fail("not a left side by a right side");
  SmallVector<int64_t> rowDims;
  for (auto [dim, expr] : llvm::enumerate(resultMap.getResults())) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (loop == plan.laneLoop)
      continue;
    bool isRow = !varies(plan.right.operand, loop);
    (isRow ? plan.rows : plan.batch).append(loop, extents[loop]);
    if (isRow)
      rowDims.push_back(dim);
  }
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind != utils::IteratorType::reduction)
      continue;
    if (!varies(plan.left.operand, loop) || !varies(plan.right.operand, loop))
      return fail("a reduced dimension of one operand only");
    plan.sum.append(loop, extents[loop]);
  }
  if (plan.rows.size() < LeastRows || plan.columns < target.lanes ||
      plan.sum.size() < LeastTerms)
    return fail("too small to be copied in blocks");

  // How the operands lie in memory.
  int64_t bytes = plan.elementType.getIntOrFloatBitWidth() / 8;
  auto isAlong = [&](const ProductSide &side, unsigned loop) {
    bool moves = false;
    return isContiguousAlong(side.operand->get(),
                             op.getMatchingIndexingMap(side.operand), loop,
                             /*group=*/0, emitter, moves) &&
           moves;
  };
  auto isPlain = [&](const ProductSide &side) {
    auto buffer = emitter.buffers.find(side.operand->get());
    return buffer != emitter.buffers.end() && !buffer->second.panels;
  };
  // Makes a loop along which a side can be read as vectors the fastest.
  auto putLast = [&](MergedLoops &merged, const ProductSide &side) {
    for (size_t i = 0; i < merged.loops.size(); ++i) {
      bool isWhole =
          merged.loops.size() == 1 || merged.extents[i] % target.lanes == 0;
      if (!isWhole || !isAlong(side, merged.loops[i]))
        continue;
      std::rotate(merged.loops.begin() + i, merged.loops.begin() + i + 1,
                  merged.loops.end());
      std::rotate(merged.extents.begin() + i, merged.extents.begin() + i + 1,
                  merged.extents.end());
      return true;
    }
    return false;
  };
  AffineMap leftMap = op.getMatchingIndexingMap(plan.left.operand);
  bool isWindowed = !leftMap.isProjectedPermutation();
  bool isOneSum = plan.sum.loops.size() == 1;
  if (putLast(plan.sum, plan.left)) {
    int64_t stride =
        strideAlong(op, plan.left.operand, plan.rows.loops.back(), emitter);
    plan.left.isAlongSum = true;
    plan.left.isCopied = isWindowed || !isOneSum || !isPlain(plan.left) ||
                         !areRowsEven(op, plan.left.operand, plan.rows.loops) ||
                         stride * bytes % SetBytes == 0;
  } else if (putLast(plan.rows, plan.left)) {
    plan.left.isCopied = true;
  } else {
    return fail("the left side lies along neither the rows nor the sum");
  }
  exec::PanelsAttr panels = panelsOf(plan.right.operand->get(), emitter);
  bool isPacked = panels && isAlong(plan.right, plan.laneLoop);
  plan.right.isCopied = !isPacked || !isOneSum;
  // Where windows of a left side meet a filter that the cache holds as it is,
  // tiles read both in place.
  if (isWindowed && plan.left.isAlongSum &&
      (isPacked || plan.sum.size() * plan.columns * bytes <= BlockBytes))
    return fail("a filter that fits into the cache");
  if (plan.right.isCopied && !isAlong(plan.right, plan.laneLoop)) {
    bool isLast = plan.left.isAlongSum
                      ? isAlong(plan.right, plan.sum.loops.back())
                      : putLast(plan.sum, plan.right);
    if (!isLast)
      return fail("the right side lies along neither the columns nor the sum");
    plan.right.isAlongSum = true;
  }
  int64_t widest = 2 * target.lanes;
  if (isPacked && isOneSum && plan.batch.loops.empty() &&
      plan.elementType.isF32() && plan.columns >= widest &&
      plan.sum.size() % target.lanes == 0 && panels.getBlock() % widest == 0)
    plan.panelColumns = panels.getBlock();
  if (!plan.left.isCopied && !plan.right.isCopied &&
      plan.sum.size() <= BlockTerms)
    return fail("nothing to copy");
  chooseBlocks(plan, target);

  std::optional<TileOutput> output =
      TileOutput::plan(values, op, emitter, reason);
  if (!output)
    return std::nullopt;
  plan.output = std::move(*output);
  plan.output.keepMatrices(rowDims, resultMap.getNumResults() - 1);

  return makeStage(plan, "product " + std::to_string(plan.tileRows) + "x" +
                             std::to_string(plan.width()) + " in blocks of " +
                             std::to_string(plan.mBlock) + "x" +
                             std::to_string(plan.nBlock) + "x" +
                             std::to_string(plan.kBlock) + ", " +
                             std::to_string(plan.lanes) + " lanes");
}

} // namespace ds
