//===- Loops.cpp - derivatives of scf.for and scf.while -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reverse of a loop runs over its iterations from the last to the first.
// Each computes its values again from what the loop carried into it, which the
// forward loop keeps (LoopTape), and turns the cotangents of what it yielded
// into those of what it was given. Cotangents of values from around the loop
// add up over the iterations.
//
//===----------------------------------------------------------------------===//
#include "dialects/NN/Derivatives/Emitter.h"
#include "passes/Autodiff/LoopTape.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace ds::nn::derivatives;

namespace ds {

using namespace autodiff;

namespace {

SmallVector<Operation *> opsOf(Block &block) {
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  return ops;
}

/// The entries of `values` that are set in `which`.
SmallVector<Value> pick(ValueRange values, const llvm::BitVector &which) {
  SmallVector<Value> picked;
  for (unsigned number : which.set_bits())
    picked.push_back(values[number]);
  return picked;
}

SmallVector<Value> join(ValueRange a, ValueRange b) {
  SmallVector<Value> joined(a);
  llvm::append_range(joined, b);
  return joined;
}

/// What both kinds of loop share.
class LoopRule {
public:
  explicit LoopRule(Gradients &gradients)
      : gradients(gradients), b(gradients.b), loc(gradients.loc), e(gradients) {
  }

protected:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  /// A cotangent to start from.
  Value zeroLike(Value value) { return e.filledLike(value, 0); }

  /// The reverse loop of `count` iterations. `makeIteration` gets the position,
  /// counted down, and the cotangents of what the iteration yielded, and fills
  /// in those of what it was given, then those of `captures`.
  using MakeIteration = llvm::function_ref<FailureOr<SmallVector<Value>>(
      Value position, ValueRange cotangents)>;
  FailureOr<SmallVector<Value>> emitReverse(Value count, ValueRange cotangents,
                                            ValueRange captures,
                                            ValueRange captureCotangents,
                                            MakeIteration makeIteration) {
    Value zero = index(0), one = index(1);
    auto loop = scf::ForOp::create(b, loc, zero, count, one,
                                   join(cotangents, captureCotangents));
    reverse = loop;
    OpBuilder::InsertionGuard guard(b);
    Value position = emitPosition();
    b.setInsertionPointToEnd(loop.getBody());
    ValueRange carried = loop.getRegionIterArgs();
    FailureOr<SmallVector<Value>> results =
        makeIteration(position, carried.take_front(cotangents.size()));
    if (failed(results))
      return failure();
    for (size_t i = cotangents.size(); i < carried.size(); ++i)
      (*results)[i] = nn::AddOp::create(b, loc, carried[i], (*results)[i]);
    clearBlock(*loop.getBody());
    b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(b, loc, *results);
    eraseDead(*loop.getBody());
    return SmallVector<Value>(loop.getResults());
  }

  /// At the start of the reverse loop's body: the number of the iteration that
  /// is gone through backward.
  Value emitPosition() {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(reverse.getBody());
    Value last =
        arith::SubIOp::create(b, loc, reverse.getUpperBound(), index(1));
    return arith::SubIOp::create(b, loc, last, reverse.getInductionVar());
  }

  /// Has the reverse loop read what it needs.
  void loadTape(LoopTape &tape, ValueRange stacks) {
    tape.load(stacks, emitPosition());
    eraseDead(*reverse.getBody());
  }

  void addAll(ValueRange values, ValueRange cotangents) {
    for (auto [value, cotangent] : llvm::zip_equal(values, cotangents))
      gradients.add(value, cotangent);
  }

  Gradients &gradients;
  OpBuilder &b;
  Location loc;
  Emitter e;
  scf::ForOp reverse;
};

//===----------------------------------------------------------------------===//
// scf.for
//===----------------------------------------------------------------------===//

class ForRule : LoopRule {
public:
  ForRule(scf::ForOp loop, Gradients &gradients)
      : LoopRule(gradients), loop(loop),
        captures(findWantedCaptures(gradients, &loop.getRegion())) {}

