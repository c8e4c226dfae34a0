//===- Optimizers.cpp - the standard's training operators
//------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Adagrad, Adam and Momentum of ai.onnx.preview.training. Inputs are a learning
// rate and a step number, then for each of k tensors its value, then their
// gradients, then their states; outputs are new values, then new states.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/NodeContext.h"

using namespace mlir;

namespace ds::onnx {

namespace {

/// Groups of k tensors behind the two scalars.
struct Optimizer {
  NodeContext &n;
  GraphBuilder &g;
  unsigned count = 0;
  Value rate, step; ///< rank 0; the step as a float of the tensors' type

  explicit Optimizer(NodeContext &n) : n(n), g(n.g) {}

  LogicalResult read(unsigned groups) {
    if (n.numInputs() < 2 + groups || (n.numInputs() - 2) % groups)
      return n.error("expected two scalars and " + Twine(groups) +
                     " inputs per tensor, found " + Twine(n.numInputs()));
    count = (n.numInputs() - 2) / groups;
    if (n.numOutputs() != count * (groups - 1))
      return n.error("expected " + Twine(count * (groups - 1)) +
                     " outputs, found " + Twine(n.numOutputs()));
    FailureOr<Value> r = n.scalar(0, "R"), t = n.scalar(1, "T");
    if (failed(r) || failed(t))
      return failure();
    rate = *r;
    step = *t;
    for (unsigned i = 2; i < n.numInputs(); ++i)
      if (n.type(i) != n.type(2 + (i - 2) % count))
        return n.error("input " + Twine(i) +
                       " has another type than the tensor it belongs to");
    return success();
  }

  Value tensor(unsigned group, unsigned i) {
    return n.input(2 + group * count + i);
  }
  void set(unsigned group, unsigned i, Value v) { n.set(group * count + i, v); }
  Value spread(Value scalar, Value like) {
    return g.broadcastTo(g.cast(scalar, g.elementOf(like)), g.dims(like));
  }
  Value times(Value v, double y) { return g.withScalar<nn::MulOp>(v, y); }
  /// The gradient with the decay of the weights in it.
  Value gradient(unsigned i) {
    return g.emit<nn::AddOp>(
        times(tensor(0, i), n.attrFloat("norm_coefficient", 0)), tensor(1, i));
  }
};

} // namespace

static LogicalResult convertAdagrad(NodeContext &n) {
  Optimizer o(n);
  GraphBuilder &g = n.g;
  if (failed(o.read(3)))
    return failure();
  for (unsigned i = 0; i < o.count; ++i) {
    Value x = o.tensor(0, i), gradient = o.gradient(i);
    Value step = o.spread(o.step, x);
    Value decayed = g.withScalar<nn::AddOp>(
        o.times(step, n.attrFloat("decay_factor", 0)), 1);
    Value rate = g.emit<nn::DivOp>(o.spread(o.rate, x), decayed);
    Value sum = g.emit<nn::AddOp>(o.tensor(2, i),
                                  g.emit<nn::MulOp>(gradient, gradient));
    Value scale = g.withScalar<nn::AddOp>(g.emit<nn::SqrtOp>(sum),
                                          n.attrFloat("epsilon", 0));
    o.set(0, i,
          g.emit<nn::SubOp>(
              x, g.emit<nn::MulOp>(rate, g.emit<nn::DivOp>(gradient, scale))));
    o.set(1, i, sum);
  }
  return success();
}

static LogicalResult convertAdam(NodeContext &n) {
  Optimizer o(n);
  GraphBuilder &g = n.g;
  if (failed(o.read(4)))
    return failure();
  double alpha = n.attrFloat("alpha", 0.9), beta = n.attrFloat("beta", 0.999);
  for (unsigned i = 0; i < o.count; ++i) {
    Value x = o.tensor(0, i), gradient = o.gradient(i);
    auto running = [&](Value old, Value now, double factor) {
      return g.emit<nn::AddOp>(o.times(old, factor), o.times(now, 1 - factor));
    };
    Value mean = running(o.tensor(2, i), gradient, alpha);
    Value square =
        running(o.tensor(3, i), g.emit<nn::MulOp>(gradient, gradient), beta);
    Value scale = g.withScalar<nn::AddOp>(g.emit<nn::SqrtOp>(square),
                                          n.attrFloat("epsilon", 0));
    // The bias of the first steps is corrected from step 1 on.
    Value step = o.spread(o.step, x), rate = o.spread(o.rate, x),
          one = g.makeLike(x, 1);
    // Finite at step 0 too, where it is not taken: else a gradient would be a
    // product of 0 and infinity.
    Value later = g.emit<nn::MaxOp>(step, one);
    auto bias = [&](double factor) {
      return g.emit<nn::SubOp>(one,
                               g.emit<nn::PowOp>(g.makeLike(x, factor), later));
    };
    Value corrected = g.emit<nn::DivOp>(
        g.emit<nn::MulOp>(rate, g.emit<nn::SqrtOp>(bias(beta))), bias(alpha));
    rate = g.emit<nn::SelectOp>(
        g.compare(nn::ComparePredicate::gt, step, g.makeLike(step, 0)),
        corrected, rate);
    Value next = g.emit<nn::SubOp>(
        x, g.emit<nn::DivOp>(g.emit<nn::MulOp>(rate, mean), scale));
    o.set(0, i, o.times(next, 1 - n.attrFloat("norm_coefficient_post", 0)));
    o.set(1, i, mean);
    o.set(2, i, square);
  }
  return success();
}

static LogicalResult convertMomentum(NodeContext &n) {
  Optimizer o(n);
  GraphBuilder &g = n.g;
  if (failed(o.read(3)))
    return failure();
  double alpha = n.attrFloat("alpha", 0), beta = n.attrFloat("beta", 0);
  std::string mode = n.attrString("mode", "standard");
  if (mode != "standard" && mode != "nesterov")
    return n.error("unknown mode \"" + mode + "\"");
  for (unsigned i = 0; i < o.count; ++i) {
    Value x = o.tensor(0, i), gradient = o.gradient(i),
          step = o.spread(o.step, x);
    // The first step takes the gradient whole.
    Value weight = g.emit<nn::SelectOp>(
        g.compare(nn::ComparePredicate::gt, step, g.makeLike(step, 0)),
        g.makeLike(x, beta), g.makeLike(x, 1));
    Value velocity = g.emit<nn::AddOp>(o.times(o.tensor(2, i), alpha),
                                       g.emit<nn::MulOp>(weight, gradient));
    Value direction =
        mode == "standard"
            ? velocity
            : g.emit<nn::AddOp>(gradient, o.times(velocity, alpha));
    o.set(0, i,
          g.emit<nn::SubOp>(x,
                            g.emit<nn::MulOp>(o.spread(o.rate, x), direction)));
    o.set(1, i, velocity);
  }
  return success();
}

void registerOptimizers(Registry &registry) {
  registry.add("ai.onnx.preview.training", "Adagrad", convertAdagrad);
  registry.add("ai.onnx.preview.training", "Adam", convertAdam);
  registry.add("ai.onnx.preview.training", "Momentum", convertMomentum);
}

} // namespace ds::onnx
