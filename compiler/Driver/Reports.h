//===- Reports.h - what the compiler decided, and why ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_REPORTS_H
#define DS_COMPILER_DRIVER_REPORTS_H

#include "compiler/Codegen/Codegen.h"
#include "nlohmann/json_fwd.hpp"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace ds {

/// --explain: what was fused, how each kernel runs, and why one is not
/// vectorised.
class Explanation {
public:
  /// Notes which ops each kernel computes; called while they are nn ops.
  void describeKernels(mlir::ModuleOp module);

  /// Of a planned module and its code, in the version that comes first:
  ///
  ///   target
  ///   kernels: [{name, ops: [...], launches, strategy, vectorized, reason,
  ///              nodes: [...]}], `nodes` with one text per launch
  ///   other_versions: [{target, kernels: [{name, strategy, vectorized,
  ///                                        reason}]}]
  nlohmann::ordered_json toJson(mlir::ModuleOp module,
                                const GeneratedCode &code) const;
  void print(mlir::ModuleOp module, const GeneratedCode &code,
             llvm::raw_ostream &out) const;

private:
  llvm::StringMap<std::vector<std::string>> ops;
};

} // namespace ds

#endif // DS_COMPILER_DRIVER_REPORTS_H
