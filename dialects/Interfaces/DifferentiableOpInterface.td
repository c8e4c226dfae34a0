//===- DifferentiableOpInterface.td - ops that have a derivative -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
#define DS_DIALECTS_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DS_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::ds";
  let description = [{
    An op through which gradients flow. Only values of float elements have cotangents, so an op whose results are integers or
    booleans needs no rule, and an operand of such elements never gets one.
  }];
  let methods = [
    InterfaceMethod<[{
      Emits the vector-Jacobian product: from the cotangents of the results, at least one of which is not zero, code for those
      of the operands that are wanted. Where the function has a kink the rule follows PyTorch. The code is made of
      differentiable ops, so that it can be differentiated again. On failure `Gradients::fail` may have been told why; no
      diagnostic has been emitted.
    }], "::llvm::LogicalResult", "emitGradients", (ins "::ds::Gradients &":$gradients)>,
    InterfaceMethod<[{
      Whether the derivative is zero wherever it exists (floor, sign): nothing behind the op depends on its operands then, as far
      as gradients are concerned.
    }], "bool", "hasZeroGradient", (ins), "", "return false;">,
  ];
}

#endif // DS_DIALECTS_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
