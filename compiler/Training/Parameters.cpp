//===- Parameters.cpp - constants that become arguments -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Training/Parameters.h"

#include "dialects/NN/NN.h"
#include "dialects/Train/Train.h"

using namespace mlir;

namespace ds {

SmallVector<Parameter> liftParameters(func::FuncOp function,
                                      ArrayRef<StringRef> states) {
  SmallVector<Parameter> parameters;
  llvm::MapVector<StringAttr, SmallVector<train::ParameterOp>> marks;
  function.walk([&](train::ParameterOp mark) {
    marks[mark.getNameAttr()].push_back(mark);
  });
  for (auto &[name, uses] : marks) {
    auto constant = uses.front().getOperand().getDefiningOp<nn::ConstantOp>();
    assert(constant && "importers mark constants");
    auto type = cast<RankedTensorType>(constant.getType());
    parameters.push_back({name, type, constant.getValue(),
                          llvm::is_contained(states, name.getValue())});
    unsigned number = function.getNumArguments();
    (void)function.insertArgument(number, type, {}, uses.front().getLoc());
    Value argument = function.getArgument(number);
    for (train::ParameterOp mark : uses) {
      mark.replaceAllUsesWith(argument);
      mark.erase();
    }
    if (constant->use_empty())
      constant.erase();
  }
  return parameters;
}

void lowerParameter(func::FuncOp function, unsigned argument,
                    Attribute initial) {
  BlockArgument value = function.getArgument(argument);
  if (!value.use_empty()) {
    OpBuilder b(&function.getBody().front(),
                function.getBody().front().begin());
    value.replaceAllUsesWith(
        nn::ConstantOp::create(b, value.getLoc(), value.getType(), initial));
  }
  (void)function.eraseArgument(argument);
}

} // namespace ds
