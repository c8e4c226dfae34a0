//===- Recurrent.cpp - RNN, GRU, LSTM
//--------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The products with the input do not depend on the state, so one product over
// all steps is hoisted out of the loop; an `scf.for` over time holds the
// product with the state and the gates.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/Activations.h"
#include "frontends/onnx/Loops.h"

using namespace mlir;

namespace ds::onnx {

namespace {

/// An activation with its parameters.
struct Activation {
  std::string name;
  double alpha = 0, beta = 0;
};

/// What the three operators share.
struct Recurrent {
  NodeContext &n;
  GraphBuilder &g;
  int64_t gates;       ///< blocks of rows in W, R and half of B
  int64_t activations; ///< per direction
  Value x;             ///< [time, batch, input]
  OpFoldResult time, batch, hidden;
  int64_t directions = 1;
  bool batchFirst = false, backwardOnly = false;
  double clip = 0;
  std::vector<Activation> functions;

  Recurrent(NodeContext &n, int64_t gates, int64_t activations)
      : n(n), g(n.g), gates(gates), activations(activations) {}

  Value step(Value v, int64_t i, OpFoldResult size) {
    return g.sliceAxis(v, g.rank(v) - 1, g.mul(g.index(i), size), size);
  }

  /// One direction of an input whose first axis is the direction.
  Value ofDirection(Value v, int64_t d) {
    return g.squeeze(g.sliceAxis(v, 0, g.index(d), g.index(1)), 0);
  }

  Value clipped(Value v) {
    if (clip <= 0)
      return v;
    return g.emit<nn::ClipOp>(v, g.makeLike(v, -clip), g.makeLike(v, clip));
  }

  Value apply(const Activation &f, Value v) {
    v = clipped(v);
    if (f.name == "sigmoid")
      return g.emit<nn::SigmoidOp>(v);
    if (f.name == "tanh")
      return g.emit<nn::TanhOp>(v);
    if (f.name == "relu")
      return g.emit<nn::ReluOp>(v);
    if (f.name == "affine")
      return g.withScalar<nn::AddOp>(g.withScalar<nn::MulOp>(v, f.alpha),
                                     f.beta);
    if (f.name == "scaledtanh")
      return g.withScalar<nn::MulOp>(
          g.emit<nn::TanhOp>(g.withScalar<nn::MulOp>(v, f.beta)), f.alpha);
    if (f.name == "hardsigmoid") {
      Value line =
          g.withScalar<nn::AddOp>(g.withScalar<nn::MulOp>(v, f.alpha), f.beta);
      return g.withScalar<nn::MinOp>(g.withScalar<nn::MaxOp>(line, 0), 1);
    }
    if (f.name == "softsign")
      return g.emit<nn::DivOp>(
          v, g.withScalar<nn::AddOp>(g.emit<nn::AbsOp>(v), 1));
    if (f.name == "softplus")
      return softplus(g, v);
    Value negative; // of the functions that are the identity above 0
    if (f.name == "leakyrelu")
      negative = g.withScalar<nn::MulOp>(v, f.alpha);
    else if (f.name == "elu")
      negative = g.withScalar<nn::MulOp>(g.emit<nn::Expm1Op>(v), f.alpha);
    else // thresholdedrelu
      negative = g.makeLike(v, 0);
    double threshold = f.name == "thresholdedrelu" ? f.alpha : 0;
    return g.emit<nn::SelectOp>(
        g.compare(nn::ComparePredicate::gt, v, g.makeLike(v, threshold)), v,
        negative);
  }

  LogicalResult readActivations(ArrayRef<StringRef> defaults);
  LogicalResult read(ArrayRef<StringRef> defaults);
  FailureOr<Value> initialState(unsigned input);
  FailureOr<std::optional<Value>> lengths();

