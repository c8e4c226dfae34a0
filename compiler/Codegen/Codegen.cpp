//===- Codegen.cpp - from kernels to objects
//-------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/Codegen.h"

#include "compiler/Codegen/Common/ObjectEmission.h"
#include "compiler/Codegen/Host/HostLowering.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/ThreadPool.h"

#include <mutex>

using namespace mlir;

namespace ds {

namespace {

/// Measures one piece of work.
class Work {
public:
  Work(const CodegenOptions &options, StringRef part, std::string what)
      : options(options), part(part), what(std::move(what)),
        begin(std::chrono::steady_clock::now()) {}
  ~Work() {
    if (options.onWork)
      options.onWork(part, what, begin, std::chrono::steady_clock::now());
  }

private:
  const CodegenOptions &options;
  std::string part, what;
  std::chrono::steady_clock::time_point begin;
};

llvm::Expected<EmittedObject> compileKernel(exec::KernelOp original,
                                            const CpuTarget &target,
                                            const CodegenOptions &options,
                                            KernelReport &report) {
  // Other threads may be at work on the same kernel for other targets.
  OwningOpRef<exec::KernelOp> copy = original.clone();
  exec::KernelOp kernel = *copy;
  std::string name = target.nameOf(kernel.getSymName());
  OwningOpRef<ModuleOp> module;
  {
    Work work(options, "emit loops", name);
    FailureOr<OwningOpRef<ModuleOp>> emitted =
        emitKernel(kernel, target, report);
    if (failed(emitted))
      return llvm::createStringError("kernel '" + name +
                                     "' could not be turned into loops");
    module = std::move(*emitted);
  }
  {
    Work work(options, "lower to LLVM", name);
    if (failed(lowerToLLVMDialect(*module, target.hasFma)))
      return llvm::createStringError("kernel '" + name +
                                     "' could not be lowered to LLVM");
  }
  Work work(options, "LLVM", name);
  ObjectOptions object{options.optLevel,
                       /*vectorizeLoops=*/report.strategy == "plain loops",
                       options.wantLLVM};
  return emitObject(*module, target, object, [&](llvm::Module &translated) {
    for (llvm::GlobalValue &value : translated.global_values())
      if (!value.isDeclaration() && !value.hasLocalLinkage())
        value.setName(target.nameOf(value.getName()));
  });
}

/// Host code of the version at `number`; that of the first describes the model.
llvm::Expected<EmittedObject> compileHost(ModuleOp module,
                                          ArrayRef<CpuTarget> targets,
                                          size_t number,
                                          const CodegenOptions &options) {
  const CpuTarget &target = targets[number];
  Work work(options, "host code", target.nameOf("main"));
  std::vector<EntryPoint> entryPoints;
  FailureOr<OwningOpRef<ModuleOp>> host = lowerHost(module, entryPoints);
  if (failed(host))
    return llvm::createStringError(
        "the host code could not be lowered to LLVM");
  return emitObject(
      **host, target, {std::min(options.optLevel, 1), false, options.wantLLVM},
      [&](llvm::Module &translated) {
        finishHostCode(translated, target, entryPoints);
        if (number == 0)
          addModelDescription(translated, module, targets, entryPoints);
      });
}

} // namespace

llvm::Expected<GeneratedCode> generateCode(ModuleOp module,
                                           const CodegenOptions &options) {
  llvm::Expected<std::vector<CpuTarget>> targets =
      CpuTarget::createAll(options.targetCpu);
  if (!targets)
    return targets.takeError();
  MLIRContext *context = module.getContext();
  // Dialects cannot be loaded once several threads are at work.
  context->loadDialect<
      LLVM::LLVMDialect, affine::AffineDialect, arith::ArithDialect,
      bufferization::BufferizationDialect, cf::ControlFlowDialect,
      func::FuncDialect, index::IndexDialect, linalg::LinalgDialect,
      math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
      tensor::TensorDialect, ub::UBDialect, vector::VectorDialect>();
  auto kernels = llvm::to_vector(module.getOps<exec::KernelOp>());
  GeneratedCode code;
  for (const CpuTarget &target : *targets)
    code.versions.push_back(
        {target.cpu, std::vector<KernelReport>(kernels.size())});
  const size_t perVersion = kernels.size() + 1;
  std::vector<std::optional<EmittedObject>> objects(targets->size() *
                                                    perVersion);
  std::mutex mutex;
  // The failure of the earliest kernel is reported, whichever thread was first.
  std::vector<std::string> failures(objects.size());
  auto run = [&](size_t number) {
    const size_t version = number / perVersion, part = number % perVersion;
    llvm::Expected<EmittedObject> object =
        part == 0
            ? compileHost(module, *targets, version, options)
            : compileKernel(kernels[part - 1], (*targets)[version], options,
                            code.versions[version].kernels[part - 1]);
    std::lock_guard<std::mutex> lock(mutex);
    if (object)
      objects[number] = std::move(*object);
    else
      failures[number] = llvm::toString(object.takeError());
  };
  if (options.jobs > 1 && context->isMultithreadingEnabled()) {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.jobs));
    for (size_t number = 0; number < objects.size(); ++number)
      pool.async([&run, number] { run(number); });
    pool.wait();
  } else {
    for (size_t number = 0; number < objects.size(); ++number)
      run(number);
  }
  for (const std::string &failure : failures)
    if (!failure.empty())
      return llvm::createStringError(failure);
  for (std::optional<EmittedObject> &object : objects) {
    code.objects.push_back(std::move(object->object));
    code.llvmTexts.push_back(std::move(object->text));
  }
  return code;
}

} // namespace ds
