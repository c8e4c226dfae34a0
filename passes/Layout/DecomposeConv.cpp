//===- DecomposeConv.cpp - the pass ds-decompose-conv
//----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why phases: a transposed convolution of stride d (and the gradient of a
// strided one) is a convolution whose input has d - 1 zeros between elements.
// Computed as written, all but one of d^rank products have a zero factor.
//
// Per dimension: output o and window entry k meet input i where o*s + k*w - low
// = i*d (stride s, window dilation w). For o = q*P + r with P = d / gcd(s, d),
// those k form a progression k0 + j*K with K = d / gcd(w, d), and i = q*(P*s/d)
// + j*(K*w/d) + (r*s + k0*w - low)/d: a convolution of stride P*s/d and window
// dilation K*w/d.
//
//===----------------------------------------------------------------------===//
#include "dialects/NN/Shapes.h"
#include "passes/Layout/Layout.h"
#include "passes/Layout/Passes.h"

#include <numeric>

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_DECOMPOSECONVPASS
#include "passes/Layout/Passes.h.inc"

namespace {

int64_t floorDiv(int64_t x, int64_t y) {
  return x / y - (x % y != 0 && (x < 0) != (y < 0));
}

RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// A convolution with pads (negative ones cut off) but nothing else that has to
/// go.
struct Geometry {
  SmallVector<int64_t> strides, low, high, windowDilation;
};

class Decomposition {
public:
  Decomposition(OpBuilder &b, nn::ConvOp op)
      : b(b), loc(op.getLoc()), op(op), inputLayout(op.getInputLayout()),
        filterLayout(op.getFilterLayout()), outputLayout(op.getOutputLayout()),
        groups(op.getFeatureGroups()) {}

  Value run() {
    Value input = op.getInput();
    if (op.getBatchGroups() != 1) {
      groups = op.getBatchGroups();
      input = moveGroupsToFeatures(input);
    }
    Geometry geometry{SmallVector<int64_t>(op.getStrides()),
                      SmallVector<int64_t>(op.getPadLow()),
                      SmallVector<int64_t>(op.getPadHigh()),
                      SmallVector<int64_t>(op.getWindowDilation())};
    Value result = phases(input, op.getFilter(), geometry, 0);
    ReifiedRankedShapedTypeDims reified;
    if (!result) { // No output meets any element.
      if (failed(reifyResultShapes(b, op, reified)))
        return {};
      return zeros(reified.front());
    }
    result = dropSurplus(result);
    if (result.getType() != op.getType())
      result = tensor::CastOp::create(b, loc, op.getType(), result);
    return result;
  }

private:
  /// [..., g*n, ..., c, ...] to [..., n, ..., g*c, ...].
  Value moveGroupsToFeatures(Value input) {
    int64_t batch = inputLayout[0], feature = inputLayout[1];
    SmallVector<OpFoldResult> sizes = nn::sizesOf(b, loc, input), split = sizes;
    OpFoldResult count = b.getIndexAttr(groups);
    split[batch] = nn::divideSizes(b, loc, sizes[batch], count);
    split.insert(split.begin() + batch, count);
    input = reshape(input, split);

    SmallVector<int64_t> permutation;
    for (int64_t dim = 0, rank = sizes.size(); dim < rank; ++dim) {
      if (dim == feature)
        permutation.push_back(batch);
      permutation.push_back(dim < batch ? dim : dim + 1);
    }
    SmallVector<OpFoldResult> moved;
    for (int64_t dim : permutation)
      moved.push_back(split[dim]);
    input = nn::TransposeOp::create(
        b, loc, nn::typeOfSizes(moved, typeOf(input).getElementType()), input,
        permutation);
    sizes[batch] = split[batch + 1];
    sizes[feature] = nn::multiplySizes(b, loc, sizes[feature], count);
    return reshape(input, sizes);
  }

  /// The convolution with input dilation of spatial dimensions from `dim` on
  /// taken apart; null if all of it is zero. The extents are rounded up to
  /// whole numbers of phases.
  Value phases(Value input, Value filter, Geometry geometry, int64_t dim) {
    if (dim == static_cast<int64_t>(geometry.strides.size()))
      return convolve(input, filter, geometry);
    int64_t d = op.getInputDilation()[dim], s = geometry.strides[dim],
            w = geometry.windowDilation[dim];
    if (d == 1)
      return phases(input, filter, geometry, dim + 1);

    int64_t low = geometry.low[dim],
            window = typeOf(filter).getDimSize(filterLayout[dim + 2]);
    int64_t period = d / std::gcd(s, d), step = d / std::gcd(w, d);
    int64_t slack = surplus(dim);
    SmallVector<Value> parts;
    for (int64_t r = 0; r < period; ++r) {
      int64_t first = 0;
      while (first < step && (r * s + first * w - low) % d != 0)
        ++first;
      if (first == step || first >= window) {
        parts.push_back(Value());
        continue;
      }
      int64_t taps = (window - first + step - 1) / step;
      Geometry phase = geometry;
      phase.strides[dim] = period * s / d;
      phase.windowDilation[dim] = step * w / d;
      phase.low[dim] = -(r * s + first * w - low) / d;
      // As many outputs as phase 0 has, so that phases can be joined.
      phase.high[dim] = floorDiv(slack, d) +
                        (taps - 1) * phase.windowDilation[dim] - phase.low[dim];
      parts.push_back(phases(input, takeTaps(filter, dim, first, taps, step),
                             phase, dim + 1));
    }
    return interleave(parts, outputLayout[dim + 2]);
  }

