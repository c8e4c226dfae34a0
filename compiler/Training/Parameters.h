//===- Parameters.h - constants that become arguments ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_TRAINING_PARAMETERS_H
#define DS_COMPILER_TRAINING_PARAMETERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ds {

/// A value that outlives a step.
struct Parameter {
  mlir::StringAttr name;
  mlir::RankedTensorType type;
  mlir::Attribute initial; ///< dense elements or `#nn.weight`
  bool isState;            ///< changed by the model itself, not by an optimizer
};

/// Makes each `train.parameter` in `function` an argument behind the others, in
/// the order of their first use; the same name is one argument. Those named in
/// `states` are state. Argument attributes are left to the caller.
llvm::SmallVector<Parameter>
liftParameters(mlir::func::FuncOp function,
               llvm::ArrayRef<llvm::StringRef> states);

/// The opposite: the argument is the constant that it starts from.
void lowerParameter(mlir::func::FuncOp function, unsigned argument,
                    mlir::Attribute initial);

} // namespace ds

#endif // DS_COMPILER_TRAINING_PARAMETERS_H
