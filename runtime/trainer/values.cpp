//===- values.cpp - what training changes ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/values.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/instance/instance.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace ds {
namespace {

bool isKept(const ds_tensor_info_t &info) {
  return info.role == DS_ROLE_PARAMETER || info.role == DS_ROLE_STATE;
}

/// A slot is called "<parameter>/<slot>"; other state is the model's own.
bool isSlot(const ds_function_t &function, const ds_tensor_info_t &info) {
  std::string_view name = info.name;
  for (int32_t i = 0; i < function.input_count; ++i) {
    std::string_view parameter = function.inputs[i].name;
    if (function.inputs[i].role == DS_ROLE_PARAMETER &&
        name.size() > parameter.size() && name.starts_with(parameter) &&
        name[parameter.size()] == '/')
      return true;
  }
  return false;
}

Status initialize(const ds_model_t &model, TrainedValue &value) {
  const ds_tensor_info_t &info = *value.info;
  if (info.default_offset == DS_NO_DEFAULT)
    return Status(DS_UNSUPPORTED,
                  "the job has no initial value for " + quoted(info.name));
  if (info.default_offset == DS_ZERO_DEFAULT)
    std::memset(value.memory.data(), 0, value.bytes);
  else if (value.bytes > 0)
    std::memcpy(value.memory.data(),
                static_cast<const char *>(model.weights) + info.default_offset,
                value.bytes);
  return {};
}

/// Takes the pages of the model's constants out of memory. They are those of
/// the program's file: what is read again comes from there.
void releasePages(const ds_model_t &model) {
  auto pageSize = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto begin = reinterpret_cast<uintptr_t>(model.weights),
       end = begin + static_cast<uintptr_t>(model.weights_bytes);
  begin = (begin + pageSize - 1) / pageSize * pageSize;
  end = end / pageSize * pageSize;
  if (model.weights && begin < end)
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

} // namespace

TensorView TrainedValue::view() const {
  return {info->element_type,
          {info->dims, static_cast<size_t>(info->rank)},
          memory.data()};
}

Result<TrainedValues> TrainedValues::create(const ds_model_t &model,
                                            const ds_function_t &function) {
  TrainedValues result;
  for (int32_t i = 0; i < function.input_count; ++i) {
    const ds_tensor_info_t &info = function.inputs[i];
    if (!isKept(info))
      continue;
    size_t size = elementSize(info.element_type);
    std::optional<int64_t> count =
        elementCount({info.dims, static_cast<size_t>(info.rank)}, size);
    if (!count)
      return Status(DS_UNSUPPORTED, "the job's " + quoted(info.name) +
                                        " expects static extents, found " +
                                        signatureOf(info).text());
    TrainedValue &value = result.values.emplace_back();
    value.info = &info;
    value.bytes = *count * size;
    value.isWeight = info.role == DS_ROLE_PARAMETER || !isSlot(function, info);
    if (!value.memory.reserve(value.bytes))
      return Status(DS_FAILED, "out of memory: " + quoted(info.name) +
                                   format(" needs %zu bytes", value.bytes));
    if (Status status = initialize(model, value); !status.ok())
      return status;
  }
  releasePages(model);
  return result;
}

Status TrainedValues::restore(const Checkpoint &checkpoint) {
  std::vector<const StoredTensor *> sources;
  for (const TrainedValue &value : values) {
    const SafeTensors &file =
        value.isWeight ? checkpoint.weights : checkpoint.state;
    const StoredTensor *source = file.find(value.info->name);
    Signature expected = signatureOf(*value.info);
    std::string found =
        source ? Signature{source->elementType, source->dims}.text() : "none";
    if (!source || found != expected.text())
      return Status(DS_WRONG_USE, "checkpoint " + quoted(checkpoint.path) +
                                      " is of another program: expected " +
                                      quoted(value.info->name) + " of " +
                                      expected.text() + ", found " + found);
    sources.push_back(source);
  }
  size_t stored =
      checkpoint.weights.tensors.size() + checkpoint.state.tensors.size();
  if (stored != values.size())
    return Status(DS_WRONG_USE,
                  "checkpoint " + quoted(checkpoint.path) +
                      format(" is of another program: expected %zu tensors, "
                             "found %zu",
                             values.size(), stored));
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].bytes > 0)
      std::memcpy(values[i].memory.data(), sources[i]->data.data(),
                  values[i].bytes);
  return {};
}

const TrainedValue *TrainedValues::find(std::string_view name) const {
  for (const TrainedValue &value : values)
    if (value.info->name == name)
      return &value;
  return nullptr;
}

uint64_t TrainedValues::byteSize() const {
  uint64_t sum = 0;
  for (const TrainedValue &value : values)
    sum += value.bytes;
  return sum;
}

std::vector<NamedTensor> TrainedValues::select(bool weights) const {
  std::vector<NamedTensor> result;
  for (const TrainedValue &value : values)
    if (value.isWeight == weights)
      result.push_back({value.info->name, value.view()});
  return result;
}

} // namespace ds
