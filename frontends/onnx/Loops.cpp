//===- Loops.cpp - loops and branches whose types settle
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loop's states have the types and sizes of their initial values as long as
// the body keeps them. That is tried first: the body is imported under the
// assumption, and if it holds, the sizes inside the loop are those known
// outside. Where it does not hold, the extent becomes dynamic and the body is
// imported again. Each attempt gives up at least one assumption.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/Loops.h"

#include "frontends/onnx/GraphImporter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ds::onnx {

/// The type that both fit into, or null.
static RankedTensorType join(RankedTensorType x, RankedTensorType y) {
  if (x.getRank() != y.getRank() || x.getElementType() != y.getElementType())
    return {};
  SmallVector<int64_t> shape;
  for (auto [a, b] : llvm::zip(x.getShape(), y.getShape()))
    shape.push_back(a == b ? a : ShapedType::kDynamic);
  return RankedTensorType::get(shape, x.getElementType());
}

/// Whether a size may be used outside of `op`'s regions.
static bool isVisibleAt(OpFoldResult size, Operation *op) {
  auto value = dyn_cast<Value>(size);
  return !value || value.getParentRegion()->isAncestor(op->getParentRegion());
}

namespace {

/// A body in the making: a block that belongs to no loop yet, in a holder at
/// the loop's place.
struct Body {
  scf::ExecuteRegionOp holder;
  Block *block = nullptr;
  SmallVector<Value> states;
  SmallVector<Value> outputs;
};

/// Finds the types under which the states are stable.
class BodyMaker {
public:
  BodyMaker(NodeContext &n, ArrayRef<Value> init, unsigned skip)
      : n(n), g(n.g), init(init), skip(skip) {
    for (Value v : init) {
      types.push_back(g.typeOf(v));
      kept.emplace_back(types.back().getRank(), true);
    }
  }

  /// `skip` outputs of the body stand in front of the states.
  FailureOr<Body> make(LoopBody body) {
    while (true) {
      Body attempt;
      attempt.holder = scf::ExecuteRegionOp::create(g.b, g.loc(), TypeRange());
      OpBuilder::InsertionGuard guard(g.b);
      attempt.block = g.b.createBlock(&attempt.holder.getRegion());
      Value position = attempt.block->addArgument(g.b.getIndexType(), g.loc());
      for (auto [i, type] : llvm::enumerate(types)) {
        Value state = attempt.block->addArgument(type, g.loc());
        attempt.states.push_back(state);
        assumeSizes(i, state);
      }
      FailureOr<SmallVector<Value>> outputs = body(position, attempt.states);
      FailureOr<bool> stable =
          failed(outputs) ? FailureOr<bool>(failure()) : true;
      for (size_t i = 0; i < types.size() && succeeded(stable); ++i) {
        FailureOr<bool> same = check(i, (*outputs)[skip + i]);
        stable = failed(same) ? same : FailureOr<bool>(*stable && *same);
      }
      if (succeeded(stable) && *stable) {
        attempt.outputs = *outputs;
        return attempt;
      }
      g.eraseRegion(attempt.holder.getRegion());
      attempt.holder.erase();
      if (failed(stable))
        return failure();
    }
  }

  ArrayRef<RankedTensorType> stateTypes() const { return types; }

  /// Sizes of a final state, where the loop keeps them.
  void statesAfter(size_t i, Value state) { assumeSizes(i, state); }

private:
  void assumeSizes(size_t i, Value state) {
    Sizes sizes = g.dims(init[i]);
    for (auto [d, size] : llvm::enumerate(sizes)) {
      int64_t extent = types[i].getDimSize(d);
      if (!ShapedType::isDynamic(extent))
        size = g.index(extent);
      else if (!kept[i][d])
        return; // a size that changes: all are read where they are needed
    }
    g.setDims(state, sizes);
  }

  /// Whether the next state fits the assumptions; gives up those that do not
  /// hold.
  FailureOr<bool> check(size_t i, Value next) {
    RankedTensorType type = join(types[i], g.typeOf(next));
    if (!type) {
      InFlightDiagnostic diagnostic =
          n.unsupported("a loop state changes its rank or element type, from ");
      diagnostic << types[i] << " to " << next.getType();
      return diagnostic;
    }
    bool same = true;
    Sizes before = g.dims(init[i]), after = g.dims(next);
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (type.getDimSize(d) != types[i].getDimSize(d)) {
        kept[i][d] = false;
        same = false;
      } else if (type.isDynamicDim(d) && kept[i][d] && before[d] != after[d]) {
        kept[i][d] = false;
        same = false;
      }
    }
    types[i] = type;
    return same;
  }

