//===- NodeContext.h - what a converter sees of one node
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_NODECONTEXT_H
#define DS_FRONTENDS_ONNX_NODECONTEXT_H

#include "frontends/onnx/GraphBuilder.h"
#include "frontends/onnx/Registry.h"
#include "onnx/onnx_pb.h"

#include "mlir/IR/Diagnostics.h"

namespace ds::onnx {

class GraphImporter;

/// What a name stands for during the import: a tensor, or a sequence of known
/// length, or an optional without a value (an optional with one is that value).
struct Entity {
  enum class Kind { Tensor, Sequence, None } kind = Kind::None;
  mlir::Value value;
  std::vector<Entity> items;
  /// Element type of a sequence's tensors, for empty ones.
  mlir::Type element;
  /// The type of an optional without a value.
  ds_onnx::TypeProto type;

  Entity() = default;
  Entity(mlir::Value value) : kind(Kind::Tensor), value(value) {}
  static Entity sequence(std::vector<Entity> items, mlir::Type element) {
    Entity e;
    e.kind = Kind::Sequence;
    e.items = std::move(items);
    e.element = element;
    return e;
  }
};

/// One node with its inputs. The node has passed the standard's own checks
/// before a converter runs: the numbers of inputs and outputs, the presence and
/// types of attributes, and the element types of inputs are those of its
/// operator and version. Ranks, extents and values are the converter's to
/// check.
class NodeContext {
public:
  NodeContext(GraphImporter &importer, GraphBuilder &builder,
              const ds_onnx::NodeProto &node, int64_t opset,
              llvm::SmallVector<Entity> inputs)
      : g(builder), importer(importer), node(node), version(opset),
        inputs(std::move(inputs)), outputs(node.output_size()) {}

  /// Where ops are made.
  GraphBuilder &g;
  /// For sub-graphs.
  GraphImporter &importer;
  const ds_onnx::NodeProto &node;

  llvm::StringRef opType() const { return node.op_type(); }
  llvm::StringRef domain() const { return node.domain(); }
  /// Version of the node's domain that the model asks for.
  int64_t opset() const { return version; }

  //===--- Inputs and outputs ---===//

  unsigned numInputs() const { return inputs.size(); }
  unsigned numOutputs() const { return outputs.size(); }
  bool hasInput(unsigned i) const {
    return i < inputs.size() && inputs[i].kind != Entity::Kind::None;
  }
  bool hasOutput(unsigned i) const {
    return i < outputs.size() && !node.output(i).empty();
  }
  /// A tensor input; null when it is left out. An input that is no tensor was
  /// refused by the type check.
  mlir::Value input(unsigned i) const {
    return i < inputs.size() ? inputs[i].value : mlir::Value();
  }
  llvm::SmallVector<mlir::Value> tensorInputs() const;
  const Entity &entity(unsigned i) const { return inputs[i]; }
  mlir::RankedTensorType type(unsigned i) const {
    return GraphBuilder::typeOf(input(i));
  }
  mlir::Type element(unsigned i) const { return type(i).getElementType(); }
  int64_t rank(unsigned i) const { return type(i).getRank(); }

  void set(unsigned i, Entity value) { outputs[i] = std::move(value); }
  llvm::LogicalResult set(mlir::Value value) {
    outputs[0] = value;
    return llvm::success();
  }
  llvm::ArrayRef<Entity> results() const { return outputs; }

  //===--- Attributes (their types have been checked) ---===//

  bool has(llvm::StringRef name) const { return attribute(name) != nullptr; }
  const ds_onnx::AttributeProto *attribute(llvm::StringRef name) const;
  int64_t attrInt(llvm::StringRef name, int64_t otherwise) const;
  double attrFloat(llvm::StringRef name, double otherwise) const;
  std::string attrString(llvm::StringRef name,
                         llvm::StringRef otherwise = "") const;
  /// Empty when absent.
  llvm::SmallVector<int64_t> attrInts(llvm::StringRef name) const;
  llvm::SmallVector<double> attrFloats(llvm::StringRef name) const;
  llvm::SmallVector<std::string> attrStrings(llvm::StringRef name) const;
  /// The element type that an attribute holding a TensorProto.DataType names.
  llvm::FailureOr<mlir::Type> attrType(llvm::StringRef name,
                                       mlir::Type otherwise);

  //===--- Checked readings; each reports its own error ---===//

  /// An axis counted from the end when negative, as a dimension of something of
  /// this rank.
  llvm::FailureOr<int64_t> axis(int64_t axis, int64_t rank);
  /// A list of distinct axes, sorted.
  llvm::FailureOr<llvm::SmallVector<int64_t>> axes(llvm::ArrayRef<int64_t> axes,
                                                   int64_t rank);
  /// The axes that are an attribute in old versions and an input in new ones;
  /// nothing when neither is there.
  llvm::FailureOr<std::optional<llvm::SmallVector<int64_t>>>
  axesFrom(llvm::StringRef attribute, unsigned input, int64_t rank);
  /// An integer input that must be known at compile time.
  llvm::FailureOr<llvm::SmallVector<int64_t>>
  constantInts(unsigned input, llvm::StringRef what);
  /// A number (of one element) that must be known at compile time.
  llvm::FailureOr<double> constantNumber(unsigned input, llvm::StringRef what);
  /// The elements of a rank-0 or rank-1 integer input of static length, as
  /// index values.
  llvm::FailureOr<Sizes> indices(unsigned input, llvm::StringRef what);
  /// An input that lists axes of something of this rank, as index values that
  /// are not negative.
  llvm::FailureOr<Sizes> axisIndices(unsigned input, int64_t rank);
  /// One element of a tensor of one element.
  llvm::FailureOr<mlir::OpFoldResult> scalarIndex(unsigned input,
                                                  llvm::StringRef what);
  /// An input of one element as a rank-0 tensor.
  llvm::FailureOr<mlir::Value> scalar(unsigned input, llvm::StringRef what);
  /// Fails unless the input has this rank, or one between the two.
  llvm::LogicalResult expectRank(unsigned input, int64_t low,
                                 int64_t high = -1);
  /// NumPy broadcasting of values against each other.
  llvm::FailureOr<llvm::SmallVector<mlir::Value>>
  broadcast(llvm::ArrayRef<mlir::Value> values);

  //===--- Errors ---===//

  /// The file breaks a rule.
  mlir::InFlightDiagnostic error(const llvm::Twine &message);
  /// The file is right, we cannot do it: say what is missing and what would
  /// work.
  mlir::InFlightDiagnostic unsupported(const llvm::Twine &message);

private:
  int64_t version;
  llvm::SmallVector<Entity> inputs;
  llvm::SmallVector<Entity> outputs;
};

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_NODECONTEXT_H
