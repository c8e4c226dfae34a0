//===- MemoryPlan.cpp - offsets for buffers with lifetimes
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Memory/MemoryPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <numeric>

namespace ds {

/// First fit in the given order; returns the arena's size.
static int64_t placeInOrder(std::vector<PlannedBuffer> &buffers,
                            llvm::ArrayRef<size_t> order) {
  int64_t total = 0;
  std::vector<const PlannedBuffer *> placed, conflicts;
  for (size_t index : order) {
    PlannedBuffer &buffer = buffers[index];
    conflicts.clear();
    for (const PlannedBuffer *other : placed)
      if (other->first <= buffer.last && buffer.first <= other->last)
        conflicts.push_back(other);
    llvm::sort(conflicts,
               [](auto *a, auto *b) { return a->offset < b->offset; });
    int64_t offset = 0, bytes = static_cast<int64_t>(
                            llvm::alignTo(buffer.bytes, ArenaAlignment));
    for (const PlannedBuffer *other : conflicts) {
      if (offset + bytes <= other->offset)
        break;
      offset = std::max<int64_t>(
          offset, other->offset + static_cast<int64_t>(llvm::alignTo(
                                      other->bytes, ArenaAlignment)));
    }
    buffer.offset = offset;
    placed.push_back(&buffer);
    total = std::max(total, offset + bytes);
  }
  return total;
}

MemoryPlan planMemory(std::vector<PlannedBuffer> buffers) {
  MemoryPlan plan;
  // The lower bound: bytes come to life at `first` and go after `last`.
  std::map<int64_t, int64_t> changes;
  for (const PlannedBuffer &buffer : buffers) {
    int64_t bytes =
        static_cast<int64_t>(llvm::alignTo(buffer.bytes, ArenaAlignment));
    changes[buffer.first] += bytes;
    changes[buffer.last + 1] -= bytes;
  }
  int64_t alive = 0;
  for (auto [position, change] : changes) {
    alive += change;
    if (alive > plan.lowerBound) {
      plan.lowerBound = alive;
      plan.peakPosition = position;
    }
  }
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  auto length = [&](size_t i) { return buffers[i].last - buffers[i].first; };
  auto attempt = [&](auto less) {
    std::vector<size_t> attempted = order;
    llvm::sort(attempted, [&](size_t a, size_t b) {
      return less(a, b) || (!less(b, a) && a < b);
    });
    std::vector<PlannedBuffer> copy = buffers;
    int64_t total = placeInOrder(copy, attempted);
    if (plan.buffers.empty() || total < plan.arenaBytes) {
      plan.buffers = std::move(copy);
      plan.arenaBytes = total;
    }
  };
  attempt(
      [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  attempt(
      [&](size_t a, size_t b) { return buffers[a].first < buffers[b].first; });
  attempt([&](size_t a, size_t b) { return length(a) > length(b); });
  // Buffers alive at the peak first: they decide.
  auto atPeak = [&](size_t i) {
    return buffers[i].first <= plan.peakPosition &&
           plan.peakPosition <= buffers[i].last;
  };
  attempt([&](size_t a, size_t b) {
    if (atPeak(a) != atPeak(b))
      return atPeak(a);
    return buffers[a].bytes > buffers[b].bytes;
  });
  attempt([&](size_t a, size_t b) {
    if (atPeak(a) != atPeak(b))
      return atPeak(a);
    return length(a) > length(b);
  });
  return plan;
}

} // namespace ds
