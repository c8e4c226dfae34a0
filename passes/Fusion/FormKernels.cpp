//===- FormKernels.cpp - the pass ds-form-kernels
//--------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/NN.h"
#include "passes/Fusion/Fusion.h"
#include "passes/Fusion/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_FORMKERNELSPASS
#include "passes/Fusion/Passes.h.inc"

namespace {

/// The name that a location gives to the node it came from.
void collectNames(Location loc, llvm::SetVector<StringAttr> &names) {
  if (auto name = dyn_cast<NameLoc>(loc))
    names.insert(name.getName());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location inner : fused.getLocations())
      collectNames(inner, names);
}

class Outliner {
public:
  Outliner(ModuleOp module, const ValueSizes &sizes)
      : symbols(module), sizes(sizes), module(module) {}

  void outline(const FusionGroup &group) {
    SetVector<Operation *> members(group.members.begin(), group.members.end());
    SetVector<Value> inputs, outputs;
    // What the kernel recomputes, operands first.
    SetVector<Operation *> copied;
    for (Operation *member : group.members)
      collect(member, members, copied, inputs);
    for (Operation *member : group.members)
      for (Value result : member->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !isInside(user, members);
            }))
          outputs.insert(result);
    if (outputs.empty())
      return;

    Operation *last = group.members.back();
    Location loc =
        FusedLoc::get(module.getContext(),
                      llvm::map_to_vector(group.members, [](Operation *op) {
                        return op->getLoc();
                      }));
    OpBuilder b(module.getBodyRegion());
    if (Operation *function = last->getParentOp())
      while (function && function->getParentOp() != module)
        function = function->getParentOp(), b.setInsertionPoint(function);
    auto kernel = exec::KernelOp::create(b, loc, nameOf(group), outputs.size());
    symbols.insert(kernel);
    Block &body = kernel.getBody().emplaceBlock();
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body.addArgument(input.getType(), input.getLoc()));
    for (Value output : outputs)
      body.addArgument(output.getType(), output.getLoc());
    OpBuilder inner = OpBuilder::atBlockEnd(&body);
    for (Operation *op : copied)
      inner.clone(*op, mapping);
    for (Operation *op : group.members)
      inner.clone(*op, mapping);
    SmallVector<Value> yielded;
    for (Value output : outputs)
      yielded.push_back(mapping.lookup(output));
    exec::YieldOp::create(inner, loc, yielded);

    OpBuilder host(last);
    SmallVector<Value> destinations;
    for (Value output : outputs) {
      // Of the output's type, also where more is known of the sizes by now.
      auto type = cast<RankedTensorType>(output.getType());
      SmallVector<Value> dynamic;
      for (auto [extent, size] :
           llvm::zip_equal(type.getShape(), sizes.get(output)))
        if (ShapedType::isDynamic(extent))
          dynamic.push_back(getValueOrCreateConstantIndexOp(host, loc, size));
      destinations.push_back(tensor::EmptyOp::create(host, loc, type, dynamic));
    }
    llvm::SetVector<StringAttr> names;
    for (Operation *member : group.members)
      collectNames(member->getLoc(), names);
    std::string nodes = llvm::join(
        llvm::map_range(names, [](StringAttr name) { return name.str(); }),
        ", ");
    SmallVector<Type> types(outputs.size());
    for (auto [type, output] : llvm::zip(types, outputs))
      type = output.getType();
    auto launch = exec::LaunchOp::create(
        host, loc, types, FlatSymbolRefAttr::get(kernel.getSymNameAttr()),
        inputs.getArrayRef(), destinations, host.getStringAttr(nodes));
    for (auto [value, result] : llvm::zip(outputs, launch.getResults()))
      Value(value).replaceUsesWithIf(result, [&](OpOperand &use) {
        return !isInside(use.getOwner(), members);
      });
  }

