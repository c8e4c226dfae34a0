//===- run_exit.h - how a run ends early ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A failing call of generated code records its error and leaves the run by
// longjmp.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_INSTANCE_RUN_EXIT_H
#define DS_RUNTIME_INSTANCE_RUN_EXIT_H

#include "runtime/instance/instance.h"

namespace ds {

/// Ends the run, whose error is recorded. The caller must have no object with a
/// destructor alive: so whatever makes the error's text is a function of its
/// own, that has returned.
[[noreturn]] void leave(ds_run_t *run);

/// Records that the run asked for `bytes` bytes and got none; negative sizes
/// are named as what they are.
void recordNoMemory(ds_run_t *run, int64_t bytes);

} // namespace ds

#endif // DS_RUNTIME_INSTANCE_RUN_EXIT_H
