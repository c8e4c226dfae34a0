//===- FoldConstants.cpp - evaluate what depends on constants alone
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exported models compute shapes, masks and rearranged weights in the graph.
// MLIR's own folders see dense attributes only and would copy each weight into
// the context, so folding is a pass with a cost model: small results always,
// large ones only where the program does not grow by them.
//
//===----------------------------------------------------------------------===//
#include "passes/Analysis/Evaluator.h"
#include "passes/Simplify/Passes.h"
#include "passes/Simplify/Simplify.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_FOLDCONSTANTSPASS
#include "passes/Simplify/Passes.h.inc"

/// A broadcast or an iota says in a few bytes what its data says in many; it is
/// expanded up to this size only, and folding looks through it otherwise.
static constexpr int64_t maxRepeatedBytes = 1 << 10;

/// The one value that all elements of `value` have, if it is written that way.
static std::optional<Scalar> getSplat(Value value) {
  if (auto broadcast = value.getDefiningOp<nn::BroadcastOp>())
    return getSplat(broadcast.getOperand());
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  auto elements = constant ? dyn_cast<SplatElementsAttr>(constant.getValue())
                           : SplatElementsAttr();
  if (!elements)
    return std::nullopt;
  Type type = elements.getElementType();
  if (!type.isIntOrFloat() || type.getIntOrFloatBitWidth() > 64)
    return std::nullopt;
  if (isa<FloatType>(type))
    return Scalar::fromDouble(
        elements.getSplatValue<FloatAttr>().getValueAsDouble());
  APInt integer = elements.getSplatValue<APInt>();
  bool isUnsigned = type.isUnsignedInteger() || type.isInteger(1);
  return Scalar::fromInt(isUnsigned
                             ? static_cast<int64_t>(integer.getZExtValue())
                             : integer.getSExtValue());
}

/// Multiplications of a product or convolution; 0 for other ops.
static int64_t countMultiplications(Operation *op) {
  constexpr int64_t unknown = std::numeric_limits<int64_t>::max();
  auto isStatic = [](Type type) {
    return cast<ShapedType>(type).hasStaticShape();
  };
  if (isa<nn::DotOp, nn::ConvOp>(op) &&
      !(llvm::all_of(op->getOperandTypes(), isStatic) &&
        isStatic(op->getResult(0).getType())))
    return unknown;
  auto elements = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getNumElements();
  };
  int64_t results, depth = 1, count;
  if (auto dot = dyn_cast<nn::DotOp>(op)) {
    for (int64_t d : dot.getLhsContracting())
      depth *= dot.getLhs().getType().getDimSize(d);
    results = elements(dot.getResult());
  } else if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    depth = elements(conv.getFilter()) /
            std::max<int64_t>(conv.getFilter().getType().getDimSize(
                                  conv.getFilterLayout()[0]),
                              1);
    results = elements(conv.getResult());
  } else {
    return 0;
  }
  return llvm::MulOverflow(results, depth, count) ? unknown : count;
}

namespace {
/// Folds single ops; the walk over the program is outside.
class Folder {
public:
  explicit Folder(const FoldLimits &limits) : limits(limits) {}

  /// Replaces and erases `op` if it can be folded, and the constants that only
  /// it used.
  LogicalResult fold(Operation *op);

private:
  /// The value of an op whose data need not be touched, or null.
  Value foldWithoutData(OpBuilder &builder, Operation *op);
  std::optional<SmallVector<HostTensor>> evaluate(Operation *op);

  const FoldLimits &limits;
};
} // namespace

Value Folder::foldWithoutData(OpBuilder &builder, Operation *op) {
  auto type = op->getNumResults() == 1
                  ? dyn_cast<RankedTensorType>(op->getResult(0).getType())
                  : RankedTensorType();
  if (!type || !type.hasStaticShape())
    return {};
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!elements || type.getElementType().isIndex())
      return {};
    return nn::ConstantOp::create(builder, op->getLoc(), type, elements);
  }

  if (auto elementwise = dyn_cast<ElementwiseOpInterface>(op)) {
    SmallVector<Scalar> scalars;
    for (Value operand : op->getOperands()) {
      std::optional<Scalar> scalar = getSplat(operand);
      if (!scalar)
        return {};
      scalars.push_back(*scalar);
    }
    return nn::createSplat(builder, op->getLoc(), type,
                           elementwise.evaluateScalar(scalars));
  }

  if (!isa<nn::ReshapeOp, nn::SliceOp, nn::TransposeOp>(op))
    return {};
  // What only moves elements leaves one repeated value what it is, and a
  // reshape leaves all data where it is.
  auto constant = op->getOperand(0).getDefiningOp<nn::ConstantOp>();
  if (!constant)
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
    return nn::ConstantOp::create(builder, op->getLoc(), type,
                                  splat.resizeSplat(type));
  if (!isa<nn::ReshapeOp>(op))
    return {};
  auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
  return nn::ConstantOp::create(builder, op->getLoc(), type,
                                elements ? elements.reshape(type)
                                         : constant.getValue());
}

