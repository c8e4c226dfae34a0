//===- NNElementwise.td - the table of elementwise ops ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One row per op: mnemonic, summary, the scalar code (arith and math ops, `x y z` are the operands, `b loc` the builder),
// the reference on one element and the derivative. Everything else (type inference, shapes, lowering, fusion, evaluation,
// folding, gradients) follows from the interfaces.
//
// The derivative is one expression per operand: its cotangent in terms of the operands `x y z`, the result `r` and the
// cotangent `g` of the result (Derivatives/Expression.h has the functions). `none()` is for an operand that never has one (a
// condition). `NN_ZeroGradient` says that it is zero wherever it exists, `NN_NoGradient` that there is none: ops whose results
// are integers or booleans, and reinterpreted bits.
//
//===----------------------------------------------------------------------===//
#ifndef DS_DIALECTS_NN_NNELEMENTWISE_TD
#define DS_DIALECTS_NN_NNELEMENTWISE_TD

include "dialects/NN/NNBase.td"

class NN_Gradient<string rule, bit isZero = 0> {
  string statements = rule;
  bit zero = isZero;
}
class NN_Derivative<list<string> expressions>
    : NN_Gradient<"return rule" # !foldl("", expressions, rule, expression,
        rule # "\n.next([&]() -> Expression { return " # expression # "; })") # ".done();">;
def NN_ZeroGradient : NN_Gradient<"return ::mlir::success();", 1>;
def NN_NoGradient : NN_Gradient<"return ::mlir::failure();">;

class NN_Elementwise<string mnemonic, string text, code emit, code reference, NN_Gradient gradient, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([NN_OneShape, DeclareOpInterfaceMethods<DS_ElementwiseOpInterface>, NN_Reify,
            DeclareOpInterfaceMethods<DS_DifferentiableOpInterface, ["hasZeroGradient"]>], traits)> {
  let summary = text;
  let extraClassDefinition = [{
    ::mlir::Value $cppClass::emitScalar(::mlir::OpBuilder &b, ::mlir::Location loc, ::mlir::ValueRange args) {
      using namespace ::mlir;
      [[maybe_unused]] Value x = args[0], y = args.size() > 1 ? args[1] : Value(), z = args.size() > 2 ? args[2] : Value();
      [[maybe_unused]] Type type = elementTypeOf(getOperation()->getOperand(0));
      }] # emit # [{
    }
    ::ds::Scalar $cppClass::evaluateScalar(::llvm::ArrayRef<::ds::Scalar> args) {
      [[maybe_unused]] Scalar x = args[0], y = args.size() > 1 ? args[1] : Scalar(), z = args.size() > 2 ? args[2] : Scalar();
      [[maybe_unused]] ::mlir::Type type = elementTypeOf(getOperation()->getOperand(0));
      }] # reference # [{
    }
    ::llvm::LogicalResult $cppClass::emitGradients(::ds::Gradients &gradients) {
      using namespace ::ds::nn::derivatives;
      [[maybe_unused]] ElementwiseRule rule(getOperation(), gradients);
      [[maybe_unused]] Expression x = rule.operand(0), y = rule.operand(1), z = rule.operand(2), r = rule.result(),
          g = rule.cotangent();
      }] # gradient.statements # [{
    }
    bool $cppClass::hasZeroGradient() { return }] # gradient.zero # [{; }
    ::llvm::LogicalResult $cppClass::reifyResultShapes(::mlir::OpBuilder &b, ::mlir::ReifiedRankedShapedTypeDims &dims) {
      return reifyPassedOn(b, getOperation(), dims);
    }
  }];
}

/// Operand and result of one type.
class NN_Unary<string mnemonic, string text, Type operand, code emit, code reference, NN_Gradient gradient,
               string example = "f32">
    : NN_Elementwise<mnemonic, text, emit, reference, gradient, [SameOperandsAndResultType]> {
  let description = text # [{.

    ```mlir
    func.func @f(%x: tensor<2x?x}] # example # [{>) -> tensor<2x?x}] # example # [{> {
      %0 = nn.}] # mnemonic # [{ %x : tensor<2x?x}] # example # [{>
      return %0 : tensor<2x?x}] # example # [{>
    }
    ```
  }];
  let arguments = (ins operand:$operand);
  let results = (outs operand:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}
