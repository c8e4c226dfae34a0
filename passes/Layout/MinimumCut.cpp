//===- MinimumCut.cpp - the cheapest division of a graph into two sides
//----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maximum flow by blocking flows in level graphs (Dinitz 1970); the division is
// what the source still reaches.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/MinimumCut.h"

#include <algorithm>

namespace ds {

unsigned MinimumCut::addNode() {
  edgesOf.emplace_back();
  return edgesOf.size() - 1;
}

void MinimumCut::addEdge(unsigned from, unsigned to, int64_t capacity) {
  if (capacity == 0 || from == to)
    return;
  edgesOf[from].push_back(edges.size());
  edges.push_back({to, std::min(capacity, unlimited)});
  edgesOf[to].push_back(edges.size());
  edges.push_back({from, 0});
}

/// Distances from the source along edges that can take more; returns what is
/// reached.
llvm::BitVector MinimumCut::level() {
  llvm::BitVector reached(edgesOf.size());
  depth.assign(edgesOf.size(), 0);
  std::vector<unsigned> queue{source};
  reached.set(source);
  for (size_t head = 0; head < queue.size(); ++head)
    for (unsigned number : edgesOf[queue[head]]) {
      const Edge &edge = edges[number];
      if (edge.residual == 0 || reached.test(edge.to))
        continue;
      reached.set(edge.to);
      depth[edge.to] = depth[queue[head]] + 1;
      queue.push_back(edge.to);
    }
  return reached;
}

int64_t MinimumCut::push(unsigned node, int64_t limit) {
  if (node == sink)
    return limit;
  for (unsigned &place = next[node]; place < edgesOf[node].size(); ++place) {
    unsigned number = edgesOf[node][place];
    Edge &edge = edges[number];
    if (edge.residual == 0 || depth[edge.to] != depth[node] + 1)
      continue;
    int64_t pushed = push(edge.to, std::min(limit, edge.residual));
    if (pushed == 0)
      continue;
    edge.residual -= pushed;
    edges[number ^ 1].residual += pushed;
    return pushed;
  }
  return 0;
}

llvm::BitVector MinimumCut::solve() {
  while (true) {
    llvm::BitVector reached = level();
    if (!reached.test(sink))
      return reached;
    next.assign(edgesOf.size(), 0);
    while (push(source, unlimited) != 0) {
    }
  }
}

} // namespace ds
