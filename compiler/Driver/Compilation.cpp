//===- Compilation.cpp - the stages from a model to a file ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Compilation.h"

#include "compiler/Driver/OutputFile.h"
#include "compiler/Driver/Suggest.h"
#include "compiler/Pipelines/Pipelines.h"
#include "compiler/Plugin/RegisteredPasses.h"

#include "mlir/Pass/PassRegistry.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <functional>

namespace ds {

std::string outputPath(const DriverOptions &options) {
  if (!options.output.empty())
    return options.output;
  if (options.emit <= EmitLevel::LLVM)
    return "-";
  std::string stem = llvm::sys::path::stem(options.model).str();
  switch (options.emit) {
  case EmitLevel::Object:
    return stem + ".o";
  case EmitLevel::Library:
    return stem + ".so";
  default:
    return stem;
  }
}

Compilation::Stage::Stage(Compilation &compilation, llvm::StringRef name)
    : compilation(compilation), name(name), begin(CompileLog::Clock::now()) {
  compilation.progress.set(name);
}

Compilation::Stage::~Stage() {
  CompileLog::Clock::time_point end = CompileLog::Clock::now();
  compilation.log.record("stage", name, "", begin, end);
  if (!compilation.options.verbose)
    return;
  double milliseconds =
      std::chrono::duration<double, std::milli>(end - begin).count();
  compilation.diagnostics.say(
      llvm::formatv("{0}: {1:f1} ms", name, milliseconds).str());
}

ExitCode Compilation::fail(llvm::Error error) {
  diagnostics.error(llvm::toString(std::move(error)));
  return ExitCode::Failed;
}

ExitCode
Compilation::runPasses(llvm::StringRef stage,
                       llvm::function_ref<void(mlir::OpPassManager &)> build) {
  Stage span(*this, stage);
  mlir::PassManager manager(&context, mlir::ModuleOp::getOperationName(),
                            mlir::OpPassManager::Nesting::Implicit);
  build(manager);
  manager.addInstrumentation(createTimingInstrumentation(log));
  if (dumper)
    manager.addInstrumentation(createDumpInstrumentation(*dumper));
  return mlir::succeeded(manager.run(*module)) ? ExitCode::Success
                                               : ExitCode::Failed;
}

/// Adds the passes of one --at. Where they do not fit a module they are meant
/// for its functions.
static llvm::LogicalResult addPasses(llvm::StringRef pipeline,
                                     mlir::OpPassManager &manager,
                                     std::string &reason) {
  llvm::raw_string_ostream stream(reason);
  llvm::FailureOr<mlir::OpPassManager> parsed = mlir::parsePassPipeline(
      ("builtin.module(" + pipeline + ")").str(), stream);
  if (mlir::failed(parsed))
    parsed = mlir::parsePassPipeline(
        ("builtin.module(func.func(" + pipeline + "))").str(), llvm::nulls());
  if (mlir::failed(parsed))
    return mlir::failure();
  manager = std::move(*parsed);
  return mlir::success();
}

ExitCode Compilation::runExtensionPoint(ExtensionPoint point) {
  for (const PassAtPoint &pass : options.passesAt) {
    if (pass.point != point)
      continue;
    ExitCode code = runPasses(nameOf(point), [&](mlir::OpPassManager &manager) {
      std::string reason;
      bool added = mlir::succeeded(addPasses(pass.pipeline, manager, reason));
      assert(added && "checkPassesAt has tried it");
      (void)added;
    });
    if (code != ExitCode::Success)
      return code;
  }
  return ExitCode::Success;
}

ExitCode Compilation::checkPassesAt() {
  for (const PassAtPoint &pass : options.passesAt) {
    std::string reason;
    mlir::OpPassManager manager(mlir::ModuleOp::getOperationName());
    if (mlir::succeeded(addPasses(pass.pipeline, manager, reason)))
      continue;
    // Of the parser's lines the first says what is wrong, behind a place in the
    // text; the others repeat the text.
    llvm::StringRef why = llvm::StringRef(reason).split('\n').first;
    if (size_t colon = why.rfind(": "); colon != llvm::StringRef::npos)
      why = why.drop_front(colon + 2);
    std::vector<RegisteredPass> passes = registeredPasses();
    llvm::SmallVector<llvm::StringRef> names;
    for (const RegisteredPass &known : passes)
      names.push_back(known.name);
    llvm::StringRef name =
        llvm::StringRef(pass.pipeline).take_until([](char c) {
          return c == '{' || c == ',' || c == '(';
        });
    diagnostics.error(
        "'--at " + llvm::Twine(nameOf(pass.point)) + "=" + pass.pipeline +
        "': " + why +
        (llvm::is_contained(names, name) ? "" : didYouMean(name, names)));
    return ExitCode::WrongUse;
  }
  return ExitCode::Success;
}

ExitCode Compilation::checkTarget() {
  llvm::Expected<std::vector<CpuTarget>> targets =
      CpuTarget::createAll(options.targetCpu);
  if (targets)
    return ExitCode::Success;
  diagnostics.error(
      "'--target-cpu': " + llvm::toString(targets.takeError()) +
      didYouMean(options.targetCpu, {"native", "x86-64-v3", "x86-64-v4",
                                     "x86-64-v2", "portable"}));
  return ExitCode::WrongUse;
}

ExitCode Compilation::checkOutput() {
  std::string path = outputPath(options);
  if (path == "-" || !llvm::sys::fs::equivalent(path, options.model))
    return ExitCode::Success;
  diagnostics.error("the output '" + path +
                    "' would replace the model: name another with -o");
  return ExitCode::WrongUse;
}

ExitCode Compilation::run() {
  for (auto check : {&Compilation::checkTarget, &Compilation::checkOutput,
                     &Compilation::checkPassesAt})
    if (ExitCode code = (this->*check)(); code != ExitCode::Success)
      return code;
  if (ExitCode code = load(); code != ExitCode::Success)
    return code;
  return compile();
}

ExitCode Compilation::compile() {
  using Build = void (*)(mlir::OpPassManager &);
  auto at = [&](ExtensionPoint point) {
    return [this, point] { return runExtensionPoint(point); };
  };
  auto passes = [&](llvm::StringRef stage, Build build) {
    return [this, stage, build] { return runPasses(stage, build); };
  };
  struct Step {
    std::function<ExitCode()> run;
    /// The level that is reached by this step.
    std::optional<EmitLevel> level;
  };
  const Step steps[] = {
      {at(ExtensionPoint::AfterImport), std::nullopt},
      {passes("autodiff", buildAutodiffPipeline), std::nullopt},
      {at(ExtensionPoint::AfterAutodiff), std::nullopt},
      {passes("updates", buildUpdatePipeline), std::nullopt},
      {passes("simplify", buildSimplifyPipeline), std::nullopt},
      {at(ExtensionPoint::BeforeFusion), EmitLevel::NN},
      {passes("layout", buildLayoutPipeline), std::nullopt},
      {passes("fusion", buildKernelPipeline), std::nullopt},
      {at(ExtensionPoint::BeforeCodegen), EmitLevel::Exec},
      {passes("lowering", buildLoweringPipeline), EmitLevel::Linalg},
      {passes("memory", buildMemoryPipeline), std::nullopt}};
  for (const Step &step : steps) {
    if (ExitCode code = step.run(); code != ExitCode::Success)
      return code;
    if (step.level == options.emit) {
      ExitCode code = emitModule();
      return code == ExitCode::Success && (options.timePasses || options.json)
                 ? writeReports(nullptr)
                 : code;
    }
    if (step.level == EmitLevel::Exec)
      explanation.describeKernels(*module);
  }
  return generate();
}

ExitCode Compilation::emitText(llvm::StringRef text) {
  if (llvm::Error error = writeFileAtomically(
          outputPath(options), [&](llvm::raw_ostream &out) { out << text; }))
    return fail(std::move(error));
  return ExitCode::Success;
}

ExitCode Compilation::emitModule() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  return emitText(text);
}

} // namespace ds
