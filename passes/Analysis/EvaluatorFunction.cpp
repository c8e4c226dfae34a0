//===- EvaluatorFunction.cpp - the reference evaluator on functions
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ds {

using namespace evaluator;

namespace {
/// One call of a function: the values that are alive, and the walk over its
/// structured body.
class Interpreter {
public:
  Interpreter(EvaluationObserver observe, int depth)
      : observe(observe), depth(depth) {}

  LogicalResult run(func::FuncOp function, ArrayRef<HostTensor> inputs,
                    SmallVectorImpl<HostTensor> &results);

private:
  using Values = SmallVector<HostTensor>;

  /// Runs a block with `arguments` and yields the operands of its terminator.
  LogicalResult runBlock(Block &block, ArrayRef<HostTensor> arguments,
                         Values &yielded);
  LogicalResult runOp(Operation *op, Values &results);
  LogicalResult runCall(func::CallOp op, Values &results);
  LogicalResult runFor(scf::ForOp op, Values &results);
  LogicalResult runIf(scf::IfOp op, Values &results);
  LogicalResult runWhile(scf::WhileOp op, Values &results);

  /// Gives `values` names, after checking that their types allow them.
  LogicalResult bind(Operation *op, ValueRange names,
                     ArrayRef<HostTensor> values);
  Values lookUp(ValueRange names) const;
  int64_t lookUpInt(Value name) const { return alive.lookup(name).getInt(0); }

  /// For each op of a block, the block's own values that nothing reads after
  /// it.
  using LastReads = DenseMap<Operation *, SmallVector<Value>>;
  const LastReads &lastReadsOf(Block &block);

  EvaluationObserver observe;
  int depth;
  DenseMap<Value, HostTensor> alive;
  DenseMap<Block *, std::unique_ptr<LastReads>> lastReads;
};
} // namespace

/// Recursion is bounded, so that a function that calls itself ends in a
/// diagnostic.
static constexpr int deepestCall = 64;

LogicalResult Interpreter::bind(Operation *op, ValueRange names,
                                ArrayRef<HostTensor> values) {
  if (names.size() != values.size())
    return op->emitOpError()
           << "expected " << names.size() << " values, found " << values.size();
  for (auto [name, value] : llvm::zip_equal(names, values)) {
    if (!isValueOf(value, name.getType()))
      return op->emitOpError() << "expected a value of type " << name.getType()
                               << ", found shape " << shapeString(value.shape())
                               << " of " << value.elementType();
    alive[name] = value;
  }
  return success();
}

Interpreter::Values Interpreter::lookUp(ValueRange names) const {
  return llvm::map_to_vector(names,
                             [&](Value name) { return alive.lookup(name); });
}

const Interpreter::LastReads &Interpreter::lastReadsOf(Block &block) {
  std::unique_ptr<LastReads> &reads = lastReads[&block];
  if (reads)
    return *reads;
  reads = std::make_unique<LastReads>();
  auto add = [&](Value value, Operation *definition) {
    Operation *last = definition;
    for (Operation *user : value.getUsers())
      if (Operation *ancestor = block.findAncestorOpInBlock(*user))
        if (!last || last->isBeforeInBlock(ancestor))
          last = ancestor;
    if (last)
      (*reads)[last].push_back(value);
  };
  for (Value argument : block.getArguments())
    add(argument, nullptr);
  for (Operation &op : block)
    for (Value result : op.getResults())
      add(result, &op);
  return *reads;
}

LogicalResult Interpreter::runBlock(Block &block,
                                    ArrayRef<HostTensor> arguments,
                                    Values &yielded) {
  if (failed(bind(block.getParentOp(), block.getArguments(), arguments)))
    return failure();
  for (Operation &op : block) {
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      if (!isa<func::ReturnOp, scf::YieldOp, scf::ConditionOp>(op))
        return op.emitOpError()
               << "expected structured control flow, found this terminator";
      yielded = lookUp(op.getOperands());
    } else {
      Values results;
      if (failed(runOp(&op, results)) ||
          failed(bind(&op, op.getResults(), results)) ||
          (observe && failed(observe(&op, results))))
        return failure();
    }
    auto released = lastReadsOf(block).find(&op);
    if (released != lastReadsOf(block).end())
      for (Value value : released->second)
        alive.erase(value);
  }
  return success();
}

