//===- Normalization.cpp - normalising operators
//---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Train/Train.h"
#include "frontends/onnx/GraphImporter.h"
#include "frontends/onnx/NodeContext.h"

using namespace mlir;

namespace ds::onnx {

static constexpr int64_t anyRank = 1 << 20;

/// x * scale + bias, both spread over `dims` of x; either may be null.
static Value scaleAndShift(GraphBuilder &g, Value x, Value scale, Value bias,
                           ArrayRef<int64_t> dims) {
  Type type = g.elementOf(x);
  if (scale)
    x = g.emit<nn::MulOp>(
        x, g.broadcastDims(g.cast(scale, type), g.dims(x), dims));
  if (bias)
    x = g.emit<nn::AddOp>(x,
                          g.broadcastDims(g.cast(bias, type), g.dims(x), dims));
  return x;
}

static Value normalize(GraphBuilder &g, Value x, ArrayRef<int64_t> axes,
                       double epsilon, bool rms = false) {
  return g.emit<nn::NormalizeOp>(g.typeOf(x), x, g.b.getDenseI64ArrayAttr(axes),
                                 g.b.getF64FloatAttr(epsilon),
                                 rms ? g.b.getUnitAttr() : UnitAttr());
}

/// The inputs from `first` on hold a number per channel of input 0.
static LogicalResult expectPerChannel(NodeContext &n, unsigned first,
                                      unsigned last) {
  GraphBuilder &g = n.g;
  auto channels = g.constantIndex(g.dim(n.input(0), 1));
  for (unsigned i = first; i <= last; ++i) {
    if (failed(n.expectRank(i, 1)))
      return failure();
    auto found = g.constantIndex(g.dim(n.input(i), 0));
    if (channels && found && channels != found)
      return n.error("input " + Twine(i) + " has " + Twine(*found) +
                     " elements for " + Twine(*channels) + " channels");
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Batch, instance, group
//===----------------------------------------------------------------------===//

/// Mean and variance over all dimensions but the channels.
static std::pair<Value, Value> channelStatistics(GraphBuilder &g, Value x) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, g.rank(x)));
  axes.insert(axes.begin(), 0);
  Value wide = g.widen(x), mean = g.mean(wide, axes, false);
  Value centred =
      g.emit<nn::SubOp>(wide, g.broadcastDims(mean, g.dims(wide), 1));
  return {mean, g.mean(g.emit<nn::MulOp>(centred, centred), axes, false)};
}

/// Makes the running statistics values that a step of training changes.
static LogicalResult markStatistics(NodeContext &n, Value &mean,
                                    Value &variance) {
  for (auto [value, input] : {std::pair(&mean, 3), std::pair(&variance, 4)}) {
    Operation *known = value->getDefiningOp();
    if (!known || !isa<nn::ConstantOp, train::ParameterOp>(known))
      return n.unsupported(
          "running statistics that are no initialiser cannot be "
          "trained; freeze them with --freeze-batch-norm");
    *value = n.importer.markParameter(n.node.input(input), *value);
  }
  return n.importer.isOutermost() || !n.importer.training()->isStep
             ? success()
             : n.unsupported(
                   "running statistics inside a sub-graph or function "
                   "cannot be trained; freeze them with "
                   "--freeze-batch-norm");
}

/// Moves the running statistics towards those of the batch, as PyTorch does:
/// the running variance is of the unbiased estimate.
static void changeStatistics(NodeContext &n, Value x,
                             std::pair<Value, Value> mean,
                             std::pair<Value, Value> variance) {
  GraphBuilder &g = n.g;
  Type type = g.elementOf(x);
  double momentum = n.attrFloat("momentum", 0.9);
  auto next = [&](Value old, Value now) {
    Value kept = g.withScalar<nn::MulOp>(g.cast(old, type), momentum);
    return g.cast(
        g.emit<nn::AddOp>(kept, g.withScalar<nn::MulOp>(now, 1 - momentum)),
        g.elementOf(old));
  };
  n.importer.changeState(mean.first, next(mean.first, mean.second));
  Sizes sizes = g.dims(x);
  OpFoldResult count = g.div(g.product(sizes), sizes[1]);
  auto number = [&](OpFoldResult size) {
    return g.cast(g.fromElements(size, g.b.getI64Type(), {}), type);
  };
  // n / (n - 1); a single element has no unbiased estimate and keeps 0.
  Value correction = g.emit<nn::DivOp>(
      number(count), number(g.max(g.sub(count, g.index(1)), g.index(1))));
  Value unbiased = g.emit<nn::MulOp>(
      variance.second, g.broadcastTo(correction, g.dims(variance.second)));
  n.importer.changeState(variance.first, next(variance.first, unbiased));
}

