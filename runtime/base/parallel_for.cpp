//===- parallel_for.cpp - the thread pool behind parallel loops -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Kernels are short and follow each other closely, so workers stay alive and
// spin for a moment before they sleep on a futex. Each thread starts with an
// equal share of consecutive items, takes some of it at a time, and then takes
// over half of what another has left: CPUs are shared with other programs, and
// items differ. Who runs an item does not matter for what it computes, so that
// the results have the same bits however the loop is run.
//
// A loop is published by one store to `job`: its low half is a generation (the
// futex word workers sleep on), its high half how many workers take part. Only
// those read the loop's fields, and the caller waits for all of them, so the
// fields never change under a reader.
//
//===----------------------------------------------------------------------===//
#include "runtime/base/parallel_for.h"

#include "ds/model.h"
#include "runtime/base/scratch.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <ctime>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ds {
namespace {

using Body = void (*)(void *context, int64_t begin, int64_t end);

/// Long enough to bridge the gap between two kernels, about the price of one
/// futex wake-up: waiting then never costs more than twice what the best choice
/// would have cost.
constexpr int64_t SpinNanoseconds = 20'000;

/// Spins between looks at the clock. Counting spins alone would not do: a pause
/// takes 40 to 140 cycles by CPU model.
constexpr int SpinsPerLook = 16;

struct Loop {
  Body body = nullptr;
  void *context = nullptr;
  int64_t count = 0;
  int64_t unit = 1; ///< items that are taken together
  int helpers = 0;

  void run(int64_t first, int64_t last) const {
    body(context, first * unit, std::min(last * unit, count));
  }
};

/// The units of a loop that a thread has not begun: [first, last) in one word,
/// so that its owner takes from the front and others from the back.
class Share {
public:
  void set(uint32_t first, uint32_t last) {
    range.store(pack(first, last), std::memory_order_relaxed);
  }
  /// A quarter of what is left.
  bool take(uint32_t &first, uint32_t &last) {
    uint64_t now = range.load(std::memory_order_relaxed);
    do {
      first = static_cast<uint32_t>(now);
      auto end = static_cast<uint32_t>(now >> 32);
      if (first >= end)
        return false;
      last = first + (end - first + 3) / 4;
      if (range.compare_exchange_weak(now, pack(last, end),
                                      std::memory_order_relaxed))
        return true;
    } while (true);
  }
  /// The second half of what is left.
  bool steal(uint32_t &first, uint32_t &last) {
    uint64_t now = range.load(std::memory_order_relaxed);
    do {
      auto begin = static_cast<uint32_t>(now);
      last = static_cast<uint32_t>(now >> 32);
      if (begin >= last)
        return false;
      first = begin + (last - begin) / 2;
      if (range.compare_exchange_weak(now, pack(begin, first),
                                      std::memory_order_relaxed))
        return true;
    } while (true);
  }

private:
  static uint64_t pack(uint32_t first, uint32_t last) {
    return static_cast<uint64_t>(last) << 32 | first;
  }
  alignas(64) std::atomic<uint64_t> range{0};
};

/// Trivially destroyed, because parked workers outlive the end of main().
struct Pool {
  alignas(64) std::atomic<uint64_t> job{0};
  std::atomic<int> sleepers{0};
  alignas(64) std::atomic<uint32_t> pending{
      0}; ///< workers that have not finished the loop; a futex word
  std::atomic<bool> callerSleeps{false};
  alignas(64) std::atomic<bool> held{
      false}; ///< by the thread whose loop the workers serve
  Loop loop;
  Share shares[MaxThreads]; ///< of the caller and its helpers
  int workers = 0;          ///< guarded by `held`
  std::atomic<int> threads{0};
  std::atomic<int64_t> spin{0};
};
Pool pool;

/// Runs what thread `index` of the loop has to do.
void runShare(int index) {
  const Loop &loop = pool.loop;
  Share &own = pool.shares[index];
  uint32_t first = 0, last = 0;
  while (own.take(first, last))
    loop.run(first, last);
  // What is taken over becomes one's own share, and may be taken over in turn.
  int threads = loop.helpers + 1;
  for (int next = 1; next < threads; ++next)
    while (pool.shares[(index + next) % threads].steal(first, last)) {
      own.set(first, last);
      while (own.take(first, last))
        loop.run(first, last);
    }
  reserveScratch();
}

/// Set while this thread runs a body: a loop inside it runs inline.
thread_local bool insideLoop = false;

void sleepWhileEqual(void *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
void wake(void *word, int howMany) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, howMany, nullptr, nullptr, 0);
}

int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// Waits for `condition` for at most `budget` nanoseconds; true when it holds.
template <typename Condition>
bool spinUntil(Condition condition, int64_t budget) {
  int64_t deadline = 0;
  for (int spins = 1; !condition(); ++spins) {
    if (budget == 0)
      return false;
    __builtin_ia32_pause();
    if (spins % SpinsPerLook != 0)
      continue;
    int64_t time = now();
    if (deadline == 0)
      deadline = time + budget;
    else if (time > deadline)
      return condition();
    sched_yield(); // the thread we wait for may be queued on this very CPU
  }
  return true;
}

