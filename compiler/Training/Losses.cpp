//===- Losses.cpp - the table of losses -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each row gives the loss of every element of the truth, and where there is
// such a thing, whether it was met. Means and weights are the same for all.
// Definitions are PyTorch's.
//
//===----------------------------------------------------------------------===//
#include "compiler/Training/Losses.h"

#include "dialects/NN/Derivatives/Emitter.h"

using namespace mlir;

namespace ds {

using nn::derivatives::Emitter;
using nn::derivatives::Expression;

namespace {

struct Terms {
  /// One number per element of the truth.
  Expression loss;
  /// 1 where the truth was met, else 0; null where the loss knows no such
  /// thing.
  Expression correct;
};

/// What rows work with. `x` is the output, in the type that losses are computed
/// in; `y` the truth, classes as i64 and values in the type of `x`.
struct LossContext {
  LossContext(Emitter &emitter, const TrainingOptions &options)
      : emitter(emitter), options(options) {}

  Value compute(const Expression &x) const { return x.getValue(); }
  int64_t rank() const {
    return cast<RankedTensorType>(x.getValue().getType()).getRank();
  }
  /// 1 where a score belongs to the true class.
  Expression isTrueClass() const {
    Value classes =
        emitter.iota(emitter.sizes(x.getValue()), axis, emitter.b.getI64Type());
    Value truth = emitter.broadcast(y.getValue(), emitter.sizes(x.getValue()),
                                    nn::derivatives::otherDims(rank(), axis));
    return equal(emitter.formula(classes), emitter.formula(truth));
  }
  Expression sumClasses(const Expression &scores) const {
    return emitter.formula(emitter.sum(scores.getValue(), axis));
  }
  Expression toNumber(const Expression &condition) const {
    return emitter.formula(
        emitter.cast(condition.getValue(), nn::elementTypeOf(x.getValue())));
  }

