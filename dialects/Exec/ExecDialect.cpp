//===- ExecDialect.cpp - attributes, verifiers and effects of exec
//---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Exec/Exec.h"
#include "dialects/Interfaces/Scalar.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/Exec/ExecDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Exec/ExecAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Exec/ExecOps.cpp.inc"

namespace ds::exec {

void ExecDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Exec/ExecAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Exec/ExecOps.cpp.inc"
      >();
}

int64_t PanelsAttr::storageElements(llvm::ArrayRef<int64_t> shape) const {
  int64_t elements =
      llvm::divideCeil(shape[getPermutation().back()], getBlock()) * getBlock();
  for (int64_t dim : getPermutation().drop_back())
    elements *= shape[dim];
  return elements;
}

PanelsAttr getPanels(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return dyn_cast_or_null<PanelsAttr>(tensor.getEncoding());
  if (auto memref = dyn_cast<MemRefType>(type))
    return dyn_cast_or_null<PanelsAttr>(memref.getMemorySpace());
  return {};
}

MemRefType getBufferType(RankedTensorType type) {
  return MemRefType::get(type.getShape(), type.getElementType(),
                         MemRefLayoutAttrInterface{}, getPanels(type));
}

LogicalResult KernelOp::verify() {
  Block &block = getBody().front();
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (block.getNumArguments() < getOutputCount())
    return emitOpError() << "C1: expected at least " << getOutputCount()
                         << " block arguments for the outputs, found "
                         << block.getNumArguments();
  // Bufferised bodies end in other terminators; only the tensor form promises
  // its values here.
  if (!yield)
    return success();
  if (yield.getValues().size() != getOutputCount())
    return emitOpError() << "C1: expected " << getOutputCount()
                         << " yielded values, found "
                         << yield.getValues().size();
  for (auto [output, value] : llvm::zip(getOutputs(), yield.getValues()))
    if (output.getType() != value.getType())
      return emitOpError() << "C1: yields " << value.getType()
                           << " where the destination is " << output.getType();
  return success();
}

/// Kernels lose the signedness and meaning of elements when they are lowered,
/// before the host code around them does.
static bool haveSameStorage(Type a, Type b) {
  auto left = dyn_cast<RankedTensorType>(a),
       right = dyn_cast<RankedTensorType>(b);
  if (!left || !right)
    return a == b;
  return left.getShape() == right.getShape() &&
         left.getEncoding() == right.getEncoding() &&
         elementBytes(left.getElementType()) ==
             elementBytes(right.getElementType());
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto kernel = symbolTable.lookupNearestSymbolFrom<KernelOp>(getOperation(),
                                                              getKernelAttr());
  if (!kernel)
    return emitOpError() << "C1: no exec.kernel named '" << getKernel() << "'";
  if (getNumResults() == 0)
    return success();
  auto arguments = kernel.getBody().front().getArguments();
  if (arguments.size() != getNumOperands())
    return emitOpError() << "C1: passes " << getNumOperands()
                         << " operands to a kernel of " << arguments.size();
  for (auto [argument, operand] : llvm::zip(arguments, getOperands()))
    if (!haveSameStorage(argument.getType(), operand.getType()))
      return emitOpError() << "C1: passes " << operand.getType()
                           << " where the kernel has " << argument.getType();
  return success();
}

Value ViewOp::getViewSource() { return getSource(); }

void LaunchOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &operand : getInputsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand,
                           SideEffects::DefaultResource::get());
  for (OpOperand &operand : getOutputsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Write::get(), &operand,
                           SideEffects::DefaultResource::get());
}

} // namespace ds::exec
