//===- TransposeStage.cpp - elements that are read along another dimension ===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where memory is written along one dimension and read along another, vectors
// along either make the other access a gather or a scatter, one element at a
// time. Here square tiles are read as vectors along the one, transposed in
// registers, and written along the other. This serves transposes, panels made
// from rows of another direction, and what is computed element by element from
// such operands.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {
namespace {

/// Positions along either dimension that are worked on together, so that few
/// pages and cache lines are in use at one time.
constexpr int64_t Block = 128;

/// Result dimensions, outer ones first, along which memory is one contiguous
/// line: a long axis where the innermost dimension alone is short, as the
/// window of a filter is.
struct Axis {
  struct Dim {
    int64_t dim, extent;
    bool isReversed;
  };
  SmallVector<Dim> dims;

  int64_t extent() const {
    int64_t product = 1;
    for (const Dim &dim : dims)
      product *= dim.extent;
    return product;
  }
  bool contains(int64_t dim) const {
    return llvm::any_of(dims, [=](const Dim &d) { return d.dim == dim; });
  }
  bool isPlain() const { return dims.size() == 1 && !dims[0].isReversed; }
  /// Sets the indices at position `m` of the line.
  void emitIndices(ElementEmitter &e, Value m,
                   MutableArrayRef<LaneValue> indices) const {
    SmallVector<Value> extents;
    for (const Dim &dim : dims)
      extents.push_back(e.constant(dim.extent));
    for (auto [dim, index] :
         llvm::zip_equal(dims, emitDelinearize(e, m, extents)))
      indices[dim.dim] = LaneValue::uniform(
          dim.isReversed ? e.sub(e.constant(dim.extent - 1), index) : index);
  }
};

/// The axis along which memory of shape `memory`, read at `map`, is contiguous,
/// without dimensions of `other`; it ends once it is `enough` long.
Axis findAxis(ArrayRef<int64_t> memory, AffineMap map, ArrayRef<int64_t> shape,
              const Axis &other, int64_t enough) {
  Axis axis;
  for (int64_t dim = static_cast<int64_t>(memory.size()) - 1;
       dim >= 0 && axis.extent() < enough; --dim) {
    AffineExpr expr = map.getResult(dim);
    if (memory[dim] == 1)
      continue;
    // Plus or minus one dimension, and an offset.
    int64_t loop = -1, others = 0;
    for (unsigned d = 0; d < map.getNumDims(); ++d) {
      loop = expr.isFunctionOfDim(d) ? d : loop;
      others += expr.isFunctionOfDim(d);
    }
    if (others != 1 || other.contains(loop) || axis.contains(loop) ||
        llvm::count_if(map.getResults(), [&](AffineExpr e) {
          return e.isFunctionOfDim(loop);
        }) != 1)
      break;
    AffineExpr step = getAffineDimExpr(loop, map.getContext());
    auto constant = [&](AffineExpr rest) -> std::optional<int64_t> {
      auto value = dyn_cast<AffineConstantExpr>(
          simplifyAffineExpr(rest, map.getNumDims(), /*numSymbols=*/0));
      return value ? std::optional(value.getValue()) : std::nullopt;
    };
    std::optional<int64_t> ahead = constant(expr - step),
                           back = constant(expr + step);
    bool isWhole =
        shape[loop] == memory[dim] && (ahead == 0 || back == memory[dim] - 1);
    if (!isWhole && !ahead)
      break;
    axis.dims.insert(axis.dims.begin(), {loop, shape[loop], !ahead});
    if (!isWhole)
      break;
  }
  return axis;
}

ArrayRef<int64_t> shapeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape();
}

Axis axisOf(const Read &read, ArrayRef<int64_t> shape, const Axis &other,
            const ElementEmitter &e) {
  if (e.buffers.find(read.tensor)->second.panels)
    return {};
  return findAxis(shapeOf(read.tensor), read.map, shape, other, Block);
}

