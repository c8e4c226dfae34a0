//===- ClassicalML.cpp - preprocessing and linear models of ai.onnx.ml
//-----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/ClassicalML.h"

#include "frontends/onnx/Elementwise.h"
#include "frontends/onnx/GraphImporter.h"

#include <cmath>

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------===//

FailureOr<Value> featureMatrix(NodeContext &n, unsigned input) {
  if (failed(n.expectRank(input, 1, 2)))
    return failure();
  GraphBuilder &g = n.g;
  Value x = n.element(input).isF64() ? n.input(input)
                                     : g.cast(n.input(input), g.b.getF32Type());
  return n.rank(input) == 1 ? g.unsqueeze(x, {0}) : x;
}

/// exp(x - max) over its sum, where numbers next to 0 keep their size times
/// exp(-max) instead.
static Value softmaxZero(GraphBuilder &g, Value x) {
  Sizes sizes = g.dims(x);
  Value largest = g.broadcastTo(
      g.reduce(nn::ReduceKind::max, x, {1}, /*keepDims=*/true), sizes);
  Value isSmall = g.compare(nn::ComparePredicate::le, g.emit<nn::AbsOp>(x),
                            g.makeLike(x, 1e-7));
  Value kept =
      g.emit<nn::MulOp>(x, g.emit<nn::ExpOp>(g.emit<nn::NegOp>(largest)));
  Value powers = g.emit<nn::SelectOp>(
      isSmall, kept, g.emit<nn::ExpOp>(g.emit<nn::SubOp>(x, largest)));
  Value sum = g.broadcastTo(
      g.reduce(nn::ReduceKind::sum, powers, {1}, /*keepDims=*/true), sizes);
  Value isZero = g.compare(nn::ComparePredicate::eq, sum, g.makeLike(sum, 0));
  return g.emit<nn::SelectOp>(isZero, g.makeLike(x, 0.5),
                              g.emit<nn::DivOp>(powers, sum));
}

/// The inverse of the normal distribution function by Winitzki's approximation
/// of the inverse error function, which is what the standard's reference has.
static Value probit(GraphBuilder &g, Value p) {
  Value x = g.withScalar<nn::SubOp>(g.withScalar<nn::MulOp>(p, 2), 1);
  Value log = g.emit<nn::LogOp>(
      g.emit<nn::SubOp>(g.makeLike(x, 1), g.emit<nn::MulOp>(x, x)));
  Value v = g.withScalar<nn::AddOp>(g.withScalar<nn::MulOp>(log, 0.5),
                                    2 / (M_PI * 0.147));
  Value root = g.emit<nn::SqrtOp>(g.emit<nn::SubOp>(
      g.emit<nn::MulOp>(v, v), g.withScalar<nn::DivOp>(log, 0.147)));
  Value size = g.emit<nn::SqrtOp>(g.emit<nn::SubOp>(root, v));
  return g.withScalar<nn::MulOp>(g.emit<nn::MulOp>(g.emit<nn::SignOp>(x), size),
                                 M_SQRT2);
}

FailureOr<Value> postTransform(NodeContext &n, Value scores, StringRef name) {
  GraphBuilder &g = n.g;
  if (name == "NONE")
    return scores;
  if (name == "SOFTMAX")
    return g.emit<nn::SoftmaxOp>(scores, 1, /*log=*/false);
  if (name == "LOGISTIC")
    return g.emit<nn::SigmoidOp>(scores);
  if (name == "SOFTMAX_ZERO")
    return softmaxZero(g, scores);
  if (name == "PROBIT")
    return probit(g, scores);
  return n.error("\"post_transform\" is \"" + name +
                 "\", expected \"NONE\", \"SOFTMAX\", \"LOGISTIC\", "
                 "\"SOFTMAX_ZERO\" or \"PROBIT\"");
}

Value pickLabels(GraphBuilder &g, Value scores, ArrayRef<int64_t> labels) {
  Value best =
      g.emit<nn::ArgReduceOp>(nn::ReduceKind::max, scores, 1, /*last=*/false);
  return g.emit<nn::GatherOp>(g.makeInts(labels), best, 0);
}

//===----------------------------------------------------------------------===//
// Preprocessing
//===----------------------------------------------------------------------===//

/// A list of one number, or one per index of the last dimension, as a tensor
/// that broadcasts.
static Value listValue(GraphBuilder &g, ArrayRef<double> list, Type element) {
  if (list.size() == 1)
    return g.makeScalar(element, list[0]);
  return g.makeFloats(list, element, {static_cast<int64_t>(list.size())});
}

