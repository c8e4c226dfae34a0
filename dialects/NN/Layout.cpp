//===- Layout.cpp - nn ops on transposed operands -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models of LayoutOpInterface: for each op, which dimensions correspond, and
// the op with its dimension numbers in another order. Attached from outside, so
// that only the topic Layout is built against the interface.
//
//===----------------------------------------------------------------------===//
#include "dialects/Interfaces/Layout.h"

#include "dialects/NN/NNInternal.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;

//===----------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------===//

static SmallVector<DimGroup> sameDims(int64_t rank) {
  SmallVector<DimGroup> groups;
  for (int64_t dim = 0; dim < rank; ++dim)
    groups.push_back({{dim}, {dim}});
  return groups;
}

static SmallVector<int64_t> reorder(ArrayRef<int64_t> values,
                                    ArrayRef<int64_t> order) {
  SmallVector<int64_t> moved;
  for (int64_t dim : order)
    moved.push_back(values[dim]);
  return moved;
}

/// `values` belong to the entries of `statics` that are dynamic, in order.
static SmallVector<Value> reorderDynamic(ArrayRef<int64_t> statics,
                                         ValueRange values,
                                         ArrayRef<int64_t> order) {
  SmallVector<Value> moved;
  for (int64_t dim : order)
    if (ShapedType::isDynamic(statics[dim]))
      moved.push_back(values[llvm::count_if(statics.take_front(dim),
                                            ShapedType::isDynamic)]);
  return moved;
}

static int64_t placeOf(int64_t dim, ArrayRef<int64_t> order) {
  return llvm::find(order, dim) - order.begin();
}

/// Places of `dims`, in increasing order.
static SmallVector<int64_t> placesOf(ArrayRef<int64_t> dims,
                                     ArrayRef<int64_t> order) {
  SmallVector<int64_t> places;
  for (int64_t dim : dims)
    places.push_back(placeOf(dim, order));
  llvm::sort(places);
  return places;
}

/// Rows that lie along the innermost dimensions stay there: vectors run along
/// them.
static bool keepsRowsInnermost(FusionOpInterface op, const LayoutMove &move) {
  ArrayRef<int64_t> order = move.operands.front();
  SmallVector<int64_t> dims = op.getRowReducedDims();
  int64_t rank = order.size(), first = rank - dims.size();
  auto areInnermost = [&](ArrayRef<int64_t> dims) {
    return llvm::all_of(dims, [&](int64_t dim) { return dim >= first; });
  };
  return !areInnermost(dims) || areInnermost(placesOf(dims, order));
}

/// All dimensions but `dims`, which are dropped.
static SmallVector<DimGroup> dropDims(int64_t rank, ArrayRef<int64_t> dims) {
  SmallVector<DimGroup> groups;
  int64_t next = 0;
  for (int64_t dim = 0; dim < rank; ++dim) {
    groups.push_back({{dim}, {}});
    if (!llvm::is_contained(dims, dim))
      groups.back().result.push_back(next++);
  }
  return groups;
}

namespace {

template <typename Model, typename Op>
using LayoutModel = LayoutOpInterface::ExternalModel<Model, Op>;

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

struct BroadcastLayout : LayoutModel<BroadcastLayout, BroadcastOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned number) const {
    auto broadcast = cast<BroadcastOp>(op);
    SmallVector<DimGroup> groups;
    int64_t next = 0, count = broadcast.getDims().size();
    if (number != 0 || count == 0)
      return groups;
    for (int64_t dim = 0, rank = broadcast.getType().getRank(); dim < rank;
         ++dim) {
      groups.push_back({{}, {dim}});
      if (next < count && broadcast.getDims()[next] == dim)
        groups.back().operand.push_back(next++);
    }
    return groups;
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto broadcast = cast<BroadcastOp>(op);
    SmallVector<int64_t> dims;
    for (int64_t dim : move.operands[0])
      dims.push_back(placeOf(broadcast.getDims()[dim], move.result));
    return BroadcastOp::create(
        b, op->getLoc(), movedType(broadcast.getType(), move.result),
        operands[0],
        reorderDynamic(broadcast.getType().getShape(), broadcast.getSizes(),
                       move.result),
        dims);
  }
};

