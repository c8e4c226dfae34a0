//===- Choice.h - values that depend on a condition known at run time
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_CHOICE_H
#define DS_FRONTENDS_ONNX_CHOICE_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// The value of one of two branches, tensors of one rank and element type. A
/// constant `condition` (i1) builds only its branch; otherwise both stand in an
/// `scf.if`, and extents in which they differ are dynamic.
mlir::Value choose(GraphBuilder &g, mlir::OpFoldResult condition,
                   llvm::function_ref<mlir::Value()> onTrue,
                   llvm::function_ref<mlir::Value()> onFalse);

/// For each dimension of something of this rank, whether the integer input
/// names it among its axes (i1). Constant where the input is.
llvm::FailureOr<Sizes> axisFlags(NodeContext &n, unsigned input,
                                 llvm::StringRef what, int64_t rank);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_CHOICE_H
