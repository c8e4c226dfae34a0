//===- BufferizeHost.cpp - the pass ds-bufferize-host
//----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"
#include "passes/Lowering/NNToLinalg.h"
#include "passes/Memory/Donation.h"
#include "passes/Memory/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_BUFFERIZEHOSTPASS
#include "passes/Memory/Passes.h.inc"

namespace {

bool isHost(Operation *op) {
  return !isa<exec::KernelOp>(op) && !op->getParentOfType<exec::KernelOp>();
}

struct BufferizeHostPass : impl::BufferizeHostPassBase<BufferizeHostPass> {
  void runOnOperation() override {
    placeWeights();
    useStorageTypes();
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      bindInputsAndOutputs(function);
    keepLoopBuffers();
    if (failed(bufferize()))
      signalPassFailure();
  }

  /// Constants outside kernels become memory at fixed offsets; equal ones share
  /// it.
  void placeWeights() {
    SmallVector<nn::ConstantOp> constants;
    getOperation().walk([&](nn::ConstantOp constant) {
      if (isHost(constant))
        constants.push_back(constant);
    });
    llvm::MapVector<std::pair<Attribute, Type>, int64_t> offsets;
    int64_t next = 0;
    OpBuilder b(&getContext());
    SmallVector<Attribute> entries;
    auto place = [&](Attribute value, RankedTensorType type) {
      auto [it, isNew] = offsets.insert({{value, type}, next});
      if (isNew) {
        exec::PanelsAttr panels = exec::getPanels(type);
        int64_t elements = panels ? panels.storageElements(type.getShape())
                                  : type.getNumElements();
        // A page each for large ones would only waste the file; a cache line is
        // what the code wants.
        next = static_cast<int64_t>(llvm::alignTo(
            next + elements * elementBytes(type.getElementType()), 64));
        entries.push_back(b.getDictionaryAttr(
            {b.getNamedAttr("offset", b.getI64IntegerAttr(it->second)),
             b.getNamedAttr("type", TypeAttr::get(type)),
             b.getNamedAttr("value", value)}));
      }
      return it->second;
    };
    for (nn::ConstantOp constant : constants) {
      auto type = cast<RankedTensorType>(constant.getResult().getType());
      int64_t offset = place(constant.getValue(), type);
      b.setInsertionPoint(constant);
      NNTypeConverter converter;
      auto storage = cast<RankedTensorType>(converter.convertType(type));
      Value memory = exec::WeightOp::create(
          b, constant.getLoc(), exec::getBufferType(storage), offset);
      Value tensor = bufferization::ToTensorOp::create(
          b, constant.getLoc(), storage, memory, /*restrict=*/true);
      constant.getResult().replaceAllUsesWith(tensor);
      constant.erase();
    }
    // Defaults of inputs are weights as well.
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (Attribute value = function.getArgAttr(i, "ds.default"))
          function.setArgAttr(i, "exec.default_offset",
                              b.getI64IntegerAttr(place(
                                  value, cast<RankedTensorType>(
                                             function.getArgumentTypes()[i]))));
    getOperation()->setAttr("exec.weights", b.getArrayAttr(entries));
    getOperation()->setAttr("exec.weight_bytes", b.getI64IntegerAttr(next));
  }

  /// Host code moves elements of any type alike; what they mean is known to
  /// kernels and to the signature alone, which is recorded before it is lost.
  void useStorageTypes() {
    NNTypeConverter converter;
    Builder b(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      function->setAttr("exec.signature",
                        TypeAttr::get(function.getFunctionType()));
      SmallVector<Type> inputs, results;
      (void)converter.convertTypes(function.getArgumentTypes(), inputs);
      (void)converter.convertTypes(function.getResultTypes(), results);
      function.setFunctionType(b.getFunctionType(inputs, results));
      function.walk([&](Operation *op) {
        for (Value result : op->getResults())
          result.setType(converter.convertType(result.getType()));
        for (Region &region : op->getRegions())
          for (Block &block : region)
            for (BlockArgument argument : block.getArguments())
              argument.setType(converter.convertType(argument.getType()));
      });
    }
  }

