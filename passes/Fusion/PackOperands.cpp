//===- PackOperands.cpp - the pass ds-pack-operands
//------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"
#include "passes/Fusion/Passes.h"

#include "mlir/IR/SymbolTable.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_PACKOPERANDSPASS
#include "passes/Fusion/Passes.h.inc"

namespace {

/// The kernel argument that `value` is, or of which it is an elementwise
/// function (a dequantised weight); its dimensions are those of `value`.
BlockArgument sourceArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<ElementwiseOpInterface>(op) || !op->hasOneUse())
      return {};
    Value source;
    for (Value operand : op->getOperands()) {
      BlockArgument argument = dyn_cast<BlockArgument>(operand);
      bool isCandidate =
          argument || (operand.getDefiningOp() &&
                       isa<ElementwiseOpInterface>(operand.getDefiningOp()));
      if (isCandidate && source)
        return {};
      if (isCandidate)
        source = operand;
    }
    if (!source)
      return {};
    value = source;
  }
  return cast<BlockArgument>(value);
}

/// Extents from which on code generation copies blocks of a product's operands
/// to the cache as it goes, where their shapes are static.
constexpr int64_t BlockedRows = 32, BlockedColumns = 16, BlockedTerms = 32;

/// True for products whose operands need no copy in memory, because of the
/// above: each lies along what is summed or along the innermost of its rows
/// or columns.
bool isCopiedInBlocks(nn::DotOp dot) {
  auto lhs = cast<RankedTensorType>(dot.getLhs().getType()),
       rhs = cast<RankedTensorType>(dot.getRhs().getType());
  Type element = lhs.getElementType();
  if (!lhs.hasStaticShape() || !rhs.hasStaticShape() ||
      rhs.getElementType() != element || !(element.isF32() || element.isF64()))
    return false;
  auto size = [](RankedTensorType type, ArrayRef<int64_t> dims) {
    int64_t product = 1;
    for (int64_t dim : dims)
      product *= type.getDimSize(dim);
    return product;
  };
  SmallVector<int64_t> rows = dot.getLhsFree(), columns = dot.getRhsFree();
  if (rows.empty() || columns.empty() || size(lhs, rows) < BlockedRows ||
      rhs.getDimSize(columns.back()) < BlockedColumns ||
      size(lhs, dot.getLhsContracting()) < BlockedTerms)
    return false;
  // Vectors are of one value of the outer dimensions.
  constexpr int64_t Lanes = 16;
  auto lies = [](RankedTensorType type, ArrayRef<int64_t> contracting,
                 ArrayRef<int64_t> free) {
    int64_t innermost = type.getRank() - 1;
    return free.back() == innermost ||
           (llvm::is_contained(contracting, innermost) &&
            (contracting.size() == 1 ||
             type.getDimSize(innermost) % Lanes == 0));
  };
  // Where both lie along what is summed, it has to be along the same of it.
  auto place = [](RankedTensorType type, ArrayRef<int64_t> contracting) {
    return llvm::find(contracting, type.getRank() - 1) - contracting.begin();
  };
  int64_t terms = dot.getLhsContracting().size(),
          left = place(lhs, dot.getLhsContracting()),
          right = place(rhs, dot.getRhsContracting());
  return lies(lhs, dot.getLhsContracting(), rows) &&
         lies(rhs, dot.getRhsContracting(), columns) &&
         (left == right || left == terms || right == terms) &&
         (rows.size() == 1 || lhs.getDimSize(rows.back()) % Lanes == 0);
}

