//===- Fourier.cpp - discrete Fourier transforms
//---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A transform is a product with the matrix of the roots of unity. A long one of
// known, composite length is split into two of its factors (Cooley and Tukey,
// 1965), so that the matrices stay small: reshapes, two products, and the
// twiddle factors between them. Everything is f64: what cancels to 0 would come
// out as noise of the largest values' rounding otherwise.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/Choice.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

#include <cmath>
#include <functional>

using namespace mlir;

namespace ds::onnx {

namespace {
/// Complex numbers as two tensors; the imaginary part is null where it is 0.
struct Complex {
  Value re, im;

  Complex map(llvm::function_ref<Value(Value)> f) const {
    return {f(re), im ? f(im) : im};
  }
};

class FourierBuilder {
public:
  FourierBuilder(GraphBuilder &g, bool inverse) : g(g), inverse(inverse) {}

  /// Transforms the last dimension, whose extent is `length`, without the
  /// factor of the inverse transform.
  Complex transform(Complex x, OpFoldResult length);

private:
  Complex roots(OpFoldResult rows, OpFoldResult columns, OpFoldResult length);
  Complex multiply(Complex x, Complex y,
                   llvm::function_ref<Value(Value, Value)> product);

  GraphBuilder &g;
  bool inverse;
};
} // namespace

/// A length up to this is one matrix product.
static constexpr int64_t maxMatrix = 64;

/// The largest divisor that is not above the square root.
static int64_t splitLength(int64_t length) {
  int64_t best = 1;
  for (int64_t d = 2; d * d <= length; ++d)
    if (length % d == 0)
      best = d;
  return best;
}

/// exp(-2 pi j r c / length) for row r and column c; with the other sign for
/// the inverse.
Complex FourierBuilder::roots(OpFoldResult rows, OpFoldResult columns,
                              OpFoldResult length) {
  Sizes sizes{rows, columns};
  Type integer = g.b.getI64Type(), element = g.b.getF64Type();
  auto spread = [&](Value v) { return g.broadcastTo(v, sizes); };
  // Reduced to one turn in integers, so that the angle is exact.
  Value modulus = g.fromElements({length}, integer, {});
  Value turns =
      g.emit<nn::MulOp>(g.iota(sizes, 0, integer), g.iota(sizes, 1, integer));
  turns = g.emit<nn::RemOp>(turns, spread(modulus));
  Value angle = g.withScalar<nn::MulOp>(g.cast(turns, element),
                                        inverse ? 2 * M_PI : -2 * M_PI);
  angle = g.emit<nn::DivOp>(angle, spread(g.cast(modulus, element)));
  return {g.emit<nn::CosOp>(angle), g.emit<nn::SinOp>(angle)};
}

Complex
FourierBuilder::multiply(Complex x, Complex y,
                         llvm::function_ref<Value(Value, Value)> product) {
  Complex result{product(x.re, y.re), product(x.re, y.im)};
  if (x.im) {
    result.re = g.emit<nn::SubOp>(result.re, product(x.im, y.im));
    result.im = g.emit<nn::AddOp>(result.im, product(x.im, y.re));
  }
  return result;
}

Complex FourierBuilder::transform(Complex x, OpFoldResult length) {
  int64_t rank = GraphBuilder::rank(x.re);
  auto known = g.constantIndex(length);
  int64_t first = known && *known > maxMatrix ? splitLength(*known) : 1;
  auto contract = [&](int64_t dim) {
    return [this, dim](Value v, Value matrix) {
      return g.dot(v, matrix, {}, {}, {dim}, {0});
    };
  };
  if (first == 1)
    return multiply(x, roots(length, length, length), contract(rank - 1));

  // Position first-major in the input, frequency first-minor in the output.
  OpFoldResult n1 = g.index(first), n2 = g.index(*known / first);
  Sizes sizes = g.dims(x.re), split = sizes;
  split.back() = n1;
  split.push_back(n2);
  SmallVector<int64_t> swap = llvm::to_vector(llvm::seq<int64_t>(0, rank + 1));
  std::swap(swap[rank], swap[rank - 1]);
  auto swapLast = [&](Value v) { return g.transpose(v, swap); };
  x = x.map([&](Value v) { return g.reshape(v, split); });
  x = multiply(x, roots(n1, n1, n1), contract(rank - 1)); // [..., n2, n1]
  Sizes inner = g.dims(x.re);
  x = multiply(x, roots(n2, n1, length), [&](Value v, Value twiddle) {
    return g.emit<nn::MulOp>(v, g.broadcastTo(twiddle, inner));
  });
  x = transform(x.map(swapLast), n2);
  return x.map([&](Value v) { return g.reshape(swapLast(v), sizes); });
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

/// Cuts off or pads with zeros at the end of the last dimension.
static Value fitLast(GraphBuilder &g, Value v, OpFoldResult length) {
  int64_t last = GraphBuilder::rank(v) - 1;
  OpFoldResult extent = g.dim(v, last);
  if (extent == length)
    return v;
  OpFoldResult kept = g.min(extent, length);
  Sizes low(last + 1, g.index(0)), high = low;
  high[last] = g.sub(length, kept);
  return g.pad(g.sliceAxis(v, last, g.index(0), kept), low, high);
}

/// The whole spectrum of a real signal from its first half: element length - k
/// is the conjugate of element k.
static Complex mirror(GraphBuilder &g, Complex half, OpFoldResult length) {
  int64_t last = GraphBuilder::rank(half.re) - 1;
  OpFoldResult count = g.add(g.div(length, g.index(2)), g.index(1)),
               rest = g.sub(length, count);
  auto extend = [&](Value v, bool negate) {
    v = fitLast(g, v, count);
    Sizes offsets(last + 1, g.index(0)), sizes = g.dims(v);
    SmallVector<int64_t> strides(last + 1, 1);
    offsets[last] = rest;
    sizes[last] = rest;
    strides[last] = -1;
    Value tail = g.slice(v, offsets, sizes, strides);
    return g.concat({v, negate ? g.emit<nn::NegOp>(tail) : tail}, last);
  };
  return {extend(half.re, false), extend(half.im, true)};
}

namespace {
struct Transform {
  bool inverse = false, oneSided = false;
  /// Null: that of the axis.
  OpFoldResult length;
};
} // namespace

/// Transforms `axis` of x (f64), whose last dimension holds the real and
/// perhaps the imaginary part.
static Value transformAxis(GraphBuilder &g, Value x, int64_t axis,
                           const Transform &t) {
  int64_t rank = GraphBuilder::rank(x) - 1;
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  auto part = [&](int64_t i) {
    return g.transpose(
        g.squeeze(g.sliceAxis(x, rank, g.index(i), g.index(1)), {rank}), order);
  };
  bool isComplex = GraphBuilder::typeOf(x).getShape().back() == 2;
  Complex signal{part(0), isComplex ? part(1) : Value()};
  bool toReal = t.inverse && t.oneSided;
  if (toReal && !signal.im)
    signal.im = g.makeLike(signal.re, 0);
  OpFoldResult extent = g.dim(signal.re, rank - 1), length = t.length;
  if (!length)
    length =
        toReal ? g.max(g.mul(g.sub(extent, g.index(1)), g.index(2)), g.index(1))
               : extent;
  signal = toReal ? mirror(g, signal, length)
                  : signal.map([&](Value v) { return fitLast(g, v, length); });

  Complex result = FourierBuilder(g, t.inverse).transform(signal, length);
  SmallVector<int64_t> back = invertPermutationVector(order);
  result = result.map([&](Value v) {
    if (t.inverse) {
      Value count = g.cast(g.fromElements({length}, g.b.getI64Type(), {}),
                           g.b.getF64Type());
      v = g.emit<nn::DivOp>(v, g.broadcastTo(count, g.dims(v)));
    }
    if (t.oneSided && !t.inverse)
      v = g.sliceAxis(v, rank - 1, g.index(0),
                      g.add(g.div(length, g.index(2)), g.index(1)));
    return g.unsqueeze(g.transpose(v, back), {rank});
  });
  return toReal ? result.re : g.concat({result.re, result.im}, rank);
}

/// The last dimension of a signal holds one number (real) or two (complex).
static LogicalResult checkSignal(NodeContext &n, int64_t minRank) {
  if (failed(n.expectRank(0, minRank, 1 << 20)))
    return failure();
  int64_t parts = n.type(0).getShape().back();
  if (ShapedType::isDynamic(parts))
    return n.unsupported("whether the signal is real or complex must be known "
                         "at compile time; fix its last extent with "
                         "--shape");
  if (parts != 1 && parts != 2)
    return n.error("the last extent of the signal must be 1 (real) or 2 "
                   "(complex), found " +
                   Twine(parts));
  return success();
}

static LogicalResult convertDFT(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(checkSignal(n, 2)))
    return failure();
  Transform t{n.attrInt("inverse", 0) != 0, n.attrInt("onesided", 0) != 0, {}};
  if (n.hasInput(1)) {
    FailureOr<OpFoldResult> length = n.scalarIndex(1, "dft_length");
    if (failed(length))
      return failure();
    t.length = *length;
    if (!g.require(g.compare(arith::CmpIPredicate::sgt, t.length, g.index(0)),
                   "DFT: the length is positive"))
      return n.error("input \"dft_length\" is " +
                     Twine(*g.constantIndex(t.length)) +
                     ", expected a positive number");
  }
  Value x = g.cast(n.input(0), g.b.getF64Type());
  auto finish = [&](Value result) {
    return n.set(g.cast(result, n.element(0)));
  };
  // The axis is one of the signal's, never the one of real and imaginary parts.
  int64_t rank = n.rank(0);
  if (!n.hasInput(2)) {
    FailureOr<int64_t> axis =
        n.axis(n.attrInt("axis", n.opset() < 20 ? 1 : -2), rank);
    if (failed(axis))
      return failure();
    if (*axis == rank - 1)
      return n.error("axis " + Twine(*axis) +
                     " is the one of real and imaginary parts");
    return finish(transformAxis(g, x, *axis, t));
  }
  if (failed(n.scalar(2, "axis")))
    return failure();
  FailureOr<Sizes> flags = axisFlags(n, 2, "axis", rank);
  if (failed(flags))
    return failure();
  if (!g.require(g.compare(arith::CmpIPredicate::eq,
                           g.select(flags->back(), g.index(1), g.index(0)),
                           g.index(0)),
                 "DFT: the axis is not the one of real and imaginary parts"))
    return n.error("axis " + Twine(rank - 1) +
                   " is the one of real and imaginary parts");
  std::function<Value(int64_t)> build = [&](int64_t axis) -> Value {
    auto here = [&] { return transformAxis(g, x, axis, t); };
    if (axis == 0)
      return here();
    return choose(g, (*flags)[axis], here, [&] { return build(axis - 1); });
  };
  return finish(build(rank - 2));
}

static LogicalResult convertSTFT(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(checkSignal(n, 3)) || failed(n.expectRank(0, 3)))
    return failure();
  FailureOr<OpFoldResult> step = n.scalarIndex(1, "frame_step");
  if (failed(step))
    return failure();
  if (!g.require(g.compare(arith::CmpIPredicate::sgt, *step, g.index(0)),
                 "STFT: the frame step is positive"))
    return n.error("input \"frame_step\" is " + Twine(*g.constantIndex(*step)) +
                   ", expected a positive number");
  Value window = n.input(2);
  if (window && failed(n.expectRank(2, 1)))
    return failure();
  OpFoldResult extent = g.dim(n.input(0), 1),
               length = window ? g.dim(window, 0) : extent;
  if (n.hasInput(3)) {
    FailureOr<OpFoldResult> given = n.scalarIndex(3, "frame_length");
    if (failed(given))
      return failure();
    length = *given;
  }
  if (!g.require(g.compare(arith::CmpIPredicate::sge, extent, length),
                 "STFT: the signal has at least one frame"))
    return n.error("a signal of " + Twine(*g.constantIndex(extent)) +
                   " samples has no frame of " +
                   Twine(*g.constantIndex(length)));
  OpFoldResult frames = g.add(g.div(g.sub(extent, length), *step), g.index(1));
  OpFoldResult taken = window ? g.dim(window, 0) : length;

  Type integer = g.b.getI64Type();
  Sizes grid{frames, taken};
  Value hop = g.broadcastTo(g.fromElements({*step}, integer, {}), grid);
  Value samples =
      g.emit<nn::AddOp>(g.emit<nn::MulOp>(g.iota(grid, 0, integer), hop),
                        g.iota(grid, 1, integer));
  Value framed = g.emit<nn::GatherOp>(n.input(0), samples, 1);
  if (window)
    framed =
        g.emit<nn::MulOp>(framed, g.broadcastDims(window, g.dims(framed), {2}));
  framed = g.cast(framed, g.b.getF64Type());
  Value result = transformAxis(g, framed, 2,
                               {false, n.attrInt("onesided", 1) != 0, length});
  return n.set(g.cast(result, n.element(0)));
}

void registerFourier(Registry &registry) {
  registry.add("DFT", convertDFT);
  registry.add("STFT", convertSTFT);
}

} // namespace ds::onnx