  NodeContext &n;
  GraphBuilder &g;
  ArrayRef<Value> init;
  unsigned skip;
  SmallVector<RankedTensorType> types;
  /// Dimensions whose extent is that of the initial value.
  std::vector<std::vector<bool>> kept;
};

} // namespace

/// Position as a 1 x 1 index tensor for a scatter.
static Value asIndexTensor(GraphBuilder &g, OpFoldResult position) {
  return g.fromElements(position, g.b.getI64Type(), {1, 1});
}

/// Whether all sizes are known outside of the holder.
static bool areVisibleAt(ArrayRef<OpFoldResult> sizes, Operation *op) {
  return llvm::all_of(sizes,
                      [&](OpFoldResult size) { return isVisibleAt(size, op); });
}

/// Appends a value to those stacked so far; of the first iteration there is
/// none, and its sizes show in what it makes.
static Value append(NodeContext &n, Value stacked, OpFoldResult position,
                    Value value) {
  GraphBuilder &g = n.g;
  Value row = g.unsqueeze(value, 0);
  Value isFirst =
      g.asValue(g.compare(arith::CmpIPredicate::eq, position, g.index(0)));
  FailureOr<SmallVector<Value>> joined = buildIf(
      n, isFirst,
      [&]() -> FailureOr<SmallVector<Value>> {
        return SmallVector<Value>{row};
      },
      [&]() -> FailureOr<SmallVector<Value>> {
        return SmallVector<Value>{g.concat({stacked, row}, 0)};
      });
  return (*joined)[0];
}

/// The type of values stacked one by one.
static RankedTensorType stackedType(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin(), ShapedType::kDynamic);
  return RankedTensorType::get(shape, type.getElementType());
}

/// What is stacked before the first iteration.
static Value emptyStack(GraphBuilder &g, RankedTensorType type) {
  Sizes sizes;
  for (int64_t extent : type.getShape())
    sizes.push_back(g.index(ShapedType::isDynamic(extent) ? 0 : extent));
  return g.refine(g.makeFilled(sizes, type.getElementType(), 0), type);
}

FailureOr<SmallVector<Value>> buildFor(NodeContext &n, OpFoldResult count,
                                       ArrayRef<Value> init,
                                       ArrayRef<bool> reversed,
                                       LoopBody makeBody) {
  GraphBuilder &g = n.g;
  BodyMaker maker(n, init, 0);
  FailureOr<Body> body = maker.make(makeBody);
  if (failed(body))
    return failure();
  Value position = body->block->getArgument(0);
  SmallVector<Value> inits, yields;
  for (auto [i, type] : llvm::enumerate(maker.stateTypes())) {
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPoint(body->holder);
    inits.push_back(g.refine(init[i], type));
    g.b.setInsertionPointToEnd(body->block);
    yields.push_back(g.refine(body->outputs[i], type));
  }
  std::vector<Sizes> stackSizes(reversed.size());
  for (auto [i, isReversed] : llvm::enumerate(reversed)) {
    OpBuilder::InsertionGuard guard(g.b);
    Value value = body->outputs[init.size() + i];
    Sizes sizes = g.dims(value);
    if (areVisibleAt(sizes, body->holder)) {
      sizes.insert(sizes.begin(), count);
      g.b.setInsertionPoint(body->holder);
      Value stack = g.makeFilled(sizes, g.elementOf(value), 0);
      g.b.setInsertionPointToEnd(body->block);
      Value argument = body->block->addArgument(stack.getType(), g.loc());
      g.setDims(argument, sizes);
      OpFoldResult at = isReversed ? g.sub(g.sub(count, g.index(1)), position)
                                   : OpFoldResult(position);
      yields.push_back(
          nn::ScatterNDOp::create(g.b, g.loc(), argument, asIndexTensor(g, at),
                                  g.unsqueeze(value, 0), nn::ScatterKind::set));
      inits.push_back(stack);
      stackSizes[i] = sizes;
      continue;
    }
    RankedTensorType type = stackedType(value);
    g.b.setInsertionPoint(body->holder);
    inits.push_back(emptyStack(g, type));
    g.b.setInsertionPointToEnd(body->block);
    Value argument = body->block->addArgument(type, g.loc());
    yields.push_back(g.refine(append(n, argument, position, value), type));
  }
  Value lower = g.asValue(g.index(0)), step = g.asValue(g.index(1)),
        upper = g.asValue(count);
  auto loop = scf::ForOp::create(g.b, g.loc(), lower, upper, step, inits);
  {
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPointToEnd(body->block);
    scf::YieldOp::create(g.b, g.loc(), yields);
  }
  loop.getRegion().takeBody(body->holder.getRegion());
  body->holder.erase();
  SmallVector<Value> results(loop.getResults());
  for (size_t i = 0; i < init.size(); ++i)
    maker.statesAfter(i, results[i]);
  for (auto [i, isReversed] : llvm::enumerate(reversed)) {
    Value &result = results[init.size() + i];
    if (!stackSizes[i].empty()) {
      g.setDims(result, stackSizes[i]);
      continue;
    }
    if (isReversed) {
      Sizes sizes = g.dims(result), offsets(sizes.size(), g.index(0));
      SmallVector<int64_t> strides(sizes.size(), 1);
      offsets[0] = g.sub(sizes[0], g.index(1));
      strides[0] = -1;
      result = g.slice(result, offsets, sizes, strides);
    }
  }
  return results;
}

