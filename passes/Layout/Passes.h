//===- Passes.h - passes of topic Layout
//-----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_PASSES_H
#define DS_PASSES_LAYOUT_PASSES_H

#include "dialects/NN/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace ds {

#define GEN_PASS_DECL
#include "passes/Layout/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Layout/Passes.h.inc"

} // namespace ds

#endif // DS_PASSES_LAYOUT_PASSES_H
