//===- Expand.cpp - the pass ds-autodiff ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A gradient is of a function by its own arguments, whatever the caller
// computed them from, and even if it passes one value twice. So the callee is
// copied in front of the request on stand-ins for the arguments, which are what
// the gradient is taken by, and the stand-ins go when it is there.
//
//===----------------------------------------------------------------------===//
#include "passes/Autodiff/AutodiffInternal.h"
#include "passes/Autodiff/Passes.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_AUTODIFFPASS
#include "passes/Autodiff/Passes.h.inc"

namespace {

class Expansion {
public:
  explicit Expansion(ModuleOp module) : symbols(module) {}

  LogicalResult run(func::FuncOp function) {
    if (done.contains(function))
      return success();
    SmallVector<train::VjpOp> requests;
    function.walk([&](train::VjpOp op) { requests.push_back(op); });
    if (!requests.empty() && !open.insert(function))
      return requests.front().emitError()
             << "expected a function that can be expanded, but '@"
             << function.getSymName() << "' asks for its own gradient";
    for (train::VjpOp request : requests)
      if (failed(expand(request)))
        return failure();
    open.remove(function);
    done.insert(function);
    return success();
  }

  /// Private functions that only requests used.
  void eraseUnused(ModuleOp module) {
    for (func::FuncOp callee : callees)
      if (callee.isPrivate() &&
          SymbolTable::symbolKnownUseEmpty(callee.getSymNameAttr(), module))
        callee.erase();
  }

private:
  LogicalResult expand(train::VjpOp request) {
    auto callee = symbols.lookup<func::FuncOp>(request.getCallee());
    if (!callee || callee.getBody().getBlocks().size() != 1)
      return request.emitError()
             << "expected a function of one block, but '@"
             << request.getCallee() << (callee ? "' has " : "' is no func.func")
             << (callee ? std::to_string(callee.getBody().getBlocks().size())
                        : "");
    if (failed(run(callee)))
      return failure();
    callees.insert(callee);

    OpBuilder b(request);
    IRMapping mapping;
    SmallVector<UnrealizedConversionCastOp> standIns;
    for (auto [parameter, argument] :
         llvm::zip_equal(callee.getArguments(), request.getArgs())) {
      auto standIn = UnrealizedConversionCastOp::create(
          b, parameter.getLoc(), argument.getType(), argument);
      mapping.map(parameter, standIn.getResult(0));
      standIns.push_back(standIn);
    }
    Block &body = callee.getBody().front();
    SmallVector<Operation *> ops = autodiff::cloneBody(b, body, mapping);
    SmallVector<Value> results, outputs, inputs;
    for (Value value : body.getTerminator()->getOperands())
      results.push_back(mapping.lookupOrDefault(value));
    for (int64_t number : request.getSeeded())
      outputs.push_back(results[number]);
    for (int64_t number : request.getWrt())
      inputs.push_back(standIns[number].getResult(0));
    // In IR, since rules may replace loops by longer ones.
    auto holder = UnrealizedConversionCastOp::create(b, request.getLoc(),
                                                     TypeRange(), results);
    b.setInsertionPoint(request);
    FailureOr<SmallVector<Value>> gradients =
        emitGradients(b, ops, outputs, request.getSeeds(), inputs);
    if (failed(gradients))
      return failure();
    results.assign(holder.getInputs().begin(), holder.getInputs().end());
    llvm::append_range(results, *gradients);
    request.replaceAllUsesWith(results);
    request.erase();
    holder.erase();
    autodiff::eraseDead(ops);
    for (UnrealizedConversionCastOp standIn : standIns) {
      standIn.getResult(0).replaceAllUsesWith(standIn.getInputs().front());
      standIn.erase();
    }
    return success();
  }

  SymbolTable symbols;
  llvm::DenseSet<Operation *> done;
  llvm::SetVector<Operation *> open;
  llvm::SetVector<func::FuncOp> callees;
};

struct AutodiffPass : impl::AutodiffPassBase<AutodiffPass> {
  void runOnOperation() override {
    if (failed(expandGradients(getOperation())))
      signalPassFailure();
  }
};

} // namespace

LogicalResult expandGradients(ModuleOp module) {
  Expansion expansion(module);
  for (auto function : module.getOps<func::FuncOp>())
    if (failed(expansion.run(function)))
      return failure();
  expansion.eraseUnused(module);
  return success();
}

} // namespace ds
