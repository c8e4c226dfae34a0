//===- Stages.cpp - loops, masks and the order of planning
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {

void emitLoop(ElementEmitter &e, Value low, Value high, int64_t step,
              llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(e.b, e.loc, low, high, e.constant(step));
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

SmallVector<Value> emitReductionLoop(
    ElementEmitter &e, Value low, Value high, int64_t step, ValueRange initial,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop =
      scf::ForOp::create(e.b, e.loc, low, high, e.constant(step), initial,
                         [](OpBuilder &, Location, Value, ValueRange) {});
  {
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next =
        body(loop.getInductionVar(), loop.getRegionIterArgs());
    scf::YieldOp::create(e.b, e.loc, next);
  }
  return SmallVector<Value>(loop.getResults());
}

Value emitOffset(ElementEmitter &e, const StoredValue &value, int64_t dim) {
  if (value.offsets.empty())
    return e.constant(0);
  OpFoldResult offset = value.offsets[dim];
  if (auto attribute = dyn_cast<Attribute>(offset))
    return e.constant(cast<IntegerAttr>(attribute).getInt());
  return e.emitScalarValue(cast<Value>(offset));
}

SmallVector<LaneValue> emitStoredPosition(ElementEmitter &e,
                                          const StoredValue &value,
                                          ArrayRef<LaneValue> indices) {
  SmallVector<LaneValue> position(indices);
  if (!value.offsets.empty())
    for (auto [dim, index] : llvm::enumerate(position))
      index.base = e.add(index.base, emitOffset(e, value, dim));
  return position;
}

void emitStoredElement(ElementEmitter &e, const StoredValue &value,
                       ArrayRef<LaneValue> indices, LaneValue element) {
  e.emitStore(e.buffers.find(value.destination)->second,
              emitStoredPosition(e, value, indices), element);
}

Value emitMask(ElementEmitter &e, Value count) {
  auto type = VectorType::get({e.lanes}, e.b.getI64Type());
  auto steps = llvm::to_vector(llvm::seq<int64_t>(0, e.lanes));
  Value lanes = arith::ConstantOp::create(
      e.b, e.loc, DenseElementsAttr::get(type, ArrayRef<int64_t>(steps)));
  Value limit = vector::BroadcastOp::create(e.b, e.loc, type, count);
  return arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt, lanes,
                               limit);
}

void emitVectorLoop(ElementEmitter &e, Value low, Value high, int64_t extent,
                    llvm::function_ref<void(LaneValue)> body) {
  int64_t lanes = e.lanes;
  bool isStatic = !ShapedType::isDynamic(extent);
  if (lanes == 1) {
    emitLoop(e, low, high, 1, [&](Value i) { body(LaneValue::uniform(i)); });
    return;
  }
  Value main = high;
  if (isStatic)
    main = e.add(low, e.constant(extent / lanes * lanes));
  else
    main = e.sub(high, e.b.createOrFold<arith::RemUIOp>(e.loc, e.sub(high, low),
                                                        e.constant(lanes)));
  if (!isStatic || extent >= lanes) {
    if (isStatic && extent < 2 * lanes)
      body(LaneValue::linear(low, 1));
    else
      emitLoop(e, low, main, lanes,
               [&](Value i) { body(LaneValue::linear(i, 1)); });
  }
  if (isStatic && extent % lanes == 0)
    return;
  Value outer = e.mask;
  Value rest = e.sub(high, main);
  if (isStatic) {
    e.mask = emitMask(e, rest);
    body(LaneValue::linear(main, 1));
  } else {
    Value some = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::sgt,
                                       rest, e.constant(0));
    auto branch = scf::IfOp::create(e.b, e.loc, some, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(e.b);
    e.b.setInsertionPointToStart(branch.thenBlock());
    e.mask = emitMask(e, rest);
    body(LaneValue::linear(main, 1));
  }
  e.mask = outer;
}

SmallVector<Value> emitDelinearize(ElementEmitter &e, Value position,
                                   ValueRange extents) {
  SmallVector<Value> indices(extents.size());
  for (int64_t dim = static_cast<int64_t>(extents.size()) - 1; dim > 0; --dim) {
    indices[dim] =
        e.b.createOrFold<arith::RemUIOp>(e.loc, position, extents[dim]);
    position = e.b.createOrFold<arith::DivUIOp>(e.loc, position, extents[dim]);
  }
  if (!extents.empty())
    indices[0] = position;
  return indices;
}

Operation *matchCombiner(linalg::GenericOp op, unsigned output) {
  BlockArgument accumulator = op.getRegionOutputArgs()[output];
  Operation *combiner =
      op.getBody()->getTerminator()->getOperand(output).getDefiningOp();
  if (!combiner || !accumulator.hasOneUse() ||
      *accumulator.user_begin() != combiner || combiner->getNumOperands() != 2)
    return nullptr;
  return arith::getNeutralElement(combiner) ? combiner : nullptr;
}

Value emitCombine(ElementEmitter &e, Operation *combiner, Value x, Value y) {
  OperationState state(e.loc, combiner->getName());
  state.operands = {x, y};
  state.types = {x.getType()};
  state.attributes = llvm::to_vector(combiner->getDiscardableAttrs());
  state.propertiesAttr = combiner->getPropertiesAsAttribute();
  return e.b.create(state)->getResult(0);
}

void collectReductions(Value tensor, const ElementEmitter &e,
                       llvm::SetVector<Operation *> &reductions) {
  Operation *op = tensor.getDefiningOp();
  if (!op || e.buffers.contains(tensor) || reductions.contains(op))
    return;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      collectReductions(operand, e, reductions);
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic)
    return;
  generic.getBody()->walk([&](tensor::ExtractOp extract) {
    collectReductions(extract.getTensor(), e, reductions);
  });
  if (generic.getNumReductionLoops() != 0)
    reductions.insert(op);
}

