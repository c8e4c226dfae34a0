//===- job.cpp - a training job as its model object describes it ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/job.h"

#include "runtime/base/text.h"
#include "runtime/instance/instance.h"

#include <cstring>

namespace ds {

Result<Job> Job::find(const ds_model_t &model) {
  if (model.magic != DS_MODEL_MAGIC || model.version != DS_MODEL_VERSION)
    return Status(DS_UNSUPPORTED,
                  format("the job was compiled for version %u of the runtime's "
                         "contract, this runtime has version %u",
                         model.version, DS_MODEL_VERSION));
  Job job{&model, {}, -1, std::nullopt};
  for (int32_t i = 0; i < model.function_count; ++i) {
    if (std::strcmp(model.functions[i].name, "step") == 0)
      job.step = i;
    if (std::strcmp(model.functions[i].name, "evaluate") == 0)
      job.evaluate = i;
  }
  if (job.step < 0)
    return Status(DS_WRONG_USE, "expected a training job, found a model "
                                "without the function 'step'");
  Result<TrainingSettings> settings = readSettings(model);
  if (!settings.ok())
    return settings.takeError();
  job.settings = std::move(*settings);
  return job;
}

bool Job::isMask(const ds_tensor_info_t &info) const {
  return info.role == DS_ROLE_DATA && !settings.mask.empty() &&
         settings.mask == info.name;
}

Result<std::vector<RecordType>>
Job::records(const ds_function_t &function) const {
  std::vector<RecordType> types;
  for (int32_t i = 0; i < function.input_count; ++i) {
    const ds_tensor_info_t &info = function.inputs[i];
    if (info.role != DS_ROLE_DATA || isMask(info))
      continue;
    if (info.kind != DS_TENSOR || info.rank < 1 ||
        info.element_type == DS_STRING)
      return Status(DS_UNSUPPORTED,
                    "input " + quoted(info.name) +
                        " of the job expects an axis that counts examples, "
                        "found " +
                        signatureOf(info).text());
    RecordType &type = types.emplace_back();
    type.name = info.name;
    type.elementType = info.element_type;
    type.dims.assign(info.dims + 1, info.dims + info.rank);
    type.isLabel = settings.label == info.name;
    if (type.isLabel) {
      bool isInteger = type.elementType <= DS_UINT64;
      type.classes = isInteger ? settings.classes : 0;
      type.ignored = settings.ignored;
    }
  }
  return types;
}

Result<int64_t> Job::batch(const ds_function_t &function) const {
  int64_t batch = -1;
  for (int32_t i = 0; i < function.input_count; ++i) {
    const ds_tensor_info_t &info = function.inputs[i];
    if (info.role != DS_ROLE_DATA || info.rank < 1 || info.dims[0] < 0)
      continue;
    if (batch >= 0 && info.dims[0] != batch)
      return Status(DS_UNSUPPORTED,
                    "the job's inputs expect one batch, found " +
                        std::to_string(batch) + " and " +
                        std::to_string(info.dims[0]) + " examples");
    batch = info.dims[0];
  }
  return batch;
}

} // namespace ds
