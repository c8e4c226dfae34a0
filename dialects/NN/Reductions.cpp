//===- Reductions.cpp - reductions, scans and order -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

/// The operand's shape without some dimensions.
static SmallVector<int64_t> dropDims(ArrayRef<int64_t> shape,
                                     ArrayRef<int64_t> dims) {
  SmallVector<int64_t> kept;
  for (auto [dim, extent] : llvm::enumerate(shape))
    if (!llvm::is_contained(dims, static_cast<int64_t>(dim)))
      kept.push_back(extent);
  return kept;
}

//===----------------------------------------------------------------------===//
// nn.reduce
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  RankedTensorType type = tensorTypeOf(getOperand());
  if (failed(verifyIncreasing(*this, "dims", getDims(), type.getRank()))) // C1
    return failure();
  bool isLogic = getKind() == ReduceKind::all || getKind() == ReduceKind::any;
  if (isLogic && !type.getElementType().isInteger(1)) // C2
    return emitOpError("expected an operand of i1 for '")
           << stringifyEnum(getKind()) << "', but found " << type;
  return success();
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         ValueRange operands,
                                         DictionaryAttr attributes,
                                         OpaqueProperties properties,
                                         RegionRange regions,
                                         SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto type = dyn_cast<RankedTensorType>(adaptor.getOperand().getType());
  if (!type)
    return failure();
  types.push_back(type.clone(dropDims(type.getShape(), adaptor.getDims())));
  return success();
}

LogicalResult ReduceOp::reifyResultShapes(OpBuilder &b,
                                          ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  if (getDims().empty())
    return getOperand();
  return {};
}

//===----------------------------------------------------------------------===//
// nn.arg_reduce
//===----------------------------------------------------------------------===//

LogicalResult ArgReduceOp::verify() {
  if (getKind() != ReduceKind::max && getKind() != ReduceKind::min) // C1
    return emitOpError("expected 'max' or 'min', but found '")
           << stringifyEnum(getKind()) << "'";
  return verifyAxis(*this, getAxis(),
                    tensorTypeOf(getOperand()).getRank()); // C1
}

LogicalResult
ArgReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange regions,
                              SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto type = dyn_cast<RankedTensorType>(adaptor.getOperand().getType());
  if (!type)
    return failure();
  types.push_back(
      RankedTensorType::get(dropDims(type.getShape(), adaptor.getAxis()),
                            IntegerType::get(context, 64)));
  return success();
}

LogicalResult
ArgReduceOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.scan
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::verify() {
  if (getKind() == ReduceKind::all || getKind() == ReduceKind::any) // C1
    return emitOpError("expected 'sum', 'product', 'max' or 'min', but found '")
           << stringifyEnum(getKind()) << "'";
  return verifyAxis(*this, getAxis(),
                    tensorTypeOf(getOperand()).getRank()); // C1
}

LogicalResult ScanOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.sort
//===----------------------------------------------------------------------===//

LogicalResult SortOp::verify() {
  return verifyAxis(*this, getAxis(),
                    tensorTypeOf(getOperand()).getRank()); // C1
}

LogicalResult SortOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location>,
                                       ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange,
                                       SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(operands.front().getType());
  if (!type)
    return failure();
  types.append({type, type.clone(IntegerType::get(context, 64))});
  return success();
}

LogicalResult SortOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

//===----------------------------------------------------------------------===//
// nn.softmax, nn.normalize
//===----------------------------------------------------------------------===//

LogicalResult SoftmaxOp::verify() {
  return verifyAxis(*this, getAxis(),
                    tensorTypeOf(getOperand()).getRank()); // C1
}

LogicalResult SoftmaxOp::reifyResultShapes(OpBuilder &b,
                                           ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

LogicalResult NormalizeOp::verify() {
  if (getDims().empty()) // C1
    return emitOpError("expected at least one entry of 'dims', but found none");
  return verifyIncreasing(*this, "dims", getDims(),
                          tensorTypeOf(getOperand()).getRank()); // C1
}

LogicalResult
NormalizeOp::reifyResultShapes(OpBuilder &b,
                               ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}