class NN_UnaryFloat<string mnemonic, string text, code emit, code reference, string derivative>
    : NN_Unary<mnemonic, text, NN_FloatTensor, emit, "return Scalar::fromDouble(" # reference # ");",
               NN_Derivative<[derivative]>>;
/// The row of a function that math has under the same name.
class NN_UnaryMath<string mnemonic, string text, string mathOp, string function, string derivative>
    : NN_UnaryFloat<mnemonic, text, "return ::mlir::math::" # mathOp # "::create(b, loc, x);", function # "(x.f)", derivative>;
/// The same for a step function.
class NN_Rounding<string mnemonic, string text, string mathOp, string function>
    : NN_Unary<mnemonic, text, NN_FloatTensor, "return ::mlir::math::" # mathOp # "::create(b, loc, x);",
               "return Scalar::fromDouble(" # function # "(x.f));", NN_ZeroGradient>;

/// Float to bool.
class NN_Test<string mnemonic, string text, code emit, code reference>
    : NN_Elementwise<mnemonic, text, emit, reference, NN_NoGradient, [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let description = text # [{.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xi1> {
      %0 = nn.}] # mnemonic # [{ %x : tensor<4xf32> -> tensor<4xi1>
      return %0 : tensor<4xi1>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$operand);
  let results = (outs NN_BoolTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
}

