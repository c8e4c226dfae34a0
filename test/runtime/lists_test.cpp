//===- lists_test.cpp - sequences and optionals in a run ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/instance/instance.h"
#include "test/runtime/test_model.h"

#include <catch2/catch.hpp>

#include <cstring>

using namespace ds;
using namespace ds::test;

namespace {

ds_tensor_t scalar(int64_t &value) {
  return {sizeof(ds_tensor_t), &value, DS_INT64, 0, nullptr, 8};
}

/// s' = s with `position` put in front of itself; also counts the elements.
void insertPosition(ds_run_t *run) {
  const ds_list_t *list = ds_rt_input_list(run, 0);
  const void *position = ds_rt_input_data(run, 1);
  ds_rt_output_list(run, 0,
                    ds_rt_list_insert(run, list,
                                      *static_cast<const int64_t *>(position),
                                      DS_INT64, 0, nullptr, position));
  *static_cast<int64_t *>(ds_rt_output_data(run, 1, nullptr)) =
      ds_rt_list_size(list);
}

void erasePosition(ds_run_t *run) {
  ds_rt_output_list(run, 0,
                    ds_rt_list_erase(run, ds_rt_input_list(run, 0),
                                     *static_cast<const int64_t *>(
                                         ds_rt_input_data(run, 1))));
  *static_cast<int64_t *>(ds_rt_output_data(run, 1, nullptr)) = 0;
}

struct ListModel : TestModel {
  explicit ListModel(void (*run)(ds_run_t *)) : TestModel(run) {
    input("s", DS_INT64, {}, DS_SEQUENCE)
        .input("position", DS_INT64, {})
        .output("t", DS_INT64, {}, DS_SEQUENCE)
        .output("size", DS_INT64, {});
  }
};

std::vector<int64_t> outputValues(const Instance &instance) {
  Result<ds_list> list = instance.outputList(0);
  REQUIRE(list.ok());
  std::vector<int64_t> values;
  for (int64_t i = 0; i < list->count; ++i)
    values.push_back(*static_cast<const int64_t *>(list->tensors[i].data));
  return values;
}

Status runWith(Instance &instance, std::vector<int64_t> &values,
               int64_t &position) {
  std::vector<ds_tensor_t> tensors;
  for (int64_t &value : values)
    tensors.push_back(scalar(value));
  ds_tensor_t tensor = scalar(position);
  REQUIRE(instance.bindInputList(0, tensors.data(), tensors.size()).ok());
  REQUIRE(instance.bindInput(1, &tensor).ok());
  return instance.run();
}

} // namespace

TEST_CASE("a tensor goes into a sequence at any position, from either end") {
  ListModel model(insertPosition);
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<int64_t> values = {10, 20};
  auto result = [&](int64_t position) {
    REQUIRE(runWith(instance, values, position).ok());
    return outputValues(instance);
  };
  CHECK(result(0) == std::vector<int64_t>{0, 10, 20});
  CHECK(result(2) == std::vector<int64_t>{10, 20, 2});
  CHECK(result(-1) == std::vector<int64_t>{10, -1, 20});
  CHECK(*static_cast<int64_t *>(instance.output(1)->data) == 2);
}

TEST_CASE(
    "an erased tensor is gone, and the last one leaves the empty sequence") {
  ListModel model(erasePosition);
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<int64_t> values = {10, 20}, one = {5};
  int64_t last = -1, first = 0;
  REQUIRE(runWith(instance, values, last).ok());
  CHECK(outputValues(instance) == std::vector<int64_t>{10});
  REQUIRE(runWith(instance, one, first).ok());
  CHECK(outputValues(instance).empty());
}

TEST_CASE("positions out of range end the run with the range") {
  ListModel insert(insertPosition), erase(erasePosition);
  Instance inserting(insert.get()), erasing(erase.get());
  REQUIRE((inserting.open({}).ok() && erasing.open({}).ok()));
  std::vector<int64_t> values = {10, 20};
  int64_t beyond = 3, end = 2, before = -3;
  CHECK(runWith(inserting, values, beyond).message() ==
        "expected a position or dimension from -2 to 2 of a sequence, found 3");
  CHECK(runWith(inserting, values, before).code() == DS_FAILED);
  CHECK(runWith(erasing, values, end).message() ==
        "expected a position or dimension from -2 to 1 of a sequence, found 2");
}

