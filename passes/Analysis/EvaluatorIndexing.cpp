//===- EvaluatorIndexing.cpp - access by index: gather, scatter, nonzero
//---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

using namespace mlir;

namespace ds::evaluator {

using Inputs = ArrayRef<HostTensor>;
using Results = MutableArrayRef<HostTensor>;

/// Indices as positions within `extent`: negative ones count from the end, and
/// what is still outside goes to the nearest element.
class Positions {
public:
  explicit Positions(const HostTensor &indices)
      : values(readIntegers(indices)),
        isUnsigned(indices.elementType().isUnsignedInteger() ||
                   indices.elementType().isInteger(1)) {}

  int64_t at(int64_t i, int64_t extent) const {
    int64_t value = values[i];
    if (value < 0)
      value = isUnsigned ? extent : value + extent;
    return std::clamp<int64_t>(value, 0, extent - 1);
  }
  size_t size() const { return values.size(); }

private:
  std::vector<int64_t> values;
  bool isUnsigned;
};

/// An index needs something to point at.
static LogicalResult checkIndexed(Operation *op, const HostTensor &data,
                                  ArrayRef<int64_t> indexedExtents,
                                  size_t numIndices) {
  if (numIndices == 0 || !llvm::is_contained(indexedExtents, 0))
    return success();
  return op->emitOpError() << "expected elements to index, found data of shape "
                           << shapeString(data.shape());
}

static LogicalResult evaluateGather(nn::GatherOp op, Inputs inputs,
                                    Results results) {
  const HostTensor &data = inputs[0], &indices = inputs[1];
  Positions positions(indices);
  AxisView view(data.shape(), op.getAxis());
  if (failed(checkIndexed(op, data, view.extent, positions.size())))
    return failure();
  SmallVector<int64_t> shape(data.shape().take_front(op.getAxis()));
  llvm::append_range(shape, indices.shape());
  llvm::append_range(shape, data.shape().drop_front(op.getAxis() + 1));
  FailureOr<HostTensor> result = makeResult(op, data.elementType(), shape);
  if (failed(result))
    return failure();
  std::vector<int64_t> rows(positions.size());
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = positions.at(i, view.extent) * view.inner;
  copyMapped(*result, data,
             {arithmeticMap(0, view.extent * view.inner, view.outer), rows,
              arithmeticMap(0, 1, view.inner)});
  results[0] = *result;
  return success();
}

/// Whether `indices` lie within `data` on every dimension but `axis`, as ops on
/// single elements need it.
static LogicalResult checkElementIndices(Operation *op, const HostTensor &data,
                                         const HostTensor &indices,
                                         int64_t axis) {
  for (int64_t d = 0; d < data.rank(); ++d)
    if (d != axis && indices.shape()[d] > data.shape()[d])
      return op->emitOpError()
             << "expected indices within " << shapeString(data.shape())
             << " on every dimension but " << axis << ", found shape "
             << shapeString(indices.shape());
  return checkIndexed(op, data, data.shape()[axis], indices.numElements());
}

static LogicalResult evaluateGatherElements(nn::GatherElementsOp op,
                                            Inputs inputs, Results results) {
  const HostTensor &data = inputs[0], &indices = inputs[1];
  int64_t axis = op.getAxis();
  if (failed(checkElementIndices(op, data, indices, axis)))
    return failure();
  FailureOr<HostTensor> result =
      makeResult(op, data.elementType(), indices.shape());
  if (failed(result))
    return failure();
  Positions positions(indices);
  SmallVector<int64_t> strides = stridesOf(data.shape());
  int64_t bytes = elementBytes(data.elementType()), next = 0;
  forEachIndex(indices.shape(), [&](ArrayRef<int64_t> index) {
    int64_t from =
        positionOf(index, strides) +
        (positions.at(next, data.shape()[axis]) - index[axis]) * strides[axis];
    std::memcpy(result->mutableData() + next++ * bytes,
                data.data() + from * bytes, bytes);
  });
  results[0] = *result;
  return success();
}

/// Position in `data` of the slice that index tuple number `tuple` addresses,
/// the tuple's first entry standing for dimension `firstDim`.
static int64_t tuplePosition(const Positions &positions, int64_t tuple,
                             int64_t width, ArrayRef<int64_t> extents,
                             ArrayRef<int64_t> strides, int64_t firstDim) {
  int64_t position = 0;
  for (int64_t k = 0; k < width; ++k)
    position += positions.at(tuple * width + k, extents[firstDim + k]) *
                strides[firstDim + k];
  return position;
}

static LogicalResult evaluateGatherND(nn::GatherNDOp op, Inputs inputs,
                                      Results results) {
  const HostTensor &data = inputs[0], &indices = inputs[1];
  int64_t batchDims = op.getBatchDims(), width = indices.shape().back();
  ArrayRef<int64_t> batch = data.shape().take_front(batchDims);
  if (batch != indices.shape().take_front(batchDims))
    return op.emitOpError() << "expected " << batchDims
                            << " equal leading extents, found shapes "
                            << shapeString(data.shape()) << " and "
                            << shapeString(indices.shape());
  if (failed(checkIndexed(op, data, data.shape().slice(batchDims, width),
                          indices.numElements())))
    return failure();
  ArrayRef<int64_t> slice = data.shape().drop_front(batchDims + width);
  SmallVector<int64_t> shape(indices.shape().drop_back());
  llvm::append_range(shape, slice);
  FailureOr<HostTensor> result = makeResult(op, data.elementType(), shape);
  if (failed(result))
    return failure();

  Positions positions(indices);
  SmallVector<int64_t> strides = stridesOf(data.shape());
  int64_t tuples = llvm::product_of(indices.shape().drop_back()),
          batches = llvm::product_of(batch);
  int64_t batchElements = llvm::product_of(data.shape().drop_front(batchDims));
  int64_t sliceBytes =
      llvm::product_of(slice) * elementBytes(data.elementType());
  int64_t elementSize = elementBytes(data.elementType());
  for (int64_t t = 0; t < tuples; ++t) {
    int64_t from =
        t / (tuples / batches) * batchElements +
        tuplePosition(positions, t, width, data.shape(), strides, batchDims);
    std::memcpy(result->mutableData() + t * sliceBytes,
                data.data() + from * elementSize, sliceBytes);
  }
  results[0] = *result;
  return success();
}

/// A copy of the data to scatter into.
static FailureOr<HostTensor> copyData(Operation *op, const HostTensor &data,
                                      nn::ScatterKind kind) {
  if (kind != nn::ScatterKind::set && failed(checkNumbers(op, data)))
    return failure();
  FailureOr<HostTensor> copy = makeResult(op, data.elementType(), data.shape());
  if (succeeded(copy))
    std::memcpy(copy->mutableData(), data.data(), data.numBytes());
  return copy;
}

/// Combines element `from` of the updates into element `to` of the result.
static void combineElement(HostTensor &result, int64_t to,
                           const HostTensor &updates, int64_t from,
                           nn::ScatterKind kind) {
  auto reduce = [&](nn::ReduceKind reduction) {
    store(result, to,
          combine(reduction, result.elementType(), result.get(to),
                  updates.get(from)));
  };
  switch (kind) {
  case nn::ScatterKind::set: {
    int64_t bytes = elementBytes(result.elementType());
    std::memcpy(result.mutableData() + to * bytes,
                updates.data() + from * bytes, bytes);
    return;
  }
  case nn::ScatterKind::add:
    return reduce(nn::ReduceKind::sum);
  case nn::ScatterKind::mul:
    return reduce(nn::ReduceKind::product);
  case nn::ScatterKind::max:
    return reduce(nn::ReduceKind::max);
  case nn::ScatterKind::min:
    return reduce(nn::ReduceKind::min);
  }
}

static LogicalResult evaluateScatterElements(nn::ScatterElementsOp op,
                                             Inputs inputs, Results results) {
  const HostTensor &data = inputs[0], &indices = inputs[1],
                   &updates = inputs[2];
  int64_t axis = op.getAxis();
  if (updates.shape() != indices.shape())
    return op.emitOpError() << "expected updates of the indices' shape "
                            << shapeString(indices.shape()) << ", found "
                            << shapeString(updates.shape());
  if (failed(checkElementIndices(op, data, indices, axis)))
    return failure();
  FailureOr<HostTensor> result = copyData(op, data, op.getKind());
  if (failed(result))
    return failure();
  Positions positions(indices);
  SmallVector<int64_t> strides = stridesOf(data.shape());
  int64_t next = 0;
  forEachIndex(indices.shape(), [&](ArrayRef<int64_t> index) {
    int64_t to =
        positionOf(index, strides) +
        (positions.at(next, data.shape()[axis]) - index[axis]) * strides[axis];
    combineElement(*result, to, updates, next++, op.getKind());
  });
  results[0] = *result;
  return success();
}

static LogicalResult evaluateScatterND(nn::ScatterNDOp op, Inputs inputs,
                                       Results results) {
  const HostTensor &data = inputs[0], &indices = inputs[1],
                   &updates = inputs[2];
  int64_t width = indices.shape().back();
  ArrayRef<int64_t> slice = data.shape().drop_front(width);
  SmallVector<int64_t> expected(indices.shape().drop_back());
  llvm::append_range(expected, slice);
  if (updates.shape() != ArrayRef<int64_t>(expected))
    return op.emitOpError()
           << "expected updates of shape " << shapeString(expected)
           << ", found " << shapeString(updates.shape());
  if (failed(checkIndexed(op, data, data.shape().take_front(width),
                          indices.numElements())))
    return failure();
  FailureOr<HostTensor> result = copyData(op, data, op.getKind());
  if (failed(result))
    return failure();
  Positions positions(indices);
  SmallVector<int64_t> strides = stridesOf(data.shape());
  int64_t tuples = llvm::product_of(indices.shape().drop_back()),
          sliceElements = llvm::product_of(slice);
  for (int64_t t = 0; t < tuples; ++t) {
    int64_t to = tuplePosition(positions, t, width, data.shape(), strides,
                               /*firstDim=*/0);
    for (int64_t i = 0; i < sliceElements; ++i)
      combineElement(*result, to + i, updates, t * sliceElements + i,
                     op.getKind());
  }
  results[0] = *result;
  return success();
}

static LogicalResult evaluateNonZero(nn::NonZeroOp op, Inputs inputs,
                                     Results results) {
  const HostTensor &operand = inputs[0];
  std::vector<SmallVector<int64_t>> found;
  int64_t next = 0;
  forEachIndex(operand.shape(), [&](ArrayRef<int64_t> index) {
    if (operand.getDouble(next++) != 0)
      found.emplace_back(index);
  });
  int64_t count = static_cast<int64_t>(found.size());
  if (inputs[1].getInt(0) != count)
    return op.emitOpError()
           << "expected count " << count << ", found " << inputs[1].getInt(0);
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(), {operand.rank(), count});
  if (failed(result))
    return failure();
  for (auto [k, index] : llvm::enumerate(found))
    for (auto [d, position] : llvm::enumerate(index))
      result->set(d * count + k, Scalar::fromInt(position));
  results[0] = *result;
  return success();
}

void attachIndexing(MLIRContext *context) {
  nn::GatherOp::attachInterface<Model<nn::GatherOp, evaluateGather>>(*context);
  nn::GatherElementsOp::attachInterface<
      Model<nn::GatherElementsOp, evaluateGatherElements>>(*context);
  nn::GatherNDOp::attachInterface<Model<nn::GatherNDOp, evaluateGatherND>>(
      *context);
  nn::NonZeroOp::attachInterface<Model<nn::NonZeroOp, evaluateNonZero>>(
      *context);
  nn::ScatterElementsOp::attachInterface<
      Model<nn::ScatterElementsOp, evaluateScatterElements>>(*context);
  nn::ScatterNDOp::attachInterface<Model<nn::ScatterNDOp, evaluateScatterND>>(
      *context);
}

} // namespace ds::evaluator
