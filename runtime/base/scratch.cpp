//===- scratch.cpp - per-thread scratch memory of kernels -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kept between calls, so that a kernel's packing buffers cost nothing after
// warm-up; freed when the thread ends.
//===----------------------------------------------------------------------===//
#include "runtime/base/scratch.h"

#include "ds/model.h"
#include "runtime/base/memory.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

/// The most bytes that a thread has asked for.
static std::atomic<int64_t> largest{0};

void ds::reserveScratch() {
  if (int64_t bytes = largest.load(std::memory_order_relaxed))
    ds_rt_scratch(bytes);
}

extern "C" void *ds_rt_scratch(int64_t bytes) {
  thread_local ds::Buffer scratch;
  auto wanted = static_cast<uint64_t>(std::max<int64_t>(bytes, 0));
  if (wanted <= scratch.capacity() && scratch.data()) [[likely]]
    return scratch.data();
  // Blocks of matrix products are worth a huge page of their own.
  constexpr uint64_t ManyBytes = uint64_t{512} << 10;
  uint64_t rounded = wanted < ManyBytes
                         ? wanted
                         : (wanted + ds::HugePageBytes - 1) /
                               ds::HugePageBytes * ds::HugePageBytes;
  if (!scratch.reserve(rounded)) {
    // Kernels run on threads that have nobody to report to.
    fprintf(
        stderr,
        "error: out of memory: a kernel needs %lld bytes of scratch memory\n",
        static_cast<long long>(bytes));
    abort();
  }
  int64_t before = largest.load(std::memory_order_relaxed);
  while (before < bytes && !largest.compare_exchange_weak(
                               before, bytes, std::memory_order_relaxed)) {
  }
  return scratch.data();
}
