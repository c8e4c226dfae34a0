//===- Detection.cpp - NonMaxSuppression, Col2Im, TfIdfVectorizer
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Loops.h"

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// NonMaxSuppression
//===----------------------------------------------------------------------===//

/// One iteration takes, for every image and class at once, the best box that is
/// left, and drops the boxes that overlap it.
static LogicalResult convertNonMaxSuppression(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3)) || failed(n.expectRank(1, 3)))
    return failure();
  if (auto columns = g.constantIndex(g.dim(n.input(0), 2));
      columns && *columns != 4)
    return n.error("a box has " + Twine(*columns) + " numbers, expected 4");
  Type f = n.element(0), i64 = g.b.getI64Type();
  Sizes sizes = g.dims(n.input(1)); // batch, class, box
  Sizes pairs{sizes[0], sizes[1]}, boxSizes{sizes[0], sizes[2]};
  OpFoldResult limit = g.index(0);
  Value overlap = g.makeScalar(f, 0), threshold;
  if (n.hasInput(2)) {
    FailureOr<OpFoldResult> given =
        n.scalarIndex(2, "max_output_boxes_per_class");
    if (failed(given))
      return failure();
    limit = g.max(g.min(*given, sizes[2]), g.index(0));
  }
  for (auto [input, target] :
       {std::pair(3u, &overlap), std::pair(4u, &threshold)})
    if (n.hasInput(input)) {
      FailureOr<Value> given = n.scalar(input, "threshold");
      if (failed(given))
        return failure();
      *target = *given;
    }
  // Corners and areas, (batch, box).
  auto column = [&](int64_t i) {
    return g.withSizes(
        g.reshape(g.sliceAxis(n.input(0), 2, g.index(i), g.index(1)),
                  {g.dim(n.input(0), 0), g.dim(n.input(0), 1)}),
        boxSizes);
  };
  Value low[2], high[2];
  for (int d = 0; d < 2; ++d) {
    if (n.attrInt("center_point_box", 0) != 0) {
      Value half = g.withScalar<nn::MulOp>(column(2 + d), 0.5),
            middle = column(d);
      low[d] = g.emit<nn::SubOp>(middle, half);
      high[d] = g.emit<nn::AddOp>(middle, half);
    } else {
      Value one = column(d), other = column(2 + d);
      low[d] = g.emit<nn::MinOp>(one, other);
      high[d] = g.emit<nn::MaxOp>(one, other);
    }
  }
  Value area = g.emit<nn::MulOp>(g.emit<nn::SubOp>(high[0], low[0]),
                                 g.emit<nn::SubOp>(high[1], low[1]));
  Value scores = n.input(1),
        lowest = g.makeLike(scores, -std::numeric_limits<double>::infinity());
  Value alive = g.makeFilled(sizes, g.b.getI1Type(), 1);
  if (threshold)
    alive = g.compare(nn::ComparePredicate::gt, scores,
                      g.broadcastTo(threshold, sizes));
  auto iterate = [&](OpFoldResult,
                     ArrayRef<Value> states) -> FailureOr<SmallVector<Value>> {
    Value left = states[0];
    Value best = g.emit<nn::ArgReduceOp>(
        nn::ReduceKind::max, g.emit<nn::SelectOp>(left, scores, lowest), 2,
        false);
    Value any = g.reduce(nn::ReduceKind::any, left, 2, false);
    Value chosen = g.emit<nn::SelectOp>(any, best, g.makeLike(best, -1));
    // The best box of each pair against all boxes of its image.
    auto ofBest = [&](Value v) {
      return g.broadcastDims(g.emit<nn::GatherElementsOp>(v, best, 1), sizes,
                             {0, 1});
    };
    auto ofAll = [&](Value v) { return g.broadcastDims(v, sizes, {0, 2}); };
    Value intersection;
    for (int d = 0; d < 2; ++d) {
      Value length =
          g.emit<nn::SubOp>(g.emit<nn::MinOp>(ofBest(high[d]), ofAll(high[d])),
                            g.emit<nn::MaxOp>(ofBest(low[d]), ofAll(low[d])));
      length = g.withScalar<nn::MaxOp>(length, 0);
      intersection =
          intersection ? g.emit<nn::MulOp>(intersection, length) : length;
    }
    Value bothAreas = g.emit<nn::AddOp>(ofBest(area), ofAll(area));
    Value whole = g.emit<nn::SubOp>(bothAreas, intersection),
          zero = g.makeLike(whole, 0);
    Value ratio = g.emit<nn::DivOp>(intersection, whole);
    Value drops = g.compare(nn::ComparePredicate::gt, ratio,
                            g.broadcastTo(overlap, sizes));
    for (Value positive : {intersection, whole, ofBest(area), ofAll(area)})
      drops = g.emit<nn::AndOp>(
          drops, g.compare(nn::ComparePredicate::gt, positive, zero));
    Value itself = g.compare(nn::ComparePredicate::eq, g.iota(sizes, 2, i64),
                             g.broadcastDims(best, sizes, {0, 1}));
    Value next = g.emit<nn::AndOp>(
        left, g.emit<nn::NotOp>(g.emit<nn::OrOp>(drops, itself)));
    Value goOn = g.reduce(nn::ReduceKind::any, next, {0, 1, 2}, false);
    return SmallVector<Value>{goOn, next, chosen};
  };
  OpFoldResult some =
      g.readElements(g.reduce(nn::ReduceKind::any, alive, {0, 1, 2}, false))[0];
  FailureOr<SmallVector<Value>> results =
      buildWhile(n, limit, some, {alive}, 1, iterate);
  if (failed(results))
    return failure();
  // (step, batch, class) becomes rows of batch, class and box, in this order.
  Value chosen = g.transpose((*results)[1], {1, 2, 0});
  Value isValid =
      g.compare(nn::ComparePredicate::ge, chosen, g.makeLike(chosen, 0));
  Value total =
      g.reduce(nn::ReduceKind::sum, g.cast(isValid, i64), {0, 1, 2}, false);
  OpFoldResult count = g.readElements(total)[0];
  Value places =
      g.transpose(g.emit<nn::NonZeroOp>(g.typeFor({g.index(3), count}, i64),
                                        isValid, g.asValue(count)),
                  {1, 0});
  Value box = g.unsqueeze(g.emit<nn::GatherNDOp>(chosen, places, 0), 1);
  return n.set(
      g.concat({g.sliceAxis(places, 1, g.index(0), g.index(2)), box}, 1));
}