/// Where neighbours are neighbours in a destination: no longer than two vectors
/// need, to leave dimensions to the loads. Vectors do not cross the blocks of
/// panels.
Axis axisOf(const StoredValue &value, ArrayRef<int64_t> shape,
            const Axis &other, const ElementEmitter &e) {
  if (exec::PanelsAttr panels =
          e.buffers.find(value.destination)->second.panels) {
    int64_t dim = panels.getPermutation().back();
    return Axis{{{dim, shape[dim], /*isReversed=*/false}}};
  }
  return findAxis(shape,
                  AffineMap::getMultiDimIdentityMap(shape.size(),
                                                    value.tensor.getContext()),
                  shape, other, /*enough=*/32);
}

/// Whether vectors along `axis` read memory as they are, or one element of it.
bool isReadAlong(const Read &read, const Axis &axis, ArrayRef<int64_t> shape,
                 const ElementEmitter &e) {
  auto moves = [&](const Axis::Dim &dim) {
    return read.map.isFunctionOfDim(dim.dim);
  };
  if (llvm::none_of(axis.dims, moves))
    return true;
  Axis own = axisOf(read, shape, {}, e);
  return own.dims.size() >= axis.dims.size() &&
         llvm::all_of_zip(
             ArrayRef(own.dims).take_back(axis.dims.size()), axis.dims,
             [](const Axis::Dim &x, const Axis::Dim &y) {
               return x.dim == y.dim && x.isReversed == y.isReversed;
             });
}

bool haveSameDims(const Axis &x, const Axis &y) {
  return llvm::equal(x.dims, y.dims,
                     [](const Axis::Dim &a, const Axis::Dim &b) {
                       return a.dim == b.dim && a.isReversed == b.isReversed;
                     });
}

struct TransposePlan {
  SmallVector<StoredValue> values;
  SmallVector<Read> sources; ///< read along `loads`
  SmallVector<int64_t> shape;
  Axis stores, loads;
  int64_t lanes = 1;

  /// Work before it is shared out: extents of the outer dimensions, then blocks
  /// along the two axes.
  SmallVector<int64_t> grid() const {
    SmallVector<int64_t> extents;
    for (auto [dim, extent] : llvm::enumerate(shape))
      if (!stores.contains(dim) && !loads.contains(dim))
        extents.push_back(extent);
    for (const Axis *axis : {&stores, &loads})
      extents.push_back(llvm::divideCeil(axis->extent(), Block));
    return extents;
  }
  int64_t total() const { return llvm::product_of(grid()); }
  int64_t group() const {
    return std::max<int64_t>(1,
                             GrainElements / (std::min(Block, stores.extent()) *
                                              std::min(Block, loads.extent())));
  }

  Value emitItemCount(ElementEmitter &e) const {
    return e.constant(llvm::divideCeil(total(), group()));
  }

  SmallVector<LaneValue> indicesAt(ElementEmitter &e, ArrayRef<Value> outer,
                                   Value store, Value load) const {
    SmallVector<LaneValue> indices(shape.size());
    for (int64_t dim = 0, rank = shape.size(); dim < rank; ++dim)
      if (!stores.contains(dim) && !loads.contains(dim)) {
        indices[dim] = LaneValue::uniform(outer.front());
        outer = outer.drop_front();
      }
    stores.emitIndices(e, store, indices);
    loads.emitIndices(e, load, indices);
    return indices;
  }

  /// Vectors of a source from one position: its line goes on behind the end of
  /// the innermost dimension.
  Value emitLine(ElementEmitter &e, const Read &source,
                 ArrayRef<LaneValue> indices) const {
    SmallVector<LaneValue> place;
    for (AffineExpr expr : source.map.getResults())
      place.push_back(e.emitAffine(expr, indices));
    ArrayRef<int64_t> memory = shapeOf(source.tensor);
    int64_t innermost = memory.size() - 1;
    while (memory[innermost] == 1)
      --innermost;
    place[innermost] = LaneValue::linear(place[innermost].base, 1);
    return e.toVector(e.emitLoad(e.buffers.find(source.tensor)->second, place));
  }

