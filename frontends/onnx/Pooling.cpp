//===- Pooling.cpp - pooling operators
//-------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Contractions.h"

using namespace mlir;

namespace ds::onnx {

namespace {

/// Arguments of nn.pool: entries for all dimensions, and the result's sizes.
struct PoolArguments {
  Value operand;
  Sizes sizes;
  SmallVector<int64_t> window, strides, low, high, dilations;
};

} // namespace

/// The arguments for the node's window over `x`. Pads that are known at run
/// time only are made by nn.pad with `fill`.
static FailureOr<PoolArguments> poolArguments(NodeContext &n, Value x,
                                              double fill) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3, 1 << 20)))
    return failure();
  FailureOr<WindowAttributes> w = readWindow(n, x, {});
  if (failed(w))
    return failure();
  bool roundUp = n.attrInt("ceil_mode", 0) != 0;
  if (!w->hasStaticPads()) {
    Sizes before{g.index(0), g.index(0)}, after = before;
    before.append(w->low);
    after.append(w->high);
    x = g.pad(x, before, after, nn::PadMode::constant,
              g.makeScalar(g.elementOf(x), fill));
    w->low.assign(w->low.size(), g.index(0));
    w->high = w->low;
  }
  PoolArguments p;
  p.operand = x;
  p.sizes = g.dims(x);
  p.window.assign(2, 1);
  p.strides = p.dilations = p.window;
  p.low.assign(2, 0);
  p.high = p.low;
  p.window.append(w->kernel);
  p.strides.append(w->strides);
  p.dilations.append(w->dilations);
  p.low.append(w->staticLow());
  p.high.append(w->staticHigh());
  for (size_t d = 2; d < p.sizes.size(); ++d) {
    if (p.low[d] < 0 || p.high[d] < 0)
      return n.error("pads of a pooling window must not be negative");
    int64_t reach = (p.window[d] - 1) * p.dilations[d] + 1,
            stride = p.strides[d];
    OpFoldResult extent = p.sizes[d],
                 padded = g.add(extent, g.index(p.low[d] + p.high[d]));
    // (padded - reach) / stride + 1, not below 0.
    OpFoldResult up = g.index(roundUp ? stride - 1 : 0),
                 bias = g.index(stride - reach);
    OpFoldResult count = g.div(
        g.max(g.add(g.add(padded, bias), up), g.index(0)), g.index(stride));
    if (roundUp && stride > 1) {
      // A last window that starts behind the operand and its front pad does not
      // count.
      OpFoldResult start = g.mul(g.sub(count, g.index(1)), g.index(stride));
      OpFoldResult behind = g.compare(arith::CmpIPredicate::sge, start,
                                      g.add(extent, g.index(p.low[d])));
      count = g.select(behind, g.sub(count, g.index(1)), count);
    }
    if (std::optional<int64_t> known = g.constantIndex(count);
        known && *known < 1)
      return n.error("the window does not fit into dimension " + Twine(d));
    p.sizes[d] = count;
  }
  return p;
}

