//===- Movement.cpp - operators that move elements
//-------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace ds::onnx {

static LogicalResult convertTranspose(NodeContext &n) {
  int64_t rank = n.rank(0);
  SmallVector<int64_t> permutation = n.attrInts("perm");
  if (!n.has("perm"))
    for (int64_t i = rank - 1; i >= 0; --i)
      permutation.push_back(i);
  for (int64_t &entry : permutation)
    entry = entry < 0 ? entry + rank : entry;
  if (static_cast<int64_t>(permutation.size()) != rank ||
      !isPermutationVector(permutation))
    return n.error("\"perm\" is no permutation of the " + Twine(rank) +
                   " dimensions");
  return n.set(n.g.transpose(n.input(0), permutation));
}

static LogicalResult convertConcat(NodeContext &n) {
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 1), n.rank(0));
  if (failed(axis))
    return failure();
  RankedTensorType first = n.type(0);
  for (unsigned i = 1; i < n.numInputs(); ++i) {
    RankedTensorType type = n.type(i);
    bool fits = type.getRank() == first.getRank();
    for (int64_t d = 0; fits && d < type.getRank(); ++d)
      fits = d == *axis || type.isDynamicDim(d) || first.isDynamicDim(d) ||
             type.getDimSize(d) == first.getDimSize(d);
    if (!fits) {
      InFlightDiagnostic diagnostic = n.error("input ")
                                      << i << " cannot be joined along axis "
                                      << *axis << ": it has type " << type
                                      << ", the first input " << first;
      return diagnostic;
    }
    // An extent that one input knows, all have.
    SmallVector<int64_t> shape(first.getShape());
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (d != *axis && ShapedType::isDynamic(shape[d]))
        shape[d] = type.getDimSize(d);
    first = RankedTensorType::get(shape, first.getElementType());
  }
  return n.set(n.g.concat(n.tensorInputs(), *axis));
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// Position counted from the end when negative.
static OpFoldResult wrap(GraphBuilder &g, OpFoldResult position,
                         OpFoldResult size) {
  if (std::optional<int64_t> known = g.constantIndex(position))
    return *known < 0 ? g.add(size, position) : position;
  if (g.isSize(position))
    return position;
  return g.select(g.compare(arith::CmpIPredicate::slt, position, g.index(0)),
                  g.add(position, size), position);
}

static OpFoldResult clamp(GraphBuilder &g, OpFoldResult position,
                          OpFoldResult low, OpFoldResult high) {
  return g.max(g.min(position, high), low);
}

/// Offset and size of a window along one axis.
struct Window {
  OpFoldResult offset, size;
};

static Window windowOf(GraphBuilder &g, OpFoldResult start, OpFoldResult end,
                       int64_t step, OpFoldResult extent) {
  // "To the end" is written as some huge number.
  auto isHuge = [&](OpFoldResult v) {
    std::optional<int64_t> known = g.constantIndex(v);
    return known && *known >= std::numeric_limits<int32_t>::max();
  };
  auto isHugeNegative = [&](OpFoldResult v) {
    std::optional<int64_t> known = g.constantIndex(v);
    return known &&
           *known <= -static_cast<int64_t>(std::numeric_limits<int32_t>::max());
  };
  OpFoldResult zero = g.index(0);
  if (step > 0) {
    OpFoldResult first = isHugeNegative(start)
                             ? zero
                             : clamp(g, wrap(g, start, extent), zero, extent);
    OpFoldResult last =
        isHuge(end) ? extent : clamp(g, wrap(g, end, extent), zero, extent);
    OpFoldResult length = g.max(g.sub(last, first), zero);
    return {first,
            step == 1 ? length
                      : g.div(g.add(length, g.index(step - 1)), g.index(step))};
  }
  OpFoldResult top = g.sub(extent, g.index(1));
  OpFoldResult first =
      isHuge(start) ? top : clamp(g, wrap(g, start, extent), g.index(-1), top);
  OpFoldResult last = isHugeNegative(end)
                          ? g.index(-1)
                          : clamp(g, wrap(g, end, extent), g.index(-1), top);
  OpFoldResult length = g.max(g.sub(first, last), zero);
  int64_t back = -step;
  return {first, back == 1
                     ? length
                     : g.div(g.add(length, g.index(back - 1)), g.index(back))};
}

