//===- ElementEmitter.cpp - code for one element, or for a vector of them
//--===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/ElementEmitter.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ds {

Type storageType(Type elementType) {
  if (elementType.isIndex())
    return IntegerType::get(elementType.getContext(), 64);
  if (elementType.isInteger() && elementType.getIntOrFloatBitWidth() < 8)
    return IntegerType::get(elementType.getContext(), 8);
  return elementType;
}

Type emittedType(Type type) {
  return type.isIndex() ? Type(IntegerType::get(type.getContext(), 64)) : type;
}

std::optional<int64_t> constantOf(Value value) {
  APInt result;
  if (matchPattern(value, m_ConstantInt(&result)))
    return result.getSExtValue();
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// i64 arithmetic
//===----------------------------------------------------------------------===//

Value ElementEmitter::constant(int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
}
Value ElementEmitter::add(Value x, Value y) {
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}
Value ElementEmitter::sub(Value x, Value y) {
  return b.createOrFold<arith::SubIOp>(loc, x, y);
}
Value ElementEmitter::mul(Value x, Value y) {
  return b.createOrFold<arith::MulIOp>(loc, x, y);
}
Value ElementEmitter::min(Value x, Value y) {
  return b.createOrFold<arith::MinSIOp>(loc, x, y);
}
/// Of a value that is not negative.
Value ElementEmitter::floorDiv(Value x, int64_t y) {
  return y == 1 ? x : b.createOrFold<arith::DivUIOp>(loc, x, constant(y));
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

Value ElementEmitter::toVector(const LaneValue &value) {
  if (value.isVector)
    return value.base;
  if (value.choice) {
    Value onTrue = toVector(value.choice->onTrue),
          onFalse = toVector(value.choice->onFalse);
    return arith::SelectOp::create(b, loc, value.choice->condition, onTrue,
                                   onFalse);
  }
  if (lanes == 1)
    return value.base;
  auto type = VectorType::get({lanes}, value.base.getType());
  Value splat = vector::BroadcastOp::create(b, loc, type, value.base);
  if (value.stride == 0)
    return splat;
  SmallVector<Attribute> steps;
  for (int64_t lane = 0; lane < lanes; ++lane)
    steps.push_back(
        b.getIntegerAttr(value.base.getType(), lane * value.stride));
  return arith::AddIOp::create(
      b, loc, splat,
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, steps)));
}

LaneValue ElementEmitter::laneAdd(LaneValue x, LaneValue y, bool subtract) {
  if (x.choice && y.isUniform() && !subtract) {
    auto choice = std::make_shared<LaneValue::Choice>(*x.choice);
    choice->onTrue = laneAdd(choice->onTrue, y);
    choice->onFalse = laneAdd(choice->onFalse, y);
    return LaneValue::chosen(std::move(choice));
  }
  if (y.choice && x.isUniform() && !subtract)
    return laneAdd(y, x);
  if (!x.isVector && !y.isVector && !x.choice && !y.choice)
    return LaneValue::linear(
        subtract ? sub(x.base, y.base) : add(x.base, y.base),
        subtract ? x.stride - y.stride : x.stride + y.stride);
  Value left = toVector(x), right = toVector(y);
  return LaneValue::vector(
      subtract ? b.createOrFold<arith::SubIOp>(loc, left, right)
               : b.createOrFold<arith::AddIOp>(loc, left, right));
}

LaneValue ElementEmitter::laneMul(LaneValue x, LaneValue y) {
  if (x.isUniform() && !y.isUniform())
    std::swap(x, y);
  if (y.isUniform()) {
    if (x.isUniform())
      return LaneValue::uniform(mul(x.base, y.base));
    std::optional<int64_t> factor = constantOf(y.base);
    if (factor && x.choice) {
      auto choice = std::make_shared<LaneValue::Choice>(*x.choice);
      choice->onTrue = laneMul(choice->onTrue, y);
      choice->onFalse = laneMul(choice->onFalse, y);
      return LaneValue::chosen(std::move(choice));
    }
    if (factor && !x.isVector)
      return LaneValue::linear(mul(x.base, y.base), x.stride * *factor);
  }
  return LaneValue::vector(
      b.createOrFold<arith::MulIOp>(loc, toVector(x), toVector(y)));
}

