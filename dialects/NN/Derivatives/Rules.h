//===- Rules.h - what the derivative rules of several families share ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_DERIVATIVES_RULES_H
#define DS_DIALECTS_NN_DERIVATIVES_RULES_H

#include "dialects/NN/Derivatives/Emitter.h"

namespace ds::nn::derivatives {

/// The transpose of `nn.gather` of data with `extent` elements along `axis`:
/// adds up, for each of them, what was taken from it. The dimensions of
/// `indices` stand in `g` in the place of the axis.
mlir::Value scatterAddAlong(Emitter &e, mlir::Value g, mlir::Value indices,
                            int64_t axis, mlir::OpFoldResult extent);

} // namespace ds::nn::derivatives

#endif // DS_DIALECTS_NN_DERIVATIVES_RULES_H
