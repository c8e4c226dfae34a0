//===- PlanMemory.cpp - the pass ds-plan-memory
//----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Interfaces/Scalar.h"
#include "dialects/Train/Train.h"
#include "passes/Memory/MemoryPlan.h"
#include "passes/Memory/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

#include <limits>

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_PLANMEMORYPASS
#include "passes/Memory/Passes.h.inc"

namespace {

/// Positions in program order: an op with regions spans those of the ops
/// inside.
struct Positions {
  DenseMap<Operation *, int64_t> begin, end;
  int64_t next = 0;

  void number(Operation *op) {
    begin[op] = next++;
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Operation &inner : block)
          number(&inner);
    end[op] = next++;
  }
};

struct PlanMemoryPass : impl::PlanMemoryPassBase<PlanMemoryPass> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      plan(function);
  }

  void plan(func::FuncOp function) {
    positions = Positions();
    positions.number(function);
    BufferViewFlowAnalysis aliases(function);
    SmallVector<memref::AllocOp> planned;
    std::vector<PlannedBuffer> buffers;
    function.walk([&](memref::AllocOp alloc) {
      auto type = alloc.getType();
      auto uses = lifetime(alloc, aliases);
      if (!uses)
        return; // handed on by a loop: two generations are alive at one time
      if (!type.hasStaticShape()) {
        freeAfterLastUse(alloc, aliases);
        return;
      }
      exec::PanelsAttr panels = exec::getPanels(type);
      int64_t elements = panels ? panels.storageElements(type.getShape())
                                : type.getNumElements();
      planned.push_back(alloc);
      buffers.push_back(
          {std::max<int64_t>(1, elements * elementBytes(type.getElementType())),
           uses->first, uses->second, -1, "", false});
      describe(alloc, buffers.back());
    });
    MemoryPlan plan = planMemory(std::move(buffers));
    OpBuilder b(&getContext());
    SmallVector<Attribute> entries;
    for (auto [alloc, buffer] : llvm::zip(planned, plan.buffers)) {
      b.setInsertionPoint(alloc);
      Value memory = exec::ArenaOp::create(b, alloc.getLoc(), alloc.getType(),
                                           buffer.offset);
      alloc.replaceAllUsesWith(memory);
      alloc.erase();
      entries.push_back(b.getDictionaryAttr(
          {b.getNamedAttr("bytes", b.getI64IntegerAttr(buffer.bytes)),
           b.getNamedAttr("first", b.getI64IntegerAttr(buffer.first)),
           b.getNamedAttr("gradient", b.getBoolAttr(buffer.isGradient)),
           b.getNamedAttr("last", b.getI64IntegerAttr(buffer.last)),
           b.getNamedAttr("name", b.getStringAttr(buffer.name)),
           b.getNamedAttr("offset", b.getI64IntegerAttr(buffer.offset))}));
    }
    function->setAttr(
        "exec.plan",
        b.getDictionaryAttr(
            {b.getNamedAttr("arena_bytes",
                            b.getI64IntegerAttr(plan.arenaBytes)),
             b.getNamedAttr("buffers", b.getArrayAttr(entries)),
             b.getNamedAttr("lower_bound",
                            b.getI64IntegerAttr(plan.lowerBound)),
             b.getNamedAttr("peak_position",
                            b.getI64IntegerAttr(plan.peakPosition))}));
  }

  /// First and last position at which the buffer, or anything that may be it,
  /// is used; nothing if it leaves a loop.
  std::optional<std::pair<int64_t, int64_t>>
  lifetime(memref::AllocOp alloc, BufferViewFlowAnalysis &aliases) {
    // The first use counts: where the allocation itself is says nothing.
    Block *block = alloc->getBlock();
    int64_t last = positions.begin[alloc],
            first = std::numeric_limits<int64_t>::max();
    for (Value alias : aliases.resolve(alloc.getResult())) {
      // A loop's carried value: the buffer of one iteration is alive in the
      // next.
      if (auto argument = dyn_cast<BlockArgument>(alias))
        if (isa<LoopLikeOpInterface>(argument.getOwner()->getParentOp()) &&
            argument.getOwner()->getParentOp()->isProperAncestor(alloc))
          return std::nullopt;
      for (Operation *user : alias.getUsers()) {
        last = std::max(last, lastPositionOf(user, alloc));
        if (Operation *ancestor = block->findAncestorOpInBlock(*user))
          first = std::min(first, positions.begin[ancestor]);
      }
      if (Operation *definition = alias.getDefiningOp())
        last = std::max(last, positions.end[definition]);
    }
    return std::make_pair(std::min(first, last), last);
  }

  /// End of the outermost loop around `user` that does not contain the
  /// allocation: iterations before it may use the buffer again.
  int64_t lastPositionOf(Operation *user, memref::AllocOp alloc) {
    int64_t last = positions.end[user];
    for (Operation *parent = user->getParentOp();
         parent && !parent->isProperAncestor(alloc);
         parent = parent->getParentOp())
      if (isa<LoopLikeOpInterface>(parent))
        last = std::max(last, positions.end[parent]);
    return last;
  }

  void freeAfterLastUse(memref::AllocOp alloc,
                        BufferViewFlowAnalysis &aliases) {
    Block *block = alloc->getBlock();
    Operation *last = alloc;
    for (Value alias : aliases.resolve(alloc.getResult())) {
      for (Operation *user : alias.getUsers()) {
        Operation *ancestor = block->findAncestorOpInBlock(*user);
        if (!ancestor || ancestor->hasTrait<OpTrait::IsTerminator>())
          return; // leaves the block; the end of the run frees it
        if (last->isBeforeInBlock(ancestor))
          last = ancestor;
      }
    }
    OpBuilder b(&getContext());
    b.setInsertionPointAfter(last);
    memref::DeallocOp::create(b, alloc.getLoc(), alloc);
  }

  /// Says who fills the buffer.
  static void describe(memref::AllocOp alloc, PlannedBuffer &buffer) {
    for (Operation *user : alloc->getUsers()) {
      auto launch = dyn_cast<exec::LaunchOp>(user);
      if (!launch ||
          !llvm::is_contained(launch.getOutputs(), alloc.getResult()))
        continue;
      buffer.name = launch.getNodes().empty() ? launch.getKernel().str()
                                              : launch.getNodes().str();
      buffer.isGradient = train::isGradientLoc(launch.getLoc());
      return;
    }
  }

  Positions positions;
};

} // namespace
} // namespace ds
