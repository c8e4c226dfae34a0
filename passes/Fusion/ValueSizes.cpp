//===- ValueSizes.cpp - sizes of all values in terms of the inputs
//---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"
#include "passes/Fusion/Fusion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace ds {

/// Kernels hide the values inside them, so the sizes of what comes out must be
/// computed from what goes in. Asking for a size with `tensor.dim` and letting
/// upstream's patterns resolve it through the ops' own interface does that;
/// temporary calls, which are never dead, hold values and answers meanwhile.
FailureOr<ValueSizes> ValueSizes::compute(Operation *root) {
  OpBuilder b(root->getContext());
  SmallVector<func::CallOp> holders;
  SmallVector<Operation *> queries;
  root->walk([&](Operation *op) {
    if (!isa<nn::NNDialect>(op->getDialect()))
      return;
    for (Value result : op->getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      if (type.hasStaticShape())
        continue;
      b.setInsertionPointAfter(op);
      SmallVector<Value> held{result};
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim)) {
          queries.push_back(
              tensor::DimOp::create(b, op->getLoc(), result, dim));
          held.push_back(queries.back()->getResult(0));
        }
      holders.push_back(
          func::CallOp::create(b, op->getLoc(), "sizes", TypeRange{}, held));
    }
  });
  if (!holders.empty()) {
    RewritePatternSet patterns(root->getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    memref::populateResolveShapedTypeResultDimsPatterns(patterns);
    root->getContext()
        ->getLoadedDialect<arith::ArithDialect>()
        ->getCanonicalizationPatterns(patterns);
    tensor::DimOp::getCanonicalizationPatterns(patterns, root->getContext());
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    // The ops whose sizes are asked must not be folded away meanwhile: the
    // answers are kept under their results.
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    if (failed(applyOpPatternsGreedily(queries, std::move(patterns), config)))
      return failure();
    IRRewriter rewriter(root->getContext());
    DominanceInfo dominance(root);
    eliminateCommonSubExpressions(rewriter, dominance, root);
  }
  ValueSizes result;
  for (func::CallOp holder : holders) {
    Value value = holder.getOperand(0);
    SmallVector<OpFoldResult> sizes;
    unsigned next = 1;
    for (int64_t size : cast<RankedTensorType>(value.getType()).getShape()) {
      if (!ShapedType::isDynamic(size)) {
        sizes.push_back(b.getIndexAttr(size));
        continue;
      }
      Value dynamic = holder.getOperands()[next++];
      std::optional<int64_t> constant = getConstantIntValue(dynamic);
      sizes.push_back(constant ? OpFoldResult(b.getIndexAttr(*constant))
                               : OpFoldResult(dynamic));
    }
    result.sizes[value] = sizes;
  }
  for (func::CallOp holder : holders)
    holder.erase();
  return result;
}

SmallVector<OpFoldResult> ValueSizes::get(Value value) const {
  auto it = sizes.find(value);
  if (it != sizes.end())
    return it->second;
  SmallVector<OpFoldResult> result;
  Builder b(value.getContext());
  auto type = cast<RankedTensorType>(value.getType());
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (!type.isDynamicDim(dim)) {
      result.push_back(b.getIndexAttr(type.getDimSize(dim)));
      continue;
    }
    // A block argument or the result of an op that is no nn op: its own
    // `tensor.dim`, which is the same for all users.
    Value found;
    for (Operation *user : value.getUsers())
      if (auto query = dyn_cast<tensor::DimOp>(user);
          query && query.getConstantIndex() == dim)
        found = query;
    result.push_back(found ? OpFoldResult(found) : OpFoldResult(value));
  }
  return result;
}

} // namespace ds
