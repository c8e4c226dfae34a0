//===- GraphImporter.h - walks graphs and calls converters
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_GRAPHIMPORTER_H
#define DS_FRONTENDS_ONNX_GRAPHIMPORTER_H

#include "frontends/onnx/ExportNotes.h"
#include "frontends/onnx/ModelReader.h"
#include "frontends/onnx/NodeContext.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace ds_onnx {
class OpSchema;
}

namespace ds::onnx {

/// Choices that only a run can justify, such as which of two branches with
/// results of different rank is meant. An import makes them in order; where it
/// fails, or yields outputs of other ranks than declared, it is made again with
/// the next combination. Every choice is checked when the program runs.
struct Decisions {
  struct Choice {
    int taken;
    int alternatives;
  };
  std::vector<Choice> choices;
  size_t made = 0;

  int next(int alternatives);
  /// Moves on to the next combination; false when there is none.
  bool advance();
};

/// Imports the graphs of one model into one function: the main graph,
/// sub-graphs where converters of control flow ask for them, functions at their
/// calls. A node that cannot be imported is reported, what depends on it is
/// skipped, and the walk goes on, so that one run reports everything.
class GraphImporter {
public:
  GraphImporter(ModelFile &file, mlir::MLIRContext &context,
                const ImportOptions &options, Decisions &decisions);

  /// Makes `@main` in the module.
  ImportStatus importMain(mlir::ModuleOp module);

  /// Imports the nodes of a sub-graph at the current insertion point; names of
  /// the surrounding graphs are visible. Returns the values of its outputs, or
  /// fails with a report made.
  mlir::FailureOr<std::vector<Entity>>
  importGraph(const ds_onnx::GraphProto &graph, llvm::ArrayRef<Entity> inputs);

  /// Imports once more, at the current insertion point, the nodes by which
  /// `output` is computed from the names that `given` binds to values. Fails
  /// with a report made.
  mlir::FailureOr<mlir::Value>
  importBetween(llvm::ArrayRef<std::pair<llvm::StringRef, mlir::Value>> given,
                llvm::StringRef output);

  /// A tensor constant from the file.
  mlir::FailureOr<mlir::Value> importTensor(const ds_onnx::TensorProto &tensor,
                                            mlir::Location loc);
  mlir::FailureOr<mlir::Value>
  importSparseTensor(const ds_onnx::SparseTensorProto &tensor,
                     mlir::Location loc);

  /// Reports an error and remembers its kind.
  mlir::InFlightDiagnostic report(ImportStatus status, mlir::Location loc,
                                  const llvm::Twine &message);
  /// The worst kind reported so far.
  ImportStatus status() const { return worst; }

  /// Reports that have been held back, and the worst kind among them.
  struct HeldReports {
    std::vector<mlir::Diagnostic> reports;
    ImportStatus worst = ImportStatus::Ok;
  };
  /// Runs `import` and returns what it reported, which so far counts for
  /// nothing.
  HeldReports hold(llvm::function_ref<void()> import);
  /// Makes reports that were held back after all.
  void release(HeldReports held);
  /// Whether sizes that the file leaves open have been fixed.
  bool hasFixedSizes() const {
    return !options.shapes.empty() || !options.dims.empty();
  }

  /// One of several ways to go on. The caller makes the program check that it
  /// is the right one.
  int decide(int alternatives) { return decisions.next(alternatives); }
  /// Whether the outputs have the ranks that the file declares.
  bool hasDeclaredRanks() const { return declaredRanks; }

  /// Null unless the model is imported for training.
  const TrainingImport *training() const {
    return options.training ? &*options.training : nullptr;
  }
  /// Marks the constant `value`, the initialiser `name`, as something that
  /// training changes; a marked value comes back as it is.
  mlir::Value markParameter(llvm::StringRef name, mlir::Value value);
  /// States that a step changes the marked value `parameter` to `next`.
  void changeState(mlir::Value parameter, mlir::Value next);
  /// Whether nodes are those of the function itself, not of a sub-graph.
  bool isOutermost() const { return nesting == 0; }

