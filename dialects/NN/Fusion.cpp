//===- Fusion.cpp - how nn ops may share a kernel -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ds::nn {

//===--- Movement of elements ---===//

FusionRole BroadcastOp::getFusionRole() { return FusionRole::Injective; }
FusionRole IotaOp::getFusionRole() { return FusionRole::Injective; }
FusionRole SliceOp::getFusionRole() { return FusionRole::Injective; }
FusionRole TransposeOp::getFusionRole() { return FusionRole::Movement; }

FusionRole PadOp::getFusionRole() {
  return getMode() == PadMode::constant ? FusionRole::Frame
                                        : FusionRole::Standalone;
}

//===--- Rows ---===//

FusionRole ArgReduceOp::getFusionRole() { return FusionRole::Reduction; }
llvm::SmallVector<int64_t> ArgReduceOp::getRowReducedDims() {
  return {static_cast<int64_t>(getAxis())};
}
FusionRole NormalizeOp::getFusionRole() { return FusionRole::Reduction; }
llvm::SmallVector<int64_t> NormalizeOp::getRowReducedDims() {
  return llvm::to_vector(getDims());
}
FusionRole ReduceOp::getFusionRole() { return FusionRole::Reduction; }
llvm::SmallVector<int64_t> ReduceOp::getRowReducedDims() {
  return llvm::to_vector(getDims());
}
FusionRole SoftmaxOp::getFusionRole() { return FusionRole::Reduction; }
llvm::SmallVector<int64_t> SoftmaxOp::getRowReducedDims() {
  return {static_cast<int64_t>(getAxis())};
}

//===--- Windows and contractions ---===//

FusionRole PoolOp::getFusionRole() { return FusionRole::Reduction; }

FusionRole DotOp::getFusionRole() { return FusionRole::Reduction; }
llvm::SmallVector<PackedOperand> DotOp::getPackedOperands() {
  llvm::SmallVector<int64_t> free = getRhsFree();
  if (free.empty())
    return {};
  // Vectors lie along the last free dimension of the right side; all others run
  // outside of it.
  PackedOperand packed{1, llvm::to_vector(getRhsBatch())};
  packed.order.append(free.begin(), std::prev(free.end()));
  llvm::append_range(packed.order, getRhsContracting());
  packed.order.push_back(free.back());
  return {std::move(packed)};
}

FusionRole ConvOp::getFusionRole() { return FusionRole::Reduction; }
llvm::SmallVector<PackedOperand> ConvOp::getPackedOperands() {
  // Only where the output's features are innermost do vectors lie along them.
  if (getOutputLayout()[1] !=
          static_cast<int64_t>(getOutputLayout().size()) - 1 ||
      getFeatureGroups() != 1)
    return {};
  PackedOperand packed{1, llvm::to_vector(getFilterLayout().drop_front(2))};
  packed.order.push_back(getFilterLayout()[1]);
  packed.order.push_back(getFilterLayout()[0]);
  return {std::move(packed)};
}

} // namespace ds::nn
