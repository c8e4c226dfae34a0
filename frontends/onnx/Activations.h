//===- Activations.h - activation functions that other families use
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_ACTIVATIONS_H
#define DS_FRONTENDS_ONNX_ACTIVATIONS_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// log(1 + exp(x)).
mlir::Value softplus(GraphBuilder &g, mlir::Value x);

/// x times the normal distribution function at x, by erf, or with `approximate`
/// by tanh.
mlir::Value gelu(GraphBuilder &g, mlir::Value x, bool approximate);

/// x * sigmoid(alpha * x).
mlir::Value swish(GraphBuilder &g, mlir::Value x, double alpha);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_ACTIVATIONS_H
