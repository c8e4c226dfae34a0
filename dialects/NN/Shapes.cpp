//===- Shapes.cpp - sizes of nn values as SSA values ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Shapes.h"

#include "dialects/NN/NNInternal.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <functional>

using namespace mlir;
using namespace ds;
using namespace ds::nn;

//===----------------------------------------------------------------------===//
// Where an extent comes from
//===----------------------------------------------------------------------===//

namespace {
/// An extent: of dimension `dim` of a tensor, or, with `dim` -1, the `index`
/// value itself.
struct Extent {
  Value value;
  int64_t dim = -1;

  bool isStatic() const {
    return dim >= 0 && !tensorTypeOf(value).isDynamicDim(dim);
  }
  int64_t getStatic() const { return tensorTypeOf(value).getDimSize(dim); }
  bool operator==(const Extent &other) const = default;
};
} // namespace

/// The size operand behind a dynamic extent of a result; static extents have
/// none.
static std::optional<Extent> fromSizes(ValueRange sizes, Value result,
                                       int64_t dim) {
  RankedTensorType type = tensorTypeOf(result);
  if (!type.isDynamicDim(dim))
    return std::nullopt;
  return Extent{sizes[type.getDynamicDimIndex(dim)]};
}

/// Dimension of a dot's side (or batch) that became result dimension `dim`.
static Extent fromDot(DotOp op, int64_t dim) {
  int64_t batches = op.getLhsBatch().size();
  SmallVector<int64_t> lhsFree = op.getLhsFree();
  int64_t lhsDims = lhsFree.size();
  if (dim < batches) {
    Extent lhs{op.getLhs(), op.getLhsBatch()[dim]};
    return lhs.isStatic() ? lhs : Extent{op.getRhs(), op.getRhsBatch()[dim]};
  }
  if (dim < batches + lhsDims)
    return {op.getLhs(), lhsFree[dim - batches]};
  return {op.getRhs(), op.getRhsFree()[dim - batches - lhsDims]};
}

/// Batch and feature dimensions of a convolution; spatial ones are computed,
/// not passed on.
static std::optional<Extent> fromConv(ConvOp op, int64_t dim) {
  if (dim == op.getOutputLayout()[0] && op.getBatchGroups() == 1)
    return Extent{op.getInput(), op.getInputLayout()[0]};
  if (dim == op.getOutputLayout()[1])
    return Extent{op.getFilter(), op.getFilterLayout()[0]};
  return std::nullopt;
}

