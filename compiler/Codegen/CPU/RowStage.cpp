//===- RowStage.cpp - reductions along the inner dimensions, row by row
//----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax, layer norm and the like, and plain reductions along the innermost
// dimension: the outer dimensions are rows, shared out to threads. Within a row
// each reduction is a loop with vector accumulators and yields a scalar that
// later loops use. Values that are costly and used by more than one loop (the
// exponentials of a softmax) are kept in a buffer of one row.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ds {
namespace {

/// Row buffers up to this size lie on the stack.
constexpr int64_t StackBytes = 32768;

/// One reduction of a row.
struct RowReduction {
  linalg::GenericOp op;
  SmallVector<Operation *>
      combiners; ///< per result; empty when it has to run scalar
};

struct RowPlan {
  SmallVector<StoredValue> values;
  SmallVector<RowReduction> reductions;
  SmallVector<Value> buffered; ///< values kept in a row buffer
  unsigned rowDims = 0;
  int64_t lanes = 1;
  bool hasStaticRows = false;

  //===--- Shapes ---===//

  /// Extents of a reduction's iteration space, or of a stored value.
  static SmallVector<Value> loopExtents(ElementEmitter &e,
                                        linalg::GenericOp op) {
    SmallVector<Value> extents(op.getNumLoops());
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isa<RankedTensorType>(operand.get().getType()))
        continue;
      for (auto [dim, expr] :
           llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
        if (auto loop = dyn_cast<AffineDimExpr>(expr);
            loop && !extents[loop.getPosition()])
          extents[loop.getPosition()] = e.emitExtent(operand.get(), dim);
    }
    return extents;
  }
  SmallVector<Value> rowExtents(ElementEmitter &e) const {
    SmallVector<Value> extents = loopExtents(e, reductions[0].op);
    extents.resize(rowDims);
    return extents;
  }
  static Value product(ElementEmitter &e, ValueRange extents) {
    Value result = e.constant(1);
    for (Value extent : extents)
      result = e.mul(result, extent);
    return result;
  }
  Value rowsPerItem(ElementEmitter &e) const {
    SmallVector<Value> extents = loopExtents(e, reductions[0].op);
    Value inner = e.b.createOrFold<arith::MaxSIOp>(
        e.loc, product(e, ValueRange(extents).drop_front(rowDims)),
        e.constant(1));
    Value rows = e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.constant(GrainElements), inner);
    return e.b.createOrFold<arith::MaxSIOp>(e.loc, rows, e.constant(1));
  }
  Value emitItemCount(ElementEmitter &e) const {
    Value rows = product(e, rowExtents(e)), size = rowsPerItem(e);
    return e.b.createOrFold<arith::DivUIOp>(
        e.loc, e.add(rows, e.sub(size, e.constant(1))), size);
  }

  //===--- Emission ---===//

  /// The dimension behind `rowDims` that vectors run along: the last one that
  /// has more than one element. Those behind it do not move a single element.
  static unsigned laneDim(ArrayRef<int64_t> shape, unsigned rowDims) {
    unsigned dim = shape.size() - 1;
    while (dim > rowDims && shape[dim] == 1)
      --dim;
    return dim;
  }

  /// Loops over the inner dimensions, all but the one of `laneDim` scalar;
  /// `body` gets the full indices.
  void emitInner(ElementEmitter &e, ArrayRef<Value> row, ValueRange inner,
                 ArrayRef<int64_t> shape,
                 llvm::function_ref<void(ArrayRef<LaneValue>)> body) const {
    SmallVector<LaneValue> indices;
    for (Value index : row)
      indices.push_back(LaneValue::uniform(index));
    unsigned last = laneDim(shape, 0);
    std::function<void(unsigned)> nest = [&](unsigned dim) {
      if (dim == last) {
        emitVectorLoop(e, e.constant(0), inner[dim], shape[dim],
                       [&](LaneValue i) {
                         SmallVector<LaneValue> full(indices);
                         full.push_back(i);
                         full.resize(row.size() + inner.size(),
                                     LaneValue::uniform(e.constant(0)));
                         body(full);
                       });
        return;
      }
      emitLoop(e, e.constant(0), inner[dim], 1, [&](Value i) {
        indices.push_back(LaneValue::uniform(i));
        nest(dim + 1);
        indices.pop_back();
      });
    };
    nest(0);
  }

  /// Computes and keeps the buffered values that `op` is the first to use,
  /// inside its loop.
  void emitBufferedUses(
      ElementEmitter &e, ArrayRef<LaneValue> indices,
      const SmallVector<std::pair<Value, MemoryBuffer>> &fresh) const {
    for (auto &[value, buffer] : fresh) {
      LaneValue element = e.emitElement(value, indices);
      e.emitStore(buffer, indices, element);
      e.known[value] = element;
    }
  }

  void emitReduction(
      ElementEmitter &e, const RowReduction &reduction, ArrayRef<Value> row,
      const SmallVector<std::pair<Value, MemoryBuffer>> &fresh) const {
    linalg::GenericOp op = reduction.op;
    SmallVector<Value> extents = loopExtents(e, op);
    SmallVector<int64_t> shape = op.getStaticLoopRanges();
    SmallVector<LaneValue> indices;
    for (Value index : row)
      indices.push_back(LaneValue::uniform(index));
    SmallVector<Value> initial;
    for (OpOperand &init : op.getDpsInitsMutable())
      initial.push_back(e.emitElement(init.get(), indices).base);
    unsigned results = op.getNumDpsInits();
    bool isVector = lanes > 1 && !reduction.combiners.empty();
    e.lanes = isVector ? lanes : 1;
    SmallVector<Value> start;
    for (unsigned r = 0; r < results; ++r) {
      if (!isVector) {
        start.push_back(initial[r]);
        continue;
      }
      auto neutral = *arith::getNeutralElement(reduction.combiners[r]);
      start.push_back(arith::ConstantOp::create(
          e.b, e.loc,
          DenseElementsAttr::get(VectorType::get({lanes}, neutral.getType()),
                                 Attribute(neutral))));
    }
    // One step at these indices.
    auto step = [&](ArrayRef<LaneValue> at, ValueRange accumulators) {
      auto known = e.known;
      emitBufferedUses(e, at, fresh);
      SmallVector<LaneValue> state;
      for (Value accumulator : accumulators)
        state.push_back(isVector ? LaneValue::vector(accumulator)
                                 : LaneValue::uniform(accumulator));
      SmallVector<Value> next;
      for (auto [value, old] :
           llvm::zip(e.emitBody(op, at, state), accumulators)) {
        Value result = isVector ? e.toVector(value) : value.base;
        if (isVector && e.mask)
          result = arith::SelectOp::create(e.b, e.loc, e.mask, result, old);
        next.push_back(result);
      }
      e.known = known;
      return next;
    };
    unsigned last = laneDim(shape, rowDims);
    // Each loop sums from zero, and its sums are added up: rounding errors grow
    // with the extents of the loops, not with their product.
    bool isPart =
        isVector && last > rowDims &&
        llvm::all_of(reduction.combiners, llvm::IsaPred<arith::AddFOp>);
    std::function<SmallVector<Value>(unsigned, ValueRange)> nest =
        [&](unsigned dim, ValueRange state) {
          if (dim < last)
            return emitReductionLoop(
                e, e.constant(0), extents[dim], 1, state,
                [&](Value i, ValueRange carried) {
                  indices.push_back(LaneValue::uniform(i));
                  SmallVector<Value> next =
                      nest(dim + 1, isPart ? ValueRange(start) : carried);
                  indices.pop_back();
                  if (isPart)
                    for (auto [r, sum] : llvm::enumerate(next))
                      sum = emitCombine(e, reduction.combiners[r], carried[r],
                                        sum);
                  return next;
                });
          auto at = [&](LaneValue i, ValueRange carried) {
            SmallVector<LaneValue> full(indices);
            full.push_back(i);
            full.resize(op.getNumLoops(), LaneValue::uniform(e.constant(0)));
            return step(full, carried);
          };
          if (!isVector)
            return emitReductionLoop(e, e.constant(0), extents[dim], 1, state,
                                     [&](Value i, ValueRange carried) {
                                       return at(LaneValue::uniform(i),
                                                 carried);
                                     });
          bool isStatic = !ShapedType::isDynamic(shape[dim]);
          Value main = isStatic
                           ? e.constant(shape[dim] / lanes * lanes)
                           : e.sub(extents[dim],
                                   e.b.createOrFold<arith::RemUIOp>(
                                       e.loc, extents[dim], e.constant(lanes)));
          SmallVector<Value> result = llvm::to_vector(state);
          if (!isStatic || shape[dim] >= lanes)
            result =
                emitReductionLoop(e, e.constant(0), main, lanes, state,
                                  [&](Value i, ValueRange carried) {
                                    return at(LaneValue::linear(i, 1), carried);
                                  });
          if (isStatic && shape[dim] % lanes == 0)
            return result;
          e.mask = emitMask(e, e.sub(extents[dim], main));
          result = at(LaneValue::linear(main, 1), result);
          e.mask = Value();
          return result;
        };
    SmallVector<Value> totals = nest(rowDims, start);
    if (isVector)
      for (unsigned r = 0; r < results; ++r) {
        // Halves are combined until one element is left: a fixed order, and no
        // long chain.
        Value v = totals[r];
        for (int64_t half = lanes / 2; half >= 1; half /= 2) {
          auto low = llvm::to_vector(llvm::seq<int64_t>(0, half)),
               high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
          v = emitCombine(e, reduction.combiners[r],
                          vector::ShuffleOp::create(e.b, e.loc, v, v, low),
                          vector::ShuffleOp::create(e.b, e.loc, v, v, high));
        }
        Value total =
            vector::ExtractOp::create(e.b, e.loc, v, ArrayRef<int64_t>{0});
        totals[r] = emitCombine(e, reduction.combiners[r], initial[r], total);
      }
    for (unsigned r = 0; r < results; ++r)
      e.known[op->getResult(r)] = LaneValue::uniform(totals[r]);
  }

  void emitItem(ElementEmitter &e, Value item) const {
    SmallVector<Value> rows = rowExtents(e);
    Value size = rowsPerItem(e), low = e.mul(item, size),
          count = product(e, rows);
    SmallVector<std::pair<Value, MemoryBuffer>> rowBuffers = allocateBuffers(e);
    auto buffers = e.buffers;
    auto known = e.known;
    emitLoop(e, low, e.min(e.add(low, size), count), 1, [&](Value position) {
      SmallVector<Value> row = emitDelinearize(e, position, rows);
      SmallVector<std::pair<Value, MemoryBuffer>> pending = rowBuffers;
      for (const RowReduction &reduction : reductions) {
        SmallVector<std::pair<Value, MemoryBuffer>> fresh, later;
        for (auto &entry : pending)
          (uses(reduction.op->getResult(0), entry.first) ? fresh : later)
              .push_back(entry);
        emitReduction(e, reduction, row, fresh);
        for (auto &entry : fresh)
          e.buffers[entry.first] = entry.second;
        pending = later;
      }
      emitOutputs(e, row);
    });
    e.buffers = buffers;
    e.known = known;
  }

  void emitOutputs(ElementEmitter &e, ArrayRef<Value> row) const {
    SmallVector<LaneValue> rowIndices;
    for (Value index : row)
      rowIndices.push_back(LaneValue::uniform(index));
    // Outputs of one inner shape share a loop.
    SmallVector<bool> done(values.size());
    for (unsigned v = 0; v < values.size(); ++v) {
      if (done[v])
        continue;
      auto type = cast<RankedTensorType>(values[v].tensor.getType());
      SmallVector<unsigned> together;
      for (unsigned w = v; w < values.size(); ++w)
        if (cast<RankedTensorType>(values[w].tensor.getType()).getShape() ==
            type.getShape()) {
          together.push_back(w);
          done[w] = true;
        }
      // All are computed before one is stored: a kernel that runs in place
      // overwrites what it reads here.
      auto store = [&](ArrayRef<LaneValue> indices) {
        SmallVector<LaneValue> elements;
        for (unsigned w : together)
          elements.push_back(e.emitElement(values[w].tensor, indices));
        for (auto [w, element] : llvm::zip_equal(together, elements))
          emitStoredElement(e, values[w], indices, element);
      };
      if (type.getRank() == static_cast<int64_t>(rowDims)) {
        e.lanes = 1;
        store(rowIndices);
        continue;
      }
      SmallVector<Value> inner;
      for (int64_t dim = rowDims; dim < type.getRank(); ++dim)
        inner.push_back(e.emitExtent(values[v].tensor, dim));
      e.lanes = lanes;
      emitInner(e, row, inner, type.getShape().drop_front(rowDims), store);
    }
  }

  /// True when computing `root` needs `value` without passing an earlier
  /// reduction's result.
  static bool uses(Value root, Value value) {
    SmallVector<Operation *> work{root.getDefiningOp()};
    llvm::SmallPtrSet<Operation *, 8> seen;
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      for (Value operand : op->getOperands()) {
        if (operand == value)
          return true;
        Operation *producer = operand.getDefiningOp();
        auto generic = dyn_cast_or_null<linalg::GenericOp>(producer);
        if (generic && generic.getNumReductionLoops() == 0 &&
            seen.insert(producer).second)
          work.push_back(producer);
      }
    }
    return false;
  }

  SmallVector<std::pair<Value, MemoryBuffer>>
  allocateBuffers(ElementEmitter &e) const {
    SmallVector<std::pair<Value, MemoryBuffer>> result;
    SmallVector<Value> sizes;
    int64_t stackBytes = 0;
    bool onStack = true;
    for (Value value : buffered) {
      auto type = cast<RankedTensorType>(value.getType());
      MemoryBuffer buffer;
      buffer.elementType = type.getElementType();
      buffer.droppedDims = rowDims;
      Value count = e.constant(1);
      int64_t elements = 1;
      for (int64_t dim = 0; dim < type.getRank(); ++dim) {
        buffer.extents.push_back(e.emitExtent(value, dim));
        if (dim < static_cast<int64_t>(rowDims))
          continue;
        count = e.mul(count, buffer.extents.back());
        elements = type.isDynamicDim(dim) || elements < 0
                       ? -1
                       : elements * type.getDimSize(dim);
      }
      int64_t width =
          storageType(buffer.elementType).getIntOrFloatBitWidth() / 8;
      // Whole cache lines, so that buffers behind one another stay aligned.
      Value bytes = e.mul(
          e.b.createOrFold<arith::DivUIOp>(
              e.loc, e.add(e.mul(count, e.constant(width)), e.constant(63)),
              e.constant(64)),
          e.constant(64));
      sizes.push_back(bytes);
      onStack &=
          elements >= 0 && (stackBytes += elements * width) <= StackBytes;
      result.push_back({value, buffer});
    }
    if (result.empty())
      return result;
    Value total = e.constant(0);
    for (Value bytes : sizes)
      total = e.add(total, bytes);
    auto pointer = LLVM::LLVMPointerType::get(e.b.getContext());
    Value base;
    if (onStack)
      base = LLVM::AllocaOp::create(e.b, e.loc, pointer, e.b.getI8Type(), total,
                                    64);
    else
      base = LLVM::CallOp::create(e.b, e.loc, TypeRange{pointer},
                                  "ds_rt_scratch", ValueRange{total})
                 .getResult();
    Value offset = e.constant(0);
    for (auto [entry, bytes] : llvm::zip(result, sizes)) {
      entry.second.pointer = LLVM::GEPOp::create(
          e.b, e.loc, pointer, e.b.getI8Type(), base, ValueRange{offset});
      offset = e.add(offset, bytes);
    }
    return result;
  }
};