class NN_Binary<string mnemonic, string text, Type operand, code emit, code reference, NN_Gradient gradient,
                list<Trait> traits = [], string example = "f32">
    : NN_Elementwise<mnemonic, text, emit, reference, gradient, !listconcat([SameOperandsAndResultType], traits)> {
  let description = text # [{.

    ```mlir
    func.func @f(%x: tensor<2x?x}] # example # [{>, %y: tensor<2x?x}] # example # [{>) -> tensor<2x?x}] # example # [{> {
      %0 = nn.}] # mnemonic # [{ %x, %y : tensor<2x?x}] # example # [{>
      return %0 : tensor<2x?x}] # example # [{>
    }
    ```
  }];
  let arguments = (ins operand:$lhs, operand:$rhs);
  let results = (outs operand:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

def NN_AbsOp : NN_Unary<"abs", "absolute value; the lowest signed integer stays itself", NN_NumberTensor, [{
  if (isFloat(type)) return math::AbsFOp::create(b, loc, x);
  return type.isUnsignedInteger() ? x : Value(math::AbsIOp::create(b, loc, x));
}], [{ return x.isFloat ? Scalar::fromDouble(std::fabs(x.f))
    : Scalar::fromInt(x.i < 0 && !type.isUnsignedInteger() ? static_cast<int64_t>(-x.u()) : x.i); }],
  NN_Derivative<["g * sign(x)"]>>;
def NN_NegOp : NN_Unary<"neg", "negation; integers wrap", NN_NumberTensor, [{
  if (isFloat(type)) return arith::NegFOp::create(b, loc, x);
  return arith::SubIOp::create(b, loc, zeroLike(b, loc, x), x);
}], [{ return x.isFloat ? Scalar::fromDouble(-x.f) : Scalar::fromInt(static_cast<int64_t>(-x.u())); }],
  NN_Derivative<["-g"]>>;
def NN_SignOp : NN_Unary<"sign", "-1, 0 or 1 by the sign; NaN stays NaN", NN_NumberTensor, [{
  return emitSign(b, loc, type, x);
}], [{ if (x.isFloat) return std::isnan(x.f) ? x : Scalar::fromDouble((x.f > 0) - (x.f < 0));
  return Scalar::fromInt(type.isUnsignedInteger() ? x.u() != 0 : (x.i > 0) - (x.i < 0)); }], NN_ZeroGradient>;
def NN_NotOp : NN_Unary<"not", "complement of every bit", NN_IntegerTensor, [{
  return arith::XOrIOp::create(b, loc, x, constantLike(b, loc, x, -1));
}], [{ return Scalar::fromInt(type.isInteger(1) ? !x.i : ~x.i); }], NN_NoGradient, "i1">;

def NN_CeilOp  : NN_Rounding<"ceil", "smallest integer not below", "CeilOp", "std::ceil">;
def NN_FloorOp : NN_Rounding<"floor", "largest integer not above", "FloorOp", "std::floor">;
def NN_RoundOp : NN_Rounding<"round", "nearest integer, halves to even", "RoundEvenOp", "std::nearbyint">;
def NN_TruncOp : NN_Rounding<"trunc", "integer part, towards zero", "TruncOp", "std::trunc">;
def NN_SqrtOp  : NN_UnaryMath<"sqrt", "square root; NaN below zero", "SqrtOp", "std::sqrt", "g * 0.5 / r">;
def NN_RsqrtOp : NN_UnaryMath<"rsqrt", "reciprocal of the square root", "RsqrtOp", "1.0 / std::sqrt", "g * -0.5 * (r / x)">;
def NN_ExpOp   : NN_UnaryMath<"exp", "e to the power of", "ExpOp", "std::exp", "g * r">;
def NN_Expm1Op : NN_UnaryMath<"expm1", "e to the power of, minus 1, accurate near 0", "ExpM1Op", "std::expm1", "g * (r + 1.0)">;
def NN_LogOp   : NN_UnaryMath<"log", "natural logarithm", "LogOp", "std::log", "g / x">;
def NN_Log1pOp : NN_UnaryMath<"log1p", "natural logarithm of 1 plus, accurate near 0", "Log1pOp", "std::log1p", "g / (x + 1.0)">;
def NN_SinOp   : NN_UnaryMath<"sin", "sine", "SinOp", "std::sin", "g * cos(x)">;
def NN_CosOp   : NN_UnaryMath<"cos", "cosine", "CosOp", "std::cos", "g * -sin(x)">;
def NN_TanOp   : NN_UnaryMath<"tan", "tangent", "TanOp", "std::tan", "g * (r * r + 1.0)">;
def NN_AsinOp  : NN_UnaryMath<"asin", "inverse sine", "AsinOp", "std::asin", "g * rsqrt(1.0 - x * x)">;
def NN_AcosOp  : NN_UnaryMath<"acos", "inverse cosine", "AcosOp", "std::acos", "g * -rsqrt(1.0 - x * x)">;
def NN_AtanOp  : NN_UnaryMath<"atan", "inverse tangent", "AtanOp", "std::atan", "g / (x * x + 1.0)">;
def NN_SinhOp  : NN_UnaryMath<"sinh", "hyperbolic sine", "SinhOp", "std::sinh", "g * cosh(x)">;
def NN_CoshOp  : NN_UnaryMath<"cosh", "hyperbolic cosine", "CoshOp", "std::cosh", "g * sinh(x)">;
def NN_TanhOp  : NN_UnaryMath<"tanh", "hyperbolic tangent", "TanhOp", "std::tanh", "g * (1.0 - r * r)">;
def NN_AsinhOp : NN_UnaryMath<"asinh", "inverse hyperbolic sine", "AsinhOp", "std::asinh", "g * rsqrt(x * x + 1.0)">;
def NN_AcoshOp : NN_UnaryMath<"acosh", "inverse hyperbolic cosine", "AcoshOp", "std::acosh", "g * rsqrt(x * x - 1.0)">;
def NN_AtanhOp : NN_UnaryMath<"atanh", "inverse hyperbolic tangent", "AtanhOp", "std::atanh", "g / (1.0 - x * x)">;
def NN_ErfOp   : NN_UnaryMath<"erf", "Gauss error function", "ErfOp", "std::erf", "g * exp(-(x * x)) * 1.1283791670955126">;
def NN_SigmoidOp : NN_UnaryFloat<"sigmoid", "1 / (1 + exp(-x)), without overflow", [{
  return emitSigmoid(b, loc, x);
}], "1.0 / (1.0 + std::exp(-x.f))", "g * (r * (1.0 - r))">;

/// A row of its own beside nn.max: its derivative at 0 is 0, not one half.
def NN_ReluOp : NN_Unary<"relu", "the element where it is positive, else 0; NaN stays NaN", NN_NumberTensor, [{
  return emitRelu(b, loc, type, x);
}], [{ if (x.isFloat) return std::isnan(x.f) ? x : Scalar::fromDouble(x.f > 0 ? x.f : 0);
  return type.isUnsignedInteger() || x.i > 0 ? x : Scalar::fromInt(0); }],
  NN_Derivative<["select(r <= 0.0, 0.0, g)"]>>;

def NN_IsNanOp : NN_Test<"is_nan", "true where the element is NaN", [{
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
}], [{ return Scalar::fromInt(std::isnan(x.f)); }]>;
def NN_IsInfOp : NN_Test<"is_inf", "true where the element is an infinity of either sign", [{
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, math::AbsFOp::create(b, loc, x), infinityLike(b, loc, x));
}], [{ return Scalar::fromInt(std::isinf(x.f)); }]>;

