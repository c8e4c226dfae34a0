//===- usable_cpus.cpp - how many CPUs the process may use ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/parallel_for.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <string>
#include <unistd.h>

namespace ds {

/// The tightest cpu.max of a version 2 control group and the groups above it,
/// in whole CPUs; INT_MAX without one.
static int groupQuota(std::string group) {
  int quota = INT_MAX;
  while (true) {
    std::string path = "/sys/fs/cgroup" + group + "/cpu.max";
    if (FILE *file = fopen(path.c_str(), "re")) {
      long time = 0, period = 0;
      if (fscanf(file, "%ld %ld", &time, &period) == 2 &&
          period > 0) // "max" fails to scan: no limit
        quota = static_cast<int>(
            std::min<long>(quota, std::max(1L, time / period)));
      fclose(file);
    }
    if (group.empty() || group == "/")
      return quota;
    group.resize(group.rfind('/'));
  }
}

static int quotaOfProcess() {
  int quota = INT_MAX;
  FILE *file = fopen("/proc/self/cgroup", "re");
  if (!file)
    return quota;
  char line[4096];
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "0::/", 4) == 0)
      quota = groupQuota(line + 3);
  }
  fclose(file);
  return quota;
}

int usableCpus() {
  cpu_set_t set; // with more than 1024 CPUs the call fails and the number of
                 // those online decides
  long cpus = sched_getaffinity(0, sizeof set, &set) == 0
                  ? CPU_COUNT(&set)
                  : sysconf(_SC_NPROCESSORS_ONLN);
  return static_cast<int>(
      std::clamp<long>(std::min<long>(cpus, quotaOfProcess()), 1, MaxThreads));
}

} // namespace ds