/// One step of the trace: where `result`'s extent comes from, if an op passes
/// it on.
static std::optional<Extent> originOf(OpResult result, int64_t dim) {
  Operation *op = result.getOwner();
  using Origin = std::optional<Extent>;
  if (op->hasTrait<OneShape>())
    return Extent{op->getOperand(0), dim};
  return TypeSwitch<Operation *, Origin>(op)
      .Case<BroadcastOp, IotaOp, PoolIndexOp, PoolOp, RandomBitsOp, ReshapeOp,
            SliceOp>(
          [&](auto sized) { return fromSizes(sized.getSizes(), result, dim); })
      .Case<ScatterElementsOp, ScatterNDOp>(
          [&](auto scatter) { return Extent{scatter.getData(), dim}; })
      .Case<TransposeOp>([&](TransposeOp op) {
        return Extent{op.getOperand(), op.getPermutation()[dim]};
      })
      .Case<ConcatOp>([&](ConcatOp op) -> Origin {
        if (dim == static_cast<int64_t>(op.getAxis()))
          return std::nullopt;
        for (Value input : op.getInputs())
          if (!tensorTypeOf(input).isDynamicDim(dim))
            return Extent{input, dim};
        return Extent{op.getInputs().front(), dim};
      })
      .Case<GatherOp>([&](GatherOp op) {
        int64_t axis = op.getAxis(),
                indexRank = tensorTypeOf(op.getIndices()).getRank();
        if (dim < axis)
          return Extent{op.getData(), dim};
        if (dim < axis + indexRank)
          return Extent{op.getIndices(), dim - axis};
        return Extent{op.getData(), dim - indexRank + 1};
      })
      .Case<GatherElementsOp>(
          [&](GatherElementsOp op) { return Extent{op.getIndices(), dim}; })
      .Case<GatherNDOp>([&](GatherNDOp op) {
        RankedTensorType indices = tensorTypeOf(op.getIndices());
        int64_t leading = indices.getRank() - 1;
        if (dim < leading)
          return Extent{op.getIndices(), dim};
        int64_t tuple = indices.getShape().back();
        return Extent{op.getData(), static_cast<int64_t>(op.getBatchDims()) +
                                        tuple + dim - leading};
      })
      .Case<ReduceOp>([&](ReduceOp op) {
        int64_t source = dim;
        for (int64_t reduced : op.getDims())
          source += reduced <= source;
        return Extent{op.getOperand(), source};
      })
      .Case<ArgReduceOp>([&](ArgReduceOp op) {
        return Extent{op.getOperand(),
                      dim + (dim >= static_cast<int64_t>(op.getAxis()))};
      })
      .Case<SortOp>([&](SortOp op) { return Extent{op.getOperand(), dim}; })
      .Case<NonZeroOp>([&](NonZeroOp op) -> Origin {
        if (dim == 0)
          return std::nullopt;
        return Extent{op.getCount()};
      })
      .Case<DotOp>([&](DotOp op) { return fromDot(op, dim); })
      .Case<ConvOp>([&](ConvOp op) { return fromConv(op, dim); })
      .Case<tensor::CastOp>([&](tensor::CastOp op) -> Origin {
        if (!isa<RankedTensorType>(op.getSource().getType()))
          return std::nullopt;
        return Extent{op.getSource(), dim};
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// Follows an extent to where it is static, given as a value, or can be traced
/// no further.
static Extent trace(Extent extent) {
  while (true) {
    if (extent.dim < 0) {
      // A size that is itself read off a tensor goes on there.
      auto dimOp = extent.value.getDefiningOp<tensor::DimOp>();
      std::optional<int64_t> index =
          dimOp ? dimOp.getConstantIndex() : std::nullopt;
      auto type = dimOp
                      ? dyn_cast<RankedTensorType>(dimOp.getSource().getType())
                      : nullptr;
      if (!index || !type || *index < 0 || *index >= type.getRank())
        return extent;
      extent = {dimOp.getSource(), *index};
      continue;
    }
    if (extent.isStatic())
      return extent;
    auto result = dyn_cast<OpResult>(extent.value);
    std::optional<Extent> origin =
        result ? originOf(result, extent.dim) : std::nullopt;
    if (!origin)
      return extent;
    extent = *origin;
  }
}

OpFoldResult nn::sizeOf(OpBuilder &b, Location loc, Value value, int64_t dim) {
  Extent extent = trace({value, dim});
  if (extent.dim < 0) {
    if (std::optional<int64_t> constant = getConstantIntValue(extent.value))
      return b.getIndexAttr(*constant);
    return extent.value;
  }
  if (extent.isStatic())
    return b.getIndexAttr(extent.getStatic());
  return b.createOrFold<tensor::DimOp>(loc, extent.value, extent.dim);
}

SmallVector<OpFoldResult> nn::sizesOf(OpBuilder &b, Location loc, Value value) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0, rank = tensorTypeOf(value).getRank(); dim < rank; ++dim)
    sizes.push_back(sizeOf(b, loc, value, dim));
  return sizes;
}

/// The constant that a traced extent is, if it is one.
static std::optional<int64_t> constantOf(const Extent &extent) {
  if (extent.dim < 0)
    return getConstantIntValue(extent.value);
  return extent.isStatic() ? std::optional(extent.getStatic()) : std::nullopt;
}

static bool areSame(Extent a, Extent b) {
  a = trace(a);
  b = trace(b);
  std::optional<int64_t> constantA = constantOf(a), constantB = constantOf(b);
  return constantA || constantB ? constantA == constantB : a == b;
}

bool nn::haveSameSize(Value a, int64_t dimA, Value b, int64_t dimB) {
  return areSame({a, dimA}, {b, dimB});
}

bool nn::isSizeOf(Value size, Value value, int64_t dim) {
  return areSame({size}, {value, dim});
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

template <typename ArithOp, typename Compute>
static OpFoldResult foldIndices(OpBuilder &b, Location loc, OpFoldResult x,
                                OpFoldResult y, Compute compute) {
  std::optional<int64_t> constantX = getConstantIntValue(x),
                         constantY = getConstantIntValue(y);
  if (constantX && constantY)
    return b.getIndexAttr(compute(*constantX, *constantY));
  return getAsOpFoldResult(
      b.createOrFold<ArithOp>(loc, getValueOrCreateConstantIndexOp(b, loc, x),
                              getValueOrCreateConstantIndexOp(b, loc, y)));
}

OpFoldResult nn::addSizes(OpBuilder &b, Location loc, OpFoldResult x,
                          OpFoldResult y) {
  return foldIndices<arith::AddIOp>(b, loc, x, y, std::plus<int64_t>());
}

OpFoldResult nn::multiplySizes(OpBuilder &b, Location loc, OpFoldResult x,
                               OpFoldResult y) {
  return foldIndices<arith::MulIOp>(b, loc, x, y, std::multiplies<int64_t>());
}

OpFoldResult nn::divideSizes(OpBuilder &b, Location loc, OpFoldResult x,
                             OpFoldResult y) {
  return foldIndices<arith::DivUIOp>(b, loc, x, y, std::divides<int64_t>());
}

OpFoldResult nn::clampSize(OpBuilder &b, Location loc, OpFoldResult x) {
  return foldIndices<arith::MaxSIOp>(
      b, loc, x, b.getIndexAttr(0),
      [](int64_t x, int64_t y) { return std::max(x, y); });
}

SmallVector<Value> nn::dynamicSizes(ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> values;
  for (OpFoldResult size : sizes)
    if (auto value = dyn_cast<Value>(size))
      values.push_back(value);
  return values;
}

RankedTensorType nn::typeOfSizes(ArrayRef<OpFoldResult> sizes,
                                 Type elementType) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(isa<Value>(size) ? ShapedType::kDynamic
                                     : getConstantIntValue(size).value());
  return RankedTensorType::get(shape, elementType);
}

SmallVector<OpFoldResult> nn::mixed(OpBuilder &b, ArrayRef<int64_t> statics,
                                    ValueRange values) {
  return getMixedValues(statics, values, b);
}

//===----------------------------------------------------------------------===//
// Reification and verification that the families share
//===----------------------------------------------------------------------===//

void nn::addReified(OpBuilder &b, Value result, ArrayRef<OpFoldResult> sizes,
                    ReifiedRankedShapedTypeDims &dims) {
  RankedTensorType type = tensorTypeOf(result);
  SmallVector<OpFoldResult> &reified = dims.emplace_back();
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    // Upstream expects values exactly where the type is dynamic.
    if (type.isDynamicDim(dim))
      reified.push_back(
          getValueOrCreateConstantIndexOp(b, result.getLoc(), size));
    else
      reified.push_back(b.getIndexAttr(type.getDimSize(dim)));
  }
}

