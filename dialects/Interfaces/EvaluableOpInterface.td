//===- EvaluableOpInterface.td - ops with reference semantics --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_EVALUABLEOPINTERFACE_TD
#define DS_DIALECTS_INTERFACES_EVALUABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DS_EvaluableOpInterface : OpInterface<"EvaluableOpInterface"> {
  let cppNamespace = "::ds";
  let description = [{
    An op that the reference evaluator can run. Implementations are external models in `passes/Analysis`, so that no
    compiled program and no dialect carries them.
  }];
  let methods = [
    InterfaceMethod<[{
      Computes the results from `inputs`, one entry per operand (scalar operands are rank-0 values). `results` holds
      one value per result whose type and shape are set when they are static; the implementation sets the shape of the
      others and fills the data. On failure a diagnostic has been emitted.
    }], "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<::ds::HostTensor>":$inputs, "::llvm::MutableArrayRef<::ds::HostTensor>":$results)>,
  ];
}

#endif // DS_DIALECTS_INTERFACES_EVALUABLEOPINTERFACE_TD
