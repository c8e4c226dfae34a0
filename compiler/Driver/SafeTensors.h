//===- SafeTensors.h - reads safetensors files ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_SAFETENSORS_H
#define DS_COMPILER_DRIVER_SAFETENSORS_H

#include "dialects/NN/Weights.h"

#include "mlir/IR/BuiltinTypes.h"

#include "llvm/Support/Error.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ds {

/// A tensor of a file; `data` is valid as long as the file is open.
struct SafeTensor {
  /// As the format spells it, such as F32 or I64.
  std::string elementName;
  std::vector<int64_t> shape;
  const char *data = nullptr;
  int64_t bytes = 0;
};

/// A mapped safetensors file whose header has been checked: every tensor lies
/// inside the file and is as large as its shape says.
class SafeTensorsFile {
public:
  static llvm::Expected<SafeTensorsFile> open(llvm::StringRef path);

  const std::map<std::string, SafeTensor, std::less<>> &tensors() const {
    return byName;
  }
  const std::string &path() const { return file->path(); }
  /// The tensor's memory, kept alive by itself.
  WeightData weight(const SafeTensor &tensor) const {
    return {file, tensor.data, tensor.bytes};
  }

private:
  std::shared_ptr<MappedFile> file;
  std::map<std::string, SafeTensor, std::less<>> byName;
};

/// The element type that a name of the format stands for, or null for one that
/// we do not know.
mlir::Type safeTensorElementType(llvm::StringRef elementName,
                                 mlir::MLIRContext *context);

} // namespace ds

#endif // DS_COMPILER_DRIVER_SAFETENSORS_H