//===----------------------------------------------------------------------===//
// Col2Im
//===----------------------------------------------------------------------===//

/// Blocks are added up where they came from: a scatter into the padded image.
static LogicalResult convertCol2Im(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 3)))
    return failure();
  FailureOr<Sizes> image = n.indices(1, "image_shape");
  FailureOr<Sizes> block = n.indices(2, "block_shape");
  if (failed(image) || failed(block))
    return failure();
  size_t spatial = image->size();
  SmallVector<int64_t> dilations = n.attrInts("dilations"),
                       strides = n.attrInts("strides"),
                       pads = n.attrInts("pads");
  if (dilations.empty())
    dilations.assign(spatial, 1);
  if (strides.empty())
    strides.assign(spatial, 1);
  if (pads.empty())
    pads.assign(2 * spatial, 0);
  auto positive = [](ArrayRef<int64_t> list) {
    return llvm::all_of(list, [](int64_t v) { return v > 0; });
  };
  if (spatial == 0 || block->size() != spatial || dilations.size() != spatial ||
      strides.size() != spatial || pads.size() != 2 * spatial ||
      !positive(dilations) || !positive(strides) ||
      llvm::any_of(pads, [](int64_t p) { return p < 0; }))
    return n.error("the attributes and shapes do not fit " + Twine(spatial) +
                   " spatial dimensions");
  Type i64 = g.b.getI64Type();
  Sizes from = g.dims(n.input(0)), grid = *block, padded;
  for (size_t d = 0; d < spatial; ++d) {
    OpFoldResult whole =
        g.add((*image)[d], g.index(pads[d] + pads[d + spatial]));
    OpFoldResult reach =
        g.add(g.mul(g.sub((*block)[d], g.index(1)), g.index(dilations[d])),
              g.index(1));
    grid.push_back(
        g.add(g.div(g.sub(whole, reach), g.index(strides[d])), g.index(1)));
    padded.push_back(whole);
  }
  Value linear;
  for (size_t d = 0; d < spatial; ++d) {
    Value inBlock = g.withScalar<nn::MulOp>(g.iota(grid, d, i64),
                                            static_cast<double>(dilations[d]));
    Value ofBlock = g.withScalar<nn::MulOp>(g.iota(grid, spatial + d, i64),
                                            static_cast<double>(strides[d]));
    Value at = g.emit<nn::AddOp>(inBlock, ofBlock);
    linear =
        !linear ? at
                : g.emit<nn::AddOp>(
                      g.emit<nn::MulOp>(linear, g.spread(padded[d], grid, i64)),
                      at);
  }
  OpFoldResult taps = g.product(*block), channels = g.div(from[1], taps),
               entries = g.product(grid);
  Sizes columns{from[0], channels, entries};
  Value updates = g.reshape(n.input(0), columns);
  Value positions = g.broadcastDims(g.reshape(linear, entries), columns, 2);
  Value flat =
      g.makeFilled({from[0], channels, g.product(padded)}, n.element(0), 0);
  flat = g.emit<nn::ScatterElementsOp>(flat, positions, updates, uint64_t{2},
                                       nn::ScatterKind::add);
  Sizes full{from[0], channels}, result = full, offsets{g.index(0), g.index(0)};
  full.append(padded);
  result.append(*image);
  for (size_t d = 0; d < spatial; ++d)
    offsets.push_back(g.index(pads[d]));
  return n.set(g.slice(g.reshape(flat, full), offsets, result));
}

