//===- code_version.cpp - which of a model's code this machine runs -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/instance/code_version.h"

#include "runtime/base/cpu_features.h"

namespace ds {

Result<int32_t> chooseCodeVersion(const ds_model_t &model) {
  Status status(DS_UNSUPPORTED, "the model carries no code");
  for (int32_t i = 0; i < model.code_version_count; ++i) {
    const char *features = model.code_versions[i].features;
    status = checkCpuFeatures(features ? features : "");
    if (status.ok())
      return i;
  }
  return status;
}

} // namespace ds