  void bindInputsAndOutputs(func::FuncOp function) {
    OpBuilder b(&function.getBody().front(),
                function.getBody().front().begin());
    Block &entry = function.getBody().front();
    SmallVector<Value> arguments;
    for (BlockArgument argument : entry.getArguments()) {
      auto type = cast<RankedTensorType>(argument.getType());
      Value memory =
          exec::InputOp::create(b, argument.getLoc(), exec::getBufferType(type),
                                argument.getArgNumber());
      Value tensor = bufferization::ToTensorOp::create(
          b, argument.getLoc(), type, memory, /*restrict=*/true);
      argument.replaceAllUsesWith(tensor);
      arguments.push_back(tensor);
    }
    auto returned = cast<func::ReturnOp>(entry.getTerminator());
    for (auto [number, value] : llvm::enumerate(returned.getOperands())) {
      auto type = cast<RankedTensorType>(value.getType());
      auto donor =
          function.getResultAttrOfType<IntegerAttr>(number, "ds.donor");
      // A donor's memory is written where all of it has been read: in place, or
      // at the end.
      bool isEarly = !donor || computeInPlace(value, arguments[donor.getInt()]);
      // As early as the sizes are known, so that the launch that computes the
      // value can write it there.
      SmallVector<Value> sizes;
      Operation *after = nullptr;
      if (auto launch = value.getDefiningOp<exec::LaunchOp>();
          launch && launch->getBlock() == &entry && isEarly) {
        Value destination =
            launch.getOutputs()[cast<OpResult>(value).getResultNumber()];
        if (auto empty = destination.getDefiningOp<tensor::EmptyOp>()) {
          sizes = empty.getDynamicSizes();
          after = empty;
        }
      }
      if (after) {
        b.setInsertionPoint(after);
      } else {
        b.setInsertionPoint(returned);
        for (int64_t dim = 0; dim < type.getRank(); ++dim)
          if (type.isDynamicDim(dim))
            sizes.push_back(
                tensor::DimOp::create(b, returned.getLoc(), value, dim));
      }
      Value memory = exec::OutputOp::create(
          b, returned.getLoc(), exec::getBufferType(type), number, sizes);
      b.setInsertionPoint(returned);
      bufferization::MaterializeInDestinationOp::create(
          b, returned.getLoc(), TypeRange{}, value, memory, /*restrict=*/true,
          /*writable=*/true);
    }
    b.setInsertionPoint(returned);
    func::ReturnOp::create(b, returned.getLoc());
    returned.erase();
    entry.eraseArguments(0, entry.getNumArguments());
    ArrayAttr argumentAttributes = function.getArgAttrsAttr(),
              results = function.getResAttrsAttr();
    function->removeAttr("arg_attrs");
    function->removeAttr("res_attrs");
    if (argumentAttributes)
      function->setAttr("exec.arguments", argumentAttributes);
    if (results)
      function->setAttr("exec.results", results);
    function.setFunctionType(b.getFunctionType({}, {}));
  }

  /// The next value of a loop is written back to the buffer of the current one,
  /// so that iterations share one buffer.
  void keepLoopBuffers() {
    getOperation().walk([&](scf::ForOp loop) {
      if (!isHost(loop))
        return;
      auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
      OpBuilder b(yield);
      for (auto [number, value] : llvm::enumerate(yield.getOperands())) {
        auto type = dyn_cast<RankedTensorType>(value.getType());
        BlockArgument carried = loop.getRegionIterArgs()[number];
        if (!type || !type.hasStaticShape() || value == carried)
          continue;
        Value kept = bufferization::MaterializeInDestinationOp::create(
                         b, yield.getLoc(), TypeRange{type}, value, carried,
                         /*restrict=*/false, /*writable=*/false)
                         .getResult();
        yield->setOperand(number, kept);
      }
    });
  }

  LogicalResult bufferize() {
    bufferization::OneShotBufferizationOptions options;
    options.allowReturnAllocsFromLoops = true;
    options.bufferizeFunctionBoundaries = true;
    options.setFunctionBoundaryTypeConversion(
        bufferization::LayoutMapOption::IdentityLayoutMap);
    options.opFilter.denyOperation([](Operation *op) { return !isHost(op); });
    options.defaultMemorySpaceFn =
        [](TensorType type) -> std::optional<Attribute> {
      return Attribute(exec::getPanels(type));
    };
    IRRewriter rewriter(&getContext());
    bufferization::OneShotAnalysisState analysis(getOperation(), options);
    if (failed(bufferization::analyzeModuleOp(getOperation(), analysis)) ||
        failed(bufferization::eliminateEmptyTensors(rewriter, getOperation(),
                                                    analysis)))
      return failure();
    bufferization::BufferizationState state;
    return bufferization::runOneShotModuleBufferize(getOperation(), options,
                                                    state);
  }
};

} // namespace
} // namespace ds
