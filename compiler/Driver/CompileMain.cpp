//===- CompileMain.cpp - the program ds-compile ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Compilation.h"
#include "compiler/Driver/Driver.h"
#include "compiler/Driver/Inspect.h"
#include "compiler/Driver/Lists.h"
#include "compiler/Driver/Registration.h"
#include "frontends/onnx/ModelReader.h"

#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ThreadPool.h"

#include <nlohmann/json.hpp>

namespace ds {

/// Loads the plugins; on failure says why and returns false.
static bool loadPlugins(const DriverOptions &options,
                        DiagnosticRenderer &diagnostics,
                        std::vector<LoadedPlugin> &plugins) {
  for (const std::string &path : options.plugins) {
    llvm::Expected<LoadedPlugin> plugin = loadPlugin(path);
    if (!plugin) {
      diagnostics.error(llvm::toString(plugin.takeError()));
      return false;
    }
    plugins.push_back(std::move(*plugin));
  }
  return true;
}

/// --inspect.
static ExitCode inspect(const DriverOptions &options,
                        mlir::MLIRContext &context,
                        DiagnosticRenderer &diagnostics,
                        Compilation &compilation) {
  nlohmann::ordered_json description;
  if (isMlirFile(options.model)) {
    ExitCode code = compilation.load();
    if (code != ExitCode::Success)
      return code;
    description = inspectModel(compilation.getModule());
  } else {
    onnx::ReadError error;
    std::unique_ptr<onnx::ModelFile> file =
        onnx::ModelFile::open(options.model, ImportOptions(), error);
    if (!file) {
      diagnostics.error(error.message);
      return error.status == ImportStatus::Malformed ? ExitCode::BadFile
                                                     : ExitCode::Failed;
    }
    description = inspectOnnx(file->proto(), context);
  }
  if (options.json)
    llvm::outs() << description.dump(
                        2, ' ', false,
                        nlohmann::ordered_json::error_handler_t::replace)
                 << '\n';
  else
    printInspection(description, llvm::outs());
  return ExitCode::Success;
}

/// What is listed about the program itself, if that was asked for.
static bool runLists(const DriverOptions &options,
                     llvm::ArrayRef<RegisteredPass> ours,
                     llvm::ArrayRef<LoadedPlugin> plugins) {
  if (options.help) {
    llvm::outs() << optionsHelp();
    printPluginHelp(plugins, llvm::outs());
  } else if (options.version) {
    printVersion(options.json, llvm::outs());
  } else if (options.listOps) {
    printOperators(options.json, llvm::outs());
  } else if (options.listPasses) {
    printPasses(ours, plugins, options.json, llvm::outs());
  } else {
    return false;
  }
  return true;
}

int dsCompileMain(int argc, char **argv, WeightsFinder findWeights) {
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg(
      "ds-compile crashed, which is a bug in it; what it was doing:\n");
  CompileLog log;
  DriverOptions options;
  options.findWeights = std::move(findWeights);
  std::optional<UsageError> wrongUse = parseOptions(argc, argv, options);
  Progress progress(!options.quiet && !wrongUse);
  DiagnosticRenderer diagnostics(progress, options.quiet);
  auto finish = [](ExitCode code) { return static_cast<int>(code); };
  if (wrongUse) {
    diagnostics.error(wrongUse->message);
    return finish(ExitCode::WrongUse);
  }

  registerPasses();
  std::vector<RegisteredPass> ours;
  if (options.listPasses)
    ours = registeredPasses();
  registerUpstreamPasses();
  std::vector<LoadedPlugin> plugins;
  if (!loadPlugins(options, diagnostics, plugins))
    return finish(ExitCode::WrongUse);
  if (runLists(options, ours, plugins))
    return finish(ExitCode::Success);

  std::unique_ptr<IRDumper> dumper;
  if (!options.dumpDirectory.empty()) {
    llvm::Expected<std::unique_ptr<IRDumper>> created =
        IRDumper::create(options.dumpDirectory);
    if (!created) {
      diagnostics.error(llvm::toString(created.takeError()));
      return finish(ExitCode::Failed);
    }
    dumper = std::move(*created);
  }

  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  // Numbered dumps in the order of the passes need one thread.
  llvm::DefaultThreadPool threads(llvm::hardware_concurrency(options.jobs));
  if (options.jobs > 1 && !dumper)
    context.setThreadPool(threads);
  diagnostics.attach(context);

  Compilation compilation(options, context, diagnostics, progress, log,
                          dumper.get());
  ExitCode code = options.inspect
                      ? inspect(options, context, diagnostics, compilation)
                  : options.checkGradients ? compilation.checkGradients()
                                           : compilation.run();
  auto alsoFail = [&](llvm::Error error) {
    if (!error)
      return;
    diagnostics.error(llvm::toString(std::move(error)));
    code = code == ExitCode::Success ? ExitCode::Failed : code;
  };
  if (dumper)
    alsoFail(dumper->takeError());
  if (!options.traceFile.empty())
    alsoFail(log.writeTrace(options.traceFile));
  return finish(code);
}

} // namespace ds
