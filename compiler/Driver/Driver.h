//===- Driver.h - the programs ds-compile and ds-opt ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_DRIVER_H
#define DS_COMPILER_DRIVER_DRIVER_H

#include "mlir/IR/DialectRegistry.h"

#include <functional>
#include <string>
#include <vector>

namespace ds {

/// How a program of ours ends.
enum class ExitCode {
  Success = 0,
  /// The work failed.
  Failed = 1,
  /// The command line is wrong, or does not fit the model.
  WrongUse = 2,
  /// The model is in order, but needs something that this build does not have.
  Unsupported = 3,
  /// A file breaks the rules of its format.
  BadFile = 4,
};

/// What was found in a folder that --weights names.
struct FoundWeights {
  ExitCode code = ExitCode::Success;
  /// The path of a safetensors file, or what went wrong.
  std::string text;
  /// What was passed over, and why; a sentence each.
  std::vector<std::string> skipped;
};

/// Looks into a training checkpoint, or a folder of them. Checkpoints are the
/// runtime's, which the compiler does not know: who links both says how.
using WeightsFinder = std::function<FoundWeights(const std::string &folder)>;

/// ds-compile: a model becomes a program. Returns the exit status.
int dsCompileMain(int argc, char **argv, WeightsFinder findWeights);

/// ds-opt: mlir-opt with our dialects and passes beside those in `registry`.
/// Returns the exit status.
int dsOptMain(int argc, char **argv, mlir::DialectRegistry &registry);

} // namespace ds

#endif // DS_COMPILER_DRIVER_DRIVER_H
