//===- KernelWork.cpp - how much a launch computes and moves
//--------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/KernelInternal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace ds {

/// Operations on numbers, not between types or to choose.
static bool isArithmetic(Operation &op) {
  return op.getNumResults() == 1 && isa<FloatType>(op.getResult(0).getType()) &&
         isa<arith::ArithFastMathInterface>(op) &&
         !isa<arith::SelectOp, CastOpInterface>(op);
}

void countWork(exec::KernelOp kernel, KernelReport &report) {
  int64_t flops = 0, bytes = 0;
  bool isKnown = true;
  kernel.getBody().walk([&](linalg::GenericOp op) {
    int64_t points = 1;
    for (int64_t extent : op.getStaticLoopRanges()) {
      isKnown &= !ShapedType::isDynamic(extent);
      points *= extent;
    }
    flops += points * llvm::count_if(*op.getBody(), isArithmetic);
  });
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      continue;
    isKnown &= type.hasStaticShape();
    if (!isKnown)
      return;
    Type element = type.getElementType();
    unsigned bits = isa<ComplexType>(element) ? 2 * cast<ComplexType>(element)
                                                        .getElementType()
                                                        .getIntOrFloatBitWidth()
                    : element.isIndex()       ? 64
                                              : element.getIntOrFloatBitWidth();
    bytes += type.getNumElements() * std::max(1u, bits / 8);
  }
  if (isKnown) {
    report.flops = flops;
    report.bytes = bytes;
  }
}

} // namespace ds
