//===- Evaluator.cpp - the reference evaluator on single ops
//---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/Evaluator.h"

#include "passes/Analysis/EvaluatorInternal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <thread>

using namespace mlir;
using namespace ds::evaluator;

namespace ds {

void registerEvaluators(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, nn::NNDialect *) {
    attachContractions(context);
    attachIndexing(context);
    attachMovement(context);
    attachReductions(context);
    attachWindows(context);
  });
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    attachHostOps(context);
  });
}

/// Elementwise ops need nothing but their scalar reference.
static LogicalResult evaluateElementwise(ElementwiseOpInterface op,
                                         ArrayRef<HostTensor> inputs,
                                         SmallVectorImpl<HostTensor> &results) {
  if (failed(checkNumbers(op, inputs)))
    return failure();
  for (const HostTensor &input : inputs)
    if (input.shape() != inputs.front().shape())
      return op->emitOpError() << "expected operands of one shape, found "
                               << shapeString(inputs.front().shape()) << " and "
                               << shapeString(input.shape());
  FailureOr<HostTensor> result =
      makeResult(op, nn::elementTypeOf(op->getResult(0)),
                 inputs.empty() ? ArrayRef<int64_t>() : inputs.front().shape());
  if (failed(result))
    return failure();
  SmallVector<Scalar, 3> arguments(inputs.size());
  for (int64_t i = 0, e = result->numElements(); i < e; ++i) {
    for (auto [argument, input] : llvm::zip_equal(arguments, inputs))
      argument = input.get(i);
    store(*result, i, op.evaluateScalar(arguments));
  }
  results.push_back(*result);
  return success();
}

static LogicalResult dispatch(Operation *op, ArrayRef<HostTensor> inputs,
                              SmallVectorImpl<HostTensor> &results) {
  if (auto evaluable = dyn_cast<EvaluableOpInterface>(op)) {
    for (Type type : op->getResultTypes()) {
      auto tensorType = dyn_cast<RankedTensorType>(type);
      results.push_back(HostTensor::view(
          tensorType ? tensorType.getElementType() : type,
          tensorType ? tensorType.getShape() : ArrayRef<int64_t>(), nullptr));
    }
    return evaluable.evaluate(inputs, results);
  }
  if (auto elementwise = dyn_cast<ElementwiseOpInterface>(op))
    return evaluateElementwise(elementwise, inputs, results);
  if (isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect()))
    return evaluateByFolding(op, inputs, results);
  return op->emitOpError() << "has no reference semantics";
}

LogicalResult evaluateOp(Operation *op, ArrayRef<HostTensor> inputs,
                         SmallVectorImpl<HostTensor> &results) {
  results.clear();
  if (inputs.size() != op->getNumOperands())
    return op->emitOpError() << "expected " << op->getNumOperands()
                             << " values to evaluate, found " << inputs.size();
  for (Type type :
       llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
    if (!isElementType(getElementTypeOrSelf(type)))
      return op->emitOpError()
             << "expected elements of at most 64 bits to evaluate, found "
             << type;
  for (auto [i, input] : llvm::enumerate(inputs))
    if (!isValueOf(input, op->getOperand(i).getType()))
      return op->emitOpError()
             << "expected operand " << i << " of type "
             << op->getOperand(i).getType() << ", found shape "
             << shapeString(input.shape()) << " of " << input.elementType();
  if (failed(dispatch(op, inputs, results)))
    return failure();
  for (auto [result, type] : llvm::zip_equal(results, op->getResultTypes()))
    if (!isValueOf(result, type))
      return op->emitOpError()
             << "expected a result of type " << type << ", found shape "
             << shapeString(result.shape());
  return success();
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

/// Runs `op` without letting its diagnostics out.
static std::optional<SmallVector<HostTensor>>
evaluateQuietly(Operation *op, ArrayRef<HostTensor> inputs,
                int64_t maxResultBytes) {
  ResultLimit limit(maxResultBytes);
  // Other threads of this context report through their own handlers.
  ScopedDiagnosticHandler quiet(
      op->getContext(), [self = std::this_thread::get_id()](Diagnostic &) {
        return success(std::this_thread::get_id() == self);
      });
  SmallVector<HostTensor> results;
  if (failed(evaluateOp(op, inputs, results)))
    return std::nullopt;
  return results;
}

std::optional<HostTensor> getKnownValue(Value value, int64_t maxDerivedBytes) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast_or_null<nn::ConstantOp>(op)) {
    FailureOr<HostTensor> data = nn::getConstantData(constant);
    return succeeded(data) ? std::optional(*data) : std::nullopt;
  }
  if (auto constant = dyn_cast_or_null<arith::ConstantOp>(op))
    return fromAttribute(constant.getValue());
  if (!isa_and_nonnull<nn::BroadcastOp, nn::IotaOp, tensor::CastOp>(op))
    return std::nullopt;
  SmallVector<HostTensor> inputs;
  for (Value operand : op->getOperands()) {
    std::optional<HostTensor> input = getKnownValue(operand, maxDerivedBytes);
    if (!input)
      return std::nullopt;
    inputs.push_back(*input);
  }
  std::optional<SmallVector<HostTensor>> results = evaluateQuietly(
      op, inputs,
      isa<tensor::CastOp>(op) ? std::numeric_limits<int64_t>::max()
                              : maxDerivedBytes);
  return results ? std::optional(results->front()) : std::nullopt;
}

std::optional<SmallVector<HostTensor>> tryEvaluate(Operation *op,
                                                   int64_t maxResultBytes) {
  if (op->getNumRegions() != 0 || op->getNumResults() == 0 || !isPure(op))
    return std::nullopt;
  // Ask the types first: the operands may be large.
  for (Type type : op->getResultTypes()) {
    auto tensorType = dyn_cast<RankedTensorType>(type);
    int64_t bytes;
    if (tensorType && tensorType.hasStaticShape() &&
        isElementType(tensorType.getElementType()) &&
        (llvm::MulOverflow(tensorType.getNumElements(),
                           elementBytes(tensorType.getElementType()), bytes) ||
         bytes > maxResultBytes))
      return std::nullopt;
  }
  SmallVector<HostTensor> inputs;
  for (Value operand : op->getOperands()) {
    std::optional<HostTensor> input = getKnownValue(operand, maxResultBytes);
    if (!input)
      return std::nullopt;
    inputs.push_back(*input);
  }
  std::optional<SmallVector<HostTensor>> results =
      evaluateQuietly(op, inputs, maxResultBytes);
  if (!results)
    return std::nullopt;
  int64_t total = 0;
  for (const HostTensor &result : *results)
    total += result.numBytes();
  return total > maxResultBytes ? std::nullopt : results;
}

Value materializeConstant(OpBuilder &builder, Location loc,
                          const HostTensor &tensor, Type type) {
  auto tensorType = dyn_cast<RankedTensorType>(type);
  if (!tensorType)
    return arith::ConstantOp::create(builder, loc,
                                     toScalarAttribute(tensor, type));
  Value constant =
      tensorType.getElementType().isIndex()
          ? arith::ConstantOp::create(builder, loc, toElementsAttribute(tensor))
                .getResult()
          : nn::createConstant(builder, loc, tensor);
  if (constant.getType() == type)
    return constant;
  return tensor::CastOp::create(builder, loc, type, constant);
}

} // namespace ds
