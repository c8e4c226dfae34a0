//===- NNToLinalgSupport.cpp - what the families of nn-to-linalg patterns share
//-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Lowering/NNToLinalgSupport.h"

using namespace mlir;

namespace ds::lowering {

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

Type computeType(Type element) {
  if (isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32)
    return Float32Type::get(element.getContext());
  return nn::storageType(element);
}

bool isRounded(Type element) {
  bool isSubByte = element.isInteger() && element.getIntOrFloatBitWidth() > 1 &&
                   element.getIntOrFloatBitWidth() < 8;
  return isSubByte || computeType(element) != nn::storageType(element);
}

Value toStorage(OpBuilder &b, Location loc, Type element, Value computed) {
  if (!isRounded(element))
    return computed;
  if (isa<FloatType>(element))
    return nn::emitCast(b, loc, b.getF32Type(), element, /*saturate=*/true,
                        nn::ScaleRound::nearest, computed);
  return nn::emitWrap(b, loc, element, computed);
}

Value widenTo(OpBuilder &b, Location loc, Type from, Type to, Value stored) {
  if (isa<FloatType>(from))
    return nn::emitWiden(b, loc, from, stored);
  Type target = computeType(to);
  if (target == stored.getType())
    return stored;
  if (nn::isUnsigned(from))
    return arith::ExtUIOp::create(b, loc, target, stored);
  return arith::ExtSIOp::create(b, loc, target, stored);
}

Value indexToCompute(OpBuilder &b, Location loc, Type element, Value index) {
  if (!isa<FloatType>(element))
    return arith::IndexCastOp::create(b, loc, nn::storageType(element), index);
  Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
  return arith::SIToFPOp::create(b, loc, computeType(element), wide);
}

/// The attribute `value` of nn type `element` as an attribute of the storage
/// type; null for complex numbers.
static TypedAttr toStorageAttr(Attribute value, Type element) {
  Type storage = nn::storageType(element);
  if (auto real = dyn_cast<FloatAttr>(value)) {
    if (storage == element)
      return real;
    return IntegerAttr::get(storage, real.getValue().bitcastToAPInt().zext(8));
  }
  auto integer = dyn_cast<IntegerAttr>(value);
  if (!integer)
    return {};
  unsigned width = storage.getIntOrFloatBitWidth();
  APInt bits = nn::isUnsigned(element) ? integer.getValue().zext(width)
                                       : integer.getValue().sext(width);
  return IntegerAttr::get(storage, bits);
}

TypedAttr splatOf(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<nn::BroadcastOp, nn::ReshapeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  auto constant = dyn_cast_or_null<nn::ConstantOp>(op);
  if (!constant)
    return {};
  auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (!dense || !dense.isSplat())
    return {};
  return toStorageAttr(dense.getSplatValue<Attribute>(),
                       dense.getElementType());
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

FailureOr<Sizes> resultSizes(ConversionPatternRewriter &rewriter,
                             Operation *op) {
  ReifiedRankedShapedTypeDims sizes;
  if (failed(reifyResultShapes(rewriter, op, sizes)))
    return rewriter.notifyMatchFailure(op, "cannot say its extents");
  return sizes.front();
}

Sizes pick(ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> dims) {
  return llvm::map_to_vector<6>(dims, [&](int64_t dim) { return sizes[dim]; });
}

OpFoldResult product(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes) {
  int64_t known = 1;
  Value unknown;
  IndexMath math{b, loc};
  for (OpFoldResult size : sizes) {
    if (std::optional<int64_t> constant = getConstantIntValue(size)) {
      known *= *constant;
      continue;
    }
    unknown =
        unknown ? math.mul(unknown, cast<Value>(size)) : cast<Value>(size);
  }
  if (!unknown)
    return b.getIndexAttr(known);
  return known == 1 ? unknown : math.mul(unknown, math.constant(known));
}

Value IndexMath::constant(int64_t value) const {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value IndexMath::value(OpFoldResult size) const {
  return getValueOrCreateConstantIndexOp(b, loc, size);
}
Value IndexMath::add(Value x, Value y) const {
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}
Value IndexMath::sub(Value x, Value y) const {
  return b.createOrFold<arith::SubIOp>(loc, x, y);
}
Value IndexMath::mul(Value x, Value y) const {
  return b.createOrFold<arith::MulIOp>(loc, x, y);
}
Value IndexMath::div(Value x, Value y) const {
  return b.createOrFold<arith::DivSIOp>(loc, x, y);
}
Value IndexMath::rem(Value x, Value y) const {
  return b.createOrFold<arith::RemSIOp>(loc, x, y);
}
Value IndexMath::min(Value x, Value y) const {
  return b.createOrFold<arith::MinSIOp>(loc, x, y);
}
Value IndexMath::max(Value x, Value y) const {
  return b.createOrFold<arith::MaxSIOp>(loc, x, y);
}
Value IndexMath::clamp(Value x, Value size) const {
  return max(min(x, sub(size, constant(1))), constant(0));
}
Value IndexMath::compare(arith::CmpIPredicate predicate, Value x,
                         Value y) const {
  return b.createOrFold<arith::CmpIOp>(loc, predicate, x, y);
}
Value IndexMath::select(Value condition, Value x, Value y) const {
  return b.createOrFold<arith::SelectOp>(loc, condition, x, y);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

AffineMap selectMap(MLIRContext *context, int64_t rank,
                    ArrayRef<int64_t> dims) {
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : dims)
    exprs.push_back(getAffineDimExpr(dim, context));
  return AffineMap::get(rank, 0, exprs, context);
}

Value emptyTensor(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
                  Type element) {
  return tensor::EmptyOp::create(b, loc, sizes, element);
}

Value filledTensor(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
                   Value value) {
  Value empty = emptyTensor(b, loc, sizes, value.getType());
  return linalg::FillOp::create(b, loc, value, empty).getResult(0);
}

Value mapTensor(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
                Type element, ValueRange inputs, ArrayRef<AffineMap> maps,
                ElementBody body) {
  Value empty = emptyTensor(b, loc, sizes, element);
  SmallVector<AffineMap> all(maps);
  all.push_back(identityMap(b.getContext(), sizes.size()));
  SmallVector<utils::IteratorType> iterators(sizes.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), inputs, empty, all, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange args) {
               linalg::YieldOp::create(nested, loc, body(nested, loc, args));
             })
      .getResult(0);
}

ValueRange reduceTensor(OpBuilder &b, Location loc, ValueRange inputs,
                        ValueRange inits, ArrayRef<AffineMap> maps,
                        ArrayRef<int64_t> reduced, Body body) {
  SmallVector<utils::IteratorType> iterators(maps.front().getNumDims(),
                                             utils::IteratorType::parallel);
  for (int64_t dim : reduced)
    iterators[dim] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(b, loc, TypeRange(inits), inputs, inits,
                                   maps, iterators, body)
      .getResults();
}

Value roundTensor(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
                  Type element, Value computed) {
  if (!isRounded(element))
    return computed;
  return mapTensor(b, loc, sizes, nn::storageType(element), computed,
                   identityMap(b.getContext(), sizes.size()),
                   [&](OpBuilder &b, Location loc, ValueRange args) {
                     return toStorage(b, loc, element, args[0]);
                   });
}

Value writableTensor(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes,
                     Value tensor) {
  if (tensor.getDefiningOp<DestinationStyleOpInterface>())
    return tensor;
  Value empty = emptyTensor(b, loc, sizes, nn::elementTypeOf(tensor));
  return linalg::CopyOp::create(b, loc, tensor, empty).getResult(0);
}

Value castTensor(OpBuilder &b, Location loc, Value tensor, Type type) {
  return tensor.getType() == type
             ? tensor
             : Value(tensor::CastOp::create(b, loc, type, tensor));
}

Slice::Slice(OpBuilder &b, ArrayRef<Value> place,
             ArrayRef<OpFoldResult> inner) {
  offsets.append(place.begin(), place.end());
  offsets.append(inner.size(), b.getIndexAttr(0));
  sizes.append(place.size(), b.getIndexAttr(1));
  sizes.append(inner.begin(), inner.end());
  strides.append(offsets.size(), b.getIndexAttr(1));
  std::tie(innerShape, std::ignore) = decomposeMixedValues(inner);
}

Value Slice::extract(OpBuilder &b, Location loc, Value tensor) const {
  auto type = RankedTensorType::get(innerShape, nn::elementTypeOf(tensor));
  return tensor::ExtractSliceOp::create(b, loc, type, tensor, offsets, sizes,
                                        strides);
}

Value Slice::insert(OpBuilder &b, Location loc, Value slice,
                    Value tensor) const {
  return tensor::InsertSliceOp::create(b, loc, slice, tensor, offsets, sizes,
                                       strides);
}

SmallVector<Value> loopNest(
    OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes, ValueRange inits,
    function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange positions,
                                    ValueRange carried)>
        body) {
  if (sizes.empty())
    return body(b, loc, {}, inits);
  IndexMath math{b, loc};
  SmallVector<Value> lower(sizes.size(), math.constant(0)),
      step(sizes.size(), math.constant(1)), upper;
  for (OpFoldResult size : sizes)
    upper.push_back(math.value(size));
  return scf::buildLoopNest(b, loc, lower, upper, step, inits, body).results;
}

