//===- echo_model.cpp - a model that returns its inputs -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Has an input of every element type, a sequence and an optional, and an output
// with the same value for each; so whatever a program reads and writes can be
// held against NumPy.
//===----------------------------------------------------------------------===//
#include "ds/model.h"

#include <array>
#include <cstring>

namespace {

/// Indexed by element type; the model's inputs and outputs are called like
/// this.
constexpr const char *TypeNames[] = {
    nullptr,      "bool",           "int2",          "int4",
    "int8",       "int16",          "int32",         "int64",
    "uint2",      "uint4",          "uint8",         "uint16",
    "uint32",     "uint64",         "float16",       "bfloat16",
    "float32",    "float64",        "float8e4m3fn",  "float8e4m3fnuz",
    "float8e5m2", "float8e5m2fnuz", "float8e8m0fnu", "float4e2m1fn",
    "complex64",  "complex128",     "string"};
constexpr size_t TypeSizes[] = {0, 1, 1, 1, 1, 2, 4, 8,  1,
                                1, 1, 2, 4, 8, 2, 2, 4,  8,
                                1, 1, 1, 1, 1, 1, 8, 16, sizeof(ds_string_t)};
constexpr int32_t TensorCount = DS_STRING;

#ifndef DS_ECHO_COUNT
#define DS_ECHO_COUNT TensorCount + 2
#endif
/// How many of the values this model has.
constexpr int32_t ValueCount = DS_ECHO_COUNT;
constexpr int64_t Dynamic[] = {-1, -1};

constexpr std::array<ds_tensor_info_t, TensorCount + 2> Values = [] {
  std::array<ds_tensor_info_t, TensorCount + 2> values{};
  for (int32_t type = DS_BOOL; type <= DS_STRING; ++type)
    values[type - 1] = {
        TypeNames[type], DS_TENSOR,     type,         2, Dynamic,
        nullptr,         DS_NO_DEFAULT, DS_ROLE_DATA, -1};
  values[TensorCount] = {"sequence", DS_SEQUENCE,   DS_FLOAT32,   -1, nullptr,
                         nullptr,    DS_NO_DEFAULT, DS_ROLE_DATA, -1};
  values[TensorCount + 1] = {
      "optional", DS_OPTIONAL,   DS_STRING,    -1, nullptr,
      nullptr,    DS_NO_DEFAULT, DS_ROLE_DATA, -1};
  return values;
}();

void run(ds_run_t *run) {
  for (int32_t i = 0; i < ValueCount; ++i) {
    if (i >= TensorCount) {
      ds_rt_output_list(run, i, ds_rt_input_list(run, i));
      continue;
    }
    int64_t dims[] = {ds_rt_input_dim(run, i, 0), ds_rt_input_dim(run, i, 1)};
    std::memcpy(ds_rt_output_data(run, i, dims), ds_rt_input_data(run, i),
                dims[0] * dims[1] * TypeSizes[i + 1]);
  }
}

constexpr ds_code_version_t CodeVersions[] = {{"x86-64", ""}};
constexpr void (*Code[])(ds_run_t *) = {run};
constexpr ds_function_t Functions[] = {{"main", ValueCount, ValueCount, 0, 0,
                                        Values.data(), Values.data(), nullptr,
                                        0, nullptr, Code}};

} // namespace

extern "C" {
extern const ds_model_t ds_model;
const ds_model_t ds_model = {
    DS_MODEL_MAGIC, DS_MODEL_VERSION, 1,         1,       0,       "echo",
    "by hand",      CodeVersions,     Functions, nullptr, nullptr, 0};
}
