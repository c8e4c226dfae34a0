//===- ObjectEmission.cpp - from the LLVM dialect to objects
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/Common/ObjectEmission.h"

#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

namespace ds {

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const CpuTarget &target, int optLevel) {
  std::string error;
  llvm::Triple triple("x86_64-pc-linux-gnu");
  const llvm::Target *x86 = llvm::TargetRegistry::lookupTarget(triple, error);
  llvm::TargetOptions options;
  // A product and a sum become one rounding only where the IR allows it.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  options.FunctionSections = true;
  auto level = optLevel == 0 ? llvm::CodeGenOptLevel::None
                             : llvm::CodeGenOptLevel::Default;
  return std::unique_ptr<llvm::TargetMachine>(
      x86->createTargetMachine(triple, target.cpu, target.features, options,
                               llvm::Reloc::PIC_, std::nullopt, level));
}

/// For code whose loops are as they shall be: everything is in vectors, nothing
/// is called that could be inlined, and memory is not used for scalars. LLVM's
/// own pipeline takes four times as long for the same code.
static constexpr llvm::StringLiteral CleanUp =
    "function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm),early-cse<memssa>,"
    "instcombine<no-verify-fixpoint>,simplifycfg)";

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     const ObjectOptions &options) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = options.vectorizeLoops;
  tuning.LoopVectorization = options.vectorizeLoops;
  tuning.SLPVectorization = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::ModulePassManager passes;
  if (options.optLevel == 0)
    passes = builder.buildO0DefaultPipeline(llvm::OptimizationLevel::O0);
  else if (options.vectorizeLoops)
    passes = builder.buildPerModuleDefaultPipeline(
        options.optLevel == 1 ? llvm::OptimizationLevel::O1
                              : llvm::OptimizationLevel::O2);
  else
    llvm::cantFail(builder.parsePassPipeline(passes, CleanUp));
  passes.run(module, modules);
}

llvm::Expected<EmittedObject>
emitObject(mlir::ModuleOp module, const CpuTarget &target,
           const ObjectOptions &options,
           llvm::function_ref<void(llvm::Module &)> extend) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      mlir::translateModuleToLLVMIR(module, context);
  if (!translated)
    return llvm::createStringError(
        "the translation to LLVM IR failed, which is a bug in the compiler");
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(target, options.optLevel);
  translated->setDataLayout(machine->createDataLayout());
  translated->setTargetTriple(machine->getTargetTriple());
  if (extend)
    extend(*translated);
  for (llvm::Function &function : *translated) {
    if (function.isDeclaration())
      continue;
    // Profilers and debuggers see kernels in their stacks.
    function.setUWTableKind(llvm::UWTableKind::Async);
    function.addFnAttr("frame-pointer", "all");
  }
  optimize(*translated, *machine, options);
  EmittedObject result;
  if (options.wantText) {
    llvm::raw_string_ostream stream(result.text);
    translated->print(stream, nullptr);
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager emission;
  if (machine->addPassesToEmitFile(emission, stream, nullptr,
                                   llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("LLVM cannot emit objects for '" +
                                   target.cpu + "'");
  emission.run(*translated);
  result.object = std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), /*RequiresNullTerminator=*/false);
  return result;
}

} // namespace ds
