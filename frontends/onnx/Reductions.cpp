//===- Reductions.cpp - Reduce*, ArgMax, ArgMin and running sums
//-----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Choice.h"

using namespace mlir;

namespace ds::onnx {

namespace {
/// What is reduced, and how the result looks.
struct Reduction {
  GraphBuilder &g;
  /// For each dimension whether it is reduced (i1); values where only the run
  /// tells.
  Sizes flags;
  bool keepDims = true;
  /// How many dimensions are reduced, where that needs no run.
  int64_t count = 0;

  bool isStatic() const {
    return llvm::all_of(flags,
                        [](OpFoldResult flag) { return isa<Attribute>(flag); });
  }
  Value apply(nn::ReduceKind kind, Value x) const;
  Value withoutDims(Value x) const;
  Value finish(Value x) const { return keepDims ? x : withoutDims(x); }
};
} // namespace

/// Combines along the flagged dimensions, which keep an extent of 1.
Value Reduction::apply(nn::ReduceKind kind, Value x) const {
  if (isStatic()) {
    SmallVector<int64_t> axes;
    for (auto [i, flag] : llvm::enumerate(flags))
      if (!g.isIndex(flag, 0))
        axes.push_back(i);
    return g.reduce(kind, x, axes, /*keepDims=*/true);
  }
  for (auto [i, flag] : llvm::enumerate(flags)) {
    int64_t axis = i;
    x = choose(
        g, flag, [&] { return g.reduce(kind, x, {axis}, /*keepDims=*/true); },
        [&] { return x; });
  }
  return x;
}

/// Drops the flagged dimensions.
Value Reduction::withoutDims(Value x) const {
  Sizes sizes = g.dims(x), kept(sizes.size() - count, g.index(0));
  // Result dimension k is the one in front of which k are kept.
  OpFoldResult before = g.index(0);
  for (auto [size, flag] : llvm::zip(sizes, flags)) {
    for (auto [k, result] : llvm::enumerate(kept)) {
      OpFoldResult here =
          g.compare(arith::CmpIPredicate::eq, before, g.index(k));
      result = g.select(flag, result, g.select(here, size, result));
    }
    before = g.add(before, g.select(flag, g.index(0), g.index(1)));
  }
  return g.reshape(x, kept);
}

/// The axes are an attribute in old versions and an input in new ones. None at
/// all means every axis, or with `noop_with_empty_axes` no axis.
static FailureOr<Reduction> readReduction(NodeContext &n) {
  GraphBuilder &g = n.g;
  int64_t rank = n.rank(0);
  Reduction result{g, Sizes(rank, g.b.getBoolAttr(false)),
                   n.attrInt("keepdims", 1) != 0};
  if (n.hasInput(1)) {
    FailureOr<Sizes> flags = axisFlags(n, 1, "axes", rank);
    if (failed(flags))
      return failure();
    result.flags = *flags;
    result.count = g.constantIndex(g.count(n.input(1))).value_or(0);
  } else {
    FailureOr<SmallVector<int64_t>> axes = n.axes(n.attrInts("axes"), rank);
    if (failed(axes))
      return failure();
    for (int64_t axis : *axes)
      result.flags[axis] = g.b.getBoolAttr(true);
    result.count = axes->size();
  }
  if (result.count == 0 && !n.attrInt("noop_with_empty_axes", 0)) {
    result.flags.assign(rank, g.b.getBoolAttr(true));
    result.count = rank;
  }
  if (result.count > rank)
    return n.error("there are " + Twine(result.count) +
                   " axes, more than the input's rank " + Twine(rank));
  return result;
}

template <nn::ReduceKind kind>
static LogicalResult convertReduce(NodeContext &n) {
  FailureOr<Reduction> r = readReduction(n);
  if (failed(r))
    return failure();
  // The larger of two truth values is their "or".
  nn::ReduceKind of = kind;
  if (n.element(0).isInteger(1))
    of =
        kind == nn::ReduceKind::max ? nn::ReduceKind::any : nn::ReduceKind::all;
  return n.set(r->finish(r->apply(of, n.input(0))));
}

/// A reduction with all dimensions kept, of narrow floats in f32.
using Composition = Value (*)(GraphBuilder &g, Value x, const Reduction &r);

template <Composition compose, bool throughFloat = false>
static LogicalResult composed(NodeContext &n) {
  FailureOr<Reduction> r = readReduction(n);
  if (failed(r))
    return failure();
  Value x = n.g.widen(n.input(0));
  if (throughFloat && !isa<FloatType>(n.element(0)))
    x = n.g.cast(x, n.g.b.getF64Type());
  return n.set(r->finish(n.g.cast(compose(n.g, x, *r), n.element(0))));
}

static Value makeL1(GraphBuilder &g, Value x, const Reduction &r) {
  return r.apply(nn::ReduceKind::sum, g.emit<nn::AbsOp>(x));
}

static Value makeSumSquare(GraphBuilder &g, Value x, const Reduction &r) {
  return r.apply(nn::ReduceKind::sum, g.emit<nn::MulOp>(x, x));
}

static Value makeL2(GraphBuilder &g, Value x, const Reduction &r) {
  return g.emit<nn::SqrtOp>(makeSumSquare(g, x, r));
}

static Value makeLogSum(GraphBuilder &g, Value x, const Reduction &r) {
  return g.emit<nn::LogOp>(r.apply(nn::ReduceKind::sum, x));
}

/// log(sum(exp(x - m))) + m with the largest element m, so that nothing
/// overflows.
static Value makeLogSumExp(GraphBuilder &g, Value x, const Reduction &r) {
  Value largest = r.apply(nn::ReduceKind::max, x);
  // An infinite m (also that of no elements at all) would make NaN of x - m.
  largest = g.emit<nn::SelectOp>(g.emit<nn::IsInfOp>(largest),
                                 g.makeLike(largest, 0), largest);
  Value shifted = g.emit<nn::SubOp>(x, g.broadcastTo(largest, g.dims(x)));
  Value sum = r.apply(nn::ReduceKind::sum, g.emit<nn::ExpOp>(shifted));
  return g.emit<nn::AddOp>(g.emit<nn::LogOp>(sum),
                           g.reshape(largest, g.dims(sum)));
}

static Value makeMean(GraphBuilder &g, Value x, const Reduction &r) {
  OpFoldResult count = g.index(1);
  for (auto [size, flag] : llvm::zip(g.dims(x), r.flags))
    count = g.mul(count, g.select(flag, size, g.index(1)));
  Value sum = r.apply(nn::ReduceKind::sum, x);
  Value divisor = g.cast(g.fromElements({count}, g.b.getI64Type(), {}),
                         GraphBuilder::elementOf(x));
  return g.emit<nn::DivOp>(sum, g.broadcastTo(divisor, g.dims(sum)));
}

template <nn::ReduceKind kind>
static LogicalResult convertArg(NodeContext &n) {
  FailureOr<int64_t> axis = n.axis(n.attrInt("axis", 0), n.rank(0));
  if (failed(axis))
    return failure();
  if (n.type(0).getDimSize(*axis) == 0)
    return n.error("there is no extreme element along axis " + Twine(*axis) +
                   ", whose extent is 0");
  Value result = n.g.emit<nn::ArgReduceOp>(
      kind, n.input(0), *axis, n.attrInt("select_last_index", 0) != 0);
  return n.set(n.attrInt("keepdims", 1) ? n.g.unsqueeze(result, {*axis})
                                        : result);
}

template <nn::ReduceKind kind>
static LogicalResult convertScan(NodeContext &n) {
  GraphBuilder &g = n.g;
  FailureOr<Value> given = n.scalar(1, "axis");
  FailureOr<Sizes> flags = failed(given) ? FailureOr<Sizes>(failure())
                                         : axisFlags(n, 1, "axis", n.rank(0));
  if (failed(flags))
    return failure();
  bool exclusive = n.attrInt("exclusive", 0), reverse = n.attrInt("reverse", 0);
  Value x = n.input(0);
  for (auto [i, flag] : llvm::enumerate(*flags)) {
    int64_t axis = i;
    x = choose(
        g, flag,
        [&] { return g.emit<nn::ScanOp>(kind, x, axis, exclusive, reverse); },
        [&] { return x; });
  }
  return n.set(x);
}

void registerReductions(Registry &registry) {
  registry.add("ArgMax", convertArg<nn::ReduceKind::max>);
  registry.add("ArgMin", convertArg<nn::ReduceKind::min>);
  registry.add("CumProd", convertScan<nn::ReduceKind::product>);
  registry.add("CumSum", convertScan<nn::ReduceKind::sum>);
  registry.add("ReduceL1", composed<makeL1>);
  registry.add("ReduceL2", composed<makeL2, /*throughFloat=*/true>);
  registry.add("ReduceLogSum", composed<makeLogSum, /*throughFloat=*/true>);
  registry.add("ReduceLogSumExp",
               composed<makeLogSumExp, /*throughFloat=*/true>);
  registry.add("ReduceMax", convertReduce<nn::ReduceKind::max>);
  registry.add("ReduceMean", composed<makeMean>);
  registry.add("ReduceMin", convertReduce<nn::ReduceKind::min>);
  registry.add("ReduceProd", convertReduce<nn::ReduceKind::product>);
  registry.add("ReduceSum", convertReduce<nn::ReduceKind::sum>);
  registry.add("ReduceSumSquare", composed<makeSumSquare>);
}

} // namespace ds::onnx