/// Along an axis whose step is known at run time only: positions are computed
/// and gathered.
static Value sliceByGather(GraphBuilder &g, Value x, int64_t axis,
                           OpFoldResult start, OpFoldResult end,
                           OpFoldResult step) {
  OpFoldResult extent = g.dim(x, axis), zero = g.index(0), one = g.index(1);
  OpFoldResult forward = g.compare(arith::CmpIPredicate::sgt, step, zero);
  OpFoldResult low = g.select(forward, zero, g.index(-1));
  OpFoldResult high = g.select(forward, extent, g.sub(extent, one));
  OpFoldResult first = clamp(g, wrap(g, start, extent), low, high),
               last = clamp(g, wrap(g, end, extent), low, high);
  OpFoldResult stride = g.select(forward, step, g.sub(zero, step));
  OpFoldResult length =
      g.max(g.select(forward, g.sub(last, first), g.sub(first, last)), zero);
  OpFoldResult size = g.div(g.add(length, g.sub(stride, one)), stride);
  Type i64 = g.b.getI64Type();
  Value positions = g.iota(size, 0, i64);
  auto spread = [&](OpFoldResult v) {
    return g.broadcastTo(g.fromElements(v, i64, {}), size);
  };
  positions = g.emit<nn::AddOp>(g.emit<nn::MulOp>(positions, spread(step)),
                                spread(first));
  return g.emit<nn::GatherOp>(x, positions, axis);
}

static LogicalResult convertSlice(NodeContext &n) {
  GraphBuilder &g = n.g;
  int64_t rank = n.rank(0);
  Sizes starts, ends, steps, axes;
  if (n.opset() < 10) {
    for (int64_t start : n.attrInts("starts"))
      starts.push_back(g.index(start));
    for (int64_t end : n.attrInts("ends"))
      ends.push_back(g.index(end));
    for (int64_t axis : n.attrInts("axes")) {
      FailureOr<int64_t> checked = n.axis(axis, rank);
      if (failed(checked))
        return failure();
      axes.push_back(g.index(*checked));
    }
  } else {
    FailureOr<Sizes> first = n.indices(1, "starts"),
                     last = n.indices(2, "ends"), list = Sizes(),
                     step = Sizes();
    if (n.hasInput(3))
      list = n.axisIndices(3, rank);
    if (n.hasInput(4))
      step = n.indices(4, "steps");
    if (failed(first) || failed(last) || failed(list) || failed(step))
      return failure();
    starts = *first;
    ends = *last;
    axes = *list;
    steps = *step;
  }
  if (axes.empty())
    for (size_t i = 0; i < starts.size(); ++i)
      axes.push_back(g.index(i));
  if (steps.empty())
    steps.assign(starts.size(), g.index(1));
  if (starts.size() != axes.size() || ends.size() != axes.size() ||
      steps.size() != axes.size() || static_cast<int64_t>(axes.size()) > rank)
    return n.error("expected as many starts, ends and steps as axes, found " +
                   Twine(starts.size()) + ", " + Twine(ends.size()) + ", " +
                   Twine(steps.size()) + " and " + Twine(axes.size()));
  Value x = n.input(0);
  Sizes all = g.dims(x), sizes = all, offsets(rank, g.index(0));
  SmallVector<int64_t> strides(rank, 1);
  struct ByGather {
    int64_t axis;
    OpFoldResult start, end, step;
  };
  SmallVector<ByGather> gathers;
  for (int64_t axis = 0; axis < rank; ++axis) {
    // Axes may be known at run time only: then every axis may be cut.
    OpFoldResult start = g.find(axes, starts, axis, g.index(0)),
                 given = g.find(axes, steps, axis, g.index(1));
    OpFoldResult end =
        g.find(axes, ends, axis, g.index(std::numeric_limits<int64_t>::max()));
    std::optional<int64_t> step = g.constantIndex(given);
    if (step == 0)
      return n.error("the step of axis " + Twine(axis) + " is 0");
    if (!step) {
      gathers.push_back({axis, start, end, given});
      continue;
    }
    // No axis is longer than 2^62; this bounds what is computed with the step.
    int64_t bounded = std::clamp(*step, -(int64_t{1} << 62), int64_t{1} << 62);
    Window window = windowOf(g, start, end, bounded, sizes[axis]);
    offsets[axis] = window.offset;
    sizes[axis] = window.size;
    strides[axis] = bounded;
    if (g.isIndex(window.size, 0) || g.isIndex(window.size, 1))
      strides[axis] = 1;
    if (g.isIndex(window.size, 0))
      offsets[axis] = g.index(0);
  }
  if (sizes != all || llvm::any_of(strides, [](int64_t s) { return s != 1; }))
    x = g.slice(x, offsets, sizes, strides);
  for (const ByGather &each : gathers)
    x = sliceByGather(g, x, each.axis, each.start, each.end, each.step);
  return n.set(x);
}

