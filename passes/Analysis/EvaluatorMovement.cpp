//===- EvaluatorMovement.cpp - constants, generators and data movement
//-----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/Evaluator.h"
#include "passes/Analysis/EvaluatorInternal.h"

using namespace mlir;

uint64_t ds::randomBitsAt(uint64_t key, uint64_t position) {
  uint64_t z = key + (position + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

namespace ds::evaluator {

using Inputs = ArrayRef<HostTensor>;
using Results = MutableArrayRef<HostTensor>;

static LogicalResult evaluateConstant(nn::ConstantOp op, Inputs,
                                      Results results) {
  FailureOr<HostTensor> data = nn::getConstantData(op);
  if (failed(data))
    return op.emitOpError()
           << "expected data that is loaded, found no entry for "
           << op.getValue();
  results[0] = *data;
  return success();
}

static LogicalResult evaluateIota(nn::IotaOp op, Inputs inputs,
                                  Results results) {
  FailureOr<HostTensor> result = makeResult(
      op, results[0].elementType(), fillDynamic(results[0].shape(), inputs));
  if (failed(result))
    return failure();
  AxisView view(result->shape(), op.getAxis());
  int64_t position = 0;
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.extent; ++k)
      for (int64_t i = 0; i < view.inner; ++i)
        store(*result, position++,
              isa<FloatType>(result->elementType())
                  ? Scalar::fromDouble(static_cast<double>(k))
                  : Scalar::fromInt(k));
  results[0] = *result;
  return success();
}

static LogicalResult evaluateRandomBits(nn::RandomBitsOp op, Inputs inputs,
                                        Results results) {
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(),
                 fillDynamic(results[0].shape(), inputs.drop_front()));
  if (failed(result))
    return failure();
  uint64_t key = inputs[0].get(0).u();
  for (int64_t p = 0, e = result->numElements(); p < e; ++p)
    result->set(p, Scalar::fromInt(static_cast<int64_t>(randomBitsAt(key, p))));
  results[0] = *result;
  return success();
}

static LogicalResult evaluateBroadcast(nn::BroadcastOp op, Inputs inputs,
                                       Results results) {
  const HostTensor &operand = inputs[0];
  FailureOr<HostTensor> result =
      makeResult(op, operand.elementType(),
                 fillDynamic(results[0].shape(), inputs.drop_front()));
  if (failed(result))
    return failure();
  std::vector<std::vector<int64_t>> maps;
  for (int64_t extent : result->shape())
    maps.push_back(arithmeticMap(0, 0, extent));
  SmallVector<int64_t> strides = stridesOf(operand.shape());
  for (auto [i, d] : llvm::enumerate(op.getDims())) {
    int64_t extent = operand.shape()[i], target = result->shape()[d];
    if (extent != 1 && extent != target)
      return op.emitOpError()
             << "expected an extent of 1 or " << target << " in dimension " << i
             << ", found operand shape " << shapeString(operand.shape());
    if (extent != 1)
      maps[d] = arithmeticMap(0, strides[i], target);
  }
  copyMapped(*result, operand, maps);
  results[0] = *result;
  return success();
}

static LogicalResult evaluateReshape(nn::ReshapeOp op, Inputs inputs,
                                     Results results) {
  SmallVector<int64_t> shape =
      fillDynamic(results[0].shape(), inputs.drop_front());
  FailureOr<HostTensor> result = makeResult(op, inputs[0].elementType(), shape);
  if (failed(result))
    return failure();
  if (result->numElements() != inputs[0].numElements())
    return op.emitOpError() << "expected a shape of " << inputs[0].numElements()
                            << " elements, found " << shapeString(shape);
  std::memcpy(result->mutableData(), inputs[0].data(), result->numBytes());
  results[0] = *result;
  return success();
}

static LogicalResult evaluateTranspose(nn::TransposeOp op, Inputs inputs,
                                       Results results) {
  const HostTensor &operand = inputs[0];
  SmallVector<int64_t> shape, strides = stridesOf(operand.shape());
  std::vector<std::vector<int64_t>> maps;
  for (int64_t d : op.getPermutation()) {
    shape.push_back(operand.shape()[d]);
    maps.push_back(arithmeticMap(0, strides[d], shape.back()));
  }
  FailureOr<HostTensor> result = makeResult(op, operand.elementType(), shape);
  if (failed(result))
    return failure();
  copyMapped(*result, operand, maps);
  results[0] = *result;
  return success();
}

static LogicalResult evaluateSlice(nn::SliceOp op, Inputs inputs,
                                   Results results) {
  const HostTensor &operand = inputs[0];
  size_t numOffsets = op.getOffsets().size();
  SmallVector<int64_t> offsets =
      fillDynamic(op.getStaticOffsets(), inputs.slice(1, numOffsets));
  FailureOr<HostTensor> result = makeResult(
      op, operand.elementType(),
      fillDynamic(results[0].shape(), inputs.drop_front(1 + numOffsets)));
  if (failed(result))
    return failure();
  SmallVector<int64_t> strides = stridesOf(operand.shape());
  std::vector<std::vector<int64_t>> maps;
  for (auto [d, extent] : llvm::enumerate(result->shape())) {
    int64_t first = offsets[d], step = op.getStrides()[d], span = 0, last = 0;
    bool overflows =
        llvm::MulOverflow(std::max<int64_t>(extent - 1, 0), step, span) ||
        llvm::AddOverflow(first, span, last);
    int64_t limit = operand.shape()[d];
    if (extent > 0 &&
        (overflows || first < 0 || first >= limit || last < 0 || last >= limit))
      return op.emitOpError()
             << "expected positions below " << limit << " in dimension " << d
             << ", found offset " << first << ", size " << extent
             << " and stride " << step;
    maps.push_back(extent == 0 ? std::vector<int64_t>()
                               : arithmeticMap(first * strides[d],
                                               step * strides[d], extent));
  }
  copyMapped(*result, operand, maps);
  results[0] = *result;
  return success();
}

static LogicalResult evaluateConcat(nn::ConcatOp op, Inputs inputs,
                                    Results results) {
  int64_t axis = op.getAxis();
  SmallVector<int64_t> shape(inputs[0].shape());
  shape[axis] = 0;
  for (const HostTensor &input : inputs) {
    for (auto [d, extent] : llvm::enumerate(input.shape()))
      if (static_cast<int64_t>(d) != axis && extent != shape[d])
        return op.emitOpError()
               << "expected extent " << shape[d] << " in dimension " << d
               << ", found shape " << shapeString(input.shape());
    shape[axis] += input.shape()[axis];
  }
  FailureOr<HostTensor> result = makeResult(op, inputs[0].elementType(), shape);
  if (failed(result))
    return failure();
  AxisView view(shape, axis);
  int64_t rowBytes = view.inner * elementBytes(result->elementType());
  char *to = result->mutableData();
  for (int64_t o = 0; o < view.outer; ++o) {
    for (const HostTensor &input : inputs) {
      int64_t blockBytes = input.shape()[axis] * rowBytes;
      std::memcpy(to, input.data() + o * blockBytes, blockBytes);
      to += blockBytes;
    }
  }
  results[0] = *result;
  return success();
}

/// Where the element at `i` of a dimension of `extent` elements comes from, `i`
/// being outside when padded.
static int64_t paddedPosition(nn::PadMode mode, int64_t i, int64_t extent) {
  if (i >= 0 && i < extent)
    return i;
  switch (mode) {
  case nn::PadMode::constant:
    return NoSource;
  case nn::PadMode::edge:
    return i < 0 ? 0 : extent - 1;
  case nn::PadMode::wrap: {
    int64_t position = i % extent;
    return position < 0 ? position + extent : position;
  }
  case nn::PadMode::reflect: {
    // The pattern 0 1 .. n-1 n-2 .. 1 repeats.
    int64_t period = std::max<int64_t>(2 * (extent - 1), 1);
    int64_t position = i % period;
    if (position < 0)
      position += period;
    return position < extent ? position : period - position;
  }
  }
  llvm_unreachable("every pad mode is handled above");
}

static LogicalResult evaluatePad(nn::PadOp op, Inputs inputs, Results results) {
  const HostTensor &operand = inputs[0];
  size_t first = op.getValue() ? 2 : 1, numLow = op.getLow().size();
  SmallVector<int64_t> low =
      fillDynamic(op.getStaticLow(), inputs.slice(first, numLow));
  SmallVector<int64_t> high =
      fillDynamic(op.getStaticHigh(), inputs.drop_front(first + numLow));
  SmallVector<int64_t> shape(operand.shape());
  for (size_t d = 0; d < shape.size(); ++d) {
    if (low[d] < 0 || high[d] < 0)
      return op.emitOpError()
             << "expected pads of at least 0 in dimension " << d << ", found "
             << low[d] << " and " << high[d];
    if (shape[d] == 0 && (low[d] != 0 || high[d] != 0) &&
        op.getMode() != nn::PadMode::constant)
      return op.emitOpError()
             << "expected elements to pad with in dimension " << d
             << ", found operand shape " << shapeString(operand.shape());
    if (llvm::AddOverflow(shape[d], low[d], shape[d]) ||
        llvm::AddOverflow(shape[d], high[d], shape[d]))
      return op.emitOpError()
             << "expected pads of a sane size in dimension " << d << ", found "
             << low[d] << " and " << high[d];
  }
  FailureOr<HostTensor> result = makeResult(op, operand.elementType(), shape);
  if (failed(result))
    return failure();
  if (op.getValue()) {
    int64_t bytes = elementBytes(result->elementType());
    for (int64_t i = 0, e = result->numElements(); i < e; ++i)
      std::memcpy(result->mutableData() + i * bytes, inputs[1].data(), bytes);
  }
  SmallVector<int64_t> strides = stridesOf(operand.shape());
  std::vector<std::vector<int64_t>> maps;
  for (auto [d, extent] : llvm::enumerate(shape)) {
    std::vector<int64_t> &map = maps.emplace_back();
    for (int64_t i = 0; i < extent; ++i) {
      int64_t position =
          paddedPosition(op.getMode(), i - low[d], operand.shape()[d]);
      map.push_back(position == NoSource ? NoSource : position * strides[d]);
    }
  }
  copyMapped(*result, operand, maps);
  results[0] = *result;
  return success();
}

/// A select moves bytes: it takes complex elements, which have no Scalar.
static LogicalResult evaluateSelect(nn::SelectOp op, Inputs inputs,
                                    Results results) {
  for (const HostTensor &input : inputs.drop_front())
    if (input.shape() != inputs[0].shape())
      return op.emitOpError()
             << "expected operands of shape " << shapeString(inputs[0].shape())
             << ", found " << shapeString(input.shape());
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(), inputs[0].shape());
  if (failed(result))
    return failure();
  int64_t bytes = elementBytes(result->elementType());
  for (int64_t i = 0, e = result->numElements(); i < e; ++i)
    std::memcpy(result->mutableData() + i * bytes,
                inputs[inputs[0].get(i).i ? 1 : 2].data() + i * bytes, bytes);
  results[0] = *result;
  return success();
}

void attachMovement(MLIRContext *context) {
  nn::BroadcastOp::attachInterface<Model<nn::BroadcastOp, evaluateBroadcast>>(
      *context);
  nn::ConcatOp::attachInterface<Model<nn::ConcatOp, evaluateConcat>>(*context);
  nn::ConstantOp::attachInterface<Model<nn::ConstantOp, evaluateConstant>>(
      *context);
  nn::IotaOp::attachInterface<Model<nn::IotaOp, evaluateIota>>(*context);
  nn::PadOp::attachInterface<Model<nn::PadOp, evaluatePad>>(*context);
  nn::RandomBitsOp::attachInterface<
      Model<nn::RandomBitsOp, evaluateRandomBits>>(*context);
  nn::ReshapeOp::attachInterface<Model<nn::ReshapeOp, evaluateReshape>>(
      *context);
  nn::SelectOp::attachInterface<Model<nn::SelectOp, evaluateSelect>>(*context);
  nn::SliceOp::attachInterface<Model<nn::SliceOp, evaluateSlice>>(*context);
  nn::TransposeOp::attachInterface<Model<nn::TransposeOp, evaluateTranspose>>(
      *context);
}

} // namespace ds::evaluator
