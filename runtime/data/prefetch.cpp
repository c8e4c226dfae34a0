//===- prefetch.cpp - batches ahead of the step that takes them -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/prefetch.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <pthread.h>

namespace ds {

Prefetcher::Prefetcher(const Dataset &dataset, const OrderOptions &options)
    : dataset(dataset), options(options), order(options),
      examples(options.batch) {}

Prefetcher::~Prefetcher() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (started)
    pthread_join(thread, nullptr);
}

Status Prefetcher::start(int64_t first) {
  for (size_t i = 0; i < Slots; ++i) {
    slots[i].number = first + static_cast<int64_t>(i);
    slots[i].inputs.resize(dataset.inputs());
    for (size_t input = 0; input < dataset.inputs(); ++input)
      if (!slots[i].inputs[input].reserve(dataset.recordBytes(input) *
                                          options.batch))
        return Status(DS_FAILED,
                      format("out of memory: a batch needs %zu bytes",
                             dataset.recordBytes(input) * options.batch));
  }
  // Signals are for the thread that trains.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  auto run = [](void *self) -> void * {
    static_cast<Prefetcher *>(self)->work();
    return nullptr;
  };
  int error = pthread_create(&thread, nullptr, run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  started = error == 0;
  return started ? Status()
                 : Status(DS_FAILED,
                          format("cannot start the thread that reads data: %s",
                                 strerror(error)));
}

Status Prefetcher::fill(Batch &batch) {
  order.fill(batch.number, examples);
  for (size_t input = 0; input < dataset.inputs(); ++input) {
    auto *out = static_cast<std::byte *>(batch.inputs[input].data());
    size_t size = dataset.recordBytes(input);
    for (size_t i = 0; i < examples.size(); ++i)
      if (Status status =
              dataset.read(examples[i], input, out + i * size, scratch);
          !status.ok())
        return status;
  }
  return {};
}

void Prefetcher::work() {
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    // The batch given out last stays untouched.
    changed.wait(lock, [&] {
      return stopping || produced - std::max<int64_t>(consumed - 1, 0) <
                             static_cast<int64_t>(Slots);
    });
    if (stopping)
      return;
    Batch &batch = slots[produced % Slots];
    if (produced >= static_cast<int64_t>(Slots))
      batch.number += Slots;
    lock.unlock();
    Status status = fill(batch);
    lock.lock();
    if (!status.ok()) {
      failure = std::move(status);
      failed = true;
      changed.notify_all();
      return;
    }
    ++produced;
    changed.notify_all();
  }
}

Result<const Batch *> Prefetcher::next() {
  std::unique_lock<std::mutex> lock(mutex);
  ++consumed; // gives back the batch before
  changed.notify_all();
  changed.wait(lock, [&] { return failed || produced >= consumed; });
  if (produced < consumed)
    return failure;
  return &slots[(consumed - 1) % Slots];
}

} // namespace ds
