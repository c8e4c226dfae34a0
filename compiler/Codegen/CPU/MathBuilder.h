//===- MathBuilder.h - arithmetic on lanes, written as formulas -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Expansions of functions are dozens of operations each. `Real` and `Mask`
// stand for a value or a vector of them and turn C++ operators into ops, so
// that a formula in the code looks like one on paper.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_MATHBUILDER_H
#define DS_COMPILER_CODEGEN_CPU_MATHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace ds {

class MathBuilder;

/// An f32 or f64, or a vector of them.
struct Real {
  mlir::Value value;
  MathBuilder *m = nullptr;
};
/// An i32 or i64 (as wide as the reals it goes with), or a vector of them.
struct Bits {
  mlir::Value value;
  MathBuilder *m = nullptr;
};
/// A bool, or a vector of them.
struct Mask {
  mlir::Value value;
  MathBuilder *m = nullptr;
};

/// Makes ops on values of one type. Every operation rounds once, as written:
/// none of the ops may be contracted.
class MathBuilder {
public:
  /// `type` is f32, f64 or a vector of one of them. Without `hasFma` a fused
  /// product is two operations.
  MathBuilder(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
              bool hasFma)
      : b(b), loc(loc), type(type), hasFma(hasFma) {}

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type;
  bool hasFma;

  mlir::FloatType element() const {
    return mlir::cast<mlir::FloatType>(mlir::getElementTypeOrSelf(type));
  }
  bool isDouble() const { return element().isF64(); }
  /// `type` with another element type.
  mlir::Type withElement(mlir::Type elementType) const {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type))
      return vector.clone(elementType);
    return elementType;
  }
  mlir::Type bitsType() const {
    return withElement(b.getIntegerType(element().getWidth()));
  }
  /// Stored bits of the significand: 23 or 52.
  int64_t fractionBits() const { return isDouble() ? 52 : 23; }
  int64_t exponentBias() const { return isDouble() ? 1023 : 127; }

  Real real(mlir::Value value) { return {value, this}; }
  Real constant(double value) {
    return {splat(b.getFloatAttr(element(), value), type), this};
  }
  Bits bits(int64_t value) {
    unsigned width = element().getWidth();
    return {splat(b.getIntegerAttr(
                      b.getIntegerType(width),
                      llvm::APInt(width, static_cast<uint64_t>(value),
                                  /*isSigned=*/true, /*implicitTrunc=*/true)),
                  bitsType()),
            this};
  }
  Bits toBits(Real x) {
    return {mlir::arith::BitcastOp::create(b, loc, bitsType(), x.value), this};
  }
  Real fromBits(Bits x) {
    return {mlir::arith::BitcastOp::create(b, loc, type, x.value), this};
  }

  Mask compare(mlir::arith::CmpFPredicate predicate, Real x, Real y) {
    return {mlir::arith::CmpFOp::create(b, loc, predicate, x.value, y.value),
            this};
  }
  Real select(Mask condition, Real onTrue, Real onFalse) {
    return {mlir::arith::SelectOp::create(b, loc, condition.value, onTrue.value,
                                          onFalse.value),
            this};
  }
  Real select(Mask condition, double onTrue, Real onFalse) {
    return select(condition, constant(onTrue), onFalse);
  }

  /// x * y + z, rounded once where the CPU can; only for sums whose last bit
  /// does not matter.
  Real fma(Real x, Real y, Real z) {
    if (hasFma)
      return {mlir::math::FmaOp::create(b, loc, x.value, y.value, z.value),
              this};
    return {mlir::arith::AddFOp::create(
                b, loc, mlir::arith::MulFOp::create(b, loc, x.value, y.value),
                z.value),
            this};
  }
  /// x * y - product, exactly, for the rounded product of both.
  Real productError(Real x, Real y, Real product);
  /// x - n * y for an integer n with a result that needs no rounding.
  Real exactRemainder(Real x, Real n, Real y);

  Real abs(Real x) {
    return {mlir::math::AbsFOp::create(b, loc, x.value), this};
  }
  Real sqrt(Real x) {
    return {mlir::math::SqrtOp::create(b, loc, x.value), this};
  }
  Real floor(Real x) {
    return {mlir::math::FloorOp::create(b, loc, x.value), this};
  }
  Real trunc(Real x) {
    return {mlir::math::TruncOp::create(b, loc, x.value), this};
  }
  /// The magnitude of x with the sign of y.
  Real copySign(Real x, Real y) {
    return {mlir::math::CopySignOp::create(b, loc, x.value, y.value), this};
  }

  /// A polynomial, the lowest power first.
  Real polynomial(llvm::ArrayRef<double> coefficients, Real x) {
    Real sum = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }

  /// A number so large that its last bit counts ones: a real of modest size
  /// added to it is rounded to an integer, whose value is in the low bits.
  double roundingNumber() const { return isDouble() ? 0x1.8p52 : 0x1.8p23; }
  /// 2 to the power of an integer to which `roundingNumber` was added; it must
  /// be a normal number.
  Real powerOfTwo(Real shifted);

  /// Values for the lanes where `isRare` holds, from a scalar call for each of
  /// them; `usual` elsewhere. The branch is taken only if a lane needs it.
  /// `emitCall` makes the results, of the types of `usual`, for a lane's
  /// arguments.
  llvm::SmallVector<mlir::Value>
  rareLanes(Mask isRare, mlir::ValueRange usual, mlir::ValueRange arguments,
            llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &,
                                                              mlir::ValueRange)>
                emitCall);

