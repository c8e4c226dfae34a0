//===- Losses.cpp - losses against class numbers
//---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

using namespace mlir;

namespace ds::onnx {

/// Scores may be given with rank 2 (batch, class) or more; the classes' axis
/// is 1.
static LogicalResult checkShapes(NodeContext &n) {
  if (n.rank(0) < 2 || n.rank(1) != n.rank(0) - 1)
    return n.error(
        "scores of rank 2 or more need targets of one rank less, found rank " +
        Twine(n.rank(0)) + " and " + Twine(n.rank(1)));
  for (int64_t i = 0; i < n.rank(1); ++i) {
    int64_t scores = n.type(0).getDimSize(i ? i + 1 : 0),
            targets = n.type(1).getDimSize(i);
    if (!ShapedType::isDynamic(scores) && !ShapedType::isDynamic(targets) &&
        scores != targets)
      return n.error("dimension " + Twine(i) + " of the targets has extent " +
                     Twine(targets) + ", the scores have " + Twine(scores));
  }
  if (!n.hasInput(2))
    return success();
  int64_t classes = n.type(0).getDimSize(1);
  if (failed(n.expectRank(2, 1)))
    return failure();
  if (!ShapedType::isDynamic(classes) && !n.type(2).isDynamicDim(0) &&
      n.type(2).getDimSize(0) != classes)
    return n.error("there are " + Twine(n.type(2).getDimSize(0)) +
                   " weights for " + Twine(classes) + " classes");
  return success();
}

/// The weighted mean, sum or list of -logProbabilities[target]; targets equal
/// to `ignore_index` count nothing.
static FailureOr<Value> pickLoss(NodeContext &n, Value logProbabilities) {
  GraphBuilder &g = n.g;
  Type element = GraphBuilder::elementOf(logProbabilities);
  Value target = n.input(1);
  Value counted;
  if (n.has("ignore_index")) {
    Value ignored = g.broadcastTo(
        g.makeScalarInt(n.element(1), n.attrInt("ignore_index", 0)),
        g.dims(target));
    counted = g.compare(nn::ComparePredicate::ne, target, ignored);
    target = g.emit<nn::SelectOp>(counted, target, g.makeLike(target, 0));
  }
  Value picked = g.squeeze(g.emit<nn::GatherElementsOp>(
                               logProbabilities, g.unsqueeze(target, {1}), 1),
                           {1});
  Value loss = g.emit<nn::NegOp>(picked), weights;
  if (n.hasInput(2))
    weights = g.emit<nn::GatherOp>(g.cast(n.input(2), element), target, 0);
  if (counted) {
    Value one = weights ? weights : g.makeLike(loss, 1);
    weights = g.emit<nn::SelectOp>(counted, one, g.makeLike(loss, 0));
  }
  if (weights)
    loss = g.emit<nn::MulOp>(loss, weights);
  if (counted) // also where an ignored score is infinite
    loss = g.emit<nn::SelectOp>(counted, loss, g.makeLike(loss, 0));
  std::string reduction = n.attrString("reduction", "mean");
  if (reduction == "none")
    return loss;
  if (reduction != "mean" && reduction != "sum")
    return n.error("attribute \"reduction\" is \"" + reduction +
                   "\", expected \"none\", \"mean\" or \"sum\"");
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, GraphBuilder::rank(loss)));
  Value total = g.reduce(nn::ReduceKind::sum, loss, all, /*keepDims=*/false);
  if (reduction == "sum")
    return total;
  Value weight =
      weights ? g.reduce(nn::ReduceKind::sum, weights, all, /*keepDims=*/false)
              : g.cast(g.fromElements({g.count(loss)}, g.b.getI64Type(), {}),
                       element);
  return g.emit<nn::DivOp>(total, weight);
}

static LogicalResult convertNegativeLogLikelihoodLoss(NodeContext &n) {
  if (failed(checkShapes(n)))
    return failure();
  FailureOr<Value> loss = pickLoss(n, n.g.widen(n.input(0)));
  return failed(loss) ? failure() : n.set(n.g.cast(*loss, n.element(0)));
}

static LogicalResult convertSoftmaxCrossEntropyLoss(NodeContext &n) {
  if (failed(checkShapes(n)))
    return failure();
  Value logProbabilities =
      n.g.emit<nn::SoftmaxOp>(n.g.widen(n.input(0)), 1, /*log=*/true);
  FailureOr<Value> loss = pickLoss(n, logProbabilities);
  if (failed(loss))
    return failure();
  n.set(0, n.g.cast(*loss, n.element(0)));
  if (n.hasOutput(1))
    n.set(1, n.g.cast(logProbabilities, n.element(0)));
  return success();
}

void registerLosses(Registry &registry) {
  registry.add("NegativeLogLikelihoodLoss", convertNegativeLogLikelihoodLoss);
  registry.add("SoftmaxCrossEntropyLoss", convertSoftmaxCrossEntropyLoss);
}

} // namespace ds::onnx
