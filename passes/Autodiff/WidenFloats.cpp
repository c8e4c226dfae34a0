//===- WidenFloats.cpp - the pass ds-widen-floats -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differences of f32 values say nothing about a derivative beyond three digits,
// and none at all of what is rounded to 8 bits. So the model is held against
// its gradient in f64. Which ops can be computed there is not known here: an op
// that does not verify at f64 is left as it was, between casts.
//
//===----------------------------------------------------------------------===//
#include "passes/Analysis/Evaluator.h"
#include "passes/Autodiff/Autodiff.h"
#include "passes/Autodiff/Passes.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_WIDENFLOATSPASS
#include "passes/Autodiff/Passes.h.inc"

namespace {

/// Scalars of the host keep their type: they are sizes on the way, and a size
/// must not depend on how exactly it is computed.
Type widened(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isa<FloatType>(tensor.getElementType()))
    return type;
  return tensor.clone(Float64Type::get(type.getContext()));
}

class Widening {
public:
  explicit Widening(ModuleOp module) : module(module), b(module.getContext()) {}

  LogicalResult run() {
    SmallVector<Operation *> ops;
    module.walk<WalkOrder::PreOrder>([&](Operation *op) {
      ops.push_back(op);
      for (Region &region : op->getRegions())
        for (Block &block : region)
          widen(block.getArguments());
      widen(op->getResults());
    });
    for (Operation *op : ops) {
      if (auto function = dyn_cast<func::FuncOp>(op)) {
        if (failed(widenSignature(function)))
          return failure();
      } else if (!fits(op)) {
        keep(op);
      }
    }
    // What rounded to a narrower type, or undid that, changes nothing now.
    module.walk([](nn::CastOp cast) {
      if (cast.getOperand().getType() != cast.getType())
        return;
      cast.replaceAllUsesWith(cast.getOperand());
      cast.erase();
    });
    return success();
  }

private:
  template <typename Range>
  void widen(Range values) {
    for (Value value : values) {
      Type type = widened(value.getType());
      if (type == value.getType())
        continue;
      narrow[value] = value.getType();
      value.setType(type);
    }
  }

  /// Whether the op can be of the types that its operands and results have now.
  bool fits(Operation *op) {
    auto isNarrow = [&](Value value) { return narrow.contains(value); };
    // The data of a constant is of its type, whoever reads it; so are bits,
    // also where the types would fit.
    if (op->hasTrait<OpTrait::ConstantLike>() || isa<nn::BitcastOp>(op))
      return llvm::none_of(op->getOperands(), isNarrow) &&
             llvm::none_of(op->getResults(), isNarrow);
    ScopedDiagnosticHandler quiet(op->getContext(),
                                  [](Diagnostic &) { return success(); });
    return succeeded(verify(op, /*verifyRecursively=*/false));
  }

  void keep(Operation *op) {
    b.setInsertionPoint(op);
    for (OpOperand &operand : op->getOpOperands())
      if (Type type = narrow.lookup(operand.get()))
        operand.set(nn::CastOp::create(b, op->getLoc(), type, operand.get()));
    b.setInsertionPointAfter(op);
    for (Value result : op->getResults()) {
      Type type = narrow.lookup(result);
      if (!type)
        continue;
      Type wide = result.getType();
      result.setType(type);
      narrow.erase(result);
      auto cast = nn::CastOp::create(b, op->getLoc(), wide, result);
      narrow[cast] = type;
      result.replaceAllUsesExcept(cast, cast);
    }
  }

  LogicalResult widenSignature(func::FuncOp function) {
    FunctionType type = function.getFunctionType();
    auto all = [](TypeRange types) {
      return llvm::to_vector(llvm::map_range(types, widened));
    };
    function.setFunctionType(
        b.getFunctionType(all(type.getInputs()), all(type.getResults())));
    for (unsigned i = 0; i < type.getNumInputs(); ++i) {
      Attribute value = function.getArgAttr(i, "ds.default");
      if (!value || widened(type.getInput(i)) == type.getInput(i))
        continue;
      FailureOr<Attribute> converted = convert(
          value, cast<RankedTensorType>(type.getInput(i)), function.getLoc());
      if (failed(converted))
        return failure();
      function.setArgAttr(i, "ds.default", *converted);
    }
    return success();
  }

  /// The data of a constant of type `from`, widened.
  FailureOr<Attribute> convert(Attribute value, RankedTensorType from,
                               Location loc) {
    // A default's extents are its own where the argument's are unknown.
    if (auto dense = dyn_cast<ElementsAttr>(value))
      from = from.clone(dense.getShapedType().getShape());
    if (!from.hasStaticShape())
      return emitError(loc) << "expected a default of known shape, found "
                            << value << " for " << from;
    // Nothing of this stays: the ops are there for the evaluator.
    OwningOpRef<ModuleOp> scratch = ModuleOp::create(loc);
    OpBuilder at = OpBuilder::atBlockEnd(scratch->getBody());
    auto constant = nn::ConstantOp::create(at, loc, from, value);
    auto cast = nn::CastOp::create(at, loc, widened(from), constant);
    std::optional<HostTensor> data =
        getKnownValue(constant, std::numeric_limits<int64_t>::max());
    SmallVector<HostTensor> results;
    if (!data || failed(evaluateOp(cast, *data, results)))
      return emitError(loc) << "cannot read the default " << value;
    return materializeConstant(at, loc, results.front(), widened(from))
        .getDefiningOp<nn::ConstantOp>()
        .getValue();
  }

  ModuleOp module;
  OpBuilder b;
  /// The type that a widened value had.
  llvm::DenseMap<Value, Type> narrow;
};

struct WidenFloatsPass : impl::WidenFloatsPassBase<WidenFloatsPass> {
  void runOnOperation() override {
    if (failed(widenFloats(getOperation())))
      signalPassFailure();
  }
};

} // namespace

LogicalResult widenFloats(ModuleOp module) { return Widening(module).run(); }

} // namespace ds
