//===- GraphBuilder.cpp - ops, constants and composed ops
//------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphBuilder.h"

#include "dialects/Train/Train.h"
#include "passes/Analysis/Evaluator.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

SmallVector<Value> GraphBuilder::finish(Operation *op) {
  SmallVector<Value> results(op->getResults());
  if (isa<nn::ConstantOp>(op) || !isa<nn::NNDialect>(op->getDialect()))
    return results;
  auto replace = [&](SmallVector<Value> by) {
    op->erase();
    return by;
  };
  SmallVector<OpFoldResult> folded;
  if (succeeded(op->fold(folded)) && folded.size() == results.size()) {
    SmallVector<Value> values;
    for (auto [fold, result] : llvm::zip(folded, results)) {
      if (auto value = dyn_cast<Value>(fold)) {
        values.push_back(value);
      } else if (Operation *constant = op->getDialect()->materializeConstant(
                     b, mlir::cast<Attribute>(fold), result.getType(), loc())) {
        values.push_back(constant->getResult(0));
      }
    }
    if (values.size() == results.size())
      return replace(values);
  }
  if (std::optional<SmallVector<HostTensor>> data =
          tryEvaluate(op, maxFoldBytes)) {
    SmallVector<Value> values;
    for (const HostTensor &tensor : *data)
      values.push_back(makeConstant(tensor));
    return replace(values);
  }
  if (std::optional<SmallVector<Value>> values = foldElements(op))
    return replace(*values);
  return results;
}

void GraphBuilder::forget(Operation *op) {
  op->walk([&](Operation *inner) {
    for (Value v : inner->getResults()) {
      knownDims.erase(v);
      knownElements.erase(v);
    }
    for (Region &region : inner->getRegions())
      for (Block &block : region)
        for (Value v : block.getArguments()) {
          knownDims.erase(v);
          knownElements.erase(v);
        }
  });
}

void GraphBuilder::forgetIndexOps(
    llvm::function_ref<bool(Operation *)> erased) {
  for (auto it = indexOps.begin(); it != indexOps.end();)
    it = erased(it->second) ? indexOps.erase(it) : std::next(it);
}

void GraphBuilder::eraseRegion(Region &region) {
  forgetIndexOps(
      [&](Operation *op) { return region.isAncestor(op->getParentRegion()); });
  for (Block &block : region) {
    for (Value v : block.getArguments()) {
      knownDims.erase(v);
      knownElements.erase(v);
    }
    for (Operation &op : block)
      forget(&op);
  }
  region.dropAllReferences();
  region.getBlocks().clear();
}

void GraphBuilder::eraseDeadOps(Region &region) {
  // Uses come after definitions, so one walk from the end finds all.
  for (Block &block : llvm::reverse(region))
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
      for (Region &inner : op.getRegions())
        eraseDeadOps(inner);
      if (isOpTriviallyDead(&op))
        op.erase();
    }
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

std::optional<HostTensor> GraphBuilder::constant(Value v) {
  auto op = v ? v.getDefiningOp<nn::ConstantOp>() : nn::ConstantOp();
  if (!op)
    return std::nullopt;
  FailureOr<HostTensor> data = nn::getConstantData(op);
  return succeeded(data) ? std::optional<HostTensor>(*data) : std::nullopt;
}

Value GraphBuilder::unmarked(Value value) {
  auto mark =
      value ? value.getDefiningOp<train::ParameterOp>() : train::ParameterOp();
  return mark ? mark.getOperand() : value;
}

Value GraphBuilder::randomKey() {
  if (!drawsByKey)
    return {};
  if (!key)
    key = entry->addArgument(
        RankedTensorType::get({}, b.getIntegerType(64, /*isSigned=*/false)),
        loc());
  return key;
}

Value GraphBuilder::makeConstant(const HostTensor &tensor) {
  return nn::createConstant(b, loc(), tensor);
}

Value GraphBuilder::makeInts(ArrayRef<int64_t> values, Type element,
                             std::optional<ArrayRef<int64_t>> shape) {
  HostTensor data(element ? element : b.getI64Type(),
                  shape ? *shape : ArrayRef<int64_t>(values.size()));
  for (auto [i, value] : llvm::enumerate(values))
    data.set(i, Scalar::fromInt(value));
  return makeConstant(data);
}

Value GraphBuilder::makeFloats(ArrayRef<double> values, Type element,
                               ArrayRef<int64_t> shape) {
  HostTensor data(element, shape);
  for (auto [i, value] : llvm::enumerate(values))
    data.set(i, Scalar::fromDouble(value));
  return makeConstant(data);
}

Value GraphBuilder::makeScalar(Type element, double value) {
  HostTensor data(element, {});
  data.set(0, isa<FloatType>(element)
                  ? Scalar::fromDouble(value)
                  : Scalar::fromInt(static_cast<int64_t>(value)));
  return makeConstant(data);
}

