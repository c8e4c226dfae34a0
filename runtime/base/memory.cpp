//===- memory.cpp - aligned memory that may be refused --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/memory.h"

#include <sys/mman.h>

namespace ds {

void *allocateAligned(uint64_t bytes) {
  if (bytes > SIZE_MAX / 2)
    return nullptr;
  if (bytes < HugePageBytes)
    return std::aligned_alloc(TensorAlignment, (bytes + TensorAlignment) /
                                                   TensorAlignment *
                                                   TensorAlignment);
  void *block =
      std::aligned_alloc(HugePageBytes, (bytes + TensorAlignment - 1) /
                                            TensorAlignment * TensorAlignment);
  // Matrices spread over more small pages than an address cache has entries.
  // What follows the last whole page keeps small ones, so that no more memory
  // is taken than was asked for. A system without such pages loses nothing.
  if (block)
    madvise(block, bytes / HugePageBytes * HugePageBytes, MADV_HUGEPAGE);
  return block;
}

} // namespace ds