LogicalResult Interpreter::runOp(Operation *op, Values &results) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<func::CallOp>([&](auto call) { return runCall(call, results); })
      .Case<scf::ForOp>([&](auto loop) { return runFor(loop, results); })
      .Case<scf::IfOp>([&](auto branch) { return runIf(branch, results); })
      .Case<scf::WhileOp>([&](auto loop) { return runWhile(loop, results); })
      .Case<cf::AssertOp>([&](auto check) -> LogicalResult {
        if (lookUpInt(check.getArg()) != 0)
          return success();
        return emitError(check.getLoc()) << check.getMsg();
      })
      .Default([&](Operation *other) {
        return evaluateOp(other, lookUp(other->getOperands()), results);
      });
}

LogicalResult Interpreter::runCall(func::CallOp op, Values &results) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  if (!callee)
    return op.emitOpError() << "expected a function named '" << op.getCallee()
                            << "', found none";
  if (depth == deepestCall)
    return op.emitOpError()
           << "expected calls nested at most " << deepestCall << " deep";
  return Interpreter(observe, depth + 1)
      .run(callee, lookUp(op.getOperands()), results);
}

LogicalResult Interpreter::runFor(scf::ForOp op, Values &results) {
  HostTensor induction = alive.lookup(op.getLowerBound());
  int64_t position = induction.getInt(0), end = lookUpInt(op.getUpperBound()),
          step = lookUpInt(op.getStep());
  bool isUnsigned = op.getUnsignedCmp();
  if (step <= 0)
    return op.emitOpError() << "expected a step above 0, found " << step;
  results = lookUp(op.getInitArgs());
  auto isInside = [&] {
    return isUnsigned
               ? static_cast<uint64_t>(position) < static_cast<uint64_t>(end)
               : position < end;
  };
  while (isInside()) {
    HostTensor current(induction.elementType(), {});
    current.set(0, Scalar::fromInt(position));
    Values arguments = {current};
    llvm::append_range(arguments, results);
    if (failed(runBlock(*op.getBody(), arguments, results)))
      return failure();
    if (llvm::AddOverflow(position, step, position))
      break;
  }
  return success();
}

LogicalResult Interpreter::runIf(scf::IfOp op, Values &results) {
  Region &taken = lookUpInt(op.getCondition()) != 0 ? op.getThenRegion()
                                                    : op.getElseRegion();
  return taken.empty() ? success() : runBlock(taken.front(), {}, results);
}

LogicalResult Interpreter::runWhile(scf::WhileOp op, Values &results) {
  Values carried = lookUp(op.getInits());
  while (true) {
    if (failed(runBlock(*op.getBeforeBody(), carried, results)))
      return failure();
    bool goesOn = results.front().getInt(0) != 0;
    results.erase(results.begin());
    if (!goesOn)
      return success();
    if (failed(runBlock(*op.getAfterBody(), results, carried)))
      return failure();
  }
}

LogicalResult Interpreter::run(func::FuncOp function,
                               ArrayRef<HostTensor> inputs,
                               SmallVectorImpl<HostTensor> &results) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError()
           << "expected a body of one block to evaluate, found "
           << function.getBody().getBlocks().size();
  Values yielded;
  if (failed(runBlock(function.getBody().front(), inputs, yielded)))
    return failure();
  results.assign(yielded.begin(), yielded.end());
  return success();
}

LogicalResult evaluateFunction(func::FuncOp function,
                               ArrayRef<HostTensor> inputs,
                               SmallVectorImpl<HostTensor> &results,
                               EvaluationObserver observe) {
  return Interpreter(observe, /*depth=*/0).run(function, inputs, results);
}

LogicalResult evaluateModule(ModuleOp module, raw_ostream &os) {
  LogicalResult status = success();
  bool found = false;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() || function.getNumArguments() != 0)
      continue;
    found = true;
    SmallVector<HostTensor> results;
    if (failed(evaluateFunction(function, {}, results))) {
      status = failure();
      continue;
    }
    for (auto [result, type] :
         llvm::zip_equal(results, function.getResultTypes())) {
      auto tensorType = dyn_cast<RankedTensorType>(type);
      TypedAttr value = tensorType ? toElementsAttribute(result)
                                   : toScalarAttribute(result, type);
      os << '@' << function.getName() << ": " << value.getType() << " = ";
      value.print(os, /*elideType=*/true);
      os << '\n';
    }
  }
  if (!found)
    return module.emitError()
           << "expected a function without arguments to evaluate, found none";
  return status;
}

} // namespace ds
