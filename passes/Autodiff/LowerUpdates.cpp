//===- LowerUpdates.cpp - the pass ds-lower-updates -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Train/Optimizers.h"
#include "passes/Autodiff/Passes.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_LOWERUPDATESPASS
#include "passes/Autodiff/Passes.h.inc"

namespace {

struct LowerUpdatesPass : impl::LowerUpdatesPassBase<LowerUpdatesPass> {
  void runOnOperation() override {
    SmallVector<train::UpdateOp> updates;
    getOperation()->walk(
        [&](train::UpdateOp update) { updates.push_back(update); });
    for (train::UpdateOp update : updates) {
      OpBuilder b(update);
      update.replaceAllUsesWith(train::emitUpdate(b, update));
      update.erase();
    }
  }
};

} // namespace
} // namespace ds