LaneValue ElementEmitter::emitAffine(AffineExpr expr,
                                     ArrayRef<LaneValue> dims) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto literal = dyn_cast<AffineConstantExpr>(expr))
    return LaneValue::uniform(constant(literal.getValue()));
  auto binary = cast<AffineBinaryOpExpr>(expr);
  LaneValue left = emitAffine(binary.getLHS(), dims),
            right = emitAffine(binary.getRHS(), dims);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return laneAdd(left, right);
  case AffineExprKind::Mul:
    return laneMul(left, right);
  default:
    break;
  }
  // Floor division and remainder by a positive constant, of positions that are
  // not negative.
  bool isDivision = expr.getKind() == AffineExprKind::FloorDiv;
  assert((isDivision || expr.getKind() == AffineExprKind::Mod) &&
         "no other affine expressions in kernels");
  if (auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
      isDivision && divisor && left.divisor == divisor.getValue())
    return LaneValue::uniform(left.quotient);
  Value x = left.isUniform() ? left.base : toVector(left);
  Value y = left.isUniform() ? right.base : toVector(right);
  Value result = isDivision ? b.createOrFold<arith::DivUIOp>(loc, x, y)
                            : b.createOrFold<arith::RemUIOp>(loc, x, y);
  return left.isUniform() ? LaneValue::uniform(result)
                          : LaneValue::vector(result);
}

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

Value ElementEmitter::emitExtent(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return constant(type.getDimSize(dim));
  auto it = buffers.find(tensor);
  if (it != buffers.end() && it->second.droppedDims == 0)
    return it->second.extents[dim];
  Operation *op = tensor.getDefiningOp();
  if (auto generic = dyn_cast_or_null<linalg::GenericOp>(op)) {
    OpOperand *init = generic.getTiedOpOperand(cast<OpResult>(tensor));
    return emitExtent(init->get(), dim);
  }
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(op))
    return emitExtent(fill.getOutputs()[0], dim);
  if (auto cast = dyn_cast_or_null<tensor::CastOp>(op))
    return emitExtent(cast.getSource(), dim);
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op))
    return emitScalarValue(empty.getDynamicSize(dim));
  if (auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(op)) {
    OpFoldResult size = slice.getMixedSizes()[dim];
    return emitScalarValue(cast<Value>(size));
  }
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op))
    return emitScalarValue(cast<Value>(expand.getMixedOutputShape()[dim]));
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
    Value extent = constant(1);
    for (int64_t source : collapse.getReassociationIndices()[dim])
      extent = mul(extent, emitExtent(collapse.getSrc(), source));
    return extent;
  }
  llvm_unreachable("canEmit accepts no other producers");
}

//===----------------------------------------------------------------------===//
// Computation
//===----------------------------------------------------------------------===//

Value ElementEmitter::emitScalarValue(Value scalar) {
  if (Value value = scalars.lookup(scalar))
    return value;
  Environment environment;
  return lookup(scalar, environment, {}).base;
}

