//===- Microsoft.h - operators that have no schema
//-------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_MICROSOFT_H
#define DS_FRONTENDS_ONNX_MICROSOFT_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// Checks a node that the ONNX library knows nothing of. `signature` has a word
/// per input, a letter for its element type: F and G are floats, others
/// integers of 8 bits; equal letters are equal types. A word ends in "?" where
/// the input may be left out. There must be an output, too.
llvm::LogicalResult checkSignature(NodeContext &n, llvm::StringRef signature);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_MICROSOFT_H
