//===- pool_allocator.h - buffers whose size only the run knows -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reuses blocks by size class, and forgives what a run that was left by longjmp
// never freed.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_POOL_ALLOCATOR_H
#define DS_RUNTIME_BASE_POOL_ALLOCATOR_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace ds {

/// A pool for one thread at a time. All functions are safe to leave by longjmp,
/// since none holds anything on the stack that needs a destructor.
class PoolAllocator {
public:
  PoolAllocator() = default;
  PoolAllocator(const PoolAllocator &) = delete;
  PoolAllocator &operator=(const PoolAllocator &) = delete;
  ~PoolAllocator();

  /// 64-byte aligned memory of at least `bytes` bytes, which must not be
  /// negative; never null for 0. Null when there is no memory.
  void *allocate(int64_t bytes);

  /// Gives back a block of allocate(); null is allowed.
  void release(void *data);

  /// Begins a run: what the last one did not release is taken back, and blocks
  /// that the last two runs had no use for are returned to the system.
  void beginRun();

  /// Bytes of blocks in use.
  uint64_t liveBytes() const { return live; }
  /// The most that liveBytes() has been.
  uint64_t peakBytes() const { return peak; }
  /// Bytes taken from the system and not returned, in use or not.
  uint64_t heldBytes() const { return held; }

private:
  /// In front of every block.
  struct alignas(64) Header {
    Header *next;
    Header *previous; ///< only of blocks in use
    uint64_t bytes;
    uint32_t sizeClass;
    uint32_t lastRun;
  };

  void unlink(Header *header);

  /// Four classes per power of two, so at most a fifth of a block is wasted.
  static constexpr uint32_t Classes = 4 * 64;
  std::array<Header *, Classes> unused{};
  Header *used = nullptr;
  uint64_t live = 0;
  uint64_t peak = 0;
  uint64_t held = 0;
  uint32_t run = 0;
};

} // namespace ds

#endif // DS_RUNTIME_BASE_POOL_ALLOCATOR_H
