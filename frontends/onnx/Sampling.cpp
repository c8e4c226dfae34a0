//===- Sampling.cpp - GridSample, RoiAlign, DeformConv
//---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Sampling.h"

#include "frontends/onnx/Contractions.h"

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------===//

Value gatherPixels(GraphBuilder &g, Value image, ArrayRef<Value> at) {
  Sizes sizes = g.dims(image);
  Type i64 = g.b.getI64Type();
  ArrayRef<OpFoldResult> spatial = ArrayRef<OpFoldResult>(sizes).drop_front(2);
  Value pixels = g.transpose(
      g.reshape(image, {sizes[0], sizes[1], g.product(spatial)}), {0, 2, 1});
  Value linear;
  for (auto [position, extent] : llvm::zip(at, spatial))
    linear = !linear ? position
                     : g.emit<nn::AddOp>(
                           g.emit<nn::MulOp>(
                               linear, g.spread(extent, g.dims(linear), i64)),
                           position);
  return g.emit<nn::GatherNDOp>(pixels, g.unsqueeze(linear, 2), 1);
}

SmallVector<Tap> linearTaps(GraphBuilder &g, Value coordinate) {
  Value low = g.emit<nn::FloorOp>(coordinate),
        part = g.emit<nn::SubOp>(coordinate, low);
  return {{low, g.emit<nn::SubOp>(g.makeLike(part, 1), part)},
          {g.withScalar<nn::AddOp>(low, 1), part}};
}

Value sumSamples(GraphBuilder &g, Value image,
                 ArrayRef<SmallVector<Tap>> taps) {
  Type i64 = g.b.getI64Type();
  Sizes sizes = g.dims(image);
  size_t spatial = taps.size(), combinations = 1;
  for (const auto &list : taps)
    combinations *= list.size();
  Value total;
  for (size_t c = 0; c < combinations; ++c) {
    SmallVector<Value> at;
    Value weight;
    size_t rest = c;
    for (size_t d = 0; d < spatial; ++d) {
      const Tap &tap = taps[d][rest % taps[d].size()];
      rest /= taps[d].size();
      Sizes points = g.dims(tap.position);
      Value zero = g.makeLike(tap.position, 0);
      Value last = g.spread(g.sub(sizes[d + 2], g.index(1)), points,
                            g.elementOf(tap.position));
      Value inside = g.emit<nn::AndOp>(
          g.compare(nn::ComparePredicate::ge, tap.position, zero),
          g.compare(nn::ComparePredicate::le, tap.position, last));
      Value factor =
          g.emit<nn::SelectOp>(inside, tap.weight, g.makeLike(tap.weight, 0));
      weight = weight ? g.emit<nn::MulOp>(weight, factor) : factor;
      at.push_back(g.cast(
          g.emit<nn::MinOp>(g.emit<nn::MaxOp>(tap.position, zero), last), i64));
    }
    Value pixels = gatherPixels(g, image, at);
    Value term = g.emit<nn::MulOp>(
        pixels, g.broadcastDims(weight, g.dims(pixels), {0, 1}));
    total = total ? g.emit<nn::AddOp>(total, term) : term;
  }
  return total;
}

//===----------------------------------------------------------------------===//
// GridSample
//===----------------------------------------------------------------------===//

/// Mirrors coordinates into [low, low + range].
static Value reflect(GraphBuilder &g, Value v, Value low, Value range) {
  Value isFlat =
      g.compare(nn::ComparePredicate::le, range, g.makeLike(range, 0));
  Value safe = g.emit<nn::SelectOp>(isFlat, g.makeLike(range, 1), range);
  Value period = g.emit<nn::AddOp>(safe, safe);
  Value m =
      g.emit<nn::RemOp>(g.emit<nn::AbsOp>(g.emit<nn::SubOp>(v, low)), period);
  Value mirrored = g.emit<nn::MinOp>(m, g.emit<nn::SubOp>(period, m));
  return g.emit<nn::SelectOp>(isFlat, low, g.emit<nn::AddOp>(low, mirrored));
}

