//===- BufferizedKernel.cpp - kernels without vectorised stages
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sorting, scattering, scans and the like are loops over tensors with
// insertions. They are bufferised as a function of memrefs and run as one work
// item.
//
//===----------------------------------------------------------------------===//
#include "compiler/Codegen/CPU/KernelInternal.h"
#include "compiler/Codegen/Common/Descriptors.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace ds {

/// Sub-byte elements take a byte in memory, which memrefs of them would too; i1
/// is kept by the conversion to LLVM as a byte.
static MemRefType bufferType(RankedTensorType type) {
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Gives each use of a `tensor.empty` one of its own. CSE merges equal ones,
/// and bufferisation, for which they hold nothing, then puts the values that
/// two loop arguments start from into one buffer.
static void separateEmptyTensors(func::FuncOp function) {
  SmallVector<tensor::EmptyOp> empties;
  function.walk([&](tensor::EmptyOp empty) { empties.push_back(empty); });
  for (tensor::EmptyOp empty : empties) {
    OpBuilder b(empty);
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : empty.getResult().getUses())
      uses.push_back(&use);
    for (OpOperand *use : llvm::drop_begin(uses))
      use->set(b.clone(*empty)->getResult(0));
  }
}

LogicalResult emitBufferizedKernel(exec::KernelOp kernel, ModuleOp module) {
  KernelSignature signature(kernel);
  OpBuilder b(module.getBodyRegion());
  b.setInsertionPointToEnd(module.getBody());
  Location loc = kernel.getLoc();
  Block &source = kernel.getBody().front();

  // The body as a function of memrefs.
  SmallVector<Type> types;
  for (BlockArgument argument : source.getArguments())
    types.push_back(
        argument.getType().isIndex()
            ? argument.getType()
            : Type(bufferType(cast<RankedTensorType>(argument.getType()))));
  std::string bodyName = (kernel.getSymName() + "_body").str();
  auto body =
      func::FuncOp::create(b, loc, bodyName, b.getFunctionType(types, {}));
  body.setPrivate();
  Block *entry = body.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (auto [argument, value] :
       llvm::zip(source.getArguments(), entry->getArguments())) {
    if (argument.getType().isIndex()) {
      mapping.map(argument, value);
      continue;
    }
    bool isOutput = argument.getArgNumber() >=
                    source.getNumArguments() - kernel.getOutputCount();
    mapping.map(argument, bufferization::ToTensorOp::create(
                              b, loc, argument.getType(), value,
                              /*restrict=*/true, isOutput));
  }
  for (Operation &op : source.without_terminator())
    b.clone(op, mapping);
  // Loops that follow each other would read what a kernel that runs in place
  // has written: it gets buffers of its own, and copies them at the end.
  bool isInPlace = kernel->hasAttr("exec.in_place");
  SmallVector<std::pair<Value, Value>> results;
  for (auto [value, output] :
       llvm::zip(source.getTerminator()->getOperands(),
                 entry->getArguments().take_back(kernel.getOutputCount()))) {
    Value written = output;
    if (isInPlace) {
      auto type = cast<MemRefType>(output.getType());
      SmallVector<Value> sizes;
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim))
          sizes.push_back(memref::DimOp::create(b, loc, output, dim));
      written = memref::AllocOp::create(b, loc, type, sizes);
      results.push_back({written, output});
    }
    bufferization::MaterializeInDestinationOp::create(
        b, loc, TypeRange{}, mapping.lookup(value), written, /*restrict=*/true,
        /*writable=*/true);
  }
  for (auto [written, output] : results)
    memref::CopyOp::create(b, loc, written, output);
  func::ReturnOp::create(b, loc);
  separateEmptyTensors(body);

  PassManager pm(module.getContext());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  bufferization::BufferDeallocationPipelineOptions deallocation;
  bufferization::buildBufferDeallocationPipeline(pm, deallocation);
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(createCanonicalizerPass());
  if (failed(pm.run(module)))
    return failure();
  // Copies between strided buffers would become calls of a library; as loops
  // they are vectorised by LLVM.
  SmallVector<memref::CopyOp> copies;
  module.walk([&](memref::CopyOp copy) { copies.push_back(copy); });
  for (memref::CopyOp copy : copies) {
    IRRewriter rewriter(copy);
    auto type = cast<MemRefType>(copy.getTarget().getType());
    SmallVector<AffineMap> maps(
        2, rewriter.getMultiDimIdentityMap(type.getRank()));
    SmallVector<utils::IteratorType> iterators(type.getRank(),
                                               utils::IteratorType::parallel);
    auto generic = linalg::GenericOp::create(
        rewriter, copy.getLoc(), ValueRange{copy.getSource()},
        ValueRange{copy.getTarget()}, maps, iterators,
        [](OpBuilder &inner, Location at, ValueRange args) {
          linalg::YieldOp::create(inner, at, args[0]);
        });
    (void)linalg::linalgOpToLoops(rewriter, generic);
    rewriter.eraseOp(generic);
    rewriter.eraseOp(copy);
  }

  b.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto function = LLVM::LLVMFuncOp::create(
      b, loc, kernel.getSymName(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {pointer}));
  Block *block = function.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  SmallVector<Value> slots = signature.load(b, loc, block->getArgument(0)),
                     arguments;
  unsigned slot = 0;
  for (Type type : types) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref) {
      arguments.push_back(
          arith::IndexCastOp::create(b, loc, b.getIndexType(), slots[slot++]));
      continue;
    }
    unsigned dynamic = memref.getNumDynamicDims();
    arguments.push_back(
        makeMemRef(b, loc, memref, slots[slot],
                   ArrayRef<Value>(slots).slice(slot + 1, dynamic)));
    slot += 1 + dynamic;
  }
  func::CallOp::create(b, loc, bodyName, TypeRange{}, arguments);
  LLVM::ReturnOp::create(b, loc, ValueRange{});
  return success();
}

} // namespace ds
