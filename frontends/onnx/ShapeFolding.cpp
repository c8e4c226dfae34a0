//===- ShapeFolding.cpp - small tensors followed element by element
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters compute shapes with tensor operators: Shape, Gather, Cast, Mul,
// Concat, Reshape. Each of them would become a kernel, and sizes read from a
// tensor would be unknown to everything after it. So a small tensor whose
// elements are known index values, truth values or scalars is kept beside its
// elements, and an op on such tensors is done on the elements. Constants count
// as known, so a concatenation of a size and -1 is known too.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/GraphBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ds::onnx {

/// Tensors with more elements are data, not shapes.
static constexpr int64_t maxElements = 256;

/// Element types whose scalars arith can hold.
static bool isScalarType(Type type) {
  return type.isSignlessInteger(1) || type.isSignlessInteger(32) ||
         type.isSignlessInteger(64) || type.isF32() || type.isF64();
}

static bool isSmall(Value v) {
  auto type = cast<RankedTensorType>(v.getType());
  return type.hasStaticShape() && isScalarType(type.getElementType()) &&
         type.getNumElements() <= maxElements;
}

std::optional<Sizes> GraphBuilder::elements(Value v) {
  auto known = knownElements.find(v);
  if (known != knownElements.end())
    return known->second;
  if (!isSmall(v) || !v.getDefiningOp<nn::ConstantOp>())
    return std::nullopt;
  std::optional<HostTensor> data = constant(v);
  if (!data)
    return std::nullopt;
  Type type = elementOf(v);
  Sizes result;
  for (int64_t i = 0, e = data->numElements(); i < e; ++i) {
    if (isa<FloatType>(type))
      result.push_back(FloatAttr::get(type, data->getDouble(i)));
    else
      result.push_back(type.isInteger(1)
                           ? OpFoldResult(b.getBoolAttr(data->getInt(i) != 0))
                           : index(data->getInt(i)));
  }
  knownElements[v] = result;
  return result;
}

Sizes GraphBuilder::readElements(Value v) {
  if (std::optional<Sizes> known = elements(v))
    return *known;
  if (auto integer = dyn_cast<IntegerType>(elementOf(v));
      integer && !isScalarType(integer))
    v = cast(v, b.getI64Type());
  if (std::optional<Sizes> known = elements(v))
    return *known;
  ArrayRef<int64_t> shape = typeOf(v).getShape();
  Sizes result;
  for (int64_t i = 0, e = typeOf(v).getNumElements(); i < e; ++i) {
    SmallVector<Value> operands{v};
    SmallVector<int64_t> position(shape.size());
    for (int64_t d = shape.size() - 1, rest = i; d >= 0; --d) {
      position[d] = rest % shape[d];
      rest /= shape[d];
    }
    for (int64_t p : position)
      operands.push_back(asValue(index(p)));
    Value scalar = asValue(
        indexOp(tensor::ExtractOp::getOperationName(), operands, elementOf(v)));
    result.push_back(castIndex(scalar, b.getIndexType()));
  }
  knownElements[v] = result;
  return result;
}

/// Between index and integers; everything else stays as it is.
OpFoldResult GraphBuilder::castIndex(Value v, Type type) {
  if (v.getType() == type || !isa<IntegerType, IndexType>(v.getType()) ||
      v.getType().isInteger(1))
    return v;
  if (auto inner = v.getDefiningOp<arith::IndexCastOp>();
      inner && inner.getIn().getType() == type)
    return inner.getIn();
  return indexOp(arith::IndexCastOp::getOperationName(), {v}, type);
}

Value GraphBuilder::elementValue(OpFoldResult element, Type type) {
  if (auto attribute = dyn_cast<Attribute>(element)) {
    if (isa<FloatType>(type) || type.isInteger(1))
      return constantValue(mlir::cast<TypedAttr>(attribute));
    return constantValue(b.getIntegerAttr(type, *constantIndex(element)));
  }
  return asValue(castIndex(mlir::cast<Value>(element), type));
}

