//===- c_abi.cpp - the public C ABI ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Translates between the public structs and the instance, serialises calls, and
// keeps the last error.
//===----------------------------------------------------------------------===//
#include "runtime/base/element_type.h"
#include "runtime/base/parallel_for.h"
#include "runtime/base/text.h"
#include "runtime/instance/code_version.h"
#include "runtime/instance/instance.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>

using namespace ds;

struct ds_instance {
  std::mutex mutex;
  std::string error;
  Instance implementation{ds_model};

  /// Runs `call` under the lock and keeps its error.
  template <typename Call>
  ds_status_t guarded(Call call) {
    std::lock_guard<std::mutex> lock(mutex);
    Status status = call();
    error = status.message();
    return status.code();
  }
};

/// Fills in as much of the caller's struct as the caller knows of.
template <typename Struct>
static ds_status_t copyOut(const Struct &value, Struct *out) {
  if (!out || out->struct_size < sizeof(size_t))
    return DS_WRONG_USE;
  size_t known = std::min(out->struct_size, sizeof(Struct));
  std::memcpy(reinterpret_cast<char *>(out) + sizeof(size_t),
              reinterpret_cast<const char *>(&value) + sizeof(size_t),
              known - sizeof(size_t));
  return DS_OK;
}

/// The caller's struct, with zero in the fields it does not know of.
template <typename Struct>
static Struct copyIn(const Struct *in) {
  Struct value{};
  if (in)
    std::memcpy(&value, in, std::min(in->struct_size, sizeof(Struct)));
  return value;
}

static ds_status_t describeValue(std::span<const ds_tensor_info_t> values,
                                 int32_t index, ds_value_info_t *out) {
  if (index < 0 || static_cast<size_t>(index) >= values.size())
    return DS_WRONG_USE;
  const ds_tensor_info_t &info = values[index];
  return copyOut({sizeof(ds_value_info_t), info.name, info.kind,
                  info.element_type, info.rank, info.default_offset >= 0,
                  info.dims, info.dim_names, info.role, info.donor},
                 out);
}

/// The entry point at `index`, or null.
static const ds_function_t *functionAt(int32_t index) {
  return index >= 0 && index < ds_model.function_count
             ? &ds_model.functions[index]
             : nullptr;
}

static std::span<const ds_tensor_info_t>
inputsOf(const ds_function_t &function) {
  return {function.inputs, static_cast<size_t>(function.input_count)};
}
static std::span<const ds_tensor_info_t>
outputsOf(const ds_function_t &function) {
  return {function.outputs, static_cast<size_t>(function.output_count)};
}

static int32_t indexOf(std::span<const ds_tensor_info_t> values,
                       const char *name) {
  auto found = std::find_if(values.begin(), values.end(),
                            [&](const ds_tensor_info_t &info) {
                              return name && std::strcmp(info.name, name) == 0;
                            });
  return found == values.end() ? -1
                               : static_cast<int32_t>(found - values.begin());
}

uint32_t ds_runtime_version(void) { return DS_RUNTIME_VERSION; }

const char *ds_element_type_name(int32_t type) {
  return elementSize(type) > 0 ? elementTypeName(type) : nullptr;
}
size_t ds_element_type_size(int32_t type) { return elementSize(type); }

ds_status_t ds_model_describe(ds_model_description_t *out) {
  // Before a machine is known to run it, the model is described by the code
  // that asks the least.
  Result<int32_t> chosen = chooseCodeVersion(ds_model);
  const ds_code_version_t &version =
      ds_model.code_versions[chosen.ok() ? *chosen
                                         : ds_model.code_version_count - 1];
  const ds_function_t &main = ds_model.functions[0];
  return copyOut({sizeof(ds_model_description_t), ds_model.name,
                  ds_model.compiler, version.target, version.features,
                  main.input_count, main.output_count, ds_model.metadata_count,
                  main.launch_count, main.arena_bytes, ds_model.weights_bytes,
                  main.plan_json, ds_model.function_count,
                  ds_model.code_version_count},
                 out);
}

ds_status_t ds_model_code_version(int32_t index, ds_code_version_info_t *out) {
  if (index < 0 || index >= ds_model.code_version_count)
    return DS_WRONG_USE;
  const ds_code_version_t &version = ds_model.code_versions[index];
  return copyOut({sizeof(ds_code_version_info_t), codeVersionName(version),
                  version.target, version.features,
                  checkCodeVersion(ds_model, index).ok()},
                 out);
}

ds_status_t ds_function_describe(int32_t index,
                                 ds_function_description_t *out) {
  const ds_function_t *function = functionAt(index);
  if (!function)
    return DS_WRONG_USE;
  return copyOut({sizeof(ds_function_description_t), function->name,
                  function->input_count, function->output_count,
                  function->launch_count, function->arena_bytes,
                  function->plan_json},
                 out);
}

