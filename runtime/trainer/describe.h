//===- describe.h - what a training job is --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reports behind --describe of a training job.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_TRAINER_DESCRIBE_H
#define DS_RUNTIME_TRAINER_DESCRIBE_H

#include "runtime/trainer/job.h"

#include <string>

namespace ds {

/// For people: data inputs, what is trained, memory.
std::string describeJob(const Job &job);
/// The same as one JSON object.
std::string describeJobJson(const Job &job);

} // namespace ds

#endif // DS_RUNTIME_TRAINER_DESCRIBE_H