//===----------------------------------------------------------------------===//
// Combining
//===----------------------------------------------------------------------===//

Value resolveIndex(OpBuilder &b, Location loc, Type element, Value index,
                   Value extent) {
  IndexMath math{b, loc};
  if (nn::isUnsigned(element))
    return math.clamp(
        arith::IndexCastUIOp::create(b, loc, b.getIndexType(), index), extent);
  Value position = arith::IndexCastOp::create(b, loc, b.getIndexType(), index);
  Value isNegative =
      math.compare(arith::CmpIPredicate::slt, position, math.constant(0));
  return math.clamp(
      math.select(isNegative, math.add(position, extent), position), extent);
}

Value scalarConstant(OpBuilder &b, Location loc, Type type, double value) {
  if (auto real = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(real, value));
  return arith::ConstantOp::create(
      b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

Value neutralElement(OpBuilder &b, Location loc, nn::ReduceKind kind,
                     Type element) {
  Type type = computeType(element);
  bool lowest = kind == nn::ReduceKind::max;
  switch (kind) {
  case nn::ReduceKind::sum:
  case nn::ReduceKind::any:
    return scalarConstant(b, loc, type, 0);
  case nn::ReduceKind::product:
    return scalarConstant(b, loc, type, 1);
  case nn::ReduceKind::all:
    return arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  case nn::ReduceKind::max:
  case nn::ReduceKind::min:
    break;
  }
  if (auto real = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(
        b, loc,
        b.getFloatAttr(real,
                       APFloat::getInf(real.getFloatSemantics(), lowest)));
  unsigned own = element.getIntOrFloatBitWidth(),
           width = type.getIntOrFloatBitWidth();
  APInt bits =
      nn::isUnsigned(element)
          ? (lowest ? APInt::getMinValue(own) : APInt::getMaxValue(own))
                .zext(width)
          : (lowest ? APInt::getSignedMinValue(own)
                    : APInt::getSignedMaxValue(own))
                .sext(width);
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, bits));
}

Value combine(OpBuilder &b, Location loc, nn::ReduceKind kind, Type element,
              Value x, Value y) {
  bool isReal = isa<FloatType>(element), isUnsigned = nn::isUnsigned(element);
  switch (kind) {
  case nn::ReduceKind::sum:
    return isReal ? Value(arith::AddFOp::create(b, loc, x, y))
                  : Value(arith::AddIOp::create(b, loc, x, y));
  case nn::ReduceKind::product:
    return isReal ? Value(arith::MulFOp::create(b, loc, x, y))
                  : Value(arith::MulIOp::create(b, loc, x, y));
  case nn::ReduceKind::max:
    if (isReal)
      return arith::MaximumFOp::create(b, loc, x, y);
    return isUnsigned ? Value(arith::MaxUIOp::create(b, loc, x, y))
                      : Value(arith::MaxSIOp::create(b, loc, x, y));
  case nn::ReduceKind::min:
    if (isReal)
      return arith::MinimumFOp::create(b, loc, x, y);
    return isUnsigned ? Value(arith::MinUIOp::create(b, loc, x, y))
                      : Value(arith::MinSIOp::create(b, loc, x, y));
  case nn::ReduceKind::all:
    return arith::AndIOp::create(b, loc, x, y);
  case nn::ReduceKind::any:
    return arith::OrIOp::create(b, loc, x, y);
  }
  llvm_unreachable("all kinds are handled");
}

Value isMoreExtreme(OpBuilder &b, Location loc, Type element, bool largest,
                    Value x, Value y) {
  if (!isa<FloatType>(element)) {
    using Predicate = arith::CmpIPredicate;
    Predicate predicate = nn::isUnsigned(element)
                              ? (largest ? Predicate::ugt : Predicate::ult)
                              : (largest ? Predicate::sgt : Predicate::slt);
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  }
  using Predicate = arith::CmpFPredicate;
  Value beyond = arith::CmpFOp::create(
      b, loc, largest ? Predicate::OGT : Predicate::OLT, x, y);
  Value isNan = arith::CmpFOp::create(b, loc, Predicate::UNO, x, x);
  Value isNumber = arith::CmpFOp::create(b, loc, Predicate::ORD, y, y);
  return arith::OrIOp::create(b, loc, beyond,
                              arith::AndIOp::create(b, loc, isNan, isNumber));
}

void replaceWith(ConversionPatternRewriter &rewriter,
                 const TypeConverter &converter, Operation *op,
                 ValueRange results) {
  SmallVector<Value> values;
  for (auto [result, value] : llvm::zip_equal(op->getResults(), results))
    values.push_back(castTensor(rewriter, op->getLoc(), value,
                                converter.convertType(result.getType())));
  rewriter.replaceOp(op, values);
}

} // namespace ds::lowering
