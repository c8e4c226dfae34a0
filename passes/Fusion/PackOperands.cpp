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

/// Rows of the other side that repay packing rows of so many elements or more.
constexpr int64_t ManyRows = 64, WideRow = 256;
/// Distance of lines that share sets of a first-level cache too often.
constexpr int64_t SetBytes = 2048;

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
          if (packed.isAlongVectors)
            pack(launch, kernel, &op, packed, symbols);
          else
            straighten(launch, kernel, &op, packed, symbols);
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

  /// What is read one element at a time, along what is reduced, where memory
  /// has another dimension innermost: each step of the sum is on a page of its
  /// own, once for every tile of columns. A copy in the order of the sum, as a
  /// single panel, pays where rows are wide and columns many.
  void straighten(exec::LaunchOp launch, exec::KernelOp kernel, Operation *op,
                  const PackedOperand &packed, SymbolTable &symbols) {
    auto argument = dyn_cast<BlockArgument>(op->getOperand(packed.number));
    if (!argument || !argument.hasOneUse())
      return;
    auto type = cast<RankedTensorType>(argument.getType()),
         result = cast<RankedTensorType>(op->getResult(0).getType());
    int64_t innermost = type.getRank() - 1;
    if (!type.hasStaticShape() || packed.order.back() == innermost ||
        result.getRank() == 0)
      return;
    int64_t columns = result.getShape().back();
    int64_t steps = type.getDimSize(packed.order.back());
    if (type.getDimSize(innermost) < WideRow || steps < ManyRows ||
        ShapedType::isDynamic(columns) || columns < WideRow)
      return;
    // Rows some multiple of 2 KiB apart would fall on one set of a first-level
    // cache.
    int64_t rowBytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    for (int64_t dim : llvm::reverse(packed.order)) {
      if (dim == innermost)
        break;
      rowBytes *= type.getDimSize(dim);
    }
    int64_t padding = rowBytes % SetBytes == 0 ? block : 0;
    auto panels =
        exec::PanelsAttr::get(&getContext(), packed.order, steps + padding);
    auto packedType =
        RankedTensorType::get(type.getShape(), type.getElementType(), panels);
    Value operand = launch.getInputs()[argument.getArgNumber()];
    OpBuilder b(launch);
    Value copy = emitRelayout(b, launch, operand, packedType, symbols);
    replaceArgument(launch, argument, copy);
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
  /// rows already. Where they do, what a tile reads of them lies a row apart:
  /// with wide rows each read is on a page of its own, which many rows of the
  /// other side pay for again and again.
  static bool repaysPacking(Operation *op, const PackedOperand &packed,
                            RankedTensorType type) {
    auto dot = dyn_cast<nn::DotOp>(op);
    if (!dot)
      return false;
    int64_t rows = 1;
    auto lhs = cast<RankedTensorType>(dot.getLhs().getType());
    for (int64_t dim : dot.getLhsFree()) {
      if (lhs.isDynamicDim(dim)) {
        rows = ShapedType::kDynamic;
        break;
      }
      rows *= lhs.getDimSize(dim);
    }
    bool isContiguous = packed.order.back() == type.getRank() - 1;
    if (!isContiguous)
      return ShapedType::isDynamic(rows) || rows >= 4;
    int64_t columns = type.getShape().back();
    return !ShapedType::isDynamic(rows) && rows >= ManyRows &&
           !ShapedType::isDynamic(columns) && columns >= WideRow;
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
