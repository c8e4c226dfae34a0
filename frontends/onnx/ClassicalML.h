//===- ClassicalML.h - what linear models and trees share
//------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_CLASSICALML_H
#define DS_FRONTENDS_ONNX_CLASSICALML_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// Scores [rows, classes] by the name of a transform: "NONE", "SOFTMAX",
/// "LOGISTIC", "SOFTMAX_ZERO", "PROBIT".
llvm::FailureOr<mlir::Value> postTransform(NodeContext &n, mlir::Value scores,
                                           llvm::StringRef name);

/// The label of the largest score of each row.
mlir::Value pickLabels(GraphBuilder &g, mlir::Value scores,
                       llvm::ArrayRef<int64_t> labels);

/// A matrix input as floats: f64 stays, everything else becomes f32; a vector
/// is one row.
llvm::FailureOr<mlir::Value> featureMatrix(NodeContext &n, unsigned input);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_CLASSICALML_H
