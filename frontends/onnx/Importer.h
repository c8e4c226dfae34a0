//===- Importer.h - ONNX files become nn IR
//--------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_IMPORTER_H
#define DS_FRONTENDS_ONNX_IMPORTER_H

#include "dialects/NN/Weights.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/ADT/StringMap.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// How a model that is to be trained is imported.
struct TrainingImport {
  /// Initialisers to mark as parameters (`train.parameter`). `isConstant`: the
  /// exporter has noted that this one is a buffer, or folded from constants.
  std::function<bool(llvm::StringRef name, mlir::RankedTensorType type,
                     bool isConstant)>
      isTrainable;
  /// The model as a step of training sees it; else as it is used after
  /// training. In a step, batch normalisation uses the statistics of the batch,
  /// and the function yields the new running statistics as further results,
  /// with the role "state"; random numbers depend on an argument "key" with the
  /// role "hyper"; Dropout drops.
  bool isStep = false;
  /// Batch normalisation always uses its running statistics, which are
  /// constants.
  bool freezeBatchNorm = false;
  /// Dropout never drops.
  bool noDropout = false;
};

/// What a user may fix before the import, and what a file may ask of us.
struct ImportOptions {
  /// Set for a model that is to be trained.
  std::optional<TrainingImport> training;
  /// Full shapes of inputs by name (`--shape`); a negative entry stays dynamic.
  llvm::StringMap<std::vector<int64_t>> shapes;
  /// Extents of symbolic dimensions by name (`--dim`).
  llvm::StringMap<int64_t> dims;
  /// Data that takes the place of an initialiser's (`--weights`): asked with
  /// its name and type. Nothing keeps the file's; a text in `reason` refuses
  /// the model.
  std::function<std::optional<WeightData>(
      llvm::StringRef name, mlir::RankedTensorType type, std::string &reason)>
      replaceInitializer;
  /// Sub-graphs and functions may nest this deep.
  int64_t maxNesting = 64;
  /// Nodes over all graphs, functions inlined.
  int64_t maxNodes = 1'000'000;
  /// Bytes of the model file without its large tensor data.
  int64_t maxModelBytes = int64_t{1} << 30;
  /// Constant results larger than this are left to the program.
  int64_t maxFoldBytes = int64_t{64} << 10;
};

/// How an import ended; the driver's exit codes follow from it.
enum class ImportStatus {
  Ok,
  Failed,      ///< the work failed (the file cannot be read)
  WrongUse,    ///< an option does not fit the model
  Unsupported, ///< the model is well-formed, but needs what this build has not
  Malformed,   ///< the file breaks the rules of its format
};

struct ImportResult {
  ImportStatus status = ImportStatus::Failed;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Reads the model at `path` into a module with one function `@main`. Every
/// failure has been reported through the context's diagnostics; unsupported
/// operators are reported all at once.
///
/// The function's arguments carry `ds.name`, `ds.dim_names` (array of strings,
/// "" for anonymous) and, where the file has an initialiser of the same name,
/// `ds.default` (dense elements or `#nn.weight`); its results carry `ds.name`.
/// The module carries `ds.name`, `ds.producer` and `ds.metadata` (dictionary of
/// strings), `ds.opsets` (dictionary, domain to version). Ops are located at
/// fused<"OpType">[NameLoc(node name, file)]; nodes without a name are called
/// "OpType#index".
ImportResult importOnnx(llvm::StringRef path, mlir::MLIRContext &context,
                        const ImportOptions &options);

/// Whether an operator has a gradient: what the gradients of its tests came to.
enum class OperatorGradient {
  Yes,
  Partly,  ///< in some of its forms
  No,      ///< it should have, and has not
  Nothing, ///< no output is a differentiable function of an input
};

/// One importable operator, for `--list-ops`.
struct ImportableOp {
  std::string domain;
  std::string name;
  std::vector<int> versions;
  /// Composed of other operators by the standard's own function body.
  bool byFunction = false;
  OperatorGradient gradient = OperatorGradient::Nothing;
};

/// All of them, by domain and name.
std::vector<ImportableOp> listImportableOps();

/// Version of the ONNX library and the highest opset of the default domain.
llvm::StringRef onnxVersion();
int highestOpset();

} // namespace ds

#endif // DS_FRONTENDS_ONNX_IMPORTER_H
