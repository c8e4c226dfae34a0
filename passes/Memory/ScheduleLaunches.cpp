//===- ScheduleLaunches.cpp - the pass ds-schedule-launches ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A greedy form of scheduling for few live bytes: the program's order stays,
// but a launch that frees at least as much as it takes runs as soon as it can.
//
//===----------------------------------------------------------------------===//
#include "dialects/Interfaces/Scalar.h"
#include "passes/Memory/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <set>

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_SCHEDULELAUNCHESPASS
#include "passes/Memory/Passes.h.inc"

namespace {

/// The value whose memory `value` lies in.
Value rootOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<exec::ViewOp, tensor::CastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// Orders the ops of one block between two that may not be crossed.
class Scheduler {
public:
  Scheduler(ArrayRef<Operation *> ops, const DenseSet<Value> &kept,
            ArrayRef<std::pair<Operation *, Value>> donors);

  /// Moves the ops, which end in front of `end`, into their new order.
  void run(Operation *end);

private:
  /// What is known of an op, by its position in the program.
  struct Node {
    Operation *op;
    SmallVector<unsigned> successors;
    unsigned waitsFor = 0;
    llvm::SmallSetVector<Value, 4> reads; ///< roots in the segment's memory
    bool isDone = false;
  };
  struct Root {
    int64_t bytes = 0;
    SmallVector<unsigned> readers;
    unsigned pending = 0;
  };

  void addEdge(unsigned from, unsigned to) {
    nodes[from].successors.push_back(to);
    ++nodes[to].waitsFor;
  }
  bool takesMemory(Operation *op) const {
    return isa<exec::LaunchOp>(op) || op->getNumRegions() > 0;
  }
  /// Whether running the op now frees as much as it takes.
  bool isFree(const Node &node) const;
  void finish(unsigned number, std::set<unsigned> &candidates);

  std::vector<Node> nodes;
  DenseMap<Operation *, unsigned> numbers;
  DenseMap<Value, Root> roots;
  const DenseSet<Value> &kept;
};

} // namespace

/// Bytes of a tensor of static size.
static std::optional<int64_t> bytesOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  return type.getNumElements() * elementBytes(type.getElementType());
}

Scheduler::Scheduler(ArrayRef<Operation *> ops, const DenseSet<Value> &kept,
                     ArrayRef<std::pair<Operation *, Value>> donors)
    : kept(kept) {
  nodes.resize(ops.size());
  for (auto [number, op] : llvm::enumerate(ops)) {
    nodes[number].op = op;
    numbers[op] = number;
  }
  for (auto [number, op] : llvm::enumerate(ops)) {
    Node &node = nodes[number];
    llvm::SmallSetVector<unsigned, 8> before;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        if (Operation *definition = operand.getDefiningOp())
          if (auto it = numbers.find(definition);
              it != numbers.end() && definition != op)
            before.insert(it->second);
        node.reads.insert(rootOf(operand));
      }
    });
    for (unsigned other : before)
      addEdge(other, number);
    for (Value read : node.reads)
      roots[read].readers.push_back(number);
    if (takesMemory(op))
      for (Value result : op->getResults())
        if (!kept.contains(result))
          roots[result].bytes = bytesOf(result).value_or(0);
  }
  for (auto &[value, root] : roots)
    root.pending = root.readers.size();
  // What is written into the memory of an argument comes after all that read
  // it.
  for (auto [op, donor] : donors) {
    auto writer = numbers.find(op);
    auto root = roots.find(donor);
    if (writer == numbers.end() || root == roots.end())
      continue;
    for (unsigned reader : root->second.readers)
      if (reader < writer->second)
        addEdge(reader, writer->second);
  }
}

bool Scheduler::isFree(const Node &node) const {
  if (!takesMemory(node.op))
    return true;
  if (node.op->getNumRegions() > 0)
    return false;
  int64_t taken = 0;
  for (Value result : node.op->getResults()) {
    if (kept.contains(result))
      continue;
    std::optional<int64_t> bytes = bytesOf(result);
    if (!bytes)
      return false;
    taken += *bytes;
  }
  for (Value read : node.reads)
    if (const Root &root = roots.find(read)->second; root.pending == 1)
      taken -= root.bytes;
  return taken <= 0;
}

void Scheduler::finish(unsigned number, std::set<unsigned> &candidates) {
  Node &node = nodes[number];
  node.isDone = true;
  for (unsigned successor : node.successors) {
    --nodes[successor].waitsFor;
    candidates.insert(successor);
  }
  // The last reader of a value may have become free.
  for (Value read : node.reads) {
    Root &root = roots.find(read)->second;
    if (--root.pending == 1)
      candidates.insert(root.readers.begin(), root.readers.end());
  }
}

void Scheduler::run(Operation *end) {
  std::set<unsigned> candidates;
  auto schedule = [&](unsigned number) {
    nodes[number].op->moveBefore(end);
    finish(number, candidates);
  };
  for (unsigned next = 0; next < nodes.size(); ++next) {
    if (!nodes[next].isDone)
      schedule(next);
    while (!candidates.empty()) {
      unsigned number = *candidates.begin();
      candidates.erase(candidates.begin());
      const Node &node = nodes[number];
      if (!node.isDone && node.waitsFor == 0 && isFree(node))
        schedule(number);
    }
  }
}

namespace {

struct ScheduleLaunchesPass
    : impl::ScheduleLaunchesPassBase<ScheduleLaunchesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        schedule(function);
  }

  void schedule(func::FuncOp function) {
    Block &entry = function.getBody().front();
    // Results have memory of their own, or that of an argument.
    DenseSet<Value> kept;
    SmallVector<std::pair<Operation *, Value>> donors;
    Operation *returned = entry.getTerminator();
    for (auto [number, value] : llvm::enumerate(returned->getOperands())) {
      kept.insert(rootOf(value));
      auto donor =
          function.getResultAttrOfType<IntegerAttr>(number, "ds.donor");
      if (donor && value.getDefiningOp())
        donors.emplace_back(value.getDefiningOp(),
                            entry.getArgument(donor.getInt()));
    }
    // Nothing crosses an op with effects: an assertion is about what follows.
    SmallVector<Operation *> segment;
    for (Operation &op : llvm::make_early_inc_range(entry)) {
      if (&op != returned && (isa<exec::LaunchOp>(op) || isPure(&op))) {
        segment.push_back(&op);
        continue;
      }
      Scheduler(segment, kept, donors).run(&op);
      segment.clear();
    }
  }
};

} // namespace
} // namespace ds