LogicalResult nn::reifyPassedOn(OpBuilder &b, Operation *op,
                                ReifiedRankedShapedTypeDims &dims) {
  for (Value result : op->getResults())
    addReified(b, result, sizesOf(b, op->getLoc(), result), dims);
  return success();
}

LogicalResult nn::verifySizes(Operation *op, ValueRange sizes, Value result) {
  int64_t expected = tensorTypeOf(result).getNumDynamicDims();
  if (static_cast<int64_t>(sizes.size()) == expected)
    return success();
  return op->emitOpError("expected one size per dynamic extent of the result (")
         << expected << "), but found " << sizes.size();
}

LogicalResult nn::verifyAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return op->emitOpError("expected an axis of a tensor of rank ")
         << rank << ", but found " << axis;
}

LogicalResult nn::verifyIncreasing(Operation *op, StringRef name,
                                   ArrayRef<int64_t> dims, int64_t rank) {
  int64_t previous = -1;
  for (int64_t dim : dims) {
    if (dim <= previous || dim >= rank)
      return op->emitOpError("expected '")
             << name
             << "' to be strictly increasing dimensions of a tensor of rank "
             << rank << ", but found [" << dims << "]";
    previous = dim;
  }
  return success();
}

LogicalResult nn::verifyPerDimension(Operation *op, StringRef name,
                                     ArrayRef<int64_t> values, int64_t rank,
                                     int64_t lowest) {
  if (static_cast<int64_t>(values.size()) != rank)
    return op->emitOpError("expected one entry of '")
           << name << "' per dimension (" << rank << "), but found "
           << values.size();
  for (int64_t value : values)
    if (value < lowest)
      return op->emitOpError("expected no entry of '")
             << name << "' below " << lowest << ", but found " << value;
  return success();
}

LogicalResult nn::verifySameElementType(Operation *op, StringRef nameA, Value a,
                                        StringRef nameB, Value b) {
  if (elementTypeOf(a) == elementTypeOf(b))
    return success();
  return op->emitOpError("expected ")
         << nameA << " and " << nameB << " of one element type, but found "
         << elementTypeOf(a) << " and " << elementTypeOf(b);
}

bool nn::hasOperandSizes(Value operand, Value result) {
  for (int64_t dim = 0, rank = tensorTypeOf(operand).getRank(); dim < rank;
       ++dim)
    if (!haveSameSize(operand, dim, result, dim))
      return false;
  return true;
}

bool nn::isIdentity(ArrayRef<int64_t> values) {
  return llvm::all_of(llvm::enumerate(values), [](auto entry) {
    return entry.value() == static_cast<int64_t>(entry.index());
  });
}

bool nn::isPermutation(ArrayRef<int64_t> values, int64_t rank) {
  if (static_cast<int64_t>(values.size()) != rank)
    return false;
  llvm::SmallBitVector seen(rank);
  for (int64_t value : values) {
    if (value < 0 || value >= rank || seen.test(value))
      return false;
    seen.set(value);
  }
  return true;
}
