//===- Bufferization.cpp - from launches on tensors to launches on buffers
//-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Exec/Exec.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace ds::exec {
namespace {

/// A launch reads its inputs and overwrites its outputs without reading them.
struct LaunchModel
    : DstBufferizableOpInterfaceExternalModel<LaunchModel, LaunchOp> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }
  bool bufferizesToMemoryWrite(Operation *op, OpOperand &operand,
                               const AnalysisState &) const {
    return cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto launch = cast<LaunchOp>(op);
    auto toBuffers = [&](OperandRange operands,
                         SmallVector<Value> &buffers) -> LogicalResult {
      for (Value operand : operands) {
        if (!isa<RankedTensorType>(operand.getType())) {
          buffers.push_back(operand);
          continue;
        }
        FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
        if (failed(buffer))
          return failure();
        buffers.push_back(*buffer);
      }
      return success();
    };
    SmallVector<Value> inputs, outputs;
    if (failed(toBuffers(launch.getInputs(), inputs)) ||
        failed(toBuffers(launch.getOutputs(), outputs)))
      return failure();
    LaunchOp::create(rewriter, launch.getLoc(), TypeRange{},
                     launch.getKernelAttr(), inputs, outputs,
                     launch.getNodesAttr());
    replaceOpWithBufferizedValues(rewriter, op, outputs);
    return success();
  }
};

/// A view is another type of the same memory.
struct ViewModel : BufferizableOpInterface::ExternalModel<ViewModel, ViewOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return false;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *op, OpOperand &,
                                      const AnalysisState &) const {
    return {{op->getResult(0), BufferRelation::Equivalent}};
  }
  FailureOr<BufferLikeType> getBufferType(Operation *op, Value value,
                                          const BufferizationOptions &,
                                          const BufferizationState &,
                                          SmallVector<Value> &) const {
    return cast<BufferLikeType>(
        exec::getBufferType(cast<RankedTensorType>(value.getType())));
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto view = cast<ViewOp>(op);
    FailureOr<Value> buffer =
        getBuffer(rewriter, view.getSource(), options, state);
    if (failed(buffer))
      return failure();
    auto type =
        exec::getBufferType(cast<RankedTensorType>(view.getResult().getType()));
    replaceOpWithNewBufferizedOp<ViewOp>(rewriter, op, type, *buffer,
                                         view.getSizes());
    return success();
  }
};

} // namespace

void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, ExecDialect *) {
    LaunchOp::attachInterface<LaunchModel>(*context);
    ViewOp::attachInterface<ViewModel>(*context);
  });
}

} // namespace ds::exec