/// True for computations that cost more than storing and loading their result.
bool isCostly(linalg::GenericOp op) {
  return llvm::any_of(op.getBody()->without_terminator(), [](Operation &inner) {
    return isa<math::MathDialect>(inner.getDialect()) ||
           isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp>(inner);
  });
}

/// Checks that reductions inside the computation of `tensor` are read at the
/// row's own position. `map` gives the indices that `tensor` is read at, in
/// terms of the loop indices, of which the first `rowDims` are the row.
bool readsOwnRow(Value tensor, AffineMap map, unsigned rowDims,
                 const ElementEmitter &e) {
  Operation *op = tensor.getDefiningOp();
  if (!op || e.buffers.contains(tensor))
    return true;
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    if (generic.getNumReductionLoops() != 0) {
      if (map.getNumResults() != rowDims)
        return false;
      for (unsigned dim = 0; dim < rowDims; ++dim)
        if (map.getResult(dim) != getAffineDimExpr(dim, map.getContext()))
          return false;
      return true;
    }
    AffineMap result = generic.getMatchingIndexingMap(
        generic.getDpsInitOperand(cast<OpResult>(tensor).getResultNumber()));
    AffineMap loops = inversePermutation(result).compose(map);
    for (OpOperand &operand : generic->getOpOperands()) {
      if (generic.getBody()
              ->getArgument(operand.getOperandNumber())
              .use_empty() ||
          !isa<RankedTensorType>(operand.get().getType()))
        continue;
      if (!readsOwnRow(operand.get(),
                       generic.getMatchingIndexingMap(&operand).compose(loops),
                       rowDims, e))
        return false;
    }
    bool isPlain = true;
    generic.getBody()->walk([&](tensor::ExtractOp extract) {
      llvm::SetVector<Operation *> inner;
      collectReductions(extract.getTensor(), e, inner);
      isPlain &= inner.empty();
    });
    return isPlain;
  }
  llvm::SetVector<Operation *> inner;
  collectReductions(tensor, e, inner);
  return inner.empty();
}

} // namespace