//===----------------------------------------------------------------------===//
// Binary. Float max and min return NaN when either side is NaN.
//===----------------------------------------------------------------------===//

class NN_Arithmetic<string mnemonic, string text, string floatOp, string intOp, string op, list<string> derivative,
                    list<Trait> traits = []>
    : NN_Binary<mnemonic, text, NN_NumberTensor,
        "if (isFloat(type)) return arith::" # floatOp # "::create(b, loc, x, y);\n"
        "return arith::" # intOp # "::create(b, loc, x, y);",
        "return x.isFloat ? Scalar::fromDouble(x.f " # op # " y.f)"
        " : Scalar::fromInt(static_cast<int64_t>(x.u() " # op # " y.u()));", NN_Derivative<derivative>, traits>;
def NN_AddOp : NN_Arithmetic<"add", "sum; integers wrap", "AddFOp", "AddIOp", "+", ["g", "g"], [Commutative]>;
def NN_SubOp : NN_Arithmetic<"sub", "difference; integers wrap", "SubFOp", "SubIOp", "-", ["g", "-g"]>;
def NN_MulOp : NN_Arithmetic<"mul", "product; integers wrap", "MulFOp", "MulIOp", "*", ["g * y", "g * x"], [Commutative]>;
def NN_DivOp : NN_Binary<"div", "quotient; integers truncate towards zero, and division by zero yields 0",
  NN_NumberTensor, [{ return emitDivision(b, loc, type, x, y); }], [{
  if (x.isFloat) return Scalar::fromDouble(x.f / y.f);
  if (y.i == 0) return Scalar::fromInt(0);
  if (type.isUnsignedInteger()) return Scalar::fromInt(static_cast<int64_t>(x.u() / y.u()));
  return Scalar::fromInt(y.i == -1 ? static_cast<int64_t>(-x.u()) : x.i / y.i);
}], NN_Derivative<["g / y", "-g * (r / y)"]>>;
def NN_RemOp : NN_Binary<"rem", "remainder with the sign of the dividend (C's fmod); of division by zero 0 for integers",
  NN_NumberTensor, [{ return emitRemainder(b, loc, type, x, y); }], [{
  if (x.isFloat) return Scalar::fromDouble(std::fmod(x.f, y.f));
  if (y.i == 0 || y.i == -1) return type.isUnsignedInteger() && y.i ? Scalar::fromInt(static_cast<int64_t>(x.u() % y.u())) : Scalar::fromInt(0);
  return Scalar::fromInt(type.isUnsignedInteger() ? static_cast<int64_t>(x.u() % y.u()) : x.i % y.i);
}], NN_Derivative<["g", "-g * trunc(x / y)"]>>;
def NN_PowOp : NN_Binary<"pow", "power; integers by repeated multiplication, a negative exponent yields 0 unless the base is 1 or -1",
  NN_NumberTensor, [{ return emitPower(b, loc, type, x, y); }], [{ return evaluatePower(type, x, y); }],
  // 0 where a factor is 0, whatever the other would be.
  NN_Derivative<["select(equal(y, 0.0), 0.0, g * (y * pow(x, y - 1.0)))",
                 "select(equal(x, 0.0), select(y < 0.0, g * (r * log(x)), 0.0), g * (r * log(x)))"]>>;
def NN_Atan2Op : NN_Binary<"atan2", "angle of the point (rhs, lhs)", NN_FloatTensor, [{
  return math::Atan2Op::create(b, loc, x, y); }], [{ return Scalar::fromDouble(std::atan2(x.f, y.f)); }],
  NN_Derivative<["g * (y / (x * x + y * y))", "-g * (x / (x * x + y * y))"]>>;
def NN_MaxOp : NN_Binary<"max", "larger element", NN_NumberTensor, [{
  if (isFloat(type)) return arith::MaximumFOp::create(b, loc, x, y);
  if (isUnsigned(type)) return arith::MaxUIOp::create(b, loc, x, y);
  return arith::MaxSIOp::create(b, loc, x, y);
}], [{ if (x.isFloat) return Scalar::fromDouble(std::isnan(x.f) || std::isnan(y.f) ? std::nan("") : std::fmax(x.f, y.f));
  return (isUnsigned(type) ? x.u() > y.u() : x.i > y.i) ? x : y; }],
  // Of equal elements each gets half.
  NN_Derivative<["select(x < y, 0.0, select(equal(x, y), g * 0.5, g))", "select(y < x, 0.0, select(equal(x, y), g * 0.5, g))"]>, [Commutative]>;
