//===- EvaluatorWindows.cpp - pooling
//--------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

#include <cmath>

using namespace mlir;

namespace ds::evaluator {

using Inputs = ArrayRef<HostTensor>;
using Results = MutableArrayRef<HostTensor>;

/// Calls `visit(position)` for the position of every element of an operand of
/// `shape` under the window at `output`, in row-major order. Returns how many
/// positions of the window lie inside the operand when that is taken to reach
/// from -low to extent + high.
template <typename Op, typename Visit>
static int64_t visitWindow(Op op, ArrayRef<int64_t> output,
                           ArrayRef<int64_t> shape, ArrayRef<int64_t> strides,
                           Visit visit) {
  int64_t inPadded = 0;
  forEachIndex(op.getWindow(), [&](ArrayRef<int64_t> window) {
    bool isInside = true;
    int64_t element = 0;
    for (auto [d, k] : llvm::enumerate(window)) {
      int64_t position = output[d] * op.getStrides()[d] - op.getLow()[d] +
                         k * op.getDilations()[d];
      if (position >= shape[d] + op.getHigh()[d])
        return;
      isInside &= position >= 0 && position < shape[d];
      if (isInside)
        element += position * strides[d];
    }
    ++inPadded;
    if (isInside)
      visit(element);
  });
  return inPadded;
}

static LogicalResult evaluatePool(nn::PoolOp op, Inputs inputs,
                                  Results results) {
  const HostTensor &operand = inputs[0];
  Type type = operand.elementType();
  if (failed(checkWindow(op, {op.getWindow(), op.getStrides(), op.getLow(),
                              op.getHigh(), op.getDilations()})))
    return failure();
  FailureOr<HostTensor> result = makeResult(
      op, type, fillDynamic(results[0].shape(), inputs.drop_front()));
  if (failed(result))
    return failure();
  nn::ReduceKind reduction = op.getKind() == nn::PoolKind::max
                                 ? nn::ReduceKind::max
                                 : nn::ReduceKind::sum;
  SmallVector<int64_t> strides = stridesOf(operand.shape());
  int64_t next = 0;
  forEachIndex(result->shape(), [&](ArrayRef<int64_t> output) {
    Scalar combined = neutralElement(reduction, type);
    int64_t inside = 0;
    int64_t inPadded = visitWindow(
        op, output, operand.shape(), strides, [&](int64_t position) {
          combined = combine(reduction, type, combined, operand.get(position));
          ++inside;
        });
    int64_t count = op.getCountIncludePad() ? inPadded : inside;
    if (op.getKind() == nn::PoolKind::average && count > 0) {
      if (combined.isFloat)
        combined.f /= static_cast<double>(count);
      else
        combined.i = type.isUnsignedInteger()
                         ? static_cast<int64_t>(combined.u() /
                                                static_cast<uint64_t>(count))
                         : combined.i / count;
    }
    store(*result, next++, combined);
  });
  results[0] = *result;
  return success();
}

static LogicalResult evaluatePoolIndex(nn::PoolIndexOp op, Inputs inputs,
                                       Results results) {
  const HostTensor &operand = inputs[0];
  if (failed(checkWindow(op, {op.getWindow(), op.getStrides(), op.getLow(),
                              op.getHigh(), op.getDilations()})))
    return failure();
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(),
                 fillDynamic(results[0].shape(), inputs.drop_front()));
  if (failed(result))
    return failure();
  SmallVector<int64_t> strides = stridesOf(operand.shape());
  int64_t next = 0;
  forEachIndex(result->shape(), [&](ArrayRef<int64_t> output) {
    // The op leaves open what a window without any position yields; 0 is a
    // position at least.
    std::optional<int64_t> best;
    visitWindow(op, output, operand.shape(), strides, [&](int64_t position) {
      if (!best) {
        best = position;
        return;
      }
      Scalar candidate = operand.get(position), largest = operand.get(*best);
      bool isNewNan = candidate.isFloat && std::isnan(candidate.f) &&
                      !std::isnan(largest.f);
      if (isNewNan || isLess(operand.elementType(), largest, candidate))
        best = position;
    });
    result->set(next++, Scalar::fromInt(best.value_or(0)));
  });
  results[0] = *result;
  return success();
}

void attachWindows(MLIRContext *context) {
  nn::PoolOp::attachInterface<Model<nn::PoolOp, evaluatePool>>(*context);
  nn::PoolIndexOp::attachInterface<Model<nn::PoolIndexOp, evaluatePoolIndex>>(
      *context);
}

} // namespace ds::evaluator
