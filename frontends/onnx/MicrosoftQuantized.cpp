//===- MicrosoftQuantized.cpp - quantised operators of ONNX Runtime
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the quantiser of ONNX Runtime writes beside the standard's operators:
// every operand comes with its scale and zero point, and so does the result.
// They are computed in f32 between a dequantisation and a quantisation, which
// fuse.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/Contractions.h"
#include "frontends/onnx/Elementwise.h"
#include "frontends/onnx/Microsoft.h"
#include "frontends/onnx/Quantization.h"

using namespace mlir;

namespace ds::onnx {

/// A scale or zero point as f32, to be broadcast: one number, or one per index
/// of the last dimension.
static Value parameter(GraphBuilder &g, Value v) {
  RankedTensorType type = GraphBuilder::typeOf(v);
  bool isOne = type.hasStaticShape() && type.getNumElements() == 1;
  return g.cast(isOne ? g.reshape(v, {}) : v, g.b.getF32Type());
}

/// (x - zero) * scale of three inputs, the zero point optional.
static FailureOr<Value> dequantizeInput(NodeContext &n, unsigned x,
                                        unsigned scale, unsigned zero) {
  GraphBuilder &g = n.g;
  Value real = g.cast(n.input(x), g.b.getF32Type());
  if (!isZero(g, n.input(zero))) {
    auto operands =
        broadcastOnto(n, real, parameter(g, n.input(zero)), "the zero point");
    if (failed(operands))
      return failure();
    real = g.emit<nn::SubOp>(operands->first, operands->second);
  }
  auto operands =
      broadcastOnto(n, real, parameter(g, n.input(scale)), "the scale");
  if (failed(operands))
    return failure();
  return g.emit<nn::MulOp>(operands->first, operands->second);
}

/// Quantises f32 to `element` by the inputs `scale` and `zero`, the zero point
/// optional.
static LogicalResult setQuantized(NodeContext &n, Value real, unsigned scale,
                                  unsigned zero, Type element) {
  GraphBuilder &g = n.g;
  auto divided = broadcastOnto(n, real, parameter(g, n.input(scale)),
                               "the scale of the result");
  if (failed(divided))
    return failure();
  Value quotient = g.emit<nn::DivOp>(divided->first, divided->second),
        zeroPoint;
  if (!isZero(g, n.input(zero))) {
    auto operands = broadcastOnto(n, quotient, parameter(g, n.input(zero)),
                                  "the zero point of the result");
    if (failed(operands))
      return failure();
    std::tie(quotient, zeroPoint) = *operands;
  }
  return n.set(quantize(g, quotient, zeroPoint, element));
}

template <typename OpTy>
static LogicalResult quantizedBinary(NodeContext &n) {
  if (failed(checkSignature(n, "Q F Q? Q F Q? F Q?")))
    return failure();
  FailureOr<Value> lhs = dequantizeInput(n, 0, 1, 2),
                   rhs = dequantizeInput(n, 3, 4, 5);
  if (failed(lhs) || failed(rhs))
    return failure();
  FailureOr<SmallVector<Value>> operands = n.broadcast({*lhs, *rhs});
  if (failed(operands))
    return failure();
  return setQuantized(n, n.g.emit<OpTy>((*operands)[0], (*operands)[1]), 6, 7,
                      n.element(0));
}

/// A function of one quantised input.
static LogicalResult
quantizedUnary(NodeContext &n,
               llvm::function_ref<FailureOr<Value>(Value)> function) {
  if (failed(checkSignature(n, "Q F Q? F Q?")))
    return failure();
  FailureOr<Value> x = dequantizeInput(n, 0, 1, 2);
  if (failed(x) || failed(x = function(*x)))
    return failure();
  return setQuantized(n, *x, 3, 4, n.element(0));
}

static LogicalResult convertQLinearSigmoid(NodeContext &n) {
  return quantizedUnary(n, [&](Value x) { return n.g.emit<nn::SigmoidOp>(x); });
}

static LogicalResult convertQLinearLeakyRelu(NodeContext &n) {
  return quantizedUnary(n, [&](Value x) {
    Value negative =
        n.g.compare(nn::ComparePredicate::lt, x, n.g.makeLike(x, 0));
    return n.g.emit<nn::SelectOp>(
        negative, n.g.withScalar<nn::MulOp>(x, n.attrFloat("alpha", 0.01)), x);
  });
}

static LogicalResult convertQLinearGlobalAveragePool(NodeContext &n) {
  GraphBuilder &g = n.g;
  return quantizedUnary(n, [&](Value x) -> FailureOr<Value> {
    if (failed(n.expectRank(0, 3, 1 << 20)))
      return failure();
    bool last = n.attrInt("channels_last", 0);
    SmallVector<int64_t> axes = llvm::to_vector(
        llvm::seq<int64_t>(last ? 1 : 2, n.rank(0) - (last ? 1 : 0)));
    OpFoldResult count = g.index(1);
    for (int64_t axis : axes)
      count = g.mul(count, g.dim(x, axis));
    Value sum = g.reduce(nn::ReduceKind::sum, x, axes, /*keepDims=*/true);
    Value divisor =
        g.cast(g.fromElements({count}, g.b.getI64Type(), {}), g.b.getF32Type());
    return g.emit<nn::DivOp>(sum, g.broadcastTo(divisor, g.dims(sum)));
  });
}

/// The result's scale and zero point come first, then three inputs per part.
static LogicalResult convertQLinearConcat(NodeContext &n) {
  std::string signature = "F Q";
  for (unsigned i = 2; i + 2 < n.numInputs(); i += 3)
    signature += " Q F Q";
  if (n.numInputs() < 5 || (n.numInputs() - 2) % 3)
    return n.error(
        "\"QLinearConcat\" takes 2 inputs and 3 for each part, found " +
        Twine(n.numInputs()));
  if (failed(checkSignature(n, signature)))
    return failure();
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(2));
  if (failed(axis))
    return failure();
  SmallVector<Value> parts;
  for (unsigned i = 2; i < n.numInputs(); i += 3) {
    bool fits = n.rank(i) == n.rank(2);
    for (int64_t d = 0; fits && d < n.rank(i); ++d)
      fits = d == *axis || n.type(i).isDynamicDim(d) ||
             n.type(2).isDynamicDim(d) ||
             n.type(i).getDimSize(d) == n.type(2).getDimSize(d);
    if (!fits)
      return n.error("input " + Twine(i) +
                     " cannot be joined with input 2 along axis " +
                     Twine(*axis));
    FailureOr<Value> part = dequantizeInput(n, i, i + 1, i + 2);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  return setQuantized(n, n.g.concat(parts, *axis), 0, 1, n.element(1));
}

//===----------------------------------------------------------------------===//
// Products with a real result
//===----------------------------------------------------------------------===//

/// (lhs - its zero point) (rhs - its zero point), exact, times the scales, plus
/// an optional bias.
static LogicalResult setScaledProduct(NodeContext &n, Value lhs, Value lhsZero,
                                      Value rhs, Value rhsZero, Value lhsScale,
                                      Value rhsScale, unsigned bias) {
  GraphBuilder &g = n.g;
  auto centre = [&](Value x, Value zero) -> FailureOr<Value> {
    if (isZero(g, zero))
      return subtractZeroPoint(g, x, {});
    RankedTensorType type = GraphBuilder::typeOf(zero);
    Value spread = type.hasStaticShape() && type.getNumElements() == 1
                       ? g.reshape(zero, {})
                       : zero;
    auto operands = broadcastOnto(n, x, spread, "the zero point");
    if (failed(operands))
      return failure();
    return subtractZeroPoint(g, operands->first, operands->second);
  };
  FailureOr<Value> left = centre(lhs, lhsZero), right = centre(rhs, rhsZero);
  if (failed(left) || failed(right))
    return failure();
  FailureOr<Value> sums = matMul(n, *left, *right, g.b.getI32Type());
  if (failed(sums))
    return failure();
  Value result = g.cast(*sums, g.b.getF32Type());
  SmallVector<std::pair<Value, StringRef>> factors{
      {parameter(g, lhsScale), "the scale of the left side"},
      {parameter(g, rhsScale), "the scale of the right side"}};
  for (auto [factor, what] : factors) {
    auto operands = broadcastOnto(n, result, factor, what);
    if (failed(operands))
      return failure();
    result = g.emit<nn::MulOp>(operands->first, operands->second);
  }
  if (n.hasInput(bias)) {
    auto operands =
        broadcastOnto(n, result, parameter(g, n.input(bias)), "the bias");
    if (failed(operands))
      return failure();
    result = g.emit<nn::AddOp>(operands->first, operands->second);
  }
  return n.set(result);
}

static LogicalResult convertMatMulIntegerToFloat(NodeContext &n) {
  if (failed(checkSignature(n, "Q R F F Q? R? F?")))
    return failure();
  return setScaledProduct(n, n.input(0), n.input(4), n.input(1), n.input(5),
                          n.input(2), n.input(3), 6);
}

/// The left side is quantised by its range first.
static LogicalResult convertDynamicQuantizeMatMul(NodeContext &n) {
  if (failed(checkSignature(n, "F Q F Q? F?")))
    return failure();
  DynamicallyQuantized lhs = quantizeByRange(n.g, n.input(0));
  return setScaledProduct(n, lhs.value, lhs.zeroPoint, n.input(1), n.input(3),
                          lhs.scale, n.input(2), 4);
}

void registerMicrosoftQuantized(Registry &registry) {
  auto add = [&](StringRef name, Converter converter) {
    registry.add("com.microsoft", name, converter);
  };
  add("DynamicQuantizeMatMul", convertDynamicQuantizeMatMul);
  add("MatMulIntegerToFloat", convertMatMulIntegerToFloat);
  add("QLinearAdd", quantizedBinary<nn::AddOp>);
  add("QLinearConcat", convertQLinearConcat);
  add("QLinearGlobalAveragePool", convertQLinearGlobalAveragePool);
  add("QLinearLeakyRelu", convertQLinearLeakyRelu);
  add("QLinearMul", quantizedBinary<nn::MulOp>);
  add("QLinearSigmoid", convertQLinearSigmoid);
}

} // namespace ds::onnx