/// Keys' cubic kernel at a distance of at most 2.
static Value cubicWeight(GraphBuilder &g, Value distance) {
  constexpr double a = -0.75;
  Value d = g.emit<nn::AbsOp>(distance), d2 = g.emit<nn::MulOp>(d, d),
        d3 = g.emit<nn::MulOp>(d2, d);
  auto times = [&](Value v, double y) { return g.withScalar<nn::MulOp>(v, y); };
  Value near = g.withScalar<nn::AddOp>(
      g.emit<nn::AddOp>(times(d3, a + 2), times(d2, -(a + 3))), 1);
  Value far = g.withScalar<nn::AddOp>(
      g.emit<nn::AddOp>(g.emit<nn::AddOp>(times(d3, a), times(d2, -5 * a)),
                        times(d, 8 * a)),
      -4 * a);
  return g.emit<nn::SelectOp>(
      g.compare(nn::ComparePredicate::le, d, g.makeLike(d, 1)), near, far);
}

static LogicalResult convertGridSample(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3, 8)) || failed(n.expectRank(1, n.rank(0))))
    return failure();
  int64_t spatial = n.rank(0) - 2;
  if (auto last = g.constantIndex(g.dim(n.input(1), spatial + 1));
      last && *last != spatial)
    return n.error("the grid holds " + Twine(*last) +
                   " coordinates per point, expected " + Twine(spatial));
  std::string mode =
      n.attrString("mode", n.opset() < 20 ? "bilinear" : "linear");
  std::string padding = n.attrString("padding_mode", "zeros");
  bool cubic = mode == "cubic" || mode == "bicubic",
       nearest = mode == "nearest";
  if (!cubic && !nearest && mode != "linear" && mode != "bilinear")
    return n.error("unknown mode \"" + mode + "\"");
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    return n.error("unknown padding mode \"" + padding + "\"");
  bool align = n.attrInt("align_corners", 0) != 0;
  Value image = g.widen(n.input(0)),
        grid = g.cast(n.input(1), g.elementOf(image));
  Type f = g.elementOf(image);
  if (!isa<FloatType>(f))
    return n.unsupported(
        "images of integers are not supported; convert them to floats");
  Sizes sizes = g.dims(image), gridSizes = g.dims(grid);
  OpFoldResult count =
      g.product(ArrayRef<OpFoldResult>(gridSizes).slice(1, spatial));
  Sizes points{sizes[0], count};
  SmallVector<SmallVector<Tap>> taps;
  for (int64_t d = 0; d < spatial; ++d) {
    // The grid lists x before y.
    Value v = g.reshape(
        g.sliceAxis(grid, spatial + 1, g.index(spatial - 1 - d), g.index(1)),
        {gridSizes[0], count});
    v = g.withSizes(v, points);
    Value extent = g.spread(sizes[d + 2], points, f),
          last = g.withScalar<nn::AddOp>(extent, -1);
    Value shifted = g.withScalar<nn::AddOp>(v, 1);
    if (align)
      v = g.withScalar<nn::MulOp>(g.emit<nn::MulOp>(shifted, last), 0.5);
    else
      v = g.withScalar<nn::MulOp>(
          g.withScalar<nn::AddOp>(g.emit<nn::MulOp>(shifted, extent), -1), 0.5);
    if (nearest)
      v = g.emit<nn::RoundOp>(v);
    Value low = g.makeLike(v, align ? 0 : -0.5), range = align ? last : extent;
    // Coordinates outside are moved in, then the pixels that interpolation
    // reaches.
    auto moveIn = [&](Value position) -> Value {
      if (padding == "border")
        return g.emit<nn::MinOp>(
            g.emit<nn::MaxOp>(position, g.makeLike(position, 0)), last);
      if (padding == "reflection")
        return reflect(g, position, low, range);
      return position;
    };
    Value outside = g.emit<nn::OrOp>(
        g.compare(nn::ComparePredicate::lt, v, low),
        g.compare(nn::ComparePredicate::gt, v, g.emit<nn::AddOp>(low, range)));
    v = g.emit<nn::SelectOp>(outside, moveIn(v), v);
    SmallVector<Tap> list;
    if (nearest) {
      list.push_back({g.emit<nn::TruncOp>(moveIn(g.emit<nn::TruncOp>(v))),
                      g.makeLike(v, 1)});
    } else if (!cubic) {
      list = linearTaps(g, v);
      for (Tap &tap : list)
        tap.position = g.emit<nn::TruncOp>(moveIn(tap.position));
    } else {
      Value base = g.emit<nn::FloorOp>(v);
      for (int64_t t = -1; t <= 2; ++t) {
        Value position = g.withScalar<nn::AddOp>(base, static_cast<double>(t));
        Value weight = cubicWeight(g, g.emit<nn::SubOp>(v, position));
        list.push_back({g.emit<nn::TruncOp>(moveIn(position)), weight});
      }
    }
    taps.push_back(list);
  }
  Value sampled = g.transpose(sumSamples(g, image, taps), {0, 2, 1});
  Sizes result{sizes[0], sizes[1]};
  result.append(gridSizes.begin() + 1, gridSizes.end() - 1);
  return n.set(g.cast(g.reshape(sampled, result), n.element(0)));
}