  /// A tile of `numStores` by `numLoads` positions, at most as many as lanes.
  void emitTile(ElementEmitter &e, ArrayRef<Value> outer, Value store,
                int64_t numStores, Value load, int64_t numLoads) const {
    auto maskOf = [&](int64_t count) {
      return count < lanes ? emitMask(e, e.constant(count)) : Value();
    };
    SmallVector<SmallVector<Value>> columns(sources.size());
    e.mask = maskOf(numLoads);
    for (int64_t i = 0; i < numStores; ++i) {
      SmallVector<LaneValue> indices =
          indicesAt(e, outer, e.add(store, e.constant(i)), load);
      for (auto [source, rows] : llvm::zip_equal(sources, columns))
        rows.push_back(emitLine(e, source, indices));
    }
    for (SmallVector<Value> &rows : columns) {
      // What the mask of the stores leaves out may be anything.
      rows.resize(lanes, rows.front());
      transposeSquare(e, rows);
    }
    e.mask = maskOf(numStores);
    for (int64_t j = 0; j < numLoads; ++j) {
      for (auto [source, rows] : llvm::zip_equal(sources, columns))
        e.known[source.tensor] = LaneValue::vector(rows[j]);
      SmallVector<LaneValue> indices =
          indicesAt(e, outer, store, e.add(load, e.constant(j)));
      LaneValue &innermost = indices[stores.dims.back().dim];
      innermost = LaneValue::linear(innermost.base, 1);
      SmallVector<LaneValue> elements;
      for (const StoredValue &value : values)
        elements.push_back(e.emitElement(value.tensor, indices));
      for (auto [value, element] : llvm::zip_equal(values, elements))
        e.emitStore(e.buffers.find(value.destination)->second, indices,
                    element);
    }
    for (const Read &source : sources)
      e.known.erase(source.tensor);
    e.mask = Value();
  }

  /// `body` at the first position of each tile of a block, and the number of
  /// positions.
  void emitAlong(ElementEmitter &e, int64_t extent, Value low,
                 llvm::function_ref<void(Value, int64_t)> body) const {
    Value high = e.min(e.add(low, e.constant(Block)), e.constant(extent));
    int64_t rest = extent % lanes;
    Value whole = rest ? e.min(high, e.constant(extent - rest)) : high;
    if (extent >= lanes)
      emitLoop(e, low, whole, lanes, [&](Value i) { body(i, lanes); });
    if (rest)
      emitLoop(e, whole, high, rest, [&](Value i) { body(i, rest); });
  }

  void emitItem(ElementEmitter &e, Value item) const {
    SmallVector<Value> extents;
    for (int64_t extent : grid())
      extents.push_back(e.constant(extent));
    e.lanes = lanes;
    Value first = e.mul(item, e.constant(group()));
    Value last = e.min(e.add(first, e.constant(group())), e.constant(total()));
    emitLoop(e, first, last, 1, [&](Value position) {
      SmallVector<Value> index = emitDelinearize(e, position, extents);
      Value load = e.mul(index.pop_back_val(), e.constant(Block)),
            store = e.mul(index.pop_back_val(), e.constant(Block));
      emitAlong(e, stores.extent(), store, [&](Value s, int64_t numStores) {
        emitAlong(e, loads.extent(), load, [&](Value l, int64_t numLoads) {
          emitTile(e, index, s, numStores, l, numLoads);
        });
      });
    });
  }
};

} // namespace

