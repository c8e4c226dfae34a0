//===- NNDialect.cpp - dialect registration and generated code ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Expression.h"
#include "dialects/NN/NN.h"
#include "dialects/NN/NNInternal.h"
#include "dialects/NN/ScalarEmission.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/PatternMatch.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace ds;
using namespace ds::nn;

//===----------------------------------------------------------------------===//
// Enums written as bare words
//===----------------------------------------------------------------------===//

template <typename EnumAttr>
static ParseResult parseBareEnum(OpAsmParser &parser, EnumAttr &attribute) {
  using Enum = decltype(attribute.getValue());
  FailureOr<Enum> value = FieldParser<Enum>::parse(parser);
  if (failed(value))
    return failure();
  attribute = EnumAttr::get(parser.getContext(), *value);
  return success();
}

template <typename EnumAttr>
static void printBareEnum(OpAsmPrinter &printer, Operation *,
                          EnumAttr attribute) {
  printer << stringifyEnum(attribute.getValue());
}

//===----------------------------------------------------------------------===//
// Generated code
//===----------------------------------------------------------------------===//

// clang-format off
#include "dialects/NN/NNDialect.cpp.inc"
#include "dialects/NN/NNEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/NN/NNAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/NN/NNOps.cpp.inc"
// clang-format on

void NNDialect::initialize() {
  weights = std::make_shared<WeightTable>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/NN/NNAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/NN/NNOps.cpp.inc"
      >();
  attachLayoutModels(*getContext());
}

Operation *NNDialect::materializeConstant(OpBuilder &b, Attribute value,
                                          Type type, Location loc) {
  auto tensorType = dyn_cast<RankedTensorType>(type);
  if (!tensorType || !tensorType.hasStaticShape())
    return nullptr;
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (isa<WeightAttr>(value) || (elements && elements.getType() == tensorType))
    return ConstantOp::create(b, loc, type, value);
  return nullptr;
}

LogicalResult nn::verifyOneShape(Operation *op) {
  auto shapeOf = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  Value first = op->getOperand(0);
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (shapeOf(operand) != shapeOf(first))
      return op->emitOpError(
                 "expected operands of one shape, but operand 0 is ")
             << first.getType() << " and operand " << index << " is "
             << operand.getType();
  for (auto [index, result] : llvm::enumerate(op->getResults()))
    if (shapeOf(result) != shapeOf(first))
      return op->emitOpError(
                 "expected a result of the operands' shape, but operand 0 is ")
             << first.getType() << " and result " << index << " is "
             << result.getType();
  return success();
}