Value GraphBuilder::makeScalarInt(Type element, int64_t value) {
  HostTensor data(element, {});
  data.set(0, isa<FloatType>(element)
                  ? Scalar::fromDouble(static_cast<double>(value))
                  : Scalar::fromInt(value));
  return makeConstant(data);
}

Value GraphBuilder::makeFilled(ArrayRef<OpFoldResult> sizes, Type element,
                               double value) {
  return broadcastTo(makeScalar(element, value), sizes);
}

//===----------------------------------------------------------------------===//
// Composed ops
//===----------------------------------------------------------------------===//

Value GraphBuilder::cast(Value v, Type element) {
  if (elementOf(v) == element)
    return v;
  return emit<nn::CastOp>(v, element);
}

Value GraphBuilder::widen(Value v) {
  Type type = elementOf(v);
  return type.isF16() || type.isBF16() ? cast(v, b.getF32Type()) : v;
}

Value GraphBuilder::refine(Value v, RankedTensorType type) {
  if (v.getType() == type)
    return v;
  Value result = tensor::CastOp::create(b, loc(), type, v);
  Sizes sizes = dims(v);
  for (auto [size, extent] : llvm::zip(sizes, type.getShape()))
    if (!ShapedType::isDynamic(extent))
      size = index(extent);
    else if (constantIndex(size))
      return result; // the type now says less than is known: sizes are read
                     // where they are needed
  setDims(result, sizes);
  return result;
}

Value GraphBuilder::withSizes(Value v, ArrayRef<OpFoldResult> sizes) {
  if (ArrayRef<OpFoldResult>(dims(v)) == sizes)
    return v;
  return broadcastTo(v, sizes);
}

Value GraphBuilder::reshape(Value v, ArrayRef<OpFoldResult> sizes) {
  if (ArrayRef<OpFoldResult>(dims(v)) == sizes)
    return v;
  // A reshape of a reshape is one.
  if (auto inner = v.getDefiningOp<nn::ReshapeOp>())
    return reshape(inner.getOperand(), sizes);
  return emit<nn::ReshapeOp>(typeFor(sizes, elementOf(v)), v,
                             dynamicSizes(sizes));
}

Value GraphBuilder::unsqueeze(Value v, ArrayRef<int64_t> axes) {
  Sizes sizes = dims(v);
  for (int64_t axis : axes)
    sizes.insert(sizes.begin() + axis, index(1));
  return reshape(v, sizes);
}

Value GraphBuilder::squeeze(Value v, ArrayRef<int64_t> axes) {
  Sizes sizes;
  for (auto [i, size] : llvm::enumerate(dims(v)))
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      sizes.push_back(size);
  return reshape(v, sizes);
}

Value GraphBuilder::transpose(Value v, ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return v;
  return emit<nn::TransposeOp>(v, permutation);
}

Value GraphBuilder::slice(Value v, ArrayRef<OpFoldResult> offsets,
                          ArrayRef<OpFoldResult> sizes,
                          ArrayRef<int64_t> strides) {
  SmallVector<int64_t> staticOffsets, ones(sizes.size(), 1);
  for (OpFoldResult offset : offsets)
    staticOffsets.push_back(
        constantIndex(offset).value_or(ShapedType::kDynamic));
  return emit<nn::SliceOp>(typeFor(sizes, elementOf(v)), v,
                           dynamicSizes(offsets), dynamicSizes(sizes),
                           staticOffsets,
                           strides.empty() ? ArrayRef<int64_t>(ones) : strides);
}

Value GraphBuilder::sliceAxis(Value v, int64_t axis, OpFoldResult offset,
                              OpFoldResult size) {
  Sizes sizes = dims(v), offsets(sizes.size(), index(0));
  if (isIndex(offset, 0) && sizes[axis] == size)
    return v;
  offsets[axis] = offset;
  sizes[axis] = size;
  return slice(v, offsets, sizes);
}

Value GraphBuilder::concat(ArrayRef<Value> values, int64_t axis) {
  if (values.size() == 1)
    return values[0];
  return emit<nn::ConcatOp>(values, axis);
}

Value GraphBuilder::pad(Value v, ArrayRef<OpFoldResult> low,
                        ArrayRef<OpFoldResult> high, nn::PadMode mode,
                        Value value) {
  Sizes sizes = dims(v);
  SmallVector<int64_t> staticLow, staticHigh;
  bool empty = true;
  for (auto [size, l, h] : llvm::zip(sizes, low, high)) {
    size = add(add(size, l), h);
    staticLow.push_back(constantIndex(l).value_or(ShapedType::kDynamic));
    staticHigh.push_back(constantIndex(h).value_or(ShapedType::kDynamic));
    empty &= isIndex(l, 0) && isIndex(h, 0);
  }
  if (empty)
    return v;
  if (mode == nn::PadMode::constant && !value)
    value = makeScalar(elementOf(v), 0);
  Value result =
      emit<nn::PadOp>(typeFor(sizes, elementOf(v)), v, value, dynamicSizes(low),
                      dynamicSizes(high), mode, staticLow, staticHigh);
  setDims(result, sizes);
  return result;
}

