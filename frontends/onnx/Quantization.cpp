//===- Quantization.cpp - between real numbers and small integers
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Quantization.h"

using namespace mlir;

namespace ds::onnx {

bool isZero(GraphBuilder &g, Value v) {
  if (!v)
    return true;
  std::optional<HostTensor> data = g.constant(v);
  if (!data)
    return false;
  for (int64_t i = 0, e = data->numElements(); i < e; ++i)
    if (data->getDouble(i) != 0)
      return false;
  return true;
}

Value quantize(GraphBuilder &g, Value x, Value zeroPoint, Type element,
               bool saturate) {
  Type compute = GraphBuilder::elementOf(x);
  if (isa<IntegerType>(element))
    x = g.emit<nn::RoundOp>(x);
  if (zeroPoint)
    x = g.emit<nn::AddOp>(x, g.cast(zeroPoint, compute));
  // A cast to an integer saturates.
  auto type =
      RankedTensorType::get(GraphBuilder::typeOf(x).getShape(), element);
  return g.emit<nn::CastOp>(type, x, saturate, nn::ScaleRound::up);
}

Value subtractZeroPoint(GraphBuilder &g, Value x, Value zeroPoint) {
  Type element = GraphBuilder::elementOf(x);
  bool isFloat = isa<FloatType>(element);
  if (isZero(g, zeroPoint))
    return isFloat ? g.cast(x, g.b.getF32Type()) : x;
  Type wide = isFloat ? Type(g.b.getF32Type()) : g.b.getI16Type();
  return g.emit<nn::SubOp>(g.cast(x, wide), g.cast(zeroPoint, wide));
}

//===----------------------------------------------------------------------===//
// QuantizeLinear and DequantizeLinear
//===----------------------------------------------------------------------===//

namespace {
/// The input and its parameters in one shape. With blocks that may be the
/// input's with the axis split in two.
struct Granularity {
  Value x;
  Value scale;
  /// Null where it is 0 throughout.
  Value zeroPoint;
};
} // namespace

static FailureOr<Granularity>
broadcastParameters(NodeContext &n, Value x, Value scale, Value zeroPoint) {
  SmallVector<Value> operands{x, scale};
  if (zeroPoint)
    operands.push_back(zeroPoint);
  FailureOr<SmallVector<Value>> same = n.broadcast(operands);
  if (failed(same))
    return failure();
  return Granularity{(*same)[0], (*same)[1], zeroPoint ? (*same)[2] : Value()};
}

/// Every element of the parameters serves a block of the input along `axis`.
static FailureOr<Granularity> splitBlocks(NodeContext &n, int64_t axis,
                                          int64_t block, Value zeroPoint) {
  GraphBuilder &g = n.g;
  Value x = n.input(0);
  Sizes sizes = g.dims(x), blocks = g.dims(n.input(1));
  auto extent = g.constantIndex(sizes[axis]),
       count = g.constantIndex(blocks[axis]);
  if (extent && count && *count != (*extent + block - 1) / block)
    return n.error("blocks of " + Twine(block) + " along an extent of " +
                   Twine(*extent) + " need " +
                   Twine((*extent + block - 1) / block) + " scales, found " +
                   Twine(*count));
  if (extent && *extent % block == 0) {
    Sizes split = sizes;
    split[axis] = g.index(*extent / block);
    split.insert(split.begin() + axis + 1, g.index(block));
    auto unsqueeze = [&](Value v) {
      return v ? g.unsqueeze(v, {axis + 1}) : v;
    };
    return broadcastParameters(n, g.reshape(x, split), unsqueeze(n.input(1)),
                               unsqueeze(zeroPoint));
  }
  // The last block is cut off: the parameters are repeated to the input's
  // shape.
  Sizes split = blocks, joined = blocks;
  split.insert(split.begin() + axis + 1, g.index(block));
  joined[axis] = g.mul(blocks[axis], g.index(block));
  auto repeat = [&](Value v) {
    if (!v)
      return v;
    Value repeated = g.broadcastTo(g.unsqueeze(v, {axis + 1}), split);
    return g.sliceAxis(g.reshape(repeated, joined), axis, g.index(0),
                       sizes[axis]);
  };
  return broadcastParameters(n, x, repeat(n.input(1)), repeat(zeroPoint));
}

/// One scale for all, one per index of an axis, or one per block.
static FailureOr<Granularity> readGranularity(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0), scale = n.input(1),
        zeroPoint = isZero(g, n.input(2)) ? Value() : n.input(2);
  Sizes sizes = g.dims(x);
  int64_t rank = n.rank(0), block = n.attrInt("block_size", 0);
  auto isOne = [](RankedTensorType type) {
    return type.hasStaticShape() && type.getNumElements() == 1;
  };
  bool perTensor = n.rank(1) == 0 || (block == 0 && isOne(n.type(1)));
  // Files write one number with and without a dimension.
  bool fits = !zeroPoint || n.rank(2) == n.rank(1);
  if (zeroPoint && perTensor)
    fits = isOne(n.type(2)) || !n.type(2).hasStaticShape();
  if (!fits) {
    auto error =
        n.error("the zero point must have the scale's shape, found types ");
    return error << n.type(2) << " and " << n.type(1);
  }
  if (perTensor) {
    auto scalar = [&](Value v) { return v ? g.reshape(v, {}) : v; };
    return broadcastParameters(n, x, scalar(scale), scalar(zeroPoint));
  }

