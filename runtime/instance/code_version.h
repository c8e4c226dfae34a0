//===- code_version.h - which of a model's code this machine runs ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model may carry its code for several kinds of CPU.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_INSTANCE_CODE_VERSION_H
#define DS_RUNTIME_INSTANCE_CODE_VERSION_H

#include "ds/model.h"
#include "runtime/base/status.h"

namespace ds {

/// The index of the first version that this machine can run; versions come best
/// first. The error says what the last, least demanding one lacks.
Result<int32_t> chooseCodeVersion(const ds_model_t &model);

} // namespace ds

#endif // DS_RUNTIME_INSTANCE_CODE_VERSION_H