/// What a worker needs to know when it starts, packed into the pointer that
/// pthread_create takes.
struct WorkerStart {
  uint32_t generation;
  uint16_t index;

  void *pack() const {
    return reinterpret_cast<void *>(static_cast<uintptr_t>(generation) << 16 |
                                    index);
  }
  static WorkerStart unpack(void *pointer) {
    auto bits = reinterpret_cast<uintptr_t>(pointer);
    return {static_cast<uint32_t>(bits >> 16), static_cast<uint16_t>(bits)};
  }
};

void *work(void *argument) {
  auto [seen, index] = WorkerStart::unpack(argument);
  insideLoop = true;
  while (true) {
    uint64_t job = 0;
    auto published = [&, last = seen] {
      return static_cast<uint32_t>(job = pool.job.load()) != last;
    };
    if (!spinUntil(published, pool.spin.load(std::memory_order_relaxed))) {
      pool.sleepers.fetch_add(1); // in one order with `job` in the caller: it
                                  // sees us, or we see its loop
      while (!published())
        sleepWhileEqual(&pool.job,
                        seen); // little endian: the generation comes first
      pool.sleepers.fetch_sub(1);
    }
    seen = static_cast<uint32_t>(job);
    if (index > job >> 32)
      continue; // takes no part, and must not look at a loop that may already
                // be the next one
    runShare(index);
    if (pool.pending.fetch_sub(1) == 1 && pool.callerSleeps.load())
      wake(&pool.pending, 1);
  }
}

/// Makes sure of up to `wanted` workers and returns how many may help. Fewer is
/// no error: the parts stay the same.
int startWorkers(int wanted) {
  if (pool.workers >= wanted)
    return wanted;
  sigset_t all, before; // signals belong to the program's own threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto generation = static_cast<uint32_t>(pool.job.load());
  while (pool.workers < wanted) {
    pthread_t id;
    WorkerStart start{generation, static_cast<uint16_t>(pool.workers + 1)};
    if (pthread_create(&id, &attributes, work, start.pack()) != 0)
      break;
    ++pool.workers;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pool.workers;
}

/// The child of a fork has the forking thread alone. (Forking inside a body
/// must be followed by exec or _exit.)
void forgetWorkers() {
  pool.workers = 0;
  pool.sleepers = 0;
  pool.pending = 0;
  pool.callerSleeps = false;
  if (!insideLoop)
    pool.held = false;
}

void runOnPool(Loop loop, int wanted) {
  static const int hook = pthread_atfork(nullptr, nullptr, forgetWorkers);
  (void)hook;
  loop.helpers = startWorkers(wanted - 1);
  constexpr int64_t MostUnits = int64_t{1} << 31;
  loop.unit = (loop.count + MostUnits - 1) / MostUnits;
  int64_t units = (loop.count + loop.unit - 1) / loop.unit;
  for (int64_t index = 0, threads = loop.helpers + 1; index < threads; ++index)
    pool.shares[index].set(
        static_cast<uint32_t>(units * index / threads),
        static_cast<uint32_t>(units * (index + 1) / threads));
  int64_t spin = pool.spin.load(std::memory_order_relaxed);
  pool.loop = loop;
  if (loop.helpers > 0) {
    pool.pending.store(loop.helpers, std::memory_order_relaxed);
    uint32_t generation =
        static_cast<uint32_t>(pool.job.load(std::memory_order_relaxed)) + 1;
    pool.job.store(static_cast<uint64_t>(loop.helpers) << 32 | generation);
    if (pool.sleepers.load() > 0) {
      wake(&pool.job, INT_MAX);
      spin = 0; // a woken thread is often queued on this CPU: spinning would
                // only keep it waiting
    }
  }
  runShare(0);
  auto finished = [] { return pool.pending.load() == 0; };
  if (spinUntil(finished, spin))
    return;
  pool.callerSleeps = true;
  for (uint32_t left; (left = pool.pending.load()) != 0;)
    sleepWhileEqual(&pool.pending, left);
  pool.callerSleeps = false;
}

} // namespace

void setThreads(int count) {
  int cpus = usableCpus();
  count = count <= 0 ? cpus : std::min(count, MaxThreads);
  // With more threads than CPUs, who spins keeps the one it waits for from
  // running.
  pool.spin = count <= cpus ? SpinNanoseconds : 0;
  pool.threads = count;
}

int threads() {
  if (pool.threads.load(std::memory_order_relaxed) == 0)
    setThreads(0);
  return pool.threads.load(std::memory_order_relaxed);
}

} // namespace ds

extern "C" void ds_parallel_for(void (*body)(void *context, int64_t begin,
                                             int64_t end),
                                void *context, int64_t count) {
  using namespace ds;
  if (count <= 0)
    return;
  auto parts = static_cast<int>(std::min<int64_t>(threads(), count));
  bool nested = insideLoop;
  insideLoop = true;
  if (nested || parts == 1 ||
      pool.held.exchange(true, std::memory_order_acquire)) {
    body(context, 0, count);
  } else {
    runOnPool({body, context, count, 1, 0}, parts);
    pool.held.store(false, std::memory_order_release);
  }
  insideLoop = nested;
}
