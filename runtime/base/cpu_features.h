//===- cpu_features.h - what the CPU can do -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tells whether this machine has the CPU features that a program was compiled
// for, before anything of it runs.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_CPU_FEATURES_H
#define DS_RUNTIME_BASE_CPU_FEATURES_H

#include "runtime/base/status.h"

#include <string_view>

namespace ds {

/// Succeeds when CPU and operating system support every feature of `features`:
/// LLVM's names, comma separated, each with an optional '+'; names with '-' say
/// what is not used and are passed over. The error lists all that are missing.
Status checkCpuFeatures(std::string_view features);

} // namespace ds

#endif // DS_RUNTIME_BASE_CPU_FEATURES_H
