//===- order.cpp - which example comes when -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/order.h"

#include "runtime/base/random.h"

#include <numeric>
#include <utility>

namespace ds {

ExampleOrder::ExampleOrder(const OrderOptions &options) : options(options) {
  if (options.shuffle)
    permutation.resize(options.examples);
}

int64_t ExampleOrder::batchesPerEpoch() const {
  int64_t full = options.examples / options.batch;
  return options.wrap ? (options.examples + options.batch - 1) / options.batch
                      : full;
}

ExampleOrder::Position ExampleOrder::position(int64_t batch) const {
  if (!options.wrap)
    return {batch / batchesPerEpoch(),
            batch % batchesPerEpoch() * options.batch};
  int64_t first = batch * options.batch;
  return {first / options.examples, first % options.examples};
}

int64_t ExampleOrder::exampleAt(int64_t epoch, int64_t position) {
  if (!options.shuffle)
    return position;
  if (epoch != permutedEpoch) {
    // Fisher and Yates. A stream of its own for each epoch: none needs those
    // before it.
    std::iota(permutation.begin(), permutation.end(), 0);
    Random random(deriveKey(options.seed, static_cast<uint64_t>(epoch)));
    for (int64_t left = options.examples; left > 1; --left)
      std::swap(permutation[left - 1], permutation[random.below(left)]);
    permutedEpoch = epoch;
  }
  return permutation[position];
}

void ExampleOrder::fill(int64_t batch, std::span<int64_t> out) {
  auto [epoch, example] = position(batch);
  for (int64_t &index : out) {
    if (example == options.examples) {
      ++epoch;
      example = 0;
    }
    index = exampleAt(epoch, example++);
  }
}

} // namespace ds
