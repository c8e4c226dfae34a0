//===- parallel_for.h - the thread pool behind parallel loops -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one pool of a program: the loop itself is ds_parallel_for in ds/model.h,
// which generated kernels call.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_PARALLEL_FOR_H
#define DS_RUNTIME_BASE_PARALLEL_FOR_H

namespace ds {

/// Most threads a program may ask for.
constexpr int MaxThreads = 1024;

/// CPUs this process may use: its affinity mask and its control group's quota,
/// at least 1.
int usableCpus();

/// Sets how many threads loops use, the caller's included; 0 means
/// usableCpus(). Not while a loop runs.
void setThreads(int count);

/// How many threads loops use.
int threads();

} // namespace ds

#endif // DS_RUNTIME_BASE_PARALLEL_FOR_H
