//===- pool_allocator_test.cpp - buffers whose size only the run knows ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ds/model.h"
#include "runtime/base/pool_allocator.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <vector>

using namespace ds;

TEST_CASE("blocks are aligned, large enough and never null") {
  PoolAllocator pool;
  for (int64_t bytes : {0, 1, 255, 256, 257, 1000, 4096, 4097, 1 << 20}) {
    void *data = pool.allocate(bytes);
    REQUIRE(data);
    CHECK(reinterpret_cast<uintptr_t>(data) % 64 == 0);
    std::memset(
        data, 0x5A,
        bytes); // the address sanitizer would see a block that is too small
  }
}

TEST_CASE("a released block is used again for a size of its class") {
  PoolAllocator pool;
  void *first = pool.allocate(1000);
  pool.release(first);
  CHECK(pool.allocate(1020) == first);
  CHECK(pool.allocate(1020) != first);
}

TEST_CASE("no more than a quarter of a block is wasted") {
  PoolAllocator pool;
  for (int64_t bytes = 257; bytes < 100'000; bytes += 97) {
    uint64_t before = pool.liveBytes();
    void *data = pool.allocate(bytes);
    CHECK(pool.liveBytes() - before >= static_cast<uint64_t>(bytes));
    CHECK(pool.liveBytes() - before <= static_cast<uint64_t>(bytes) * 5 / 4);
    pool.release(data);
  }
}

TEST_CASE("live and peak bytes follow allocation and release") {
  PoolAllocator pool;
  void *a = pool.allocate(1024), *b = pool.allocate(2048);
  CHECK(pool.liveBytes() == 3072);
  pool.release(a);
  CHECK(pool.liveBytes() == 2048);
  pool.release(b);
  pool.release(nullptr);
  CHECK(pool.liveBytes() == 0);
  CHECK(pool.peakBytes() == 3072);
}

TEST_CASE("a new run takes back what the last one never released") {
  PoolAllocator pool;
  pool.beginRun();
  void *lost = pool.allocate(5000);
  pool.beginRun();
  CHECK(pool.liveBytes() == 0);
  CHECK(pool.allocate(5000) == lost);
}

TEST_CASE("a steady run holds no more memory the tenth time than the second") {
  PoolAllocator pool;
  uint64_t second = 0;
  for (int run = 1; run <= 10; ++run) {
    pool.beginRun();
    void *a = pool.allocate(10'000), *b = pool.allocate(20'000);
    pool.release(a);
    pool.allocate(9'900);
    pool.release(b);
    if (run == 2)
      second = pool.heldBytes();
  }
  CHECK(pool.heldBytes() == second);
}

TEST_CASE("sizes that two runs had no use for go back to the system") {
  PoolAllocator pool;
  pool.beginRun();
  pool.release(pool.allocate(1 << 20));
  for (int run = 0; run < 3; ++run) {
    pool.beginRun();
    pool.release(pool.allocate(1000));
  }
  CHECK(pool.heldBytes() < 1 << 20);
}

TEST_CASE("a size that no machine has is refused without harm") {
  PoolAllocator pool;
  CHECK(pool.allocate(INT64_MAX) == nullptr);
  CHECK(pool.allocate(-1) == nullptr);
  CHECK(pool.liveBytes() == 0);
}

TEST_CASE("scratch memory stays in place until more is asked for, and keeps "
          "its contents") {
  void *first = ds_rt_scratch(1000);
  std::memset(first, 7, 1000);
  CHECK(ds_rt_scratch(10) == first);
  CHECK(static_cast<char *>(ds_rt_scratch(1000))[999] == 7);
  CHECK(reinterpret_cast<uintptr_t>(ds_rt_scratch(100'000)) % 64 == 0);
  CHECK(ds_rt_scratch(0) != nullptr);
}
