//===- scratch.cpp - per-thread scratch memory of kernels -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kept between calls, so that a kernel's packing buffers cost nothing after
// warm-up; freed when the thread ends.
//===----------------------------------------------------------------------===//
#include "ds/model.h"
#include "runtime/base/memory.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

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
  return scratch.data();
}
