//===- LayoutOpInterface.td - ops that work in another order of dimensions -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_LAYOUTOPINTERFACE_TD
#define DS_DIALECTS_INTERFACES_LAYOUTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DS_LayoutOpInterface : OpInterface<"LayoutOpInterface"> {
  let cppNamespace = "::ds";
  let description = [{
    An op of one result that can be computed on operands whose dimensions come in another order, and then yields its result
    in another order. Elementwise ops need not say so.
  }];
  let methods = [
    InterfaceMethod<[{
      How the dimensions of operand `number` correspond to those of the result. Empty when the operand takes no part in moves: it
      is always given as it is.
    }], "::llvm::SmallVector<::ds::DimGroup>", "getDimGroups", (ins "unsigned":$number), "", "return {};">,
    InterfaceMethod<[{
      The form that code generation wants, whatever it costs around the op.
    }], "::std::optional<::ds::LayoutMove>", "getPreferredMove", (ins), "", "return std::nullopt;">,
    InterfaceMethod<[{
      Whether the op can be moved like this, at other ops' wish, and is as fast then.
    }], "bool", "acceptsMove", (ins "const ::ds::LayoutMove &":$move), "", "return true;">,
    InterfaceMethod<[{
      The op on `operands`, which are its own with those that take part moved; yields the moved result.
    }], "::mlir::Value", "rebuildMoved",
      (ins "::mlir::OpBuilder &":$b, "const ::ds::LayoutMove &":$move, "::mlir::ValueRange":$operands)>,
  ];
}

#endif // DS_DIALECTS_INTERFACES_LAYOUTOPINTERFACE_TD
