//===- describe.cpp - what the program is ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/describe.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/program/signature_values.h"

#include <algorithm>
#include <vector>

namespace ds {
namespace {

struct Entry {
  const char *key;
  const char *value;
};

std::vector<Entry> metadata(int32_t count) {
  std::vector<Entry> entries(count);
  for (int32_t i = 0; i < count; ++i)
    ds_model_metadata(i, &entries[i].key, &entries[i].value);
  return entries;
}

std::string valuesText(const char *title,
                       const std::vector<ds_value_info_t> &values) {
  std::string text = std::string(title) + ":\n";
  size_t width = 0;
  for (const ds_value_info_t &value : values)
    width = std::max(width, std::string_view(value.name).size());
  for (const ds_value_info_t &value : values)
    text += format("  %-*s  %s%s\n", static_cast<int>(width), value.name,
                   describeType(value).c_str(),
                   value.has_default ? "  (has a default)" : "");
  return values.empty() ? text + "  none\n" : text;
}

std::string valuesJson(const std::vector<ds_value_info_t> &values,
                       bool withDefault) {
  static constexpr const char *Kinds[] = {"tensor", "sequence", "optional"};
  std::string text = "[";
  for (const ds_value_info_t &value : values) {
    text += (text.size() > 1 ? "," : "") + std::string("{\"name\":") +
            jsonString(value.name) +
            ",\"kind\":" + jsonString(Kinds[value.kind]) +
            ",\"type\":" + jsonString(elementTypeName(value.element_type));
    std::string shape, names;
    for (int32_t i = 0; i < value.rank; ++i) {
      const char *name = value.dim_names ? value.dim_names[i] : nullptr;
      shape += (i > 0 ? "," : "") + std::to_string(value.dims[i]);
      names += (i > 0 ? "," : "") + (name ? jsonString(name) : "null");
    }
    text += value.rank < 0
                ? ",\"shape\":null,\"dim_names\":null"
                : ",\"shape\":[" + shape + "],\"dim_names\":[" + names + "]";
    if (withDefault)
      text += std::string(",\"has_default\":") +
              (value.has_default ? "true" : "false");
    text += "}";
  }
  return text + "]";
}

std::vector<ds_code_version_info_t> codeVersions(int32_t count) {
  std::vector<ds_code_version_info_t> versions(count,
                                               sized<ds_code_version_info_t>());
  for (int32_t i = 0; i < count; ++i)
    ds_model_code_version(i, &versions[i]);
  return versions;
}

std::string orEmpty(const char *text) { return text ? text : ""; }

} // namespace

std::string describeText() {
  ds_model_description_t model = modelDescription();
  std::string text =
      format("model %s for %s, by %s\n", quoted(model.name).c_str(),
             model.target, model.compiler);
  text += valuesText("inputs", modelInputs()) +
          valuesText("outputs", modelOutputs());
  if (model.metadata_count > 0)
    text += "metadata:\n";
  for (const Entry &entry : metadata(model.metadata_count))
    text += "  " + std::string(entry.key) + ": " + entry.value + "\n";
  text += "code versions:\n";
  for (const ds_code_version_info_t &version :
       codeVersions(model.code_version_count))
    text += format("  %s%s\n", version.name,
                   version.is_supported ? "" : "  (not on this machine)");
  return text +
         format("memory:\n  weights  %lld bytes\n  arena    %lld bytes\n",
                static_cast<long long>(model.weights_bytes),
                static_cast<long long>(model.arena_bytes));
}

std::string describeJson() {
  ds_model_description_t model = modelDescription();
  std::string text = "{\"name\":" + jsonString(model.name) +
                     ",\"compiler\":" + jsonString(model.compiler) +
                     ",\"target\":" + jsonString(model.target) +
                     ",\"features\":" + jsonString(orEmpty(model.features)) +
                     ",\"inputs\":" + valuesJson(modelInputs(), true) +
                     ",\"outputs\":" + valuesJson(modelOutputs(), false) +
                     ",\"metadata\":{";
  const char *separator = "";
  for (const Entry &entry : metadata(model.metadata_count)) {
    text += separator + jsonString(entry.key) + ":" + jsonString(entry.value);
    separator = ",";
  }
  text += "},\"code_versions\":[";
  separator = "";
  for (const ds_code_version_info_t &version :
       codeVersions(model.code_version_count)) {
    text += std::string(separator) + "{\"name\":" + jsonString(version.name) +
            ",\"target\":" + jsonString(version.target) +
            ",\"features\":" + jsonString(orEmpty(version.features)) +
            ",\"supported\":" + (version.is_supported ? "true" : "false") + "}";
    separator = ",";
  }
  text += format(
      "],\"launches\":%d,\"weights_bytes\":%lld,\"arena_bytes\":%lld,\"plan\":",
      model.launch_count, static_cast<long long>(model.weights_bytes),
      static_cast<long long>(model.arena_bytes));
  std::string plan = orEmpty(model.plan_json);
  return text + (plan.empty() ? "null" : plan) + "}\n";
}

std::string versionText() {
  ds_model_description_t model = modelDescription();
  uint32_t version = ds_runtime_version();
  return format("model %s for %s\ncompiler %s\nruntime %u.%u\n",
                quoted(model.name).c_str(), model.target, model.compiler,
                version / 1000, version % 1000);
}

} // namespace ds
