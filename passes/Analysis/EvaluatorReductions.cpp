//===- EvaluatorReductions.cpp - reductions, scans, order, normalisation
//---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace ds::evaluator {

using Inputs = ArrayRef<HostTensor>;
using Results = MutableArrayRef<HostTensor>;

/// For each element of `shape`, in order, the position it reduces to when
/// `dims` are dropped; and the reduced shape.
static std::vector<int64_t>
reducedPositions(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims,
                 SmallVectorImpl<int64_t> &reduced) {
  SmallVector<int64_t> kept;
  for (int64_t d = 0, rank = static_cast<int64_t>(shape.size()); d < rank; ++d)
    if (!llvm::is_contained(dims, d))
      kept.push_back(d);
  for (int64_t d : kept)
    reduced.push_back(shape[d]);
  SmallVector<int64_t> strides(shape.size(), 0);
  for (auto [d, stride] : llvm::zip_equal(kept, stridesOf(reduced)))
    strides[d] = stride;
  std::vector<int64_t> positions;
  positions.reserve(llvm::product_of(shape));
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    positions.push_back(positionOf(index, strides));
  });
  return positions;
}

static LogicalResult evaluateReduce(nn::ReduceOp op, Inputs inputs,
                                    Results results) {
  const HostTensor &operand = inputs[0];
  Type type = operand.elementType();
  SmallVector<int64_t> shape;
  std::vector<int64_t> positions =
      reducedPositions(operand.shape(), op.getDims(), shape);
  FailureOr<HostTensor> result = makeResult(op, type, shape);
  if (failed(result))
    return failure();
  std::vector<Scalar> combined(result->numElements(),
                               neutralElement(op.getKind(), type));
  for (auto [i, position] : llvm::enumerate(positions))
    combined[position] =
        combine(op.getKind(), type, combined[position], operand.get(i));
  for (auto [i, value] : llvm::enumerate(combined))
    store(*result, i, value);
  results[0] = *result;
  return success();
}

static LogicalResult evaluateArgReduce(nn::ArgReduceOp op, Inputs inputs,
                                       Results results) {
  const HostTensor &operand = inputs[0];
  Type type = operand.elementType();
  AxisView view(operand.shape(), op.getAxis());
  if (view.extent == 0 && view.outer * view.inner != 0)
    return op.emitOpError()
           << "expected elements along axis " << op.getAxis()
           << ", found operand shape " << shapeString(operand.shape());
  SmallVector<int64_t> shape(operand.shape());
  shape.erase(shape.begin() + op.getAxis());
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(), shape);
  if (failed(result))
    return failure();
  auto isNan = [](Scalar s) { return s.isFloat && std::isnan(s.f); };
  auto beats = [&](Scalar a, Scalar b) {
    if (isNan(a) || isNan(b))
      return isNan(a) && !isNan(b);
    return op.getKind() == nn::ReduceKind::max ? isLess(type, b, a)
                                               : isLess(type, a, b);
  };
  for (int64_t o = 0; o < view.outer; ++o) {
    for (int64_t i = 0; i < view.inner; ++i) {
      auto element = [&](int64_t k) {
        return operand.get((o * view.extent + k) * view.inner + i);
      };
      int64_t best = 0;
      for (int64_t k = 1; k < view.extent; ++k)
        if (beats(element(k), element(best)) ||
            (op.getLast() && !beats(element(best), element(k))))
          best = k;
      result->set(o * view.inner + i, Scalar::fromInt(best));
    }
  }
  results[0] = *result;
  return success();
}

static LogicalResult evaluateScan(nn::ScanOp op, Inputs inputs,
                                  Results results) {
  const HostTensor &operand = inputs[0];
  Type type = operand.elementType();
  FailureOr<HostTensor> result = makeResult(op, type, operand.shape());
  if (failed(result))
    return failure();
  AxisView view(operand.shape(), op.getAxis());
  for (int64_t o = 0; o < view.outer; ++o) {
    for (int64_t i = 0; i < view.inner; ++i) {
      Scalar running = neutralElement(op.getKind(), type);
      for (int64_t step = 0; step < view.extent; ++step) {
        int64_t k = op.getReverse() ? view.extent - 1 - step : step;
        int64_t position = (o * view.extent + k) * view.inner + i;
        Scalar next =
            combine(op.getKind(), type, running, operand.get(position));
        store(*result, position, op.getExclusive() ? running : next);
        running = next;
      }
    }
  }
  results[0] = *result;
  return success();
}

