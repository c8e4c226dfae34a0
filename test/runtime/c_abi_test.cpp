//===- c_abi_test.cpp - the public C ABI over the sample model ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "ds/runtime.h"
#include "test/runtime/sample_model.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

using namespace ds::test;
using Catch::Matchers::Contains;

namespace {

struct Close {
  void operator()(ds_instance_t *instance) const {
    ds_instance_close(instance);
  }
};
using Handle = std::unique_ptr<ds_instance_t, Close>;

Handle open(const ds_instance_options_t *options = nullptr) {
  ds_instance_t *instance = nullptr;
  REQUIRE(ds_instance_open(options, &instance) == DS_OK);
  return Handle(instance);
}

ds_status_t bindRows(const Handle &instance, std::vector<float> &x) {
  int64_t dims[] = {static_cast<int64_t>(x.size() / 3), 3};
  ds_tensor_t tensor{sizeof tensor,           x.data(), DS_FLOAT32, 2, dims,
                     x.size() * sizeof(float)};
  return ds_instance_bind_input(instance.get(), 0, &tensor);
}

ds_tensor_t outputOf(const Handle &instance, int32_t index) {
  ds_tensor_t tensor{};
  tensor.struct_size = sizeof tensor;
  REQUIRE(ds_instance_output(instance.get(), index, &tensor) == DS_OK);
  return tensor;
}

} // namespace

TEST_CASE("the model describes itself") {
  ds_model_description_t model{};
  model.struct_size = sizeof model;
  REQUIRE(ds_model_describe(&model) == DS_OK);
  CHECK(std::string_view(model.name) == "sample");
  CHECK(model.input_count == 2);
  CHECK(model.output_count == 2);
  CHECK(model.arena_bytes == 12);
  CHECK(model.weights_bytes == SampleWeightCount * 4);
  CHECK(std::string_view(model.plan_json) == "{\"peak\":12}");

  ds_value_info_t x{}, bias{};
  x.struct_size = bias.struct_size = sizeof x;
  REQUIRE(ds_model_input(0, &x) == DS_OK);
  REQUIRE(ds_model_input(1, &bias) == DS_OK);
  CHECK(std::string_view(x.name) == "x");
  CHECK(x.dims[0] == -1);
  CHECK(std::string_view(x.dim_names[0]) == "batch");
  CHECK(x.has_default == 0);
  CHECK(bias.has_default == 1);
  CHECK(ds_model_input(2, &x) == DS_WRONG_USE);
  CHECK(ds_model_output(-1, &x) == DS_WRONG_USE);

  CHECK(ds_model_input_index("bias") == 1);
  CHECK(ds_model_output_index("y/0") == 0);
  CHECK(ds_model_input_index("y/0") == -1);
  CHECK(ds_model_input_index(nullptr) == -1);
  const char *key = nullptr, *value = nullptr;
  REQUIRE(ds_model_metadata(1, &key, &value) == DS_OK);
  CHECK(std::string_view(key) == "task");
  CHECK(ds_model_metadata(2, &key, &value) == DS_WRONG_USE);

  CHECK(model.code_version_count == 1);
  ds_code_version_info_t version{};
  version.struct_size = sizeof version;
  REQUIRE(ds_model_code_version(0, &version) == DS_OK);
  CHECK(std::string_view(version.name) == "x86-64");
  CHECK(std::string_view(version.target) == model.target);
  CHECK(std::string_view(version.features) == model.features);
  CHECK(version.is_supported == 1);
  CHECK(ds_model_code_version(1, &version) == DS_WRONG_USE);
  CHECK(ds_model_code_version(-1, &version) == DS_WRONG_USE);
}

TEST_CASE("a caller with an older, shorter struct gets what fits and nothing "
          "beyond") {
  struct {
    ds_model_description_t model;
    char behind[8];
  } memory;
  std::memset(&memory, 0x77, sizeof memory);
  memory.model.struct_size = offsetof(ds_model_description_t, compiler);
  REQUIRE(ds_model_describe(&memory.model) == DS_OK);
  CHECK(std::string_view(memory.model.name) == "sample");
  CHECK(memory.model.input_count == 0x77777777);
  memory.model.struct_size = 0;
  CHECK(ds_model_describe(&memory.model) == DS_WRONG_USE);
  CHECK(ds_model_describe(nullptr) == DS_WRONG_USE);
}

TEST_CASE("a caller with a newer, longer struct keeps its own fields") {
  struct {
    ds_tensor_t tensor;
    int64_t added;
  } newer{};
  Handle instance = open();
  std::vector<float> x = {1, 1, 1};
  REQUIRE(bindRows(instance, x) == DS_OK);
  REQUIRE(ds_instance_run(instance.get()) == DS_OK);
  newer.tensor.struct_size = sizeof newer;
  newer.added = 5;
  REQUIRE(ds_instance_output(instance.get(), 1, &newer.tensor) == DS_OK);
  CHECK(*static_cast<int64_t *>(newer.tensor.data) == 1);
  CHECK(newer.added == 5);
}

TEST_CASE("element types have names and sizes") {
  CHECK(std::string_view(ds_element_type_name(DS_BFLOAT16)) == "bfloat16");
  CHECK(ds_element_type_size(DS_COMPLEX128) == 16);
  CHECK(ds_element_type_name(0) == nullptr);
  CHECK(ds_element_type_size(1000) == 0);
}