Value GraphBuilder::fromElements(ArrayRef<OpFoldResult> list, Type type,
                                 ArrayRef<int64_t> shape) {
  auto resultType = RankedTensorType::get(shape, type);
  if (llvm::all_of(list, [](OpFoldResult v) { return isa<Attribute>(v); })) {
    HostTensor data(type, shape);
    for (auto [i, v] : llvm::enumerate(list)) {
      auto attribute = mlir::cast<Attribute>(v);
      if (auto number = dyn_cast<FloatAttr>(attribute))
        data.set(i, Scalar::fromDouble(number.getValueAsDouble()));
      else
        data.set(
            i, Scalar::fromInt(
                   type.isInteger(1)
                       ? !mlir::cast<IntegerAttr>(attribute).getValue().isZero()
                       : *constantIndex(v)));
    }
    return makeConstant(data);
  }
  if (!isScalarType(type)) {
    Type wide = b.getI64Type();
    return cast(fromElements(list, wide, shape), type);
  }
  SmallVector<Value> scalars;
  for (OpFoldResult v : list)
    scalars.push_back(elementValue(v, type));
  Value result = tensor::FromElementsOp::create(b, loc(), resultType, scalars);
  knownElements[result] = Sizes(list);
  return result;
}

//===----------------------------------------------------------------------===//
// Ops on known elements
//===----------------------------------------------------------------------===//

/// Calls `visit` with each position of `shape` in row-major order.
static void forEachPosition(ArrayRef<int64_t> shape,
                            llvm::function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> position(shape.size(), 0);
  int64_t total = 1;
  for (int64_t extent : shape)
    total *= extent;
  for (int64_t i = 0; i < total; ++i) {
    for (int64_t d = shape.size() - 1, rest = i; d >= 0; --d) {
      position[d] = rest % shape[d];
      rest /= shape[d];
    }
    visit(position);
  }
}

static int64_t linear(ArrayRef<int64_t> position, ArrayRef<int64_t> shape) {
  int64_t result = 0;
  for (auto [p, extent] : llvm::zip(position, shape))
    result = result * extent + p;
  return result;
}

std::optional<Sizes> GraphBuilder::foldMovement(Operation *op,
                                                ArrayRef<Sizes> operands) {
  ArrayRef<int64_t> shape = typeOf(op->getResult(0)).getShape();
  ArrayRef<int64_t> from = typeOf(op->getOperand(0)).getShape();
  Sizes result;
  SmallVector<int64_t> source(from.size());
  if (isa<nn::ReshapeOp>(op))
    return operands[0];
  if (auto broadcast = dyn_cast<nn::BroadcastOp>(op)) {
    forEachPosition(shape, [&](ArrayRef<int64_t> position) {
      for (auto [i, dim] : llvm::enumerate(broadcast.getDims()))
        source[i] = from[i] == 1 ? 0 : position[dim];
      result.push_back(operands[0][linear(source, from)]);
    });
    return result;
  }
  if (auto transpose = dyn_cast<nn::TransposeOp>(op)) {
    forEachPosition(shape, [&](ArrayRef<int64_t> position) {
      for (auto [i, dim] : llvm::enumerate(transpose.getPermutation()))
        source[dim] = position[i];
      result.push_back(operands[0][linear(source, from)]);
    });
    return result;
  }
  if (auto slice = dyn_cast<nn::SliceOp>(op)) {
    if (!slice.getOffsets().empty())
      return std::nullopt;
    forEachPosition(shape, [&](ArrayRef<int64_t> position) {
      for (size_t d = 0; d < from.size(); ++d)
        source[d] =
            slice.getStaticOffsets()[d] + position[d] * slice.getStrides()[d];
      result.push_back(operands[0][linear(source, from)]);
    });
    return result;
  }
  if (auto concat = dyn_cast<nn::ConcatOp>(op)) {
    int64_t axis = concat.getAxis();
    forEachPosition(shape, [&](ArrayRef<int64_t> position) {
      int64_t along = position[axis];
      for (auto [i, input] : llvm::enumerate(concat.getInputs())) {
        ArrayRef<int64_t> inputShape = typeOf(input).getShape();
        if (along < inputShape[axis]) {
          source.assign(position.begin(), position.end());
          source[axis] = along;
          result.push_back(operands[i][linear(source, inputShape)]);
          return;
        }
        along -= inputShape[axis];
      }
    });
    return result;
  }
  if (auto gather = dyn_cast<nn::GatherOp>(op)) {
    int64_t axis = gather.getAxis(), indexRank = rank(gather.getIndices());
    ArrayRef<int64_t> indexShape = typeOf(gather.getIndices()).getShape();
    if (from[axis] == 0)
      return std::nullopt;
    bool known = true;
    forEachPosition(shape, [&](ArrayRef<int64_t> position) {
      std::optional<int64_t> at = constantIndex(
          operands[1][linear(position.slice(axis, indexRank), indexShape)]);
      if (!at) {
        known = false;
        return;
      }
      source.assign(position.begin(), position.begin() + axis);
      source.push_back(std::clamp<int64_t>(*at < 0 ? *at + from[axis] : *at, 0,
                                           from[axis] - 1));
      source.append(position.begin() + axis + indexRank, position.end());
      result.push_back(operands[0][linear(source, from)]);
    });
    return known ? std::optional<Sizes>(result) : std::nullopt;
  }
  if (auto reduce = dyn_cast<nn::ReduceOp>(op)) {
    Type type = elementOf(op->getOperand(0));
    auto kind = reduce.getKind();
    if (!type.isSignlessInteger(64) ||
        shape.size() + from.size() != from.size() ||
        (kind != nn::ReduceKind::sum && kind != nn::ReduceKind::product))
      return std::nullopt;
    OpFoldResult total = index(kind == nn::ReduceKind::product);
    for (OpFoldResult v : operands[0])
      total = kind == nn::ReduceKind::product ? mul(total, v) : add(total, v);
    return Sizes{total};
  }
  return std::nullopt;
}