static LogicalResult evaluateSort(nn::SortOp op, Inputs inputs,
                                  Results results) {
  const HostTensor &operand = inputs[0];
  Type type = operand.elementType();
  FailureOr<HostTensor> values = makeResult(op, type, operand.shape());
  FailureOr<HostTensor> indices =
      makeResult(op, results[1].elementType(), operand.shape());
  if (failed(values) || failed(indices))
    return failure();
  // NaN is the largest element, so that the order is total.
  auto precedes = [&](Scalar a, Scalar b) {
    return b.isFloat && std::isnan(b.f) ? !std::isnan(a.f) : isLess(type, a, b);
  };
  AxisView view(operand.shape(), op.getAxis());
  std::vector<int64_t> order(view.extent);
  std::vector<Scalar> row(view.extent);
  for (int64_t o = 0; o < view.outer; ++o) {
    for (int64_t i = 0; i < view.inner; ++i) {
      auto position = [&](int64_t k) {
        return (o * view.extent + k) * view.inner + i;
      };
      for (int64_t k = 0; k < view.extent; ++k)
        row[k] = operand.get(position(k));
      std::iota(order.begin(), order.end(), 0);
      llvm::sort(order, [&](int64_t a, int64_t b) {
        Scalar x = row[op.getDescending() ? b : a],
               y = row[op.getDescending() ? a : b];
        return precedes(x, y) || (!precedes(y, x) && a < b);
      });
      for (int64_t k = 0; k < view.extent; ++k) {
        store(*values, position(k), row[order[k]]);
        indices->set(position(k), Scalar::fromInt(order[k]));
      }
    }
  }
  results[0] = *values;
  results[1] = *indices;
  return success();
}

static LogicalResult evaluateSoftmax(nn::SoftmaxOp op, Inputs inputs,
                                     Results results) {
  FailureOr<HostTensor> result =
      makeResult(op, inputs[0].elementType(), inputs[0].shape());
  if (failed(result))
    return failure();
  std::vector<double> values = readFloats(inputs[0]);
  AxisView view(inputs[0].shape(), op.getAxis());
  for (int64_t o = 0; o < view.outer; ++o) {
    for (int64_t i = 0; i < view.inner; ++i) {
      auto element = [&](int64_t k) -> double & {
        return values[(o * view.extent + k) * view.inner + i];
      };
      double largest = -std::numeric_limits<double>::infinity(), sum = 0;
      for (int64_t k = 0; k < view.extent; ++k)
        largest = std::isnan(element(k)) || element(k) > largest ? element(k)
                                                                 : largest;
      for (int64_t k = 0; k < view.extent; ++k)
        sum += std::exp(element(k) - largest);
      for (int64_t k = 0; k < view.extent; ++k)
        element(k) = op.getLog() ? element(k) - largest - std::log(sum)
                                 : std::exp(element(k) - largest) / sum;
    }
  }
  writeFloats(*result, values);
  results[0] = *result;
  return success();
}

static LogicalResult evaluateNormalize(nn::NormalizeOp op, Inputs inputs,
                                       Results results) {
  FailureOr<HostTensor> result =
      makeResult(op, inputs[0].elementType(), inputs[0].shape());
  if (failed(result))
    return failure();
  std::vector<double> values = readFloats(inputs[0]);
  SmallVector<int64_t> shape;
  std::vector<int64_t> positions =
      reducedPositions(inputs[0].shape(), op.getDims(), shape);
  double count = 1;
  for (int64_t d : op.getDims())
    count *= static_cast<double>(inputs[0].shape()[d]);
  std::vector<double> sum(llvm::product_of(shape), 0), squares(sum.size(), 0);
  if (!op.getRms()) {
    for (auto [value, position] : llvm::zip_equal(values, positions))
      sum[position] += value;
    for (auto [value, position] : llvm::zip_equal(values, positions))
      value -= sum[position] / count;
  }
  for (auto [value, position] : llvm::zip_equal(values, positions))
    squares[position] += value * value;
  for (auto [value, position] : llvm::zip_equal(values, positions))
    value /= std::sqrt(squares[position] / count +
                       op.getEpsilon().convertToDouble());
  writeFloats(*result, values);
  results[0] = *result;
  return success();
}

void attachReductions(MLIRContext *context) {
  nn::ArgReduceOp::attachInterface<Model<nn::ArgReduceOp, evaluateArgReduce>>(
      *context);
  nn::NormalizeOp::attachInterface<Model<nn::NormalizeOp, evaluateNormalize>>(
      *context);
  nn::ReduceOp::attachInterface<Model<nn::ReduceOp, evaluateReduce>>(*context);
  nn::ScanOp::attachInterface<Model<nn::ScanOp, evaluateScan>>(*context);
  nn::SoftmaxOp::attachInterface<Model<nn::SoftmaxOp, evaluateSoftmax>>(
      *context);
  nn::SortOp::attachInterface<Model<nn::SortOp, evaluateSort>>(*context);
}

} // namespace ds::evaluator