  LogicalResult run() {
    if (!loop.getInductionVar().getType().isIndex())
      return gradients.fail("needs a loop that counts in 'index'");
    llvm::BitVector active = findActiveStates();
    if (active.none() && captures.empty())
      return success();
    Block &forward = *loop.getBody();
    ValueRange yields = loop.getYieldedValues(),
               arguments = loop.getRegionIterArgs();
    Value count = emitCount();
    LoopTape tape(b, loc, arguments, loop.getInits(), yields);
    SmallVector<Value> cotangents, starts;
    for (Value result : pick(loop.getResults(), active)) {
      Value cotangent = gradients.cotangentOf(result);
      cotangents.push_back(cotangent ? cotangent : zeroLike(result));
    }
    for (Value capture : captures)
      starts.push_back(zeroLike(capture));

    auto makeIteration =
        [&](Value position, ValueRange seeds) -> FailureOr<SmallVector<Value>> {
      IRMapping mapping;
      mapping.map(loop.getInductionVar(), inductionAt(position));
      SmallVector<Value> given = tape.makeStandIns();
      mapping.map(arguments, given);
      SmallVector<Operation *> ops = cloneBody(b, forward, mapping);
      SmallVector<Value> outputs;
      for (Value yielded : pick(yields, active))
        outputs.push_back(mapping.lookupOrDefault(yielded));
      return ds::emitGradients(
          b, ops, outputs, seeds,
          join(pick(given, active), captures.getArrayRef()));
    };
    FailureOr<SmallVector<Value>> results = emitReverse(
        count, cotangents, captures.getArrayRef(), starts, makeIteration);
    if (failed(results))
      return gradients.failReported();
    if (failed(tape.plan(gradients, loop)))
      return failure();
    loadTape(tape, keep(tape, count));
    addAll(join(pick(loop.getInits(), active), captures.getArrayRef()),
           *results);
    return success();
  }

private:
  /// Carried values that depend on what is wanted.
  llvm::BitVector findActiveStates() {
    SmallVector<Operation *> ops = opsOf(*loop.getBody());
    llvm::BitVector active(loop.getNumResults());
    for (auto [number, init] : llvm::enumerate(loop.getInits()))
      active[number] = gradients.isWanted(init);
    while (true) {
      llvm::BitVector before = active;
      DenseSet<Value> values =
          findActive(ops, join(pick(loop.getRegionIterArgs(), active),
                               captures.getArrayRef()));
      for (auto [number, yielded] : llvm::enumerate(loop.getYieldedValues()))
        if (values.contains(yielded))
          active.set(number);
      if (active == before)
        return active;
    }
  }

  /// Iterations, computed in front of the loop.
  Value emitCount() {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(loop);
    OpFoldResult lower = getAsOpFoldResult(loop.getLowerBound()),
                 upper = getAsOpFoldResult(loop.getUpperBound()),
                 step = getAsOpFoldResult(loop.getStep());
    OpFoldResult distance = nn::clampSize(b, loc, e.subtract(upper, lower));
    distance = e.add(distance, e.subtract(step, e.attr(1)));
    return getValueOrCreateConstantIndexOp(
        b, loc, nn::divideSizes(b, loc, distance, step));
  }

  Value inductionAt(Value position) {
    Value offset = arith::MulIOp::create(b, loc, position, loop.getStep());
    return arith::AddIOp::create(b, loc, loop.getLowerBound(), offset);
  }

  /// Has the loop write what the tape needs; returns the stacks behind it.
  SmallVector<Value> keep(LoopTape &tape, Value count) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(loop);
    SmallVector<Value> stacks =
        tape.makeStacks(getAsOpFoldResult(count), /*isGrowing=*/false);
    if (stacks.empty())
      return {};
    auto kept = scf::ForOp::create(b, loop.getLoc(), loop.getLowerBound(),
                                   loop.getUpperBound(), loop.getStep(),
                                   join(loop.getInits(), stacks));
    unsigned numStates = loop.getNumResults();
    clearBlock(*kept.getBody());
    b.setInsertionPointToStart(kept.getBody());
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), kept.getInductionVar());
    mapping.map(loop.getRegionIterArgs(),
                kept.getRegionIterArgs().take_front(numStates));
    Value distance = arith::SubIOp::create(b, loc, kept.getInductionVar(),
                                           loop.getLowerBound());
    Value position = arith::DivUIOp::create(b, loc, distance, loop.getStep());
    SmallVector<Value> written =
        tape.push(kept.getRegionIterArgs().drop_front(numStates), position,
                  mapping, /*isGrowing=*/false);
    cloneBody(b, *loop.getBody(), mapping);
    SmallVector<Value> yields;
    for (Value yielded : loop.getYieldedValues())
      yields.push_back(mapping.lookupOrDefault(yielded));
    scf::YieldOp::create(b, loop.getLoc(), join(yields, written));
    loop.replaceAllUsesWith(kept.getResults().take_front(numStates));
    return SmallVector<Value>(kept.getResults().drop_front(numStates));
  }

  scf::ForOp loop;
  llvm::SetVector<Value> captures;
};

