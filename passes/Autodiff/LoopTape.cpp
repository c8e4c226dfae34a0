//===- LoopTape.cpp - values of every iteration, kept for the way back ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Autodiff/LoopTape.h"

#include "dialects/NN/Derivatives/Emitter.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace ds::nn::derivatives;

namespace ds::autodiff {

/// Integers and positions are kept as i64.
static Type rowElement(MLIRContext *context, Type scalar) {
  return isa<FloatType>(scalar) ? scalar : IntegerType::get(context, 64);
}

SmallVector<Value> LoopTape::makeStandIns() {
  standIns.clear();
  for (Value argument : arguments)
    standIns.push_back(UnrealizedConversionCastOp::create(
                           b, loc, argument.getType(), ValueRange())
                           .getResult(0));
  return standIns;
}

bool LoopTape::isKeptExtent(unsigned argument, int64_t dim) const {
  auto type = cast<RankedTensorType>(arguments[argument].getType());
  Value yielded = yields[argument];
  auto isSame = [&](Value value, int64_t valueDim) {
    return nn::haveSameSize(value, valueDim, arguments[argument], dim) ||
           nn::haveSameSize(value, valueDim, inits[argument], dim);
  };
  if (!type.isDynamicDim(dim) || isSame(yielded, dim))
    return true;
  for (auto [before, after] : llvm::zip_equal(passed, received)) {
    auto handed = dyn_cast<RankedTensorType>(after.getType());
    for (int64_t i = 0; handed && i < handed.getRank(); ++i)
      if (nn::haveSameSize(yielded, dim, after, i) && isSame(before, i))
        return true;
  }
  return false;
}

LogicalResult LoopTape::addExtents(unsigned argument, Value standIn,
                                   Operation *loop) {
  for (Operation *user : llvm::make_early_inc_range(standIn.getUsers())) {
    auto extent = dyn_cast<tensor::DimOp>(user);
    std::optional<int64_t> dim =
        extent ? extent.getConstantIndex() : std::nullopt;
    if (!dim)
      continue;
    if (isKeptExtent(argument, *dim)) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(loop);
      Value size = getValueOrCreateConstantIndexOp(
          b, loc, nn::sizeOf(b, loc, inits[argument], *dim));
      extent.replaceAllUsesWith(size);
    } else {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(extent);
      Value number = UnrealizedConversionCastOp::create(
                         b, loc, b.getIndexType(), ValueRange())
                         .getResult(0);
      extent.replaceAllUsesWith(number);
      entries.push_back({argument, *dim, number});
    }
    extent.erase();
  }
  return success();
}

LogicalResult LoopTape::plan(Gradients &gradients, Operation *loop) {
  for (auto [argument, standIn] : llvm::enumerate(standIns)) {
    auto type = dyn_cast<RankedTensorType>(standIn.getType());
    if (type && failed(addExtents(argument, standIn, loop)))
      return failure();
    if (standIn.use_empty())
      continue;
    if (!type && !standIn.getType().isIntOrIndexOrFloat())
      return gradients.fail("cannot keep loop values of type " + [&] {
        std::string text;
        llvm::raw_string_ostream(text) << standIn.getType();
        return text;
      }());
    for (int64_t dim = 0; type && dim < type.getRank(); ++dim)
      if (!isKeptExtent(argument, dim))
        return gradients.fail(
            "needs loop value " + Twine(argument) +
            " of every iteration, but its shape changes in dimension " +
            Twine(dim));
    entries.push_back({static_cast<unsigned>(argument), std::nullopt, standIn});
  }
  return success();
}

RankedTensorType LoopTape::rowType(const Entry &entry) const {
  auto type = dyn_cast<RankedTensorType>(entry.standIn.getType());
  return type ? type
              : RankedTensorType::get(
                    {}, rowElement(b.getContext(), entry.standIn.getType()));
}

SmallVector<Value> LoopTape::makeStacks(OpFoldResult count, bool isGrowing) {
  Emitter e(b, loc);
  SmallVector<Value> stacks;
  for (const Entry &entry : entries) {
    RankedTensorType row = rowType(entry);
    Sizes sizes{count};
    for (int64_t dim = 0; dim < row.getRank(); ++dim)
      sizes.push_back(row.isDynamicDim(dim)
                          ? OpFoldResult(getValueOrCreateConstantIndexOp(
                                b, loc, e.size(inits[entry.argument], dim)))
                          : e.attr(row.getDimSize(dim)));
    if (isGrowing)
      sizes[0] = getValueOrCreateConstantIndexOp(b, loc, count);
    stacks.push_back(e.filled(sizes, row.getElementType(), 0));
  }
  return stacks;
}

