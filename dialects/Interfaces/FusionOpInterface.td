//===- FusionOpInterface.td - how an op may share a kernel -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_FUSIONOPINTERFACE_TD
#define DS_DIALECTS_INTERFACES_FUSIONOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DS_FusionOpInterface : OpInterface<"FusionOpInterface"> {
  let cppNamespace = "::ds";
  let description = [{
    What kernel formation has to know of an op that is not elementwise. An op without this interface (and not elementwise)
    gets a kernel of its own.
  }];
  let methods = [
    InterfaceMethod<"How the op may be fused.", "::ds::FusionRole", "getFusionRole", (ins)>,
    InterfaceMethod<[{
      For a reduction: the dimensions of operand 0 along which an element of the result depends on it, when the result has one
      element, or one row, for each index of the others; empty when it has another form.
    }], "::llvm::SmallVector<int64_t>", "getRowReducedDims", (ins), "", "return {};">,
    InterfaceMethod<[{
      For a contraction: the operands that are best stored as panels, and the order of their dimensions in them.
    }], "::llvm::SmallVector<::ds::PackedOperand>", "getPackedOperands", (ins), "", "return {};">,
  ];
}

#endif // DS_DIALECTS_INTERFACES_FUSIONOPINTERFACE_TD