//===----------------------------------------------------------------------===//
// scf.while
//===----------------------------------------------------------------------===//

/// Iteration t gets s_t, from which the first region makes p_t and says whether
/// to go on; if so the second makes s_(t+1) of it, else p_t are the results. In
/// reverse the first region of the last, incomplete iteration comes first.
class WhileRule : LoopRule {
public:
  WhileRule(scf::WhileOp loop, Gradients &gradients)
      : LoopRule(gradients), loop(loop),
        captures(findWantedCaptures(gradients,
                                    {&loop.getBefore(), &loop.getAfter()})),
        before(*loop.getBeforeBody()), after(*loop.getAfterBody()) {}

  LogicalResult run() {
    findActiveStates();
    if (active.none() && captures.empty())
      return success();
    ValueRange states = before.getArguments(),
               passed = loop.getConditionOp().getArgs(),
               yields = loop.getYieldOp().getResults();
    // The last evaluation of the condition, on stand-ins for the last states.
    SmallVector<Value> lastStates = makeLastStates();
    IRMapping lastMapping;
    lastMapping.map(states, lastStates);
    SmallVector<Operation *> lastOps = cloneBody(b, before, lastMapping);
    SmallVector<Value> outputs, seeds;
    for (auto [result, value] : llvm::zip_equal(loop.getResults(), passed))
      if (Value seed = gradients.cotangentOf(result)) {
        outputs.push_back(lastMapping.lookupOrDefault(value));
        seeds.push_back(seed);
      }
    FailureOr<SmallVector<Value>> starts = ds::emitGradients(
        b, lastOps, outputs, seeds,
        join(pick(lastStates, active), captures.getArrayRef()));
    if (failed(starts))
      return gradients.failReported();

    LoopTape tape(b, loc, states, loop.getInits(), yields, passed,
                  after.getArguments());
    Value count = standIn(b.getIndexType());
    auto makeIteration =
        [&](Value, ValueRange seeds) -> FailureOr<SmallVector<Value>> {
      IRMapping mapping;
      SmallVector<Value> given = tape.makeStandIns();
      mapping.map(states, given);
      SmallVector<Operation *> ops = cloneBody(b, before, mapping);
      for (auto [argument, value] :
           llvm::zip_equal(after.getArguments(), passed))
        mapping.map(argument, mapping.lookupOrDefault(value));
      llvm::append_range(ops, cloneBody(b, after, mapping));
      SmallVector<Value> outputs;
      for (Value yielded : pick(yields, active))
        outputs.push_back(mapping.lookupOrDefault(yielded));
      return ds::emitGradients(
          b, ops, outputs, seeds,
          join(pick(given, active), captures.getArrayRef()));
    };
    ValueRange started(*starts);
    FailureOr<SmallVector<Value>> results = emitReverse(
        count, started.take_front(active.count()), captures.getArrayRef(),
        started.drop_front(active.count()), makeIteration);
    if (failed(results))
      return gradients.failReported();
    if (failed(tape.plan(gradients, loop)))
      return failure();
    scf::WhileOp kept = keep(tape);
    unsigned numResults = loop.getNumResults(), numStates = states.size();
    ValueRange extra = kept.getResults().drop_front(numResults);
    for (auto [stand, state] :
         llvm::zip_equal(lastStates, extra.take_front(numStates)))
      replaceStandIn(stand, state);
    replaceStandIn(count, extra[numStates]);
    loadTape(tape, extra.drop_front(numStates + 1));
    eraseDead(lastOps);
    addAll(join(pick(loop.getInits(), active), captures.getArrayRef()),
           *results);
    return success();
  }

private:
  Value standIn(Type type) {
    return UnrealizedConversionCastOp::create(b, loc, type, ValueRange())
        .getResult(0);
  }
  static void replaceStandIn(Value standIn, Value value) {
    standIn.replaceAllUsesWith(value);
    standIn.getDefiningOp()->erase();
  }
  SmallVector<Value> makeLastStates() {
    SmallVector<Value> values;
    for (Value state : before.getArguments())
      values.push_back(standIn(state.getType()));
    return values;
  }

