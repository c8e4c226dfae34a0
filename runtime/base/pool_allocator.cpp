//===- pool_allocator.cpp - buffers whose size only the run knows ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/pool_allocator.h"

#include "runtime/base/memory.h"

#include <algorithm>
#include <bit>

namespace ds {
namespace {

/// Smallest block; below it the header would outweigh the data.
constexpr uint64_t SmallestBlock = 256;
/// Sizes beyond this are refused before any arithmetic on them can overflow.
constexpr uint64_t LargestBlock = uint64_t{1} << 60;

/// The class of blocks of the smallest size that holds `bytes`, and that size:
/// (4 + step) * 2^(power - 2).
uint32_t classOf(uint64_t bytes, uint64_t &blockBytes) {
  bytes = std::max(bytes, SmallestBlock);
  uint32_t power =
      std::bit_width(bytes - 1) - 1; // 2^power < bytes <= 2^(power + 1)
  uint64_t quarter = uint64_t{1} << (power - 2);
  uint64_t step = (bytes - (uint64_t{1} << power) + quarter - 1) / quarter;
  blockBytes = (4 + step) * quarter;
  return power * 4 + static_cast<uint32_t>(step) - 1;
}

} // namespace

PoolAllocator::~PoolAllocator() {
  for (Header *list : unused)
    while (list)
      std::free(std::exchange(list, list->next));
  while (used)
    std::free(std::exchange(used, used->next));
}

void *PoolAllocator::allocate(int64_t bytes) {
  if (static_cast<uint64_t>(bytes) > LargestBlock)
    return nullptr;
  uint64_t blockBytes;
  uint32_t sizeClass = classOf(bytes, blockBytes);
  Header *header = unused[sizeClass];
  if (header) {
    unused[sizeClass] = header->next;
  } else {
    header =
        static_cast<Header *>(allocateAligned(sizeof(Header) + blockBytes));
    if (!header)
      return nullptr;
    header->bytes = blockBytes;
    header->sizeClass = sizeClass;
    held += blockBytes;
  }
  header->lastRun = run;
  header->previous = nullptr;
  header->next = used;
  if (used)
    used->previous = header;
  used = header;
  live += blockBytes;
  peak = std::max(peak, live);
  return header + 1;
}

void PoolAllocator::unlink(Header *header) {
  if (header->previous)
    header->previous->next = header->next;
  else
    used = header->next;
  if (header->next)
    header->next->previous = header->previous;
  live -= header->bytes;
}

void PoolAllocator::release(void *data) {
  if (!data)
    return;
  Header *header = static_cast<Header *>(data) - 1;
  unlink(header);
  header->next = unused[header->sizeClass];
  unused[header->sizeClass] = header;
}

void PoolAllocator::beginRun() {
  while (used)
    release(used + 1);
  for (Header *&list : unused) {
    // Blocks are taken from the front, so the stale ones gather behind; yet the
    // whole list is looked at, since release in another order may have put a
    // stale block in front.
    for (Header **link = &list; Header *header = *link;) {
      if (run - header->lastRun < 2) {
        link = &header->next;
        continue;
      }
      *link = header->next;
      held -= header->bytes;
      std::free(header);
    }
  }
  ++run;
}

} // namespace ds
