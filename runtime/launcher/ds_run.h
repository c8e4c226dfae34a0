//===- ds_run.h - the tool ds-run -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks a training job and its options, then becomes it; looks at checkpoints.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_LAUNCHER_DS_RUN_H
#define DS_RUNTIME_LAUNCHER_DS_RUN_H

#include "runtime/base/status.h"

#include <span>
#include <string_view>

namespace ds {

/// ds-run JOB, with `words` behind the program's name. Replaces the process by
/// the job; returns only when that was not to be.
Status launchJob(std::string_view program, std::span<char *const> words);

/// ds-run export JOB --checkpoint C -o FILE.
Status exportCheckpoint(std::string_view program, std::span<char *const> words);

/// ds-run show C.
Status showCheckpoint(std::string_view program, std::span<char *const> words);

/// The main of the tool.
int dsRunMain(int argc, char **argv);

} // namespace ds

#endif // DS_RUNTIME_LAUNCHER_DS_RUN_H
