//===- LowerToLLVMDialect.cpp - loops, vectors and math to LLVM
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/KernelEmitter.h"
#include "compiler/Codegen/CPU/VectorMath.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace ds {
namespace {

/// What the model computes may be contracted: a product and a sum are one
/// rounding where the CPU can, as linear algebra libraries have it. Functions
/// are expanded afterwards into arithmetic that is exact as it is written, and
/// bf16 rounding into integers.
struct ExpandMathPass : PassWrapper<ExpandMathPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandMathPass)
  explicit ExpandMathPass(bool hasFma) : hasFma(hasFma) {}
  void runOnOperation() override {
    getOperation().walk([](arith::ArithFastMathInterface op) {
      // Ops whose builder gives no flags carry no attribute.
      auto given = op.getFastMathFlagsAttr();
      auto flags = given ? given.getValue() : arith::FastMathFlags::none;
      op->setAttr(op.getFastMathAttrName(),
                  arith::FastMathFlagsAttr::get(
                      op.getContext(), flags | arith::FastMathFlags::contract));
    });
    RewritePatternSet patterns(&getContext());
    populateVectorMathPatterns(patterns, hasFma);
    arith::populateExpandBFloat16Patterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
  bool hasFma;
};

} // namespace

LogicalResult lowerToLLVMDialect(ModuleOp module, bool hasFma) {
  PassManager pm(module.getContext());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createCSEPass());
  pm.addPass(std::make_unique<ExpandMathPass>(hasFma));
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  // Library calls take vectors apart, so they come before vectors go.
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  return pm.run(module);
}

} // namespace ds
