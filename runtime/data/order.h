//===- order.h - which example comes when ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of examples as a function of seed and step, so that a run can be
// taken up at any step and by any number of threads.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_ORDER_H
#define DS_RUNTIME_DATA_ORDER_H

#include <cstdint>
#include <span>
#include <vector>

namespace ds {

struct OrderOptions {
  int64_t examples = 0; ///< at least 1
  int64_t batch = 0;    ///< at least 1
  bool shuffle = true;
  bool wrap = false; ///< a last batch that the epoch does not fill is filled
                     ///< from the next one; else it is dropped
  uint64_t seed = 0;
};

/// Not thread-safe: it keeps the current epoch's permutation.
class ExampleOrder {
public:
  explicit ExampleOrder(const OrderOptions &options);

  /// Batches that begin within an epoch; 0 when the examples fill none.
  int64_t batchesPerEpoch() const;

  /// Where a batch, counted from 0 over all epochs, begins.
  struct Position {
    int64_t epoch;
    int64_t example; ///< within the epoch's permutation
  };
  Position position(int64_t batch) const;

  /// The examples of a batch. Allocates nothing.
  void fill(int64_t batch, std::span<int64_t> out);

private:
  int64_t exampleAt(int64_t epoch, int64_t position);

  OrderOptions options;
  std::vector<int64_t> permutation;
  int64_t permutedEpoch = -1;
};

} // namespace ds

#endif // DS_RUNTIME_DATA_ORDER_H
