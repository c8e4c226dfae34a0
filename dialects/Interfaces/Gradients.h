//===- Gradients.h - what a derivative rule works with --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_GRADIENTS_H
#define DS_DIALECTS_INTERFACES_GRADIENTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

#include "llvm/ADT/Twine.h"

namespace ds {

/// The state of one reverse sweep, as the rule of one op sees it: cotangents of
/// the op's results are read, those of its operands (and of values that its
/// regions use) are added to. The builder stands where the gradient code goes.
class Gradients {
public:
  Gradients(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}
  virtual ~Gradients() = default;

  /// The cotangent that has arrived at `value`, of its type; null means zero.
  virtual mlir::Value cotangentOf(mlir::Value value) const = 0;

  /// Whether anybody asks for the cotangent of `value`. Code for others should
  /// not be emitted.
  virtual bool isWanted(mlir::Value value) const = 0;

  /// Adds to the cotangent of `value`. `gradient` has its element type, and its
  /// shape up to what is known of it at compile time. Null adds nothing.
  virtual void add(mlir::Value value, mlir::Value gradient) = 0;

  /// For a rule that cannot be applied: keeps `reason` (lower-case, "needs ...,
  /// but ...") for the diagnostic, and returns failure.
  virtual llvm::LogicalResult fail(const llvm::Twine &reason) = 0;

  /// For a rule that has emitted a diagnostic of its own.
  virtual llvm::LogicalResult failReported() = 0;

  mlir::OpBuilder &b;
  /// Location of the code of this op's rule.
  mlir::Location loc;
};

} // namespace ds

#endif // DS_DIALECTS_INTERFACES_GRADIENTS_H
