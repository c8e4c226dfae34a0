//===- HostLowering.cpp - host code in the LLVM dialect
//--------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/Host/HostLowering.h"

#include "compiler/Codegen/CPU/KernelEmitter.h"
#include "compiler/Codegen/Common/Descriptors.h"
#include "dialects/Interfaces/Scalar.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ds {
namespace {

class HostLowering {
public:
  HostLowering(ModuleOp host, std::vector<EntryPoint> &entryPoints)
      : host(host), entryPoints(entryPoints), b(host.getContext()),
        pointer(LLVM::LLVMPointerType::get(host.getContext())) {}

  LogicalResult run() {
    auto functions = llvm::to_vector(host.getOps<func::FuncOp>());
    declareRuntime();
    for (func::FuncOp function : functions)
      lowerEntryPoint(function);
    return lowerToLLVMDialect(host);
  }

private:
  void lowerEntryPoint(func::FuncOp function) {
    EntryPoint &entryPoint = entryPoints.emplace_back();
    entryPoint.name = function.getName().str();
    entryPoint.symbol = "ds_run_" + entryPoint.name;
    launches = &entryPoint.launches;
    function.setName(entryPoint.symbol);
    function.setFunctionType(b.getFunctionType({pointer}, {}));
    for (NamedAttribute attribute :
         llvm::to_vector(function->getDiscardableAttrs()))
      function->removeDiscardableAttr(attribute.getName());
    entry = &function.getBody().front();
    context = entry->addArgument(pointer, function.getLoc());
    b.setInsertionPointToStart(entry);
    arena = LLVM::CallOp::create(b, function.getLoc(), TypeRange{pointer},
                                 "ds_rt_arena", ValueRange{context})
                .getResult();
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      lower(op);
    // What panels meant for sizes is done; the types go on without them.
    function.walk([&](Operation *op) {
      auto plain = [](Type type) -> Type {
        auto memref = dyn_cast<MemRefType>(type);
        return memref && memref.getMemorySpace()
                   ? MemRefType::get(memref.getShape(), memref.getElementType())
                   : type;
      };
      for (Value result : op->getResults())
        result.setType(plain(result.getType()));
      for (Region &region : op->getRegions())
        for (BlockArgument argument : region.getArguments())
          argument.setType(plain(argument.getType()));
    });
  }

  void declareRuntime() {
    b.setInsertionPointToStart(host.getBody());
    Type i64 = b.getI64Type(), i32 = b.getI32Type(),
         none = LLVM::LLVMVoidType::get(b.getContext());
    auto declare = [&](StringRef name, Type result, ArrayRef<Type> arguments) {
      LLVM::LLVMFuncOp::create(b, host.getLoc(), name,
                               LLVM::LLVMFunctionType::get(result, arguments));
    };
    declare("ds_rt_alloc", pointer, {pointer, i64});
    declare("ds_rt_arena", pointer, {pointer});
    declare("ds_rt_fail", none, {pointer, pointer});
    declare("ds_rt_free", none, {pointer, pointer});
    declare("ds_rt_input_data", pointer, {pointer, i32});
    declare("ds_rt_input_dim", i64, {pointer, i32, i32});
    declare("ds_rt_launch", none, {pointer, i32, pointer, pointer});
    declare("ds_rt_output_data", pointer, {pointer, i32, pointer});
    LLVM::GlobalOp::create(b, host.getLoc(), b.getI8Type(), /*isConstant=*/true,
                           LLVM::Linkage::External, "ds_weights", Attribute());
  }

