//===- Emitter.cpp - nn ops that derivative rules are made of -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Emitter.h"

#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace ds::nn::derivatives {

/// Whether `size` is surely `value`.
static bool isSize(OpFoldResult size, int64_t value) {
  return getConstantIntValue(size) == value;
}

static bool areAll(ArrayRef<OpFoldResult> sizes, int64_t value) {
  return llvm::all_of(sizes,
                      [&](OpFoldResult size) { return isSize(size, value); });
}

/// Whether the extents of `value` surely are `sizes`.
static bool hasSizes(Value value, ArrayRef<OpFoldResult> sizes) {
  RankedTensorType type = tensorTypeOf(value);
  if (type.getRank() != static_cast<int64_t>(sizes.size()))
    return false;
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    if (auto sizeValue = dyn_cast<Value>(size)) {
      if (!isSizeOf(sizeValue, value, dim))
        return false;
    } else if (!isSize(size, type.getDimSize(dim))) {
      return false;
    }
  }
  return true;
}

/// Splits sizes into what the type says and what an op takes as operands.
static std::pair<SmallVector<int64_t>, SmallVector<Value>>
staticAndDynamic(ArrayRef<OpFoldResult> values) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  dispatchIndexOpFoldResults(values, dynamics, statics);
  return {statics, dynamics};
}

OpFoldResult Emitter::subtract(OpFoldResult x, OpFoldResult y) const {
  if (isSize(y, 0))
    return x;
  return addSizes(b, loc, x, multiplySizes(b, loc, y, b.getIndexAttr(-1)));
}

Value Emitter::filled(ArrayRef<OpFoldResult> sizes, Type element,
                      double number) const {
  RankedTensorType type = typeOfSizes(sizes, element);
  Scalar scalar = isa<FloatType>(element)
                      ? Scalar::fromDouble(number)
                      : Scalar::fromInt(static_cast<int64_t>(number));
  if (type.hasStaticShape())
    return createSplat(b, loc, type, scalar);
  Value one = createSplat(b, loc, RankedTensorType::get({}, element), scalar);
  return broadcast(one, sizes, {});
}

Value Emitter::iota(ArrayRef<OpFoldResult> sizes, int64_t axis,
                    Type element) const {
  return IotaOp::create(b, loc, typeOfSizes(sizes, element),
                        dynamicSizes(sizes), axis);
}

Value Emitter::reshape(Value value, ArrayRef<OpFoldResult> sizes) const {
  if (hasSizes(value, sizes))
    return value;
  return ReshapeOp::create(b, loc, typeOfSizes(sizes, elementTypeOf(value)),
                           value, dynamicSizes(sizes));
}

Value Emitter::transpose(Value value, ArrayRef<int64_t> permutation) const {
  if (isIdentity(permutation))
    return value;
  return TransposeOp::create(b, loc, value, permutation);
}

Value Emitter::broadcast(Value value, ArrayRef<OpFoldResult> sizes,
                         ArrayRef<int64_t> dims) const {
  if (isIdentity(dims) && hasSizes(value, sizes))
    return value;
  return BroadcastOp::create(b, loc, typeOfSizes(sizes, elementTypeOf(value)),
                             value, dynamicSizes(sizes), dims);
}

Value Emitter::broadcastBack(Value value, Value like,
                             ArrayRef<int64_t> dropped) const {
  return broadcast(value, sizes(like),
                   otherDims(tensorTypeOf(like).getRank(), dropped));
}

Value Emitter::reduce(ReduceKind kind, Value value,
                      ArrayRef<int64_t> dims) const {
  if (dims.empty())
    return value;
  return ReduceOp::create(b, loc, kind, value, b.getDenseI64ArrayAttr(dims));
}

Value Emitter::sumTo(Value value, ArrayRef<OpFoldResult> target) const {
  // An extent n that becomes t, which is n or 1, is t times n / t: a sum over
  // the second of these dimensions does either.
  Sizes split;
  Dims dims;
  for (auto [dim, size] : llvm::enumerate(target)) {
    OpFoldResult extent = this->size(value, dim);
    split.push_back(size);
    if (isEqualConstantIntOrValue(extent, size))
      continue;
    OpFoldResult divisor = size;
    if (auto dynamic = dyn_cast<Value>(size)) // 0 stays 0.
      divisor = getAsOpFoldResult(b.createOrFold<arith::MaxSIOp>(
          loc, dynamic, arith::ConstantIndexOp::create(b, loc, 1).getResult()));
    dims.push_back(split.size());
    split.push_back(divideSizes(b, loc, extent, divisor));
  }
  return sum(reshape(value, split), dims);
}

