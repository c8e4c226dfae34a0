//===- function_runner.cpp - one entry point of a job, bound --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/function_runner.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/data/convert.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {

ds_tensor_t describe(const ds_tensor_info_t &info, const int64_t *dims,
                     void *data) {
  std::span<const int64_t> extents(dims, static_cast<size_t>(info.rank));
  size_t size = elementSize(info.element_type);
  return {sizeof(ds_tensor_t),
          data,
          info.element_type,
          info.rank,
          dims,
          static_cast<size_t>(*elementCount(extents, size)) * size};
}

/// Stores a number as another type; what does not fit wraps, since the types
/// were chosen by the compiler.
void storeReal(int32_t type, void *slot, double value) {
  convertElements(DS_FLOAT64, &value, type, slot, 1, {});
}

void storeInteger(int32_t type, void *slot, uint64_t value) {
  std::memcpy(slot, &value, elementSize(type)); // little-endian
}

} // namespace

Status FunctionRunner::bindValue(const ds_tensor_info_t &info, int32_t input,
                                 const TrainedValues &values) {
  const TrainedValue *value = values.find(info.name);
  if (!value)
    return Status(DS_UNSUPPORTED, "function " + quoted(function->name) +
                                      " takes " + quoted(info.name) +
                                      ", which the step does not keep");
  ds_tensor_t tensor =
      describe(*value->info, value->info->dims, value->memory.data());
  return instance.bindInput(input, &tensor);
}

Status FunctionRunner::bindHyper(const ds_tensor_info_t &info, int32_t input) {
  std::string_view name = info.name;
  ScalarSlot *slot = name == "lr"     ? &learningRate
                     : name == "step" ? &step
                     : name == "key"  ? &key
                                      : nullptr;
  bool fits = info.rank == 0 &&
              (name == "lr" ? canConvert(DS_FLOAT64, info.element_type)
                            : info.element_type <= DS_UINT64);
  if (!slot || !fits)
    return Status(DS_UNSUPPORTED, "function " + quoted(function->name) +
                                      " takes the number " + quoted(info.name) +
                                      " of " + signatureOf(info).text() +
                                      ", which this runtime does not give");
  (name == "lr"     ? learningRateType
   : name == "step" ? stepType
                    : keyType) = info.element_type;
  ds_tensor_t tensor = describe(info, info.dims, slot->bytes);
  return instance.bindInput(input, &tensor);
}

Status FunctionRunner::bindOutputs(const TrainedValues &values) {
  // Slots must not move once they are bound.
  metricSlots.resize(function->output_count);
  for (int32_t i = 0; i < function->output_count; ++i) {
    const ds_tensor_info_t &info = function->outputs[i];
    void *place = nullptr;
    if (info.role == DS_ROLE_METRIC) {
      if (info.rank != 0 || elementSize(info.element_type) > 8)
        return Status(DS_UNSUPPORTED, "metric " + quoted(info.name) +
                                          " expects a number, found " +
                                          signatureOf(info).text());
      place = metricSlots[names.size()].bytes;
      names.emplace_back(info.name);
      metricTypes.push_back(info.element_type);
    } else {
      const TrainedValue *value = values.find(info.name);
      if (!value || info.donor < 0 ||
          std::strcmp(function->inputs[info.donor].name, info.name) != 0)
        return Status(DS_UNSUPPORTED,
                      "output " + quoted(info.name) + " of the function " +
                          quoted(function->name) +
                          " expects the input of its name as donor");
      place = value->memory.data();
    }
    ds_tensor_t tensor = describe(info, info.dims, place);
    if (Status status = instance.bindOutput(i, &tensor); !status.ok())
      return status;
  }
  results.resize(names.size());
  return {};
}

Status FunctionRunner::open(int32_t index, const TrainedValues &values,
                            const Dataset &dataset,
                            ds_instance_options_t options) {
  data = &dataset;
  function = &job.function(index);
  options.function = index;
  if (Status status = instance.open(options); !status.ok())
    return status;
  for (int32_t i = 0; i < function->input_count; ++i) {
    const ds_tensor_info_t &info = function->inputs[i];
    Status status;
    if (job.isMask(info))
      maskInput = i;
    else if (info.role == DS_ROLE_DATA)
      dataInputs.push_back(i);
    else if (info.role == DS_ROLE_HYPER)
      status = bindHyper(info, i);
    else
      status = bindValue(info, i, values);
    if (!status.ok())
      return status;
  }
  return bindOutputs(values);
}

Status FunctionRunner::bindMask(int64_t count) {
  const ds_tensor_info_t &info = function->inputs[maskInput];
  if (!mask.reserve(count * elementSize(info.element_type)))
    return Status(DS_FAILED, "out of memory: cannot hold a batch's mask");
  ds_tensor_t tensor = describe(info, &count, mask.data());
  return instance.bindInput(maskInput, &tensor);
}

Status FunctionRunner::setBatch(const Batch &batch, int64_t count,
                                int64_t valid) {
  bool isNew = count != boundCount;
  for (size_t k = 0; k < dataInputs.size(); ++k) {
    void *block = batch.inputs[k].data();
    if (!isNew) {
      instance.moveInput(dataInputs[k], block);
      continue;
    }
    int64_t dims[DS_MAX_RANK] = {count};
    std::span<const int64_t> record = data->recordDims(k);
    std::copy(record.begin(), record.end(), dims + 1);
    ds_tensor_t tensor = describe(function->inputs[dataInputs[k]], dims, block);
    if (Status status = instance.bindInput(dataInputs[k], &tensor);
        !status.ok())
      return status;
  }
  if (hasMask() && isNew)
    if (Status status = bindMask(count); !status.ok())
      return status;
  boundCount = count;
  if (!hasMask())
    return {};
  int32_t type = function->inputs[maskInput].element_type;
  auto *out = static_cast<unsigned char *>(mask.data());
  for (int64_t i = 0; i < count; ++i)
    storeReal(type, out + i * elementSize(type), i < valid ? 1 : 0);
  return {};
}

void FunctionRunner::setHyper(double rate, int64_t number, uint64_t bits) {
  if (learningRateType)
    storeReal(learningRateType, learningRate.bytes, rate);
  if (stepType)
    storeInteger(stepType, step.bytes, static_cast<uint64_t>(number));
  if (keyType)
    storeInteger(keyType, key.bytes, bits);
}

Status FunctionRunner::run() {
  if (Status status = instance.run(); !status.ok())
    return status;
  for (size_t i = 0; i < results.size(); ++i)
    results[i] = elementAsDouble(metricTypes[i], metricSlots[i].bytes, 0);
  return {};
}

int32_t FunctionRunner::metric(std::string_view name) const {
  auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1
                              : static_cast<int32_t>(found - names.begin());
}

} // namespace ds