static LogicalResult convertArrayFeatureExtractor(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 1, 1 << 20)))
    return failure();
  Value data = n.rank(0) == 1 ? g.unsqueeze(n.input(0), {0}) : n.input(0);
  Value indices = g.reshape(n.input(1), {g.count(n.input(1))});
  return n.set(
      g.emit<nn::GatherOp>(data, indices, GraphBuilder::rank(data) - 1));
}

static LogicalResult convertBinarizer(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  Value wide = isa<FloatType>(n.element(0)) ? x : g.cast(x, g.b.getF64Type());
  Value above = g.compare(nn::ComparePredicate::gt, wide,
                          g.makeLike(wide, n.attrFloat("threshold", 0)));
  return n.set(g.cast(above, n.element(0)));
}

static LogicalResult convertFeatureVectorizer(NodeContext &n) {
  SmallVector<Value> parts;
  for (unsigned i = 0; i < n.numInputs(); ++i) {
    FailureOr<Value> part = featureMatrix(n, i);
    if (failed(part))
      return failure();
    parts.push_back(n.g.cast(*part, n.g.b.getF32Type()));
    int64_t first = GraphBuilder::typeOf(parts[0]).getDimSize(0),
            rows = GraphBuilder::typeOf(*part).getDimSize(0);
    if (!ShapedType::isDynamic(first) && !ShapedType::isDynamic(rows) &&
        first != rows)
      return n.error("input " + Twine(i) + " has " + Twine(rows) +
                     " rows, the first input " + Twine(first));
  }
  return n.set(n.g.concat(parts, 1));
}

static LogicalResult convertImputer(NodeContext &n) {
  GraphBuilder &g = n.g;
  bool isFloat = isa<FloatType>(n.element(0));
  double replaced =
      isFloat ? n.attrFloat("replaced_value_float", 0)
              : static_cast<double>(n.attrInt("replaced_value_int64", 0));
  SmallVector<double> values =
      isFloat ? n.attrFloats("imputed_value_floats") : SmallVector<double>();
  if (!isFloat) {
    values.clear();
    for (int64_t value : n.attrInts("imputed_value_int64s"))
      values.push_back(static_cast<double>(value));
  }
  if (values.empty())
    return n.error("there are no imputed values of the input's type");
  Value list =
      values.size() == 1
          ? g.makeScalar(n.element(0), values[0])
          : g.cast(listValue(g, values, g.b.getF64Type()), n.element(0));
  auto operands =
      broadcastOnto(n, n.input(0), list, "the list of imputed values");
  if (failed(operands))
    return failure();
  auto [x, filling] = *operands;
  Value missing =
      isFloat && std::isnan(replaced)
          ? g.emit<nn::IsNanOp>(x)
          : g.compare(nn::ComparePredicate::eq, x, g.makeLike(x, replaced));
  return n.set(g.emit<nn::SelectOp>(missing, filling, x));
}

static LogicalResult convertNormalizer(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Value> x = featureMatrix(n, 0);
  if (failed(x))
    return failure();
  std::string norm = n.attrString("norm", "MAX");
  Value size;
  if (norm == "MAX")
    size = g.reduce(nn::ReduceKind::max, g.emit<nn::AbsOp>(*x), {1},
                    /*keepDims=*/true);
  else if (norm == "L1")
    size = g.reduce(nn::ReduceKind::sum, g.emit<nn::AbsOp>(*x), {1},
                    /*keepDims=*/true);
  else if (norm == "L2")
    size = g.emit<nn::SqrtOp>(g.reduce(nn::ReduceKind::sum,
                                       g.emit<nn::MulOp>(*x, *x), {1},
                                       /*keepDims=*/true));
  else
    return n.error("\"norm\" is \"" + norm +
                   "\", expected \"MAX\", \"L1\" or \"L2\"");
  // A row of zeros stays one.
  size = g.withScalar<nn::MaxOp>(size, 1e-30);
  Value result = g.emit<nn::DivOp>(*x, g.broadcastTo(size, g.dims(*x)));
  return n.set(g.cast(g.reshape(result, g.dims(n.input(0))), g.b.getF32Type()));
}

