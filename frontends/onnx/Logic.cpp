//===- Logic.cpp - comparisons, truth values and bits
//----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Elementwise.h"

#include <limits>

using namespace mlir;

namespace ds::onnx {

template <nn::ComparePredicate predicate>
static LogicalResult comparison(NodeContext &n) {
  FailureOr<SmallVector<Value>> operands = binaryOperands(n);
  if (failed(operands))
    return failure();
  return n.set(n.g.compare(predicate, (*operands)[0], (*operands)[1]));
}

/// Shifts are of unsigned integers only.
static LogicalResult convertBitShift(NodeContext &n) {
  std::string direction = n.attrString("direction");
  if (direction == "LEFT")
    return binary<nn::ShiftLeftOp>(n);
  if (direction == "RIGHT")
    return binary<nn::ShiftRightOp>(n);
  return n.error("attribute \"direction\" is \"" + direction +
                 "\", expected \"LEFT\" or \"RIGHT\"");
}

/// Floats narrower than 16 bits are tested as f32, which has all their values.
static Value widenNarrow(GraphBuilder &g, Value x) {
  return GraphBuilder::elementOf(x).getIntOrFloatBitWidth() < 16
             ? g.cast(x, g.b.getF32Type())
             : x;
}

static LogicalResult convertIsNaN(NodeContext &n) {
  return n.set(n.g.emit<nn::IsNanOp>(widenNarrow(n.g, n.input(0))));
}

static LogicalResult convertIsInf(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = widenNarrow(g, n.input(0));
  bool negative = n.attrInt("detect_negative", 1),
       positive = n.attrInt("detect_positive", 1);
  if (negative && positive)
    return n.set(g.emit<nn::IsInfOp>(x));
  if (!negative && !positive)
    return n.set(g.makeFilled(g.dims(x), g.b.getI1Type(), 0));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return n.set(g.compare(nn::ComparePredicate::eq, x,
                         g.makeLike(x, positive ? infinity : -infinity)));
}

static LogicalResult convertWhere(NodeContext &n) {
  FailureOr<SmallVector<Value>> operands =
      n.broadcast({n.input(0), n.input(1), n.input(2)});
  if (failed(operands))
    return failure();
  return n.set(
      n.g.emit<nn::SelectOp>((*operands)[0], (*operands)[1], (*operands)[2]));
}

void registerLogic(Registry &registry) {
  registry.add("And", binary<nn::AndOp>);
  registry.add("BitShift", convertBitShift);
  registry.add("BitwiseAnd", binary<nn::AndOp>);
  registry.add("BitwiseNot", unary<nn::NotOp>);
  registry.add("BitwiseOr", binary<nn::OrOp>);
  registry.add("BitwiseXor", binary<nn::XorOp>);
  registry.add("Equal", comparison<nn::ComparePredicate::eq>);
  registry.add("Greater", comparison<nn::ComparePredicate::gt>);
  registry.add("GreaterOrEqual", comparison<nn::ComparePredicate::ge>);
  registry.add("IsInf", convertIsInf);
  registry.add("IsNaN", convertIsNaN);
  registry.add("Less", comparison<nn::ComparePredicate::lt>);
  registry.add("LessOrEqual", comparison<nn::ComparePredicate::le>);
  registry.add("Not", unary<nn::NotOp>);
  registry.add("Or", binary<nn::OrOp>);
  registry.add("Where", convertWhere);
  registry.add("Xor", binary<nn::XorOp>);
}

} // namespace ds::onnx
