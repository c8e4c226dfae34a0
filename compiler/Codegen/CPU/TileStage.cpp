//===- TileStage.cpp - register tiles for matrix products and windows
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One reduction whose result has an innermost dimension n along which its
// operands are contiguous or constant: vectors lie along n, and a tile of
// `rows` positions of another dimension m times `vectors` vectors of n is
// accumulated in registers over the whole reduction, so that each element
// loaded serves several products (Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", TOMS 2008, without packing the left
// side and without blocking the reduced dimensions). What follows the reduction
// element by element is computed on the tile before it is stored.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/AccessForm.h"
#include "compiler/Codegen/CPU/TilePlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {
namespace {

/// Half of a second-level cache: what the right side's block may take.
constexpr int64_t BlockBytes = 384 * 1024;
/// Terms from which on a sum is made of partial sums.
constexpr int64_t LongSum = 2048;

/// Panels of this size are asked for while the one before is in use, where all
/// of them are more than a second-level cache holds.
constexpr int64_t LargestStreamed = 256 * 1024, LeastStreamed = 512 * 1024;

/// Register tile for these extents. `reuse`: rows share operands, so that more
/// rows mean fewer loads.
void chooseTile(TilePlan &plan, const CpuTarget &target, bool reuse,
                bool isAliasing) {
  int64_t n = plan.group ? plan.group : plan.laneExtent, m = plan.rowExtent;
  bool wide = ShapedType::isDynamic(n) || n >= 2 * plan.lanes;
  plan.vectors = wide ? 2 : 1;
  if (m == 1) {
    // One row: latency is hidden by many independent columns instead.
    plan.vectors = ShapedType::isDynamic(n)
                       ? 4
                       : std::clamp<int64_t>(n / plan.lanes, 1, 8);
    plan.rows = 1;
    return;
  }
  int64_t most =
      std::min<int64_t>((target.registers - plan.vectors - 1) / plan.vectors,
                        target.registers == 32 ? 16 : 12);
  if (isAliasing)
    most = std::min<int64_t>(most, 8); // rows 2 or 4 KiB apart fall on one set
                                       // of the 8-way first-level cache
  if (!reuse)
    most = std::min<int64_t>(most, 4);
  int64_t usual = std::min<int64_t>(most, target.registers == 32 ? 8 : 6);
  plan.rows = usual;
  if (ShapedType::isDynamic(m))
    return;
  if (m <= most) {
    plan.rows = m;
    return;
  }
  // As few tiles as can be, of equal size where that leaves no rest.
  for (int64_t rows = most; rows * 3 > most * 2; --rows)
    if (m % rows == 0) {
      plan.rows = rows;
      return;
    }
  plan.rows = llvm::divideCeil(m, llvm::divideCeil(m, most));
}

} // namespace

