//===- onnx_file.h - trained weights in the model they belong to ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A training job carries its ONNX model less the initialisers that training
// changes (section .ds.onnx; compiler/Link/FORMAT.md). This puts them back.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_LAUNCHER_ONNX_FILE_H
#define DS_RUNTIME_LAUNCHER_ONNX_FILE_H

#include "runtime/base/file.h"
#include "runtime/data/safetensors.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// An ONNX model, ready to be written. Refers to the model's and the tensors'
/// bytes. Move-only.
class OnnxWriter {
public:
  /// `model` is the contents of the job's section. Where the file would be
  /// larger than `maxBytes` (protobuf reads no more than 2 GiB), the tensors go
  /// to a second file, which the model will look for as `dataName` in its own
  /// folder.
  static Result<OnnxWriter> create(std::span<const std::byte> model,
                                   const SafeTensors &weights,
                                   std::string_view dataName,
                                   uint64_t maxBytes = 0x7fffffff);

  OnnxWriter(OnnxWriter &&) = default;
  OnnxWriter &operator=(OnnxWriter &&) = default;

  std::span<const std::span<const std::byte>> pieces() const { return file; }
  /// Empty when everything is in the model.
  std::span<const std::span<const std::byte>> dataPieces() const {
    return data;
  }

private:
  OnnxWriter() = default;

  std::vector<std::string> texts; ///< what the pieces refer to
  std::vector<std::span<const std::byte>> file, data;
};

} // namespace ds

#endif // DS_RUNTIME_LAUNCHER_ONNX_FILE_H