struct TransposeLayout : LayoutModel<TransposeLayout, TransposeOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned) const {
    SmallVector<DimGroup> groups;
    for (auto [dim, source] :
         llvm::enumerate(cast<TransposeOp>(op).getPermutation()))
      groups.push_back({{source}, {static_cast<int64_t>(dim)}});
    return groups;
  }
  Value rebuildMoved(Operation *, OpBuilder &, const LayoutMove &,
                     ValueRange operands) const {
    // Both sides come in the same order.
    return operands[0];
  }
};

/// Splits both shapes of a reshape into the smallest parts that surely have as
/// many elements on either side, from both ends; what is left is one part.
class ReshapeGroups {
public:
  explicit ReshapeGroups(ReshapeOp op)
      : op(op), from(op.getOperand().getType().getShape()),
        to(op.getType().getShape()), fromEnd(from.size()), toEnd(to.size()) {}

  SmallVector<DimGroup> run() {
    while (takeFront()) {
    }
    while (takeBack()) {
    }
    if (fromBegin < fromEnd || toBegin < toEnd)
      front.push_back({range(fromBegin, fromEnd), range(toBegin, toEnd)});
    front.append(back.rbegin(), back.rend());
    return front;
  }

private:
  static SmallVector<int64_t> range(int64_t begin, int64_t end) {
    return llvm::to_vector(llvm::seq<int64_t>(begin, end));
  }

  bool isSame(int64_t source, int64_t target) {
    if (!ShapedType::isDynamic(to[target]))
      return from[source] == to[target];
    int64_t number = op.getType().getDynamicDimIndex(target);
    return isSizeOf(op.getSizes()[number], op.getOperand(), source);
  }

  bool takeFront() {
    bool hasFrom = fromBegin < fromEnd, hasTo = toBegin < toEnd;
    if (hasFrom && hasTo && isSame(fromBegin, toBegin))
      front.push_back({{fromBegin++}, {toBegin++}});
    else if (hasFrom && from[fromBegin] == 1)
      front.push_back({{fromBegin++}, {}});
    else if (hasTo && to[toBegin] == 1)
      front.push_back({{}, {toBegin++}});
    else
      return hasFrom && hasTo && takeProduct();
    return true;
  }

  bool takeBack() {
    bool hasFrom = fromBegin < fromEnd, hasTo = toBegin < toEnd;
    if (hasFrom && hasTo && isSame(fromEnd - 1, toEnd - 1))
      back.push_back({{--fromEnd}, {--toEnd}});
    else if (hasFrom && from[fromEnd - 1] == 1)
      back.push_back({{--fromEnd}, {}});
    else if (hasTo && to[toEnd - 1] == 1)
      back.push_back({{}, {--toEnd}});
    else
      return false;
    return true;
  }

  /// Static extents with one product.
  bool takeProduct() {
    int64_t i = fromBegin, j = toBegin, fromProduct = 1, toProduct = 1;
    do {
      bool growFrom = fromProduct <= toProduct;
      int64_t &place = growFrom ? i : j;
      int64_t end = growFrom ? fromEnd : toEnd;
      if (place == end)
        return false;
      int64_t extent = growFrom ? from[place] : to[place];
      if (ShapedType::isDynamic(extent) || extent == 0)
        return false;
      (growFrom ? fromProduct : toProduct) *= extent;
      ++place;
    } while (fromProduct != toProduct || j == toBegin);
    front.push_back({range(fromBegin, i), range(toBegin, j)});
    fromBegin = i;
    toBegin = j;
    return true;
  }

  ReshapeOp op;
  ArrayRef<int64_t> from, to;
  int64_t fromBegin = 0, toBegin = 0, fromEnd, toEnd;
  SmallVector<DimGroup> front, back;
};

