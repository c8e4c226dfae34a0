//===- Activations.cpp - activation functions
//------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Activations.h"

#include "frontends/onnx/Elementwise.h"

#include <cmath>

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Functions of one value, computed in f32 for narrower floats
//===----------------------------------------------------------------------===//

Value softplus(GraphBuilder &g, Value x) {
  // max(x, 0) + log(1 + exp(-|x|)) neither overflows nor loses small results.
  Value tail = g.emit<nn::Log1pOp>(
      g.emit<nn::ExpOp>(g.emit<nn::NegOp>(g.emit<nn::AbsOp>(x))));
  return g.emit<nn::AddOp>(g.withScalar<nn::MaxOp>(x, 0), tail);
}

Value gelu(GraphBuilder &g, Value x, bool approximate) {
  Value inner;
  if (approximate) {
    // sqrt(2 / pi) (x + 0.044715 x^3)
    Value square = g.emit<nn::MulOp>(x, x);
    Value slope = g.withScalar<nn::AddOp>(
        g.withScalar<nn::MulOp>(square, 0.044715 * std::sqrt(2 / M_PI)),
        std::sqrt(2 / M_PI));
    inner = g.emit<nn::TanhOp>(g.emit<nn::MulOp>(x, slope));
  } else {
    inner = g.emit<nn::ErfOp>(g.withScalar<nn::MulOp>(x, M_SQRT1_2));
  }
  Value gate =
      g.withScalar<nn::AddOp>(g.withScalar<nn::MulOp>(inner, 0.5), 0.5);
  return g.emit<nn::MulOp>(x, gate);
}

Value swish(GraphBuilder &g, Value x, double alpha) {
  Value scaled = alpha == 1 ? x : g.withScalar<nn::MulOp>(x, alpha);
  return g.emit<nn::MulOp>(x, g.emit<nn::SigmoidOp>(scaled));
}

/// positive where x >= 0 (a NaN goes there too, and stays one), otherwise
/// negative.
static Value bySign(GraphBuilder &g, Value x, Value positive, Value negative) {
  Value below = g.compare(nn::ComparePredicate::lt, x, g.makeLike(x, 0));
  return g.emit<nn::SelectOp>(below, negative, positive);
}

/// The identity above 0, otherwise x * slope: at 0 itself the derivative is the
/// slope, as it is in PyTorch.
static Value leakyRelu(GraphBuilder &g, Value x, Value slope) {
  Value above = g.compare(nn::ComparePredicate::gt, x, g.makeLike(x, 0));
  return g.emit<nn::SelectOp>(above, x, g.emit<nn::MulOp>(x, slope));
}

/// scale * (exp(x / divisor) - 1) below zero.
static Value exponentialBranch(GraphBuilder &g, Value x, double scale,
                               double divisor) {
  // Only negative values reach exp, so that its overflow never meets a select.
  Value negative = g.withScalar<nn::MinOp>(x, 0);
  if (divisor != 1)
    negative = g.withScalar<nn::DivOp>(negative, divisor);
  Value value = g.emit<nn::Expm1Op>(negative);
  return scale == 1 ? value : g.withScalar<nn::MulOp>(value, scale);
}

/// max(0, min(1, alpha x + beta)).
static Value hardSigmoid(GraphBuilder &g, Value x, double alpha, double beta) {
  Value line = g.withScalar<nn::AddOp>(g.withScalar<nn::MulOp>(x, alpha), beta);
  return g.withScalar<nn::MaxOp>(g.withScalar<nn::MinOp>(line, 1), 0);
}

using Function = Value (*)(NodeContext &n, Value x);

/// A converter that computes narrow floats in f32.
template <Function function>
static LogicalResult activation(NodeContext &n) {
  return n.set(n.g.cast(function(n, n.g.widen(n.input(0))), n.element(0)));
}

static Value makeCelu(NodeContext &n, Value x) {
  double alpha = n.attrFloat("alpha", 1);
  return n.g.emit<nn::AddOp>(n.g.withScalar<nn::MaxOp>(x, 0),
                             exponentialBranch(n.g, x, alpha, alpha));
}

static Value makeElu(NodeContext &n, Value x) {
  return bySign(n.g, x, x,
                exponentialBranch(n.g, x, n.attrFloat("alpha", 1), 1));
}

static Value makeGelu(NodeContext &n, Value x) {
  return gelu(n.g, x, n.attrString("approximate", "none") == "tanh");
}

static Value makeHardSigmoid(NodeContext &n, Value x) {
  return hardSigmoid(n.g, x, n.attrFloat("alpha", 0.2),
                     n.attrFloat("beta", 0.5));
}

static Value makeHardSwish(NodeContext &n, Value x) {
  return n.g.emit<nn::MulOp>(x, hardSigmoid(n.g, x, 1.0 / 6, 0.5));
}

static Value makeLeakyRelu(NodeContext &n, Value x) {
  return leakyRelu(n.g, x, n.g.makeLike(x, n.attrFloat("alpha", 0.01)));
}

static Value makeMish(NodeContext &n, Value x) {
  return n.g.emit<nn::MulOp>(x, n.g.emit<nn::TanhOp>(softplus(n.g, x)));
}

static Value makeRelu(NodeContext &n, Value x) {
  return n.g.emit<nn::ReluOp>(x);
}

static Value makeSelu(NodeContext &n, Value x) {
  // The constants as the standard rounds them; older versions have shorter
  // ones.
  double alpha =
      n.attrFloat("alpha", n.opset() < 6 ? 1.6732 : 1.67326319217681884765625);
  double gamma =
      n.attrFloat("gamma", n.opset() < 6 ? 1.0507 : 1.05070102214813232421875);
  return bySign(n.g, x, n.g.withScalar<nn::MulOp>(x, gamma),
                exponentialBranch(n.g, x, alpha * gamma, 1));
}