  void lower(Operation *op) {
    b.setInsertionPoint(op);
    loc = op->getLoc();
    if (auto input = dyn_cast<exec::InputOp>(op))
      return lowerInput(input);
    if (auto output = dyn_cast<exec::OutputOp>(op))
      return lowerOutput(output);
    if (auto weight = dyn_cast<exec::WeightOp>(op)) {
      // Of a weight without elements nothing is read; a model that has no other
      // has no weights at all.
      Value base =
          bufferOf(op).getNumElements() == 0
              ? LLVM::ZeroOp::create(b, loc, pointer).getResult()
              : LLVM::AddressOfOp::create(b, loc, pointer, "ds_weights");
      return replace(op, makeMemRef(b, loc, bufferOf(op),
                                    offsetFrom(base, weight.getOffset()), {}));
    }
    if (auto slot = dyn_cast<exec::ArenaOp>(op))
      return replace(op, makeMemRef(b, loc, bufferOf(op),
                                    offsetFrom(arena, slot.getOffset()), {}));
    if (auto view = dyn_cast<exec::ViewOp>(op))
      return lowerView(view);
    if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
      SmallVector<Value> sizes = toI64(alloc.getDynamicSizes());
      auto type = bufferOf(op);
      Value bytes = mul(storageElements(type, sizes),
                        constant(elementBytes(type.getElementType())));
      Value data =
          LLVM::CallOp::create(b, loc, TypeRange{pointer}, "ds_rt_alloc",
                               ValueRange{context, bytes})
              .getResult();
      return replace(op, makeMemRef(b, loc, type, data, sizes));
    }
    if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
      LLVM::CallOp::create(
          b, loc, TypeRange{}, "ds_rt_free",
          ValueRange{context, pointerOf(b, loc, dealloc.getMemref())});
      return dealloc.erase();
    }
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      // Host buffers are dense: upstream's lowering would call a library for
      // those of dynamic size.
      if (copy.getSource() != copy.getTarget()) {
        auto type = cast<MemRefType>(copy.getSource().getType());
        Value bytes = mul(storageElements(type, dynamicSizes(copy.getSource())),
                          constant(elementBytes(type.getElementType())));
        LLVM::MemcpyOp::create(b, loc, pointerOf(b, loc, copy.getTarget()),
                               pointerOf(b, loc, copy.getSource()), bytes,
                               /*isVolatile=*/false);
      }
      return copy.erase();
    }
    if (auto check = dyn_cast<cf::AssertOp>(op)) {
      emitCheck(check.getArg(), check.getMsg());
      return check.erase();
    }
    if (auto launch = dyn_cast<exec::LaunchOp>(op))
      return lowerLaunch(launch);
  }

  void replace(Operation *op, Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }
  static MemRefType bufferOf(Operation *op) {
    return cast<MemRefType>(op->getResult(0).getType());
  }
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
  }
  Value constant32(int64_t value) {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value mul(Value x, Value y) {
    return b.createOrFold<arith::MulIOp>(loc, x, y);
  }
  Value offsetFrom(Value base, int64_t bytes) {
    return LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), base,
                               ValueRange{constant(bytes)});
  }
  SmallVector<Value> toI64(ValueRange sizes) {
    SmallVector<Value> result;
    for (Value size : sizes)
      result.push_back(
          b.createOrFold<arith::IndexCastOp>(loc, b.getI64Type(), size));
    return result;
  }
  /// All extents, given the dynamic ones.
  SmallVector<Value> extents(MemRefType type, ValueRange dynamic) {
    SmallVector<Value> result;
    unsigned next = 0;
    for (int64_t size : type.getShape())
      result.push_back(ShapedType::isDynamic(size) ? dynamic[next++]
                                                   : constant(size));
    return result;
  }
  Value storageElements(MemRefType type, ValueRange dynamic) {
    SmallVector<Value> sizes = extents(type, dynamic);
    if (exec::PanelsAttr panels = exec::getPanels(type)) {
      Value &columns = sizes[panels.getPermutation().back()];
      Value block = constant(panels.getBlock());
      columns =
          mul(b.createOrFold<arith::CeilDivSIOp>(loc, columns, block), block);
    }
    Value product = constant(1);
    for (Value size : sizes)
      product = mul(product, size);
    return product;
  }
  SmallVector<Value> dynamicSizes(Value memref) {
    auto type = cast<MemRefType>(memref.getType());
    SmallVector<Value> result;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        result.push_back(b.createOrFold<arith::IndexCastOp>(
            loc, b.getI64Type(), memref::DimOp::create(b, loc, memref, dim)));
    return result;
  }

  /// Space of `slots` pointer-sized entries, taken once per run.
  Value allocateSlots(int64_t slots) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entry);
    return LLVM::AllocaOp::create(b, loc, pointer, b.getI64Type(),
                                  constant(std::max<int64_t>(1, slots)));
  }
  void store(Value slots, int64_t slot, Value value) {
    Value address =
        LLVM::GEPOp::create(b, loc, pointer, b.getI64Type(), slots,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(slot)});
    LLVM::StoreOp::create(b, loc, value, address);
  }

  void lowerInput(exec::InputOp input) {
    auto type = bufferOf(input);
    Value index = constant32(input.getIndex());
    Value data =
        LLVM::CallOp::create(b, loc, TypeRange{pointer}, "ds_rt_input_data",
                             ValueRange{context, index})
            .getResult();
    SmallVector<Value> sizes;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        sizes.push_back(
            LLVM::CallOp::create(b, loc, TypeRange{b.getI64Type()},
                                 "ds_rt_input_dim",
                                 ValueRange{context, index, constant32(dim)})
                .getResult());
    replace(input, makeMemRef(b, loc, type, data, sizes));
  }

  void lowerOutput(exec::OutputOp output) {
    auto type = bufferOf(output);
    SmallVector<Value> sizes = toI64(output.getSizes());
    Value slots = allocateSlots(type.getRank());
    for (auto [dim, extent] : llvm::enumerate(extents(type, sizes)))
      store(slots, dim, extent);
    Value data = LLVM::CallOp::create(
                     b, loc, TypeRange{pointer}, "ds_rt_output_data",
                     ValueRange{context, constant32(output.getIndex()), slots})
                     .getResult();
    replace(output, makeMemRef(b, loc, type, data, sizes));
  }

  void lowerView(exec::ViewOp view) {
    auto type = bufferOf(view);
    SmallVector<Value> sizes = toI64(view.getSizes());
    auto sourceType = cast<MemRefType>(view.getSource().getType());
    if (!type.hasStaticShape() || !sourceType.hasStaticShape()) {
      Value from = storageElements(sourceType, dynamicSizes(view.getSource())),
            to = storageElements(type, sizes);
      Value holds =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, from, to);
      for (Value size : sizes) {
        Value natural = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                              size, constant(0));
        holds = arith::AndIOp::create(b, loc, holds, natural);
      }
      emitCheck(holds, describe(view->getLoc()) +
                           "a reshape does not keep the number of elements");
    }
    replace(view, makeMemRef(b, loc, type, pointerOf(b, loc, view.getSource()),
                             sizes));
  }

  static std::string describe(Location at) {
    if (auto name = dyn_cast<NameLoc>(at))
      return ("node \"" + name.getName().strref() + "\": ").str();
    if (auto fused = dyn_cast<FusedLoc>(at))
      for (Location inner : fused.getLocations())
        if (std::string text = describe(inner); !text.empty())
          return text;
    return "";
  }

  void emitCheck(Value condition, StringRef message) {
    auto [it, isNew] = messages.try_emplace(message, messages.size());
    std::string name = "message_" + std::to_string(it->second);
    if (isNew) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(host.getBody());
      std::string text = message.str() + '\0';
      LLVM::GlobalOp::create(
          b, loc, LLVM::LLVMArrayType::get(b.getI8Type(), text.size()),
          /*isConstant=*/true, LLVM::Linkage::Internal, name,
          b.getStringAttr(text));
    }
    Value no = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
    Value fails = arith::XOrIOp::create(b, loc, condition, no);
    auto branch = scf::IfOp::create(b, loc, fails, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Value text = LLVM::AddressOfOp::create(b, loc, pointer, name);
    LLVM::CallOp::create(b, loc, TypeRange{}, "ds_rt_fail",
                         ValueRange{context, text});
  }

  void lowerLaunch(exec::LaunchOp launch) {
    LaunchDescription description{
        launch.getKernel().str(), launch.getNodes().str(), {}};
    SmallVector<Value> slots;
    for (OpOperand &operand : launch->getOpOperands()) {
      Value value = operand.get();
      auto type = dyn_cast<MemRefType>(value.getType());
      if (!type) {
        slots.push_back(
            b.createOrFold<arith::IndexCastOp>(loc, b.getI64Type(), value));
        continue;
      }
      LaunchDescription::Argument argument;
      argument.slot = static_cast<int32_t>(slots.size());
      argument.elementType = type.getElementType();
      argument.isOutput =
          operand.getOperandNumber() >= launch.getInputs().size();
      slots.push_back(pointerOf(b, loc, value));
      for (Value size : dynamicSizes(value))
        slots.push_back(size);
      int64_t next = argument.slot + 1;
      for (int64_t size : type.getShape())
        argument.dims.push_back(ShapedType::isDynamic(size) ? -1 - next++
                                                            : size);
      // Panels are no row-major tensor; observers must not look at them as one.
      if (!exec::getPanels(type))
        description.arguments.push_back(argument);
    }
    Value array = allocateSlots(slots.size());
    for (auto [slot, value] : llvm::enumerate(slots))
      store(array, slot, value);
    if (declaredKernels.insert(launch.getKernel()).second) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(host.getBody());
      LLVM::LLVMFuncOp::create(
          b, loc, launch.getKernel(),
          LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                      {pointer}));
    }
    Value kernel =
        LLVM::AddressOfOp::create(b, loc, pointer, launch.getKernel());
    LLVM::CallOp::create(
        b, loc, TypeRange{}, "ds_rt_launch",
        ValueRange{context, constant32(static_cast<int64_t>(launches->size())),
                   kernel, array});
    launches->push_back(description);
    launch.erase();
  }

  ModuleOp host;
  std::vector<EntryPoint> &entryPoints;
  /// Of the entry point at work.
  std::vector<LaunchDescription> *launches = nullptr;
  OpBuilder b;
  Type pointer;
  Location loc = UnknownLoc::get(host.getContext());
  Value context, arena;
  Block *entry = nullptr;
  llvm::StringMap<size_t> messages;
  llvm::StringSet<> declaredKernels;
};

} // namespace

FailureOr<OwningOpRef<ModuleOp>>
lowerHost(ModuleOp module, std::vector<EntryPoint> &entryPoints) {
  OwningOpRef<ModuleOp> host = ModuleOp::create(module.getLoc());
  OpBuilder b(host->getBodyRegion());
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    b.clone(*function.getOperation());
  if (host->getBody()->empty())
    return module.emitError("expected a function, which is the model");
  if (failed(HostLowering(*host, entryPoints).run()))
    return failure();
  return host;
}

} // namespace ds