Value Emitter::slice(Value value, ArrayRef<OpFoldResult> offsets,
                     ArrayRef<OpFoldResult> sizes,
                     ArrayRef<int64_t> strides) const {
  if (areAll(offsets, 0) && hasSizes(value, sizes) &&
      llvm::all_of(strides, [](int64_t stride) { return stride == 1; }))
    return value;
  auto [staticOffsets, dynamicOffsets] = staticAndDynamic(offsets);
  return SliceOp::create(b, loc, typeOfSizes(sizes, elementTypeOf(value)),
                         value, dynamicOffsets, dynamicSizes(sizes),
                         staticOffsets, strides);
}

Value Emitter::reverse(Value value, ArrayRef<int64_t> dims) const {
  Sizes extents = sizes(value), offsets(extents.size(), attr(0));
  Dims strides(extents.size(), 1);
  for (int64_t dim : dims) {
    if (isSize(extents[dim], 1))
      continue;
    offsets[dim] = add(extents[dim], attr(-1));
    strides[dim] = -1;
  }
  return slice(value, offsets, extents, strides);
}

Value Emitter::pad(Value value, ArrayRef<OpFoldResult> low,
                   ArrayRef<OpFoldResult> high, double number) const {
  if (areAll(low, 0) && areAll(high, 0))
    return value;
  Sizes result = sizes(value);
  for (auto [dim, size] : llvm::enumerate(result))
    size = add(add(size, low[dim]), high[dim]);
  auto [staticLow, dynamicLow] = staticAndDynamic(low);
  auto [staticHigh, dynamicHigh] = staticAndDynamic(high);
  Type element = elementTypeOf(value);
  return PadOp::create(b, loc, typeOfSizes(result, element), value,
                       filled({}, element, number), dynamicLow, dynamicHigh,
                       PadMode::constant, staticLow, staticHigh);
}

Value Emitter::dilate(Value value, ArrayRef<int64_t> steps) const {
  Sizes extents = sizes(value), split, low, high, merged, cut;
  bool isDilated = false;
  for (auto [size, step] : llvm::zip_equal(extents, steps)) {
    split.push_back(size);
    high.push_back(attr(0));
    OpFoldResult whole = size, used = size;
    if (step != 1 && !isSize(size, 1)) {
      isDilated = true;
      split.push_back(attr(1));
      high.push_back(attr(step - 1));
      whole = multiplySizes(b, loc, size, attr(step));
      // Nothing behind the last element; none stays none.
      used = clampSize(b, loc, add(whole, attr(1 - step)));
    }
    merged.push_back(whole);
    cut.push_back(used);
  }
  if (!isDilated)
    return value;
  low.assign(high.size(), attr(0));
  Value padded = reshape(pad(reshape(value, split), low, high), merged);
  return slice(padded, Sizes(cut.size(), attr(0)), cut, Dims(cut.size(), 1));
}

Value Emitter::split(Value value, int64_t dim, int64_t outer) const {
  Sizes extents = sizes(value);
  extents[dim] = divideSizes(b, loc, extents[dim], attr(outer));
  extents.insert(extents.begin() + dim, attr(outer));
  return reshape(value, extents);
}

Value Emitter::merge(Value value, int64_t dim) const {
  Sizes extents = sizes(value);
  extents[dim] = multiplySizes(b, loc, extents[dim], extents[dim + 1]);
  extents.erase(extents.begin() + dim + 1);
  return reshape(value, extents);
}

Dims identityDims(int64_t rank) { return otherDims(rank, {}); }

Dims otherDims(int64_t rank, ArrayRef<int64_t> dims) {
  Dims others;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(dims, dim))
      others.push_back(dim);
  return others;
}

Dims movedDim(int64_t rank, int64_t from, int64_t to) {
  Dims dims = otherDims(rank, from);
  dims.insert(dims.begin() + to, from);
  return dims;
}

Dims inverse(ArrayRef<int64_t> permutation) {
  return invertPermutationVector(permutation);
}

} // namespace ds::nn::derivatives
