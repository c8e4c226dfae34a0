//===- KernelEmitter.cpp - from exec.kernel to functions of loops
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/KernelEmitter.h"

#include "compiler/Codegen/CPU/KernelInternal.h"
#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ds {

KernelSignature::KernelSignature(exec::KernelOp kernel) : kernel(kernel) {
  MLIRContext *context = kernel.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context),
       i64 = IntegerType::get(context, 64);
  for (BlockArgument argument : kernel.getBody().front().getArguments()) {
    auto type = dyn_cast<ShapedType>(argument.getType());
    if (!type) {
      slots.push_back(i64);
      continue;
    }
    slots.push_back(pointer);
    slots.append(type.getNumDynamicDims(), i64);
  }
}

SmallVector<Value> KernelSignature::load(OpBuilder &b, Location loc,
                                         Value arguments) const {
  SmallVector<Value> values;
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  for (auto [slot, type] : llvm::enumerate(slots)) {
    Value address =
        LLVM::GEPOp::create(b, loc, pointer, pointer, arguments,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(slot)});
    values.push_back(LLVM::LoadOp::create(b, loc, type, address));
  }
  return values;
}

void KernelSignature::bind(ElementEmitter &emitter, ValueRange values) const {
  unsigned slot = 0;
  for (BlockArgument argument : kernel.getBody().front().getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type) {
      emitter.scalars[argument] = values[slot++];
      continue;
    }
    MemoryBuffer buffer;
    buffer.elementType = type.getElementType();
    buffer.panels = exec::getPanels(type);
    buffer.pointer = values[slot++];
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      buffer.extents.push_back(type.isDynamicDim(dim)
                                   ? values[slot++]
                                   : emitter.constant(type.getDimSize(dim)));
    emitter.buffers[argument] = buffer;
  }
}

void declareRuntime(ModuleOp module) {
  OpBuilder b(module.getBodyRegion());
  MLIRContext *context = module.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context), i64 = b.getI64Type();
  auto declare = [&](StringRef name, Type result, ArrayRef<Type> arguments) {
    LLVM::LLVMFuncOp::create(b, module.getLoc(), name,
                             LLVM::LLVMFunctionType::get(result, arguments));
  };
  declare("ds_parallel_for", LLVM::LLVMVoidType::get(context),
          {pointer, pointer, i64});
  declare("ds_rt_scratch", pointer, {i64});
}

/// `void name(void *arguments, int64_t begin, int64_t end)`: the work items of
/// one stage. The loops are in a function of their own whose pointers are
/// `noalias` parameters: destinations of a launch never overlap its inputs,
/// unless the kernel is marked as one that runs in place.
static void emitStageFunction(const KernelSignature &signature,
                              const Stage &stage, StringRef name,
                              ModuleOp module, const CpuTarget &target) {
  OpBuilder b(module.getBodyRegion());
  b.setInsertionPointToEnd(module.getBody());
  Location loc = signature.kernel.getLoc();
  Type i64 = b.getI64Type();
  SmallVector<Type> types(signature.slots);
  types.append(2, i64);
  auto loops = func::FuncOp::create(b, loc, (name + "_loops").str(),
                                    b.getFunctionType(types, {}));
  loops.setPrivate();
  Block *entry = loops.addEntryBlock();
  for (auto [position, type] : llvm::enumerate(signature.slots))
    if (isa<LLVM::LLVMPointerType>(type) &&
        !signature.kernel->hasAttr("exec.in_place"))
      loops.setArgAttr(position, LLVM::LLVMDialect::getNoAliasAttrName(),
                       b.getUnitAttr());
  b.setInsertionPointToStart(entry);
  ElementEmitter emitter(b, loc, target.lanes);
  signature.bind(emitter, entry->getArguments().drop_back(2));
  emitLoop(emitter, entry->getArgument(types.size() - 2),
           entry->getArgument(types.size() - 1), 1,
           [&](Value item) { stage.emitItem(emitter, item); });
  func::ReturnOp::create(b, loc);

  b.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto body = LLVM::LLVMFuncOp::create(
      b, loc, (name + "_items").str(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {pointer, i64, i64}),
      LLVM::Linkage::Internal);
  Block *block = body.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  SmallVector<Value> arguments = signature.load(b, loc, block->getArgument(0));
  arguments.push_back(block->getArgument(1));
  arguments.push_back(block->getArgument(2));
  func::CallOp::create(b, loc, loops, arguments);
  LLVM::ReturnOp::create(b, loc, ValueRange{});
}