private:
  mlir::Value splat(mlir::TypedAttr value, mlir::Type as) {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(as))
      return mlir::arith::ConstantOp::create(
          b, loc, mlir::DenseElementsAttr::get(vector, mlir::Attribute(value)));
    return mlir::arith::ConstantOp::create(b, loc, value);
  }
};

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

#define DS_REAL_OPERATOR(symbol, op)                                           \
  inline Real operator symbol(Real x, Real y) {                                \
    return {mlir::arith::op::create(x.m->b, x.m->loc, x.value, y.value), x.m}; \
  }                                                                            \
  inline Real operator symbol(Real x, double y) {                              \
    return x symbol x.m->constant(y);                                          \
  }                                                                            \
  inline Real operator symbol(double x, Real y) {                              \
    return y.m->constant(x) symbol y;                                          \
  }
DS_REAL_OPERATOR(+, AddFOp)
DS_REAL_OPERATOR(-, SubFOp)
DS_REAL_OPERATOR(*, MulFOp)
DS_REAL_OPERATOR(/, DivFOp)
#undef DS_REAL_OPERATOR

inline Real operator-(Real x) {
  return {mlir::arith::NegFOp::create(x.m->b, x.m->loc, x.value), x.m};
}

/// Comparisons are false with a NaN.
#define DS_REAL_COMPARISON(symbol, predicate)                                  \
  inline Mask operator symbol(Real x, Real y) {                                \
    return x.m->compare(mlir::arith::CmpFPredicate::predicate, x, y);          \
  }                                                                            \
  inline Mask operator symbol(Real x, double y) {                              \
    return x symbol x.m->constant(y);                                          \
  }
DS_REAL_COMPARISON(<, OLT)
DS_REAL_COMPARISON(<=, OLE)
DS_REAL_COMPARISON(>, OGT)
DS_REAL_COMPARISON(>=, OGE)
DS_REAL_COMPARISON(==, OEQ)
#undef DS_REAL_COMPARISON

#define DS_BITS_OPERATOR(symbol, op)                                           \
  inline Bits operator symbol(Bits x, Bits y) {                                \
    return {mlir::arith::op::create(x.m->b, x.m->loc, x.value, y.value), x.m}; \
  }                                                                            \
  inline Bits operator symbol(Bits x, int64_t y) {                             \
    return x symbol x.m->bits(y);                                              \
  }
DS_BITS_OPERATOR(+, AddIOp)
DS_BITS_OPERATOR(-, SubIOp)
DS_BITS_OPERATOR(&, AndIOp)
DS_BITS_OPERATOR(|, OrIOp)
DS_BITS_OPERATOR(<<, ShLIOp)
/// Zeros move in.
DS_BITS_OPERATOR(>>, ShRUIOp)
#undef DS_BITS_OPERATOR

inline Mask operator==(Bits x, int64_t y) {
  return {mlir::arith::CmpIOp::create(x.m->b, x.m->loc,
                                      mlir::arith::CmpIPredicate::eq, x.value,
                                      x.m->bits(y).value),
          x.m};
}
/// As signed numbers.
inline Mask operator<(Bits x, int64_t y) {
  return {mlir::arith::CmpIOp::create(x.m->b, x.m->loc,
                                      mlir::arith::CmpIPredicate::slt, x.value,
                                      x.m->bits(y).value),
          x.m};
}

inline Mask operator&(Mask x, Mask y) {
  return {mlir::arith::AndIOp::create(x.m->b, x.m->loc, x.value, y.value), x.m};
}
inline Mask operator|(Mask x, Mask y) {
  return {mlir::arith::OrIOp::create(x.m->b, x.m->loc, x.value, y.value), x.m};
}

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_MATHBUILDER_H
