//===- Windows.cpp - slice, concat and pad --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

//===----------------------------------------------------------------------===//
// nn.slice
//===----------------------------------------------------------------------===//

SmallVector<OpFoldResult> SliceOp::getMixedOffsets() {
  Builder b(getContext());
  return getMixedValues(getStaticOffsets(), getOffsets(), b);
}

/// Whether the positions offset + i * stride, i < size, lie in [0, extent).
static bool isWindowInside(int64_t offset, int64_t stride, int64_t size,
                           int64_t extent) {
  if (size == 0)
    return true;
  int64_t span, last;
  if (llvm::MulOverflow(size - 1, stride, span) ||
      llvm::AddOverflow(offset, span, last))
    return false;
  return offset >= 0 && offset < extent && last >= 0 && last < extent;
}

LogicalResult SliceOp::verify() {
  RankedTensorType from = tensorTypeOf(getOperand()),
                   to = tensorTypeOf(getResult());
  if (failed(verifyPerDimension(*this, "static_offsets", getStaticOffsets(),
                                from.getRank())) || // C1
      failed(
          verifyPerDimension(*this, "strides", getStrides(), from.getRank())))
    return failure();
  if (llvm::is_contained(getStrides(), 0)) // C1
    return emitOpError("expected no stride of 0, but found [")
           << getStrides() << "]";
  size_t expected = llvm::count(getStaticOffsets(), ShapedType::kDynamic);
  if (getOffsets().size() != expected) // C2
    return emitOpError(
               "expected one offset per dynamic entry of 'static_offsets' (")
           << expected << "), but found " << getOffsets().size();
  if (failed(verifySizes(*this, getSizes(), getResult()))) // C2
    return failure();
  if (from.getRank() != to.getRank()) // C3
    return emitOpError("expected operand and result of one rank, but found ")
           << from << " and " << to;
  if (failed(verifySameElementType(*this, "operand", getOperand(), "result",
                                   getResult()))) // C3
    return failure();
  for (int64_t dim = 0; dim < from.getRank(); ++dim) {
    int64_t offset = getStaticOffsets()[dim], stride = getStrides()[dim];
    if (ShapedType::isDynamic(offset) || from.isDynamicDim(dim) ||
        to.isDynamicDim(dim))
      continue;
    if (!isWindowInside(offset, stride, to.getDimSize(dim),
                        from.getDimSize(dim))) // C4
      return emitOpError("expected the window of dimension ")
             << dim << " to lie inside the extent " << from.getDimSize(dim)
             << ", but found offset " << offset << ", stride " << stride
             << " and size " << to.getDimSize(dim);
  }
  return success();
}

LogicalResult SliceOp::reifyResultShapes(OpBuilder &b,
                                         ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  auto isOne = [](int64_t stride) { return stride == 1; };
  if (getOperand().getType() == getType() &&
      llvm::all_of(getStrides(), isOne) &&
      llvm::all_of(
          getMixedOffsets(),
          [](OpFoldResult offset) { return isConstantIntValue(offset, 0); }) &&
      hasOperandSizes(getOperand(), getResult()))
    return getOperand();
  auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand());
  if (splat && getType().hasStaticShape())
    return splat.resizeSplat(getType());
  return {};
}

//===----------------------------------------------------------------------===//
// nn.concat
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::verify() {
  if (getInputs().empty()) // C1
    return emitOpError("expected at least one operand, but found none");
  RankedTensorType first = tensorTypeOf(getInputs().front());
  if (failed(verifyAxis(*this, getAxis(), first.getRank()))) // C1
    return failure();
  SmallVector<int64_t> shape(first.getShape());
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    RankedTensorType type = tensorTypeOf(input);
    if (type.getRank() != first.getRank() ||
        type.getElementType() != first.getElementType()) // C1
      return emitOpError("expected operands of one rank and element type, but "
                         "operand 0 is ")
             << first << " and operand " << index << " is " << type;
    for (auto [dim, extent] : llvm::enumerate(shape)) {
      int64_t other = type.getDimSize(dim);
      if (static_cast<int64_t>(dim) == getAxis() ||
          ShapedType::isDynamic(other))
        continue;
      if (!ShapedType::isDynamic(extent) && extent != other) // C2
        return emitOpError("expected extents that agree except on axis ")
               << getAxis() << ", but dimension " << dim << " is " << extent
               << " before operand " << index << ", where it is " << other;
      extent = other;
    }
  }
  return success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                         ValueRange operands,
                                         DictionaryAttr attributes,
                                         OpaqueProperties properties,
                                         RegionRange regions,
                                         SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto first = operands.empty()
                   ? nullptr
                   : dyn_cast<RankedTensorType>(operands.front().getType());
  int64_t axis = adaptor.getAxis();
  if (!first || axis < 0 || axis >= first.getRank())
    return failure();
  SmallVector<int64_t> shape(first.getShape());
  int64_t total = 0;
  for (Value input : operands) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    if (!type || type.getRank() != first.getRank())
      return failure();
    for (auto [extent, other] : llvm::zip(shape, type.getShape()))
      if (!ShapedType::isDynamic(other))
        extent = other;
    total = ShapedType::isDynamic(total) || type.isDynamicDim(axis)
                ? ShapedType::kDynamic
                : total + type.getDimSize(axis);
  }
  shape[axis] = total;
  types.push_back(first.clone(shape));
  return success();
}