/// A value used in a body: defined in it, or a scalar of the kernel around it.
LaneValue ElementEmitter::lookup(Value value, Environment &environment,
                                 ArrayRef<LaneValue> loopIndices) {
  auto it = environment.find(value);
  if (it != environment.end())
    return it->second;
  if (Value scalar = scalars.lookup(value))
    return LaneValue::uniform(scalar);
  Operation *op = value.getDefiningOp();
  assert(op && "a block argument without a value");
  if (auto literal = dyn_cast<arith::ConstantOp>(op)) {
    TypedAttr attribute = literal.getValue();
    if (attribute.getType().isIndex())
      attribute = b.getI64IntegerAttr(cast<IntegerAttr>(attribute).getInt());
    return LaneValue::uniform(arith::ConstantOp::create(b, loc, attribute));
  }
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return LaneValue::uniform(
        emitExtent(dim.getSource(), *dim.getConstantIndex()));
  LaneValue result;
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    result = loopIndices[index.getDim()];
  } else if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    SmallVector<LaneValue> indices;
    for (Value position : extract.getIndices())
      indices.push_back(lookup(position, environment, loopIndices));
    result = emitElement(extract.getTensor(), indices);
  } else if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    SmallVector<LaneValue> dims;
    for (Value operand : apply.getMapOperands())
      dims.push_back(lookup(operand, environment, loopIndices));
    AffineMap map = apply.getAffineMap();
    SmallVector<AffineExpr> symbols;
    for (unsigned i = 0; i < map.getNumSymbols(); ++i)
      symbols.push_back(b.getAffineDimExpr(map.getNumDims() + i));
    result = emitAffine(map.getResult(0).replaceSymbols(symbols), dims);
  } else {
    SmallVector<LaneValue> operands;
    for (Value operand : op->getOperands())
      operands.push_back(lookup(operand, environment, loopIndices));
    result = emitOp(op, operands);
  }
  environment[value] = result;
  return result;
}

LaneValue ElementEmitter::emitOp(Operation *op, ArrayRef<LaneValue> operands) {
  Type resultType = emittedType(op->getResult(0).getType());
  bool isIndex =
      op->getResult(0).getType().isIndex() ||
      llvm::any_of(op->getOperandTypes(), [](Type t) { return t.isIndex(); });
  if (isIndex && isa<arith::AddIOp, arith::SubIOp>(op))
    return laneAdd(operands[0], operands[1], isa<arith::SubIOp>(op));
  if (isIndex && isa<arith::MulIOp>(op))
    return laneMul(operands[0], operands[1]);
  if (isIndex && isa<arith::SelectOp>(op) && operands[0].isUniform() &&
      !operands[1].isVector && !operands[2].isVector &&
      (!operands[1].isUniform() || !operands[2].isUniform()) &&
      !operands[1].choice && !operands[2].choice) {
    auto choice = std::make_shared<LaneValue::Choice>();
    *choice = {operands[0].base, operands[1], operands[2]};
    return LaneValue::chosen(std::move(choice));
  }
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    LaneValue source = operands[0];
    if (!source.isVector && (source.stride || source.choice) && source.base &&
        source.base.getType() == resultType)
      return source;
    Value value = source.isUniform() ? source.base : toVector(source);
    Type from = getElementTypeOrSelf(value.getType()), to = resultType;
    if (from != to) {
      Type type = isa<VectorType>(value.getType())
                      ? Type(VectorType::get({lanes}, to))
                      : to;
      if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
        value = b.createOrFold<arith::TruncIOp>(loc, type, value);
      else if (isa<arith::IndexCastUIOp>(op))
        value = b.createOrFold<arith::ExtUIOp>(loc, type, value);
      else
        value = b.createOrFold<arith::ExtSIOp>(loc, type, value);
    }
    return source.isUniform() ? LaneValue::uniform(value)
                              : LaneValue::vector(value);
  }
  bool uniform =
      llvm::all_of(operands, [](const LaneValue &v) { return v.isUniform(); });
  OperationState state(loc, op->getName());
  for (auto [position, operand] : llvm::enumerate(operands)) {
    // A uniform condition selects whole vectors.
    bool keep = uniform || (isa<arith::SelectOp>(op) && position == 0 &&
                            operand.isUniform());
    state.operands.push_back(keep ? operand.base : toVector(operand));
  }
  state.types.push_back(uniform || lanes == 1
                            ? resultType
                            : Type(VectorType::get({lanes}, resultType)));
  state.attributes = llvm::to_vector(op->getDiscardableAttrs());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  Operation *clone = b.create(state);
  SmallVector<Value> folded;
  Value result = clone->getResult(0);
  if (succeeded(b.tryFold(clone, folded)) && folded.size() == 1) {
    clone->erase();
    result = folded[0];
  }
  return uniform || lanes == 1 ? LaneValue::uniform(result)
                               : LaneValue::vector(result);
}

