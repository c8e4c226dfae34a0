//===- Options.h - the command line of ds-compile -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_OPTIONS_H
#define DS_COMPILER_DRIVER_OPTIONS_H

#include "compiler/Driver/Driver.h"
#include "compiler/Training/TrainingOptions.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds {

/// Where compilation stops, from the model towards the program.
enum class EmitLevel { NN, Exec, Linalg, LLVM, Object, Library, Program };

/// Points of the compilation at which passes of the user may run.
enum class ExtensionPoint {
  AfterImport,
  AfterAutodiff,
  BeforeFusion,
  BeforeCodegen
};

/// `--at POINT=PIPELINE`.
struct PassAtPoint {
  ExtensionPoint point;
  /// A pass or a pipeline in MLIR's textual form, without an anchor.
  std::string pipeline;
};

/// What the command line says, checked as far as it can be without the model.
struct DriverOptions {
  std::string model;
  /// Empty: named after the model. "-": the standard output.
  std::string output;
  EmitLevel emit = EmitLevel::Program;

  /// By input name; -1 leaves an extent dynamic.
  std::vector<std::pair<std::string, std::vector<int64_t>>> shapes;
  /// By symbolic name.
  std::vector<std::pair<std::string, int64_t>> dims;
  /// A safetensors file whose tensors replace those of the model, or a folder
  /// with one.
  std::string weights;
  /// Finds it there; given by who starts the driver.
  WeightsFinder findWeights;

  /// Set by --train.
  std::optional<TrainingOptions> training;
  /// Where the training options in force are written (--save-config), and what.
  std::string configFile, configText;

  /// native, portable or a CPU that LLVM knows; not checked here.
  std::string targetCpu = "native";
  int optLevel = 3;
  /// Threads of code generation; never 0.
  unsigned jobs = 1;

  std::vector<std::string> plugins;
  std::vector<PassAtPoint> passesAt;

  bool inspect = false;
  bool checkGradients = false;
  bool listOps = false;
  bool listPasses = false;
  bool memoryReport = false;
  bool timePasses = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  /// "-": the standard output.
  std::optional<std::string> explain;
  std::string dumpDirectory;
  std::string traceFile;

  bool help = false;
  bool version = false;
};

/// The command line could not be understood.
struct UsageError {
  std::string message;
};

/// Parses and checks the command line. Says what is wrong with it in the way of
/// a diagnostic: without a prefix, without a final stop.
std::optional<UsageError> parseOptions(int argc, char **argv,
                                       DriverOptions &options);

/// The text of --help, without the plugins' part.
std::string optionsHelp();

/// Names of the extension points as --at takes them.
const char *nameOf(ExtensionPoint point);

/// Name of the level as --emit takes it.
const char *nameOf(EmitLevel level);

/// Parses one `--shape` value, NAME=1x3x224x?; split at the last '=', for names
/// may hold one.
std::optional<UsageError>
parseShape(const std::string &text,
           std::pair<std::string, std::vector<int64_t>> &shape);

/// Parses one `--dim` value, NAME=8.
std::optional<UsageError> parseDim(const std::string &text,
                                   std::pair<std::string, int64_t> &dim);

/// Parses one `--at` value, POINT=PIPELINE; split at the first '='.
std::optional<UsageError> parsePassAtPoint(const std::string &text,
                                           PassAtPoint &pass);

} // namespace ds

#endif // DS_COMPILER_DRIVER_OPTIONS_H