//===----------------------------------------------------------------------===//
// TfIdfVectorizer
//===----------------------------------------------------------------------===//

/// Counts the n-grams of a fixed pool in rows of integers.
static LogicalResult convertTfIdfVectorizer(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (n.has("pool_strings"))
    return n.unsupported("a pool of strings is not supported");
  if (failed(n.expectRank(0, 1, 2)))
    return failure();
  SmallVector<int64_t> pool = n.attrInts("pool_int64s"),
                       starts = n.attrInts("ngram_counts"),
                       columns = n.attrInts("ngram_indexes");
  SmallVector<double> weights = n.attrFloats("weights");
  int64_t shortest = n.attrInt("min_gram_length", 1),
          longest = n.attrInt("max_gram_length", 1),
          skips = n.attrInt("max_skip_count", 0);
  std::string mode = n.attrString("mode", "TF");
  if (mode != "TF" && mode != "IDF" && mode != "TFIDF")
    return n.error("unknown mode \"" + mode + "\"");
  if (shortest < 1 || longest < shortest || skips < 0 || skips > 1024 ||
      (!weights.empty() && weights.size() != columns.size()))
    return n.error("gram lengths, skips and weights do not fit together");
  if (mode != "TF" && weights.empty())
    weights.assign(columns.size(), 1);
  int64_t width = 0;
  for (int64_t column : columns) {
    if (column < 0)
      return n.error("\"ngram_indexes\" holds " + Twine(column));
    width = std::max(width, column + 1);
  }
  Type i64 = g.b.getI64Type(), f = g.b.getF32Type();
  Value x =
      g.cast(n.rank(0) == 1 ? g.unsqueeze(n.input(0), 0) : n.input(0), i64);
  Sizes sizes = g.dims(x);
  Value result = g.makeFilled({sizes[0], g.index(width)}, f, 0);
  size_t at = 0; // n-grams of the lengths before
  for (size_t length = 1; length <= starts.size(); ++length) {
    int64_t begin = starts[length - 1],
            end = length < starts.size() ? starts[length]
                                         : static_cast<int64_t>(pool.size());
    auto size = static_cast<int64_t>(length);
    if (begin < 0 || end < begin || end > static_cast<int64_t>(pool.size()) ||
        (end - begin) % size || at + (end - begin) / size > columns.size())
      return n.error("\"ngram_counts\" does not fit \"pool_int64s\"");
    int64_t grams = (end - begin) / size;
    size_t first = at;
    at += grams;
    if (grams == 0 || size < shortest || size > longest)
      continue;
    Value count;
    for (int64_t skip = 0; skip <= (size == 1 ? 0 : skips); ++skip) {
      int64_t step = skip + 1, reach = (size - 1) * step;
      OpFoldResult windows = g.max(g.sub(sizes[1], g.index(reach)), g.index(0));
      Sizes all{sizes[0], g.index(grams), windows};
      Value match;
      for (int64_t j = 0; j < size; ++j) {
        SmallVector<int64_t> tokens;
        for (int64_t k = 0; k < grams; ++k)
          tokens.push_back(pool[begin + k * size + j]);
        OpFoldResult offset =
            g.min(g.index(j * step),
                  g.sub(sizes[1], windows)); // 0 where there is no window
        Value window =
            g.broadcastDims(g.sliceAxis(x, 1, offset, windows), all, {0, 2});
        Value same = g.compare(nn::ComparePredicate::eq, window,
                               g.broadcastDims(g.makeInts(tokens), all, 1));
        match = match ? g.emit<nn::AndOp>(match, same) : same;
      }
      Value found = g.reduce(nn::ReduceKind::sum, g.cast(match, f), 2, false);
      count = count ? g.emit<nn::AddOp>(count, found) : found;
    }
    if (mode == "IDF")
      count = g.cast(
          g.compare(nn::ComparePredicate::gt, count, g.makeLike(count, 0)), f);
    if (mode != "TF") {
      Value factors =
          g.makeFloats(ArrayRef<double>(weights).slice(first, grams), f, grams);
      count =
          g.emit<nn::MulOp>(count, g.broadcastDims(factors, g.dims(count), 1));
    }
    Value places = g.makeInts(ArrayRef<int64_t>(columns).slice(first, grams));
    result = g.emit<nn::ScatterElementsOp>(
        result, g.broadcastDims(places, g.dims(count), 1), count, uint64_t{1},
        nn::ScatterKind::add);
  }
  return n.set(n.rank(0) == 1 ? g.squeeze(result, 0) : result);
}

void registerDetection(Registry &registry) {
  registry.add("Col2Im", convertCol2Im);
  registry.add("NonMaxSuppression", convertNonMaxSuppression);
  registry.add("TfIdfVectorizer", convertTfIdfVectorizer);
}

} // namespace ds::onnx
