//===- ElementMemory.cpp - elements in memory: addresses, loads, stores
//----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/ElementEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

#include <map>

using namespace mlir;

namespace ds {

/// The position in memory, in elements.
LaneValue ElementEmitter::emitOffset(const MemoryBuffer &buffer,
                                     ArrayRef<LaneValue> allIndices) {
  ArrayRef<LaneValue> indices = allIndices.drop_front(buffer.droppedDims);
  if (!buffer.panels) {
    LaneValue offset = LaneValue::uniform(constant(0));
    Value stride = constant(1);
    for (int64_t dim = static_cast<int64_t>(indices.size()) - 1; dim >= 0;
         --dim) {
      offset =
          laneAdd(offset, laneMul(indices[dim], LaneValue::uniform(stride)));
      if (dim > 0)
        stride = mul(stride, buffer.extents[dim + buffer.droppedDims]);
    }
    return offset;
  }
  ArrayRef<int64_t> order = buffer.panels.getPermutation();
  int64_t block = buffer.panels.getBlock();
  // Lanes never cross a block: vectors start at multiples of their length, and
  // blocks are multiples of it.
  LaneValue inner = indices[order.back()];
  if (inner.isVector || inner.choice) {
    Value position = toVector(inner),
          size = toVector(LaneValue::uniform(constant(block)));
    LaneValue offset =
        LaneValue::vector(arith::DivUIOp::create(b, loc, position, size));
    for (int64_t dim : order.drop_back())
      offset = laneAdd(laneMul(offset, LaneValue::uniform(buffer.extents[dim])),
                       indices[dim]);
    return laneAdd(
        laneMul(offset, LaneValue::uniform(constant(block))),
        LaneValue::vector(arith::RemUIOp::create(b, loc, position, size)));
  }
  LaneValue offset = LaneValue::uniform(floorDiv(inner.base, block));
  for (int64_t dim : order.drop_back())
    offset = laneAdd(laneMul(offset, LaneValue::uniform(buffer.extents[dim])),
                     indices[dim]);
  offset = laneMul(offset, LaneValue::uniform(constant(block)));
  return laneAdd(
      offset, LaneValue::linear(b.createOrFold<arith::RemUIOp>(loc, inner.base,
                                                               constant(block)),
                                inner.stride));
}

namespace {

/// A summand of an address: `value` times a factor that is known, times one
/// that may not be.
struct AddressTerm {
  Value value; ///< null: one
  int64_t factor = 1;
  Value extent; ///< null: one
};

} // namespace

/// How many loops surround the code that computes `value`.
static int64_t loopDepth(Value value) {
  int64_t depth = 0;
  for (Operation *op = value.getParentBlock()->getParentOp(); op;
       op = op->getParentOp())
    depth += isa<LoopLikeOpInterface>(op);
  return depth;
}

static void collectTerms(AddressTerm term,
                         SmallVectorImpl<AddressTerm> &terms) {
  if (std::optional<int64_t> literal = constantOf(term.value)) {
    term.factor *= *literal;
    term.value = Value();
    if (term.factor != 0)
      terms.push_back(term);
    return;
  }
  if (auto sum = term.value.getDefiningOp<arith::AddIOp>()) {
    for (Value operand : sum->getOperands())
      collectTerms({operand, term.factor, term.extent}, terms);
    return;
  }
  if (auto product = term.value.getDefiningOp<arith::MulIOp>()) {
    Value left = product.getLhs(), right = product.getRhs();
    if (std::optional<int64_t> literal = constantOf(right)) {
      collectTerms({left, term.factor * *literal, term.extent}, terms);
      return;
    }
    if (!term.extent && left.getDefiningOp<arith::AddIOp>()) {
      collectTerms({left, term.factor, right}, terms);
      return;
    }
  }
  terms.push_back(term);
}

/// The element's address, from what varies least to what varies most: outer
/// loops' summands are computed outside inner ones, and what is known at
/// compile time ends up in the instruction.
Value ElementEmitter::elementPointer(const MemoryBuffer &buffer, Value offset) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type element = storageType(buffer.elementType);
  if (auto vectorType = dyn_cast<VectorType>(offset.getType()))
    return LLVM::GEPOp::create(b, loc,
                               VectorType::get(vectorType.getShape(), pointer),
                               element, buffer.pointer, ValueRange{offset});
  SmallVector<AddressTerm> terms;
  collectTerms({offset, 1, Value()}, terms);
  int64_t known = 0;
  std::map<int64_t, Value> sums; // by depth
  for (const AddressTerm &term : terms) {
    if (!term.value && !term.extent) {
      known += term.factor;
      continue;
    }
    int64_t depth = 0;
    Value product = constant(term.factor);
    for (Value factor : {term.value, term.extent})
      if (factor) {
        depth = std::max(depth, loopDepth(factor));
        product = mul(factor, product);
      }
    auto [it, isNew] = sums.try_emplace(depth, product);
    if (!isNew)
      it->second = add(it->second, product);
  }
  Value address = buffer.pointer;
  for (auto [depth, sum] : sums)
    address =
        LLVM::GEPOp::create(b, loc, pointer, element, address, ValueRange{sum});
  if (known != 0)
    address = LLVM::GEPOp::create(b, loc, pointer, element, address,
                                  ValueRange{constant(known)});
  return address;
}

static unsigned alignmentOf(Type type) {
  return std::max<unsigned>(1, type.getIntOrFloatBitWidth() / 8);
}

