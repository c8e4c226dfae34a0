//===- MemoryPlan.h - offsets for buffers with lifetimes
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_MEMORY_MEMORYPLAN_H
#define DS_PASSES_MEMORY_MEMORYPLAN_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

/// Buffers start at multiples of this many bytes.
constexpr int64_t ArenaAlignment = 64;

/// A buffer alive from position `first` to `last`, both included.
struct PlannedBuffer {
  int64_t bytes = 0;
  int64_t first = 0;
  int64_t last = 0;
  int64_t offset = -1;
  std::string name;        ///< of the node that fills it, for reports
  bool isGradient = false; ///< what fills it computes a gradient
};

struct MemoryPlan {
  std::vector<PlannedBuffer> buffers;
  int64_t arenaBytes = 0;
  /// Most bytes alive at one position: no placement needs less.
  int64_t lowerBound = 0;
  int64_t peakPosition = 0;
};

/// Places the buffers: several greedy orders are tried and the smallest arena
/// is kept. Deterministic.
MemoryPlan planMemory(std::vector<PlannedBuffer> buffers);

} // namespace ds

#endif // DS_PASSES_MEMORY_MEMORYPLAN_H