FailureOr<SmallVector<Value>> buildWhile(NodeContext &n,
                                         std::optional<OpFoldResult> bound,
                                         OpFoldResult condition,
                                         ArrayRef<Value> init,
                                         unsigned numScans, LoopBody makeBody) {
  GraphBuilder &g = n.g;
  BodyMaker maker(n, init, 1);
  FailureOr<Body> body = maker.make(makeBody);
  if (failed(body))
    return failure();
  Value position = body->block->getArgument(0), zero = g.asValue(g.index(0)),
        one = g.asValue(g.index(1));
  SmallVector<Value> inits{zero, g.asValue(condition)}, yields;
  {
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPointToEnd(body->block);
    yields.push_back(arith::AddIOp::create(g.b, g.loc(), position, one));
    yields.push_back(g.asValue(g.readElements(body->outputs[0])[0]));
    for (auto [i, type] : llvm::enumerate(maker.stateTypes())) {
      yields.push_back(g.refine(body->outputs[1 + i], type));
      OpBuilder::InsertionGuard outside(g.b);
      g.b.setInsertionPoint(body->holder);
      inits.push_back(g.refine(init[i], type));
    }
    for (unsigned i = 0; i < numScans; ++i) {
      Value value = body->outputs[1 + init.size() + i];
      RankedTensorType type = stackedType(value);
      Value argument = body->block->addArgument(type, g.loc());
      yields.push_back(g.refine(append(n, argument, position, value), type));
      OpBuilder::InsertionGuard outside(g.b);
      g.b.setInsertionPoint(body->holder);
      inits.push_back(emptyStack(g, type));
    }
    scf::YieldOp::create(g.b, g.loc(), yields);
  }
  SmallVector<Type> types; // of what goes through: position, states, stacks
  for (Value v : body->block->getArguments())
    types.push_back(v.getType());
  std::optional<Value> limit;
  if (bound)
    limit = g.asValue(*bound);
  auto loop = scf::WhileOp::create(g.b, g.loc(), types, inits);
  loop.getAfter().takeBody(body->holder.getRegion());
  {
    OpBuilder::InsertionGuard guard(g.b);
    Block *before = g.b.createBlock(&loop.getBefore());
    SmallVector<Value> passed;
    for (auto [i, v] : llvm::enumerate(inits)) {
      Value argument = before->addArgument(v.getType(), g.loc());
      if (i != 1)
        passed.push_back(argument);
    }
    Value goOn = before->getArgument(1);
    if (limit) {
      Value inside =
          arith::CmpIOp::create(g.b, g.loc(), arith::CmpIPredicate::slt,
                                before->getArgument(0), *limit);
      goOn = arith::AndIOp::create(g.b, g.loc(), goOn, inside);
    }
    scf::ConditionOp::create(g.b, g.loc(), goOn, passed);
  }
  body->holder.erase();
  SmallVector<Value> results(loop.getResults().drop_front());
  for (size_t i = 0; i < init.size(); ++i)
    maker.statesAfter(i, results[i]);
  return results;
}

