//===- test_model.h - models made inside a test ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A ds_model_t that a test fills in; its signature lives in vectors.
//===----------------------------------------------------------------------===//
#ifndef DS_TEST_RUNTIME_TEST_MODEL_H
#define DS_TEST_RUNTIME_TEST_MODEL_H

#include "ds/model.h"

#include <deque>
#include <utility>
#include <vector>

namespace ds::test {

class TestModel {
public:
  explicit TestModel(void (*run)(ds_run_t *run)) : run(run) {
    model.magic = DS_MODEL_MAGIC;
    model.version = DS_MODEL_VERSION;
    model.name = "test";
    model.compiler = "by hand";
    model.code_version_count = 1;
    model.code_versions = &code;
    model.function_count = 1;
    model.functions = &function;
    function.name = "main";
    function.run = &this->run;
  }
  TestModel(const TestModel &) = delete;
  TestModel &operator=(const TestModel &) = delete;

  TestModel &input(const char *name, int32_t type, std::vector<int64_t> dims,
                   int32_t kind = DS_TENSOR, int64_t defaultOffset = -1) {
    inputs.push_back(
        describe(name, type, std::move(dims), kind, defaultOffset));
    return *this;
  }
  TestModel &output(const char *name, int32_t type, std::vector<int64_t> dims,
                    int32_t kind = DS_TENSOR) {
    outputs.push_back(describe(name, type, std::move(dims), kind, -1));
    return *this;
  }
  /// A launch whose arguments are described as the generated code would pass
  /// them.
  TestModel &launch(const char *kernel, const char *nodes,
                    std::vector<ds_launch_argument_t> arguments) {
    launchArguments.push_back(std::move(arguments));
    launches.push_back({kernel, nodes,
                        static_cast<int32_t>(launchArguments.back().size()),
                        launchArguments.back().data()});
    return *this;
  }

  ds_model_t &get() {
    function.input_count = inputs.size();
    function.inputs = inputs.data();
    function.output_count = outputs.size();
    function.outputs = outputs.data();
    function.launch_count = launches.size();
    function.launches = launches.data();
    return model;
  }
  ds_function_t &main() { return function; }
  ds_code_version_t &version() { return code; }

private:
  ds_tensor_info_t describe(const char *name, int32_t type,
                            std::vector<int64_t> dims, int32_t kind,
                            int64_t defaultOffset) {
    const std::vector<int64_t> &kept = extents.emplace_back(std::move(dims));
    return {
        name,        kind,    type,          static_cast<int32_t>(kept.size()),
        kept.data(), nullptr, defaultOffset, DS_ROLE_DATA,
        -1};
  }

  ds_model_t model{};
  ds_function_t function{};
  ds_code_version_t code{"x86-64", ""};
  void (*run)(ds_run_t *run);
  std::deque<std::vector<int64_t>> extents;
  std::deque<std::vector<ds_launch_argument_t>> launchArguments;
  std::vector<ds_tensor_info_t> inputs;
  std::vector<ds_tensor_info_t> outputs;
  std::vector<ds_launch_info_t> launches;
};

} // namespace ds::test

#endif // DS_TEST_RUNTIME_TEST_MODEL_H
