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

/// The CPU in a version's target: what users call the version.
const char *codeVersionName(const ds_code_version_t &version);

/// Whether this machine has what a version of the model needs.
Status checkCodeVersion(const ds_model_t &model, int32_t index);

/// The index of the version called `name`, which this machine must be able to
/// run; without a name, of the first that it can run: versions come best first.
/// Then the error says what the last, least demanding one lacks.
Result<int32_t> chooseCodeVersion(const ds_model_t &model,
                                  const char *name = nullptr);

} // namespace ds

#endif // DS_RUNTIME_INSTANCE_CODE_VERSION_H
