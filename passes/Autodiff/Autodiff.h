//===- Autodiff.h - reverse mode as functions -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_AUTODIFF_AUTODIFF_H
#define DS_PASSES_AUTODIFF_AUTODIFF_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Value.h"
#include "mlir/Support/LLVM.h"

namespace ds {

/// Emits the gradients of the sum of (`outputs` times `seeds`) by `inputs`, at
/// the insertion point of `b`, where all of them are visible. `ops` are the
/// function: ops of one block, in order, in front of that point; what is
/// computed elsewhere counts as constant. Yields one gradient per input, of its
/// type. Only what an output depends on and what depends on an input is
/// visited, from the last op to the first, and in this order cotangents add up.
/// Fails, with a diagnostic, at an op without derivative.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
emitGradients(mlir::OpBuilder &b, llvm::ArrayRef<mlir::Operation *> ops,
              mlir::ValueRange outputs, mlir::ValueRange seeds,
              mlir::ValueRange inputs);

/// Whether values of `type` have cotangents: tensors of floats, and scalars.
bool isDifferentiable(mlir::Type type);

/// Whether `output` depends on `input` by differentiable ops among `ops`, which
/// are as above.
bool dependsOn(llvm::ArrayRef<mlir::Operation *> ops, mlir::Value output,
               mlir::Value input);

/// Replaces every `train.vjp` in `module`, those in callees first. Callees that
/// nobody needs any more are erased where they are private.
llvm::LogicalResult expandGradients(mlir::ModuleOp module);

/// Makes the one public function of `module` a function of the same name that
/// asks for its gradients: behind the arguments come cotangents, one for each
/// result that is a tensor of floats, and behind the results gradients, one for
/// each such argument. They are named NAME/cotangent and NAME/gradient.
llvm::LogicalResult requestGradients(mlir::ModuleOp module);

/// Computes in f64 what `module` computes in narrower floats, as far as ops
/// allow: tensors, signatures and defaults of arguments. Functions are then
/// free of rounding, as their derivatives are.
llvm::LogicalResult widenFloats(mlir::ModuleOp module);

/// Attaches derivative rules to ops of upstream dialects.
void registerDerivatives(mlir::DialectRegistry &registry);

} // namespace ds

#endif // DS_PASSES_AUTODIFF_AUTODIFF_H
