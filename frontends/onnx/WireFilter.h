//===- WireFilter.h - large tensor data stays in the mapped file
//-----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_WIREFILTER_H
#define DS_FRONTENDS_ONNX_WIREFILTER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace ds_onnx {
class TensorProto;
}

namespace ds::onnx {

/// What the filter refuses.
struct WireLimits {
  int64_t maxNesting;
  int64_t maxBytes;
};

/// Copies the serialised ModelProto in `file` without the contents of large
/// `raw_data` fields: protobuf would copy them, and does not read messages of 2
/// GiB and more. The place of each is left in the TensorProto, where
/// `rawDataSpan` finds it. Fails with the place in the file where it ends too
/// early, is no protobuf message, or breaks a limit.
llvm::Expected<std::string> filterModel(llvm::ArrayRef<char> file,
                                        const WireLimits &limits);

/// Bytes of the file.
struct FileSpan {
  uint64_t offset;
  uint64_t length;
};

/// Where the raw data of a tensor lies that the filter has cut.
std::optional<FileSpan> rawDataSpan(const ds_onnx::TensorProto &tensor);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_WIREFILTER_H