def NN_MinOp : NN_Binary<"min", "smaller element", NN_NumberTensor, [{
  if (isFloat(type)) return arith::MinimumFOp::create(b, loc, x, y);
  if (isUnsigned(type)) return arith::MinUIOp::create(b, loc, x, y);
  return arith::MinSIOp::create(b, loc, x, y);
}], [{ if (x.isFloat) return Scalar::fromDouble(std::isnan(x.f) || std::isnan(y.f) ? std::nan("") : std::fmin(x.f, y.f));
  return (isUnsigned(type) ? x.u() < y.u() : x.i < y.i) ? x : y; }],
  // Of equal elements each gets half.
  NN_Derivative<["select(x > y, 0.0, select(equal(x, y), g * 0.5, g))", "select(y > x, 0.0, select(equal(x, y), g * 0.5, g))"]>, [Commutative]>;
class NN_Bitwise<string mnemonic, string text, string arithOp, string op>
    : NN_Binary<mnemonic, text, NN_IntegerTensor, "return arith::" # arithOp # "::create(b, loc, x, y);",
                "return Scalar::fromInt(x.i " # op # " y.i);", NN_NoGradient, [Commutative], "i8">;
def NN_AndOp : NN_Bitwise<"and", "bitwise and", "AndIOp", "&">;
def NN_OrOp  : NN_Bitwise<"or", "bitwise or", "OrIOp", "|">;
def NN_XorOp : NN_Bitwise<"xor", "bitwise exclusive or", "XOrIOp", "^">;
def NN_ShiftLeftOp : NN_Binary<"shift_left", "bits moved up; 0 when the amount is the width or more", NN_IntegerTensor,
  [{ return emitShift(b, loc, type, x, y, /*left=*/true); }],
  [{ return Scalar::fromInt(y.u() >= type.getIntOrFloatBitWidth() ? 0 : static_cast<int64_t>(x.u() << y.u())); }],
  NN_NoGradient, [], "ui8">;
def NN_ShiftRightOp : NN_Binary<"shift_right", "bits moved down, zeros moved in; 0 when the amount is the width or more",
  NN_IntegerTensor, [{ return emitShift(b, loc, type, x, y, /*left=*/false); }], [{
  unsigned width = type.getIntOrFloatBitWidth();
  uint64_t bits = width < 64 ? x.u() & ((uint64_t{1} << width) - 1) : x.u();
  return Scalar::fromInt(y.u() >= width ? 0 : static_cast<int64_t>(bits >> y.u())); }], NN_NoGradient, [], "ui8">;

//===----------------------------------------------------------------------===//
// Other forms
//===----------------------------------------------------------------------===//

