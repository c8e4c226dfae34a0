//===- Donation.cpp - results that take over the memory of arguments ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A step of training replaces parameters by new ones of the same size. Without
// donation each would need a second buffer and a copy.
//
//===----------------------------------------------------------------------===//
#include "passes/Memory/Donation.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ds {

/// Whether `argument` of a kernel is read point by point: what depends on it is
/// computed by parallel loops over its own indices.
static bool isReadPointwise(Value argument) {
  SmallVector<Value> worklist{argument};
  llvm::DenseSet<Value> seen{argument};
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      if (isa<tensor::DimOp, exec::YieldOp>(user))
        continue;
      auto loops = dyn_cast<linalg::GenericOp>(user);
      if (!loops || loops.getNumReductionLoops() > 0 ||
          !loops.getMatchingIndexingMap(&use).isIdentity())
        return false;
      for (OpOperand &destination : loops.getDpsInitsMutable())
        if (!loops.getMatchingIndexingMap(&destination).isIdentity())
          return false;
      for (Value result : loops.getResults())
        if (seen.insert(result).second)
          worklist.push_back(result);
    }
  }
  return true;
}

/// Whether the kernel is one loop over one shape, which reads all of a point
/// before it writes it: point by point, or around one reduction, such as the
/// contraction that makes a gradient, whose results have that shape too.
static bool isOneLoop(exec::KernelOp kernel) {
  auto outputs = kernel.getOutputs();
  auto hasShape = [&](Value value) {
    return cast<ShapedType>(value.getType()).getShape() ==
           cast<ShapedType>(outputs.front().getType()).getShape();
  };
  if (!llvm::all_of(outputs, hasShape))
    return false;
  int reductions = 0;
  WalkResult walk = kernel.getBody().walk([&](linalg::LinalgOp loops) {
    bool isReduction = loops.getNumReductionLoops() > 0;
    reductions += isReduction;
    return isa<linalg::GenericOp, linalg::FillOp>(loops) &&
                   (!isReduction || llvm::all_of(loops->getResults(), hasShape))
               ? WalkResult::advance()
               : WalkResult::interrupt();
  });
  return !walk.wasInterrupted() && reductions <= 1;
}

bool computeInPlace(Value value, Value donor) {
  auto launch = value.getDefiningOp<exec::LaunchOp>();
  if (!launch || launch->getBlock() != donor.getParentBlock() ||
      value.getType() != donor.getType())
    return false;
  auto kernel = SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
      launch, launch.getKernelAttr());
  // What else may be the donor's memory is found on the way.
  SmallVector<Value> worklist{donor};
  while (!worklist.empty()) {
    Value alias = worklist.pop_back_val();
    for (OpOperand &use : alias.getUses()) {
      Operation *user = use.getOwner();
      if (isa<tensor::DimOp>(user))
        continue;
      if (isa<exec::ViewOp, tensor::CastOp>(user)) {
        worklist.push_back(user->getResult(0));
        continue;
      }
      Operation *reader = launch->getBlock()->findAncestorOpInBlock(*user);
      if (!reader || reader->hasTrait<OpTrait::IsTerminator>())
        return false;
      if (reader->isBeforeInBlock(launch))
        continue;
      if (user != launch || alias != donor ||
          use.getOperandNumber() >= launch.getInputs().size() ||
          !isReadPointwise(kernel.getInputs()[use.getOperandNumber()]) ||
          !isOneLoop(kernel))
        return false;
    }
  }
  if (llvm::is_contained(launch.getInputs(), donor))
    kernel->setAttr("exec.in_place", UnitAttr::get(kernel.getContext()));
  return true;
}

} // namespace ds