TEST_CASE("an empty sequence may be bound, and an unbound one is missing") {
  ListModel model(insertPosition);
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  int64_t position = 0;
  ds_tensor_t tensor = scalar(position);
  REQUIRE(instance.bindInput(1, &tensor).ok());
  CHECK(instance.run().message() ==
        "nothing is bound to the input 's' (int64 [])");
  REQUIRE(instance.bindInputList(0, nullptr, 0).ok());
  REQUIRE(instance.run().ok());
  CHECK(outputValues(instance) == std::vector<int64_t>{0});
  REQUIRE(instance.bindInputList(0, nullptr, -1).ok());
  CHECK(instance.run().code() == DS_WRONG_USE);
}

TEST_CASE("elements are checked like tensors, and tensors and lists are not "
          "mixed up") {
  ListModel model(insertPosition);
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  int64_t value = 1;
  ds_tensor_t tensors[] = {scalar(value), scalar(value)};
  tensors[1].element_type = DS_FLOAT64;
  CHECK(instance.bindInputList(0, tensors, 2).message() ==
        "input 's', element 1, expects int64 [], found float64 []: the element "
        "type differs");
  CHECK(instance.bindInputList(0, nullptr, 2).message() ==
        "input 's' expects 2 tensors, found a null pointer");
  CHECK(instance.bindInput(0, tensors).message() ==
        "input 's' is a sequence or optional, found a tensor");
  CHECK(instance.bindInputList(1, tensors, 1).message() ==
        "input 'position' is a tensor, found a list of them");
  CHECK(instance.bindOutput(0, tensors).message() ==
        "output 't' is a sequence or optional, which cannot be bound");
}

TEST_CASE("an optional takes one tensor or none") {
  TestModel model([](ds_run_t *run) {
    const ds_list_t *value = ds_rt_input_list(run, 0);
    int64_t present = ds_rt_list_size(value);
    *static_cast<int64_t *>(ds_rt_output_data(run, 0, nullptr)) =
        present ? *static_cast<const int64_t *>(ds_rt_list_data(run, value, 0))
                : -1;
    ds_rt_output_list(run, 1, present ? value : nullptr);
  });
  model.input("o", DS_INT64, {}, DS_OPTIONAL)
      .output("value", DS_INT64, {})
      .output("same", DS_INT64, {}, DS_OPTIONAL);
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  int64_t value = 42;
  ds_tensor_t tensors[] = {scalar(value), scalar(value)};
  CHECK(instance.bindInputList(0, tensors, 2).message() ==
        "input 'o' expects at most one tensor, found 2");
  REQUIRE(instance.bindInputList(0, tensors, 1).ok());
  REQUIRE(instance.run().ok());
  CHECK(*static_cast<int64_t *>(instance.output(0)->data) == 42);
  CHECK(instance.outputList(1)->count == 1);
  REQUIRE(instance.bindInputList(0, nullptr, 0).ok());
  REQUIRE(instance.run().ok());
  CHECK(*static_cast<int64_t *>(instance.output(0)->data) == -1);
  CHECK(instance.outputList(1)->count == 0);
}

TEST_CASE(
    "elements of a sequence may differ in shape where their rank is open") {
  TestModel model([](ds_run_t *run) {
    const ds_list_t *list = ds_rt_input_list(run, 0);
    int64_t dims[] = {ds_rt_list_size(list)};
    auto *extents = static_cast<int64_t *>(ds_rt_output_data(run, 0, dims));
    for (int64_t i = 0; i < dims[0]; ++i)
      extents[i] = ds_rt_list_dim(run, list, i, 0);
  });
  model.input("s", DS_FLOAT32, {}, DS_SEQUENCE)
      .output("extents", DS_INT64, {-1});
  ds_model_t copy = model.get();
  ds_function_t function = copy.functions[0];
  ds_tensor_info_t input = function.inputs[0];
  input.rank = -1;
  function.inputs = &input;
  copy.functions = &function;
  Instance opened(copy);
  REQUIRE(opened.open({}).ok());
  float data[6] = {};
  int64_t two[] = {2, 3}, one[] = {5};
  ds_tensor_t tensors[] = {{sizeof(ds_tensor_t), data, DS_FLOAT32, 2, two, 24},
                           {sizeof(ds_tensor_t), data, DS_FLOAT32, 1, one, 20}};
  REQUIRE(opened.bindInputList(0, tensors, 2).ok());
  REQUIRE(opened.run().ok());
  auto *extents = static_cast<const int64_t *>(opened.output(0)->data);
  CHECK(extents[0] == 2);
  CHECK(extents[1] == 5);
  tensors[1].rank = 0;
  tensors[1].byte_size = 4;
  REQUIRE(opened.bindInputList(0, tensors, 2).ok());
  CHECK(opened.run().message() ==
        "expected a position or dimension from 0 to -1 of a sequence, found 0");
}