std::optional<Stage> planRowStage(ArrayRef<StoredValue> values,
                                  ElementEmitter &emitter,
                                  const CpuTarget &target,
                                  std::string &reason) {
  llvm::SetVector<Operation *> found;
  for (const StoredValue &value : values)
    collectReductions(value.tensor, emitter, found);
  RowPlan plan;
  plan.values.assign(values.begin(), values.end());
  auto first = cast<linalg::GenericOp>(found[0]);
  plan.rowDims = first.getNumLoops() - first.getNumReductionLoops();
  int64_t innermost = 1;
  auto known = emitter.known;
  auto fail = [&](const llvm::Twine &why) {
    emitter.known = known;
    if (reason.empty())
      reason = why.str();
    return std::nullopt;
  };
  for (Operation *op : found) {
    auto generic = cast<linalg::GenericOp>(op);
    unsigned loops = generic.getNumLoops();
    if (loops - generic.getNumReductionLoops() != plan.rowDims)
      return fail("reductions over different rows");
    for (auto [dim, kind] : llvm::enumerate(generic.getIteratorTypesArray()))
      if ((kind == utils::IteratorType::reduction) != (dim >= plan.rowDims))
        return fail("a reduction over other than the inner dimensions");
    RowReduction reduction{generic, {}};
    for (OpOperand &init : generic.getDpsInitsMutable()) {
      AffineMap map = generic.getMatchingIndexingMap(&init);
      if (!map.isMinorIdentity() && !map.isProjectedPermutation())
        return fail("an unusual result of a reduction");
      for (unsigned dim = 0; dim < map.getNumResults(); ++dim)
        if (map.getResult(dim) != getAffineDimExpr(dim, map.getContext()))
          return fail("a permuted result of a reduction");
      if (!emitter.canEmit(init.get(), reason))
        return fail("");
    }
    for (OpOperand *input : generic.getDpsInputOperands()) {
      if (!isa<RankedTensorType>(input->get().getType()))
        continue;
      if (!emitter.canEmit(input->get(), reason))
        return fail("");
      if (!readsOwnRow(input->get(), generic.getMatchingIndexingMap(input),
                       plan.rowDims, emitter))
        return fail("a reduction of another row is read");
    }
    // The accumulator travels in registers; an op whose body does not combine
    // simply runs scalar.
    for (unsigned r = 0; r < generic.getNumDpsInits(); ++r)
      if (Operation *combiner = matchCombiner(generic, r))
        reduction.combiners.push_back(combiner);
    if (static_cast<int64_t>(reduction.combiners.size()) !=
        generic.getNumDpsInits())
      reduction.combiners.clear();
    plan.reductions.push_back(reduction);
    SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
    int64_t extent = ranges[RowPlan::laneDim(ranges, plan.rowDims)];
    innermost =
        ShapedType::isDynamic(extent) || ShapedType::isDynamic(innermost)
            ? ShapedType::kDynamic
            : std::max(innermost, extent);
    for (Value result : generic->getResults())
      emitter.known[result] = LaneValue::uniform(Value());
  }
  SmallVector<Value> roots;
  for (const StoredValue &value : values) {
    auto type = cast<RankedTensorType>(value.tensor.getType());
    if (type.getRank() < static_cast<int64_t>(plan.rowDims))
      return fail("an output smaller than a row");
    if (!emitter.canEmit(value.tensor, reason))
      return fail("");
    AffineMap identity = AffineMap::getMultiDimIdentityMap(
        type.getRank(), value.tensor.getContext());
    if (!readsOwnRow(value.tensor, identity, plan.rowDims, emitter))
      return fail("a reduction of another row is stored");
    roots.push_back(value.tensor);
  }
  // Keep what is costly and wanted by more than one loop.
  llvm::SetVector<Value> candidates;
  for (const RowReduction &reduction : plan.reductions)
    roots.push_back(reduction.op->getResult(0));
  for (Value root : roots) {
    SmallVector<Value> work{root};
    while (!work.empty()) {
      Operation *op = work.pop_back_val().getDefiningOp();
      for (Value operand : op->getOperands()) {
        auto generic = operand.getDefiningOp<linalg::GenericOp>();
        if (!generic || generic.getNumReductionLoops() != 0 ||
            emitter.buffers.contains(operand))
          continue;
        if (isCostly(generic) && generic->getNumResults() == 1 &&
            generic.getNumLoops() > plan.rowDims)
          candidates.insert(operand);
        work.push_back(operand);
      }
    }
  }
  for (Value value : candidates) {
    unsigned users = llvm::count_if(roots, [&](Value root) {
      return RowPlan::uses(root, value) || root == value;
    });
    // The first user must be a reduction over exactly the value's own space, in
    // whose loop it can be stored.
    auto firstUser = llvm::find_if(plan.reductions, [&](const RowReduction &r) {
      return RowPlan::uses(r.op->getResult(0), value);
    });
    if (users < 2 || firstUser == plan.reductions.end())
      continue;
    bool sameSpace = false;
    for (OpOperand *input : firstUser->op.getDpsInputOperands())
      sameSpace |= input->get() == value &&
                   firstUser->op.getMatchingIndexingMap(input).isIdentity();
    if (sameSpace)
      plan.buffered.push_back(value);
  }
  emitter.known = known;
  plan.lanes = chooseLanes(target, innermost);
  Stage stage =
      makeStage(plan, "rows, " + std::to_string(plan.lanes) + " lanes");
  stage.isVectorized = plan.lanes > 1;
  for (const RowReduction &reduction : plan.reductions)
    if (reduction.combiners.empty()) {
      stage.isVectorized = false;
      stage.reason = "the reduction carries more than one dependent value";
    }
  return stage;
}

} // namespace ds