  mlir::MLIRContext &context() { return ctx; }
  GraphBuilder &builder() { return g; }

private:
  using Nodes = google::protobuf::RepeatedPtrField<ds_onnx::NodeProto>;

  /// Names of one graph. A function's scope sees no outer names.
  struct Scope {
    Scope *outer = nullptr;
    bool isolated = false;
    /// The nodes of the graph, and their order; none where it has not been
    /// found yet.
    const Nodes *nodes = nullptr;
    std::vector<int> order;
    llvm::StringMap<Entity> values;
    llvm::StringMap<const ds_onnx::TensorProto *> tensors;
    llvm::StringMap<const ds_onnx::SparseTensorProto *> sparseTensors;
    /// Names whose nodes failed.
    llvm::StringSet<> failed;
    /// Attributes of the call, in a function.
    const std::map<std::string, ds_onnx::AttributeProto> *attributes = nullptr;
  };
  enum class Lookup { Found, Failed, Missing };

  using Opsets = llvm::StringMap<int64_t>;

  mlir::Location nodeLocation(const ds_onnx::NodeProto &node, int index);
  Lookup lookup(llvm::StringRef name, Entity &entity);
  mlir::Value namedConstant(llvm::StringRef name, const TensorData &data);
  mlir::LogicalResult addTensors(Scope &scope,
                                 const ds_onnx::GraphProto &graph);
  mlir::LogicalResult importNodes(const Nodes &nodes,
                                  const llvm::StringSet<> &given);
  mlir::FailureOr<std::vector<int>> orderNodes(const Nodes &nodes,
                                               const llvm::StringSet<> &given);
  std::vector<std::pair<const Scope *, int>>
  nodesBetween(const llvm::StringSet<> &given, llvm::StringRef output);
  void importNode(const ds_onnx::NodeProto &node, mlir::Location loc);
  void failOutputs(const ds_onnx::NodeProto &node);
  bool importKnownNode(const ds_onnx::NodeProto &node, mlir::Location loc);
  bool callFunction(const ds_onnx::FunctionProto &function,
                    const ds_onnx::NodeProto &node,
                    llvm::ArrayRef<Entity> inputs,
                    std::map<std::string, ds_onnx::AttributeProto> attributes,
                    mlir::Location loc);
  std::optional<ds_onnx::NodeProto>
  resolveAttributes(const ds_onnx::NodeProto &node);
  bool isKnown(const ds_onnx::NodeProto &node);
  void reportUnknown(const ds_onnx::NodeProto &node, mlir::Location loc);
  void scanSkipped(const ds_onnx::NodeProto &node, mlir::Location loc);

  mlir::FailureOr<mlir::RankedTensorType>
  inputType(const ds_onnx::ValueInfoProto &info, llvm::StringSet<> &usedDims);
  bool nest(mlir::Location loc);

  ModelFile &file;
  mlir::MLIRContext &ctx;
  const ImportOptions &options;
  Decisions &decisions;
  ExportNotes notes;
  bool declaredRanks = true;
  GraphBuilder g;
  Scope *scope = nullptr;
  Opsets opsets;
  llvm::StringMap<const ds_onnx::FunctionProto *> functions;
  /// Functions being inlined: a function must not call itself.
  llvm::SmallVector<const ds_onnx::FunctionProto *> calls;
  /// Prefix of node names inside functions.
  std::string namePrefix;
  /// Inside a function of the standard: everything is the calling node.
  std::optional<mlir::Location> fixedLocation;
  int64_t nesting = 0;
  int64_t nodeCount = 0;
  /// Constants by name: the data, and the value made of it.
  llvm::StringMap<std::vector<std::pair<const char *, mlir::Value>>> weights;
  /// New values of what a step of training changes, by name.
  llvm::MapVector<mlir::StringAttr, mlir::Value> stateChanges;
  ImportStatus worst = ImportStatus::Ok;
};

/// "ai.onnx" is another spelling of the empty domain.
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

/// The type of a value as the standard spells it, "tensor(float)".
std::string typeName(const Entity &entity);
/// As a proto, with the extents that are known.
ds_onnx::TypeProto typeProto(const Entity &entity);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_GRAPHIMPORTER_H
