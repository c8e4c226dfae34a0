//===- Arithmetic.cpp - elementwise operators on numbers
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Elementwise.h"

#include <limits>

using namespace mlir;

namespace ds::onnx {

FailureOr<SmallVector<Value>> binaryOperands(NodeContext &n) {
  Value lhs = n.input(0), rhs = n.input(1);
  if (n.opset() < 7 && n.attrInt("broadcast", 0) && n.has("axis")) {
    FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
    if (failed(axis))
      return failure();
    Sizes sizes = n.g.dims(rhs);
    for (int64_t i = *axis + n.rank(1); i < n.rank(0); ++i)
      sizes.push_back(n.g.index(1));
    rhs = n.g.reshape(rhs, sizes);
  }
  return n.broadcast({lhs, rhs});
}

FailureOr<std::pair<Value, Value>> broadcastOnto(NodeContext &n, Value x,
                                                 Value other, StringRef what) {
  RankedTensorType type = GraphBuilder::typeOf(x),
                   given = GraphBuilder::typeOf(other);
  int64_t ahead = type.getRank() - given.getRank();
  bool fits = ahead >= 0;
  for (int64_t i = 0; fits && i < given.getRank(); ++i) {
    int64_t extent = given.getDimSize(i);
    fits = given.isDynamicDim(i) || type.isDynamicDim(ahead + i) ||
           extent == 1 || extent == type.getDimSize(ahead + i);
  }
  if (!fits) {
    auto error = n.error(what + " must broadcast to the shape of ");
    return error << type << ", but has type " << given;
  }
  FailureOr<SmallVector<Value>> operands = n.broadcast({x, other});
  if (failed(operands))
    return failure();
  return std::pair((*operands)[0], (*operands)[1]);
}

/// Functions that nn has for floats only; other numbers are taken through f64.
template <typename OpTy>
static LogicalResult unaryFloat(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  Type element = n.element(0);
  if (!isa<FloatType>(element))
    x = g.cast(x, g.b.getF64Type());
  return n.set(g.cast(g.emit<OpTy>(x), element));
}

static LogicalResult convertReciprocal(NodeContext &n) {
  Value x = n.input(0);
  return n.set(n.g.emit<nn::DivOp>(n.g.makeLike(x, 1), x));
}

//===----------------------------------------------------------------------===//
// Power and remainder
//===----------------------------------------------------------------------===//

/// Small powers by multiplication; null for others.
static Value convertKnownPower(GraphBuilder &g, Value x, double exponent) {
  if (exponent == 1)
    return x;
  if (exponent == 2)
    return g.emit<nn::MulOp>(x, x);
  if (exponent == 3)
    return g.emit<nn::MulOp>(g.emit<nn::MulOp>(x, x), x);
  if (!isa<FloatType>(GraphBuilder::elementOf(x)))
    return {};
  if (exponent == 0.5)
    return g.emit<nn::SqrtOp>(x);
  if (exponent == -1)
    return g.emit<nn::DivOp>(g.makeLike(x, 1), x);
  return {};
}

static LogicalResult convertPow(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<SmallVector<Value>> operands = binaryOperands(n);
  if (failed(operands))
    return failure();
  Value x = (*operands)[0], y = (*operands)[1];
  Type base = n.element(0), exponent = n.element(1);
  if (std::optional<HostTensor> known = g.constant(n.input(1));
      known && known->numElements() == 1)
    if (Value result = convertKnownPower(g, x, known->getDouble(0)))
      return n.set(result);
  // A fractional power of an integer is a number of its own.
  Type compute = isa<FloatType>(exponent) && !isa<FloatType>(base)
                     ? g.b.getF64Type()
                     : base;
  return n.set(
      g.cast(g.emit<nn::PowOp>(g.cast(x, compute), g.cast(y, compute)), base));
}

/// With `fmod` the remainder of C, which has the sign of the dividend; without
/// it that of Python, with the divisor's.
static LogicalResult convertMod(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<SmallVector<Value>> operands =
      n.broadcast({n.input(0), n.input(1)});
  if (failed(operands))
    return failure();
  Value x = (*operands)[0], y = (*operands)[1];
  Value remainder = g.emit<nn::RemOp>(x, y);
  if (n.attrInt("fmod", 0) || n.element(0).isUnsignedInteger())
    return n.set(remainder);
  Value zero = g.makeLike(x, 0);
  Value otherSign =
      g.compare(nn::ComparePredicate::ne,
                g.compare(nn::ComparePredicate::lt, remainder, zero),
                g.compare(nn::ComparePredicate::lt, y, zero));
  Value wrong = g.emit<nn::AndOp>(
      otherSign, g.compare(nn::ComparePredicate::ne, remainder, zero));
  return n.set(
      g.emit<nn::SelectOp>(wrong, g.emit<nn::AddOp>(remainder, y), remainder));
}

//===----------------------------------------------------------------------===//
// Any number of operands
//===----------------------------------------------------------------------===//

template <typename OpTy>
static FailureOr<Value> combineInputs(NodeContext &n) {
  FailureOr<SmallVector<Value>> operands = n.broadcast(n.tensorInputs());
  if (failed(operands))
    return failure();
  Value result = operands->front();
  for (Value operand : llvm::drop_begin(*operands))
    result = n.g.emit<OpTy>(result, operand);
  return result;
}

template <typename OpTy>
static LogicalResult variadic(NodeContext &n) {
  FailureOr<Value> result = combineInputs<OpTy>(n);
  return failed(result) ? failure() : n.set(*result);
}

static LogicalResult convertMean(NodeContext &n) {
  FailureOr<Value> sum = combineInputs<nn::AddOp>(n);
  if (failed(sum))
    return failure();
  return n.set(n.g.withScalar<nn::DivOp>(*sum, n.numInputs()));
}

/// The bounds are attributes before version 11, then inputs that may be left
/// out.
static LogicalResult convertClip(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  auto bound = [&](StringRef name, unsigned input) -> FailureOr<Value> {
    if (n.has(name))
      return g.makeLike(x, n.attrFloat(name, 0));
    if (!n.hasInput(input))
      return Value();
    FailureOr<Value> value = n.scalar(input, name);
    if (failed(value))
      return failure();
    return g.broadcastTo(*value, g.dims(x));
  };
  FailureOr<Value> low = bound("min", 1), high = bound("max", 2);
  if (failed(low) || failed(high))
    return failure();
  if ((*low || *high) && isa<FloatType>(nn::elementTypeOf(x))) {
    double infinity = std::numeric_limits<double>::infinity();
    Value from = *low ? *low : g.makeLike(x, -infinity),
          to = *high ? *high : g.makeLike(x, infinity);
    return n.set(g.emit<nn::ClipOp>(x, from, to));
  }
  if (*low)
    x = g.emit<nn::MaxOp>(x, *low);
  if (*high)
    x = g.emit<nn::MinOp>(x, *high);
  return n.set(x);
}

void registerArithmetic(Registry &registry) {
  registry.add("Abs", unary<nn::AbsOp>);
  registry.add("Acos", unary<nn::AcosOp>);
  registry.add("Acosh", unary<nn::AcoshOp>);
  registry.add("Add", binary<nn::AddOp>);
  registry.add("Asin", unary<nn::AsinOp>);
  registry.add("Asinh", unary<nn::AsinhOp>);
  registry.add("Atan", unary<nn::AtanOp>);
  registry.add("Atanh", unary<nn::AtanhOp>);
  registry.add("Ceil", unary<nn::CeilOp>);
  registry.add("Clip", convertClip);
  registry.add("Cos", unary<nn::CosOp>);
  registry.add("Cosh", unary<nn::CoshOp>);
  registry.add("Div", binary<nn::DivOp>);
  registry.add("Erf", unaryFloat<nn::ErfOp>);
  registry.add("Exp", unary<nn::ExpOp>);
  registry.add("Floor", unary<nn::FloorOp>);
  registry.add("Log", unary<nn::LogOp>);
  registry.add("Max", variadic<nn::MaxOp>);
  registry.add("Mean", convertMean);
  registry.add("Min", variadic<nn::MinOp>);
  registry.add("Mod", convertMod);
  registry.add("Mul", binary<nn::MulOp>);
  registry.add("Neg", unary<nn::NegOp>);
  registry.add("Pow", convertPow);
  registry.add("Reciprocal", convertReciprocal);
  registry.add("Round", unary<nn::RoundOp>);
  registry.add("Sign", unary<nn::SignOp>);
  registry.add("Sin", unary<nn::SinOp>);
  registry.add("Sinh", unary<nn::SinhOp>);
  registry.add("Sqrt", unary<nn::SqrtOp>);
  registry.add("Sub", binary<nn::SubOp>);
  registry.add("Sum", variadic<nn::AddOp>);
  registry.add("Tan", unary<nn::TanOp>);
  registry.add("Tanh", unary<nn::TanhOp>);
}

} // namespace ds::onnx
