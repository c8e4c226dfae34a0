//===- Autodiff.cpp - the reverse sweep over one block --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Expression.h"
#include "dialects/NN/NN.h"
#include "dialects/Train/Train.h"
#include "passes/Autodiff/AutodiffInternal.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace ds {

bool isDifferentiable(Type type) {
  return isa<FloatType>(getElementTypeOrSelf(type));
}

/// Regions use values from around them.
static bool usesAny(Operation *op, const DenseSet<Value> &values) {
  return op
      ->walk([&](Operation *inner) {
        return llvm::any_of(inner->getOperands(),
                            [&](Value v) { return values.contains(v); })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

DenseSet<Value> autodiff::findActive(ArrayRef<Operation *> ops,
                                     ValueRange inputs) {
  DenseSet<Value> active(inputs.begin(), inputs.end());
  for (Operation *op : ops) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if ((differentiable && differentiable.hasZeroGradient()) ||
        !usesAny(op, active))
      continue;
    for (Value result : op->getResults())
      if (isDifferentiable(result.getType()))
        active.insert(result);
  }
  return active;
}

namespace {

/// The cotangents that have arrived so far. Values are active when they depend
/// on an input by ops whose derivative is not zero everywhere.
class Sweep final : public Gradients {
public:
  Sweep(OpBuilder &b, ArrayRef<Operation *> ops)
      : Gradients(b, b.getUnknownLoc()), ops(ops) {}

  FailureOr<SmallVector<Value>> run(ValueRange outputs, ValueRange seeds,
                                    ValueRange inputs) {
    active = autodiff::findActive(ops, inputs);
    for (auto [output, seed] : llvm::zip_equal(outputs, seeds)) {
      loc = train::gradientLoc(output.getLoc());
      add(output, seed);
    }
    for (Operation *op : llvm::reverse(ops))
      if (failed(visit(op)))
        return failure();
    SmallVector<Value> gradients;
    for (Value input : inputs) {
      Value gradient = cotangents.lookup(input);
      if (!gradient)
        gradient = nn::derivatives::numberLike(
            b, train::gradientLoc(input.getLoc()), input, 0);
      gradients.push_back(gradient);
    }
    return gradients;
  }

  Value cotangentOf(Value value) const override {
    return cotangents.lookup(value);
  }

  bool isWanted(Value value) const override { return active.contains(value); }

  void add(Value value, Value gradient) override {
    if (!gradient || !isWanted(value))
      return;
    // What is known of a shape may differ; the shape does not.
    if (gradient.getType() != value.getType())
      gradient = tensor::CastOp::create(b, loc, value.getType(), gradient);
    auto [it, isFirst] = cotangents.try_emplace(value, gradient);
    if (isFirst)
      cameFrom[value] = current;
    else
      it->second = nn::AddOp::create(b, loc, it->second, gradient);
  }

  LogicalResult fail(const Twine &text) override {
    reason = text.str();
    return failure();
  }

  LogicalResult failReported() override {
    isReported = true;
    return failure();
  }

private:
  LogicalResult visit(Operation *op) {
    if (!llvm::any_of(op->getResults(), [&](Value result) {
          return cotangents.contains(result);
        }))
      return success();
    current = op;
    loc = train::gradientLoc(op->getLoc());
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (differentiable && succeeded(differentiable.emitGradients(*this)))
      return success();
    if (!isReported)
      report(op);
    return failure();
  }

  /// Names the op, and the steps from the loss to it: one note per node.
  void report(Operation *op) {
    InFlightDiagnostic diagnostic = op->emitError()
                                    << "'" << op->getName()
                                    << "' has no derivative, but the loss "
                                       "depends on it";
    if (!reason.empty())
      diagnostic << ": " << reason;
    Location last = op->getLoc();
    while (Operation *user = userOf(op)) {
      if (user->getLoc() != last)
        diagnostic.attachNote(user->getLoc())
            << "the gradient comes to it through '" << user->getName() << "'";
      last = user->getLoc();
      op = user;
    }
  }

  /// The op whose rule first gave a cotangent to a result of `op`.
  Operation *userOf(Operation *op) const {
    for (Value result : op->getResults())
      if (cotangents.contains(result))
        return cameFrom.lookup(result);
    return nullptr;
  }

  ArrayRef<Operation *> ops;
  DenseSet<Value> active;
  DenseMap<Value, Value> cotangents;
  DenseMap<Value, Operation *> cameFrom;
  /// The op whose rule is being applied; none while seeds are placed.
  Operation *current = nullptr;
  std::string reason;
  bool isReported = false;
};

} // namespace

FailureOr<SmallVector<Value>>
emitGradients(OpBuilder &b, ArrayRef<Operation *> ops, ValueRange outputs,
              ValueRange seeds, ValueRange inputs) {
  return Sweep(b, ops).run(outputs, seeds, inputs);
}

bool dependsOn(ArrayRef<Operation *> ops, Value output, Value input) {
  return autodiff::findActive(ops, input).contains(output);
}

} // namespace ds