static Value emitPool(GraphBuilder &g, nn::PoolKind kind,
                      const PoolArguments &p, bool countPads = false) {
  return g.emit<nn::PoolOp>(g.typeFor(p.sizes, g.elementOf(p.operand)), kind,
                            p.operand, g.dynamicSizes(p.sizes), p.window,
                            p.strides, p.low, p.high, p.dilations, countPads);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// The lowest number of a type, which no maximum is below.
static double lowest(Type type) {
  if (isa<FloatType>(type))
    return -std::numeric_limits<double>::infinity();
  return type.isUnsignedInteger()
             ? 0
             : -std::ldexp(1.0,
                           static_cast<int>(type.getIntOrFloatBitWidth()) - 1);
}

/// Positions as if the last two and more dimensions were stored with the first
/// one fastest.
static Value toColumnMajor(GraphBuilder &g, Value position,
                           ArrayRef<OpFoldResult> spatial) {
  Type i64 = g.b.getI64Type();
  Sizes sizes = g.dims(position);
  auto number = [&](OpFoldResult v) {
    return g.broadcastTo(g.fromElements(v, i64, {}), sizes);
  };
  Value rest = position, result;
  OpFoldResult weight = g.product(spatial);
  for (OpFoldResult extent : llvm::reverse(spatial)) {
    weight = g.quotient(weight, extent);
    Value coordinate = g.emit<nn::RemOp>(rest, number(extent));
    rest = g.emit<nn::DivOp>(rest, number(extent));
    Value term = g.emit<nn::MulOp>(coordinate, number(weight));
    result = result ? g.emit<nn::AddOp>(result, term) : term;
  }
  return g.emit<nn::AddOp>(result,
                           g.emit<nn::MulOp>(rest, number(g.product(spatial))));
}

static LogicalResult convertMaxPool(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<PoolArguments> p =
      poolArguments(n, n.input(0), lowest(n.element(0)));
  if (failed(p))
    return failure();
  n.set(0, emitPool(g, nn::PoolKind::max, *p));
  if (!n.hasOutput(1))
    return success();
  if (p->operand != n.input(0))
    return n.unsupported("positions with \"auto_pad\" need static sizes; fix "
                         "them with --shape or --dim");
  Value index =
      g.emit<nn::PoolIndexOp>(g.typeFor(p->sizes, g.b.getI64Type()), p->operand,
                              g.dynamicSizes(p->sizes), p->window, p->strides,
                              p->low, p->high, p->dilations);
  if (n.attrInt("storage_order", 0) != 0) {
    Sizes from = g.dims(n.input(0));
    index = toColumnMajor(g, index, ArrayRef<OpFoldResult>(from).drop_front(2));
  }
  n.set(1, index);
  return success();
}

static LogicalResult convertAveragePool(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<PoolArguments> p = poolArguments(n, n.input(0), 0);
  if (failed(p))
    return failure();
  bool countPads = n.attrInt("count_include_pad", 0) != 0;
  if (p->operand == n.input(0) || countPads)
    return n.set(emitPool(g, nn::PoolKind::average, *p, countPads));
  // The pads are elements now: sums are divided by the sums over ones.
  PoolArguments ones = *p;
  FailureOr<PoolArguments> counted =
      poolArguments(n, g.makeLike(n.input(0), 1), 0);
  if (failed(counted))
    return failure();
  return n.set(g.emit<nn::DivOp>(emitPool(g, nn::PoolKind::sum, *p),
                                 emitPool(g, nn::PoolKind::sum, *counted)));
}

/// |x|^p, and its inverse.
static Value power(GraphBuilder &g, Value x, double p) {
  if (p == 1)
    return x;
  if (p == 2)
    return g.emit<nn::MulOp>(x, x);
  if (p == 0.5)
    return g.emit<nn::SqrtOp>(x);
  return g.withScalar<nn::PowOp>(x, p);
}

static LogicalResult convertLpPool(NodeContext &n) {
  GraphBuilder &g = n.g;
  double p = n.opset() < 2 ? n.attrFloat("p", 2)
                           : static_cast<double>(n.attrInt("p", 2));
  if (p <= 0)
    return n.error("\"p\" must be positive");
  Value x = power(g, g.emit<nn::AbsOp>(n.input(0)), p);
  FailureOr<PoolArguments> arguments = poolArguments(n, x, 0);
  if (failed(arguments))
    return failure();
  return n.set(power(g, emitPool(g, nn::PoolKind::sum, *arguments), 1 / p));
}

//===----------------------------------------------------------------------===//
// Whole images
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> spatialAxes(NodeContext &n) {
  return llvm::to_vector(llvm::seq<int64_t>(2, n.rank(0)));
}

static LogicalResult convertGlobalAveragePool(NodeContext &n) {
  if (failed(n.expectRank(0, 2, 1 << 20)))
    return failure();
  return n.set(n.g.mean(n.input(0), spatialAxes(n), /*keepDims=*/true));
}

static LogicalResult convertGlobalMaxPool(NodeContext &n) {
  if (failed(n.expectRank(0, 2, 1 << 20)))
    return failure();
  return n.set(
      n.g.reduce(nn::ReduceKind::max, n.input(0), spatialAxes(n), true));
}

static LogicalResult convertGlobalLpPool(NodeContext &n) {
  if (failed(n.expectRank(0, 2, 1 << 20)))
    return failure();
  double p = n.opset() < 2 ? n.attrFloat("p", 2)
                           : static_cast<double>(n.attrInt("p", 2));
  if (p <= 0)
    return n.error("\"p\" must be positive");
  Value sum = n.g.reduce(nn::ReduceKind::sum,
                         power(n.g, n.g.emit<nn::AbsOp>(n.input(0)), p),
                         spatialAxes(n), true);
  return n.set(power(n.g, sum, 1 / p));
}

/// Puts pooled elements back where they came from, zeros elsewhere.
static LogicalResult convertMaxUnpool(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3, 1 << 20)) || failed(n.expectRank(1, n.rank(0))))
    return failure();
  FailureOr<WindowAttributes> w = readWindow(n, n.input(0), {});
  if (failed(w))
    return failure();
  Sizes from = g.dims(n.input(0)), natural = from, sizes;
  for (size_t i = 0; i < w->kernel.size(); ++i) {
    OpFoldResult grown =
        g.add(g.mul(g.sub(from[i + 2], g.index(1)), g.index(w->strides[i])),
              g.index(w->kernel[i]));
    natural[i + 2] = g.sub(g.sub(grown, w->low[i]), w->high[i]);
  }
  sizes = natural;
  if (n.hasInput(2)) {
    FailureOr<Sizes> given = n.indices(2, "output_shape");
    if (failed(given))
      return failure();
    if (given->size() != sizes.size())
      return n.error("\"output_shape\" must have " + Twine(sizes.size()) +
                     " entries, found " + Twine(given->size()));
    sizes = *given;
  }
  // Positions count in the natural shape; in a larger one they are spread.
  Value position = g.cast(n.input(1), g.b.getI64Type());
  OpFoldResult total = g.count(n.input(0)), target = g.product(natural);
  Value flat = g.makeFilled(target, n.element(0), 0);
  flat = g.emit<nn::ScatterElementsOp>(flat, g.reshape(position, total),
                                       g.reshape(n.input(0), total),
                                       uint64_t{0}, nn::ScatterKind::set);
  Value result = g.reshape(flat, natural);
  Sizes low(sizes.size(), g.index(0)), high = low;
  for (size_t i = 0; i < sizes.size(); ++i) {
    auto wanted = g.constantIndex(sizes[i]), have = g.constantIndex(natural[i]);
    if (wanted && have && *wanted < *have)
      return n.error("\"output_shape\" " + Twine(*wanted) +
                     " is smaller than the " + Twine(*have) +
                     " elements that dimension " + Twine(i) + " has");
    high[i] = g.sub(sizes[i], natural[i]);
  }
  return n.set(g.pad(result, low, high));
}