void transposeSquare(ElementEmitter &e, SmallVectorImpl<Value> &rows) {
  int64_t size = rows.size();
  for (int64_t half = size / 2; half >= 1; half /= 2)
    for (int64_t row = 0; row < size; ++row) {
      if (row & half)
        continue;
      SmallVector<int64_t> low, high;
      for (int64_t lane = 0; lane < size; ++lane) {
        low.push_back(lane & half ? size + lane - half : lane);
        high.push_back(lane & half ? size + lane : lane + half);
      }
      Value first = rows[row], second = rows[row + half];
      rows[row] = vector::ShuffleOp::create(e.b, e.loc, first, second, low);
      rows[row + half] =
          vector::ShuffleOp::create(e.b, e.loc, first, second, high);
    }
}

std::optional<Stage> planTransposeStage(ArrayRef<StoredValue> values,
                                        ElementEmitter &emitter,
                                        const CpuTarget &target,
                                        std::string &reason) {
  auto fail = [&](const char *why) {
    reason = why;
    return std::nullopt;
  };
  TransposePlan plan;
  plan.values.assign(values.begin(), values.end());
  plan.shape.assign(
      cast<RankedTensorType>(values[0].tensor.getType()).getShape());
  plan.lanes = target.lanes;
  if (ShapedType::isDynamicShape(plan.shape))
    return fail("no static plane to transpose");
  plan.stores = axisOf(values[0], plan.shape, {}, emitter);
  SmallVector<Read> reads;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(
      plan.shape.size(), values[0].tensor.getContext());
  bool usesIndices = false;
  for (const StoredValue &value : values)
    if (!value.offsets.empty() || !emitter.canEmit(value.tensor, reason) ||
        !collectReads(value.tensor, identity, emitter, reads, usesIndices))
      return fail("elements of a form that is not transposed");
  if (plan.stores.dims.empty())
    return fail("a single element");
  // The axis of the loads begins at the innermost dimension of the first source
  // that is not read along that of the stores; the latter then ends before it.
  Axis innermost{{plan.stores.dims.back()}};
  for (const Read &read : reads)
    if (plan.loads.dims.empty() &&
        !isReadAlong(read, innermost, plan.shape, emitter))
      plan.loads = axisOf(read, plan.shape, innermost, emitter);
  if (plan.loads.dims.empty())
    return fail("nothing is read along another dimension");
  Axis first{{plan.loads.dims.back()}};
  plan.stores = axisOf(values[0], plan.shape, first, emitter);
  for (const StoredValue &value : values)
    if (!haveSameDims(axisOf(value, plan.shape, first, emitter), plan.stores))
      return fail("results that are stored along different dimensions");
  plan.loads.dims.clear();
  DenseMap<Value, AffineMap> maps;
  for (const Read &read : reads) {
    // One tensor, one element per position: the transposed one stands for it.
    auto [known, isNew] = maps.insert({read.tensor, read.map});
    if (known->second != read.map)
      return fail("a tensor that is read at several positions");
    if (!isNew || isReadAlong(read, plan.stores, plan.shape, emitter))
      continue;
    Axis axis = axisOf(read, plan.shape, plan.stores, emitter);
    if (axis.dims.empty() ||
        (!plan.sources.empty() && !haveSameDims(axis, plan.loads)))
      return fail("operands that are read along different dimensions");
    if (cast<RankedTensorType>(read.tensor.getType())
            .getElementType()
            .isInteger(1))
      return fail("booleans, whose vectors have no lanes to exchange");
    plan.loads = axis;
    plan.sources.push_back(read);
  }
  if (plan.sources.empty())
    return fail("nothing is read along another dimension");
  if (usesIndices && plan.stores.dims.size() > 1)
    return fail("positions along more than one dimension");
  // Narrow planes leave most of a square empty.
  if (2 * std::min(plan.stores.extent(), plan.loads.extent()) < plan.lanes)
    return fail("a plane narrower than half a vector");
  return makeStage(plan, "transpose " + std::to_string(plan.lanes) + "x" +
                             std::to_string(plan.lanes));
}

} // namespace ds
