//===- ModelReader.h - a model file and the data of its tensors
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_MODELREADER_H
#define DS_FRONTENDS_ONNX_MODELREADER_H

#include "dialects/Interfaces/HostTensor.h"
#include "dialects/NN/Weights.h"
#include "frontends/onnx/Importer.h"
#include "onnx/onnx_pb.h"

#include <map>

namespace ds::onnx {

/// Data of a tensor in the layout of #nn.weight: a mapped file where possible,
/// else memory of its own.
struct TensorData {
  mlir::Type element;
  llvm::SmallVector<int64_t> shape;
  WeightData data;

  HostTensor view() const {
    return HostTensor::view(element, shape, data.data);
  }
};

/// Why something could not be read, and whose fault it is.
struct ReadError {
  ImportStatus status = ImportStatus::Malformed;
  std::string message;
};

/// Elements narrower than a byte are packed in a file. Weights have a byte for
/// each.
enum class DataLayout { Unpacked, AsStored };

/// A parsed model file with the files that it refers to.
class ModelFile {
public:
  /// Maps and parses. Null on failure, with the reason in `error`.
  static std::unique_ptr<ModelFile>
  open(llvm::StringRef path, const ImportOptions &options, ReadError &error);

  const ds_onnx::ModelProto &proto() const { return model; }
  const std::string &path() const { return file->path(); }

  /// The data of a tensor of this file. Nothing on failure, with the reason in
  /// `error`.
  std::optional<TensorData> read(const ds_onnx::TensorProto &tensor,
                                 mlir::MLIRContext &context, ReadError &error,
                                 DataLayout layout = DataLayout::Unpacked);

private:
  std::optional<WeightData> readExternal(const ds_onnx::TensorProto &tensor,
                                         int64_t expected, ReadError &error);
  std::shared_ptr<MappedFile> openExternal(llvm::StringRef location,
                                           ReadError &error);

  std::shared_ptr<MappedFile> file;
  ds_onnx::ModelProto model;
  std::map<std::string, std::shared_ptr<MappedFile>> externalFiles;
};

/// The element type that a TensorProto.DataType names; null for strings and
/// unknown numbers.
mlir::Type elementTypeFor(int dataType, mlir::MLIRContext &context);
/// The reverse, 0 where there is none.
int dataTypeFor(mlir::Type elementType);
/// "float", "int64", ..., or the number for unknown ones.
std::string dataTypeName(int dataType);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_MODELREADER_H
