//===- Pipelines.cpp - the order of passes
//---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Pipelines/Pipelines.h"

#include "passes/Autodiff/Passes.h"
#include "passes/Fusion/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/Lowering/Passes.h"
#include "passes/Memory/Passes.h"
#include "passes/Simplify/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace ds {

void buildAutodiffPipeline(OpPassManager &pm) {
  pm.addPass(createAutodiffPass());
}

void buildUpdatePipeline(OpPassManager &pm) {
  pm.nest<func::FuncOp>().addPass(createLowerUpdatesPass());
  pm.nest<func::FuncOp>().addPass(createLowerTrainPass());
}

void buildSimplifyPipeline(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createFoldConstantsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void buildLayoutPipeline(OpPassManager &pm) {
  pm.addPass(createRowsInnermostPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createChannelsLastPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createDecomposeConvPass());
  pm.addPass(createConvToDotPass());
  pm.addPass(createFoldConstantsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // Sizes that are one value now make more reshapes superfluous.
  pm.addPass(createCanonicalizerPass());
}

void buildKernelPipeline(OpPassManager &pm) {
  // No canonicalisation of host code from here on to the memory plan:
  // upstream's would fold casts into launches.
  pm.addPass(createFormKernelsPass());
  pm.addPass(createPackOperandsPass());
  pm.addPass(createDeduplicateKernelsPass());
}

void buildLoweringPipeline(OpPassManager &pm) {
  pm.nest<exec::KernelOp>().addPass(createLowerNNToLinalgPass());
  pm.nest<exec::KernelOp>().addPass(createCanonicalizerPass());
  pm.nest<exec::KernelOp>().addPass(createCSEPass());
}

void buildMemoryPipeline(OpPassManager &pm) {
  pm.addPass(createScheduleLaunchesPass());
  pm.addPass(createBufferizeHostPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createPlanMemoryPass());
}

void registerPipelines() {
  PassPipelineRegistration<>("ds-updates",
                             "lower what training jobs are made of to nn ops",
                             buildUpdatePipeline);
  PassPipelineRegistration<>("ds-simplify",
                             "fold constants and shapes and clean up nn IR",
                             buildSimplifyPipeline);
  PassPipelineRegistration<>("ds-layout", "choose layouts of tensors",
                             buildLayoutPipeline);
  PassPipelineRegistration<>(
      "ds-kernels", "from nn ops to kernels and launches", buildKernelPipeline);
  PassPipelineRegistration<>("ds-lowering",
                             "lower the bodies of kernels to linalg",
                             buildLoweringPipeline);
  PassPipelineRegistration<>("ds-memory", "bufferise host code and plan memory",
                             buildMemoryPipeline);
  PassPipelineRegistration<>("ds-compile", "all of them, in order",
                             [](OpPassManager &pm) {
                               buildAutodiffPipeline(pm);
                               buildUpdatePipeline(pm);
                               buildSimplifyPipeline(pm);
                               buildLayoutPipeline(pm);
                               buildKernelPipeline(pm);
                               buildLoweringPipeline(pm);
                               buildMemoryPipeline(pm);
                             });
}

} // namespace ds