/// Elementwise integer ops as index arithmetic, the others on scalars by the
/// ops' own code.
std::optional<Sizes> GraphBuilder::foldElementwise(Operation *op,
                                                   ArrayRef<Sizes> operands,
                                                   int64_t count) {
  Type from = elementOf(op->getOperand(op->getNumOperands() - 1)),
       to = elementOf(op->getResult(0));
  Sizes result;
  for (int64_t i = 0; i < count; ++i) {
    OpFoldResult x = operands[0][i],
                 y = operands.size() > 1 ? operands[1][i] : OpFoldResult();
    OpFoldResult value;
    if (auto select = dyn_cast<nn::SelectOp>(op)) {
      OpFoldResult z = operands[2][i];
      if (!isa<FloatType>(to) && !to.isInteger(1))
        value = this->select(x, y, z);
      else if (isa<Attribute>(x))
        value = mlir::cast<IntegerAttr>(mlir::cast<Attribute>(x))
                        .getValue()
                        .isZero()
                    ? z
                    : y;
    } else if (from.isSignlessInteger(64) || from.isSignlessInteger(32)) {
      if (isa<nn::AddOp>(op))
        value = add(x, y);
      else if (isa<nn::SubOp>(op))
        value = sub(x, y);
      else if (isa<nn::MulOp>(op))
        value = mul(x, y);
      else if (isa<nn::DivOp>(op))
        value = div(x, y);
      else if (isa<nn::RemOp>(op))
        value = rem(x, y);
      else if (isa<nn::MaxOp>(op))
        value = max(x, y);
      else if (isa<nn::MinOp>(op))
        value = min(x, y);
      else if (isa<nn::NegOp>(op))
        value = sub(index(0), x);
      else if (auto compare = dyn_cast<nn::CompareOp>(op))
        value = this->compare(toArith(compare.getPredicate()), x, y);
      else if (isa<nn::CastOp>(op) &&
               (to.isSignlessInteger(64) || to.isSignlessInteger(32)))
        value = x;
    }
    if (!value) {
      // Scalars of the op's own types.
      SmallVector<Value> scalars;
      for (auto [operand, list] : llvm::zip(op->getOperands(), operands))
        scalars.push_back(elementValue(list[i], elementOf(operand)));
      OpBuilder::InsertionGuard guard(b);
      insertAfterOperands(b, scalars);
      Value scalar =
          mlir::cast<ElementwiseOpInterface>(op).emitScalar(b, loc(), scalars);
      value = castIndex(scalar, b.getIndexType());
    }
    result.push_back(value);
  }
  return result;
}

std::optional<SmallVector<Value>> GraphBuilder::foldElements(Operation *op) {
  if (op->getNumResults() != 1 || !isa<nn::NNDialect>(op->getDialect()))
    return std::nullopt;
  Value result = op->getResult(0);
  if (!isa<RankedTensorType>(result.getType()) || !isSmall(result))
    return std::nullopt;
  SmallVector<Sizes> operands;
  bool allConstant = true;
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      return std::nullopt;
    std::optional<Sizes> known = elements(operand);
    if (!known)
      return std::nullopt;
    allConstant &=
        llvm::all_of(*known, [](OpFoldResult v) { return isa<Attribute>(v); });
    operands.push_back(std::move(*known));
  }
  if (allConstant)
    return std::nullopt; // the evaluator does it
  std::optional<Sizes> known =
      isa<ElementwiseOpInterface>(op)
          ? foldElementwise(op, operands, typeOf(result).getNumElements())
          : foldMovement(op, operands);
  if (!known)
    return std::nullopt;
  return SmallVector<Value>{
      fromElements(*known, elementOf(result), typeOf(result).getShape())};
}

} // namespace ds::onnx