static LogicalResult convertScaler(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = g.cast(n.input(0), g.b.getF32Type());
  for (StringRef name : {"offset", "scale"}) {
    SmallVector<double> list = n.attrFloats(name);
    if (list.empty())
      continue;
    auto operands =
        broadcastOnto(n, x, listValue(g, list, g.b.getF32Type()),
                      "the list of attribute \"" + name.str() + "\"");
    if (failed(operands))
      return failure();
    auto [value, factor] = *operands;
    x = name == "offset" ? g.emit<nn::SubOp>(value, factor)
                         : g.emit<nn::MulOp>(value, factor);
  }
  return n.set(x);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// A list attribute under one of its names, by the type of its elements; null
/// when it is not there.
static FailureOr<Value> tableValue(NodeContext &n, StringRef kind) {
  GraphBuilder &g = n.g;
  if (n.has((kind + "_strings").str()) || n.has("classes_strings"))
    return n.unsupported(
        "tables of strings are not supported; use integers or floats");
  if (const ds_onnx::AttributeProto *tensor =
          n.attribute((kind + "_tensor").str()))
    return n.importer.importTensor(tensor->t(), g.loc());
  if (n.has((kind + "_int64s").str()))
    return g.makeInts(n.attrInts((kind + "_int64s").str()));
  SmallVector<double> floats = n.attrFloats((kind + "_floats").str());
  return g.makeFloats(floats, g.b.getF32Type(),
                      {static_cast<int64_t>(floats.size())});
}

/// Whether each element equals each key, [elements..., keys]; NaN equals NaN.
static Value matchKeys(GraphBuilder &g, Value x, Value keys) {
  int64_t rank = GraphBuilder::rank(x);
  Sizes sizes = g.dims(x);
  sizes.push_back(g.dim(keys, 0));
  Value element =
      g.broadcastDims(x, sizes, llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  Value key = g.broadcastDims(keys, sizes, {rank});
  Value hit = g.compare(nn::ComparePredicate::eq, element, key);
  if (!isa<FloatType>(GraphBuilder::elementOf(x)))
    return hit;
  return g.emit<nn::OrOp>(hit, g.emit<nn::AndOp>(g.emit<nn::IsNanOp>(element),
                                                 g.emit<nn::IsNanOp>(key)));
}

static LogicalResult convertLabelEncoder(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Value> keys = tableValue(n, "keys"),
                   values = tableValue(n, "values");
  if (failed(keys) || failed(values))
    return failure();
  int64_t count = GraphBuilder::typeOf(*keys).getNumElements();
  if (count == 0 || count != GraphBuilder::typeOf(*values).getNumElements())
    return n.error("a table of " + Twine(count) +
                   " keys needs as many values, and at least one, found " +
                   Twine(GraphBuilder::typeOf(*values).getNumElements()));
  Value flatKeys = g.reshape(g.cast(*keys, n.element(0)), {g.index(count)});
  Value flatValues = g.reshape(*values, {g.index(count)});
  Type element = GraphBuilder::elementOf(*values);
  Value otherwise =
      isa<FloatType>(element)
          ? g.makeScalar(element, n.attrFloat("default_float", -0.0))
          : g.makeScalarInt(element, n.attrInt("default_int64", -1));
  if (const ds_onnx::AttributeProto *tensor = n.attribute("default_tensor")) {
    FailureOr<Value> given = n.importer.importTensor(tensor->t(), g.loc());
    if (failed(given))
      return failure();
    if (GraphBuilder::typeOf(*given).getNumElements() != 1)
      return n.error(
          "attribute \"default_tensor\" must have one element, found " +
          Twine(GraphBuilder::typeOf(*given).getNumElements()));
    otherwise = g.cast(g.reshape(*given, {}), element);
  }
  Value hits = matchKeys(g, n.input(0), flatKeys);
  int64_t axis = n.rank(0);
  // Of equal keys the last one counts.
  Value place = g.emit<nn::ArgReduceOp>(
      nn::ReduceKind::max, g.cast(hits, g.b.getI32Type()), axis, /*last=*/true);
  Value found = g.reduce(nn::ReduceKind::any, hits, {axis}, /*keepDims=*/false);
  Value value = g.emit<nn::GatherOp>(flatValues, place, 0);
  return n.set(g.emit<nn::SelectOp>(found, value,
                                    g.broadcastTo(otherwise, g.dims(value))));
}

static LogicalResult convertOneHotEncoder(NodeContext &n) {
  GraphBuilder &g = n.g;
  SmallVector<int64_t> categories = n.attrInts("cats_int64s");
  if (categories.empty())
    return n.unsupported(
        "categories must be integers, in attribute \"cats_int64s\"");
  Value x = g.cast(n.input(0), g.b.getI64Type());
  Value hits = matchKeys(g, x, g.makeInts(categories));
  return n.set(g.cast(hits, g.b.getF32Type()));
}

//===----------------------------------------------------------------------===//
// Linear models
//===----------------------------------------------------------------------===//

/// Scores [rows, outputs] of the coefficients [outputs, features] and
/// intercepts.
static FailureOr<Value> linearScores(NodeContext &n, int64_t outputs) {
  GraphBuilder &g = n.g;
  FailureOr<Value> x = featureMatrix(n, 0);
  if (failed(x))
    return failure();
  Type element = GraphBuilder::elementOf(*x);
  SmallVector<double> coefficients = n.attrFloats("coefficients"),
                      intercepts = n.attrFloats("intercepts");
  int64_t count = coefficients.size();
  if (outputs < 1 || count == 0 || count % outputs)
    return n.error(Twine(count) + " coefficients cannot serve " +
                   Twine(outputs) + " outputs");
  int64_t features = count / outputs;
  if (!g.require(
          g.compare(arith::CmpIPredicate::eq, g.dim(*x, 1), g.index(features)),
          "linear model: the input has as many features as the model"))
    return n.error("the input has " + Twine(*g.constantIndex(g.dim(*x, 1))) +
                   " features, the model " + Twine(features));
  Value scores =
      g.dot(*x, g.makeFloats(coefficients, element, {outputs, features}), {},
            {}, {1}, {1});
  if (intercepts.empty())
    return scores;
  auto operands = broadcastOnto(n, scores, listValue(g, intercepts, element),
                                "the list of intercepts");
  if (failed(operands))
    return failure();
  return g.emit<nn::AddOp>(operands->first, operands->second);
}

static LogicalResult convertLinearRegressor(NodeContext &n) {
  FailureOr<Value> scores = linearScores(n, n.attrInt("targets", 1));
  if (failed(scores) ||
      failed(scores = postTransform(n, *scores,
                                    n.attrString("post_transform", "NONE"))))
    return failure();
  return n.set(n.g.cast(*scores, n.g.b.getF32Type()));
}

static LogicalResult convertLinearClassifier(NodeContext &n) {
  GraphBuilder &g = n.g;
  SmallVector<int64_t> labels = n.attrInts("classlabels_ints");
  if (n.has("classlabels_strings") && labels.empty())
    return n.unsupported(
        "string labels are not supported; use \"classlabels_ints\"");
  // Two classes may share one row of coefficients; every row has an intercept.
  int64_t intercepts = n.attrFloats("intercepts").size();
  int64_t outputs =
      intercepts ? intercepts : std::max<int64_t>(labels.size(), 1);
  FailureOr<Value> scores = linearScores(n, outputs);
  if (failed(scores))
    return failure();
  if (outputs == 1 && labels.size() == 2)
    scores = g.concat({g.emit<nn::NegOp>(*scores), *scores}, 1);
  else if (static_cast<int64_t>(labels.size()) != outputs)
    return n.error("there are " + Twine(labels.size()) + " labels for " +
                   Twine(outputs) + " rows of coefficients");
  std::string transform = n.attrString("post_transform", "NONE");
  FailureOr<Value> result = postTransform(n, *scores, transform);
  if (failed(result))
    return failure();
  if (labels.size() > 1) {
    n.set(0, pickLabels(g, *result, labels));
  } else {
    // One class: its label, or 0.
    Value one = g.squeeze(*result, {1});
    Value hit = g.compare(nn::ComparePredicate::ge, one,
                          g.makeLike(one, transform == "NONE" ? 0 : 0.5));
    Type integer = g.b.getI64Type();
    auto constant = [&](int64_t value) {
      return g.broadcastTo(g.makeScalarInt(integer, value), g.dims(one));
    };
    n.set(0, g.emit<nn::SelectOp>(hit, constant(labels[0]), constant(0)));
  }
  n.set(1, g.cast(*result, g.b.getF32Type()));
  return success();
}

void registerClassicalML(Registry &registry) {
  auto add = [&](StringRef name, Converter converter) {
    registry.add("ai.onnx.ml", name, converter);
  };
  add("ArrayFeatureExtractor", convertArrayFeatureExtractor);
  add("Binarizer", convertBinarizer);
  add("FeatureVectorizer", convertFeatureVectorizer);
  add("Imputer", convertImputer);
  add("LabelEncoder", convertLabelEncoder);
  add("LinearClassifier", convertLinearClassifier);
  add("LinearRegressor", convertLinearRegressor);
  add("Normalizer", convertNormalizer);
  add("OneHotEncoder", convertOneHotEncoder);
  add("Scaler", convertScaler);
}

} // namespace ds::onnx
