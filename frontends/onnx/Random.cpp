//===- Random.cpp - random numbers and what is drawn from them
//-------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every node draws from a stream of its own: a key made from its seed, or from
// its name where it has none, and the position of the element. So a program
// gives the same numbers in each run.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/GraphImporter.h"
#include "frontends/onnx/NodeContext.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace mlir;

namespace ds::onnx {

/// 64 random bits for each element.
static Value randomBits(NodeContext &n, ArrayRef<OpFoldResult> sizes,
                        std::optional<double> seed) {
  GraphBuilder &g = n.g;
  // Outputs have unique names, nodes often none.
  uint64_t key = seed ? llvm::bit_cast<uint64_t>(*seed)
                      : llvm::xxh3_64bits(n.node.output(0));
  Type element = g.b.getIntegerType(64, /*isSigned=*/false);
  Value constant = g.makeScalarInt(element, static_cast<int64_t>(key));
  // Each step of training draws from other streams.
  if (Value step = g.randomKey())
    constant = g.emit<nn::XorOp>(step, constant);
  // Made without folding: random bits are no constant that a file should carry,
  // and training changes the key.
  Value bits = nn::RandomBitsOp::create(g.b, g.loc(), g.typeFor(sizes, element),
                                        constant, g.dynamicSizes(sizes));
  g.setDims(bits, Sizes(sizes));
  return bits;
}

static Value randomBits(NodeContext &n, ArrayRef<OpFoldResult> sizes) {
  return randomBits(n, sizes,
                    n.has("seed")
                        ? std::optional<double>(n.attrFloat("seed", 0))
                        : std::nullopt);
}

/// Bits as a number in [0, 1), of as many bits as the type is exact with.
static Value uniform(GraphBuilder &g, Value bits, Type element) {
  int shift = element.isF64() ? 11 : 40;
  Value high = g.emit<nn::ShiftRightOp>(
      bits, g.broadcastTo(g.makeScalarInt(GraphBuilder::elementOf(bits), shift),
                          g.dims(bits)));
  return g.withScalar<nn::MulOp>(g.cast(high, element),
                                 std::ldexp(1.0, shift - 64));
}

/// Bits as a number of the standard normal distribution (Box and Muller, 1958):
/// both halves of the bits give a number.
static Value normal(GraphBuilder &g, Value bits, Type element) {
  Type word = GraphBuilder::elementOf(bits);
  Sizes sizes = g.dims(bits);
  auto constant = [&](int64_t value) {
    return g.broadcastTo(g.makeScalarInt(word, value), sizes);
  };
  Value high = g.emit<nn::ShiftRightOp>(bits, constant(32)),
        low = g.emit<nn::AndOp>(bits, constant(0xffffffff));
  // In (0, 1], so that the logarithm is finite.
  Value radius = g.cast(g.emit<nn::AddOp>(high, constant(1)), element);
  radius =
      g.emit<nn::LogOp>(g.withScalar<nn::MulOp>(radius, std::ldexp(1.0, -32)));
  radius = g.emit<nn::SqrtOp>(g.withScalar<nn::MulOp>(radius, -2));
  Value angle = g.emit<nn::CosOp>(
      g.withScalar<nn::MulOp>(g.cast(low, element), std::ldexp(2 * M_PI, -32)));
  return g.emit<nn::MulOp>(radius, angle);
}

/// The float type that numbers of `element` are computed in.
static Type computeType(GraphBuilder &g, Type element) {
  return element.isF64() ? element : Type(g.b.getF32Type());
}

//===----------------------------------------------------------------------===//
// Distributions
//===----------------------------------------------------------------------===//

template <bool isNormal>
static LogicalResult draw(NodeContext &n, ArrayRef<OpFoldResult> sizes,
                          Type element) {
  GraphBuilder &g = n.g;
  if (!isa<FloatType>(element))
    return n.error("attribute \"dtype\" must name a float type");
  Type compute = computeType(g, element);
  Value bits = randomBits(n, sizes);
  double low = n.attrFloat("low", 0), high = n.attrFloat("high", 1);
  double offset = isNormal ? n.attrFloat("mean", 0) : low,
         scale = isNormal ? n.attrFloat("scale", 1) : high - low;
  Value numbers =
      isNormal ? normal(g, bits, compute) : uniform(g, bits, compute);
  if (scale != 1)
    numbers = g.withScalar<nn::MulOp>(numbers, scale);
  if (offset != 0)
    numbers = g.withScalar<nn::AddOp>(numbers, offset);
  return n.set(g.cast(numbers, element));
}

template <bool isNormal>
static LogicalResult convertRandom(NodeContext &n) {
  FailureOr<Type> element = n.attrType("dtype", n.g.b.getF32Type());
  if (failed(element))
    return failure();
  Sizes sizes;
  for (int64_t extent : n.attrInts("shape")) {
    if (extent < 0)
      return n.error("attribute \"shape\" has the negative extent " +
                     Twine(extent));
    sizes.push_back(n.g.index(extent));
  }
  return draw<isNormal>(n, sizes, *element);
}

template <bool isNormal>
static LogicalResult convertRandomLike(NodeContext &n) {
  FailureOr<Type> element = n.attrType("dtype", n.element(0));
  return failed(element) ? failure()
                         : draw<isNormal>(n, n.g.dims(n.input(0)), *element);
}

static LogicalResult convertBernoulli(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Type> element = n.attrType("dtype", n.element(0));
  if (failed(element))
    return failure();
  Type compute = computeType(g, n.element(0));
  Value numbers = uniform(g, randomBits(n, g.dims(n.input(0))), compute);
  return n.set(g.cast(
      g.compare(nn::ComparePredicate::lt, numbers, g.cast(n.input(0), compute)),
      *element));
}

/// Classes by their unnormalised log-probabilities: the number of classes whose
/// cumulative probability a uniform number has passed.
static LogicalResult convertMultinomial(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Type> element = n.attrType("dtype", g.b.getI32Type());
  if (failed(element) || failed(n.expectRank(0, 2)))
    return failure();
  int64_t samples = n.attrInt("sample_size", 1);
  if (samples < 1)
    return n.error("attribute \"sample_size\" is " + Twine(samples) +
                   ", expected at least 1");
  Type compute = computeType(g, n.element(0));
  Value probabilities =
      g.emit<nn::SoftmaxOp>(g.cast(n.input(0), compute), 1, /*log=*/false);
  Value cumulative = g.emit<nn::ScanOp>(nn::ReduceKind::sum, probabilities, 1,
                                        /*exclusive=*/false, /*reverse=*/false);
  OpFoldResult batch = g.dim(n.input(0), 0), classes = g.dim(n.input(0), 1);
  Sizes drawn{batch, g.index(samples)}, all{batch, g.index(samples), classes};
  Value numbers = uniform(g, randomBits(n, drawn), compute);
  Value passed =
      g.compare(nn::ComparePredicate::ge, g.broadcastDims(numbers, all, {0, 1}),
                g.broadcastDims(cumulative, all, {0, 2}));
  Value picked = g.reduce(nn::ReduceKind::sum, g.cast(passed, g.b.getI64Type()),
                          {2}, /*keepDims=*/false);
  // Rounding may leave the last sum a little below 1.
  Value last =
      g.fromElements({g.sub(classes, g.index(1))}, g.b.getI64Type(), {});
  return n.set(
      g.cast(g.emit<nn::MinOp>(picked, g.broadcastTo(last, drawn)), *element));
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

/// The identity, unless the node itself says that it trains (from version 12
/// on), or the model is being trained.
static LogicalResult convertDropout(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  Type boolean = g.b.getI1Type();
  Value training = n.hasInput(2) ? n.input(2) : Value();
  if (const TrainingImport *train = n.importer.training())
    training = g.makeScalarInt(boolean, train->isStep && !train->noDropout);
  std::optional<HostTensor> known = g.constant(training);
  if (!training ||
      (known && known->numElements() == 1 && known->getInt(0) == 0)) {
    n.set(0, x);
    if (n.hasOutput(1))
      n.set(1, g.makeFilled(g.dims(x), n.opset() < 10 ? n.element(0) : boolean,
                            1));
    return success();
  }
  FailureOr<Value> isOn = n.importer.training() ? FailureOr<Value>(training)
                                                : n.scalar(2, "training_mode");
  FailureOr<Value> given =
      n.hasInput(1) ? n.scalar(1, "ratio")
                    : g.makeScalar(g.b.getF32Type(), n.attrFloat("ratio", 0.5));
  if (failed(isOn) || failed(given))
    return failure();
  Type compute = computeType(g, n.element(0));
  Value ratio = g.cast(*given, compute);
  ratio = g.emit<nn::SelectOp>(*isOn, ratio, g.makeLike(ratio, 0));
  Sizes sizes = g.dims(x);
  Value numbers = uniform(g, randomBits(n, sizes), compute);
  Value kept =
      g.compare(nn::ComparePredicate::ge, numbers, g.broadcastTo(ratio, sizes));
  Value scale = g.emit<nn::DivOp>(
      g.makeLike(ratio, 1), g.emit<nn::SubOp>(g.makeLike(ratio, 1), ratio));
  Value scaled =
      g.emit<nn::MulOp>(g.cast(x, compute), g.broadcastTo(scale, sizes));
  n.set(0, g.cast(g.emit<nn::SelectOp>(kept, scaled, g.makeLike(scaled, 0)),
                  n.element(0)));
  if (n.hasOutput(1))
    n.set(1, kept);
  return success();
}

void registerRandom(Registry &registry) {
  registry.add("Bernoulli", convertBernoulli);
  registry.add("Dropout", convertDropout);
  registry.add("Multinomial", convertMultinomial);
  registry.add("RandomNormal", convertRandom</*isNormal=*/true>);
  registry.add("RandomNormalLike", convertRandomLike</*isNormal=*/true>);
  registry.add("RandomUniform", convertRandom</*isNormal=*/false>);
  registry.add("RandomUniformLike", convertRandomLike</*isNormal=*/false>);
}

} // namespace ds::onnx