  Emitter &emitter;
  const TrainingOptions &options;
  Expression x, y;
  int64_t axis = 0;
  bool withMetrics = false;
};

Expression largestIsTrue(const LossContext &c) {
  Value largest = nn::ArgReduceOp::create(
      c.emitter.b, c.emitter.loc, nn::ReduceKind::max, c.x.getValue(), c.axis,
      /*last=*/false);
  return c.toNumber(equal(c.emitter.formula(largest), c.y));
}

Terms classLoss(const LossContext &c, const Expression &logProbabilities) {
  Expression zero =
      c.emitter.formula(c.emitter.filledLike(logProbabilities.getValue(), 0));
  Expression loss =
      -c.sumClasses(select(c.isTrueClass(), logProbabilities, zero));
  double smoothing = c.options.labelSmoothing;
  if (smoothing != 0) {
    int64_t classes =
        cast<RankedTensorType>(c.x.getValue().getType()).getDimSize(c.axis);
    loss = (1 - smoothing) * loss - (smoothing / static_cast<double>(classes)) *
                                        c.sumClasses(logProbabilities);
  }
  return {loss, c.withMetrics ? largestIsTrue(c) : Expression()};
}

Terms softmaxCrossEntropy(const LossContext &c) {
  Value logProbabilities = nn::SoftmaxOp::create(
      c.emitter.b, c.emitter.loc, c.x.getValue().getType(), c.x.getValue(),
      c.axis, /*log=*/true);
  return classLoss(c, c.emitter.formula(logProbabilities));
}

Terms negativeLogLikelihood(const LossContext &c) { return classLoss(c, c.x); }

Expression absolute(const LossContext &c, const Expression &x) {
  return c.emitter.formula(
      nn::AbsOp::create(c.emitter.b, c.emitter.loc, x.getValue()));
}

/// max(x, 0) - x y + log(1 + exp(-|x|)), which never overflows.
Terms binaryCrossEntropy(const LossContext &c) {
  Emitter &e = c.emitter;
  Expression positive =
      e.formula(nn::ReluOp::create(e.b, e.loc, c.x.getValue()));
  Expression tail = e.formula(
      nn::Log1pOp::create(e.b, e.loc, exp(-absolute(c, c.x)).getValue()));
  Terms terms{positive - c.x * c.y + tail, {}};
  if (c.withMetrics) {
    Expression one = e.formula(e.filledLike(c.x.getValue(), 1)),
               zero = e.formula(e.filledLike(c.x.getValue(), 0));
    terms.correct = select(c.x > zero, select(c.y > 0.5, one, zero),
                           select(c.y > 0.5, zero, one));
  }
  return terms;
}

Terms squaredError(const LossContext &c) {
  Expression difference = c.x - c.y;
  return {difference * difference, {}};
}

Terms absoluteError(const LossContext &c) {
  return {absolute(c, c.x - c.y), {}};
}

/// Huber, Annals of Mathematical Statistics 1964, with delta = 1.
Terms huber(const LossContext &c) {
  Expression distance = absolute(c, c.x - c.y);
  return {select(distance < 1.0, 0.5 * (distance * distance), distance - 0.5),
          {}};
}

struct Row {
  llvm::StringLiteral name;
  bool classes;
  Terms (*terms)(const LossContext &);
};

constexpr Row Table[] = {
    {"softmax_cross_entropy", true, softmaxCrossEntropy},
    {"binary_cross_entropy_with_logits", false, binaryCrossEntropy},
    {"nll", true, negativeLogLikelihood},
    {"mse", false, squaredError},
    {"l1", false, absoluteError},
    {"huber", false, huber},
};

const Row *findRow(StringRef name) {
  const Row *row =
      llvm::find_if(Table, [&](const Row &row) { return row.name == name; });
  return row == std::end(Table) ? nullptr : row;
}

int64_t classAxis(const TrainingOptions &options, RankedTensorType output) {
  int64_t axis = options.classAxis.value_or(-1);
  return axis < 0 ? axis + output.getRank() : axis;
}

} // namespace

SmallVector<StringRef> lossNames() {
  SmallVector<StringRef> names;
  for (const Row &row : Table)
    names.push_back(row.name);
  return names;
}

bool takesClasses(const TrainingOptions &options) {
  const Row *row = findRow(options.loss);
  return row && row->classes;
}

int64_t classCount(const TrainingOptions &options, RankedTensorType output) {
  return output.getDimSize(classAxis(options, output));
}

RankedTensorType labelType(const TrainingOptions &options,
                           RankedTensorType output, std::string &error) {
  llvm::raw_string_ostream out(error);
  if (!isa<FloatType>(output.getElementType())) {
    out << "a loss expects an output of floats, found " << output;
    return {};
  }
  if (!takesClasses(options))
    return output;
  int64_t axis = classAxis(options, output);
  if (output.getRank() < 1 || axis < 0 || axis >= output.getRank()) {
    out << "--loss " << options.loss << " expects scores along axis "
        << options.classAxis.value_or(-1) << ", found an output of type "
        << output;
    return {};
  }
  if (options.labelSmoothing != 0 && output.isDynamicDim(axis)) {
    out << "--label-smoothing expects a known number of classes, found "
        << output;
    return {};
  }
  SmallVector<int64_t> shape(output.getShape());
  shape.erase(shape.begin() + axis);
  return RankedTensorType::get(shape,
                               IntegerType::get(output.getContext(), 64));
}

LossValues emitLoss(OpBuilder &b, Location loc, const TrainingOptions &options,
                    Value output, Value label, Value mask, bool withMetrics) {
  Emitter e(b, loc);
  LossContext context(e, options);
  auto type = cast<RankedTensorType>(output.getType());
  Type compute = nn::derivatives::formulaType(type.getElementType());
  context.x = e.formula(e.cast(output, compute));
  context.y = e.formula(takesClasses(options) ? label : e.cast(label, compute));
  context.axis = classAxis(options, type);
  context.withMetrics = withMetrics;
  Terms terms = findRow(options.loss)->terms(context);

  Value elements = terms.loss.getValue();
  auto total = [&](const Expression &x) {
    return e.formula(
        e.sum(x.getValue(),
              nn::derivatives::identityDims(
                  cast<RankedTensorType>(x.getValue().getType()).getRank())));
  };
  auto shape = cast<RankedTensorType>(elements.getType());
  bool isPlain = !mask && !(takesClasses(options) && options.ignoreLabel) &&
                 shape.hasStaticShape();
  if (isPlain && !withMetrics) {
    double count = static_cast<double>(shape.getNumElements());
    return {(total(terms.loss) / count).getValue(), {}, {}};
  }
  Expression one = e.formula(e.filledLike(elements, 1)),
             zero = e.formula(e.filledLike(elements, 0));
  Expression weights = one;
  if (takesClasses(options) && options.ignoreLabel)
    weights = select(
        equal(context.y, static_cast<double>(*options.ignoreLabel)), zero, one);
  if (mask)
    weights = weights * e.formula(e.broadcast(e.cast(mask, compute),
                                              e.sizes(elements), {0}));
  Expression count = total(weights);
  LossValues values;
  // An ignored label is out of range, so its term is no number to rely on.
  auto mean = [&](const Expression &x) {
    return (total(select(weights > 0.0, x * weights, zero)) / count).getValue();
  };
  values.loss = mean(terms.loss);
  if (terms.correct)
    values.accuracy = mean(terms.correct);
  values.count = count.getValue();
  return values;
}

} // namespace ds