LaneValue ElementEmitter::emitLoad(const MemoryBuffer &buffer,
                                   ArrayRef<LaneValue> indices) {
  // A choice between two cheap accesses is a branch, so that neither becomes a
  // gather.
  for (auto [position, index] : llvm::enumerate(indices)) {
    if (!index.choice)
      continue;
    LaneValue::Choice choice = *index.choice;
    SmallVector<LaneValue> onTrue(indices), onFalse(indices);
    onTrue[position] = choice.onTrue;
    onFalse[position] = choice.onFalse;
    Type element = emittedType(buffer.elementType);
    Type type = lanes == 1 ? element : VectorType::get({lanes}, element);
    auto branch = scf::IfOp::create(b, loc, TypeRange{type}, choice.condition,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, loc, toVector(emitLoad(buffer, onTrue)));
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, toVector(emitLoad(buffer, onFalse)));
    return lanes == 1 ? LaneValue::uniform(branch.getResult(0))
                      : LaneValue::vector(branch.getResult(0));
  }
  Type memory = storageType(buffer.elementType);
  unsigned alignment = alignmentOf(memory);
  LaneValue offset = emitOffset(buffer, indices);
  LaneValue loaded;
  if (offset.isUniform() || lanes == 1) {
    loaded = LaneValue::uniform(LLVM::LoadOp::create(
        b, loc, memory, elementPointer(buffer, offset.base), alignment));
  } else {
    auto type = VectorType::get({lanes}, memory);
    if (!offset.isVector && offset.stride == 1) {
      Value pointer = elementPointer(buffer, offset.base);
      if (mask) {
        Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
        loaded = LaneValue::vector(LLVM::MaskedLoadOp::create(
            b, loc, type, pointer, mask, zero, alignment));
      } else {
        loaded = LaneValue::vector(
            LLVM::LoadOp::create(b, loc, type, pointer, alignment));
      }
    } else if (!offset.isVector && offset.stride == -1 && !mask) {
      Value first =
          elementPointer(buffer, sub(offset.base, constant(lanes - 1)));
      Value reversed = LLVM::LoadOp::create(b, loc, type, first, alignment);
      SmallVector<int64_t> order;
      for (int64_t lane = lanes - 1; lane >= 0; --lane)
        order.push_back(lane);
      loaded = LaneValue::vector(
          vector::ShuffleOp::create(b, loc, reversed, reversed, order));
    } else {
      Value all = mask;
      if (!all)
        all = arith::ConstantOp::create(
            b, loc,
            DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()),
                                   true));
      Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
      loaded = LaneValue::vector(LLVM::masked_gather::create(
          b, loc, type, elementPointer(buffer, toVector(offset)), all,
          ValueRange{zero}, b.getI32IntegerAttr(alignment)));
    }
  }
  if (buffer.elementType.isInteger(1)) {
    Type type = b.getI1Type();
    if (loaded.isVector)
      type = VectorType::get({lanes}, type);
    loaded.base = arith::TruncIOp::create(b, loc, type, loaded.base);
  }
  return loaded;
}

void ElementEmitter::emitPrefetch(const MemoryBuffer &buffer,
                                  ArrayRef<LaneValue> indices, bool isStore) {
  constexpr unsigned AllCaches = 3;
  emitPrefetch(buffer, indices, isStore, AllCaches);
}

void ElementEmitter::emitFarPrefetch(const MemoryBuffer &buffer,
                                     ArrayRef<LaneValue> indices) {
  constexpr unsigned SecondLevel = 2;
  emitPrefetch(buffer, indices, /*isStore=*/false, SecondLevel);
}

void ElementEmitter::emitPrefetch(const MemoryBuffer &buffer,
                                  ArrayRef<LaneValue> indices, bool isStore,
                                  unsigned locality) {
  if (llvm::any_of(indices, [](const LaneValue &i) { return !!i.choice; }))
    return;
  LaneValue offset = emitOffset(buffer, indices);
  if (offset.isVector)
    return;
  constexpr unsigned Data = 1;
  LLVM::Prefetch::create(b, loc, elementPointer(buffer, offset.base), isStore,
                         locality, Data);
}

void ElementEmitter::emitStore(const MemoryBuffer &buffer,
                               ArrayRef<LaneValue> indices, LaneValue value) {
  Type memory = storageType(buffer.elementType);
  unsigned alignment = alignmentOf(memory);
  LaneValue offset = emitOffset(buffer, indices);
  bool isScalar = offset.isUniform() || lanes == 1;
  Value data = isScalar ? value.base : toVector(value);
  if (buffer.elementType.isInteger(1)) {
    Type type = memory;
    if (!isScalar)
      type = VectorType::get({lanes}, type);
    data = arith::ExtUIOp::create(b, loc, type, data);
  }
  if (isScalar) {
    LLVM::StoreOp::create(b, loc, data, elementPointer(buffer, offset.base),
                          alignment);
    return;
  }
  if (!offset.isVector && !offset.choice && offset.stride == 1) {
    Value pointer = elementPointer(buffer, offset.base);
    if (mask)
      LLVM::MaskedStoreOp::create(b, loc, data, pointer, mask, alignment);
    else
      LLVM::StoreOp::create(b, loc, data, pointer, alignment);
    return;
  }
  Value all = mask;
  if (!all)
    all = arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()), true));
  LLVM::masked_scatter::create(b, loc, data,
                               elementPointer(buffer, toVector(offset)), all,
                               b.getI32IntegerAttr(alignment));
}

} // namespace ds
