//===- EvaluatorHost.cpp - scalars and tensor ops of the host
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace ds::evaluator {

using Inputs = ArrayRef<HostTensor>;
using Results = MutableArrayRef<HostTensor>;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

bool isElementType(Type type) {
  if (auto complex = dyn_cast<ComplexType>(type))
    type = complex.getElementType();
  return type.isIndex() ||
         (type.isIntOrFloat() && type.getIntOrFloatBitWidth() <= 64);
}

/// Whether the raw data of an attribute differs from that of a tensor: booleans
/// are packed into bits, and the bits above a narrow integer are not defined.
static bool isHeldOtherwise(Type elementType) {
  return isa<IntegerType>(elementType) &&
         elementType.getIntOrFloatBitWidth() < 8;
}

std::optional<HostTensor> fromAttribute(Attribute attribute) {
  auto typed = dyn_cast<TypedAttr>(attribute);
  if (!typed || !isElementType(getElementTypeOrSelf(typed.getType())))
    return std::nullopt;
  if (isa<IntegerAttr, FloatAttr>(attribute)) {
    auto number = dyn_cast<FloatAttr>(attribute);
    APInt bits = number ? number.getValue().bitcastToAPInt()
                        : cast<IntegerAttr>(attribute).getValue();
    HostTensor scalar(typed.getType(), {});
    uint64_t word = bits.getZExtValue();
    std::memcpy(scalar.mutableData(), &word, scalar.numBytes());
    return scalar;
  }
  auto elements = dyn_cast<DenseElementsAttr>(attribute);
  if (!elements)
    return std::nullopt;
  HostTensor tensor(elements.getElementType(), elements.getType().getShape());
  if (isHeldOtherwise(tensor.elementType())) {
    for (auto [i, value] : llvm::enumerate(elements.getValues<APInt>()))
      tensor.set(i,
                 Scalar::fromInt(static_cast<int64_t>(value.getZExtValue())));
    return tensor;
  }
  ArrayRef<char> raw = elements.getRawData();
  int64_t step = elements.isSplat() ? 0 : elementBytes(tensor.elementType());
  for (int64_t i = 0, e = tensor.numElements(),
               bytes = elementBytes(tensor.elementType());
       i < e; ++i)
    std::memcpy(tensor.mutableData() + i * bytes, raw.data() + i * step, bytes);
  return tensor;
}

TypedAttr toScalarAttribute(const HostTensor &scalar, Type type) {
  uint64_t bits = 0;
  std::memcpy(&bits, scalar.data(), elementBytes(type));
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(
        type, APFloat(floatType.getFloatSemantics(),
                      APInt(floatType.getWidth(), bits, /*isSigned=*/false,
                            /*implicitTrunc=*/true)));
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  return IntegerAttr::get(
      type, APInt(width, bits, /*isSigned=*/false, /*implicitTrunc=*/true));
}

DenseElementsAttr toElementsAttribute(const HostTensor &tensor) {
  auto type = RankedTensorType::get(tensor.shape(), tensor.elementType());
  if (tensor.numElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (!isHeldOtherwise(tensor.elementType()))
    return DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef<char>(tensor.data(), tensor.numBytes()));
  SmallVector<APInt> values;
  for (int64_t i = 0, e = tensor.numElements(); i < e; ++i)
    values.push_back(APInt(tensor.elementType().getIntOrFloatBitWidth(),
                           tensor.get(i).u(), /*isSigned=*/false,
                           /*implicitTrunc=*/true));
  return DenseElementsAttr::get(type, values);
}

bool isValueOf(const HostTensor &tensor, Type type) {
  auto tensorType = dyn_cast<RankedTensorType>(type);
  if (!tensorType)
    return tensor.elementType() == type && tensor.rank() == 0;
  return tensor.elementType() == tensorType.getElementType() &&
         tensor.rank() == tensorType.getRank() &&
         llvm::all_of(llvm::zip(tensor.shape(), tensorType.getShape()),
                      [](auto pair) {
                        return ShapedType::isDynamic(std::get<1>(pair)) ||
                               std::get<0>(pair) == std::get<1>(pair);
                      });
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

LogicalResult evaluateByFolding(Operation *op, Inputs inputs,
                                SmallVectorImpl<HostTensor> &results) {
  SmallVector<Attribute> operands;
  for (auto [input, type] : llvm::zip_equal(inputs, op->getOperandTypes()))
    operands.push_back(isa<ShapedType>(type) ? Attribute()
                                             : toScalarAttribute(input, type));
  // A copy on arguments of a block: folders look at what made their operands,
  // and might name a value that is known there alone ((a + b) - b is a).
  Block scratch;
  SmallVector<Location> locs(op->getNumOperands(), op->getLoc());
  scratch.addArguments(op->getOperandTypes(), locs);
  Operation *copy = op->clone();
  scratch.push_back(copy);
  copy->setOperands(scratch.getArguments());
  SmallVector<OpFoldResult> folded;
  if (failed(copy->fold(operands, folded)) ||
      folded.size() != op->getNumResults())
    return op->emitOpError()
           << "expected scalars that this operation is defined on";
  for (OpFoldResult value : folded) {
    if (auto attribute = dyn_cast<Attribute>(value)) {
      std::optional<HostTensor> tensor = fromAttribute(attribute);
      if (!tensor)
        return op->emitOpError()
               << "expected an integer, float or dense constant, found "
               << attribute;
      results.push_back(*tensor);
      continue;
    }
    auto operand = llvm::find(scratch.getArguments(), cast<Value>(value));
    if (operand == scratch.args_end())
      return op->emitOpError()
             << "expected a result that follows from the operands";
    results.push_back(inputs[operand - scratch.args_begin()]);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Tensor ops
//===----------------------------------------------------------------------===//

static HostTensor makeIndex(MLIRContext *context, int64_t value) {
  HostTensor index(IndexType::get(context), {});
  index.set(0, Scalar::fromInt(value));
  return index;
}

static LogicalResult evaluateCast(tensor::CastOp op, Inputs inputs,
                                  Results results) {
  if (!isValueOf(inputs[0], op.getType()))
    return op.emitOpError()
           << "expected a value of type " << op.getType() << ", found shape "
           << shapeString(inputs[0].shape());
  results[0] = inputs[0];
  return success();
}

static LogicalResult evaluateDim(tensor::DimOp op, Inputs inputs,
                                 Results results) {
  int64_t dim = inputs[1].getInt(0);
  if (dim < 0 || dim >= inputs[0].rank())
    return op.emitOpError() << "expected a dimension below " << inputs[0].rank()
                            << ", found " << dim;
  results[0] = makeIndex(op.getContext(), inputs[0].shape()[dim]);
  return success();
}

static LogicalResult evaluateEmpty(tensor::EmptyOp op, Inputs inputs,
                                   Results results) {
  FailureOr<HostTensor> result = makeResult(
      op, results[0].elementType(), fillDynamic(results[0].shape(), inputs));
  if (failed(result))
    return failure();
  results[0] = *result;
  return success();
}

static LogicalResult evaluateExtract(tensor::ExtractOp op, Inputs inputs,
                                     Results results) {
  const HostTensor &source = inputs[0];
  int64_t position = 0;
  for (auto [d, extent] : llvm::enumerate(source.shape())) {
    int64_t index = inputs[d + 1].getInt(0);
    if (index < 0 || index >= extent)
      return op.emitOpError() << "expected an index below " << extent
                              << " in dimension " << d << ", found " << index;
    position = position * extent + index;
  }
  HostTensor result(source.elementType(), {});
  int64_t bytes = result.numBytes();
  std::memcpy(result.mutableData(), source.data() + position * bytes, bytes);
  results[0] = result;
  return success();
}

static LogicalResult evaluateFromElements(tensor::FromElementsOp op,
                                          Inputs inputs, Results results) {
  HostTensor result(results[0].elementType(), results[0].shape());
  int64_t bytes = elementBytes(result.elementType());
  for (auto [i, element] : llvm::enumerate(inputs))
    std::memcpy(result.mutableData() + i * bytes, element.data(), bytes);
  results[0] = result;
  return success();
}

void attachHostOps(MLIRContext *context) {
  tensor::CastOp::attachInterface<Model<tensor::CastOp, evaluateCast>>(
      *context);
  tensor::DimOp::attachInterface<Model<tensor::DimOp, evaluateDim>>(*context);
  tensor::EmptyOp::attachInterface<Model<tensor::EmptyOp, evaluateEmpty>>(
      *context);
  tensor::ExtractOp::attachInterface<Model<tensor::ExtractOp, evaluateExtract>>(
      *context);
  tensor::FromElementsOp::attachInterface<
      Model<tensor::FromElementsOp, evaluateFromElements>>(*context);
}

} // namespace ds::evaluator