FailureOr<SmallVector<Value>>
buildIf(NodeContext &n, Value condition,
        llvm::function_ref<FailureOr<SmallVector<Value>>()> onTrue,
        llvm::function_ref<FailureOr<SmallVector<Value>>()> onFalse) {
  GraphBuilder &g = n.g;
  const llvm::function_ref<FailureOr<SmallVector<Value>>()> branches[2] = {
      onTrue, onFalse};
  scf::ExecuteRegionOp holders[2];
  FailureOr<SmallVector<Value>> results[2] = {failure(), failure()};
  GraphImporter::HeldReports reports[2];
  for (auto [side, branch] : llvm::enumerate(branches)) {
    holders[side] = scf::ExecuteRegionOp::create(g.b, g.loc(), TypeRange());
    OpBuilder::InsertionGuard guard(g.b);
    g.b.createBlock(&holders[side].getRegion());
    reports[side] = n.importer.hold([&] { results[side] = branch(); });
  }
  // Only one of the branches is meant: it stands where the choice stood.
  auto take = [&](int side,
                  const Twine &message) -> FailureOr<SmallVector<Value>> {
    Value holds =
        side == 0
            ? condition
            : Value(arith::XOrIOp::create(g.b, g.loc(), condition,
                                          g.asValue(g.b.getBoolAttr(true))));
    if (!g.require(getAsOpFoldResult(holds), message))
      return n.error("a branch is never taken");
    Block &body = holders[side].getRegion().front();
    g.b.getInsertionBlock()->getOperations().splice(g.b.getInsertionPoint(),
                                                    body.getOperations());
    g.eraseRegion(holders[1 - side].getRegion());
    holders[0].erase();
    holders[1].erase();
    return *results[side];
  };
  // Sizes that were fixed may be impossible in one branch: an error when it is
  // taken.
  if (failed(results[0]) != failed(results[1]) && n.importer.hasFixedSizes()) {
    int broken = failed(results[0]) ? 0 : 1;
    if (reports[broken].worst == ImportStatus::Malformed &&
        n.importer.decide(2) == 1) {
      n.importer.release(std::move(reports[1 - broken]));
      return take(1 - broken,
                  "a branch was taken that is impossible for the sizes that "
                  "the model was compiled for: " +
                      reports[broken].reports.front().str());
    }
  }
  for (GraphImporter::HeldReports &held : reports)
    n.importer.release(std::move(held));
  if (failed(results[0]) || failed(results[1]))
    return failure();
  if (results[0]->size() != results[1]->size())
    return n.unsupported(
        "the branches yield sequences or optionals of different lengths");
  for (auto [x, y] : llvm::zip(*results[0], *results[1])) {
    if (join(g.typeOf(x), g.typeOf(y)))
      continue;
    // One element is one element, whatever its rank.
    auto isSingle = [&](Value v) {
      return g.typeOf(v).hasStaticShape() && g.typeOf(v).getNumElements() == 1;
    };
    if (isSingle(x) && isSingle(y) && g.elementOf(x) == g.elementOf(y)) {
      bool first = g.rank(x) < g.rank(y);
      Value &lower = first ? x : y;
      OpBuilder::InsertionGuard guard(g.b);
      g.b.setInsertionPointToEnd(&holders[first ? 0 : 1].getRegion().front());
      lower = g.reshape(lower, g.dims(first ? y : x));
      continue;
    }
    // No value has two ranks.
    return take(n.importer.decide(2),
                "a branch was taken for which the model is not compiled; "
                "compile it for fixed sizes (--shape, --dim)");
  }
  SmallVector<Type> types;
  std::vector<Sizes> sizes;
  for (auto [x, y] : llvm::zip(*results[0], *results[1])) {
    types.push_back(join(g.typeOf(x), g.typeOf(y)));
    // A size that is known outside on both sides is the one or the other.
    Sizes common = g.dims(x), other = g.dims(y);
    for (auto [a, b] : llvm::zip(common, other)) {
      if (a == b && isVisibleAt(a, holders[0]))
        continue;
      if (!isVisibleAt(a, holders[0]) || !isVisibleAt(b, holders[1])) {
        common.clear();
        break;
      }
      a = g.select(condition, a, b);
    }
    sizes.push_back(common);
  }
  auto op = scf::IfOp::create(g.b, g.loc(), types, condition,
                              /*addThenBlock=*/false, /*addElseBlock=*/false);
  Region *regions[2] = {&op.getThenRegion(), &op.getElseRegion()};
  for (int side = 0; side < 2; ++side) {
    OpBuilder::InsertionGuard guard(g.b);
    g.b.setInsertionPointToEnd(&holders[side].getRegion().front());
    SmallVector<Value> yields;
    for (auto [v, type] : llvm::zip(*results[side], types))
      yields.push_back(g.refine(v, cast<RankedTensorType>(type)));
    scf::YieldOp::create(g.b, g.loc(), yields);
    regions[side]->takeBody(holders[side].getRegion());
    holders[side].erase();
  }
  SmallVector<Value> values(op.getResults());
  for (auto [v, known] : llvm::zip(values, sizes))
    if (!known.empty())
      g.setDims(v, known);
  return values;
}

} // namespace ds::onnx
