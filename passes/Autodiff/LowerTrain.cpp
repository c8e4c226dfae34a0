//===- LowerTrain.cpp - the pass ds-lower-train ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Autodiff/Passes.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_LOWERTRAINPASS
#include "passes/Autodiff/Passes.h.inc"

namespace {

struct LowerTrainPass : impl::LowerTrainPassBase<LowerTrainPass> {
  void runOnOperation() override {
    getOperation()->walk([](train::SeedOp seed) {
      OpBuilder b(seed);
      seed.replaceAllUsesWith(nn::createSplat(
          b, seed.getLoc(), cast<RankedTensorType>(seed.getType()),
          Scalar::fromDouble(1)));
      seed.erase();
    });
  }
};

} // namespace
} // namespace ds