linalg::GenericOp findOnlyReduction(ArrayRef<StoredValue> values,
                                    const ElementEmitter &e,
                                    std::string &reason) {
  llvm::SetVector<Operation *> found;
  for (const StoredValue &value : values)
    collectReductions(value.tensor, e, found);
  if (found.size() == 1)
    return cast<linalg::GenericOp>(found[0]);
  if (reason.empty())
    reason = "more than one reduction";
  return nullptr;
}

bool collectReads(Value tensor, AffineMap map, const ElementEmitter &e,
                  SmallVectorImpl<Read> &reads, bool &usesIndices) {
  if (e.buffers.contains(tensor)) {
    reads.push_back({tensor, map});
    return true;
  }
  if (e.known.contains(tensor))
    return true;
  Operation *op = tensor.getDefiningOp();
  if (isa<linalg::FillOp, arith::ConstantOp, tensor::EmptyOp>(op))
    return true;
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return collectReads(cast.getSource(), map, e, reads, usesIndices);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    if (slice.getSourceType().getRank() != slice.getType().getRank() ||
        ShapedType::isDynamicShape(slice.getStaticOffsets()) ||
        ShapedType::isDynamicShape(slice.getStaticStrides()))
      return false;
    SmallVector<AffineExpr> exprs;
    for (auto [expr, offset, stride] :
         llvm::zip_equal(map.getResults(), slice.getStaticOffsets(),
                         slice.getStaticStrides()))
      exprs.push_back(expr * stride + offset);
    return collectReads(
        slice.getSource(),
        AffineMap::get(map.getNumDims(), 0, exprs, map.getContext()), e, reads,
        usesIndices);
  }
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic ||
      generic.getBody()
          ->walk([](tensor::ExtractOp) { return WalkResult::interrupt(); })
          .wasInterrupted())
    return false;
  generic.getBody()->walk([&](linalg::IndexOp) { usesIndices = true; });
  AffineMap result = generic.getMatchingIndexingMap(
      generic.getDpsInitOperand(cast<OpResult>(tensor).getResultNumber()));
  AffineMap loops = inversePermutation(result).compose(map);
  for (OpOperand &operand : generic->getOpOperands())
    if (!generic.getBody()
             ->getArgument(operand.getOperandNumber())
             .use_empty() &&
        isa<RankedTensorType>(operand.get().getType()) &&
        !collectReads(operand.get(),
                      generic.getMatchingIndexingMap(&operand).compose(loops),
                      e, reads, usesIndices))
      return false;
  return true;
}