static void emitEntry(const KernelSignature &signature, ArrayRef<Stage> stages,
                      ModuleOp module, const CpuTarget &target) {
  OpBuilder b(module.getBodyRegion());
  b.setInsertionPointToEnd(module.getBody());
  exec::KernelOp kernel = signature.kernel;
  Location loc = kernel.getLoc();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto entry = LLVM::LLVMFuncOp::create(
      b, loc, kernel.getSymName(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {pointer}));
  Block *block = entry.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  ElementEmitter emitter(b, loc, target.lanes);
  signature.bind(emitter, signature.load(b, loc, block->getArgument(0)));
  for (auto [number, stage] : llvm::enumerate(stages)) {
    std::string name = (kernel.getSymName() + "_" + llvm::Twine(number)).str();
    Value items = stage.emitItemCount(emitter);
    Value body = LLVM::AddressOfOp::create(b, loc, pointer, name + "_items");
    LLVM::CallOp::create(b, loc, TypeRange{}, "ds_parallel_for",
                         ValueRange{body, block->getArgument(0), items});
  }
  LLVM::ReturnOp::create(b, loc, ValueRange{});
}

/// The largest scratch memory of static size that the module's code asks for.
static int64_t findScratchBytes(ModuleOp module) {
  int64_t largest = 0;
  module.walk([&](LLVM::CallOp call) {
    llvm::APInt bytes;
    if (call.getCallee() == "ds_rt_scratch" &&
        matchPattern(call.getArgOperands().front(), m_ConstantInt(&bytes)))
      largest = std::max(largest, bytes.getSExtValue());
  });
  return largest;
}

FailureOr<OwningOpRef<ModuleOp>> emitKernel(exec::KernelOp kernel,
                                            const CpuTarget &target,
                                            KernelReport &report) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  declareRuntime(*module);
  KernelSignature signature(kernel);
  report.kernel = kernel.getSymName().str();
  countWork(kernel, report);
  std::optional<SmallVector<Stage>> stages;
  {
    // Planning looks at the buffers' presence only; the values it would use are
    // made and thrown away.
    OwningOpRef<ModuleOp> scratch = ModuleOp::create(kernel.getLoc());
    OpBuilder b(scratch->getBodyRegion());
    ElementEmitter emitter(b, kernel.getLoc(), target.lanes);
    signature.bind(emitter, SmallVector<Value>(signature.slots.size()));
    stages = planStages(kernel, emitter, target, report.reason);
  }
  // What a stage writes in place, a later one would read.
  if (kernel->hasAttr("exec.in_place") && stages && stages->size() != 1) {
    report.reason = "runs in place, but takes more than one loop";
    stages.reset();
  }
  if (!stages) {
    report.strategy = "plain loops";
    report.isVectorized = false;
    if (failed(emitBufferizedKernel(kernel, *module)))
      return failure();
    return module;
  }
  for (auto [number, stage] : llvm::enumerate(*stages)) {
    emitStageFunction(signature, stage,
                      (kernel.getSymName() + "_" + llvm::Twine(number)).str(),
                      *module, target);
    report.strategy += (number ? "; " : "") + stage.description;
    report.isVectorized &= stage.isVectorized;
    if (!stage.reason.empty())
      report.reason = stage.reason;
  }
  emitEntry(signature, *stages, *module, target);
  report.scratchBytes = findScratchBytes(*module);
  return module;
}

} // namespace ds
