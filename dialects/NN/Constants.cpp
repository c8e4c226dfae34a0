//===- Constants.cpp - constants and generators ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NNInternal.h"

#include <cstring>

using namespace mlir;
using namespace ds;
using namespace ds::nn;

/// Larger data goes into the weight table: attributes are hashed, compared and
/// printed in full.
static constexpr int64_t MaxDenseBytes = 1024;

//===----------------------------------------------------------------------===//
// Data of constants
//===----------------------------------------------------------------------===//

/// Whether a dense attribute's element is held as HostTensor holds it.
/// Attributes pack booleans into bits, and leave the bits above a narrow
/// integer zero.
static bool isHeldAlike(Type elementType) {
  auto integer = dyn_cast<IntegerType>(elementType);
  return !integer || (integer.getWidth() != 1 &&
                      (integer.getWidth() >= 8 || integer.isUnsigned()));
}

static HostTensor expandDense(DenseElementsAttr elements,
                              RankedTensorType type) {
  Type elementType = type.getElementType();
  if (isHeldAlike(elementType)) {
    ArrayRef<char> raw = elements.getRawData();
    if (!elements.isSplat())
      return HostTensor::view(elementType, type.getShape(), raw.data());
    HostTensor tensor(elementType, type.getShape());
    for (int64_t at = 0, bytes = tensor.numBytes(); at < bytes;
         at += raw.size())
      std::memcpy(tensor.mutableData() + at, raw.data(), raw.size());
    return tensor;
  }
  HostTensor tensor(elementType, type.getShape());
  for (auto [position, value] : llvm::enumerate(elements.getValues<APInt>()))
    tensor.set(position, Scalar::fromInt(value.getSExtValue()));
  return tensor;
}

FailureOr<HostTensor> nn::getConstantData(ConstantOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  if (auto elements = dyn_cast<DenseElementsAttr>(op.getValue()))
    return expandDense(elements, type);
  auto weight = dyn_cast<WeightAttr>(op.getValue());
  auto *dialect = op->getContext()->getLoadedDialect<NNDialect>();
  if (!weight || !dialect)
    return failure();
  std::optional<WeightData> data =
      dialect->getWeights().lookup(weight.getFile(), weight.getKey());
  if (!data || data->bytes !=
                   type.getNumElements() * elementBytes(type.getElementType()))
    return failure();
  // The table never drops an entry, so the view outlives all its copies.
  return HostTensor::view(type.getElementType(), type.getShape(), data->data);
}

/// The dense attribute of elements held as HostTensor holds them; `data` has
/// one element or all.
static DenseElementsAttr denseOf(RankedTensorType type, const HostTensor &data,
                                 int64_t elements) {
  Type elementType = type.getElementType();
  if (isHeldAlike(elementType))
    return DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef(data.data(), elements * elementBytes(elementType)));
  SmallVector<APInt> values;
  unsigned width = elementType.getIntOrFloatBitWidth();
  for (int64_t position = 0; position < elements; ++position)
    values.push_back(APInt(width, data.get(position).u(), /*isSigned=*/false,
                           /*implicitTrunc=*/true));
  return DenseElementsAttr::get(type, values);
}

/// Whether all elements have the same bits.
static bool isUniform(const HostTensor &tensor) {
  int64_t element = elementBytes(tensor.elementType());
  return tensor.numElements() > 0 &&
         std::memcmp(tensor.data(), tensor.data() + element,
                     tensor.numBytes() - element) == 0;
}

Value nn::createConstant(OpBuilder &b, Location loc, const HostTensor &tensor) {
  auto type = RankedTensorType::get(tensor.shape(), tensor.elementType());
  if (isUniform(tensor))
    return ConstantOp::create(b, loc, type, denseOf(type, tensor, 1));
  if (tensor.numBytes() <= MaxDenseBytes)
    return ConstantOp::create(b, loc, type,
                              denseOf(type, tensor, tensor.numElements()));
  WeightTable &table =
      b.getContext()->getOrLoadDialect<NNDialect>()->getWeights();
  auto owner = std::make_shared<HostTensor>(tensor);
  std::string key = table.insertFolded(owner, owner->data(), owner->numBytes());
  return ConstantOp::create(
      b, loc, type,
      WeightAttr::get(b.getContext(), WeightTable::FoldedFile, key));
}

Value nn::createSplat(OpBuilder &b, Location loc, RankedTensorType type,
                      Scalar value) {
  HostTensor element(type.getElementType(), {});
  element.set(0, value);
  return ConstantOp::create(b, loc, type, denseOf(type, element, 1));
}

//===----------------------------------------------------------------------===//
// nn.constant
//===----------------------------------------------------------------------===//

ParseResult ConstantOp::parse(OpAsmParser &parser, OperationState &state) {
  if (parser.parseOptionalAttrDict(state.attributes))
    return failure();
  SMLoc valueLoc = parser.getCurrentLocation();
  Attribute value;
  if (parser.parseAttribute(value))
    return failure();
  Type type;
  if (auto typed = dyn_cast<TypedAttr>(value))
    type = typed.getType();
  if (!isa_and_nonnull<RankedTensorType>(type))
    return parser.emitError(
        valueLoc,
        "expected dense elements or a '#nn.weight', of a ranked tensor type");
  if (auto weight = dyn_cast<WeightAttr>(value))
    value =
        WeightAttr::get(parser.getContext(), weight.getFile(), weight.getKey());
  state.getOrAddProperties<Properties>().value = value;
  state.addTypes(type);
  return success();
}

void ConstantOp::print(OpAsmPrinter &printer) {
  printer.printOptionalAttrDict((*this)->getAttrs(), {getValueAttrName()});
  printer << ' ' << getValue();
  if (isa<WeightAttr>(getValue()))
    printer << " : " << getType();
}

LogicalResult ConstantOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  auto elements = dyn_cast<DenseElementsAttr>(getValue());
  if (elements && elements.getType() != type) // C1
    return emitOpError("expected dense elements of type ")
           << type << ", but found " << elements.getType();
  auto weight = dyn_cast<WeightAttr>(getValue());
  if (!elements && !weight) // C1
    return emitOpError("expected dense elements or a '#nn.weight', but found ")
           << getValue();
  if (weight && !isa<NoneType>(weight.getType())) // C1
    return emitOpError("expected a '#nn.weight' that leaves the type to the "
                       "op, but found ")
           << weight;
  if (!type.hasStaticShape()) // C2
    return emitOpError("expected a static shape, but found ") << type;
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

//===----------------------------------------------------------------------===//
// Generators
//===----------------------------------------------------------------------===//

LogicalResult IotaOp::verify() {
  if (failed(verifyAxis(*this, getAxis(),
                        tensorTypeOf(getResult()).getRank()))) // C1
    return failure();
  return verifySizes(*this, getSizes(), getResult()); // C2
}

LogicalResult IotaOp::reifyResultShapes(OpBuilder &b,
                                        ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}

LogicalResult RandomBitsOp::verify() {
  return verifySizes(*this, getSizes(), getResult()); // C1
}

LogicalResult
RandomBitsOp::reifyResultShapes(OpBuilder &b,
                                ReifiedRankedShapedTypeDims &dims) {
  return reifyPassedOn(b, *this, dims);
}