private:
  static bool isInside(Operation *user, const SetVector<Operation *> &members) {
    return members.contains(user);
  }

  /// Adds the inputs of `op`, and before them what of its operands is
  /// recomputed.
  void collect(Operation *op, const SetVector<Operation *> &members,
               SetVector<Operation *> &copied, SetVector<Value> &inputs) {
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (producer && members.contains(producer))
        continue;
      if (producer &&
          (isRecomputed(producer) || matchPattern(operand, m_Constant())) &&
          (isa<IndexType>(operand.getType()) || isRecomputed(producer))) {
        // A broadcast of one of the members' own values is a member's
        // neighbour, not something from before.
        if (dependsOn(producer, members)) {
          inputs.insert(operand);
          continue;
        }
        if (!copied.contains(producer)) {
          collect(producer, members, copied, inputs);
          copied.insert(producer);
        }
        continue;
      }
      inputs.insert(operand);
    }
  }

  static bool dependsOn(Operation *op, const SetVector<Operation *> &members) {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      Operation *producer = operand.getDefiningOp();
      return producer &&
             (members.contains(producer) ||
              (isRecomputed(producer) && dependsOn(producer, members)));
    });
  }

  /// A readable name of the ops inside; the symbol table makes it unique. The
  /// prefix keeps it apart from the C library's.
  std::string nameOf(const FusionGroup &group) {
    std::string name = "kernel";
    for (Operation *member : group.members) {
      std::string mnemonic = member->getName().stripDialect().str();
      if (name.size() + mnemonic.size() > 40)
        break;
      name += "_" + mnemonic;
    }
    return name;
  }

  SymbolTable symbols;
  const ValueSizes &sizes;
  ModuleOp module;
};

struct FormKernelsPass : impl::FormKernelsPassBase<FormKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ValueSizes> sizes = ValueSizes::compute(module);
    if (failed(sizes))
      return signalPassFailure();
    SmallVector<Block *> blocks;
    module.walk([&](Block *block) {
      if (block->getParentOp() != module &&
          !isa<exec::KernelOp>(block->getParentOp()))
        blocks.push_back(block);
    });
    Outliner outliner(module, *sizes);
    for (Block *block : blocks)
      if (failed(formKernels(*block, *sizes, outliner)))
        return signalPassFailure();
    replaceReshapes(*sizes);
  }

  LogicalResult formKernels(Block &block, const ValueSizes &sizes,
                            Outliner &outliner) {
    auto groups = formGroups(block, sizes);
    SmallVector<Operation *> members;
    for (auto &group : groups)
      members.append(group->members);
    // Uses by ops that are no part of any kernel need the value in memory:
    // recomputed ops then get a kernel as well.
    llvm::SmallPtrSet<Operation *, 32> inKernels(members.begin(),
                                                 members.end());
    for (Operation &op : block)
      if (isRecomputed(&op) && !isa<nn::ConstantOp>(op) &&
          !inKernels.contains(&op) &&
          llvm::any_of(op.getUsers(), [&](Operation *user) {
            return !staysInKernel(user, inKernels, op.getBlock());
          })) {
        auto group = std::make_unique<FusionGroup>();
        group->members.push_back(&op);
        groups.push_back(std::move(group));
        members.push_back(&op);
      }
    for (auto &group : groups)
      outliner.outline(*group);
    // What is left of members and recomputed ops has no users outside of
    // kernels.
    SmallVector<Operation *> dead;
    for (Operation &op : llvm::reverse(block))
      if (isa<nn::NNDialect>(op.getDialect()) &&
          !isa<nn::ReshapeOp, nn::ConstantOp>(op))
        dead.push_back(&op);
    bool changed = true;
    while (changed) {
      changed = false;
      llvm::erase_if(dead, [&](Operation *op) {
        if (!op->use_empty())
          return false;
        op->erase();
        return changed = true;
      });
    }
    sortTopologically(&block);
    for (Operation *op : dead)
      return op->emitOpError("could not be moved into a kernel; used by '")
             << (*op->user_begin())->getName() << "'";
    return success();
  }

  /// True when `user` will be inside a kernel, or is recomputed inside of those
  /// of its own users.
  static bool staysInKernel(Operation *user,
                            const llvm::SmallPtrSetImpl<Operation *> &inKernels,
                            Block *block) {
    if (inKernels.contains(user))
      return true;
    return user->getBlock() == block && isRecomputed(user);
  }

  void replaceReshapes(const ValueSizes &sizes) {
    SmallVector<nn::ReshapeOp> reshapes;
    getOperation().walk([&](nn::ReshapeOp reshape) {
      if (!reshape->getParentOfType<exec::KernelOp>())
        reshapes.push_back(reshape);
    });
    for (nn::ReshapeOp reshape : reshapes) {
      OpBuilder b(reshape);
      Value view = exec::ViewOp::create(
          b, reshape.getLoc(), reshape.getResult().getType(),
          reshape.getOperand(), reshape.getSizes());
      reshape.replaceAllUsesWith(view);
      reshape.erase();
    }
  }
};

} // namespace
} // namespace ds