LogicalResult ConcatOp::reifyResultShapes(OpBuilder &b,
                                          ReifiedRankedShapedTypeDims &dims) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0, rank = getType().getRank(); dim < rank; ++dim) {
    if (dim != getAxis()) {
      sizes.push_back(sizeOf(b, getLoc(), getResult(), dim));
      continue;
    }
    OpFoldResult total = b.getIndexAttr(0);
    for (Value input : getInputs())
      total = addSizes(b, getLoc(), total, sizeOf(b, getLoc(), input, dim));
    sizes.push_back(total);
  }
  addReified(b, getResult(), sizes, dims);
  return success();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

//===----------------------------------------------------------------------===//
// nn.pad
//===----------------------------------------------------------------------===//

SmallVector<OpFoldResult> PadOp::getMixedLow() {
  Builder b(getContext());
  return getMixedValues(getStaticLow(), getLow(), b);
}

SmallVector<OpFoldResult> PadOp::getMixedHigh() {
  Builder b(getContext());
  return getMixedValues(getStaticHigh(), getHigh(), b);
}

/// C1 and C2 for one side.
static LogicalResult verifyPads(PadOp op, StringRef name,
                                ArrayRef<int64_t> statics, ValueRange values,
                                int64_t rank) {
  if (failed(verifyPerDimension(op, name, statics, rank))) // C1
    return failure();
  for (int64_t pad : statics)
    if (pad < 0 && !ShapedType::isDynamic(pad)) // C1
      return op.emitOpError("expected no negative entry of '")
             << name << "', but found " << pad;
  size_t expected = llvm::count(statics, ShapedType::kDynamic);
  if (values.size() != expected) // C2
    return op.emitOpError("expected one operand per dynamic entry of '")
           << name << "' (" << expected << "), but found " << values.size();
  return success();
}

LogicalResult PadOp::verify() {
  RankedTensorType from = tensorTypeOf(getOperand()),
                   to = tensorTypeOf(getResult());
  if (failed(verifyPads(*this, "static_low", getStaticLow(), getLow(),
                        from.getRank())) ||
      failed(verifyPads(*this, "static_high", getStaticHigh(), getHigh(),
                        from.getRank())))
    return failure();
  bool wantsValue = getMode() == PadMode::constant;
  if (wantsValue != static_cast<bool>(getValue())) // C3
    return emitOpError("expected ")
           << (wantsValue ? "a value" : "no value") << " in mode '"
           << stringifyEnum(getMode()) << "', but found "
           << (getValue() ? "one" : "none");
  if (getValue() && getValue().getType() !=
                        RankedTensorType::get({}, from.getElementType())) // C3
    return emitOpError(
               "expected a value of rank 0 and the operand's element type ")
           << from.getElementType() << ", but found " << getValue().getType();
  if (from.getRank() != to.getRank() ||
      from.getElementType() != to.getElementType()) // C4
    return emitOpError("expected operand and result of one rank and element "
                       "type, but found ")
           << from << " and " << to;
  for (int64_t dim = 0; dim < from.getRank(); ++dim) {
    int64_t low = getStaticLow()[dim], high = getStaticHigh()[dim],
            extent = from.getDimSize(dim);
    if (ShapedType::isDynamic(low) || ShapedType::isDynamic(high) ||
        from.isDynamicDim(dim) || to.isDynamicDim(dim))
      continue;
    if (low + extent + high != to.getDimSize(dim)) // C4
      return emitOpError("expected result extent ")
             << low + extent + high << " of dimension " << dim << ", but found "
             << to.getDimSize(dim);
  }
  return success();
}

LogicalResult PadOp::reifyResultShapes(OpBuilder &b,
                                       ReifiedRankedShapedTypeDims &dims) {
  SmallVector<OpFoldResult> sizes;
  SmallVector<OpFoldResult> low = getMixedLow(), high = getMixedHigh();
  for (int64_t dim = 0, rank = getType().getRank(); dim < rank; ++dim) {
    OpFoldResult size = sizeOf(b, getLoc(), getOperand(), dim);
    sizes.push_back(addSizes(b, getLoc(), addSizes(b, getLoc(), low[dim], size),
                             high[dim]));
  }
  addReified(b, getResult(), sizes, dims);
  return success();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t pad) { return pad == 0; };
  if (getOperand().getType() == getType() &&
      llvm::all_of(getStaticLow(), isZero) &&
      llvm::all_of(getStaticHigh(), isZero))
    return getOperand();
  return {};
}
