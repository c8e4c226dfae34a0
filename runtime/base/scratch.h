//===- scratch.h - per-thread scratch memory of kernels ----------*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_RUNTIME_BASE_SCRATCH_H
#define DS_RUNTIME_BASE_SCRATCH_H

namespace ds {

/// Gives the calling thread as much scratch memory as any thread has asked for.
/// Which thread runs an item is left to chance, and a step of training shall
/// not allocate because it is the first in which a thread has such an item.
void reserveScratch();

} // namespace ds

#endif // DS_RUNTIME_BASE_SCRATCH_H
