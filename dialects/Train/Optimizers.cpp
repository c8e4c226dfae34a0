//===- Optimizers.cpp - the table of optimizers ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One row per optimizer: its slots, its defaults, its formula. Numbers that
// depend on learning rate and step are computed as f64 scalars, as PyTorch
// computes them in Python.
//
//===----------------------------------------------------------------------===//
#include "dialects/Train/Optimizers.h"

#include "dialects/NN/Derivatives/Emitter.h"

using namespace mlir;
using namespace ds;
using namespace ds::train;
using nn::derivatives::Emitter;
using nn::derivatives::Expression;

namespace {

/// What formulas are written in. `w` is the parameter, `g` its gradient, `s`
/// the slots; a formula leaves the new values in `w` and `s`.
struct Formula {
  Formula(OpBuilder &b, UpdateOp op);

  /// An f64 scalar, for every element.
  Expression each(const Expression &scalar) const {
    Value cast =
        emitter.cast(scalar.getValue(), nn::elementTypeOf(w.getValue()));
    return emitter.formula(
        emitter.broadcast(cast, emitter.sizes(w.getValue()), {}));
  }
  /// 1 - beta^step.
  Expression biasCorrection(double beta) const {
    return 1.0 - pow(Expression(beta), step);
  }
  /// The Euclidean norm, for every element.
  Expression norm(const Expression &x) const {
    Value square = (x * x).getValue();
    Value sum = emitter.sum(
        square, nn::derivatives::identityDims(
                    cast<RankedTensorType>(square.getType()).getRank()));
    return emitter.formula(
        emitter.broadcast(sqrt(emitter.formula(sum)).getValue(),
                          emitter.sizes(w.getValue()), {}));
  }
  void decayGradient() {
    if (op.getWeightDecay().convertToDouble() != 0)
      g = g + op.getWeightDecay().convertToDouble() * w;
  }
  /// Moves an average of weight `beta` towards `x`.
  static Expression average(const Expression &old, double beta,
                            const Expression &x) {
    return old + (1 - beta) * (x - old);
  }

