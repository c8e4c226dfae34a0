//===- Signal.cpp - windows and filter banks
//-------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

#include <cmath>

using namespace mlir;

namespace ds::onnx {

/// The type to compute a result of `element` in: f64 where it is folded, so
/// that constants are exact.
static Type computeType(GraphBuilder &g, OpFoldResult count, Type element) {
  auto known = g.constantIndex(count);
  return element.isF64() || (known && *known <= 4096) ? g.b.getF64Type()
                                                      : Type(g.b.getF32Type());
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N).
static LogicalResult makeWindow(NodeContext &n, double a0, double a1,
                                double a2) {
  GraphBuilder &g = n.g;
  FailureOr<Type> element = n.attrType("output_datatype", g.b.getF32Type());
  FailureOr<OpFoldResult> size = n.scalarIndex(0, "size");
  if (failed(element) || failed(size))
    return failure();
  if (!g.require(g.compare(arith::CmpIPredicate::sge, *size, g.index(0)),
                 "a window's size is not negative"))
    return n.error("input \"size\" is " + Twine(*g.constantIndex(*size)) +
                   ", expected no negative number");
  // A symmetric window ends where the next period would start.
  OpFoldResult period =
      n.attrInt("periodic", 1) ? *size : g.sub(*size, g.index(1));
  Type compute = computeType(g, *size, *element);
  Sizes sizes{*size};
  Value divisor =
      g.cast(g.fromElements({g.max(period, g.index(1))}, g.b.getI64Type(), {}),
             compute);
  Value angle = g.withScalar<nn::MulOp>(g.iota(sizes, 0, compute), 2 * M_PI);
  angle = g.emit<nn::DivOp>(angle, g.broadcastTo(divisor, sizes));
  Value result = g.withScalar<nn::AddOp>(
      g.withScalar<nn::MulOp>(g.emit<nn::CosOp>(angle), -a1), a0);
  if (a2 != 0) {
    Value twice = g.emit<nn::CosOp>(g.withScalar<nn::MulOp>(angle, 2));
    result = g.emit<nn::AddOp>(result, g.withScalar<nn::MulOp>(twice, a2));
  }
  return n.set(g.cast(result, *element));
}

static LogicalResult convertBlackmanWindow(NodeContext &n) {
  return makeWindow(n, 0.42, 0.5, 0.08);
}
static LogicalResult convertHammingWindow(NodeContext &n) {
  return makeWindow(n, 25.0 / 46, 21.0 / 46, 0);
}
static LogicalResult convertHannWindow(NodeContext &n) {
  return makeWindow(n, 0.5, 0.5, 0);
}

//===----------------------------------------------------------------------===//
// Mel filter bank
//===----------------------------------------------------------------------===//

/// Triangles over the spectrum, [dft_length / 2 + 1, num_mel_bins]: filter i
/// rises from edge i to edge i + 1 and falls to edge i + 2; the edges are
/// equidistant in mel, 2595 log10(1 + hertz / 700), and rounded down to whole
/// bins.
static LogicalResult convertMelWeightMatrix(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Type> element = n.attrType("output_datatype", g.b.getF32Type());
  FailureOr<OpFoldResult> filters = n.scalarIndex(0, "num_mel_bins"),
                          length = n.scalarIndex(1, "dft_length");
  FailureOr<Value> rate = n.scalar(2, "sample_rate"),
                   low = n.scalar(3, "lower_edge_hertz"),
                   high = n.scalar(4, "upper_edge_hertz");
  if (failed(element) || failed(filters) || failed(length) || failed(rate) ||
      failed(low) || failed(high))
    return failure();
  if (!g.require(g.compare(arith::CmpIPredicate::sge, *filters, g.index(0)),
                 "MelWeightMatrix: the number of mel bins is not negative") ||
      !g.require(g.compare(arith::CmpIPredicate::sge, *length, g.index(0)),
                 "MelWeightMatrix: the DFT's length is not negative"))
    return n.error(
        "inputs \"num_mel_bins\" and \"dft_length\" must not be negative");

  Type f64 = g.b.getF64Type(), integer = g.b.getI64Type();
  auto number = [&](OpFoldResult v) {
    return g.cast(g.fromElements({v}, integer, {}), f64);
  };
  auto toMel = [&](Value hertz) {
    Value inner = g.withScalar<nn::DivOp>(g.cast(hertz, f64), 700);
    return g.withScalar<nn::MulOp>(g.emit<nn::Log1pOp>(inner), 2595 / M_LN10);
  };
  Value lowest = toMel(*low);
  OpFoldResult edges = g.add(*filters, g.index(2));
  Value step =
      g.emit<nn::DivOp>(g.emit<nn::SubOp>(toMel(*high), lowest), number(edges));
  Sizes all{edges};
  auto spread = [&](Value v) { return g.broadcastTo(v, all); };
  Value mel = g.emit<nn::AddOp>(
      g.emit<nn::MulOp>(g.iota(all, 0, f64), spread(step)), spread(lowest));
  Value hertz = g.withScalar<nn::MulOp>(
      g.emit<nn::Expm1Op>(g.withScalar<nn::MulOp>(mel, M_LN10 / 2595)), 700);
  Value bins =
      g.emit<nn::MulOp>(hertz, spread(number(g.add(*length, g.index(1)))));
  bins =
      g.emit<nn::FloorOp>(g.emit<nn::DivOp>(bins, spread(g.cast(*rate, f64))));

  Sizes sizes{g.add(g.div(*length, g.index(2)), g.index(1)), *filters};
  auto edge = [&](int64_t i) {
    return g.broadcastDims(g.sliceAxis(bins, 0, g.index(i), *filters), sizes,
                           {1});
  };
  Value left = edge(0), centre = edge(1), right = edge(2),
        position = g.iota(sizes, 0, f64);
  auto ratio = [&](Value a, Value b, Value c, Value d) {
    return g.emit<nn::DivOp>(g.emit<nn::SubOp>(a, b), g.emit<nn::SubOp>(c, d));
  };
  auto holds = [&](nn::ComparePredicate predicate, Value a, Value b) {
    return g.compare(predicate, a, b);
  };
  using enum nn::ComparePredicate;
  // A side without a width has its peak only.
  Value one = g.makeLike(position, 1), zero = g.makeLike(position, 0);
  Value rising =
      g.emit<nn::AndOp>(holds(ge, position, left), holds(le, position, centre));
  Value slope = g.emit<nn::SelectOp>(holds(eq, left, centre), one,
                                     ratio(position, left, centre, left));
  Value falling = g.emit<nn::AndOp>(holds(ge, position, centre),
                                    holds(lt, position, right));
  Value result =
      g.emit<nn::SelectOp>(falling, ratio(right, position, right, centre),
                           g.emit<nn::SelectOp>(rising, slope, zero));
  return n.set(g.cast(result, *element));
}

void registerSignal(Registry &registry) {
  registry.add("BlackmanWindow", convertBlackmanWindow);
  registry.add("HammingWindow", convertHammingWindow);
  registry.add("HannWindow", convertHannWindow);
  registry.add("MelWeightMatrix", convertMelWeightMatrix);
}

} // namespace ds::onnx