static LogicalResult convertBatchNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  if (n.rank(0) == 1)
    x = g.unsqueeze(x, 1); // one channel
  else if (failed(n.expectRank(0, 2, anyRank)) ||
           failed(expectPerChannel(n, 1, 4)))
    return failure();
  if (n.opset() < 9 && n.attrInt("spatial", 1) == 0)
    return n.unsupported(
        "\"spatial\" 0 is not supported; export with opset 9 or newer");
  bool training = n.opset() < 7 ? n.attrInt("is_test", 0) == 0 && n.hasOutput(1)
                  : n.opset() < 14 ? n.hasOutput(1)
                                   : n.attrInt("training_mode", 0) != 0;
  double epsilon = n.attrFloat("epsilon", 1e-5);
  Value wide = g.widen(x), mean = n.input(3), variance = n.input(4);
  Type type = g.elementOf(wide);
  if (const TrainingImport *train = n.importer.training()) {
    if (train->freezeBatchNorm) {
      mean = g.unmarked(mean);
      variance = g.unmarked(variance);
      training = false;
    } else {
      if (failed(markStatistics(n, mean, variance)))
        return failure();
      training = train->isStep;
    }
  }
  if (training && n.importer.training()) {
    auto [batchMean, batchVariance] = channelStatistics(g, x);
    changeStatistics(n, wide, {mean, batchMean}, {variance, batchVariance});
    mean = batchMean;
    variance = batchVariance;
  } else if (training) {
    auto [batchMean, batchVariance] = channelStatistics(g, x);
    double momentum = n.attrFloat("momentum", 0.9);
    auto running = [&](Value old, Value now) {
      Value kept = g.withScalar<nn::MulOp>(g.cast(old, type), momentum);
      return g.cast(
          g.emit<nn::AddOp>(kept, g.withScalar<nn::MulOp>(now, 1 - momentum)),
          g.elementOf(old));
    };
    if (n.hasOutput(1))
      n.set(1, running(mean, batchMean));
    if (n.hasOutput(2))
      n.set(2, running(variance, batchVariance));
    for (unsigned i = 3; i < n.numOutputs();
         ++i) // saved statistics, up to version 13
      if (n.hasOutput(i))
        n.set(i, g.cast(i == 3 ? batchMean : batchVariance, g.elementOf(mean)));
    mean = batchMean;
    variance = batchVariance;
  }
  // One factor and one summand per channel, so that constants fold to them.
  Value factor = g.emit<nn::RsqrtOp>(
      g.withScalar<nn::AddOp>(g.cast(variance, type), epsilon));
  factor = g.emit<nn::MulOp>(g.cast(n.input(1), type), factor);
  Value summand = g.emit<nn::SubOp>(
      g.cast(n.input(2), type), g.emit<nn::MulOp>(g.cast(mean, type), factor));
  Value result =
      g.cast(scaleAndShift(g, wide, factor, summand, 1), n.element(0));
  n.set(0, n.rank(0) == 1 ? g.squeeze(result, 1) : result);
  return success();
}

static LogicalResult convertInstanceNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3, anyRank)) || failed(expectPerChannel(n, 1, 2)))
    return failure();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, n.rank(0)));
  Value wide = g.widen(n.input(0));
  Value result = normalize(g, wide, axes, n.attrFloat("epsilon", 1e-5));
  return n.set(g.cast(scaleAndShift(g, result, n.input(1), n.input(2), 1),
                      n.element(0)));
}