  // A vector has one axis, whatever the default says.
  FailureOr<int64_t> axis = n.axis(rank == 1 ? 0 : n.attrInt("axis", 1), rank);
  if (failed(axis))
    return failure();
  if (block) {
    if (block < 0 || n.rank(1) != rank)
      return n.error("a block size of " + Twine(block) +
                     " with a scale of rank " + Twine(n.rank(1)) +
                     ": expected a positive size and the input's rank " +
                     Twine(rank));
    return splitBlocks(n, *axis, block, zeroPoint);
  }
  if (n.rank(1) != 1)
    return n.error("the scale must be one number or a vector along axis " +
                   Twine(*axis) + ", found rank " + Twine(n.rank(1)));
  auto extent = g.constantIndex(sizes[*axis]),
       count = g.constantIndex(g.dim(scale, 0));
  if (extent && count && *extent != *count)
    return n.error("the scale has " + Twine(*count) + " elements, axis " +
                   Twine(*axis) + " of the input " + Twine(*extent));
  auto alongAxis = [&](Value v) {
    if (!v)
      return v;
    Sizes shape(rank - *axis, g.index(1));
    shape[0] = g.dim(v, 0);
    return g.reshape(v, shape);
  };
  return broadcastParameters(n, x, alongAxis(scale), alongAxis(zeroPoint));
}

/// Joins what `readGranularity` split.
static Value joinBlocks(NodeContext &n, Value v) {
  return GraphBuilder::rank(v) == n.rank(0)
             ? v
             : n.g.reshape(v, n.g.dims(n.input(0)));
}

static LogicalResult convertQuantizeLinear(NodeContext &n) {
  GraphBuilder &g = n.g;
  Type byte = g.b.getIntegerType(8, /*isSigned=*/false);
  FailureOr<Type> asked = n.attrInt("output_dtype", 0)
                              ? n.attrType("output_dtype", {})
                              : FailureOr<Type>(byte);
  FailureOr<Type> precision = n.attrInt("precision", 0)
                                  ? n.attrType("precision", {})
                                  : FailureOr<Type>(n.element(1));
  FailureOr<Granularity> in = readGranularity(n);
  if (failed(asked) || failed(precision) || failed(in))
    return failure();
  Type element = n.hasInput(2) ? n.element(2) : *asked;
  // A scale that is an integer or a bare power of two divides in f32.
  Type divide = *precision;
  if (!isa<Float16Type, BFloat16Type, Float64Type>(divide))
    divide = g.b.getF32Type();
  Value quotient =
      g.emit<nn::DivOp>(g.cast(in->x, divide), g.cast(in->scale, divide));
  Value result = quantize(g, g.widen(quotient), in->zeroPoint, element,
                          n.attrInt("saturate", 1) != 0);
  return n.set(joinBlocks(n, result));
}

static LogicalResult convertDequantizeLinear(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Type> element = n.attrInt("output_dtype", 0)
                                ? n.attrType("output_dtype", {})
                                : FailureOr<Type>(n.element(1));
  FailureOr<Granularity> in = readGranularity(n);
  if (failed(element) || failed(in))
    return failure();
  Type compute = g.b.getF32Type();
  if (!isa<Float16Type, BFloat16Type>(*element))
    *element = compute;
  Value x = g.cast(in->x, compute);
  if (in->zeroPoint)
    x = g.emit<nn::SubOp>(x, g.cast(in->zeroPoint, compute));
  Value result =
      g.cast(g.emit<nn::MulOp>(x, g.cast(in->scale, compute)), *element);
  return n.set(joinBlocks(n, result));
}

DynamicallyQuantized quantizeByRange(GraphBuilder &g, Value x) {
  Type byte = g.b.getIntegerType(8, /*isSigned=*/false);
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, GraphBuilder::rank(x)));
  Value high = g.withScalar<nn::MaxOp>(
      g.reduce(nn::ReduceKind::max, x, all, /*keepDims=*/false), 0);
  Value low = g.withScalar<nn::MinOp>(
      g.reduce(nn::ReduceKind::min, x, all, /*keepDims=*/false), 0);
  Value range = g.emit<nn::SubOp>(high, low);
  Value flat = g.compare(nn::ComparePredicate::eq, range, g.makeLike(range, 0));
  Value scale = g.withScalar<nn::DivOp>(
      g.emit<nn::SelectOp>(flat, g.makeLike(range, 1), range), 255);
  Value zeroPoint =
      g.emit<nn::RoundOp>(g.emit<nn::DivOp>(g.emit<nn::NegOp>(low), scale));
  zeroPoint = g.cast(zeroPoint, byte);
  Sizes sizes = g.dims(x);
  Value quotient = g.emit<nn::DivOp>(x, g.broadcastTo(scale, sizes));
  return {quantize(g, quotient, g.broadcastTo(zeroPoint, sizes), byte), scale,
          zeroPoint};
}

static LogicalResult convertDynamicQuantizeLinear(NodeContext &n) {
  DynamicallyQuantized result = quantizeByRange(n.g, n.input(0));
  n.set(0, result.value);
  n.set(1, result.scale);
  n.set(2, result.zeroPoint);
  return success();
}

void registerQuantization(Registry &registry) {
  registry.add("DequantizeLinear", convertDequantizeLinear);
  registry.add("DynamicQuantizeLinear", convertDynamicQuantizeLinear);
  registry.add("QuantizeLinear", convertQuantizeLinear);
}

} // namespace ds::onnx