struct ReshapeLayout : LayoutModel<ReshapeLayout, ReshapeOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned number) const {
    if (number != 0)
      return {};
    return ReshapeGroups(cast<ReshapeOp>(op)).run();
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto reshape = cast<ReshapeOp>(op);
    return ReshapeOp::create(
        b, op->getLoc(), movedType(reshape.getType(), move.result), operands[0],
        reorderDynamic(reshape.getType().getShape(), reshape.getSizes(),
                       move.result));
  }
};

struct SliceLayout : LayoutModel<SliceLayout, SliceOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned number) const {
    if (number != 0)
      return {};
    return sameDims(cast<SliceOp>(op).getType().getRank());
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto slice = cast<SliceOp>(op);
    ArrayRef<int64_t> order = move.result;
    return SliceOp::create(
        b, op->getLoc(), movedType(slice.getType(), order), operands[0],
        reorderDynamic(slice.getStaticOffsets(), slice.getOffsets(), order),
        reorderDynamic(slice.getType().getShape(), slice.getSizes(), order),
        reorder(slice.getStaticOffsets(), order),
        reorder(slice.getStrides(), order));
  }
};

struct ConcatLayout : LayoutModel<ConcatLayout, ConcatOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned) const {
    return sameDims(cast<ConcatOp>(op).getType().getRank());
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto concat = cast<ConcatOp>(op);
    return ConcatOp::create(
        b, op->getLoc(), movedType(concat.getType(), move.result), operands,
        placeOf(static_cast<int64_t>(concat.getAxis()), move.result));
  }
};

struct PadLayout : LayoutModel<PadLayout, PadOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned number) const {
    if (number != 0)
      return {};
    return sameDims(cast<PadOp>(op).getType().getRank());
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto pad = cast<PadOp>(op);
    ArrayRef<int64_t> order = move.result, low = pad.getStaticLow(),
                      high = pad.getStaticHigh();
    return PadOp::create(
        b, op->getLoc(), movedType(pad.getType(), order), operands[0],
        pad.getValue(), reorderDynamic(low, pad.getLow(), order),
        reorderDynamic(high, pad.getHigh(), order), pad.getMode(),
        reorder(low, order), reorder(high, order));
  }
};

struct GatherLayout : LayoutModel<GatherLayout, GatherOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned number) const {
    auto gather = cast<GatherOp>(op);
    SmallVector<DimGroup> groups;
    int64_t next = 0, axis = gather.getAxis(),
            indexRank = gather.getIndices().getType().getRank();
    if (number != 0)
      return groups;
    for (int64_t dim = 0, rank = gather.getData().getType().getRank();
         dim < rank; ++dim) {
      groups.push_back({{dim}, {}});
      for (int64_t i = 0, count = dim == axis ? indexRank : 1; i < count; ++i)
        groups.back().result.push_back(next++);
    }
    return groups;
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto gather = cast<GatherOp>(op);
    return GatherOp::create(
        b, op->getLoc(), movedType(gather.getType(), move.result), operands[0],
        operands[1],
        placeOf(static_cast<int64_t>(gather.getAxis()), move.operands[0]));
  }
  bool acceptsMove(Operation *op, const LayoutMove &move) const {
    // The dimensions of the indices replace the axis as they are.
    auto gather = cast<GatherOp>(op);
    int64_t axis = gather.getAxis(),
            indexRank = gather.getIndices().getType().getRank(),
            place = placeOf(axis, move.operands[0]);
    for (int64_t i = 0; i < indexRank; ++i)
      if (move.result[place + i] != axis + i)
        return false;
    return true;
  }
};

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

struct ReduceLayout : LayoutModel<ReduceLayout, ReduceOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned) const {
    auto reduce = cast<ReduceOp>(op);
    return dropDims(reduce.getOperand().getType().getRank(), reduce.getDims());
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto reduce = cast<ReduceOp>(op);
    return ReduceOp::create(
        b, op->getLoc(), movedType(reduce.getType(), move.result),
        reduce.getKind(), operands[0],
        b.getDenseI64ArrayAttr(placesOf(reduce.getDims(), move.operands[0])));
  }
};