  /// Runs all directions. `makeCell` gets the direction and makes the function
  /// of one step: products with the input, states in; states out, the first of
  /// which is the output.
  using Cell = std::function<SmallVector<Value>(Value projected,
                                                ArrayRef<Value> states)>;
  LogicalResult run(ArrayRef<Value> initial,
                    llvm::function_ref<Value(int64_t)> inputBias,
                    llvm::function_ref<Cell(int64_t)> makeCell);
};

} // namespace

LogicalResult Recurrent::readActivations(ArrayRef<StringRef> defaults) {
  SmallVector<std::string> names = n.attrStrings("activations");
  SmallVector<double> alphas = n.attrFloats("activation_alpha"),
                      betas = n.attrFloats("activation_beta");
  if (names.empty())
    for (int64_t i = 0; i < directions; ++i)
      for (StringRef name : defaults)
        names.push_back(name.str());
  if (static_cast<int64_t>(names.size()) < activations * directions)
    return n.error("expected " + Twine(activations * directions) +
                   " activations, found " + Twine(names.size()));
  // Alphas and betas are listed for those activations that take them, in order.
  size_t nextAlpha = 0, nextBeta = 0;
  for (const std::string &name : names) {
    Activation f;
    f.name = StringRef(name).lower();
    auto take = [](ArrayRef<double> list, size_t &next, double otherwise) {
      return next < list.size() ? list[next++] : otherwise;
    };
    if (f.name == "leakyrelu")
      f.alpha = take(alphas, nextAlpha, 0.01);
    else if (f.name == "thresholdedrelu" || f.name == "elu")
      f.alpha = take(alphas, nextAlpha, 1);
    else if (f.name == "hardsigmoid" || f.name == "affine" ||
             f.name == "scaledtanh") {
      f.alpha = take(alphas, nextAlpha, f.name == "hardsigmoid" ? 0.2 : 1);
      f.beta = take(betas, nextBeta,
                    f.name == "hardsigmoid" ? 0.5
                    : f.name == "affine"    ? 0
                                            : 1);
    } else if (f.name != "sigmoid" && f.name != "tanh" && f.name != "relu" &&
               f.name != "softsign" && f.name != "softplus") {
      return n.error("unknown activation \"" + name + "\"");
    }
    functions.push_back(f);
  }
  return success();
}

LogicalResult Recurrent::read(ArrayRef<StringRef> defaults) {
  for (unsigned i = 0; i < 3; ++i)
    if (failed(n.expectRank(i, 3)))
      return failure();
  std::string direction = n.attrString("direction", "forward");
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional")
    return n.error("unknown direction \"" + direction + "\"");
  directions = direction == "bidirectional" ? 2 : 1;
  backwardOnly = direction == "reverse";
  batchFirst = n.attrInt("layout", 0) != 0;
  clip = n.attrFloat("clip", 0);
  x = batchFirst ? g.transpose(n.input(0), {1, 0, 2}) : n.input(0);
  time = g.dim(x, 0);
  batch = g.dim(x, 1);
  Sizes r = g.dims(n.input(2));
  hidden = r[2];
  if (int64_t size = n.attrInt("hidden_size", 0); size > 0) {
    if (g.constantIndex(hidden).value_or(size) != size)
      return n.error("\"hidden_size\" is " + Twine(size) + ", but \"R\" has " +
                     Twine(*g.constantIndex(hidden)) + " columns");
    hidden = g.index(size);
  }
  auto size = g.constantIndex(hidden);
  if (!size)
    return n.unsupported(
        "the hidden size is not known at compile time; give \"hidden_size\"");
  // All weights are checked against it.
  auto expect = [&](unsigned input, ArrayRef<OpFoldResult> sizes,
                    StringRef name) -> LogicalResult {
    if (!n.hasInput(input))
      return success();
    if (failed(n.expectRank(input, sizes.size())))
      return failure();
    for (auto [d, wanted] : llvm::enumerate(sizes)) {
      auto found = g.constantIndex(g.dim(n.input(input), d)),
           known = g.constantIndex(wanted);
      if (found && known && found != known)
        return n.error("input \"" + name + "\" has extent " + Twine(*found) +
                       " in dimension " + Twine(d) + ", expected " +
                       Twine(*known));
    }
    return success();
  };
  OpFoldResult count = g.index(directions), rows = g.index(gates * *size);
  if (failed(expect(1, {count, rows, g.dim(x, 2)}, "W")) ||
      failed(expect(2, {count, rows, hidden}, "R")) ||
      failed(expect(3, {count, g.index(2 * gates * *size)}, "B")))
    return failure();
  if (gates == 4 && failed(expect(7, {count, g.index(3 * *size)}, "P")))
    return failure();
  return readActivations(defaults);
}

/// [directions, batch, hidden], zeros if the input is left out.
FailureOr<Value> Recurrent::initialState(unsigned i) {
  Sizes sizes{g.index(directions), batch, hidden};
  if (!n.hasInput(i))
    return g.makeFilled(sizes, n.element(0), 0);
  if (failed(n.expectRank(i, 3)))
    return failure();
  Value v = batchFirst ? g.transpose(n.input(i), {1, 0, 2}) : n.input(i);
  for (auto [d, size] : llvm::enumerate(sizes)) {
    auto wanted = g.constantIndex(size), found = g.constantIndex(g.dim(v, d));
    if (wanted && found && wanted != found)
      return n.error("initial state " + Twine(i) + " has extent " +
                     Twine(*found) + ", expected " + Twine(*wanted));
  }
  return g.withSizes(v, sizes);
}

/// Lengths per batch element; nothing when all are as long as the input.
FailureOr<std::optional<Value>> Recurrent::lengths() {
  if (!n.hasInput(4))
    return std::optional<Value>();
  if (failed(n.expectRank(4, 1)))
    return failure();
  if (std::optional<HostTensor> data = g.constant(n.input(4))) {
    bool full = true;
    for (int64_t i = 0, e = data->numElements(); i < e; ++i)
      full &= g.constantIndex(time) == data->getInt(i);
    if (full)
      return std::optional<Value>();
  }
  return std::optional<Value>(g.cast(n.input(4), g.b.getI64Type()));
}

LogicalResult Recurrent::run(ArrayRef<Value> initial,
                             llvm::function_ref<Value(int64_t)> inputBias,
                             llvm::function_ref<Cell(int64_t)> makeCell) {
  FailureOr<std::optional<Value>> sequenceLengths = lengths();
  if (failed(sequenceLengths))
    return failure();
  Type i64 = g.b.getI64Type();
  Sizes stateSizes{batch, hidden};
  SmallVector<Value> outputs;
  std::vector<SmallVector<Value>> finals(initial.size());
  for (int64_t d = 0; d < directions; ++d) {
    bool backward = backwardOnly || d == 1;
    // All steps at once: [time, batch, gates * hidden].
    Value projected = g.dot(x, ofDirection(n.input(1), d), {}, {}, 2, 1);
    if (Value bias = inputBias(d))
      projected = g.emit<nn::AddOp>(
          projected, g.broadcastDims(bias, g.dims(projected), 2));
    Cell cell = makeCell(d);
    SmallVector<Value> states;
    for (Value v : initial)
      states.push_back(ofDirection(v, d));
    auto iterate =
        [&](OpFoldResult position,
            ArrayRef<Value> before) -> FailureOr<SmallVector<Value>> {
      OpFoldResult at =
          backward ? g.sub(g.sub(time, g.index(1)), position) : position;
      Value now = g.squeeze(g.sliceAxis(projected, 0, at, g.index(1)), 0);
      SmallVector<Value> after = cell(now, before);
      Value output = after[0];
      if (*sequenceLengths) {
        // Behind the end of a sequence states stay and outputs are 0. Going
        // backward, what comes first is behind the end.
        Value length = g.broadcastDims(**sequenceLengths, stateSizes, 0);
        Value inside = g.compare(nn::ComparePredicate::gt, length,
                                 g.spread(at, stateSizes, i64));
        output = g.emit<nn::SelectOp>(inside, output, g.makeLike(output, 0));
        for (auto [next, old] : llvm::zip(after, before))
          next = g.emit<nn::SelectOp>(inside, next, old);
      }
      after.push_back(output);
      return after;
    };
    FailureOr<SmallVector<Value>> results =
        buildFor(n, time, states, {backward}, iterate);
    if (failed(results))
      return failure();
    for (size_t i = 0; i < initial.size(); ++i)
      finals[i].push_back(g.unsqueeze((*results)[i], 0));
    outputs.push_back(g.unsqueeze(results->back(), 1));
  }
  Value y = g.concat(outputs, 1); // [time, directions, batch, hidden]
  n.set(0, batchFirst ? g.transpose(y, {2, 0, 1, 3}) : y);
  for (auto [i, parts] : llvm::enumerate(finals)) {
    Value last = g.concat(parts, 0);
    if (1 + i < n.numOutputs())
      n.set(1 + i, batchFirst ? g.transpose(last, {1, 0, 2}) : last);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The three cells
//===----------------------------------------------------------------------===//

static LogicalResult convertRNN(NodeContext &n) {
  Recurrent r(n, 1, 1);
  GraphBuilder &g = n.g;
  if (failed(r.read({"Tanh"})))
    return failure();
  FailureOr<Value> h = r.initialState(5);
  if (failed(h))
    return failure();
  auto bias = [&](int64_t d) -> Value {
    if (!n.hasInput(3))
      return {};
    Value both = r.ofDirection(n.input(3), d);
    return g.emit<nn::AddOp>(r.step(both, 0, r.hidden),
                             r.step(both, 1, r.hidden));
  };
  return r.run({*h}, bias, [&](int64_t d) -> Recurrent::Cell {
    Value weights = r.ofDirection(n.input(2), d);
    const Activation &f = r.functions[d];
    return [&r, &g, weights, &f](Value now,
                                 ArrayRef<Value> states) -> SmallVector<Value> {
      return {r.apply(
          f, g.emit<nn::AddOp>(now, g.dot(states[0], weights, {}, {}, 1, 1)))};
    };
  });
}

static LogicalResult convertGRU(NodeContext &n) {
  Recurrent r(n, 3, 2);
  GraphBuilder &g = n.g;
  if (failed(r.read({"Sigmoid", "Tanh"})))
    return failure();
  FailureOr<Value> h = r.initialState(5);
  if (failed(h))
    return failure();
  bool resetAfter = n.attrInt("linear_before_reset", 0) != 0;
  OpFoldResult hidden = r.hidden, two = g.mul(hidden, g.index(2)),
               three = g.mul(hidden, g.index(3));
  // Update and reset gates take both biases at once; so does the candidate,
  // unless its product is gated with its bias.
  auto bias = [&](int64_t d) -> Value {
    if (!n.hasInput(3))
      return {};
    Value both = r.ofDirection(n.input(3), d);
    Value input = r.step(both, 0, three), recurrent = r.step(both, 1, three);
    if (!resetAfter)
      return g.emit<nn::AddOp>(input, recurrent);
    Value gatesPart =
        g.emit<nn::AddOp>(g.sliceAxis(input, 0, g.index(0), two),
                          g.sliceAxis(recurrent, 0, g.index(0), two));
    return g.concat({gatesPart, g.sliceAxis(input, 0, two, hidden)}, 0);
  };
  return r.run({*h}, bias, [&](int64_t d) -> Recurrent::Cell {
    Value weights = r.ofDirection(n.input(2), d);
    Value gateWeights = g.sliceAxis(weights, 0, g.index(0), two),
          candidateWeights = g.sliceAxis(weights, 0, two, hidden);
    Value candidateBias;
    if (resetAfter && n.hasInput(3))
      candidateBias = g.sliceAxis(
          r.step(r.ofDirection(n.input(3), d), 1, three), 0, two, hidden);
    const Activation &f = r.functions[2 * d],
                     &candidateFunction = r.functions[2 * d + 1];
    return [=, &r, &g, &f, &candidateFunction](
               Value now, ArrayRef<Value> states) -> SmallVector<Value> {
      Value h = states[0], product, update, reset, candidate;
      Value nowGates = g.sliceAxis(now, 1, g.index(0), two),
            nowCandidate = g.sliceAxis(now, 1, two, hidden);
      if (resetAfter) {
        // One product with all weights.
        product = g.dot(h, weights, {}, {}, 1, 1);
        Value both = g.emit<nn::AddOp>(
            nowGates, g.sliceAxis(product, 1, g.index(0), two));
        update = r.apply(f, r.step(both, 0, hidden));
        reset = r.apply(f, r.step(both, 1, hidden));
        candidate = g.sliceAxis(product, 1, two, hidden);
        if (candidateBias)
          candidate = g.emit<nn::AddOp>(
              candidate, g.broadcastDims(candidateBias, g.dims(candidate), 1));
        candidate = g.emit<nn::MulOp>(reset, candidate);
      } else {
        Value both =
            g.emit<nn::AddOp>(nowGates, g.dot(h, gateWeights, {}, {}, 1, 1));
        update = r.apply(f, r.step(both, 0, hidden));
        reset = r.apply(f, r.step(both, 1, hidden));
        candidate =
            g.dot(g.emit<nn::MulOp>(reset, h), candidateWeights, {}, {}, 1, 1);
      }
      candidate = r.apply(candidateFunction,
                          g.emit<nn::AddOp>(nowCandidate, candidate));
      // (1 - z) * candidate + z * h
      Value rest = g.emit<nn::SubOp>(g.makeLike(update, 1), update);
      return {g.emit<nn::AddOp>(g.emit<nn::MulOp>(rest, candidate),
                                g.emit<nn::MulOp>(update, h))};
    };
  });
}

static LogicalResult convertLSTM(NodeContext &n) {
  Recurrent r(n, 4, 3);
  GraphBuilder &g = n.g;
  if (failed(r.read({"Sigmoid", "Tanh", "Tanh"})))
    return failure();
  FailureOr<Value> h = r.initialState(5), c = r.initialState(6);
  if (failed(h) || failed(c))
    return failure();
  bool coupled = n.attrInt("input_forget", 0) != 0;
  OpFoldResult hidden = r.hidden, four = g.mul(hidden, g.index(4));
  auto bias = [&](int64_t d) -> Value {
    if (!n.hasInput(3))
      return {};
    Value both = r.ofDirection(n.input(3), d);
    return g.emit<nn::AddOp>(r.step(both, 0, four), r.step(both, 1, four));
  };
  return r.run({*h, *c}, bias, [&](int64_t d) -> Recurrent::Cell {
    Value weights = r.ofDirection(n.input(2), d);
    Value peepholes = n.hasInput(7) ? r.ofDirection(n.input(7), d) : Value();
    const Activation *f = &r.functions[3 * d];
    return [=, &r, &g](Value now,
                       ArrayRef<Value> states) -> SmallVector<Value> {
      Value h = states[0], c = states[1];
      Value sum =
          g.emit<nn::AddOp>(now, g.dot(h, weights, {}, {}, 1, 1)); // i o f c
      auto peep = [&](Value gate, int64_t i, Value cell) {
        if (!peepholes)
          return gate;
        Value weight =
            g.broadcastDims(r.step(peepholes, i, hidden), g.dims(cell), 1);
        return g.emit<nn::AddOp>(gate, g.emit<nn::MulOp>(weight, cell));
      };
      Value input = r.apply(f[0], peep(r.step(sum, 0, hidden), 0, c));
      Value forget = coupled
                         ? g.emit<nn::SubOp>(g.makeLike(input, 1), input)
                         : r.apply(f[0], peep(r.step(sum, 2, hidden), 2, c));
      Value candidate = r.apply(f[1], r.step(sum, 3, hidden));
      Value cell = g.emit<nn::AddOp>(g.emit<nn::MulOp>(forget, c),
                                     g.emit<nn::MulOp>(input, candidate));
      Value output = r.apply(f[0], peep(r.step(sum, 1, hidden), 1, cell));
      return {g.emit<nn::MulOp>(output, r.apply(f[2], cell)), cell};
    };
  });
}

void registerRecurrent(Registry &registry) {
  registry.add("GRU", convertGRU);
  registry.add("LSTM", convertLSTM);
  registry.add("RNN", convertRNN);
}

} // namespace ds::onnx