static LogicalResult convertSplit(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
  if (failed(axis))
    return failure();
  OpFoldResult extent = g.dim(n.input(0), *axis);
  int64_t count = n.numOutputs();
  Sizes sizes;
  if (n.has("split")) {
    for (int64_t size : n.attrInts("split"))
      sizes.push_back(g.index(size));
  } else if (n.hasInput(1)) {
    FailureOr<Sizes> list = n.indices(1, "split");
    if (failed(list))
      return failure();
    sizes = *list;
  } else {
    if (n.has("num_outputs") && n.attrInt("num_outputs", 0) != count)
      return n.error("\"num_outputs\" is " +
                     Twine(n.attrInt("num_outputs", 0)) +
                     ", but the node has " + Twine(count) + " outputs");
    // From version 18 on the last part may be smaller.
    OpFoldResult part = g.div(
        g.add(extent, g.index(n.opset() < 18 ? 0 : count - 1)), g.index(count));
    sizes.assign(count, part);
    if (n.opset() >= 18)
      sizes[count - 1] = g.sub(extent, g.mul(part, g.index(count - 1)));
  }
  if (static_cast<int64_t>(sizes.size()) != count)
    return n.error("expected " + Twine(count) +
                   " sizes, one per output, found " + Twine(sizes.size()));
  OpFoldResult offset = g.index(0);
  for (int64_t i = 0; i < count; ++i) {
    auto size = g.constantIndex(sizes[i]), whole = g.constantIndex(extent),
         at = g.constantIndex(offset);
    if ((size && *size < 0) || (size && whole && at && *size > *whole - *at))
      return n.error("part " + Twine(i) + " of size " + Twine(*size) +
                     " does not fit the axis");
    n.set(i, g.sliceAxis(n.input(0), *axis, offset, sizes[i]));
    offset = g.add(offset, sizes[i]);
  }
  if (!g.require(
          g.compare(arith::CmpIPredicate::eq, offset, extent),
          "the sizes of a split do not add up to the extent of its axis"))
    return n.error("the sizes do not add up to the axis: " +
                   Twine(*g.constantIndex(offset)) + " and " +
                   Twine(*g.constantIndex(extent)));
  return success();
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

static LogicalResult convertPad(NodeContext &n) {
  GraphBuilder &g = n.g;
  int64_t rank = n.rank(0);
  Sizes pads;
  Sizes axes;
  for (int64_t d = 0; d < rank; ++d)
    axes.push_back(g.index(d));
  Value x = n.input(0), fill;
  if (n.opset() < 11) {
    for (int64_t pad : n.attrInts(n.opset() < 2 ? "paddings" : "pads"))
      pads.push_back(g.index(pad));
    fill = g.makeScalar(n.element(0), n.attrFloat("value", 0));
  } else {
    FailureOr<Sizes> list = n.indices(1, "pads");
    if (failed(list))
      return failure();
    pads = *list;
    if (n.hasInput(2)) {
      FailureOr<Value> scalar = n.scalar(2, "constant_value");
      if (failed(scalar))
        return failure();
      fill = *scalar;
    }
    if (n.hasInput(3)) {
      FailureOr<Sizes> list = n.axisIndices(3, rank);
      if (failed(list))
        return failure();
      axes = *list;
    }
  }
  if (pads.size() != 2 * axes.size())
    return n.error("expected " + Twine(2 * axes.size()) + " pads, found " +
                   Twine(pads.size()));
  std::string name = n.attrString("mode", "constant");
  std::optional<nn::PadMode> mode = nn::symbolizePadMode(name);
  if (!mode)
    return n.error("unknown mode \"" + name + "\"");
  if (*mode != nn::PadMode::constant)
    fill = Value();
  // Negative pads cut off.
  Sizes low(rank, g.index(0)), high = low, cutLow = low, cutHigh = low;
  bool cuts = false;
  ArrayRef<OpFoldResult> before =
      ArrayRef<OpFoldResult>(pads).take_front(axes.size());
  ArrayRef<OpFoldResult> behind =
      ArrayRef<OpFoldResult>(pads).drop_front(axes.size());
  for (int64_t d = 0; d < rank; ++d) {
    auto place = [&](OpFoldResult pad, OpFoldResult &add, OpFoldResult &cut) {
      add = g.max(pad, g.index(0));
      cut = g.isSize(pad) ? g.index(0)
                          : g.max(g.sub(g.index(0), pad), g.index(0));
      cuts |= !g.isIndex(cut, 0);
    };
    place(g.find(axes, before, d, g.index(0)), low[d], cutLow[d]);
    place(g.find(axes, behind, d, g.index(0)), high[d], cutHigh[d]);
  }
  if (cuts) {
    Sizes sizes = g.dims(x);
    for (int64_t d = 0; d < rank; ++d) {
      sizes[d] = g.sub(g.sub(sizes[d], cutLow[d]), cutHigh[d]);
      if (std::optional<int64_t> size = g.constantIndex(sizes[d]);
          size && *size < 0)
        return n.error("the pads cut off more than dimension " + Twine(d) +
                       " has");
    }
    x = g.slice(x, cutLow, sizes);
  }
  return n.set(g.pad(x, low, high, *mode, fill));
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

static LogicalResult convertDepthToSpace(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 4)))
    return failure();
  int64_t block = n.attrInt("blocksize", 1);
  Sizes s = g.dims(n.input(0));
  if (block < 1 ||
      (g.constantIndex(s[1]) && *g.constantIndex(s[1]) % (block * block)))
    return n.error("the channels cannot be split into blocks of " +
                   Twine(block) + " x " + Twine(block));
  OpFoldResult k = g.index(block), c = g.quotient(s[1], {k, k});
  std::string mode = n.attrString("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return n.error("unknown mode \"" + mode + "\"");
  Value x;
  if (mode == "DCR")
    x = g.transpose(g.reshape(n.input(0), {s[0], k, k, c, s[2], s[3]}),
                    {0, 3, 4, 1, 5, 2});
  else
    x = g.transpose(g.reshape(n.input(0), {s[0], c, k, k, s[2], s[3]}),
                    {0, 1, 4, 2, 5, 3});
  return n.set(g.reshape(x, {s[0], c, g.mul(s[2], k), g.mul(s[3], k)}));
}