int64_t chooseLanes(const CpuTarget &target, int64_t extent) {
  if (ShapedType::isDynamic(extent) || extent >= target.lanes)
    return target.lanes;
  return std::max<int64_t>(1, static_cast<int64_t>(llvm::PowerOf2Ceil(extent)));
}

std::optional<SmallVector<Stage>> planStages(exec::KernelOp kernel,
                                             ElementEmitter &emitter,
                                             const CpuTarget &target,
                                             std::string &reason) {
  auto yield =
      dyn_cast<exec::YieldOp>(kernel.getBody().front().getTerminator());
  SmallVector<Stage> stages;
  SmallVector<StoredValue> whole;
  for (auto [value, destination] :
       llvm::zip(yield.getValues(), kernel.getOutputs())) {
    // A chain of insertions writes its parts one after the other, straight into
    // the destination.
    SmallVector<tensor::InsertSliceOp> insertions;
    Value base = value;
    while (auto insertion = base.getDefiningOp<tensor::InsertSliceOp>()) {
      bool unitStrides =
          llvm::all_of(insertion.getMixedStrides(),
                       [](OpFoldResult s) { return isConstantIntValue(s, 1); });
      if (!unitStrides || insertion.getSourceType().getRank() !=
                              insertion.getDestType().getRank())
        break;
      insertions.push_back(insertion);
      base = insertion.getDest();
    }
    if (insertions.empty()) {
      whole.push_back({value, destination, {}});
      continue;
    }
    // A padded value is computed as it would be without the frame.
    if (auto fill = base.getDefiningOp<linalg::FillOp>();
        fill && insertions.size() == 1) {
      StoredValue inside{insertions[0].getSource(), destination,
                         insertions[0].getMixedOffsets()};
      stages.push_back(planFrameStage(inside, fill, target));
      whole.push_back(std::move(inside));
      continue;
    }
    SmallVector<StoredValue> parts;
    if (!base.getDefiningOp<tensor::EmptyOp>() && base != destination)
      parts.push_back({base, destination, {}});
    for (tensor::InsertSliceOp insertion : llvm::reverse(insertions))
      parts.push_back(
          {insertion.getSource(), destination, insertion.getMixedOffsets()});
    for (const StoredValue &part : parts) {
      std::optional<Stage> stage =
          planParallelStage(part, emitter, target, reason);
      if (!stage)
        return std::nullopt;
      stages.push_back(std::move(*stage));
    }
  }
  if (whole.empty())
    return stages;
  llvm::SetVector<Operation *> reductions;
  for (const StoredValue &value : whole)
    collectReductions(value.tensor, emitter, reductions);
  std::optional<Stage> stage;
  if (reductions.empty()) {
    // Outputs of one shape share a loop.
    SmallVector<SmallVector<StoredValue>> byShape;
    for (const StoredValue &value : whole) {
      auto same = llvm::find_if(byShape, [&](ArrayRef<StoredValue> group) {
        return cast<ShapedType>(group[0].tensor.getType()).getShape() ==
               cast<ShapedType>(value.tensor.getType()).getShape();
      });
      if (same == byShape.end())
        byShape.push_back({value});
      else
        same->push_back(value);
    }
    for (ArrayRef<StoredValue> group : byShape) {
      std::string notTransposed;
      stage = planTransposeStage(group, emitter, target, notTransposed);
      if (!stage)
        stage = planParallelStage(group, emitter, target, reason);
      if (!stage)
        return std::nullopt;
      stages.push_back(std::move(*stage));
    }
    return stages;
  }
  std::string tileReason, rowReason;
  std::string notProduct;
  stage = planProductStage(whole, emitter, target, notProduct);
  if (!stage)
    stage = planTileStage(whole, emitter, target, tileReason);
  if (!stage)
    stage = planRowStage(whole, emitter, target, rowReason);
  if (!stage) {
    reason = "no tile: " + tileReason + "; no row: " + rowReason;
    return std::nullopt;
  }
  stages.push_back(std::move(*stage));
  return stages;
}

} // namespace ds