  /// The last output position is floor(((n - 1)*d + surplus) / s) for an input
  /// of extent n.
  int64_t surplus(int64_t dim) {
    int64_t window = op.getFilter().getType().getDimSize(filterLayout[dim + 2]);
    return op.getPadLow()[dim] + op.getPadHigh()[dim] -
           (window - 1) * op.getWindowDilation()[dim];
  }

  Value takeTaps(Value filter, int64_t dim, int64_t first, int64_t taps,
                 int64_t step) {
    RankedTensorType type = typeOf(filter);
    int64_t target = filterLayout[dim + 2];
    SmallVector<int64_t> offsets(type.getRank(), 0), strides(type.getRank(), 1);
    offsets[target] = first;
    strides[target] = step;
    SmallVector<OpFoldResult> sizes = nn::sizesOf(b, loc, filter);
    sizes[target] = b.getIndexAttr(taps);
    return slice(filter, offsets, sizes, strides);
  }

  /// Element q of part r becomes element q * parts + r along dimension `dim`;
  /// null parts are zeros.
  Value interleave(ArrayRef<Value> parts, int64_t dim) {
    const Value *some =
        llvm::find_if(parts, [](Value part) { return part != nullptr; });
    if (some == parts.end() || parts.size() == 1)
      return parts.front();
    SmallVector<OpFoldResult> sizes = nn::sizesOf(b, loc, *some),
                              single = sizes, all = sizes;
    single.insert(single.begin() + dim + 1, b.getIndexAttr(1));
    SmallVector<Value> spread;
    for (Value part : parts)
      spread.push_back(part ? reshape(part, single) : zeros(single));
    single[dim + 1] = b.getIndexAttr(parts.size());
    Value joined = nn::ConcatOp::create(
        b, loc, nn::typeOfSizes(single, typeOf(*some).getElementType()), spread,
        dim + 1);
    all[dim] =
        nn::multiplySizes(b, loc, sizes[dim], b.getIndexAttr(parts.size()));
    return reshape(joined, all);
  }

  /// Cuts off what rounding up to whole numbers of phases added.
  Value dropSurplus(Value result) {
    bool isExact = true;
    for (auto [dim, d] : llvm::enumerate(op.getInputDilation())) {
      if (d == 1)
        continue;
      int64_t target = outputLayout[dim + 2],
              own = op.getType().getDimSize(target),
              made = typeOf(result).getDimSize(target);
      if (!ShapedType::isDynamic(own) && !ShapedType::isDynamic(made)) {
        isExact &= own == made;
        continue;
      }
      // With stride 1 there are (n - 1)*d + surplus + 1 outputs, of which phase
      // 0 has n + floor(surplus / d).
      int64_t slack = surplus(dim);
      isExact &=
          op.getStrides()[dim] == 1 && slack - floorDiv(slack, d) * d == d - 1;
    }
    if (isExact)
      return result;
    ReifiedRankedShapedTypeDims reified;
    if (failed(reifyResultShapes(b, op, reified)))
      return {};
    int64_t rank = typeOf(result).getRank();
    return slice(result, SmallVector<int64_t>(rank, 0), reified.front(),
                 SmallVector<int64_t>(rank, 1));
  }

  Value convolve(Value input, Value filter, const Geometry &geometry) {
    input = pad(input, geometry);
    SmallVector<int64_t> none(geometry.strides.size(), 0),
        ones(geometry.strides.size(), 1);
    RankedTensorType type = nn::ConvOp::inferType(
        typeOf(input), typeOf(filter), inputLayout, filterLayout, outputLayout,
        geometry.strides, none, none, ones, geometry.windowDilation,
        /*batchGroups=*/1, op.getType().getElementType());
    return nn::ConvOp::create(b, loc, type, input, filter, inputLayout,
                              filterLayout, outputLayout, geometry.strides,
                              none, none, ones, geometry.windowDilation, groups,
                              /*batch_groups=*/1);
  }

