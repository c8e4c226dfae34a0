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
  Work(const CodegenOptions &options, StringRef part, StringRef what)
      : options(options), part(part), what(what),
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

llvm::Expected<EmittedObject> compileKernel(exec::KernelOp kernel,
                                            const CpuTarget &target,
                                            const CodegenOptions &options,
                                            KernelReport &report) {
  StringRef name = kernel.getSymName();
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
  return emitObject(*module, target, object);
}

llvm::Expected<EmittedObject> compileHost(ModuleOp module,
                                          const CpuTarget &target,
                                          const CodegenOptions &options) {
  Work work(options, "host code", "main");
  std::vector<EntryPoint> entryPoints;
  FailureOr<OwningOpRef<ModuleOp>> host = lowerHost(module, entryPoints);
  if (failed(host))
    return llvm::createStringError(
        "the host code could not be lowered to LLVM");
  return emitObject(
      **host, target, {std::min(options.optLevel, 1), false, options.wantLLVM},
      [&](llvm::Module &translated) {
        addModelDescription(translated, module, target, entryPoints);
      });
}

} // namespace

llvm::Expected<GeneratedCode> generateCode(ModuleOp module,
                                           const CodegenOptions &options) {
  llvm::Expected<CpuTarget> target = CpuTarget::create(options.targetCpu);
  if (!target)
    return target.takeError();
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
  code.target = target->cpu;
  code.kernels.resize(kernels.size());
  std::vector<std::optional<EmittedObject>> objects(kernels.size() + 1);
  std::mutex mutex;
  // The failure of the earliest kernel is reported, whichever thread was first.
  std::vector<std::string> failures(kernels.size() + 1);
  auto run = [&](size_t number) {
    llvm::Expected<EmittedObject> object =
        number == 0 ? compileHost(module, *target, options)
                    : compileKernel(kernels[number - 1], *target, options,
                                    code.kernels[number - 1]);
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
