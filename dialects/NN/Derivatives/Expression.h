//===- Expression.h - derivatives written as formulas ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the derivative column of NNElementwise.td is written in: values with
// operators, each of which emits one nn op on whole tensors.
//
//===----------------------------------------------------------------------===//
#ifndef DS_DIALECTS_NN_DERIVATIVES_EXPRESSION_H
#define DS_DIALECTS_NN_DERIVATIVES_EXPRESSION_H

#include "dialects/NN/NN.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace ds::nn::derivatives {

/// A tensor, or a number that takes the shape of what it meets, or nothing (the
/// derivative of an operand that has none). An operator on nothing is nothing.
class Expression {
public:
  Expression() = default;
  Expression(double number) : number(number) {}
  Expression(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value)
      : b(&b), loc(loc), value(value) {}

  explicit operator bool() const { return value || number; }
  mlir::Value getValue() const { return value; }
  std::optional<double> getNumber() const { return number; }
  mlir::OpBuilder &getBuilder() const { return *b; }
  mlir::Location getLoc() const { return *loc; }

private:
  mlir::OpBuilder *b = nullptr;
  std::optional<mlir::Location> loc;
  mlir::Value value;
  std::optional<double> number;
};

/// A constant of the shape and element type of `like`.
mlir::Value numberLike(mlir::OpBuilder &b, mlir::Location loc, mlir::Value like,
                       double number);

inline Expression none() { return {}; }

Expression operator-(const Expression &x);
Expression operator+(const Expression &x, const Expression &y);
Expression operator-(const Expression &x, const Expression &y);
Expression operator*(const Expression &x, const Expression &y);
Expression operator/(const Expression &x, const Expression &y);

/// Booleans, for `select`.
Expression operator<(const Expression &x, const Expression &y);
Expression operator<=(const Expression &x, const Expression &y);
Expression operator>(const Expression &x, const Expression &y);
Expression equal(const Expression &x, const Expression &y);

/// `x` where the condition holds, else `y`; at least one of them is a tensor.
Expression select(const Expression &condition, const Expression &x,
                  const Expression &y);

Expression cos(const Expression &x);
Expression cosh(const Expression &x);
Expression exp(const Expression &x);
Expression log(const Expression &x);
Expression pow(const Expression &x, const Expression &y);
Expression rsqrt(const Expression &x);
Expression sign(const Expression &x);
Expression sin(const Expression &x);
Expression sinh(const Expression &x);
Expression sqrt(const Expression &x);
Expression trunc(const Expression &x);

/// The element type that formulas are computed in: f32 for narrower floats, as
/// the ops themselves do, else the type itself.
mlir::Type formulaType(mlir::Type element);

/// `value` with another element type; itself where it has that already.
mlir::Value castElements(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Value value, mlir::Type element);

/// Applies one row of the table: hands out the values that its formulas speak
/// of, and takes one formula per operand, in order.
class ElementwiseRule {
public:
  ElementwiseRule(mlir::Operation *op, Gradients &gradients)
      : op(op), gradients(gradients) {}

  /// Nothing where the op has no such operand. Narrow floats come widened.
  Expression operand(unsigned number);
  Expression result();
  Expression cotangent();

  /// The formula of the next operand; emitted only when somebody wants it.
  ElementwiseRule &next(llvm::function_ref<Expression()> formula);
  llvm::LogicalResult done() { return mlir::success(); }

private:
  Expression use(mlir::Value value);

  mlir::Operation *op;
  Gradients &gradients;
  unsigned number = 0;
};

} // namespace ds::nn::derivatives

#endif // DS_DIALECTS_NN_DERIVATIVES_EXPRESSION_H