/// Scale and bias are per group in version 18, per channel from 21 on.
static LogicalResult convertGroupNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3, anyRank)) || failed(n.expectRank(1, 1)) ||
      failed(n.expectRank(2, 1)))
    return failure();
  int64_t groups = n.attrInt("num_groups", 1);
  Sizes sizes = g.dims(n.input(0));
  auto channels = g.constantIndex(sizes[1]);
  if (groups < 1 || (channels && *channels % groups))
    return n.error("\"num_groups\" " + Twine(groups) +
                   " does not divide the channels");
  Sizes split = sizes;
  split[1] = g.div(sizes[1], g.index(groups));
  split.insert(split.begin() + 1, g.index(groups));
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(2, split.size()));
  // "stash_type" says in what the statistics are computed; f32 and more is what
  // we do anyway.
  Value x = normalize(g, g.reshape(g.widen(n.input(0)), split), axes,
                      n.attrFloat("epsilon", 1e-5));
  if (n.opset() < 21) {
    x = g.reshape(scaleAndShift(g, x, n.input(1), n.input(2), 1), sizes);
  } else {
    if (failed(expectPerChannel(n, 1, 2)))
      return failure();
    x = scaleAndShift(g, g.reshape(x, sizes), n.input(1), n.input(2), 1);
  }
  return n.set(g.cast(x, n.element(0)));
}

//===----------------------------------------------------------------------===//
// Layer
//===----------------------------------------------------------------------===//

/// Input `i` (if there) broadcast to the sizes of x.
static FailureOr<Value> broadcastInput(NodeContext &n, unsigned i, Value x) {
  GraphBuilder &g = n.g;
  std::optional<Sizes> sizes = g.broadcastSizes({x, n.input(i)});
  if (!sizes || sizes->size() != static_cast<size_t>(g.rank(x)))
    return n.error("input " + Twine(i) +
                   " cannot be broadcast to the first one");
  return g.broadcastTo(g.cast(n.input(i), g.elementOf(x)), g.dims(x));
}

static LogicalResult scaleByInputs(NodeContext &n, Value &x, unsigned scale,
                                   unsigned bias) {
  for (auto [i, isScale] : {std::pair(scale, true), std::pair(bias, false)}) {
    if (!n.hasInput(i))
      continue;
    FailureOr<Value> factor = broadcastInput(n, i, x);
    if (failed(factor))
      return failure();
    x = isScale ? n.g.emit<nn::MulOp>(x, *factor)
                : n.g.emit<nn::AddOp>(x, *factor);
  }
  return success();
}

static LogicalResult convertLayerNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", -1), n.rank(0));
  if (failed(axis))
    return failure();
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(*axis, n.rank(0)));
  double epsilon = n.attrFloat("epsilon", 1e-5);
  Value wide = g.widen(n.input(0)), x = normalize(g, wide, axes, epsilon);
  if (n.hasOutput(1) || n.hasOutput(2)) {
    Value mean = g.mean(wide, axes, true);
    Value centred = g.emit<nn::SubOp>(wide, g.broadcastTo(mean, g.dims(wide)));
    Value variance = g.mean(g.emit<nn::MulOp>(centred, centred), axes, true);
    n.set(1, mean);
    n.set(2, g.emit<nn::RsqrtOp>(g.withScalar<nn::AddOp>(variance, epsilon)));
  }
  // The normalised values are rounded before they are scaled.
  x = g.cast(x, n.element(0));
  if (failed(scaleByInputs(n, x, 1, 2)))
    return failure();
  n.set(0, x);
  return success();
}

static LogicalResult convertRMSNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", -1), n.rank(0));
  if (failed(axis))
    return failure();
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(*axis, n.rank(0)));
  Value x = normalize(g, g.widen(n.input(0)), axes,
                      n.attrFloat("epsilon", 1e-5), /*rms=*/true);
  x = g.cast(x, n.element(0));
  Type scaled = n.element(1); // the result has the scale's type
  x = g.cast(x, scaled);
  if (failed(scaleByInputs(n, x, 1, 2)))
    return failure();
  return n.set(x);
}

/// LayerNormalization of com.microsoft, behind an addition: outputs normalised,
/// mean, inverse deviation, sum.
static LogicalResult convertSkipLayerNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  bool rms = n.opType() == "SkipSimplifiedLayerNormalization";
  if (failed(n.expectRank(0, 1, anyRank)))
    return failure();
  FailureOr<SmallVector<Value>> sides = n.broadcast({n.input(0), n.input(1)});
  if (failed(sides))
    return failure();
  Value sum = g.emit<nn::AddOp>((*sides)[0], (*sides)[1]);
  unsigned bias = rms ? 3 : 4;
  if (n.hasInput(bias)) {
    FailureOr<Value> summand = broadcastInput(n, bias, sum);
    if (failed(summand))
      return failure();
    sum = g.emit<nn::AddOp>(sum, *summand);
  }
  Value x = g.cast(normalize(g, g.widen(sum), g.rank(sum) - 1,
                             n.attrFloat("epsilon", 1e-12), rms),
                   n.element(0));
  if (failed(scaleByInputs(n, x, 2, rms ? n.numInputs() : 3)))
    return failure();
  n.set(0, x);
  if (n.hasOutput(1) || n.hasOutput(2))
    return n.unsupported("outputs 1 and 2 (statistics) are not supported");
  if (n.hasOutput(3))
    n.set(3, sum);
  return success();
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