def NN_CompareOp : NN_Elementwise<"compare", "compare two elements", [{
  return emitCompare(b, loc, type, getPredicate(), x, y);
}], [{ return Scalar::fromInt(evaluateCompare(type, getPredicate(), x, y)); }], NN_NoGradient,
  [AllTypesMatch<["lhs", "rhs"]>, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let description = [{
    True where the relation holds. With a NaN only `ne` holds.

    ```mlir
    func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xi1> {
      %0 = nn.compare lt %x, %y : tensor<4xf32> -> tensor<4xi1>
      return %0 : tensor<4xi1>
    }
    ```

    C1: both operands have one type.
  }];
  let arguments = (ins NN_ComparePredicateAttr:$predicate, NN_NumberTensor:$lhs, NN_NumberTensor:$rhs);
  let results = (outs NN_BoolTensor:$result);
  let assemblyFormat = "custom<BareEnum>($predicate) $lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def NN_ClipOp : NN_Elementwise<"clip", "bring into an interval", [{
  return emitClip(b, loc, type, x, y, z);
}], [{ if (x.isFloat) {
    if (std::isnan(x.f) || std::isnan(y.f) || std::isnan(z.f)) return Scalar::fromDouble(std::nan(""));
    return Scalar::fromDouble(std::fmin(std::fmax(x.f, y.f), z.f));
  }
  auto less = [&](Scalar a, Scalar b) { return isUnsigned(type) ? a.u() < b.u() : a.i < b.i; };
  Scalar raised = less(x, y) ? y : x;
  return less(z, raised) ? z : raised; }],
  NN_Derivative<["select(x < y, 0.0, select(x > z, 0.0, g))", "select(x < y, select(y < z, g, 0.0), 0.0)",
                 "select(x > z, g, select(y > z, g, 0.0))"]>, [SameOperandsAndResultType]> {
  let description = [{
    min(max(operand, low), high), NaN where any of them is NaN. The derivative is 1 on the interval, its ends included: that
    is why it is not spelt with nn.max and nn.min.

    ```mlir
    func.func @f(%x: tensor<4xf32>, %low: tensor<4xf32>, %high: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.clip %x, %low, %high : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins NN_NumberTensor:$operand, NN_NumberTensor:$low, NN_NumberTensor:$high);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$operand `,` $low `,` $high attr-dict `:` type($result)";
}

def NN_SelectOp : NN_Elementwise<"select", "choose between two elements", [{
  return arith::SelectOp::create(b, loc, x, y, z);
}], [{ return x.i ? y : z; }], NN_Derivative<["none()", "select(x, g, 0.0)", "select(x, 0.0, g)"]>,
  [AllTypesMatch<["on_true", "on_false", "result"]>]> {
  let description = [{
    `on_true` where the condition holds, `on_false` elsewhere.

    ```mlir
    func.func @f(%c: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.select %c, %x, %y : tensor<4xi1>, tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```

    C1: `on_true` and `on_false` have the result's type.
  }];
  let arguments = (ins NN_BoolTensor:$condition, NN_Tensor:$on_true, NN_Tensor:$on_false);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$condition `,` $on_true `,` $on_false attr-dict `:` type($condition) `,` type($result)";
  let hasFolder = 1;
}

def NN_CastOp : NN_Elementwise<"cast", "convert elements to another type", [{
  return emitCast(b, loc, type, elementTypeOf(getResult()), getSaturate(), getScaleRound(), x);
}], [{ return evaluateCast(type, elementTypeOf(getResult()), getSaturate(), getScaleRound(), x); }],
  NN_Derivative<["g"]>> {
  let description = [{
    Floats round to nearest even; float to integer truncates towards zero, and what does not fit saturates (NaN becomes
    0); integers wrap; to bool means "is not zero"; to the same type changes nothing. To an 8-bit or narrower float,
    `saturate` decides what happens to values beyond the largest finite one: the largest finite value (the default), or
    infinity, or NaN where the type has no infinity. f4E2M1FN has neither, so it always saturates, and NaN becomes a zero of
    the other sign (what ml_dtypes does).

    f8E8M0FNU has powers of two only. The sign is dropped, and `scale_round` says what happens between two of them: the
    upper one (the default), the lower one, or the nearer one and on a tie the upper. `saturate` clamps to its range, zero and
    infinity included; without it what lies outside becomes NaN.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xi32> {
      %0 = nn.cast %x : tensor<4xf32> -> tensor<4xi32>
      return %0 : tensor<4xi32>
    }
    ```
  }];
  let arguments = (ins NN_NumberTensor:$operand, DefaultValuedAttr<BoolAttr, "true">:$saturate,
                   DefaultValuedAttr<NN_ScaleRoundAttr, "::ds::nn::ScaleRound::up">:$scale_round);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let builders = [
    /// The operand's shape with another element type.
    OpBuilder<(ins "::mlir::Value":$operand, "::mlir::Type":$elementType)>,
  ];
}

def NN_BitcastOp : NN_Elementwise<"bitcast", "reinterpret the bits of elements", [{
  return emitBitcast(b, loc, type, elementTypeOf(getResult()), x);
}], [{ return evaluateBitcast(type, elementTypeOf(getResult()), x); }], NN_NoGradient> {
  let description = [{
    The same bits as another type of the same width.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xi32> {
      %0 = nn.bitcast %x : tensor<4xf32> -> tensor<4xi32>
      return %0 : tensor<4xi32>
    }
    ```

    C1: both element types have one width.
  }];
  let arguments = (ins NN_NumberTensor:$operand);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // DS_DIALECTS_NN_NNELEMENTWISE_TD
