//===- QuantizedProducts.cpp - products of quantised operands
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Contractions.h"
#include "frontends/onnx/Elementwise.h"
#include "frontends/onnx/Quantization.h"

using namespace mlir;

namespace ds::onnx {

/// A parameter of one element becomes a scalar, a vector gets `trailing`
/// extents of 1 behind it; null stays.
static Value alignParameter(GraphBuilder &g, Value v, int64_t trailing) {
  if (!v)
    return v;
  RankedTensorType type = GraphBuilder::typeOf(v);
  if (type.hasStaticShape() && type.getNumElements() == 1)
    return g.reshape(v, {});
  Sizes sizes = g.dims(v);
  if (type.getRank() == 1)
    sizes.append(trailing, g.index(1));
  return g.reshape(v, sizes);
}

/// x minus its zero point, which may be null.
static FailureOr<Value> centre(NodeContext &n, Value x, Value zeroPoint) {
  if (isZero(n.g, zeroPoint))
    return subtractZeroPoint(n.g, x, {});
  FailureOr<std::pair<Value, Value>> operands =
      broadcastOnto(n, x, zeroPoint, "the zero point");
  if (failed(operands))
    return failure();
  return subtractZeroPoint(n.g, operands->first, operands->second);
}

/// What products of these operands are summed in.
static Type accumulator(GraphBuilder &g, Value operand) {
  return isa<FloatType>(GraphBuilder::elementOf(operand))
             ? Type(g.b.getF32Type())
             : g.b.getI32Type();
}

/// Quantises sums of products: times both operands' scales, over the result's,
/// all of which broadcast to them.
static FailureOr<Value> requantize(NodeContext &n, Value sums,
                                   ArrayRef<Value> scales, Value zeroPoint) {
  GraphBuilder &g = n.g;
  SmallVector<Value> wide;
  for (Value scale : scales)
    wide.push_back(g.cast(scale, g.b.getF32Type()));
  FailureOr<SmallVector<Value>> same = n.broadcast(wide);
  if (failed(same))
    return failure();
  Value factor =
      g.emit<nn::DivOp>(g.emit<nn::MulOp>((*same)[0], (*same)[1]), (*same)[2]);
  FailureOr<std::pair<Value, Value>> scaled =
      broadcastOnto(n, g.cast(sums, g.b.getF32Type()), factor, "the scales");
  if (failed(scaled))
    return failure();
  Value result = g.emit<nn::MulOp>(scaled->first, scaled->second);
  FailureOr<std::pair<Value, Value>> last =
      broadcastOnto(n, result, zeroPoint, "the zero point of the result");
  if (failed(last))
    return failure();
  return quantize(g, last->first, isZero(g, zeroPoint) ? Value() : last->second,
                  GraphBuilder::elementOf(zeroPoint));
}

/// The product of two inputs minus their zero points: per row on the left, per
/// column on the right.
static FailureOr<Value> multiply(NodeContext &n, unsigned lhs, unsigned lhsZero,
                                 unsigned rhs, unsigned rhsZero) {
  GraphBuilder &g = n.g;
  FailureOr<Value> left =
      centre(n, n.input(lhs), alignParameter(g, n.input(lhsZero), 1));
  FailureOr<Value> right =
      centre(n, n.input(rhs), alignParameter(g, n.input(rhsZero), 0));
  if (failed(left) || failed(right))
    return failure();
  return matMul(n, *left, *right, accumulator(g, *left));
}

static LogicalResult convertMatMulInteger(NodeContext &n) {
  FailureOr<Value> result = multiply(n, 0, 2, 1, 3);
  return failed(result) ? failure() : n.set(*result);
}

static LogicalResult convertQLinearMatMul(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Value> sums = multiply(n, 0, 2, 3, 5);
  if (failed(sums))
    return failure();
  Value scales[] = {alignParameter(g, n.input(1), 1),
                    alignParameter(g, n.input(4), 0),
                    alignParameter(g, n.input(6), 1)};
  FailureOr<Value> result =
      requantize(n, *sums, scales, alignParameter(g, n.input(7), 1));
  return failed(result) ? failure() : n.set(*result);
}

/// The convolution of two inputs minus their zero points; that of the filter
/// may differ per output channel.
static FailureOr<Value> convolveCentred(NodeContext &n, unsigned x,
                                        unsigned xZero, unsigned filter,
                                        unsigned filterZero) {
  GraphBuilder &g = n.g;
  FailureOr<Value> input =
      centre(n, n.input(x), alignParameter(g, n.input(xZero), 0));
  FailureOr<Value> window =
      centre(n, n.input(filter),
             alignParameter(g, n.input(filterZero), n.rank(filter) - 1));
  if (failed(input) || failed(window))
    return failure();
  return convolve(n, *input, *window, accumulator(g, *input));
}

static LogicalResult convertConvInteger(NodeContext &n) {
  FailureOr<Value> result = convolveCentred(n, 0, 2, 1, 3);
  return failed(result) ? failure() : n.set(*result);
}

static LogicalResult convertQLinearConv(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Value> sums = convolveCentred(n, 0, 2, 3, 5);
  if (failed(sums))
    return failure();
  int64_t spatial = n.rank(0) - 2;
  if (n.hasInput(8)) {
    FailureOr<std::pair<Value, Value>> biased = broadcastOnto(
        n, *sums, alignParameter(g, n.input(8), spatial), "the bias");
    if (failed(biased))
      return failure();
    sums = g.emit<nn::AddOp>(biased->first, biased->second);
  }
  Value scales[] = {alignParameter(g, n.input(1), 0),
                    alignParameter(g, n.input(4), spatial),
                    alignParameter(g, n.input(6), 0)};
  FailureOr<Value> result =
      requantize(n, *sums, scales, alignParameter(g, n.input(7), 0));
  return failed(result) ? failure() : n.set(*result);
}

void registerQuantizedProducts(Registry &registry) {
  registry.add("ConvInteger", convertConvInteger);
  registry.add("MatMulInteger", convertMatMulInteger);
  registry.add("QLinearConv", convertQLinearConv);
  registry.add("QLinearMatMul", convertQLinearMatMul);
}

} // namespace ds::onnx
