//===- MinimumCut.h - the cheapest division of a graph into two sides
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_MINIMUMCUT_H
#define DS_PASSES_LAYOUT_MINIMUMCUT_H

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace ds {

/// Directed edges with capacities between nodes, which are numbered from 0. The
/// cost of a division is the sum of the capacities of edges from the source's
/// side to the sink's.
class MinimumCut {
public:
  static constexpr int64_t unlimited = std::numeric_limits<int64_t>::max() / 4;
  static constexpr unsigned source = 0, sink = 1;

  MinimumCut() : edgesOf(2) {}
  unsigned addNode();
  /// Costs `capacity`, which is not negative, when `from` is on the source's
  /// side and `to` is not.
  void addEdge(unsigned from, unsigned to, int64_t capacity);
  /// The nodes on the source's side of a cheapest division; of several, the one
  /// with the fewest.
  llvm::BitVector solve();

private:
  struct Edge {
    unsigned to;
    int64_t residual;
  };

  llvm::BitVector level();
  int64_t push(unsigned node, int64_t limit);

  std::vector<Edge> edges; ///< each followed by its reverse
  std::vector<llvm::SmallVector<unsigned, 4>> edgesOf;
  std::vector<unsigned> depth, next;
};

} // namespace ds

#endif // DS_PASSES_LAYOUT_MINIMUMCUT_H
