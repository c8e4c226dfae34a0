//===- Microsoft.cpp - fused operators of ONNX Runtime
//---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models that went through ONNX Runtime's optimiser hold these in domain
// com.microsoft. The ONNX library has no schemas for them, so nothing of a node
// has been checked when its converter runs.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/Microsoft.h"

#include "frontends/onnx/Activations.h"
#include "frontends/onnx/Contractions.h"
#include "frontends/onnx/Elementwise.h"

using namespace mlir;

namespace ds::onnx {

LogicalResult checkSignature(NodeContext &n, StringRef signature) {
  SmallVector<StringRef> words;
  signature.split(words, ' ');
  if (n.numInputs() > words.size() || n.numOutputs() == 0)
    return n.error("\"" + n.opType() + "\" has at most " + Twine(words.size()) +
                   " inputs and an output, found " + Twine(n.numInputs()) +
                   " inputs and " + Twine(n.numOutputs()) + " outputs");
  // Words with one letter stand for one type.
  llvm::DenseMap<char, Type> bound;
  for (auto [i, word] : llvm::enumerate(words)) {
    bool optional = word.consume_back("?");
    if (!n.input(i)) {
      if (!optional || n.hasInput(i))
        return n.error("input " + Twine(i) + " of \"" + n.opType() +
                       "\" must be a tensor");
      continue;
    }
    Type element = n.element(i), &known = bound[word[0]];
    bool isByte =
        isa<IntegerType>(element) && element.getIntOrFloatBitWidth() == 8;
    bool fits =
        word[0] == 'F' || word[0] == 'G' ? isa<FloatType>(element) : isByte;
    if (!fits || (known && known != element)) {
      auto error = n.error("input " + Twine(i) + " of \"" + n.opType() +
                           "\" has the unexpected element type ");
      return error << element;
    }
    known = element;
  }
  return success();
}

/// x plus an optional bias.
static FailureOr<Value> withBias(NodeContext &n, Value x, unsigned bias) {
  if (!n.hasInput(bias))
    return x;
  FailureOr<std::pair<Value, Value>> operands = broadcastOnto(
      n, x, n.g.cast(n.input(bias), GraphBuilder::elementOf(x)), "the bias");
  if (failed(operands))
    return failure();
  return n.g.emit<nn::AddOp>(operands->first, operands->second);
}

/// An activation of the sum of the input and a bias.
static LogicalResult
biasedActivation(NodeContext &n, StringRef signature,
                 llvm::function_ref<Value(Value)> activate) {
  if (failed(checkSignature(n, signature)))
    return failure();
  FailureOr<Value> sum = withBias(n, n.g.widen(n.input(0)), 1);
  return failed(sum) ? failure()
                     : n.set(n.g.cast(activate(*sum), n.element(0)));
}

static LogicalResult convertBiasGelu(NodeContext &n) {
  return biasedActivation(
      n, "F F", [&](Value x) { return gelu(n.g, x, /*approximate=*/false); });
}

static LogicalResult convertFastGelu(NodeContext &n) {
  return biasedActivation(
      n, "F F?", [&](Value x) { return gelu(n.g, x, /*approximate=*/true); });
}

static LogicalResult convertGelu(NodeContext &n) {
  return biasedActivation(
      n, "F", [&](Value x) { return gelu(n.g, x, /*approximate=*/false); });
}

static LogicalResult convertQuickGelu(NodeContext &n) {
  return biasedActivation(n, "F", [&](Value x) {
    return swish(n.g, x, n.attrFloat("alpha", 1.702));
  });
}

/// MatMul with either side transposed in its last two dimensions, times a
/// factor.
static LogicalResult convertFusedMatMul(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(checkSignature(n, "F F")))
    return failure();
  if (n.attrInt("transBatchA", 0) || n.attrInt("transBatchB", 0))
    return n.unsupported("\"transBatchA\" and \"transBatchB\" must be 0; put a "
                         "Transpose in front");
  auto operand = [&](unsigned i, StringRef transposed) {
    Value v = n.input(i);
    if (!n.attrInt(transposed, 0) || n.rank(i) < 2)
      return v;
    SmallVector<int64_t> permutation =
        llvm::to_vector(llvm::seq<int64_t>(0, n.rank(i)));
    std::swap(permutation.end()[-1], permutation.end()[-2]);
    return g.transpose(v, permutation);
  };
  FailureOr<Value> product =
      matMul(n, operand(0, "transA"), operand(1, "transB"), n.element(0));
  if (failed(product))
    return failure();
  double alpha = n.attrFloat("alpha", 1);
  return n.set(alpha == 1 ? *product
                          : g.withScalar<nn::MulOp>(*product, alpha));
}

//===----------------------------------------------------------------------===//
// Weights of few bits
//===----------------------------------------------------------------------===//