struct PackOperandsPass : impl::PackOperandsPassBase<PackOperandsPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    module.walk([&](exec::LaunchOp launch) {
      auto kernel = symbols.lookup<exec::KernelOp>(launch.getKernel());
      for (Operation &op : kernel.getBody().front()) {
        auto contraction = dyn_cast<FusionOpInterface>(op);
        if (!contraction)
          continue;
        for (const PackedOperand &packed : contraction.getPackedOperands())
          pack(launch, kernel, &op, packed, symbols);
      }
    });
  }

  void pack(exec::LaunchOp launch, exec::KernelOp kernel, Operation *op,
            const PackedOperand &packed, SymbolTable &symbols) {
    BlockArgument argument = sourceArgument(op->getOperand(packed.number));
    if (!argument || !argument.hasOneUse())
      return;
    auto type = cast<RankedTensorType>(argument.getType());
    Value operand = launch.getInputs()[argument.getArgNumber()];
    int64_t columns = type.getDimSize(packed.order.back());
    // Vectors along a single column are along what is reduced; panels would
    // take that apart.
    if (columns == 1)
      return;
    auto panels =
        exec::PanelsAttr::get(&getContext(), packed.order, blockFor(columns));
    auto packedType =
        RankedTensorType::get(type.getShape(), type.getElementType(), panels);
    OpBuilder b(launch);
    Value replacement;
    if (auto constant = operand.getDefiningOp<nn::ConstantOp>()) {
      Attribute value = constant.getValue();
      if (auto dense = dyn_cast<DenseElementsAttr>(value))
        value = dense.reshape(packedType);
      replacement =
          nn::ConstantOp::create(b, constant.getLoc(), packedType, value);
    } else {
      if (!repaysPacking(op, packed, type))
        return;
      replacement = emitRelayout(b, launch, operand, packedType, symbols);
    }
    replaceArgument(launch, argument, replacement);
  }

  /// Lets the kernel take `operand` for `argument`.
  static void replaceArgument(exec::LaunchOp launch, BlockArgument argument,
                              Value operand) {
    argument.setType(operand.getType());
    retype(argument);
    launch->setOperand(argument.getArgNumber(), operand);
  }

  /// Narrow matrices get narrow panels: nothing is gained by padding.
  int64_t blockFor(int64_t columns) const {
    if (ShapedType::isDynamic(columns) || columns >= block)
      return block;
    return std::max<int64_t>(16, llvm::PowerOf2Ceil(columns));
  }

  /// The encoding is one of memory; values computed from the argument have
  /// none.
  static void retype(BlockArgument argument) {
    OpBuilder b(argument.getOwner(), argument.getOwner()->begin());
    auto type = cast<RankedTensorType>(argument.getType());
    auto plain = RankedTensorType::get(type.getShape(), type.getElementType());
    auto cast = tensor::CastOp::create(b, argument.getLoc(), plain, argument);
    argument.replaceAllUsesExcept(cast, cast);
  }

  /// Rearranging costs a pass over the operand; each row of the other side uses
  /// it once more. Where rows do not lie along the vectors it is due for few
  /// rows already.
  static bool repaysPacking(Operation *op, const PackedOperand &packed,
                            RankedTensorType type) {
    auto dot = dyn_cast<nn::DotOp>(op);
    if (!dot || isCopiedInBlocks(dot) ||
        packed.order.back() == type.getRank() - 1)
      return false;
    constexpr int64_t FewRows = 4;
    auto lhs = cast<RankedTensorType>(dot.getLhs().getType());
    int64_t rows = 1;
    for (int64_t dim : dot.getLhsFree()) {
      if (lhs.isDynamicDim(dim))
        return true;
      rows *= lhs.getDimSize(dim);
    }
    return rows >= FewRows;
  }

  /// A launch that copies `operand` into panels.
  Value emitRelayout(OpBuilder &b, exec::LaunchOp launch, Value operand,
                     RankedTensorType packedType, SymbolTable &symbols) {
    Location loc = launch.getLoc();
    auto type = cast<RankedTensorType>(operand.getType());
    OpBuilder outer(launch->getParentOfType<ModuleOp>().getBodyRegion());
    auto kernel = exec::KernelOp::create(outer, loc, "kernel_pack", 1);
    symbols.insert(kernel);
    Block &body = kernel.getBody().emplaceBlock();
    body.addArguments({type, packedType}, {loc, loc});
    OpBuilder inner = OpBuilder::atBlockEnd(&body);
    Value packedValue =
        tensor::CastOp::create(inner, loc, packedType, body.getArgument(0));
    exec::YieldOp::create(inner, loc, packedValue);
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, operand);
    SmallVector<Value> dynamic;
    for (OpFoldResult size : sizes)
      if (auto value = dyn_cast<Value>(size))
        dynamic.push_back(value);
    Value destination = tensor::EmptyOp::create(b, loc, packedType, dynamic);
    return exec::LaunchOp::create(
               b, loc, TypeRange{packedType},
               FlatSymbolRefAttr::get(kernel.getSymNameAttr()),
               ValueRange{operand}, ValueRange{destination},
               launch.getNodesAttr())
        .getResult(0);
  }
};

} // namespace
} // namespace ds
