//===- Differences.cpp - gradients against central differences ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Along a direction d the five values f(-2h), f(-h), f(0), f(h), f(2h) of
// f(t) = cotangents . function(point + t d) give two central quotients, q(h)
// and q(2h), and (4 q(h) - q(2h)) / 3. Where derivatives grow by 1/L with each
// order, q(h) and q(2h) differ by (h/L)^2 / 2 of the slope, and the combination
// is off by (h/L)^4 / 7.5. With h = 1e-5 the former is below 1e-8 down to
// L = 0.07 and the latter below 1e-15.
//
// A kink shows in the same values: within the stencil it parts the quotients,
// and at the very point, where they agree, it is in the fourth difference. Both
// together, the bend, are looked at element by element, so that a kink of one
// does not drown in the others: it may be 1e-4 of its own slope, or 1e-8 of all
// slopes. A net of thousands of rectifiers has a kink everywhere, so h is made
// smaller until none is left; where even the smallest does not help, the point
// is moved. Both are decided by the function alone, never by the gradient.
//
// The tolerance is 1e-7 of the size of what is summed up, what rounding of the
// function may come to over h, and the bends: a kink that was let through makes
// an error of no more.
//
//===----------------------------------------------------------------------===//
#include "passes/Autodiff/Differences.h"

#include "passes/Analysis/Evaluator.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cmath>
#include <limits>

using namespace mlir;

namespace ds {

static constexpr double Steps[] = {1e-5, 1e-6, 1e-7};
static constexpr double OwnBend = 1e-4;
static constexpr double SharedBend = 1e-8;
static constexpr double Tolerance = 1e-7;
static constexpr int Attempts = 4;

/// `state` counts what was drawn.
static uint64_t nextBits(uint64_t &state) {
  return randomBitsAt(/*key=*/0, state++);
}

/// In [low, high).
static double nextNumber(uint64_t &state, double low, double high) {
  return low +
         (high - low) * static_cast<double>(nextBits(state) >> 11) * 0x1p-53;
}

HostTensor makeRandomTensor(Type elementType, ArrayRef<int64_t> shape,
                            double low, double high, uint64_t &state) {
  HostTensor tensor(elementType, shape);
  bool isFloat = isa<FloatType>(elementType);
  for (int64_t i = 0; i < tensor.numElements(); ++i) {
    double number = nextNumber(state, low, high);
    tensor.set(i, isFloat ? Scalar::fromDouble(number)
                          : Scalar::fromInt(std::llround(number)));
  }
  return tensor;
}

namespace {

bool hasFloats(const HostTensor &tensor) {
  return tensor.elementType() && isa<FloatType>(tensor.elementType());
}

class Comparison {
public:
  explicit Comparison(const DifferencesProblem &problem)
      : problem(problem), point(problem.point), state(problem.seed) {}

  FailureOr<DifferencesOutcome> run();

private:
  /// The slope of the function along a direction, from its values.
  struct Slope {
    bool isSmooth = false;
    double value = 0, size = 0;
    double doubt = 0; ///< by how much the value may be off
  };

  /// One number per input element; of the size of the numbers that it moves
  /// where these are below 1, so that a pole at 0 stays far. Infinities stay.
  SmallVector<HostTensor> makeDirection();
  /// Moves the point by up to a twentieth: all numbers become smaller, or all
  /// larger, since domains may end inside (of log) or outside (of asin).
  void movePoint(double sign);
  /// Random weights of the results; 0 where these are infinite at the given
  /// point. Yields whether all are numbers.
  FailureOr<bool> makeCotangents();
  /// What the function yields along a direction, weighted, one list for each of
  /// the five places.
  FailureOr<bool> sample(ArrayRef<HostTensor> direction, double step,
                         std::array<std::vector<double>, 5> &values);
  FailureOr<Slope> findSlope(ArrayRef<HostTensor> direction);
  void compare(ArrayRef<HostTensor> direction, const Slope &slope,
               ArrayRef<HostTensor> gradients, DifferencesOutcome &outcome);