//===----------------------------------------------------------------------===//
// RoiAlign
//===----------------------------------------------------------------------===//

static LogicalResult convertRoiAlign(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 4)) || failed(n.expectRank(1, 2)) ||
      failed(n.expectRank(2, 1)))
    return failure();
  if (auto columns = g.constantIndex(g.dim(n.input(1), 1));
      columns && *columns != 4)
    return n.error("a region has " + Twine(*columns) + " numbers, expected 4");
  int64_t ph = n.attrInt("output_height", 1), pw = n.attrInt("output_width", 1),
          ratio = n.attrInt("sampling_ratio", 0);
  double scale = n.attrFloat("spatial_scale", 1);
  bool halfPixel =
      n.opset() >= 16 && n.attrString("coordinate_transformation_mode",
                                      "half_pixel") == "half_pixel";
  bool isMax = n.attrString("mode", "avg") == "max";
  if (ph < 1 || pw < 1 || ratio < 0)
    return n.error("\"output_height\", \"output_width\" and \"sampling_ratio\" "
                   "must not be negative");
  Value image = g.widen(n.input(0)),
        rois = g.cast(n.input(1), g.elementOf(image));
  Type f = g.elementOf(image), i64 = g.b.getI64Type();
  Sizes sizes = g.dims(image);
  OpFoldResult count = g.dim(rois, 0);
  auto corner = [&](int64_t column) {
    Value v =
        g.reshape(g.sliceAxis(rois, 1, g.index(column), g.index(1)), count);
    return g.withScalar<nn::AddOp>(g.withScalar<nn::MulOp>(v, scale),
                                   halfPixel ? -0.5 : 0);
  };
  // Per axis: coordinates [region, bin, sample], whether they count, samples
  // per bin of each region.
  struct Axis {
    Value position, counts, outside, samples;
    OpFoldResult grid;
  };
  auto makeAxis = [&](int64_t first, int64_t bins, OpFoldResult extent) {
    Axis axis;
    Value start = corner(first),
          length = g.emit<nn::SubOp>(corner(first + 2), start);
    if (!halfPixel)
      length = g.withScalar<nn::MaxOp>(length, 1);
    Value bin = g.withScalar<nn::DivOp>(length, static_cast<double>(bins));
    axis.grid = g.index(ratio);
    axis.samples = g.makeLike(bin, static_cast<double>(ratio));
    if (ratio == 0) { // as many as a bin has pixels
      axis.samples = g.withScalar<nn::MaxOp>(g.emit<nn::CeilOp>(bin), 0);
      Value most = g.reduce(nn::ReduceKind::max, axis.samples, 0, false);
      axis.grid = g.max(g.readElements(g.cast(most, i64))[0], g.index(1));
    }
    Sizes points{count, g.index(bins), axis.grid};
    auto spread = [&](Value v) { return g.broadcastDims(v, points, 0); };
    Value i = g.cast(g.iota(points, 1, i64), f),
          s = g.cast(g.iota(points, 2, i64), f);
    Value step =
        g.emit<nn::DivOp>(bin, g.withScalar<nn::MaxOp>(axis.samples, 1));
    axis.position = g.emit<nn::AddOp>(
        g.emit<nn::AddOp>(spread(start), g.emit<nn::MulOp>(i, spread(bin))),
        g.emit<nn::MulOp>(g.withScalar<nn::AddOp>(s, 0.5), spread(step)));
    axis.counts = g.compare(nn::ComparePredicate::lt, s, spread(axis.samples));
    Value size = g.spread(extent, points, f);
    axis.outside = g.emit<nn::OrOp>(
        g.compare(nn::ComparePredicate::lt, axis.position,
                  g.makeLike(size, -1)),
        g.compare(nn::ComparePredicate::gt, axis.position, size));
    Value last = g.withScalar<nn::AddOp>(size, -1);
    axis.position =
        g.emit<nn::MinOp>(g.withScalar<nn::MaxOp>(axis.position, 0), last);
    return axis;
  };
  Axis y = makeAxis(1, ph, sizes[2]), x = makeAxis(0, pw, sizes[3]);
  Sizes grid{count, g.index(ph), g.index(pw), y.grid, x.grid};
  OpFoldResult points = g.product(ArrayRef<OpFoldResult>(grid).drop_front());
  auto flat = [&](Value v, bool isRow) {
    SmallVector<int64_t> dims =
        isRow ? SmallVector<int64_t>{0, 1, 3} : SmallVector<int64_t>{0, 2, 4};
    return g.reshape(g.broadcastDims(v, grid, dims), {count, points});
  };
  Value outside =
      g.emit<nn::OrOp>(flat(y.outside, true), flat(x.outside, false));
  Value takesPart =
      g.emit<nn::AndOp>(flat(y.counts, true), flat(x.counts, false));
  // Pixels of each region's image: the batch index is one more coordinate.
  Value batch = g.broadcastDims(g.cast(n.input(2), i64), {count, points}, 0);
  Value pixels = g.reshape(g.transpose(image, {0, 2, 3, 1}),
                           {sizes[0], g.mul(sizes[2], sizes[3]), sizes[1]});
  SmallVector<Tap> rows = linearTaps(g, flat(y.position, true)),
                   columns = linearTaps(g, flat(x.position, false));
  Value result;
  for (const Tap &row : rows)
    for (const Tap &column : columns) {
      Sizes flatSizes{count, points};
      auto within = [&](Value v, OpFoldResult extent) {
        Value last = g.spread(g.sub(extent, g.index(1)), flatSizes, f);
        return g.cast(g.emit<nn::MinOp>(v, last), i64);
      };
      Value linear = g.emit<nn::AddOp>(
          g.emit<nn::MulOp>(within(row.position, sizes[2]),
                            g.spread(sizes[3], flatSizes, i64)),
          within(column.position, sizes[3]));
      Value tuple =
          g.concat({g.unsqueeze(batch, 2), g.unsqueeze(linear, 2)}, 2);
      Value taken = g.emit<nn::GatherNDOp>(pixels, tuple, 0);
      Value weight = g.emit<nn::MulOp>(row.weight, column.weight);
      weight = g.emit<nn::SelectOp>(outside, g.makeLike(weight, 0), weight);
      Value term = g.emit<nn::MulOp>(
          taken, g.broadcastDims(weight, g.dims(taken), {0, 1}));
      result = !result ? term
               : isMax ? g.emit<nn::MaxOp>(result, term)
                       : g.emit<nn::AddOp>(result, term);
    }
  double neutral = isMax ? -std::numeric_limits<double>::infinity() : 0;
  result =
      g.emit<nn::SelectOp>(g.broadcastDims(takesPart, g.dims(result), {0, 1}),
                           result, g.makeLike(result, neutral));
  result = g.reshape(result, {count, g.index(ph), g.index(pw),
                              g.mul(y.grid, x.grid), sizes[1]});
  result = g.reduce(isMax ? nn::ReduceKind::max : nn::ReduceKind::sum, result,
                    3, false);
  if (!isMax) {
    Value samples =
        g.withScalar<nn::MaxOp>(g.emit<nn::MulOp>(y.samples, x.samples), 1);
    result =
        g.emit<nn::DivOp>(result, g.broadcastDims(samples, g.dims(result), 0));
  }
  return n.set(g.cast(g.transpose(result, {0, 3, 1, 2}), n.element(0)));
}

