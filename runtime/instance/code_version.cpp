//===- code_version.cpp - which of a model's code this machine runs -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/instance/code_version.h"

#include "runtime/base/cpu_features.h"
#include "runtime/base/text.h"

#include <cstring>

namespace ds {

const char *codeVersionName(const ds_code_version_t &version) {
  const char *space = std::strrchr(version.target, ' ');
  return space ? space + 1 : version.target;
}

Status checkCodeVersion(const ds_model_t &model, int32_t index) {
  const char *features = model.code_versions[index].features;
  return checkCpuFeatures(features ? features : "");
}

static Result<int32_t> findCodeVersion(const ds_model_t &model,
                                       const char *name) {
  std::string known;
  for (int32_t i = 0; i < model.code_version_count; ++i) {
    const char *candidate = codeVersionName(model.code_versions[i]);
    if (std::strcmp(candidate, name) == 0)
      return i;
    known += (i > 0 ? ", " : "") + quoted(candidate);
  }
  return Status(DS_WRONG_USE, "the model has no code version " + quoted(name) +
                                  "; it has " + known);
}

Result<int32_t> chooseCodeVersion(const ds_model_t &model, const char *name) {
  if (name) {
    Result<int32_t> found = findCodeVersion(model, name);
    if (!found.ok())
      return found;
    if (Status status = checkCodeVersion(model, *found); !status.ok())
      return std::move(status).withContext("code version " + quoted(name));
    return found;
  }
  Status status(DS_UNSUPPORTED, "the model carries no code");
  for (int32_t i = 0; i < model.code_version_count; ++i) {
    status = checkCodeVersion(model, i);
    if (status.ok())
      return i;
  }
  if (model.code_version_count == 1)
    return Status(status.code(), status.message() +
                                     "; compile with --target-cpu portable or "
                                     "for this machine");
  if (model.code_version_count > 1) {
    const ds_code_version_t &least =
        model.code_versions[model.code_version_count - 1];
    return std::move(status).withContext("code version " +
                                         quoted(codeVersionName(least)) +
                                         ", which asks the least");
  }
  return status;
}

} // namespace ds
