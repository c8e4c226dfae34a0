//===- ConvToDot.cpp - the pass ds-conv-to-dot
//-----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A convolution with a window of one position is a matrix product over all
// positions. As one, its rows are all positions at once instead of those of one
// line, so that register tiles stay full on small images. What follows element
// by element moves to the flat shape as well: with a reshape in between it
// could not share the product's kernel.
//
//===----------------------------------------------------------------------===//
#include "dialects/NN/Shapes.h"
#include "passes/Layout/Layout.h"
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_CONVTODOTPASS
#include "passes/Layout/Passes.h.inc"

namespace {

RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Whether `op` multiplies each position's features, which are innermost, by
/// one matrix.
bool isDot(nn::ConvOp op) {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  int64_t rank = op.getInputLayout().size();
  auto isFeaturesLast = [&](ArrayRef<int64_t> layout) {
    return layout[0] == 0 && layout[1] == rank - 1 &&
           llvm::equal(layout.drop_front(2), llvm::seq<int64_t>(1, rank - 1));
  };
  return op.getFeatureGroups() == 1 && op.getBatchGroups() == 1 &&
         all(op.getStrides(), 1) && all(op.getPadLow(), 0) &&
         all(op.getPadHigh(), 0) && all(op.getInputDilation(), 1) &&
         isFeaturesLast(op.getInputLayout()) &&
         isFeaturesLast(op.getOutputLayout()) &&
         llvm::all_of(op.getFilterLayout().drop_front(2), [&](int64_t dim) {
           return op.getFilter().getType().getDimSize(dim) == 1;
         });
}

/// Whether the result, after what follows element by element, is only padded.
/// The kernel that computes it then stores it within the frame, which it could
/// not do with a flat result.
bool isOnlyFramed(Value value) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    auto fusible = dyn_cast<FusionOpInterface>(user);
    if (fusible && fusible.getFusionRole() == FusionRole::Frame)
      return user->getOperand(0) == value;
    if (!isa<ElementwiseOpInterface>(user))
      return false;
    value = user->getResult(0);
  }
  return false;
}

/// Whether lines are long enough for register tiles, and positions not so far
/// apart that they share sets of a cache, which products alone avoid.
bool isFineInLines(nn::ConvOp op) {
  constexpr int64_t LeastLine = 28, SetBytes = 2048;
  RankedTensorType result = op.getType(), input = op.getInput().getType();
  int64_t line = result.getDimSize(result.getRank() - 2);
  int64_t features = input.getDimSize(input.getRank() - 1);
  return line >= LeastLine && features > 0 &&
         features * input.getElementTypeBitWidth() / 8 % SetBytes != 0;
}

/// Works on one block, in order.
class Flattener {
public:
  explicit Flattener(Block &block) : block(block) {}

  bool run() {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (auto conv = dyn_cast<nn::ConvOp>(op);
          conv && isDot(conv) &&
          !(isOnlyFramed(conv.getResult()) && isFineInLines(conv)))
        replaceConv(conv);
      else if (isa<ElementwiseOpInterface>(op))
        flattenElementwise(&op);
    }
    for (Operation *op : llvm::reverse(replaced)) {
      restore(op->getResult(0));
      op->erase();
    }
    return !replaced.empty();
  }