ds_status_t ds_function_input(int32_t function, int32_t index,
                              ds_value_info_t *out) {
  const ds_function_t *found = functionAt(function);
  return found ? describeValue(inputsOf(*found), index, out) : DS_WRONG_USE;
}
ds_status_t ds_function_output(int32_t function, int32_t index,
                               ds_value_info_t *out) {
  const ds_function_t *found = functionAt(function);
  return found ? describeValue(outputsOf(*found), index, out) : DS_WRONG_USE;
}

ds_status_t ds_model_input(int32_t index, ds_value_info_t *out) {
  return ds_function_input(0, index, out);
}
ds_status_t ds_model_output(int32_t index, ds_value_info_t *out) {
  return ds_function_output(0, index, out);
}
int32_t ds_model_input_index(const char *name) {
  return indexOf(inputsOf(ds_model.functions[0]), name);
}
int32_t ds_model_output_index(const char *name) {
  return indexOf(outputsOf(ds_model.functions[0]), name);
}

ds_status_t ds_model_metadata(int32_t index, const char **outKey,
                              const char **outValue) {
  if (index < 0 || index >= ds_model.metadata_count || !outKey || !outValue)
    return DS_WRONG_USE;
  *outKey = ds_model.metadata[index].key;
  *outValue = ds_model.metadata[index].value;
  return DS_OK;
}

void ds_threads_set(int32_t count) { setThreads(count); }
int32_t ds_threads_get(void) { return threads(); }

ds_status_t ds_instance_open(const ds_instance_options_t *options,
                             ds_instance_t **outInstance) {
  if (!outInstance)
    return DS_WRONG_USE;
  ds_instance_t *instance = *outInstance = new (std::nothrow) ds_instance;
  if (!instance)
    return DS_FAILED;
  return instance->guarded(
      [&] { return instance->implementation.open(copyIn(options)); });
}

void ds_instance_close(ds_instance_t *instance) { delete instance; }

const char *ds_instance_error(const ds_instance_t *instance) {
  return instance->error.c_str();
}

ds_status_t ds_instance_bind_input(ds_instance_t *instance, int32_t index,
                                   const ds_tensor_t *tensor) {
  return instance->guarded([&] {
    ds_tensor_t copy = copyIn(tensor);
    return instance->implementation.bindInput(index, tensor ? &copy : nullptr);
  });
}

ds_status_t ds_instance_bind_input_list(ds_instance_t *instance, int32_t index,
                                        const ds_tensor_t *tensors,
                                        int64_t count) {
  return instance->guarded([&] {
    return instance->implementation.bindInputList(index, tensors, count);
  });
}

ds_status_t ds_instance_bind_output(ds_instance_t *instance, int32_t index,
                                    const ds_tensor_t *tensor) {
  return instance->guarded([&] {
    ds_tensor_t copy = copyIn(tensor);
    return instance->implementation.bindOutput(index, tensor ? &copy : nullptr);
  });
}

ds_status_t ds_instance_run(ds_instance_t *instance) {
  return instance->guarded([&] { return instance->implementation.run(); });
}

ds_status_t ds_instance_output(ds_instance_t *instance, int32_t index,
                               ds_tensor_t *outTensor) {
  return instance->guarded([&]() -> Status {
    Result<ds_tensor_t> tensor = instance->implementation.output(index);
    if (!tensor.ok())
      return tensor.takeError();
    if (copyOut(*tensor, outTensor) != DS_OK)
      return Status(DS_WRONG_USE,
                    "expected a tensor with its struct_size set, found none");
    return {};
  });
}

ds_status_t ds_instance_output_list(ds_instance_t *instance, int32_t index,
                                    const ds_tensor_t **outTensors,
                                    int64_t *outCount) {
  return instance->guarded([&]() -> Status {
    Result<ds_list> list = instance->implementation.outputList(index);
    if (!list.ok())
      return list.takeError();
    if (!outTensors || !outCount)
      return Status(DS_WRONG_USE, "expected places for the tensors and their "
                                  "number, found a null pointer");
    *outTensors = list->tensors;
    *outCount = list->count;
    return {};
  });
}

ds_status_t ds_instance_statistics(ds_instance_t *instance,
                                   ds_instance_statistics_t *outStatistics) {
  return instance->guarded([&]() -> Status {
    if (copyOut(instance->implementation.statistics(), outStatistics) != DS_OK)
      return Status(
          DS_WRONG_USE,
          "expected statistics with their struct_size set, found none");
    return {};
  });
}

ds_status_t ds_instance_profile(ds_instance_t *instance, const char **outJson) {
  return instance->guarded([&]() -> Status {
    const std::string *text = instance->implementation.profile();
    if (!text || !outJson)
      return Status(DS_WRONG_USE,
                    "the instance was opened without the option 'profile'");
    *outJson = text->c_str();
    return {};
  });
}
