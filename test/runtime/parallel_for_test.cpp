//===- parallel_for_test.cpp - the thread pool ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Also built with the thread sanitizer, as a program of its own.
//===----------------------------------------------------------------------===//
#include "ds/model.h"
#include "runtime/base/parallel_for.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace ds;

namespace {

void countEach(void *context, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<std::atomic<int> *>(context)[i]++;
}

bool eachOnce(int64_t count) {
  std::vector<std::atomic<int>> hits(count + 1);
  ds_parallel_for(countEach, hits.data(), count);
  return hits[count] == 0 &&
         std::all_of(hits.begin(), hits.end() - 1,
                     [](const std::atomic<int> &hit) { return hit == 1; });
}

/// The parts that a loop was cut into.
struct Parts {
  std::mutex mutex;
  std::vector<std::pair<int64_t, int64_t>> borders;

  static void record(void *context, int64_t begin, int64_t end) {
    auto *parts = static_cast<Parts *>(context);
    std::lock_guard<std::mutex> lock(parts->mutex);
    parts->borders.emplace_back(begin, end);
  }
  std::vector<std::pair<int64_t, int64_t>> sorted() {
    std::sort(borders.begin(), borders.end());
    return borders;
  }
};

void nestedLoops(void *context, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    ds_parallel_for(countEach,
                    static_cast<std::atomic<int> *>(context) + i * 10, 10);
}

} // namespace

TEST_CASE(
    "every index is visited once, for any number of threads and any count") {
  for (int count : {1, 2, 3, 7, 2, 16, 1, 4}) {
    setThreads(count);
    CHECK(threads() == count);
    for (int64_t n : {0, 1, 2, 3, 5, 6, 7, 100, 1001})
      for (int repeat = 0; repeat < 50; ++repeat)
        REQUIRE(eachOnce(n));
  }
}

TEST_CASE("a negative count runs nothing") {
  ds_parallel_for([](void *, int64_t, int64_t) { FAIL("the body ran"); },
                  nullptr, -5);
  SUCCEED();
}

TEST_CASE("one thread gets everything at once") {
  setThreads(1);
  Parts outer;
  ds_parallel_for(Parts::record, &outer, 10);
  CHECK(outer.sorted() == std::vector<std::pair<int64_t, int64_t>>{{0, 10}});
  // So does a loop inside of another.
  setThreads(4);
  Parts inner;
  ds_parallel_for([](void *context, int64_t,
                     int64_t) { ds_parallel_for(Parts::record, context, 10); },
                  &inner, 1);
  CHECK(inner.sorted() == std::vector<std::pair<int64_t, int64_t>>{{0, 10}});
}

TEST_CASE("the parts are disjoint and cover all indices") {
  setThreads(4);
  for (int64_t count : {3, 10, 1000}) {
    Parts parts;
    ds_parallel_for(Parts::record, &parts, count);
    int64_t end = 0;
    for (auto [first, last] : parts.sorted()) {
      CHECK(first == end);
      CHECK(first < last);
      end = last;
    }
    CHECK(end == count);
  }
}

TEST_CASE("what a busy thread has left is done by others") {
  setThreads(3);
  constexpr int64_t Count = 300;
  std::atomic<int64_t> done = 0;
  // The first part waits for all others, those of its own thread included.
  ds_parallel_for(
      [](void *context, int64_t begin, int64_t end) {
        auto &done = *static_cast<std::atomic<int64_t> *>(context);
        while (begin == 0 && done < Count - end)
          std::this_thread::yield();
        done += end - begin;
      },
      &done, Count);
  CHECK(done == Count);
}

TEST_CASE("nested loops visit every index once") {
  setThreads(4);
  std::vector<std::atomic<int>> hits(1000);
  ds_parallel_for(nestedLoops, hits.data(), 100);
  CHECK(std::all_of(hits.begin(), hits.end(),
                    [](const std::atomic<int> &hit) { return hit == 1; }));
}

TEST_CASE("several threads may run loops at once") {
  setThreads(3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 500; ++k)
        wrong += !eachOnce(50);
    });
  for (std::thread &caller : callers)
    caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("plain memory written by the parts is visible after the loop, also "
          "when workers slept before it") {
  setThreads(4);
  std::vector<int64_t> values(1000);
  for (int round = 0; round < 20; ++round) {
    if (round % 4 == 0) // long past the spin: the workers are in the futex
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ds_parallel_for(
        [](void *context, int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i)
            static_cast<int64_t *>(context)[i] += i;
        },
        values.data(), values.size());
  }
  bool right = true;
  for (int64_t i = 0; i < 1000; ++i)
    right &= values[i] == 20 * i;
  CHECK(right);
}

TEST_CASE("a forked child makes workers of its own") {
  setThreads(3);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(eachOnce(100));
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      _exit(eachOnce(1000) && eachOnce(3) ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
}

TEST_CASE(
    "zero threads means the CPUs this process may use, and too many are cut") {
  setThreads(0);
  CHECK(threads() == usableCpus());
  CHECK(usableCpus() >= 1);
  setThreads(1'000'000);
  CHECK(threads() == MaxThreads);
  setThreads(2);
}
