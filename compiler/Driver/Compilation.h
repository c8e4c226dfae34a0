//===- Compilation.h - the stages from a model to a file ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_COMPILATION_H
#define DS_COMPILER_DRIVER_COMPILATION_H

#include "compiler/Codegen/Codegen.h"
#include "compiler/Driver/CompileLog.h"
#include "compiler/Driver/Diagnostics.h"
#include "compiler/Driver/Driver.h"
#include "compiler/Driver/Instrumentation.h"
#include "compiler/Driver/Options.h"
#include "compiler/Driver/Reports.h"
#include "compiler/Driver/SafeTensors.h"
#include "compiler/Driver/Terminal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace ds {

class LoadedProgram;
struct ImportOptions;

/// One run of ds-compile, from the options to the output file and the reports.
/// Whatever fails has been reported when it comes back.
class Compilation {
public:
  Compilation(const DriverOptions &options, mlir::MLIRContext &context,
              DiagnosticRenderer &diagnostics, Progress &progress,
              CompileLog &log, IRDumper *dumper)
      : options(options), context(context), diagnostics(diagnostics),
        progress(progress), log(log), dumper(dumper) {}

  /// All stages.
  ExitCode run();
  /// --check-gradients in the place of a compilation (CheckGradients.cpp).
  ExitCode checkGradients();
  /// The first of them: reads the model into a module at the nn level
  /// (Loading.cpp).
  ExitCode load();
  mlir::ModuleOp getModule() { return *module; }

private:
  /// A stage while it lives: timed, shown as progress, told of by --verbose.
  class Stage {
  public:
    Stage(Compilation &compilation, llvm::StringRef name);
    ~Stage();

  private:
    Compilation &compilation;
    std::string name;
    CompileLog::Clock::time_point begin;
  };

  ExitCode loadOnnx();
  ExitCode loadForTraining(ImportOptions &import);
  ExitCode loadForGradients(ImportOptions &import);
  ExitCode loadMlir();
  /// Opens the file of --weights, if there is one.
  ExitCode openWeights(std::optional<SafeTensorsFile> &file);
  /// Refuses a file of which nothing was used.
  ExitCode checkReplaced(unsigned count);

  /// The stages behind the first, from the module to the output.
  ExitCode compile();
  /// Compiles the model, whose module asks for no gradients yet, and them.
  ExitCode compileGradient(mlir::func::FuncOp model,
                           std::unique_ptr<LoadedProgram> &forward,
                           std::unique_ptr<LoadedProgram> &backward);

  /// Whether the CPU, the output and all that --at asks for make sense.
  ExitCode checkTarget();
  ExitCode checkOutput();
  ExitCode checkPassesAt();

  /// Runs what the user wants to run at a point.
  ExitCode runExtensionPoint(ExtensionPoint point);
  /// Runs a pipeline over the module, watched: timed and dumped.
  ExitCode runPasses(llvm::StringRef stage,
                     llvm::function_ref<void(mlir::OpPassManager &)> build);

  /// Writes the module, or another text, to the output.
  ExitCode emitModule();
  ExitCode emitText(llvm::StringRef text);
  /// From kernels to the output file, and its reports (Generation.cpp).
  ExitCode generate();
  ExitCode link(const GeneratedCode &code);
  /// Prints or writes what was asked for; `code` where there is any.
  ExitCode writeReports(const GeneratedCode *code);
  ExitCode fail(llvm::Error error);

  const DriverOptions &options;
  mlir::MLIRContext &context;
  DiagnosticRenderer &diagnostics;
  Progress &progress;
  CompileLog &log;
  IRDumper *dumper;
  Explanation explanation;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Of a training job: the ONNX model that `ds-run export` completes.
  std::string modelTemplate;
};

/// Where the output of a compilation goes: -o, or a name made of the model's.
std::string outputPath(const DriverOptions &options);

/// Whether a file is MLIR, text or bytecode; by its extension.
bool isMlirFile(llvm::StringRef path);

} // namespace ds

#endif // DS_COMPILER_DRIVER_COMPILATION_H