  void findActiveStates() {
    SmallVector<Operation *> beforeOps = opsOf(before), afterOps = opsOf(after);
    active.resize(before.getNumArguments());
    for (auto [number, init] : llvm::enumerate(loop.getInits()))
      active[number] = gradients.isWanted(init);
    for (llvm::BitVector previous; previous != active;) {
      previous = active;
      DenseSet<Value> values =
          findActive(beforeOps, join(pick(before.getArguments(), active),
                                     captures.getArrayRef()));
      SmallVector<Value> inputs(captures.getArrayRef());
      for (auto [argument, value] : llvm::zip_equal(
               after.getArguments(), loop.getConditionOp().getArgs()))
        if (values.contains(value))
          inputs.push_back(argument);
      values = findActive(afterOps, inputs);
      for (auto [number, yielded] :
           llvm::enumerate(loop.getYieldOp().getResults()))
        if (values.contains(yielded))
          active.set(number);
    }
  }

  /// The loop with what is kept: its results are those of the loop, then the
  /// last states, the number of iterations and the stacks.
  scf::WhileOp keep(LoopTape &tape) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(loop);
    constexpr int64_t FirstRows = 16;
    SmallVector<Value> stacks =
        tape.makeStacks(b.getIndexAttr(FirstRows), /*isGrowing=*/true);
    SmallVector<Value> inits = join(loop.getInits(), index(0));
    llvm::append_range(inits, stacks);
    SmallVector<Type> types(loop.getResultTypes());
    llvm::append_range(types, ValueRange(inits).getTypes());
    auto kept = scf::WhileOp::create(b, loop.getLoc(), types, inits);
    unsigned numStates = before.getNumArguments(),
             numResults = loop.getNumResults();
    auto makeBlock = [&](Region &region, TypeRange types) {
      SmallVector<Location> locs(types.size(), loop.getLoc());
      return b.createBlock(&region, {}, types, locs);
    };
    {
      Block *block = makeBlock(kept.getBefore(), ValueRange(inits).getTypes());
      IRMapping mapping;
      mapping.map(ValueRange(before.getArguments()),
                  ValueRange(block->getArguments()).take_front(numStates));
      cloneBody(b, before, mapping);
      SmallVector<Value> values;
      for (Value value : loop.getConditionOp().getArgs())
        values.push_back(mapping.lookupOrDefault(value));
      llvm::append_range(values, block->getArguments());
      scf::ConditionOp::create(
          b, loop.getLoc(),
          mapping.lookupOrDefault(loop.getConditionOp().getCondition()),
          values);
    }
    {
      Block *block = makeBlock(kept.getAfter(), types);
      ValueRange arguments(block->getArguments());
      ValueRange states = arguments.slice(numResults, numStates);
      Value position = arguments[numResults + numStates];
      IRMapping stateMapping, mapping;
      stateMapping.map(ValueRange(before.getArguments()), states);
      SmallVector<Value> written =
          tape.push(arguments.drop_front(numResults + numStates + 1), position,
                    stateMapping, /*isGrowing=*/true);
      mapping.map(ValueRange(after.getArguments()),
                  arguments.take_front(numResults));
      cloneBody(b, after, mapping);
      SmallVector<Value> yields;
      for (Value yielded : loop.getYieldOp().getResults())
        yields.push_back(mapping.lookupOrDefault(yielded));
      yields.push_back(arith::AddIOp::create(b, loc, position, index(1)));
      llvm::append_range(yields, written);
      scf::YieldOp::create(b, loop.getLoc(), yields);
    }
    loop.replaceAllUsesWith(kept.getResults().take_front(numResults));
    return kept;
  }

  scf::WhileOp loop;
  llvm::SetVector<Value> captures;
  Block &before, &after;
  llvm::BitVector active;
};

struct ForDerivative
    : DifferentiableOpInterface::ExternalModel<ForDerivative, scf::ForOp> {
  LogicalResult emitGradients(Operation *op, Gradients &gradients) const {
    return ForRule(cast<scf::ForOp>(op), gradients).run();
  }
};

struct WhileDerivative
    : DifferentiableOpInterface::ExternalModel<WhileDerivative, scf::WhileOp> {
  LogicalResult emitGradients(Operation *op, Gradients &gradients) const {
    return WhileRule(cast<scf::WhileOp>(op), gradients).run();
  }
};

} // namespace

void autodiff::registerLoopDerivatives(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    scf::ForOp::attachInterface<ForDerivative>(*context);
    scf::WhileOp::attachInterface<WhileDerivative>(*context);
  });
}

} // namespace ds