TEST_CASE(
    "the sample model computes through the ABI, with default and bound bias") {
  Handle instance = open();
  std::vector<float> x = {1, 2, 3, 4, 5, 6};
  REQUIRE(bindRows(instance, x) == DS_OK);
  REQUIRE(ds_instance_run(instance.get()) == DS_OK);
  ds_tensor_t y = outputOf(instance, 0);
  CHECK(y.rank == 2);
  CHECK(y.dims[0] == 2);
  std::vector<float> result(static_cast<float *>(y.data),
                            static_cast<float *>(y.data) + 6);
  CHECK(result ==
        std::vector<float>{2.5f, 6.25f, 12.125f, 8.5f, 15.25f, 24.125f});
  CHECK(*static_cast<int64_t *>(outputOf(instance, 1).data) == 2);

  std::vector<float> bias = {0, 0, 0};
  int64_t dims[] = {3};
  ds_tensor_t tensor{sizeof tensor, bias.data(), DS_FLOAT32, 1, dims, 12};
  REQUIRE(ds_instance_bind_input(instance.get(), 1, &tensor) == DS_OK);
  REQUIRE(ds_instance_run(instance.get()) == DS_OK);
  CHECK(static_cast<float *>(outputOf(instance, 0).data)[0] == 2);
}

TEST_CASE(
    "the error of the last call is kept, and cleared by the next success") {
  Handle instance = open();
  CHECK(std::string_view(ds_instance_error(instance.get())).empty());
  CHECK(ds_instance_run(instance.get()) == DS_WRONG_USE);
  CHECK_THAT(ds_instance_error(instance.get()),
             Contains("nothing is bound to the input 'x'"));
  std::vector<float> x(3);
  REQUIRE(bindRows(instance, x) == DS_OK);
  CHECK(std::string_view(ds_instance_error(instance.get())).empty());
}

TEST_CASE("a failing run tells why, and the instance stays usable") {
  Handle instance = open();
  std::vector<float> unlucky(UnluckyBatch * 3), lucky(3);
  REQUIRE(bindRows(instance, unlucky) == DS_OK);
  CHECK(ds_instance_run(instance.get()) == DS_FAILED);
  CHECK(std::string_view(ds_instance_error(instance.get())) ==
        "expected any batch but 13, found 13");
  REQUIRE(bindRows(instance, lucky) == DS_OK);
  CHECK(ds_instance_run(instance.get()) == DS_OK);
}

TEST_CASE("statistics count runs and bytes") {
  Handle instance = open();
  std::vector<float> x(300);
  REQUIRE(bindRows(instance, x) == DS_OK);
  REQUIRE(ds_instance_run(instance.get()) == DS_OK);
  ds_instance_statistics_t statistics{};
  statistics.struct_size = sizeof statistics;
  REQUIRE(ds_instance_statistics(instance.get(), &statistics) == DS_OK);
  CHECK(statistics.runs == 1);
  CHECK(statistics.arena_bytes == 12);
  CHECK(statistics.pool_peak_bytes >= 1200);
  CHECK(statistics.output_bytes == 1200 + 8);
}

TEST_CASE("a profile needs its option") {
  Handle without = open();
  const char *json = nullptr;
  CHECK(ds_instance_profile(without.get(), &json) == DS_WRONG_USE);
  ds_instance_options_t options{sizeof options, 0, 1, 0, nullptr};
  Handle with = open(&options);
  REQUIRE(ds_instance_profile(with.get(), &json) == DS_OK);
  CHECK_THAT(json, Contains("traceEvents"));
}

TEST_CASE("nulls are wrong use where there is nothing to do with them") {
  CHECK(ds_instance_open(nullptr, nullptr) == DS_WRONG_USE);
  ds_instance_close(nullptr);
  Handle instance = open();
  std::vector<float> x(3);
  REQUIRE(bindRows(instance, x) == DS_OK);
  REQUIRE(ds_instance_run(instance.get()) == DS_OK);
  CHECK(ds_instance_output(instance.get(), 0, nullptr) == DS_WRONG_USE);
  CHECK(ds_instance_statistics(instance.get(), nullptr) == DS_WRONG_USE);
}

TEST_CASE("instances run on several threads at once, and several threads may "
          "share one") {
  ds_threads_set(2);
  Handle shared = open();
  std::vector<float> sharedX = {1, 1, 1};
  REQUIRE(bindRows(shared, sharedX) == DS_OK);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      ds_instance_t *opened = nullptr;
      wrong += ds_instance_open(nullptr, &opened) != DS_OK;
      Handle own(opened);
      std::vector<float> x(30, static_cast<float>(t));
      wrong += bindRows(own, x) != DS_OK;
      for (int i = 0; i < 200; ++i) {
        wrong += ds_instance_run(own.get()) != DS_OK;
        wrong += ds_instance_run(shared.get()) != DS_OK;
        ds_tensor_t y{};
        y.struct_size = sizeof y;
        wrong += ds_instance_output(own.get(), 0, &y) != DS_OK ||
                 static_cast<float *>(y.data)[3] != 2 * t + 0.5f;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(wrong == 0);
  CHECK(ds_threads_get() == 2);
}

TEST_CASE("the header's version is the library's") {
  CHECK(ds_runtime_version() == DS_RUNTIME_VERSION);
}
