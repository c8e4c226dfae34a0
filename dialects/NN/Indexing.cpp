//===- Indexing.cpp - gather, scatter and the like ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

/// Part of a shape, appended to another.
static void append(SmallVectorImpl<int64_t> &shape, ArrayRef<int64_t> part) {
  shape.append(part.begin(), part.end());
}

//===----------------------------------------------------------------------===//
// nn.gather
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::verify() {
  return verifyAxis(*this, getAxis(), tensorTypeOf(getData()).getRank()); // C1
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         ValueRange operands,
                                         DictionaryAttr attributes,
                                         OpaqueProperties properties,
                                         RegionRange regions,
                                         SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto data = dyn_cast<RankedTensorType>(adaptor.getData().getType());
  auto indices = dyn_cast<RankedTensorType>(adaptor.getIndices().getType());
  int64_t axis = adaptor.getAxis();
  if (!data || !indices || axis < 0 || axis >= data.getRank())
    return failure();
  SmallVector<int64_t> shape;
  append(shape, data.getShape().take_front(axis));
  append(shape, indices.getShape());
  append(shape, data.getShape().drop_front(axis + 1));
  types.push_back(data.clone(shape));
  return success();
}

LogicalResult GatherOp::reifyResultShapes(OpBuilder &b,
                                          ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.gather_elements
//===----------------------------------------------------------------------===//

LogicalResult GatherElementsOp::verify() {
  int64_t rank = tensorTypeOf(getData()).getRank(),
          indexRank = tensorTypeOf(getIndices()).getRank();
  if (rank != indexRank) // C1
    return emitOpError("expected data and indices of one rank, but found ")
           << rank << " and " << indexRank;
  return verifyAxis(*this, getAxis(), rank); // C1
}

LogicalResult GatherElementsOp::inferReturnTypes(
    MLIRContext *, std::optional<Location>, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto data = dyn_cast<RankedTensorType>(adaptor.getData().getType());
  auto indices = dyn_cast<RankedTensorType>(adaptor.getIndices().getType());
  if (!data || !indices)
    return failure();
  types.push_back(indices.clone(data.getElementType()));
  return success();
}

LogicalResult
GatherElementsOp::reifyResultShapes(OpBuilder &b,
                                    ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.gather_nd
//===----------------------------------------------------------------------===//

LogicalResult GatherNDOp::verify() {
  RankedTensorType data = tensorTypeOf(getData()),
                   indices = tensorTypeOf(getIndices());
  if (indices.getRank() == 0 ||
      ShapedType::isDynamic(indices.getShape().back())) // C1
    return emitOpError("expected indices with a static last extent, but found ")
           << indices;
  if (getBatchDims() < 0 || getBatchDims() >= indices.getRank()) // C1
    return emitOpError("expected 'batch_dims' from 0 to ")
           << indices.getRank() - 1 << ", but found " << getBatchDims();
  int64_t tuple = indices.getShape().back();
  if (getBatchDims() + tuple > data.getRank()) // C1
    return emitOpError("expected tuples that address at most the ")
           << data.getRank() - getBatchDims()
           << " data dimensions behind the batch, but found " << tuple
           << " indices each";
  return success();
}

LogicalResult
GatherNDOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                             ValueRange operands, DictionaryAttr attributes,
                             OpaqueProperties properties, RegionRange regions,
                             SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto data = dyn_cast<RankedTensorType>(adaptor.getData().getType());
  auto indices = dyn_cast<RankedTensorType>(adaptor.getIndices().getType());
  int64_t batch = adaptor.getBatchDims();
  if (!data || !indices || indices.getRank() == 0 ||
      ShapedType::isDynamic(indices.getShape().back()) || batch < 0 ||
      batch > data.getRank() ||
      indices.getShape().back() > data.getRank() - batch)
    return failure();
  SmallVector<int64_t> shape;
  append(shape, indices.getShape().drop_back());
  append(shape, data.getShape().drop_front(batch + indices.getShape().back()));
  types.push_back(data.clone(shape));
  return success();
}

LogicalResult GatherNDOp::reifyResultShapes(OpBuilder &b,
                                            ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.scatter_elements, nn.scatter_nd
//===----------------------------------------------------------------------===//

LogicalResult ScatterElementsOp::verify() {
  int64_t rank = tensorTypeOf(getData()).getRank(),
          indexRank = tensorTypeOf(getIndices()).getRank(),
          updateRank = tensorTypeOf(getUpdates()).getRank();
  if (rank != indexRank || rank != updateRank) // C1
    return emitOpError(
               "expected data, indices and updates of one rank, but found ")
           << rank << ", " << indexRank << " and " << updateRank;
  if (failed(verifyAxis(*this, getAxis(), rank))) // C1
    return failure();
  return verifySameElementType(*this, "data", getData(), "updates",
                               getUpdates()); // C1
}

LogicalResult
ScatterElementsOp::reifyResultShapes(OpBuilder &b,
                                     ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

LogicalResult ScatterNDOp::verify() {
  RankedTensorType data = tensorTypeOf(getData()),
                   indices = tensorTypeOf(getIndices()),
                   updates = tensorTypeOf(getUpdates());
  if (indices.getRank() == 0 ||
      ShapedType::isDynamic(indices.getShape().back())) // C1
    return emitOpError("expected indices with a static last extent, but found ")
           << indices;
  int64_t tuple = indices.getShape().back();
  if (tuple > data.getRank()) // C1
    return emitOpError("expected tuples of at most ")
           << data.getRank() << " indices, but found " << tuple;
  int64_t expected = indices.getRank() - 1 + data.getRank() - tuple;
  if (updates.getRank() != expected) // C1
    return emitOpError("expected updates of rank ")
           << expected << ", but found " << updates;
  return verifySameElementType(*this, "data", getData(), "updates",
                               getUpdates()); // C1
}

LogicalResult
ScatterNDOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.nonzero
//===----------------------------------------------------------------------===//

LogicalResult NonZeroOp::verify() {
  int64_t rank = tensorTypeOf(getOperand()).getRank();
  RankedTensorType type = tensorTypeOf(getResult());
  if (type.getRank() != 2 || type.getDimSize(0) != rank ||
      !type.isDynamicDim(1)) // C1
    return emitOpError("expected a result of shape ")
           << rank << "x?, but found " << type;
  return success();
}

LogicalResult NonZeroOp::reifyResultShapes(OpBuilder &b,
                                           ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}
