//===- Branches.cpp - derivatives of tensor.cast and scf.if ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Autodiff/AutodiffInternal.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace ds {

namespace autodiff {

llvm::SetVector<Value> findWantedCaptures(Gradients &gradients,
                                          ArrayRef<Region *> regions) {
  llvm::SetVector<Value> captures, wanted;
  for (Region *region : regions)
    getUsedValuesDefinedAbove(*region, captures);
  for (Value value : captures)
    if (gradients.isWanted(value))
      wanted.insert(value);
  return wanted;
}

SmallVector<Operation *> cloneBody(OpBuilder &b, Block &block,
                                   IRMapping &mapping) {
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(b.clone(op, mapping));
  return ops;
}

void eraseDead(ArrayRef<Operation *> ops) {
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op) && !isa<UnrealizedConversionCastOp>(op))
      op->erase();
}

void eraseDead(Block &block) {
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  eraseDead(ops);
}

void clearBlock(Block &block) {
  if (block.mightHaveTerminator())
    block.getTerminator()->erase();
}

} // namespace autodiff

using namespace autodiff;

namespace {

/// The same elements, whatever is known of the shape.
struct CastDerivative
    : DifferentiableOpInterface::ExternalModel<CastDerivative, tensor::CastOp> {
  LogicalResult emitGradients(Operation *op, Gradients &gradients) const {
    auto cast = mlir::cast<tensor::CastOp>(op);
    gradients.add(cast.getSource(), gradients.cotangentOf(cast.getResult()));
    return success();
  }
};

/// A branch on the same condition; each side computes its values again and
/// yields the cotangents of all that either side used from around it.
struct IfDerivative
    : DifferentiableOpInterface::ExternalModel<IfDerivative, scf::IfOp> {
  LogicalResult emitGradients(Operation *op, Gradients &gradients) const {
    auto branch = cast<scf::IfOp>(op);
    OpBuilder &b = gradients.b;
    llvm::SetVector<Value> captures = findWantedCaptures(
        gradients, {&branch.getThenRegion(), &branch.getElseRegion()});
    if (captures.empty())
      return success();
    SmallVector<Type> types(ValueRange(captures.getArrayRef()).getTypes());
    auto backward =
        scf::IfOp::create(b, gradients.loc, types, branch.getCondition(),
                          /*withElseRegion=*/true);
    for (auto [from, to] :
         {std::pair(&branch.getThenRegion(), &backward.getThenRegion()),
          std::pair(&branch.getElseRegion(), &backward.getElseRegion())}) {
      OpBuilder::InsertionGuard guard(b);
      clearBlock(to->front());
      b.setInsertionPointToEnd(&to->front());
      IRMapping mapping;
      SmallVector<Operation *> ops = cloneBody(b, from->front(), mapping);
      SmallVector<Value> outputs, seeds;
      for (auto [result, yielded] :
           llvm::zip_equal(branch.getResults(),
                           from->front().getTerminator()->getOperands()))
        if (Value seed = gradients.cotangentOf(result)) {
          outputs.push_back(mapping.lookupOrDefault(yielded));
          seeds.push_back(seed);
        }
      FailureOr<SmallVector<Value>> results =
          ds::emitGradients(b, ops, outputs, seeds, captures.getArrayRef());
      if (failed(results))
        return gradients.failReported();
      scf::YieldOp::create(b, gradients.loc, *results);
      eraseDead(to->front());
    }
    for (auto [capture, gradient] :
         llvm::zip_equal(captures, backward.getResults()))
      gradients.add(capture, gradient);
    return success();
  }
};

} // namespace

void autodiff::registerBranchDerivatives(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CastOp::attachInterface<CastDerivative>(*context);
  });
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    scf::IfOp::attachInterface<IfDerivative>(*context);
  });
}

void registerDerivatives(DialectRegistry &registry) {
  registerBranchDerivatives(registry);
  registerLoopDerivatives(registry);
}

} // namespace ds
