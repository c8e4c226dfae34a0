//===- describe.cpp - what a training job is ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/describe.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/instance/code_version.h"
#include "runtime/instance/instance.h"

namespace ds {
namespace {

constexpr std::pair<int32_t, const char *> Roles[] = {
    {DS_ROLE_DATA, "data"},
    {DS_ROLE_PARAMETER, "parameter"},
    {DS_ROLE_STATE, "state"},
    {DS_ROLE_HYPER, "hyper"},
    {DS_ROLE_METRIC, "metric"}};

const char *roleName(int32_t role) {
  for (auto [value, name] : Roles)
    if (value == role)
      return name;
  return "unknown";
}

/// Each between `quote`s.
std::string codeVersionNames(const ds_model_t &model, const char *quote) {
  std::string text;
  for (int32_t i = 0; i < model.code_version_count; ++i)
    text += (i > 0 ? ", " : "") +
            (quote + std::string(codeVersionName(model.code_versions[i]))) +
            quote;
  return text;
}

int64_t bytesOfRole(const ds_function_t &function, int32_t role) {
  int64_t sum = 0;
  for (int32_t i = 0; i < function.input_count; ++i) {
    const ds_tensor_info_t &info = function.inputs[i];
    size_t size = elementSize(info.element_type);
    if (info.role == role)
      sum += elementCount({info.dims, static_cast<size_t>(info.rank)}, size)
                 .value_or(0) *
             static_cast<int64_t>(size);
  }
  return sum;
}

std::string jsonValue(const ds_tensor_info_t &info) {
  std::string text = "{\"name\": " + jsonString(info.name) + ", \"role\": \"" +
                     roleName(info.role) + "\", \"type\": \"" +
                     elementTypeName(info.element_type) + "\", \"shape\": [";
  for (int32_t i = 0; i < info.rank; ++i)
    text +=
        (i > 0 ? ", " : "") +
        (info.dims[i] < 0 ? std::string("null") : std::to_string(info.dims[i]));
  return text + "]}";
}

std::string jsonValues(const ds_tensor_info_t *values, int32_t count) {
  std::string text = "[";
  for (int32_t i = 0; i < count; ++i)
    text += (i > 0 ? ", " : "") + jsonValue(values[i]);
  return text + "]";
}

} // namespace

std::string describeJob(const Job &job) {
  const ds_model_t &model = *job.model;
  std::string text = std::string(model.name) +
                     ": a training job, compiled by " + model.compiler +
                     " for " + codeVersionNames(model, "") + "\n";
  for (int32_t f = 0; f < model.function_count; ++f) {
    const ds_function_t &function = model.functions[f];
    text += format("\n%s: arena %lld bytes\n", function.name,
                   static_cast<long long>(function.arena_bytes));
    for (int32_t i = 0; i < function.input_count; ++i) {
      const ds_tensor_info_t &info = function.inputs[i];
      text += format("  %-9s %s: ", roleName(info.role), info.name) +
              signatureOf(info).text() +
              (job.settings.label == info.name ? " (label)" : "") + "\n";
    }
    for (int32_t i = 0; i < function.output_count; ++i)
      if (function.outputs[i].role == DS_ROLE_METRIC)
        text += format("  %-9s %s\n", "metric", function.outputs[i].name);
  }
  const ds_function_t &step = job.function(job.step);
  text += format("\nparameters %lld bytes, state %lld bytes\n",
                 static_cast<long long>(bytesOfRole(step, DS_ROLE_PARAMETER)),
                 static_cast<long long>(bytesOfRole(step, DS_ROLE_STATE)));
  for (int32_t i = 0; i < model.metadata_count; ++i)
    text += format("%s: %s\n", model.metadata[i].key, model.metadata[i].value);
  return text;
}

std::string describeJobJson(const Job &job) {
  const ds_model_t &model = *job.model;
  std::string text =
      "{\"kind\": \"training job\", \"name\": " + jsonString(model.name) +
      ", \"compiler\": " + jsonString(model.compiler) +
      ", \"code_versions\": [" + codeVersionNames(model, "\"") + "]" +
      ", \"functions\": [";
  for (int32_t f = 0; f < model.function_count; ++f) {
    const ds_function_t &function = model.functions[f];
    text +=
        (f > 0 ? ", " : "") + ("{\"name\": " + jsonString(function.name)) +
        ", \"arena_bytes\": " + std::to_string(function.arena_bytes) +
        ", \"inputs\": " + jsonValues(function.inputs, function.input_count) +
        ", \"outputs\": " +
        jsonValues(function.outputs, function.output_count) + "}";
  }
  text += "], \"metadata\": {";
  for (int32_t i = 0; i < model.metadata_count; ++i)
    text += (i > 0 ? ", " : "") + jsonString(model.metadata[i].key) + ": " +
            jsonString(model.metadata[i].value);
  return text + "}}\n";
}

} // namespace ds
