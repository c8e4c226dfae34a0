//===- CountAdds.cpp - a plugin pass that finds our ops by type -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The least that a useful pass needs: an option, a walk over functions, ops
// matched by their C++ class, a result that is visible in the IR.
//
//===----------------------------------------------------------------------===//

#include "compiler/Plugin/Plugin.h"
#include "dialects/NN/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace {

/// Writes into each function, as the attribute `count_adds.found`, how many
/// additions of tensors it has.
struct CountAddsPass
    : public PassWrapper<CountAddsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CountAddsPass)

  CountAddsPass() = default;
  // Options are not copyable; the pass manager clones passes for its threads.
  CountAddsPass(const CountAddsPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "count-adds"; }
  StringRef getDescription() const override {
    return "count the additions of tensors in each function";
  }

  void runOnOperation() override {
    int64_t found = 0;
    getOperation().walk([&](ds::nn::AddOp add) {
      found += cast<RankedTensorType>(add.getType()).getRank() >= minRank;
    });
    Builder builder(&getContext());
    getOperation()->setAttr("count_adds.found",
                            builder.getI64IntegerAttr(found));
  }

  Option<int64_t> minRank{
      *this, "min-rank",
      llvm::cl::desc("count only additions of at least this many dimensions"),
      llvm::cl::init(0)};
};

void registerPasses() { PassRegistration<CountAddsPass>(); }

} // namespace

DS_PLUGIN("CountAdds", registerPasses);
