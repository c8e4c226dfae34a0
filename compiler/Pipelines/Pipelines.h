//===- Pipelines.h - the order of passes
//-----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only place where the order of passes is written. A compilation is:
// import, simplify, [before-fusion], form kernels, [before-codegen], prepare
// code, generate code, link. Each is also a named pipeline of ds-opt.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_PIPELINES_PIPELINES_H
#define DS_COMPILER_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace ds {

/// Replaces requests for gradients by code.
void buildAutodiffPipeline(mlir::OpPassManager &pm);
/// Lowers what training jobs are made of to nn ops.
void buildUpdatePipeline(mlir::OpPassManager &pm);
/// Folds constants and shapes and cleans up nn IR.
void buildSimplifyPipeline(mlir::OpPassManager &pm);
/// Chooses layouts: channels last, decomposed convolutions.
void buildLayoutPipeline(mlir::OpPassManager &pm);
/// From nn ops to kernels and launches.
void buildKernelPipeline(mlir::OpPassManager &pm);
/// Lowers the kernels' bodies to linalg.
void buildLoweringPipeline(mlir::OpPassManager &pm);
/// Bufferises host code and plans memory; what comes out goes to code
/// generation.
void buildMemoryPipeline(mlir::OpPassManager &pm);

/// Registers them as ds-updates, ds-simplify, ds-layout, ds-kernels,
/// ds-lowering and ds-memory, and all in order as ds-compile.
void registerPipelines();

} // namespace ds

#endif // DS_COMPILER_PIPELINES_PIPELINES_H