/// The largest element of each bin of each region; the regions are known at
/// compile time.
static LogicalResult convertMaxRoiPool(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 4)) || failed(n.expectRank(1, 2)))
    return failure();
  SmallVector<int64_t> pooled = n.attrInts("pooled_shape");
  if (pooled.size() != 2 || pooled[0] < 1 || pooled[1] < 1 ||
      pooled[0] * pooled[1] > 4096)
    return n.error("\"pooled_shape\" must have two positive entries");
  auto rois = g.constantIndex(g.dim(n.input(1), 0));
  if (!rois || *rois > 4096 || !g.isIndex(g.dim(n.input(1), 1), 5))
    return n.unsupported(
        "the regions must be a tensor of static shape (count, 5)");
  Type f = n.element(0), i64 = g.b.getI64Type();
  Sizes image = g.dims(n.input(0));
  double scale = n.attrFloat("spatial_scale", 1);
  OpFoldResult h = image[2], w = image[3], count = g.index(*rois);
  Value boxes = n.input(1);
  Value batch = g.cast(
      g.reshape(g.sliceAxis(boxes, 1, g.index(0), g.index(1)), count), i64);
  // Per region: a mask of the rows and of the columns of each bin, and the
  // maximum of what both let through.
  auto edge = [&](int64_t column) {
    Value v =
        g.reshape(g.sliceAxis(boxes, 1, g.index(column), g.index(1)), count);
    Value scaled = g.emit<nn::AddOp>(g.withScalar<nn::MulOp>(v, scale),
                                     g.makeLike(v, 0.5));
    return g.emit<nn::FloorOp>(scaled);
  };
  auto mask = [&](Value first, Value last, OpFoldResult extent, int64_t bins) {
    Sizes sizes{count, g.index(bins), extent};
    Value length = g.withScalar<nn::MaxOp>(
        g.withScalar<nn::AddOp>(g.emit<nn::SubOp>(last, first), 1), 1);
    Value bin = g.broadcastDims(
        g.withScalar<nn::DivOp>(length, static_cast<double>(bins)), sizes, 0);
    Value i = g.cast(g.iota(sizes, 1, i64), f),
          at = g.cast(g.iota(sizes, 2, i64), f);
    Value origin = g.broadcastDims(first, sizes, 0);
    Value low = g.emit<nn::AddOp>(
        g.emit<nn::FloorOp>(g.emit<nn::MulOp>(i, bin)), origin);
    Value high = g.emit<nn::AddOp>(g.emit<nn::CeilOp>(g.emit<nn::MulOp>(
                                       g.withScalar<nn::AddOp>(i, 1), bin)),
                                   origin);
    return g.emit<nn::AndOp>(g.compare(nn::ComparePredicate::ge, at, low),
                             g.compare(nn::ComparePredicate::lt, at, high));
  };
  Value rows = mask(edge(2), edge(4), h, pooled[0]),
        columns = mask(edge(1), edge(3), w, pooled[1]);
  Sizes full{count, g.index(pooled[0]), g.index(pooled[1]), image[1], h, w};
  Value inside = g.emit<nn::AndOp>(g.broadcastDims(rows, full, {0, 1, 4}),
                                   g.broadcastDims(columns, full, {0, 2, 5}));
  Value pixels = g.broadcastDims(
      g.emit<nn::GatherOp>(n.input(0), batch, uint64_t{0}), full, {0, 3, 4, 5});
  Value masked =
      g.emit<nn::SelectOp>(inside, pixels, g.makeFilled(full, f, lowest(f)));
  Value best = g.reduce(nn::ReduceKind::max, masked, {4, 5}, false);
  Value any = g.reduce(nn::ReduceKind::any, inside, {4, 5}, false);
  best =
      g.emit<nn::SelectOp>(any, best, g.makeLike(best, 0)); // an empty bin is 0
  return n.set(g.transpose(best, {0, 3, 1, 2}));
}

void registerPooling(Registry &registry) {
  registry.add("AveragePool", convertAveragePool);
  registry.add("GlobalAveragePool", convertGlobalAveragePool);
  registry.add("GlobalLpPool", convertGlobalLpPool);
  registry.add("GlobalMaxPool", convertGlobalMaxPool);
  registry.add("LpPool", convertLpPool);
  registry.add("MaxPool", convertMaxPool);
  registry.add("MaxRoiPool", convertMaxRoiPool);
  registry.add("MaxUnpool", convertMaxUnpool);
}

} // namespace ds::onnx