static LogicalResult convertSpaceToDepth(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 4)))
    return failure();
  int64_t block = n.attrInt("blocksize", 1);
  if (block < 1)
    return n.error("\"blocksize\" is " + Twine(block) +
                   ", expected at least 1");
  Sizes s = g.dims(n.input(0));
  OpFoldResult k = g.index(block), h = g.div(s[2], k), w = g.div(s[3], k);
  Value x = g.transpose(g.reshape(n.input(0), {s[0], s[1], h, k, w, k}),
                        {0, 3, 5, 1, 2, 4});
  return n.set(g.reshape(x, {s[0], g.mul(s[1], g.index(block * block)), h, w}));
}

/// Reverses the first `lengths[b]` steps of each sequence b.
static LogicalResult convertReverseSequence(NodeContext &n) {
  GraphBuilder &g = n.g;
  if (failed(n.expectRank(0, 2, 1 << 20)) || failed(n.expectRank(1, 1)))
    return failure();
  FailureOr<int64_t> time = n.axis(n.attrInt("time_axis", 0), n.rank(0));
  FailureOr<int64_t> batch = n.axis(n.attrInt("batch_axis", 1), n.rank(0));
  if (failed(time) || failed(batch))
    return failure();
  if (*time == *batch)
    return n.error("\"time_axis\" and \"batch_axis\" are both " + Twine(*time));
  Sizes sizes = g.dims(n.input(0));
  Value step = g.iota(sizes, *time, g.b.getI64Type());
  Value length =
      g.broadcastDims(g.cast(n.input(1), g.b.getI64Type()), sizes, *batch);
  Value mirrored = g.withScalar<nn::SubOp>(g.emit<nn::SubOp>(length, step), 1);
  Value inside = g.compare(nn::ComparePredicate::lt, step, length);
  Value source = g.emit<nn::SelectOp>(inside, mirrored, step);
  return n.set(g.emit<nn::GatherElementsOp>(n.input(0), source, *time));
}

void registerMovement(Registry &registry) {
  registry.add("Concat", convertConcat);
  registry.add("DepthToSpace", convertDepthToSpace);
  registry.add("Pad", convertPad);
  registry.add("ReverseSequence", convertReverseSequence);
  registry.add("Slice", convertSlice);
  registry.add("SpaceToDepth", convertSpaceToDepth);
  registry.add("Split", convertSplit);
  registry.add("Transpose", convertTranspose);
}

} // namespace ds::onnx