SmallVector<LaneValue> ElementEmitter::emitBody(linalg::GenericOp op,
                                                ArrayRef<LaneValue> loopIndices,
                                                ArrayRef<LaneValue> outputs,
                                                ArrayRef<LaneValue> inputs) {
  Environment environment;
  Block *body = op.getBody();
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = body->getArgument(operand.getOperandNumber());
    if (argument.use_empty())
      continue;
    if (op.isDpsInit(&operand) && !outputs.empty())
      environment[argument] =
          outputs[operand.getOperandNumber() - op.getNumDpsInputs()];
    else if (!op.isDpsInit(&operand) && !inputs.empty())
      environment[argument] = inputs[operand.getOperandNumber()];
    else
      environment[argument] = emitOperand(op, &operand, loopIndices);
  }
  SmallVector<LaneValue> results;
  for (Value value : body->getTerminator()->getOperands())
    results.push_back(lookup(value, environment, loopIndices));
  return results;
}

LaneValue ElementEmitter::emitOperand(linalg::GenericOp op, OpOperand *operand,
                                      ArrayRef<LaneValue> loopIndices) {
  if (!isa<RankedTensorType>(operand->get().getType()))
    return LaneValue::uniform(emitScalarValue(operand->get()));
  SmallVector<LaneValue> indices;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults())
    indices.push_back(emitAffine(expr, loopIndices));
  return emitElement(operand->get(), indices);
}

LaneValue ElementEmitter::emitElement(Value tensor,
                                      ArrayRef<LaneValue> indices) {
  auto knownValue = known.find(tensor);
  if (knownValue != known.end())
    return knownValue->second;
  auto buffer = buffers.find(tensor);
  if (buffer != buffers.end())
    return emitLoad(buffer->second, indices);
  Operation *op = tensor.getDefiningOp();
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    unsigned result = cast<OpResult>(tensor).getResultNumber();
    AffineMap map =
        generic.getMatchingIndexingMap(generic.getDpsInitOperand(result));
    SmallVector<LaneValue> loopIndices(map.getNumDims());
    for (auto [position, expr] : llvm::enumerate(map.getResults()))
      loopIndices[cast<AffineDimExpr>(expr).getPosition()] = indices[position];
    return emitBody(generic, loopIndices, {})[result];
  }
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return LaneValue::uniform(emitScalarValue(fill.getInputs()[0]));
  if (isa<tensor::EmptyOp>(
          op)) // its elements are undefined; zero is as good as any
    return LaneValue::uniform(arith::ConstantOp::create(
        b, loc, b.getZeroAttr(getElementTypeOrSelf(tensor.getType()))));
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return emitElement(cast.getSource(), indices);
  if (auto literal = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = llvm::cast<DenseElementsAttr>(literal.getValue());
    return LaneValue::uniform(
        arith::ConstantOp::create(b, loc, elements.getSplatValue<TypedAttr>()));
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    SmallVector<LaneValue> source;
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    unsigned next = 0;
    for (auto [dim, offset] : llvm::enumerate(slice.getMixedOffsets())) {
      auto value = [&](OpFoldResult size) {
        if (auto attribute = dyn_cast<Attribute>(size))
          return LaneValue::uniform(
              constant(llvm::cast<IntegerAttr>(attribute).getInt()));
        return LaneValue::uniform(emitScalarValue(llvm::cast<Value>(size)));
      };
      LaneValue position = value(offset);
      if (!dropped.test(dim))
        position =
            laneAdd(position, laneMul(indices[next++],
                                      value(slice.getMixedStrides()[dim])));
      source.push_back(position);
    }
    return emitElement(slice.getSource(), source);
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    SmallVector<LaneValue> source;
    for (ArrayRef<int64_t> group : expand.getReassociationIndices()) {
      LaneValue position = LaneValue::uniform(constant(0));
      for (int64_t dim : group)
        position = laneAdd(
            laneMul(position, LaneValue::uniform(emitExtent(tensor, dim))),
            indices[dim]);
      source.push_back(position);
    }
    return emitElement(expand.getSrc(), source);
  }
  auto collapse = cast<tensor::CollapseShapeOp>(op);
  auto type = cast<RankedTensorType>(collapse.getSrc().getType());
  SmallVector<LaneValue> source(type.getRank());
  for (auto [position, group] :
       llvm::enumerate(collapse.getReassociationIndices())) {
    LaneValue rest = indices[position];
    SmallVector<int64_t> nontrivial;
    for (int64_t dim : group) {
      source[dim] = LaneValue::uniform(constant(0));
      if (type.getDimSize(dim) != 1)
        nontrivial.push_back(dim);
    }
    for (int64_t dim :
         llvm::reverse(ArrayRef<int64_t>(nontrivial)
                           .drop_front(nontrivial.empty() ? 0 : 1))) {
      Value extent = emitExtent(collapse.getSrc(), dim);
      auto divide = [&](auto emit) {
        if (rest.isUniform())
          return LaneValue::uniform(emit(rest.base, extent));
        return LaneValue::vector(
            emit(toVector(rest), toVector(LaneValue::uniform(extent))));
      };
      source[dim] = divide([&](Value x, Value y) {
        return b.createOrFold<arith::RemUIOp>(loc, x, y);
      });
      rest = divide([&](Value x, Value y) {
        return b.createOrFold<arith::DivUIOp>(loc, x, y);
      });
    }
    if (!nontrivial.empty())
      source[nontrivial.front()] = rest;
  }
  return emitElement(collapse.getSrc(), source);
}

