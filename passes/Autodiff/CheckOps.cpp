//===- CheckOps.cpp - derivative rules at the values of a run -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Autodiff/CheckOps.h"

#include "dialects/Interfaces/Interfaces.h"
#include "passes/Analysis/Evaluator.h"
#include "passes/Autodiff/Autodiff.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ds {
namespace {

/// Narrower floats are data of constants, on their way to f64.
bool isWideTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF64();
}

/// A module whose function is `op` with its gradients; null when it has none.
OwningOpRef<ModuleOp> makeGradientOf(Operation *op) {
  // The reason is given where the whole model is differentiated.
  ScopedDiagnosticHandler quiet(op->getContext(),
                                [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  auto function = func::FuncOp::create(
      b, op->getLoc(), "op",
      b.getFunctionType(op->getOperandTypes(), op->getResultTypes()));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  // One argument per operand, also where operands are one value.
  Operation *copy = b.clone(*op);
  copy->setOperands(entry->getArguments());
  func::ReturnOp::create(b, op->getLoc(), copy->getResults());
  if (failed(requestGradients(*module)) || failed(expandGradients(*module)))
    return {};
  return module;
}

class OpChecker {
public:
  OpChecker(func::FuncOp function, ArrayRef<HostTensor> inputs,
            int64_t maxElements)
      : maxElements(maxElements) {
    for (auto [argument, input] :
         llvm::zip_equal(function.getArguments(), inputs))
      values[argument] = input;
  }

  /// Called with each op that has run.
  LogicalResult see(Operation *op, ArrayRef<HostTensor> results);

  std::vector<CheckedOp> checked;

private:
  /// Text that is the same for ops that compute the same on equal shapes.
  static std::string keyOf(Operation *op, ArrayRef<HostTensor> operands);
  FailureOr<CheckedOp> check(Operation *op, ArrayRef<HostTensor> operands,
                             ArrayRef<HostTensor> results);

  int64_t maxElements;
  DenseMap<Value, HostTensor> values;
  llvm::StringSet<> seen;
};

} // namespace

std::string OpChecker::keyOf(Operation *op, ArrayRef<HostTensor> operands) {
  std::string key;
  llvm::raw_string_ostream stream(key);
  stream << op->getName() << op->getAttrDictionary();
  for (auto [type, operand] :
       llvm::zip_equal(op->getOperandTypes(), operands)) {
    stream << ' ' << type;
    llvm::interleave(operand.shape(), stream, "x");
  }
  for (Type type : op->getResultTypes())
    stream << ' ' << type;
  return key;
}

LogicalResult OpChecker::see(Operation *op, ArrayRef<HostTensor> results) {
  for (auto [value, result] : llvm::zip_equal(op->getResults(), results))
    values[value] = result;
  if (op->getNumRegions() > 0 || !isa<DifferentiableOpInterface>(op) ||
      llvm::none_of(op->getOperandTypes(), isWideTensor) ||
      llvm::none_of(op->getResultTypes(), isWideTensor))
    return success();
  SmallVector<HostTensor> operands;
  for (Value operand : op->getOperands()) {
    auto known = values.find(operand);
    if (known == values.end()) {
      std::string name = op->getName().getStringRef().str();
      if (seen.insert("in a loop: " + name).second)
        checked.push_back({op->getLoc(), name, CheckedOp::Kind::InLoop, {}});
      return success();
    }
    operands.push_back(known->second);
  }
  if (!seen.insert(keyOf(op, operands)).second)
    return success();
  FailureOr<CheckedOp> result = check(op, operands, results);
  if (failed(result))
    return failure();
  checked.push_back(std::move(*result));
  return success();
}

FailureOr<CheckedOp> OpChecker::check(Operation *op,
                                      ArrayRef<HostTensor> operands,
                                      ArrayRef<HostTensor> results) {
  CheckedOp found{op->getLoc(),
                  op->getName().getStringRef().str(),
                  CheckedOp::Kind::TooLarge,
                  {}};
  int64_t elements = 0;
  for (ArrayRef<HostTensor> tensors : {operands, results})
    for (const HostTensor &tensor : tensors)
      elements += tensor.numElements();
  if (elements > maxElements)
    return found;
  OwningOpRef<ModuleOp> gradient = makeGradientOf(op);
  if (!gradient) {
    found.kind = CheckedOp::Kind::NoDerivative;
    return found;
  }
  auto function = gradient->lookupSymbol<func::FuncOp>("op");
  auto run = [&](ArrayRef<HostTensor> inputs,
                 SmallVectorImpl<HostTensor> &outputs) {
    return evaluateOp(op, inputs, outputs);
  };
  auto runGradients = [&](ArrayRef<HostTensor> inputs,
                          SmallVectorImpl<HostTensor> &outputs) {
    if (failed(evaluateFunction(function, inputs, outputs)))
      return failure();
    outputs.erase(outputs.begin(), outputs.begin() + op->getNumResults());
    return success();
  };
  DifferencesProblem problem{run, runGradients,
                             SmallVector<HostTensor>(operands)};
  FailureOr<DifferencesOutcome> outcome = compareWithDifferences(problem);
  if (failed(outcome))
    return failure();
  found.kind = outcome->isSmooth ? CheckedOp::Kind::Compared
                                 : CheckedOp::Kind::NotSmooth;
  found.outcome = *outcome;
  return found;
}

FailureOr<std::vector<CheckedOp>> checkOps(func::FuncOp function,
                                           ArrayRef<HostTensor> inputs,
                                           int64_t maxElements) {
  OpChecker checker(function, inputs, maxElements);
  SmallVector<HostTensor> results;
  if (failed(evaluateFunction(function, inputs, results,
                              [&](Operation *op, ArrayRef<HostTensor> values) {
                                return checker.see(op, values);
                              })))
    return failure();
  return std::move(checker.checked);
}

} // namespace ds
