//===- Opt.cpp - the program ds-opt ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Driver.h"
#include "compiler/Driver/Registration.h"
#include "compiler/Plugin/Loader.h"
#include "passes/Analysis/Evaluator.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Debug.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

namespace ds {

namespace {

/// Runs the reference evaluator where it stands in the pipeline. As a pass it
/// works on what the passes before it have made, with splitting, verification
/// of diagnostics and the rest of mlir-opt around it.
class EvaluatePass
    : public mlir::PassWrapper<EvaluatePass,
                               mlir::OperationPass<mlir::ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EvaluatePass)

  explicit EvaluatePass(llvm::raw_ostream *&out) : out(out) {}

  llvm::StringRef getArgument() const override { return "nn-evaluate"; }
  llvm::StringRef getDescription() const override {
    return "run every function without arguments by the reference evaluator "
           "and print its results instead of the IR";
  }
  void runOnOperation() override {
    if (mlir::failed(evaluateModule(getOperation(), *out)))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  llvm::raw_ostream *&out;
};

} // namespace

/// Checks every plugin named on the command line before MLIR's own loader,
/// which knows nothing of our versions, calls it.
static llvm::Error checkPluginArguments(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef word = argv[i];
    if (!word.consume_front("--load-pass-plugin") &&
        !word.consume_front("-load-pass-plugin"))
      continue;
    if (!word.consume_front("=")) {
      if (!word.empty() || i + 1 == argc)
        continue;
      word = argv[++i];
    }
    if (llvm::Expected<PluginInfo> info = checkPlugin(word); !info)
      return info.takeError();
  }
  return llvm::Error::success();
}

/// Whether --nn-evaluate is among the words.
static bool wantsEvaluation(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef word = llvm::StringRef(argv[i]).ltrim('-');
    if (word == "nn-evaluate" ||
        (word.starts_with("pass-pipeline") && word.contains("nn-evaluate")))
      return true;
  }
  return false;
}

/// With --nn-evaluate the output is the results alone.
static llvm::LogicalResult runForResults(llvm::StringRef inputName,
                                         llvm::StringRef outputName,
                                         mlir::DialectRegistry &registry,
                                         llvm::raw_ostream *&results) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> input =
      mlir::openInputFile(inputName, &error);
  std::unique_ptr<llvm::ToolOutputFile> output =
      input ? mlir::openOutputFile(outputName, &error) : nullptr;
  if (!output) {
    llvm::errs() << "error: " << error << '\n';
    return mlir::failure();
  }
  results = &output->os();
  if (mlir::failed(
          mlir::MlirOptMain(llvm::nulls(), std::move(input), registry,
                            mlir::MlirOptMainConfig::createFromCLOptions())))
    return mlir::failure();
  output->keep();
  return mlir::success();
}

int dsOptMain(int argc, char **argv, mlir::DialectRegistry &registry) {
  if (llvm::Error error = checkPluginArguments(argc, argv)) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << '\n';
    return static_cast<int>(ExitCode::WrongUse);
  }
  registerDialects(registry);
  registerPasses();
  llvm::raw_ostream *results = &llvm::outs();
  mlir::registerPass([&]() -> std::unique_ptr<mlir::Pass> {
    return std::make_unique<EvaluatePass>(results);
  });

#ifndef NDEBUG
  // LLVM as packaged has no such option; LLVM_DEBUG of our own code obeys it.
  llvm::SmallVector<std::string> types;
  llvm::SmallVector<const char *> typeNames;
  llvm::cl::list<std::string> debugOnly(
      "debug-only",
      llvm::cl::desc(
          "print debug output of these types, such as names of passes"),
      llvm::cl::CommaSeparated,
      llvm::cl::callback([&](const std::string &type) {
        types.push_back(type);
        typeNames.clear();
        for (const std::string &name : types)
          typeNames.push_back(name.c_str());
        llvm::DebugFlag = true;
        llvm::setCurrentDebugTypes(typeNames.data(), typeNames.size());
      }));
#endif

  auto [inputName, outputName] = mlir::registerAndParseCLIOptions(
      argc, argv, "ds-opt: passes on IR\n", registry);
  if (wantsEvaluation(argc, argv))
    return mlir::asMainReturnCode(
        runForResults(inputName, outputName, registry, results));
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, inputName, outputName, registry));
}

} // namespace ds