/// The numbers of `bits` bits that bytes hold, the lowest first, in the last
/// dimension.
static Value unpackBytes(GraphBuilder &g, Value bytes, int64_t bits) {
  int64_t perByte = 8 / bits, rank = GraphBuilder::rank(bytes);
  if (perByte == 1)
    return bytes;
  Type byte = GraphBuilder::elementOf(bytes);
  SmallVector<Value> parts;
  for (int64_t i = 0; i < perByte; ++i) {
    auto like = [&](int64_t value) {
      return g.broadcastTo(g.makeScalarInt(byte, value), g.dims(bytes));
    };
    Value shifted =
        i == 0 ? bytes : g.emit<nn::ShiftRightOp>(bytes, like(i * bits));
    parts.push_back(
        g.unsqueeze(g.emit<nn::AndOp>(shifted, like((1 << bits) - 1)), {rank}));
  }
  Sizes sizes = g.dims(bytes);
  sizes.back() = g.mul(sizes.back(), g.index(perByte));
  return g.reshape(g.concat(parts, rank), sizes);
}

/// A times the transpose of a matrix [N, K] that is quantised in blocks of its
/// rows and packed.
static LogicalResult convertMatMulNBits(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (n.hasInput(4))
    return n.unsupported(
        "input \"g_idx\" (columns in another order) must be left out");
  if (failed(checkSignature(n, "F Q F Q? Q? F?")))
    return failure();
  int64_t depth = n.attrInt("K", 0), columns = n.attrInt("N", 0),
          bits = n.attrInt("bits", 4), block = n.attrInt("block_size", 0);
  if (bits != 2 && bits != 4 && bits != 8)
    return n.unsupported("weights of " + Twine(bits) +
                         " bits; 2, 4 and 8 are supported");
  constexpr int64_t limit = int64_t{1} << 31;
  if (depth < 1 || columns < 1 || block < 8 || depth >= limit ||
      columns >= limit || block >= limit)
    return n.error("attributes \"K\", \"N\" and \"block_size\" are " +
                   Twine(depth) + ", " + Twine(columns) + " and " +
                   Twine(block) +
                   ", expected positive numbers, and blocks of at least 8");
  int64_t blocks = (depth + block - 1) / block,
          zeroBytes = (blocks * bits + 7) / 8;
  auto holds = [&](unsigned i, int64_t count) {
    return n.type(i).hasStaticShape() && n.type(i).getNumElements() == count;
  };
  if (!holds(1, columns * blocks * (block * bits / 8)) ||
      !holds(2, columns * blocks) ||
      (n.hasInput(3) && !holds(3, columns * zeroBytes)) || n.rank(0) < 1)
    return n.error(
        "the weights, scales or zero points do not fit a matrix of " +
        Twine(columns) + " rows of " + Twine(blocks) + " blocks");

  Type f32 = g.b.getF32Type();
  auto index = [&](int64_t value) { return g.index(value); };
  Sizes grid{index(columns), index(blocks), index(block)};
  Value packed =
      g.reshape(n.input(1), {grid[0], grid[1], index(block * bits / 8)});
  Value weights = g.cast(unpackBytes(g, packed, bits), f32);
  Value zero = g.makeScalar(f32, 1 << (bits - 1));
  if (n.hasInput(3)) {
    Value rows = unpackBytes(
        g, g.reshape(n.input(3), {grid[0], index(zeroBytes)}), bits);
    zero = g.broadcastDims(g.cast(g.sliceAxis(rows, 1, index(0), grid[1]), f32),
                           grid, {0, 1});
  } else {
    zero = g.broadcastTo(zero, grid);
  }
  Value scale = g.broadcastDims(
      g.cast(g.reshape(n.input(2), {grid[0], grid[1]}), f32), grid, {0, 1});
  weights = g.emit<nn::MulOp>(g.emit<nn::SubOp>(weights, zero), scale);
  weights = g.sliceAxis(g.reshape(weights, {grid[0], index(blocks * block)}), 1,
                        index(0), index(depth));
  FailureOr<Value> product =
      matMul(n, n.input(0), g.transpose(g.cast(weights, n.element(0)), {1, 0}),
             n.element(0));
  if (failed(product) || failed(product = withBias(n, *product, 5)))
    return failure();
  return n.set(*product);
}

void registerMicrosoft(Registry &registry) {
  auto add = [&](StringRef name, Converter converter) {
    registry.add("com.microsoft", name, converter);
  };
  add("BiasGelu", convertBiasGelu);
  add("FastGelu", convertFastGelu);
  add("FusedMatMul", convertFusedMatMul);
  add("Gelu", convertGelu);
  add("MatMulNBits", convertMatMulNBits);
  add("QuickGelu", convertQuickGelu);
  add("TransposeMatMul", convertFusedMatMul);
}

} // namespace ds::onnx
