//===- prefetch.h - batches ahead of the step that takes them -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A thread that reads the batches to come while the current one is computed on.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_PREFETCH_H
#define DS_RUNTIME_DATA_PREFETCH_H

#include "runtime/data/dataset.h"
#include "runtime/data/order.h"

#include <condition_variable>
#include <mutex>
#include <pthread.h>

namespace ds {

/// One batch: a dense block for each input.
struct Batch {
  int64_t number = 0;
  std::vector<Buffer> inputs;
};

/// Starts with its thread at a batch and goes on for ever. Not movable.
class Prefetcher {
public:
  /// `dataset` must outlive this object.
  Prefetcher(const Dataset &dataset, const OrderOptions &order);
  Prefetcher(const Prefetcher &) = delete;
  Prefetcher &operator=(const Prefetcher &) = delete;
  ~Prefetcher();

  /// Allocates the batches and starts the thread at batch `first`. Call once.
  Status start(int64_t first);

  /// The next batch, valid until the next call; waits for the thread. An error
  /// of reading comes when its batch is asked for.
  Result<const Batch *> next();

private:
  /// One that is read from, one that waits, one that is written.
  static constexpr size_t Slots = 3;

  void work();
  Status fill(Batch &batch);

  const Dataset &dataset;
  OrderOptions options;
  ExampleOrder order; ///< the thread's, as are the next two
  std::vector<int64_t> examples;
  Dataset::Scratch scratch;
  Batch slots[Slots];

  std::mutex mutex;
  std::condition_variable changed;
  int64_t produced = 0; ///< batches in slots so far
  int64_t consumed = 0; ///< batches given out so far
  Status failure;
  bool failed = false;
  bool stopping = false;
  pthread_t thread;
  bool started = false;
};

} // namespace ds

#endif // DS_RUNTIME_DATA_PREFETCH_H