std::optional<Stage> planTileStage(ArrayRef<StoredValue> values,
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
  TilePlan plan;
  plan.op = op;
  // Loops of the result; the same for each result of the op.
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (op.getMatchingIndexingMap(&init) != resultMap ||
        !resultMap.isProjectedPermutation())
      return fail("results of different forms");
    if (!emitter.canEmit(init.get(), reason))
      return fail("");
  }
  if (resultMap.getNumResults() == 0)
    return fail("the result is a single element");
  for (AffineExpr expr : resultMap.getResults())
    plan.resultLoops.push_back(cast<AffineDimExpr>(expr).getPosition());
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      plan.reducedLoops.push_back(loop);
  // The loop whose steps are smallest in memory innermost.
  llvm::sort(plan.reducedLoops, [&](unsigned left, unsigned right) {
    return std::make_pair(memoryDepth(op, left, emitter), left) <
           std::make_pair(memoryDepth(op, right, emitter), right);
  });
  if (plan.resultLoops.size() + plan.reducedLoops.size() != op.getNumLoops())
    return fail("a loop that neither reduces nor yields");
  for (unsigned loop : plan.reducedLoops) {
    bool spanned =
        llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
          return isa<RankedTensorType>(operand->get().getType()) &&
                 llvm::is_contained(
                     op.getMatchingIndexingMap(operand).getResults(),
                     getAffineDimExpr(loop, op.getContext()));
        });
    if (!spanned)
      return fail("a reduced dimension without an operand of its extent");
  }
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<RankedTensorType>(input->get().getType()) &&
        !emitter.canEmit(input->get(), reason))
      return fail("");
  std::optional<TileOutput> output =
      TileOutput::plan(values, op, emitter, reason);
  if (!output)
    return std::nullopt;
  plan.output = std::move(*output);

  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  unsigned laneLoop = 0;
  // Columns along a dimension; whether they can be read as vectors.
  auto takeColumns = [&](int64_t dim) {
    plan.laneDim = dim;
    plan.laneExtent = resultType.getDimSize(dim);
    laneLoop = plan.resultLoops[dim];
    plan.group = 0;
    for (OpOperand *input : op.getDpsInputOperands()) {
      int64_t divisor = divisorOf(op.getMatchingIndexingMap(input), laneLoop);
      if (divisor > 1 && plan.laneExtent % divisor == 0)
        plan.group = divisor;
    }
    plan.operands.clear();
    bool isContiguous = true;
    for (OpOperand *input : op.getDpsInputOperands()) {
      OperandShape shape;
      isContiguous &=
          !isa<RankedTensorType>(input->get().getType()) ||
          isContiguousAlong(input->get(), op.getMatchingIndexingMap(input),
                            laneLoop, plan.group, emitter, shape.alongLanes);
      plan.operands.push_back(shape);
    }
    return isContiguous;
  };
  int64_t innermost = innermostDim(resultType.getShape());
  if (innermost < 0)
    return fail("the result is a single element");
  if (!takeColumns(innermost)) {
    // Where neither the results nor what is reduced lie side by side, a column
    // of one element still keeps its operands in registers.
    bool isOneColumn = resultType.getShape().back() == 1 &&
                       op.getStaticLoopRanges().back() == 1;
    if (!isOneColumn)
      return fail("an operand is not contiguous along the result's innermost "
                  "dimension");
    takeColumns(resultType.getRank() - 1);
  }
  // The dimension of the rows: one that some operand read as vectors does not
  // vary along.
  int64_t bestScore = 0;
  bool reuse = false;
  for (int64_t dim = 0; dim < resultType.getRank(); ++dim) {
    if (dim == plan.laneDim)
      continue;
    unsigned loop = plan.resultLoops[dim];
    bool shares = false;
    for (OpOperand *input : op.getDpsInputOperands()) {
      bool varies = isa<RankedTensorType>(input->get().getType()) &&
                    op.getMatchingIndexingMap(input).isFunctionOfDim(loop);
      shares |= !varies && plan.operands[input->getOperandNumber()].alongLanes;
    }
    int64_t extent = resultType.isDynamicDim(dim)
                         ? 14
                         : std::min<int64_t>(resultType.getDimSize(dim), 14);
    int64_t score = extent <= 1 ? 0 : extent + (shares ? 100 : 0);
    if (score > 0 && score >= bestScore) {
      bestScore = score;
      plan.rowDim = dim;
      reuse = shares;
    }
  }
  bool isAliasing = false;
  if (plan.rowDim >= 0) {
    plan.rowExtent = resultType.getDimSize(plan.rowDim);
    unsigned rowLoop = plan.resultLoops[plan.rowDim];
    for (OpOperand *input : op.getDpsInputOperands()) {
      OperandShape &shape = plan.operands[input->getOperandNumber()];
      if (!isa<RankedTensorType>(input->get().getType()))
        continue;
      shape.alongRows =
          op.getMatchingIndexingMap(input).isFunctionOfDim(rowLoop);
      isAliasing |= shape.alongRows &&
                    strideAlong(op, input, rowLoop, emitter) * 4 % 2048 == 0 &&
                    strideAlong(op, input, rowLoop, emitter) != 0;
    }
  }
  plan.output.keepMatrices({plan.rowDim}, plan.laneDim);
  plan.lanes = chooseLanes(target, plan.group ? plan.group : plan.laneExtent);
  chooseTile(plan, target, reuse, isAliasing);

  int64_t products = 1;
  bool isStatic = true;
  for (unsigned loop : plan.reducedLoops) {
    int64_t extent = op.getStaticLoopRanges()[loop];
    isStatic &= !ShapedType::isDynamic(extent);
    products *=
        ShapedType::isDynamic(extent) ? 256 : std::max<int64_t>(extent, 1);
  }
  plan.products = isStatic ? products : 0;
  if (products >= LongSum)
    for (unsigned result = 0; result < op->getNumResults(); ++result)
      if (Operation *combiner = matchCombiner(op, result);
          isa_and_nonnull<arith::AddFOp>(combiner))
        plan.combiners.push_back(combiner);
  if (plan.combiners.size() != op->getNumResults())
    plan.combiners.clear();
  int64_t width = plan.lanes * plan.vectors;
  plan.laneBlock =
      std::max<int64_t>(1, BlockBytes / (products * 4) / width) * width;
  if (!ShapedType::isDynamic(plan.laneExtent) &&
      plan.laneBlock >= plan.laneExtent)
    plan.laneBlock = plan.laneExtent;
  if (plan.group)
    plan.laneBlock = plan.group;
  // Rows per item: enough to use a column block several times, few enough to
  // share out.
  constexpr int64_t MostTiles = 16;
  if (!ShapedType::isDynamic(plan.rowExtent) &&
      plan.rowExtent <= MostTiles * plan.rows)
    plan.rowBlock = plan.rowExtent;
  else
    plan.rowBlock = 8 * plan.rows;
  if (plan.laneExtent == 0 || plan.rowExtent == 0)
    return fail("an empty result");
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto type = dyn_cast<RankedTensorType>(input->get().getType());
    exec::PanelsAttr panels = panelsOf(input->get(), emitter);
    unsigned number = input->getOperandNumber();
    if (!panels || panels.getBlock() % width != 0 ||
        plan.operands[number].alongRows || plan.products == 0 ||
        op.getStaticLoopRanges()[plan.reducedLoops.back()] % StreamSteps != 0)
      continue;
    int64_t bytes = type.getElementTypeBitWidth() / 8;
    int64_t panel = plan.products * panels.getBlock() * bytes;
    int64_t tiles = ShapedType::isDynamic(plan.rowExtent)
                        ? plan.rowBlock / plan.rows
                        : std::min(plan.rowBlock, plan.rowExtent) / plan.rows;
    if (panel > LargestStreamed || panel % LineBytes != 0 ||
        panels.storageElements(type.getShape()) * bytes < LeastStreamed ||
        tiles < 3)
      continue;
    plan.streamed = number;
    plan.panelColumns = panels.getBlock();
    plan.panelLines = panel / LineBytes;
    plan.panelTiles = tiles;
  }

  Stage stage = makeStage(plan, "tile " + std::to_string(plan.rows) + "x" +
                                    std::to_string(width) + ", " +
                                    std::to_string(plan.lanes) + " lanes");
  stage.isVectorized = plan.lanes > 1;
  if (plan.lanes == 1)
    stage.reason = "the innermost dimension of the result has one element";
  return stage;
}

} // namespace ds