struct ArgReduceLayout : LayoutModel<ArgReduceLayout, ArgReduceOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned) const {
    auto reduce = cast<ArgReduceOp>(op);
    return dropDims(reduce.getOperand().getType().getRank(),
                    static_cast<int64_t>(reduce.getAxis()));
  }
  bool acceptsMove(Operation *op, const LayoutMove &move) const {
    return keepsRowsInnermost(cast<FusionOpInterface>(op), move);
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto reduce = cast<ArgReduceOp>(op);
    return ArgReduceOp::create(
        b, op->getLoc(), movedType(reduce.getType(), move.result),
        reduce.getKind(), operands[0],
        placeOf(static_cast<int64_t>(reduce.getAxis()), move.operands[0]),
        reduce.getLast());
  }
};

struct SoftmaxLayout : LayoutModel<SoftmaxLayout, SoftmaxOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned) const {
    return sameDims(cast<SoftmaxOp>(op).getType().getRank());
  }
  bool acceptsMove(Operation *op, const LayoutMove &move) const {
    return keepsRowsInnermost(cast<FusionOpInterface>(op), move);
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto softmax = cast<SoftmaxOp>(op);
    return SoftmaxOp::create(
        b, op->getLoc(), movedType(softmax.getType(), move.result), operands[0],
        placeOf(static_cast<int64_t>(softmax.getAxis()), move.result),
        softmax.getLog());
  }
};

struct NormalizeLayout : LayoutModel<NormalizeLayout, NormalizeOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned) const {
    return sameDims(cast<NormalizeOp>(op).getType().getRank());
  }
  bool acceptsMove(Operation *op, const LayoutMove &move) const {
    return keepsRowsInnermost(cast<FusionOpInterface>(op), move);
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto normalize = cast<NormalizeOp>(op);
    return NormalizeOp::create(
        b, op->getLoc(), movedType(normalize.getType(), move.result),
        operands[0], placesOf(normalize.getDims(), move.result),
        normalize.getEpsilon(), normalize.getRms());
  }
};

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

struct PoolLayout : LayoutModel<PoolLayout, PoolOp> {
  SmallVector<DimGroup> getDimGroups(Operation *op, unsigned number) const {
    if (number != 0)
      return {};
    return sameDims(cast<PoolOp>(op).getType().getRank());
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto pool = cast<PoolOp>(op);
    ArrayRef<int64_t> order = move.result;
    return PoolOp::create(
        b, op->getLoc(), movedType(pool.getType(), order), pool.getKind(),
        operands[0],
        reorderDynamic(pool.getType().getShape(), pool.getSizes(), order),
        reorder(pool.getWindow(), order), reorder(pool.getStrides(), order),
        reorder(pool.getLow(), order), reorder(pool.getHigh(), order),
        reorder(pool.getDilations(), order), pool.getCountIncludePad());
  }
};

/// Made of constants alone, such as a quantised weight and its scale.
bool isFrozen(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  return op->hasTrait<OpTrait::ConstantLike>() ||
         (isa<ElementwiseOpInterface, BroadcastOp, ReshapeOp>(op) &&
          llvm::all_of(op->getOperands(), isFrozen));
}