private:
  /// What a value has become: [positions, features], and the sizes that it had.
  struct Flat {
    Value value;
    SmallVector<OpFoldResult> sizes;
  };

  void replace(Operation *op, Flat result) {
    flat[op->getResult(0)] = std::move(result);
    replaced.push_back(op);
  }

  void replaceConv(nn::ConvOp op) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    int64_t features = op.getFilterLayout()[0],
            inputs = op.getFilterLayout()[1];
    SmallVector<OpFoldResult> filterSizes{
        nn::sizeOf(b, loc, op.getFilter(), std::min(features, inputs)),
        nn::sizeOf(b, loc, op.getFilter(), std::max(features, inputs))};
    Type element = typeOf(op.getFilter()).getElementType();
    Value filter = reshape(b, loc, op.getFilter(),
                           nn::typeOfSizes(filterSizes, element), filterSizes);
    Flat input = flattenInput(b, loc, op.getInput());
    Value result = nn::DotOp::create(
        b, loc, input.value, filter, ArrayRef<int64_t>(), ArrayRef<int64_t>(),
        ArrayRef<int64_t>(1), ArrayRef<int64_t>(inputs > features),
        op.getType().getElementType());
    input.sizes.back() = filterSizes[inputs < features];
    replace(op, {result, input.sizes});
  }

  Flat flattenInput(OpBuilder &b, Location loc, Value value) {
    if (auto it = flat.find(value); it != flat.end())
      return it->second;
    SmallVector<OpFoldResult> sizes = nn::sizesOf(b, loc, value);
    OpFoldResult rows = b.getIndexAttr(1);
    for (OpFoldResult size : ArrayRef(sizes).drop_back())
      rows = nn::multiplySizes(b, loc, rows, size);
    SmallVector<OpFoldResult> flatSizes{rows, sizes.back()};
    RankedTensorType type =
        nn::typeOfSizes(flatSizes, typeOf(value).getElementType());
    return {reshape(b, loc, value, type, flatSizes), sizes};
  }

  void flattenElementwise(Operation *op) {
    auto isFlat = [&](Value operand) { return flat.contains(operand); };
    auto known = llvm::find_if(op->getOperands(), isFlat);
    if (known == op->getOperands().end() ||
        !llvm::all_of(op->getOperands(), [&](Value operand) {
          return isFlat(operand) || isCheapToFlatten(operand);
        }))
      return;
    OpBuilder b(op);
    Flat like = flat.find(*known)->second;
    SmallVector<OpFoldResult> flatSizes =
        nn::sizesOf(b, op->getLoc(), like.value);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto it = flat.find(operand);
      operands.push_back(it != flat.end()
                             ? it->second.value
                             : flattenLike(b, op->getLoc(), operand,
                                           typeOf(like.value), flatSizes));
    }
    Operation *flatOp = b.clone(*op);
    flatOp->setOperands(operands);
    flatOp->getResult(0).setType(
        typeOf(like.value).clone(typeOf(op->getResult(0)).getElementType()));
    replace(op, {flatOp->getResult(0), like.sizes});
  }

  /// Repeated along all positions.
  static bool isPerFeature(nn::BroadcastOp op) {
    for (auto [dim, target] : llvm::enumerate(op.getDims()))
      if (target != op.getType().getRank() - 1 &&
          typeOf(op.getOperand()).getDimSize(dim) != 1)
        return false;
    return true;
  }

  /// A reshape reads memory: what is otherwise computed where it is used would
  /// have to be stored for it.
  static bool isCheapToFlatten(Value value) {
    if (auto broadcast = value.getDefiningOp<nn::BroadcastOp>())
      return isPerFeature(broadcast);
    auto fusible = value.getDefiningOp<FusionOpInterface>();
    FusionRole role =
        fusible ? fusible.getFusionRole() : FusionRole::Standalone;
    return role != FusionRole::Injective && role != FusionRole::Movement;
  }

  /// `value` in the shape of `like` and with its sizes.
  static Value flattenLike(OpBuilder &b, Location loc, Value value,
                           RankedTensorType like,
                           ArrayRef<OpFoldResult> sizes) {
    RankedTensorType type = like.clone(typeOf(value).getElementType());
    auto broadcast = value.getDefiningOp<nn::BroadcastOp>();
    if (!broadcast)
      return reshape(b, loc, value, type, sizes);
    SmallVector<OpFoldResult> own;
    SmallVector<int64_t> dims;
    if (!broadcast.getDims().empty() &&
        broadcast.getDims().back() == broadcast.getType().getRank() - 1) {
      own.push_back(nn::sizeOf(b, loc, broadcast.getOperand(),
                               broadcast.getDims().size() - 1));
      dims.push_back(1);
    }
    Value operand = broadcast.getOperand();
    if (typeOf(operand).getRank() != static_cast<int64_t>(own.size()))
      operand = reshape(b, loc, operand,
                        nn::typeOfSizes(own, type.getElementType()), own);
    return nn::BroadcastOp::create(b, loc, type, operand,
                                   dynamicSizes(b, loc, type, sizes), dims);
  }

  /// The sizes that an op with a result of this type takes.
  static SmallVector<Value> dynamicSizes(OpBuilder &b, Location loc,
                                         RankedTensorType type,
                                         ArrayRef<OpFoldResult> sizes) {
    SmallVector<Value> values;
    for (auto [dim, size] : llvm::enumerate(sizes))
      if (type.isDynamicDim(dim))
        values.push_back(getValueOrCreateConstantIndexOp(b, loc, size));
    return values;
  }

  static Value reshape(OpBuilder &b, Location loc, Value value,
                       RankedTensorType type, ArrayRef<OpFoldResult> sizes) {
    return nn::ReshapeOp::create(b, loc, type, value,
                                 dynamicSizes(b, loc, type, sizes));
  }

  /// Gives users of a replaced value what they used.
  void restore(Value value) {
    const Flat &form = flat.find(value)->second;
    OpBuilder b(value.getDefiningOp());
    for (Operation *user : llvm::make_early_inc_range(value.getUsers())) {
      auto extent = dyn_cast<tensor::DimOp>(user);
      if (std::optional<int64_t> dim =
              extent ? extent.getConstantIndex() : std::nullopt) {
        extent.replaceAllUsesWith(getValueOrCreateConstantIndexOp(
            b, extent.getLoc(), form.sizes[*dim]));
        extent.erase();
      }
    }
    if (!value.use_empty())
      value.replaceAllUsesWith(
          reshape(b, value.getLoc(), form.value, typeOf(value), form.sizes));
  }

  Block &block;
  DenseMap<Value, Flat> flat;
  SmallVector<Operation *> replaced;
};

struct ConvToDotPass : impl::ConvToDotPassBase<ConvToDotPass> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks)
      replaceConvsByDots(*block);
  }
};

} // namespace

bool replaceConvsByDots(Block &block) { return Flattener(block).run(); }

} // namespace ds