  UpdateOp op;
  Emitter emitter;
  Expression w, g, lr, step;
  SmallVector<Expression> s;
  double momentum, beta1, beta2, eps, weightDecay;
};

Formula::Formula(OpBuilder &b, UpdateOp op) : op(op), emitter(b, op.getLoc()) {
  Type compute =
      nn::derivatives::formulaType(nn::elementTypeOf(op.getParameter()));
  auto wide = [&](Value value) {
    return emitter.formula(emitter.cast(value, compute));
  };
  w = wide(op.getParameter());
  g = wide(op.getGradient());
  for (Value slot : op.getSlots())
    s.push_back(wide(slot));
  lr = emitter.formula(op.getLr());
  step = emitter.formula(emitter.cast(op.getStep(), b.getF64Type()));
  momentum = op.getMomentum().convertToDouble();
  beta1 = op.getBeta1().convertToDouble();
  beta2 = op.getBeta2().convertToDouble();
  eps = op.getEps().convertToDouble();
  weightDecay = op.getWeightDecay().convertToDouble();
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

void descend(Formula &f) {
  f.decayGradient();
  f.w = f.w - f.each(f.lr) * f.g;
}

void descendWithMomentum(Formula &f) {
  f.decayGradient();
  f.s[0] = f.momentum * f.s[0] + f.g;
  f.w = f.w - f.each(f.lr) * f.s[0];
}

void descendWithNesterov(Formula &f) {
  f.decayGradient();
  f.s[0] = f.momentum * f.s[0] + f.g;
  f.w = f.w - f.each(f.lr) * (f.g + f.momentum * f.s[0]);
}

/// Kingma and Ba, ICLR 2015.
void adamStep(Formula &f) {
  f.s[0] = Formula::average(f.s[0], f.beta1, f.g);
  f.s[1] = f.beta2 * f.s[1] + (1 - f.beta2) * (f.g * f.g);
  Expression scale = f.lr / f.biasCorrection(f.beta1);
  Expression root = sqrt(f.biasCorrection(f.beta2));
  f.w = f.w - f.each(scale) * (f.s[0] / (sqrt(f.s[1]) / f.each(root) + f.eps));
}

void adam(Formula &f) {
  f.decayGradient();
  adamStep(f);
}

/// Loshchilov and Hutter, ICLR 2019: the decay does not pass through the
/// averages.
void adamw(Formula &f) {
  if (f.weightDecay != 0)
    f.w = f.w * f.each(1.0 - f.lr * f.weightDecay);
  adamStep(f);
}

/// Duchi, Hazan and Singer, JMLR 2011.
void adagrad(Formula &f) {
  f.decayGradient();
  f.s[0] = f.s[0] + f.g * f.g;
  f.w = f.w - f.each(f.lr) * (f.g / (sqrt(f.s[0]) + f.eps));
}

/// Tieleman and Hinton, lecture 6.5, 2012. PyTorch's alpha is beta2 here.
void rmsprop(Formula &f) {
  f.decayGradient();
  f.s[0] = f.beta2 * f.s[0] + (1 - f.beta2) * (f.g * f.g);
  Expression direction = f.g / (sqrt(f.s[0]) + f.eps);
  f.s[1] = f.momentum * f.s[1] + direction;
  f.w = f.w - f.each(f.lr) * f.s[1];
}

/// Chen et al., NeurIPS 2023, algorithm 2.
void lion(Formula &f) {
  Expression direction = sign(Formula::average(f.s[0], f.beta1, f.g));
  if (f.weightDecay != 0)
    direction = direction + f.weightDecay * f.w;
  f.w = f.w - f.each(f.lr) * direction;
  f.s[0] = Formula::average(f.s[0], f.beta2, f.g);
}

/// You et al., ICLR 2020, algorithm 2.
void lamb(Formula &f) {
  f.s[0] = Formula::average(f.s[0], f.beta1, f.g);
  f.s[1] = f.beta2 * f.s[1] + (1 - f.beta2) * (f.g * f.g);
  Expression m = f.s[0] / f.each(f.biasCorrection(f.beta1));
  Expression v = f.s[1] / f.each(f.biasCorrection(f.beta2));
  Expression direction = m / (sqrt(v) + f.eps);
  if (f.weightDecay != 0)
    direction = direction + f.weightDecay * f.w;
  Expression size = f.norm(f.w), length = f.norm(direction);
  // The trust ratio is 1 where either norm is 0; never divides by 0.
  Expression safe = select(length > 0.0, length, 1.0);
  Expression trust =
      select(size > 0.0, select(length > 0.0, size / safe, 1.0), 1.0);
  f.w = f.w - f.each(f.lr) * (trust * direction);
}

constexpr llvm::StringLiteral MomentumSlots[] = {"momentum"};
constexpr llvm::StringLiteral MomentSlots[] = {"exp_avg", "exp_avg_sq"};
constexpr llvm::StringLiteral SumSlots[] = {"sum"};
constexpr llvm::StringLiteral SquareSlots[] = {"square_avg", "momentum"};
constexpr llvm::StringLiteral AverageSlots[] = {"exp_avg"};

struct Row {
  Optimizer optimizer;
  void (*formula)(Formula &);
};

constexpr std::nullopt_t No = std::nullopt;

//                  lr    mom. beta1 beta2  eps    decay
constexpr Row Table[] = {
    {{"sgd", {}, {1e-3, No, No, No, No, 0}}, descend},
    {{"momentum", MomentumSlots, {1e-3, 0.9, No, No, No, 0}},
     descendWithMomentum},
    {{"nesterov", MomentumSlots, {1e-3, 0.9, No, No, No, 0}},
     descendWithNesterov},
    {{"adam", MomentSlots, {1e-3, No, 0.9, 0.999, 1e-8, 0}}, adam},
    {{"adamw", MomentSlots, {1e-3, No, 0.9, 0.999, 1e-8, 1e-2}}, adamw},
    {{"adagrad", SumSlots, {1e-2, No, No, No, 1e-10, 0}}, adagrad},
    {{"rmsprop", SquareSlots, {1e-2, 0, No, 0.99, 1e-8, 0}}, rmsprop},
    {{"lion", AverageSlots, {1e-4, No, 0.9, 0.99, No, 0}}, lion},
    {{"lamb", MomentSlots, {1e-3, No, 0.9, 0.999, 1e-6, 1e-2}}, lamb},
};

const Row *findRow(StringRef name) {
  const Row *row = llvm::find_if(
      Table, [&](const Row &row) { return row.optimizer.name == name; });
  return row == std::end(Table) ? nullptr : row;
}

} // namespace

llvm::ArrayRef<Optimizer> train::optimizers() {
  static const SmallVector<Optimizer> list = llvm::to_vector(
      llvm::map_range(Table, [](const Row &row) { return row.optimizer; }));
  return list;
}

const Optimizer *train::findOptimizer(StringRef name) {
  const Row *row = findRow(name);
  return row ? &row->optimizer : nullptr;
}

SmallVector<Value> train::emitUpdate(OpBuilder &b, UpdateOp update) {
  Formula formula(b, update);
  findRow(update.getOptimizer())->formula(formula);
  Type element = nn::elementTypeOf(update.getParameter());
  SmallVector<Value> results{
      formula.emitter.cast(formula.w.getValue(), element)};
  for (const Expression &slot : formula.s)
    results.push_back(formula.emitter.cast(slot.getValue(), element));
  return results;
}

LogicalResult UpdateOp::verify() {
  const Optimizer *known = findOptimizer(getOptimizer());
  if (!known) // C1
    return emitOpError("expected the name of an optimizer, but found \"")
           << getOptimizer() << '"';
  Type type = getParameter().getType();
  if (getSlots().size() != known->slots.size() || // C2
      llvm::any_of(getSlots(), [&](Value v) { return v.getType() != type; }) ||
      getGradient().getType() != type)
    return emitOpError("expected a gradient and ")
           << known->slots.size() << " slots of type " << type << ", but found "
           << getGradient().getType() << " and (" << getSlots().getTypes()
           << ")";
  if (getNumResults() != getSlots().size() + 1 || // C3
      llvm::any_of(getResultTypes(), [&](Type t) { return t != type; }))
    return emitOpError("expected ")
           << getSlots().size() + 1 << " results of type " << type
           << ", but found (" << getResultTypes() << ")";
  return success();
}