static Value makeShrink(NodeContext &n, Value x) {
  GraphBuilder &g = n.g;
  double lambda = n.attrFloat("lambd", 0.5), bias = n.attrFloat("bias", 0);
  Value below = g.compare(nn::ComparePredicate::lt, x, g.makeLike(x, -lambda));
  Value above = g.compare(nn::ComparePredicate::gt, x, g.makeLike(x, lambda));
  Value high = g.emit<nn::SelectOp>(above, g.withScalar<nn::SubOp>(x, bias),
                                    g.makeLike(x, 0));
  return g.emit<nn::SelectOp>(below, g.withScalar<nn::AddOp>(x, bias), high);
}

static Value makeSigmoid(NodeContext &n, Value x) {
  return n.g.emit<nn::SigmoidOp>(x);
}

static Value makeSoftplus(NodeContext &n, Value x) { return softplus(n.g, x); }

static Value makeSoftsign(NodeContext &n, Value x) {
  return n.g.emit<nn::DivOp>(
      x, n.g.withScalar<nn::AddOp>(n.g.emit<nn::AbsOp>(x), 1));
}

static Value makeSwish(NodeContext &n, Value x) {
  return swish(n.g, x, n.attrFloat("alpha", 1));
}

static Value makeThresholdedRelu(NodeContext &n, Value x) {
  Value above = n.g.compare(nn::ComparePredicate::gt, x,
                            n.g.makeLike(x, n.attrFloat("alpha", 1)));
  return n.g.emit<nn::SelectOp>(above, x, n.g.makeLike(x, 0));
}

/// The slope broadcasts to the input; before version 7 it has one number per
/// channel (dimension 1).
static LogicalResult convertPRelu(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0), slope = n.input(1);
  if (n.opset() < 7 && n.rank(1) == 1 && n.rank(0) > 2 &&
      n.type(1).getDimSize(0) != 1) {
    Sizes sizes(n.rank(0) - 1, g.index(1));
    sizes[0] = g.dim(slope, 0);
    slope = g.reshape(slope, sizes);
  }
  FailureOr<std::pair<Value, Value>> operands =
      broadcastOnto(n, x, slope, "the slope");
  if (failed(operands))
    return failure();
  auto [value, factor] = *operands;
  return n.set(leakyRelu(g, value, factor));
}

//===----------------------------------------------------------------------===//
// Along an axis
//===----------------------------------------------------------------------===//

/// Calls `build` with the input and the axis. Before version 13 the operators
/// see a matrix: the dimensions from `axis` on are one.
static LogicalResult
alongAxis(NodeContext &n, llvm::function_ref<Value(Value, int64_t)> build) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  bool flattens = n.opset() < 13;
  int64_t given = n.attrInt("axis", flattens ? 1 : -1);
  Sizes sizes = g.dims(x);
  // A matrix may have all dimensions in its rows.
  if (flattens && given == n.rank(0))
    return n.set(g.reshape(build(g.unsqueeze(x, {given}), given), sizes));
  FailureOr<int64_t> axis = n.axis(given, n.rank(0));
  if (failed(axis))
    return failure();
  if (!flattens || *axis == n.rank(0) - 1)
    return n.set(build(x, *axis));
  ArrayRef<OpFoldResult> all = sizes;
  Value matrix = g.reshape(
      x, {g.product(all.take_front(*axis)), g.product(all.drop_front(*axis))});
  return n.set(g.reshape(build(matrix, 1), sizes));
}

template <bool log>
static LogicalResult convertSoftmax(NodeContext &n) {
  return alongAxis(n, [&](Value x, int64_t axis) {
    return n.g.emit<nn::SoftmaxOp>(x, axis, log);
  });
}

static LogicalResult convertHardmax(NodeContext &n) {
  GraphBuilder &g = n.g;
  return alongAxis(n, [&](Value x, int64_t axis) {
    Sizes sizes = g.dims(x);
    Value first =
        g.emit<nn::ArgReduceOp>(nn::ReduceKind::max, x, axis, /*last=*/false);
    Value position = g.iota(sizes, axis, g.b.getI64Type());
    Value hit = g.compare(nn::ComparePredicate::eq, position,
                          g.broadcastTo(g.unsqueeze(first, {axis}), sizes));
    return g.cast(hit, GraphBuilder::elementOf(x));
  });
}

void registerActivations(Registry &registry) {
  registry.add("Celu", activation<makeCelu>);
  registry.add("Elu", activation<makeElu>);
  registry.add("Gelu", activation<makeGelu>);
  registry.add("HardSigmoid", activation<makeHardSigmoid>);
  registry.add("HardSwish", activation<makeHardSwish>);
  registry.add("Hardmax", convertHardmax);
  registry.add("LeakyRelu", activation<makeLeakyRelu>);
  registry.add("LogSoftmax", convertSoftmax</*log=*/true>);
  registry.add("Mish", activation<makeMish>);
  registry.add("PRelu", convertPRelu);
  registry.add("Relu", activation<makeRelu>);
  registry.add("Selu", activation<makeSelu>);
  registry.add("Shrink", activation<makeShrink>);
  registry.add("Sigmoid", activation<makeSigmoid>);
  registry.add("Softmax", convertSoftmax</*log=*/false>);
  registry.add("Softplus", activation<makeSoftplus>);
  registry.add("Softsign", activation<makeSoftsign>);
  registry.add("Swish", activation<makeSwish>);
  registry.add("ThresholdedRelu", activation<makeThresholdedRelu>);
}

} // namespace ds::onnx
