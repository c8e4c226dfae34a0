//===- Expression.cpp - derivatives written as formulas -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Expression.h"

#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;
using namespace ds::nn::derivatives;

Value derivatives::numberLike(OpBuilder &b, Location loc, Value like,
                              double number) {
  RankedTensorType type = tensorTypeOf(like);
  Scalar scalar = isa<FloatType>(type.getElementType())
                      ? Scalar::fromDouble(number)
                      : Scalar::fromInt(static_cast<int64_t>(number));
  if (type.hasStaticShape())
    return createSplat(b, loc, type, scalar);
  Value one = createSplat(
      b, loc, RankedTensorType::get({}, type.getElementType()), scalar);
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, loc, sizeOf(b, loc, like, dim)));
  return BroadcastOp::create(b, loc, type, one, sizes, ArrayRef<int64_t>());
}

/// `x` as a tensor beside `like`, in its shape: what is known of one shape at
/// compile time may differ.
static Value tensorOf(const Expression &x, const Expression &like) {
  if (Value value = x.getValue()) {
    auto type = tensorTypeOf(like.getValue()).clone(elementTypeOf(value));
    if (value.getType() == type)
      return value;
    return tensor::CastOp::create(like.getBuilder(), like.getLoc(), type,
                                  value);
  }
  return numberLike(like.getBuilder(), like.getLoc(), like.getValue(),
                    *x.getNumber());
}

template <typename Op>
static Expression unary(const Expression &x) {
  if (!x.getValue())
    return {};
  OpBuilder &b = x.getBuilder();
  return {b, x.getLoc(), Op::create(b, x.getLoc(), x.getValue())};
}

template <typename Op>
static Expression binary(const Expression &x, const Expression &y) {
  if (!x || !y)
    return {};
  const Expression &like = x.getValue() ? x : y;
  assert(like.getValue() && "two numbers are no formula");
  OpBuilder &b = like.getBuilder();
  Location loc = like.getLoc();
  Value lhs = tensorOf(x, like), rhs = tensorOf(y, like);
  return {b, loc, Op::create(b, loc, lhs, rhs)};
}

static Expression compare(ComparePredicate predicate, const Expression &x,
                          const Expression &y) {
  if (!x || !y)
    return {};
  const Expression &like = x.getValue() ? x : y;
  OpBuilder &b = like.getBuilder();
  Location loc = like.getLoc();
  Value lhs = tensorOf(x, like), rhs = tensorOf(y, like);
  return {b, loc, CompareOp::create(b, loc, predicate, lhs, rhs)};
}

namespace ds::nn::derivatives {

Expression operator-(const Expression &x) { return unary<NegOp>(x); }
Expression operator+(const Expression &x, const Expression &y) {
  return binary<AddOp>(x, y);
}
Expression operator-(const Expression &x, const Expression &y) {
  return binary<SubOp>(x, y);
}
Expression operator*(const Expression &x, const Expression &y) {
  return binary<MulOp>(x, y);
}
Expression operator/(const Expression &x, const Expression &y) {
  return binary<DivOp>(x, y);
}

Expression operator<(const Expression &x, const Expression &y) {
  return compare(ComparePredicate::lt, x, y);
}
Expression operator<=(const Expression &x, const Expression &y) {
  return compare(ComparePredicate::le, x, y);
}
Expression operator>(const Expression &x, const Expression &y) {
  return compare(ComparePredicate::gt, x, y);
}
Expression equal(const Expression &x, const Expression &y) {
  return compare(ComparePredicate::eq, x, y);
}

Expression select(const Expression &condition, const Expression &x,
                  const Expression &y) {
  if (!condition || !x || !y)
    return {};
  const Expression &like = x.getValue() ? x : y;
  OpBuilder &b = like.getBuilder();
  Location loc = like.getLoc();
  Value onTrue = tensorOf(x, like), onFalse = tensorOf(y, like);
  return {b, loc,
          SelectOp::create(b, loc, onTrue.getType(), tensorOf(condition, like),
                           onTrue, onFalse)};
}

Expression cos(const Expression &x) { return unary<CosOp>(x); }
Expression cosh(const Expression &x) { return unary<CoshOp>(x); }
Expression exp(const Expression &x) { return unary<ExpOp>(x); }
Expression log(const Expression &x) { return unary<LogOp>(x); }
Expression pow(const Expression &x, const Expression &y) {
  return binary<PowOp>(x, y);
}
Expression rsqrt(const Expression &x) { return unary<RsqrtOp>(x); }
Expression sign(const Expression &x) { return unary<SignOp>(x); }
Expression sin(const Expression &x) { return unary<SinOp>(x); }
Expression sinh(const Expression &x) { return unary<SinhOp>(x); }
Expression sqrt(const Expression &x) { return unary<SqrtOp>(x); }
Expression trunc(const Expression &x) { return unary<TruncOp>(x); }

Type formulaType(Type element) {
  auto type = dyn_cast<FloatType>(element);
  return type && type.getWidth() < 32 ? Float32Type::get(type.getContext())
                                      : element;
}

Value castElements(OpBuilder &b, Location loc, Value value, Type element) {
  if (elementTypeOf(value) == element)
    return value;
  return CastOp::create(b, loc, value, element);
}

Expression ElementwiseRule::use(Value value) {
  OpBuilder &b = gradients.b;
  Type element = elementTypeOf(value);
  return {b, gradients.loc,
          castElements(b, gradients.loc, value, formulaType(element))};
}

Expression ElementwiseRule::operand(unsigned number) {
  return number < op->getNumOperands() ? use(op->getOperand(number))
                                       : Expression();
}

Expression ElementwiseRule::result() { return use(op->getResult(0)); }

Expression ElementwiseRule::cotangent() {
  return use(gradients.cotangentOf(op->getResult(0)));
}

ElementwiseRule &
ElementwiseRule::next(llvm::function_ref<Expression()> formula) {
  Value operand = op->getOperand(number++);
  if (!gradients.isWanted(operand))
    return *this;
  Expression gradient = formula();
  if (gradient.getValue())
    gradients.add(operand,
                  castElements(gradients.b, gradients.loc, gradient.getValue(),
                               elementTypeOf(operand)));
  return *this;
}

} // namespace ds::nn::derivatives
