//===- tensor.h - a tensor on the host ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dense row-major tensor that owns its elements or keeps the file alive that
// they lie in.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_TENSOR_H
#define DS_RUNTIME_DATA_TENSOR_H

#include "runtime/base/element_type.h"
#include "runtime/base/file.h"
#include "runtime/base/memory.h"
#include "runtime/base/signature.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ds {

/// Move-only. `data` is 64-byte aligned and never null.
struct Tensor {
  int32_t elementType = 0;
  std::vector<int64_t> dims;
  const void *data = nullptr;

  Buffer storage; ///< what `data` points to, or
  std::shared_ptr<const FileView>
      file;               ///< the file whose mapping it points into
  std::vector<char> text; ///< the bytes of strings; no std::string, whose short
                          ///< form moves with the tensor

  int64_t count() const { return *elementCount(dims); }
  size_t byteSize() const {
    return static_cast<size_t>(count()) * elementSize(elementType);
  }
  Signature signature() const { return {elementType, dims}; }
};

/// A tensor that somebody else owns, to be written or summarised.
struct TensorView {
  int32_t elementType;
  std::span<const int64_t> dims;
  const void *data;

  int64_t count() const { return *elementCount(dims); }
};

} // namespace ds

#endif // DS_RUNTIME_DATA_TENSOR_H