//===----------------------------------------------------------------------===//
// What can be emitted
//===----------------------------------------------------------------------===//

bool ElementEmitter::canEmitBody(linalg::GenericOp op, std::string &reason) {
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (inner.getNumRegions() != 0 || inner.getNumResults() != 1) {
      reason = ("'" + inner.getName().getStringRef() +
                "' in an element's computation")
                   .str();
      return false;
    }
    if (isa<linalg::IndexOp, affine::AffineApplyOp, arith::ConstantOp>(inner))
      continue;
    if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
      if (!canEmit(extract.getTensor(), reason))
        return false;
      continue;
    }
    if (isa<tensor::DimOp>(inner) ||
        OpTrait::hasElementwiseMappableTraits(&inner) ||
        isa<arith::IndexCastOp, arith::IndexCastUIOp>(inner))
      continue;
    reason =
        ("'" + inner.getName().getStringRef() + "' in an element's computation")
            .str();
    return false;
  }
  for (AffineMap map : op.getIndexingMapsArray())
    if (map.getNumSymbols() != 0) {
      reason = "an indexing map with symbols";
      return false;
    }
  return true;
}

bool ElementEmitter::canEmit(Value tensor, std::string &reason) {
  if (known.contains(tensor) || buffers.contains(tensor))
    return true;
  Operation *op = tensor.getDefiningOp();
  if (!op) {
    reason = "a block argument without memory";
    return false;
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    AffineMap map = generic.getMatchingIndexingMap(
        generic.getDpsInitOperand(cast<OpResult>(tensor).getResultNumber()));
    if (generic.getNumReductionLoops() != 0 || !map.isPermutation()) {
      reason = "a reduction whose result is used at other positions";
      return false;
    }
    if (!canEmitBody(generic, reason))
      return false;
    for (OpOperand &operand : generic->getOpOperands()) {
      bool read = !generic.getBody()
                       ->getArgument(operand.getOperandNumber())
                       .use_empty();
      if (read && isa<RankedTensorType>(operand.get().getType()) &&
          !canEmit(operand.get(), reason))
        return false;
    }
    return true;
  }
  if (isa<linalg::FillOp, tensor::EmptyOp>(op))
    return true;
  if (auto literal = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<DenseElementsAttr>(literal.getValue());
    if (elements && elements.isSplat())
      return true;
  }
  if (isa<tensor::CastOp, tensor::ExtractSliceOp, tensor::ExpandShapeOp,
          tensor::CollapseShapeOp>(op))
    return canEmit(op->getOperand(0), reason);
  reason = ("'" + op->getName().getStringRef() + "'").str();
  return false;
}

} // namespace ds