//===----------------------------------------------------------------------===//
// DeformConv
//===----------------------------------------------------------------------===//

/// A convolution whose taps are moved by offsets that are computed: samples are
/// gathered, the rest is a matrix product.
static LogicalResult convertDeformConv(NodeContext &n) {
  GraphBuilder &g = n.g;
  for (unsigned i = 0; i < 3; ++i)
    if (failed(n.expectRank(i, 4)))
      return failure();
  Value image = n.input(0), filter = n.input(1);
  Sizes sizes = g.dims(image), filterSizes = g.dims(filter),
        offsetSizes = g.dims(n.input(2));
  auto kh = g.constantIndex(filterSizes[2]),
       kw = g.constantIndex(filterSizes[3]);
  if (!kh || !kw)
    return n.unsupported("the filter's window must be known at compile time");
  int64_t groups = n.attrInt("group", 1),
          offsetGroups = n.attrInt("offset_group", 1), taps = *kh * *kw;
  FailureOr<WindowAttributes> w = readWindow(n, image, {*kh, *kw});
  if (failed(w))
    return failure();
  auto channels = g.constantIndex(sizes[1]),
       perGroup = g.constantIndex(filterSizes[1]),
       features = g.constantIndex(filterSizes[0]);
  auto offsets = g.constantIndex(offsetSizes[1]);
  if (groups < 1 || offsetGroups < 1 ||
      (channels && (*channels % groups || *channels % offsetGroups)) ||
      (channels && perGroup && *channels != *perGroup * groups) ||
      (features && *features % groups) ||
      (offsets && *offsets != offsetGroups * taps * 2))
    return n.error("channels, groups, filter and offsets do not fit together");
  Type f = n.element(0), i64 = g.b.getI64Type();
  OpFoldResult batch = sizes[0], oh = offsetSizes[2], ow = offsetSizes[3],
               og = g.index(offsetGroups);
  OpFoldResult rows = g.mul(batch, og), channelsPerOffset = g.div(sizes[1], og);
  Sizes points{rows, g.index(*kh), g.index(*kw), oh, ow};
  OpFoldResult count = g.product(ArrayRef<OpFoldResult>(points).drop_front());
  Value moved = g.reshape(
      n.input(2), {rows, g.index(*kh), g.index(*kw), g.index(2), oh, ow});
  SmallVector<SmallVector<Tap>> all;
  for (int64_t d = 0; d < 2; ++d) {
    Value offset =
        g.reshape(g.sliceAxis(moved, 3, g.index(d), g.index(1)), points);
    Value tap = g.cast(g.iota(points, 1 + d, i64), f),
          at = g.cast(g.iota(points, 3 + d, i64), f);
    Value v = g.emit<nn::AddOp>(
        g.withScalar<nn::MulOp>(at, static_cast<double>(w->strides[d])),
        g.withScalar<nn::MulOp>(tap, static_cast<double>(w->dilations[d])));
    v = g.emit<nn::SubOp>(g.emit<nn::AddOp>(v, offset),
                          g.spread(w->low[d], points, f));
    all.push_back(linearTaps(g, g.reshape(v, {rows, count})));
  }
  Value samples = sumSamples(
      g, g.reshape(image, {rows, channelsPerOffset, sizes[2], sizes[3]}), all);
  if (n.hasInput(4)) {
    Value mask = g.reshape(n.input(4), {rows, count});
    samples = g.emit<nn::MulOp>(samples,
                                g.broadcastDims(mask, g.dims(samples), {0, 1}));
  }
  // (batch, channel, tap, position), the channels of each group with its
  // filters.
  OpFoldResult place = g.mul(oh, ow), group = g.index(groups),
               depth = g.mul(filterSizes[1], g.index(taps));
  samples =
      g.reshape(g.transpose(samples, {0, 2, 1}), {batch, group, depth, place});
  Value weights =
      g.reshape(filter, {group, g.div(filterSizes[0], group), depth});
  Value product =
      g.dot(weights, samples, 0, 1, 2, 2); // group, feature, batch, place
  Value result = g.reshape(g.transpose(product, {2, 0, 1, 3}),
                           {batch, filterSizes[0], oh, ow});
  if (n.hasInput(3)) {
    if (failed(n.expectRank(3, 1)))
      return failure();
    result = g.emit<nn::AddOp>(result,
                               g.broadcastDims(n.input(3), g.dims(result), 1));
  }
  return n.set(result);
}

void registerSampling(Registry &registry) {
  registry.add("DeformConv", convertDeformConv);
  registry.add("GridSample", convertGridSample);
  registry.add("RoiAlign", convertRoiAlign);
}

} // namespace ds::onnx