/// Adds the constants behind `value` to `constants`.
static void collectConstants(Value value,
                             SmallPtrSetImpl<Operation *> &constants) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return;
  if (op->hasTrait<OpTrait::ConstantLike>())
    constants.insert(op);
  else if (isa<nn::BroadcastOp, tensor::CastOp>(op))
    collectConstants(op->getOperand(0), constants);
}

/// Bytes that the constants `op` reads take in the program.
static int64_t storedBytes(Operation *op) {
  SmallPtrSet<Operation *, 4> constants;
  for (Value operand : op->getOperands())
    collectConstants(operand, constants);
  int64_t bytes = 0;
  for (Operation *constant : constants) {
    auto type = dyn_cast<RankedTensorType>(constant->getResult(0).getType());
    Attribute value;
    if (!type || (matchPattern(constant, m_Constant(&value)) &&
                  isa<SplatElementsAttr>(value)))
      continue;
    bytes += type.getNumElements() * elementBytes(type.getElementType());
  }
  return bytes;
}

std::optional<SmallVector<HostTensor>> Folder::evaluate(Operation *op) {
  if (!isa_and_nonnull<nn::NNDialect, arith::ArithDialect,
                       tensor::TensorDialect>(op->getDialect()) ||
      isa<tensor::CastOp, tensor::EmptyOp>(op))
    return std::nullopt;
  if (countMultiplications(op) > limits.maxMultiplications)
    return std::nullopt;
  int64_t growth = isa<nn::BroadcastOp, nn::IotaOp>(op)
                       ? std::min(maxRepeatedBytes, limits.maxBytes)
                       : limits.maxBytes;
  return tryEvaluate(
      op, std::min(limits.maxTotalBytes, std::max(growth, storedBytes(op))));
}

/// Erases `op` if nothing uses it, and what only it used.
static void eraseDead(Operation *op) {
  llvm::SmallSetVector<Operation *, 4> candidates;
  candidates.insert(op);
  while (!candidates.empty()) {
    Operation *candidate = candidates.pop_back_val();
    if (!isOpTriviallyDead(candidate))
      continue;
    for (Value operand : candidate->getOperands())
      if (Operation *definition = operand.getDefiningOp())
        candidates.insert(definition);
    candidate->erase();
  }
}

LogicalResult Folder::fold(Operation *op) {
  if (isa<nn::ConstantOp>(op) ||
      (isa<arith::ConstantOp>(op) &&
       !isa<RankedTensorType>(op->getResult(0).getType())))
    return failure();
  OpBuilder builder(op);
  if (Value value = foldWithoutData(builder, op)) {
    op->replaceAllUsesWith(ValueRange(value));
  } else {
    std::optional<SmallVector<HostTensor>> results = evaluate(op);
    if (!results)
      return failure();
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), *results))
      result.replaceAllUsesWith(
          materializeConstant(builder, op->getLoc(), tensor, result.getType()));
  }
  eraseDead(op);
  return success();
}

int64_t foldConstants(Region &region, const FoldLimits &limits) {
  Folder folder(limits);
  int64_t folded = 0;
  // Operands come before their users, so one walk reaches the end of every
  // chain.
  region.walk([&](Operation *op) { folded += succeeded(folder.fold(op)); });
  return folded;
}

namespace {
struct FoldConstantsPass : impl::FoldConstantsPassBase<FoldConstantsPass> {
  using Base::Base;
  void runOnOperation() override {
    FoldLimits limits{maxBytes, maxTotalBytes, maxMultiplications};
    if (foldConstants(getOperation().getBody(), limits) == 0)
      markAllAnalysesPreserved();
  }
};
} // namespace

} // namespace ds