  Value pad(Value input, const Geometry &geometry) {
    int64_t rank = typeOf(input).getRank();
    SmallVector<int64_t> low(rank, 0), high(rank, 0), cutLow(rank, 0),
        cut(rank, 0);
    for (auto [dim, target] :
         llvm::enumerate(ArrayRef(inputLayout).drop_front(2))) {
      int64_t front = geometry.low[dim], back = geometry.high[dim],
              extent = typeOf(input).getDimSize(target);
      if (!ShapedType::isDynamic(extent)) {
        // Of an input that is cut off as a whole only padding of the other side
        // is left.
        if (-front > extent)
          back += front + extent, front = -extent;
        if (-back > extent)
          front += back + extent, back = -extent;
      }
      cutLow[target] = std::max<int64_t>(-front, 0);
      cut[target] = cutLow[target] + std::max<int64_t>(-back, 0);
      low[target] = std::max<int64_t>(front, 0);
      high[target] = std::max<int64_t>(back, 0);
    }
    auto isZero = [](int64_t value) { return value == 0; };
    if (!llvm::all_of(cut, isZero)) {
      SmallVector<OpFoldResult> sizes = nn::sizesOf(b, loc, input);
      for (int64_t dim = 0; dim < rank; ++dim)
        if (cut[dim] != 0)
          sizes[dim] = nn::clampSize(
              b, loc,
              nn::addSizes(b, loc, sizes[dim], b.getIndexAttr(-cut[dim])));
      input = slice(input, cutLow, sizes, SmallVector<int64_t>(rank, 1));
    }
    if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
      return input;
    SmallVector<int64_t> shape(typeOf(input).getShape());
    for (int64_t dim = 0; dim < rank; ++dim)
      if (!ShapedType::isDynamic(shape[dim]))
        shape[dim] += low[dim] + high[dim];
    Type element = typeOf(input).getElementType();
    return nn::PadOp::create(b, loc, RankedTensorType::get(shape, element),
                             input, zero(element), ValueRange(), ValueRange(),
                             nn::PadMode::constant, low, high);
  }

  Value slice(Value value, ArrayRef<int64_t> offsets,
              ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> strides) {
    return nn::SliceOp::create(
        b, loc, nn::typeOfSizes(sizes, typeOf(value).getElementType()), value,
        ValueRange(), nn::dynamicSizes(sizes), offsets, strides);
  }

  Value reshape(Value value, ArrayRef<OpFoldResult> sizes) {
    return nn::ReshapeOp::create(
        b, loc, nn::typeOfSizes(sizes, typeOf(value).getElementType()), value,
        nn::dynamicSizes(sizes));
  }

  Value zero(Type element) {
    Scalar value =
        isa<FloatType>(element) ? Scalar::fromDouble(0) : Scalar::fromInt(0);
    return nn::createSplat(b, loc, RankedTensorType::get({}, element), value);
  }

  Value zeros(ArrayRef<OpFoldResult> sizes) {
    Type element = op.getType().getElementType();
    return nn::BroadcastOp::create(b, loc, nn::typeOfSizes(sizes, element),
                                   zero(element), nn::dynamicSizes(sizes),
                                   ArrayRef<int64_t>());
  }

  OpBuilder &b;
  Location loc;
  nn::ConvOp op;
  SmallVector<int64_t> inputLayout, filterLayout, outputLayout;
  int64_t groups;
};

struct DecomposeConvPass : impl::DecomposeConvPassBase<DecomposeConvPass> {
  void runOnOperation() override {
    SmallVector<nn::ConvOp> convolutions;
    getOperation()->walk([&](nn::ConvOp op) { convolutions.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (nn::ConvOp op : convolutions)
      if (failed(decomposeConv(rewriter, op)))
        return signalPassFailure();
  }
};

} // namespace

LogicalResult decomposeConv(RewriterBase &rewriter, nn::ConvOp op) {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  if (all(op.getPadLow(), 0) && all(op.getPadHigh(), 0) &&
      all(op.getInputDilation(), 1) && op.getBatchGroups() == 1)
    return success();
  for (auto [dim, dilation] : llvm::enumerate(op.getInputDilation()))
    if (dilation != 1 &&
        op.getFilter().getType().isDynamicDim(op.getFilterLayout()[dim + 2]))
      return op.emitOpError("with input dilation ")
             << dilation << " in spatial dimension " << dim
             << " needs a static filter extent there, but the filter is "
             << op.getFilter().getType();
  rewriter.setInsertionPoint(op);
  Value result = Decomposition(rewriter, op).run();
  if (!result)
    return op.emitOpError("cannot say its extents");
  rewriter.replaceOp(op, result);
  return success();
}

} // namespace ds