/// A scalar as a tensor of rank 0, integers as i64.
static Value scalarToTensor(OpBuilder &b, Location loc, Value scalar) {
  Type i64 = b.getI64Type();
  if (scalar.getType().isIndex())
    scalar = arith::IndexCastOp::create(b, loc, i64, scalar);
  else if (isa<IntegerType>(scalar.getType()) && scalar.getType() != i64)
    scalar = arith::ExtUIOp::create(b, loc, i64, scalar);
  return tensor::FromElementsOp::create(
      b, loc, RankedTensorType::get({}, scalar.getType()), scalar);
}

static Value tensorToScalar(OpBuilder &b, Location loc, Value tensor,
                            Type type) {
  Value scalar = tensor::ExtractOp::create(b, loc, tensor, ValueRange());
  if (type.isIndex())
    return arith::IndexCastOp::create(b, loc, type, scalar);
  if (isa<IntegerType>(type) && scalar.getType() != type)
    return arith::TruncIOp::create(b, loc, type, scalar);
  return scalar;
}

/// The same stack with room for as many rows again, if row `position` would not
/// fit.
static Value grow(OpBuilder &b, Location loc, Value stack, Value position) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value rows = tensor::DimOp::create(b, loc, stack, zero);
  Value isFull =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, position, rows);
  auto branch = scf::IfOp::create(b, loc, stack.getType(), isFull,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  clearBlock(*branch.thenBlock());
  b.setInsertionPointToEnd(branch.thenBlock());
  Value doubled =
      nn::ConcatOp::create(b, loc, ValueRange{stack, stack}, int64_t{0});
  scf::YieldOp::create(b, loc, doubled);
  clearBlock(*branch.elseBlock());
  b.setInsertionPointToEnd(branch.elseBlock());
  scf::YieldOp::create(b, loc, stack);
  return branch.getResult(0);
}

SmallVector<Value> LoopTape::push(ValueRange stacks, Value position,
                                  const IRMapping &mapping, bool isGrowing) {
  Emitter e(b, loc);
  SmallVector<Value> written;
  for (auto [entry, stack] : llvm::zip_equal(entries, stacks)) {
    Value value = mapping.lookup(arguments[entry.argument]);
    if (entry.dim)
      value = tensor::DimOp::create(
          b, loc, value,
          arith::ConstantIndexOp::create(b, loc, *entry.dim).getResult());
    if (!isa<RankedTensorType>(value.getType()))
      value = scalarToTensor(b, loc, value);
    Value room = isGrowing ? grow(b, loc, stack, position) : stack;
    Sizes sizes = e.sizes(value);
    sizes.insert(sizes.begin(), e.attr(1));
    Value place =
        e.reshape(scalarToTensor(b, loc, position), {e.attr(1), e.attr(1)});
    written.push_back(nn::ScatterNDOp::create(b, loc, room.getType(), room,
                                              place, e.reshape(value, sizes),
                                              nn::ScatterKind::set));
  }
  return written;
}

void LoopTape::load(ValueRange stacks, Value position) {
  for (auto [entry, stack] : llvm::zip_equal(entries, stacks)) {
    Operation *standIn = entry.standIn.getDefiningOp();
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(standIn);
    Emitter e(b, loc);
    Sizes sizes = e.sizes(stack), offsets(sizes.size(), e.attr(0));
    offsets[0] = position;
    sizes[0] = e.attr(1);
    Value row = e.slice(stack, offsets, sizes, Dims(sizes.size(), 1));
    sizes.erase(sizes.begin());
    row = e.reshape(row, sizes);
    Type type = entry.standIn.getType();
    if (!isa<RankedTensorType>(type))
      row = tensorToScalar(b, loc, row, type);
    else if (row.getType() != type)
      row = tensor::CastOp::create(b, loc, type, row);
    entry.standIn.replaceAllUsesWith(row);
  }
  for (const Entry &entry : entries)
    entry.standIn.getDefiningOp()->erase();
  for (Value standIn : standIns)
    if (llvm::none_of(entries, [&](const Entry &entry) {
          return entry.standIn == standIn;
        }))
      standIn.getDefiningOp()->erase();
}

} // namespace ds::autodiff