/// Features innermost, so that vectors run along them whatever the spatial
/// extents are. It never takes part in moves that others ask for.
struct ConvLayout : LayoutModel<ConvLayout, ConvOp> {
  bool acceptsMove(Operation *, const LayoutMove &) const { return false; }
  std::optional<LayoutMove> getPreferredMove(Operation *op) const {
    auto conv = cast<ConvOp>(op);
    auto featuresLast = [](ArrayRef<int64_t> layout) {
      SmallVector<int64_t> order{layout[0]};
      llvm::append_range(order, layout.drop_front(2));
      order.push_back(layout[1]);
      return order;
    };
    auto batchLast = [](ArrayRef<int64_t> layout) {
      SmallVector<int64_t> order{layout[1]};
      llvm::append_range(order, layout.drop_front(2));
      order.push_back(layout[0]);
      return order;
    };
    // Frozen filters are packed when kernels are formed, in any order. Others
    // are read along the output features; with groups, which are narrower than
    // panels, and with one feature, where vectors run along the inputs', so are
    // frozen ones.
    ArrayRef<int64_t> layout = conv.getFilterLayout();
    bool isPacked = conv.getFeatureGroups() == 1 &&
                    conv.getFilter().getType().getDimSize(layout[0]) != 1 &&
                    isFrozen(conv.getFilter());
    SmallVector<int64_t> filter;
    if (isWindowWide(conv))
      // What stands in the place of images are features of the convolution
      // that the gradient belongs to, and what is summed over its images: both
      // operands stay as they are.
      return LayoutMove{{batchLast(conv.getInputLayout()), batchLast(layout)},
                        featuresLast(conv.getOutputLayout())};
    if (isPacked) {
      filter = identityOrder(layout.size());
    } else {
      filter.assign(layout.begin() + 2, layout.end());
      filter.append({layout[1], layout[0]});
    }
    return LayoutMove{{featuresLast(conv.getInputLayout()), filter},
                      featuresLast(conv.getOutputLayout())};
  }
  /// Whether more positions are summed over than there are results, for a
  /// filter that is computed: the gradient by a filter.
  static bool isWindowWide(ConvOp conv) {
    RankedTensorType filter = conv.getFilter().getType(),
                     result = conv.getType();
    if (!filter.hasStaticShape() || !result.hasStaticShape() ||
        conv.getFeatureGroups() != 1 || conv.getBatchGroups() != 1 ||
        isFrozen(conv.getFilter()))
      return false;
    int64_t summed = 1, results = 1;
    for (int64_t dim : conv.getFilterLayout().drop_front(2))
      summed *= filter.getDimSize(dim);
    for (int64_t dim : conv.getOutputLayout().drop_front(2))
      results *= result.getDimSize(dim);
    return summed > results;
  }
  Value rebuildMoved(Operation *op, OpBuilder &b, const LayoutMove &move,
                     ValueRange operands) const {
    auto conv = cast<ConvOp>(op);
    auto relayout = [](ArrayRef<int64_t> layout, ArrayRef<int64_t> order) {
      SmallVector<int64_t> moved;
      for (int64_t dim : layout)
        moved.push_back(placeOf(dim, order));
      return moved;
    };
    return ConvOp::create(
        b, op->getLoc(), movedType(conv.getType(), move.result), operands[0],
        operands[1], relayout(conv.getInputLayout(), move.operands[0]),
        relayout(conv.getFilterLayout(), move.operands[1]),
        relayout(conv.getOutputLayout(), move.result), conv.getStrides(),
        conv.getPadLow(), conv.getPadHigh(), conv.getInputDilation(),
        conv.getWindowDilation(), conv.getFeatureGroups(),
        conv.getBatchGroups());
  }
};

} // namespace

void nn::attachLayoutModels(MLIRContext &context) {
  ArgReduceOp::attachInterface<ArgReduceLayout>(context);
  BroadcastOp::attachInterface<BroadcastLayout>(context);
  ConcatOp::attachInterface<ConcatLayout>(context);
  ConvOp::attachInterface<ConvLayout>(context);
  GatherOp::attachInterface<GatherLayout>(context);
  NormalizeOp::attachInterface<NormalizeLayout>(context);
  PadOp::attachInterface<PadLayout>(context);
  PoolOp::attachInterface<PoolLayout>(context);
  ReduceOp::attachInterface<ReduceLayout>(context);
  ReshapeOp::attachInterface<ReshapeLayout>(context);
  SliceOp::attachInterface<SliceLayout>(context);
  SoftmaxOp::attachInterface<SoftmaxLayout>(context);
  TransposeOp::attachInterface<TransposeLayout>(context);
}
