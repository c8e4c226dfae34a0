//===- safetensors.h - named tensors in one file --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes the safetensors format: a JSON header with names, types,
// shapes and places, then the elements.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_SAFETENSORS_H
#define DS_RUNTIME_DATA_SAFETENSORS_H

#include "runtime/data/tensor.h"

#include <string>
#include <utility>
#include <vector>

namespace ds {

/// A tensor of a safetensors file; `data` points into the file's bytes,
/// unaligned if the writer did not care.
struct StoredTensor {
  std::string name;
  int32_t elementType;
  std::vector<int64_t> dims;
  std::span<const std::byte> data;
};

struct SafeTensors {
  std::vector<StoredTensor> tensors; ///< in the header's order
  std::vector<std::pair<std::string, std::string>> metadata;

  /// Null when there is none of this name.
  const StoredTensor *find(std::string_view name) const;
};

/// True when the data begin like a safetensors file.
bool isSafeTensors(std::span<const std::byte> data);

/// Lists the tensors; they refer to `data`. What the format forbids (a name
/// twice, an extent or place that does not fit, elements that two tensors share
/// or that none has) is DS_BAD_FILE.
Result<SafeTensors> readSafeTensors(std::span<const std::byte> data);

/// A tensor to be written.
struct NamedTensor {
  std::string name;
  TensorView tensor;
};

/// A safetensors file, ready to be written. Refers to the tensors' elements.
class SafeTensorsWriter {
public:
  /// Tensors of every type but complex ones and strings; 2- and 4-bit elements
  /// take a byte each. The same tensors give the same bytes. An element type
  /// that the format lacks is DS_UNSUPPORTED.
  static Result<SafeTensorsWriter>
  create(std::span<const NamedTensor> tensors,
         std::span<const std::pair<std::string, std::string>> metadata);

  std::vector<std::span<const std::byte>> pieces() const;

private:
  std::string header; ///< with its length in front
  std::vector<std::span<const std::byte>> elements;
};

} // namespace ds

#endif // DS_RUNTIME_DATA_SAFETENSORS_H
