//===- ModelTemplate.cpp - a model file to put other weights in -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/ModelTemplate.h"

#include "frontends/onnx/ModelReader.h"
#include "frontends/onnx/WireFilter.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"

using ds_onnx::GraphProto;
using ds_onnx::TensorProto;

namespace ds {

using namespace onnx;

namespace {

class TemplateMaker {
public:
  TemplateMaker(ModelFile &file, mlir::MLIRContext &context,
                llvm::ArrayRef<std::string> names)
      : file(file), context(context) {
    for (const std::string &name : names)
      missing.insert(name);
    wanted = missing;
  }

  llvm::Error takeOut(GraphProto &graph);
  llvm::Error visit(ds_onnx::AttributeProto &attribute);

  llvm::StringSet<> missing; ///< names that were not met yet

private:
  llvm::Error moveInside(TensorProto &tensor);

  /// Removes the initialisers that are wanted; completes the others.
  template <typename Fields, typename TensorOf>
  llvm::Error filter(Fields &fields, TensorOf tensorOf) {
    int kept = 0;
    for (int i = 0; i < fields.size(); ++i) {
      TensorProto &tensor = tensorOf(*fields.Mutable(i));
      if (wanted.contains(tensor.name())) {
        missing.erase(tensor.name());
        continue;
      }
      if (llvm::Error error = moveInside(tensor))
        return error;
      fields.SwapElements(kept++, i);
    }
    fields.DeleteSubrange(kept, fields.size() - kept);
    return llvm::Error::success();
  }

  ModelFile &file;
  mlir::MLIRContext &context;
  llvm::StringSet<> wanted;
};

} // namespace

/// Raw data that the reader left in the mapped file, or that lie in another
/// one, become part of the message.
llvm::Error TemplateMaker::moveInside(TensorProto &tensor) {
  bool isExternal = tensor.data_location() == TensorProto::EXTERNAL;
  if (!isExternal && !rawDataSpan(tensor))
    return llvm::Error::success();
  ReadError error;
  std::optional<TensorData> tensorData =
      file.read(tensor, context, error, DataLayout::AsStored);
  if (!tensorData)
    return llvm::createStringError("tensor \"" + tensor.name() +
                                   "\": " + error.message);
  tensor.set_raw_data(tensorData->data.data, tensorData->data.bytes);
  tensor.clear_external_data();
  tensor.clear_data_location();
  // The reader's note of where the data were.
  tensor.mutable_unknown_fields()->clear();
  return llvm::Error::success();
}

llvm::Error TemplateMaker::visit(ds_onnx::AttributeProto &attribute) {
  if (attribute.has_t())
    if (llvm::Error error = moveInside(*attribute.mutable_t()))
      return error;
  for (TensorProto &tensor : *attribute.mutable_tensors())
    if (llvm::Error error = moveInside(tensor))
      return error;
  if (attribute.has_sparse_tensor())
    for (TensorProto *part :
         {attribute.mutable_sparse_tensor()->mutable_values(),
          attribute.mutable_sparse_tensor()->mutable_indices()})
      if (llvm::Error error = moveInside(*part))
        return error;
  if (attribute.has_g())
    if (llvm::Error error = takeOut(*attribute.mutable_g()))
      return error;
  for (GraphProto &graph : *attribute.mutable_graphs())
    if (llvm::Error error = takeOut(graph))
      return error;
  return llvm::Error::success();
}

llvm::Error TemplateMaker::takeOut(GraphProto &graph) {
  if (llvm::Error error =
          filter(*graph.mutable_initializer(),
                 [](TensorProto &tensor) -> TensorProto & { return tensor; }))
    return error;
  // A sparse initialiser is called as its values are.
  if (llvm::Error error =
          filter(*graph.mutable_sparse_initializer(),
                 [](ds_onnx::SparseTensorProto &tensor) -> TensorProto & {
                   return *tensor.mutable_values();
                 }))
    return error;
  for (ds_onnx::SparseTensorProto &tensor : *graph.mutable_sparse_initializer())
    if (llvm::Error error = moveInside(*tensor.mutable_indices()))
      return error;
  for (ds_onnx::NodeProto &node : *graph.mutable_node())
    for (ds_onnx::AttributeProto &attribute : *node.mutable_attribute())
      if (llvm::Error error = visit(attribute))
        return error;
  return llvm::Error::success();
}

llvm::Expected<std::string>
makeModelTemplate(llvm::StringRef path, mlir::MLIRContext &context,
                  const ImportOptions &options,
                  llvm::ArrayRef<std::string> names) {
  ReadError readError;
  std::unique_ptr<ModelFile> file = ModelFile::open(path, options, readError);
  if (!file)
    return llvm::createStringError(path + ": " + readError.message);
  ds_onnx::ModelProto model = file->proto();
  TemplateMaker maker(*file, context, names);
  if (llvm::Error error = maker.takeOut(*model.mutable_graph()))
    return error;
  for (ds_onnx::FunctionProto &function : *model.mutable_functions())
    for (ds_onnx::NodeProto &node : *function.mutable_node())
      for (ds_onnx::AttributeProto &attribute : *node.mutable_attribute())
        if (llvm::Error error = maker.visit(attribute))
          return error;
  if (!maker.missing.empty())
    return llvm::createStringError(
        path + ": expected an initialiser called \"" +
        maker.missing.begin()->getKey() + "\", found none");
  std::unique_ptr<GraphProto> graph(model.release_graph());
  std::string head, body;
  if (!model.SerializePartialToString(&head) ||
      !graph->SerializePartialToString(&body))
    return llvm::createStringError(
        path + ": what training leaves as it is takes 2 GiB or more");
  std::string text(8, '\0');
  llvm::support::endian::write64le(text.data(), head.size());
  return text + head + body;
}

} // namespace ds