static LogicalResult convertMeanVarianceNormalization(NodeContext &n) {
  SmallVector<int64_t> list = n.attrInts("axes");
  if (!n.has("axes"))
    list = {0, 2, 3};
  FailureOr<SmallVector<int64_t>> axes = n.axes(list, n.rank(0));
  if (failed(axes))
    return failure();
  if (axes->empty())
    return n.error("\"axes\" is empty");
  Value x = normalize(n.g, n.g.widen(n.input(0)), *axes, 1e-9);
  return n.set(n.g.cast(x, n.element(0)));
}

static LogicalResult convertLpNormalization(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", -1), n.rank(0));
  int64_t p = n.attrInt("p", 2);
  if (failed(axis))
    return failure();
  if (p != 1 && p != 2)
    return n.error("\"p\" is " + Twine(p) + ", expected 1 or 2");
  Value wide = g.widen(n.input(0));
  Value power =
      p == 1 ? g.emit<nn::AbsOp>(wide) : g.emit<nn::MulOp>(wide, wide);
  Value norm = g.reduce(nn::ReduceKind::sum, power, *axis, true);
  if (p == 2)
    norm = g.emit<nn::SqrtOp>(norm);
  // What has no length stays 0.
  Value isZero = g.compare(nn::ComparePredicate::eq, norm, g.makeLike(norm, 0));
  norm = g.emit<nn::SelectOp>(isZero, g.makeLike(norm, 1), norm);
  Value result = g.emit<nn::DivOp>(wide, g.broadcastTo(norm, g.dims(wide)));
  return n.set(g.cast(result, n.element(0)));
}

/// Divides by the sum of squares over neighbouring channels.
static LogicalResult convertLRN(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 2, anyRank)))
    return failure();
  int64_t size = n.attrInt("size", 1), rank = n.rank(0);
  if (size < 1 || size > 1 << 20)
    return n.error("\"size\" is " + Twine(size) + ", expected at least 1");
  Value x = g.widen(n.input(0));
  SmallVector<int64_t> window(rank, 1), zeros(rank, 0),
      low = zeros, high = zeros, ones(rank, 1);
  window[1] = size;
  low[1] = (size - 1) / 2;
  high[1] = size - 1 - low[1];
  Value squares = g.emit<nn::PoolOp>(
      g.typeOf(x), nn::PoolKind::sum, g.emit<nn::MulOp>(x, x),
      g.dynamicSizes(g.dims(x)), window, ones, low, high, ones, false);
  Value base = g.withScalar<nn::MulOp>(squares, n.attrFloat("alpha", 1e-4) /
                                                    static_cast<double>(size));
  base = g.withScalar<nn::AddOp>(base, n.attrFloat("bias", 1));
  Value result = g.emit<nn::DivOp>(
      x, g.withScalar<nn::PowOp>(base, n.attrFloat("beta", 0.75)));
  return n.set(g.cast(result, n.element(0)));
}

void registerNormalization(Registry &registry) {
  registry.add("BatchNormalization", convertBatchNormalization);
  registry.add("GroupNormalization", convertGroupNormalization);
  registry.add("InstanceNormalization", convertInstanceNormalization);
  registry.add("LRN", convertLRN);
  registry.add("LayerNormalization", convertLayerNormalization);
  registry.add("LpNormalization", convertLpNormalization);
  registry.add("MeanVarianceNormalization", convertMeanVarianceNormalization);
  registry.add("RMSNormalization", convertRMSNormalization);
  registry.add("com.microsoft", "SkipLayerNormalization",
               convertSkipLayerNormalization);
  registry.add("com.microsoft", "SkipSimplifiedLayerNormalization",
               convertSkipLayerNormalization);
}

} // namespace ds::onnx