  const DifferencesProblem &problem;
  SmallVector<HostTensor> point, cotangents;
  uint64_t state;
};

} // namespace

SmallVector<HostTensor> Comparison::makeDirection() {
  SmallVector<HostTensor> direction;
  for (const HostTensor &input : point) {
    HostTensor &moves = direction.emplace_back();
    if (!hasFloats(input))
      continue;
    moves = HostTensor(Float64Type::get(input.elementType().getContext()),
                       input.shape());
    for (int64_t i = 0; i < input.numElements(); ++i) {
      double x = input.getDouble(i);
      double size = x == 0 ? 1 : std::fmin(std::fmax(std::fabs(x), 0.01), 1);
      double move = nextNumber(state, 0.5, 1) * size;
      bool isNegative = nextBits(state) >> 63;
      moves.set(i, Scalar::fromDouble(!std::isfinite(x) ? 0
                                      : isNegative      ? -move
                                                        : move));
    }
  }
  return direction;
}

void Comparison::movePoint(double sign) {
  for (auto [input, start] : llvm::zip_equal(point, problem.point)) {
    if (!hasFloats(start))
      continue;
    input = HostTensor(start.elementType(), start.shape());
    for (int64_t i = 0; i < start.numElements(); ++i) {
      double x = start.getDouble(i), by = nextNumber(state, 0.01, 0.05);
      input.set(i, Scalar::fromDouble(x == 0 ? by : x * (1 + sign * by)));
    }
  }
}

FailureOr<bool> Comparison::makeCotangents() {
  SmallVector<HostTensor> results;
  if (failed(problem.function(point, results)))
    return failure();
  cotangents.clear();
  for (const HostTensor &result : results) {
    HostTensor &weights = cotangents.emplace_back();
    if (!hasFloats(result))
      continue;
    weights =
        makeRandomTensor(Float64Type::get(result.elementType().getContext()),
                         result.shape(), 0.5, 1.5, state);
    for (int64_t i = 0; i < result.numElements(); ++i) {
      double value = result.getDouble(i);
      if (std::isnan(value))
        return false;
      if (std::isinf(value))
        weights.set(i, Scalar::fromDouble(0));
    }
  }
  return true;
}

FailureOr<bool> Comparison::sample(ArrayRef<HostTensor> direction, double step,
                                   std::array<std::vector<double>, 5> &values) {
  for (int place = 0; place < 5; ++place) {
    SmallVector<HostTensor> moved(point);
    for (auto [input, moves] : llvm::zip_equal(moved, direction)) {
      if (!hasFloats(moves))
        continue;
      HostTensor there(input.elementType(), input.shape());
      for (int64_t i = 0; i < input.numElements(); ++i)
        there.set(i,
                  Scalar::fromDouble(input.getDouble(i) +
                                     (place - 2) * step * moves.getDouble(i)));
      input = std::move(there);
    }
    SmallVector<HostTensor> results;
    if (failed(problem.function(moved, results)))
      return failure();
    values[place].clear();
    for (auto [result, weights] : llvm::zip_equal(results, cotangents)) {
      if (!hasFloats(weights))
        continue;
      if (result.shape() != weights.shape())
        return false;
      // Not 0 times infinity.
      for (int64_t i = 0; i < result.numElements(); ++i)
        if (double weight = weights.getDouble(i))
          values[place].push_back(result.getDouble(i) * weight);
    }
  }
  return true;
}

FailureOr<Comparison::Slope>
Comparison::findSlope(ArrayRef<HostTensor> direction) {
  Slope slope;
  for (double step : Steps) {
    std::array<std::vector<double>, 5> f;
    FailureOr<bool> isOneShape = sample(direction, step, f);
    if (failed(isOneShape))
      return failure();
    slope = Slope();
    if (!*isOneShape)
      continue;
    constexpr double Epsilon = std::numeric_limits<double>::epsilon();
    struct Element {
      double slope, bend, rounding;
    };
    std::vector<Element> elements;
    for (size_t i = 0; i < f[2].size(); ++i) {
      double once = (f[3][i] - f[1][i]) / (2 * step);
      double twice = (f[4][i] - f[0][i]) / (4 * step);
      double fourth =
          f[0][i] - 4 * f[1][i] + 6 * f[2][i] - 4 * f[3][i] + f[4][i];
      elements.push_back({(4 * once - twice) / 3,
                          std::fabs(once - twice) + std::fabs(fourth) / step,
                          64 * Epsilon * std::fabs(f[2][i]) / step});
      slope.value += elements.back().slope;
      slope.size += std::fabs(elements.back().slope);
      slope.doubt += elements.back().bend + elements.back().rounding;
    }
    // NaN is not smooth.
    slope.isSmooth = llvm::all_of(elements, [&](const Element &e) {
      return e.bend <= OwnBend * std::fabs(e.slope) + SharedBend * slope.size +
                           e.rounding;
    });
    if (slope.isSmooth)
      break;
  }
  return slope;
}

void Comparison::compare(ArrayRef<HostTensor> direction, const Slope &slope,
                         ArrayRef<HostTensor> gradients,
                         DifferencesOutcome &outcome) {
  double found = 0, size = slope.size;
  const HostTensor *gradient = gradients.begin();
  for (const HostTensor &moves : direction) {
    if (!hasFloats(moves))
      continue;
    assert(gradient != gradients.end() && "one gradient per input of floats");
    assert(gradient->shape() == moves.shape() && "of its shape");
    for (int64_t i = 0; i < moves.numElements(); ++i) {
      double move = moves.getDouble(i);
      // By an infinity the gradient is anything.
      if (move == 0)
        continue;
      double term = gradient->getDouble(i) * move;
      found += term;
      size += std::fabs(term);
    }
    ++gradient;
  }
  // A gradient that is no number is measured by the slopes.
  if (!std::isfinite(size))
    size = slope.size;
  double difference = std::fabs(found - slope.value);
  double error = size == 0 ? difference : difference / size;
  double tolerance = size == 0 ? 0 : Tolerance + slope.doubt / size;
  // The worst so far, where NaN is worse than anything.
  if (outcome.tolerance > 0 &&
      error * outcome.tolerance <= outcome.error * tolerance)
    return;
  outcome.fromDifferences = slope.value;
  outcome.fromGradient = found;
  outcome.error = error;
  outcome.tolerance = tolerance;
}

FailureOr<DifferencesOutcome> Comparison::run() {
  FailureOr<bool> hasValue = makeCotangents();
  if (failed(hasValue))
    return failure();
  if (!*hasValue)
    return DifferencesOutcome();
  SmallVector<std::pair<SmallVector<HostTensor>, Slope>> lines;
  for (int attempt = 0; attempt < Attempts; ++attempt) {
    if (attempt > 0)
      movePoint(attempt % 2 ? -1 : 1);
    lines.clear();
    while (lines.size() < static_cast<size_t>(problem.directions)) {
      SmallVector<HostTensor> direction = makeDirection();
      FailureOr<Slope> slope = findSlope(direction);
      if (failed(slope))
        return failure();
      if (!slope->isSmooth)
        break;
      lines.emplace_back(std::move(direction), *slope);
    }
    if (lines.size() == static_cast<size_t>(problem.directions))
      break;
  }
  DifferencesOutcome outcome;
  outcome.isSmooth = lines.size() == static_cast<size_t>(problem.directions);
  if (!outcome.isSmooth)
    return outcome;
  SmallVector<HostTensor> inputs(point), gradients;
  for (const HostTensor &weights : cotangents)
    if (hasFloats(weights))
      inputs.push_back(weights);
  if (failed(problem.gradients(inputs, gradients)))
    return failure();
  for (auto &[direction, slope] : lines)
    compare(direction, slope, gradients, outcome);
  return outcome;
}

FailureOr<DifferencesOutcome>
compareWithDifferences(const DifferencesProblem &problem) {
  return Comparison(problem).run();
}

} // namespace ds
