//===- memory.h - aligned memory that may be refused ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Buffers for tensors: 64-byte aligned, and null instead of an exception when
// there is no memory.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_MEMORY_H
#define DS_RUNTIME_BASE_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace ds {

/// Alignment of every tensor buffer: a cache line and the widest vector.
constexpr size_t TensorAlignment = 64;

/// A huge page of x86-64.
constexpr uint64_t HugePageBytes = uint64_t{2} << 20;

/// At least `bytes` bytes of 64-byte aligned memory, to be given to free(); in
/// huge pages where it fills some and the system has them. Null when there is
/// none. Never null for 0.
void *allocateAligned(uint64_t bytes);

/// Owns a block of allocateAligned().
class Buffer {
public:
  Buffer() = default;
  Buffer(Buffer &&other) noexcept
      : block(std::exchange(other.block, nullptr)),
        bytes(std::exchange(other.bytes, 0)) {}
  Buffer &operator=(Buffer &&other) noexcept {
    std::swap(block, other.block);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~Buffer() { std::free(block); }

  /// Makes room for `wanted` bytes; what was there may be lost. False when
  /// there is no memory: then it is empty.
  [[nodiscard]] bool reserve(uint64_t wanted) {
    if (block && wanted <= bytes)
      return true;
    std::free(block);
    block = allocateAligned(wanted);
    bytes = block ? wanted : 0;
    return block != nullptr;
  }
  void *data() const { return block; }
  uint64_t capacity() const { return bytes; }

private:
  void *block = nullptr;
  uint64_t bytes = 0;
};

} // namespace ds

#endif // DS_RUNTIME_BASE_MEMORY_H