Value GraphBuilder::broadcastDims(Value v, ArrayRef<OpFoldResult> sizes,
                                  ArrayRef<int64_t> dimensions) {
  if (static_cast<size_t>(rank(v)) == sizes.size() &&
      ArrayRef<OpFoldResult>(dims(v)) == sizes)
    return v;
  // nn.broadcast compares at run time only what is dynamic on both sides.
  SmallVector<int64_t> shape(typeOf(v).getShape());
  for (auto [extent, dim] : llvm::zip(shape, dimensions))
    if (extent != 1 && !constantIndex(sizes[dim]))
      extent = ShapedType::kDynamic;
  v = refine(v, RankedTensorType::get(shape, elementOf(v)));
  return emit<nn::BroadcastOp>(typeFor(sizes, elementOf(v)), v,
                               dynamicSizes(sizes), dimensions);
}

Value GraphBuilder::broadcastTo(Value v, ArrayRef<OpFoldResult> sizes) {
  int64_t first = static_cast<int64_t>(sizes.size()) - rank(v);
  return broadcastDims(
      v, sizes, llvm::to_vector(llvm::seq<int64_t>(first, sizes.size())));
}

std::optional<Sizes> GraphBuilder::broadcastSizes(ArrayRef<Value> values) {
  int64_t resultRank = 0;
  for (Value v : values)
    resultRank = std::max(resultRank, rank(v));
  Sizes sizes(resultRank, index(1));
  for (Value v : values) {
    int64_t first = resultRank - rank(v);
    for (auto [i, size] : llvm::enumerate(dims(v))) {
      OpFoldResult &common = sizes[first + i];
      auto x = constantIndex(common), y = constantIndex(size);
      if (common == size || y == 1)
        continue;
      if (x == 1)
        common = size;
      else if (x && y)
        return std::nullopt;
      else if (!x && !y)
        common = select(compare(arith::CmpIPredicate::eq, common, index(1)),
                        size, common);
      else
        common = x ? common : size; // a static extent that is not 1 decides
    }
  }
  return sizes;
}

Value GraphBuilder::reduce(nn::ReduceKind kind, Value v, ArrayRef<int64_t> axes,
                           bool keepDims) {
  Value result = v;
  Sizes sizes = dims(v);
  if (!axes.empty())
    result = emit<nn::ReduceOp>(kind, v, axes);
  if (!keepDims)
    return result;
  for (int64_t axis : axes)
    sizes[axis] = index(1);
  return reshape(result, sizes);
}

Value GraphBuilder::mean(Value v, ArrayRef<int64_t> axes, bool keepDims) {
  Type type = elementOf(v);
  Sizes sizes = dims(v), reduced;
  for (int64_t axis : axes)
    reduced.push_back(sizes[axis]);
  Value sum = reduce(nn::ReduceKind::sum, widen(v), axes, keepDims);
  OpFoldResult count = product(reduced);
  if (std::optional<int64_t> known = constantIndex(count);
      known && isa<FloatType>(type))
    return cast(withScalar<nn::MulOp>(sum, 1.0 / static_cast<double>(*known)),
                type);
  return cast(emit<nn::DivOp>(sum, spread(count, dims(sum), elementOf(sum))),
              type);
}

Value GraphBuilder::iota(ArrayRef<OpFoldResult> sizes, int64_t axis,
                         Type element) {
  return emit<nn::IotaOp>(typeFor(sizes, element), dynamicSizes(sizes), axis);
}

Value GraphBuilder::dot(Value lhs, Value rhs, ArrayRef<int64_t> lhsBatch,
                        ArrayRef<int64_t> rhsBatch,
                        ArrayRef<int64_t> lhsContracting,
                        ArrayRef<int64_t> rhsContracting, Type element) {
  return emit<nn::DotOp>(lhs, rhs, lhsBatch, rhsBatch, lhsContracting,
                         rhsContracting, element ? element : elementOf(lhs));
}

arith::CmpIPredicate toArith(nn::ComparePredicate predicate) {
  switch (predicate) {
  case nn::ComparePredicate::eq:
    return arith::CmpIPredicate::eq;
  case nn::ComparePredicate::ne:
    return arith::CmpIPredicate::ne;
  case nn::ComparePredicate::lt:
    return arith::CmpIPredicate::slt;
  case nn::ComparePredicate::le:
    return arith::CmpIPredicate::sle;
  case nn::ComparePredicate::gt:
    return arith::CmpIPredicate::sgt;
  case nn::ComparePredicate::ge:
    return arith::CmpIPredicate::sge;
  }
  return arith::CmpIPredicate::eq;
}

} // namespace ds::onnx
