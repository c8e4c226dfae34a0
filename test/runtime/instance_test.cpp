//===- instance_test.cpp - binding, running, failing, observing -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/instance/instance.h"
#include "test/runtime/test_model.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <limits>

using namespace ds;
using namespace ds::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

ds_tensor_t floats(std::vector<float> &values,
                   const std::vector<int64_t> &dims) {
  return {sizeof(ds_tensor_t), values.data(),
          DS_FLOAT32,          static_cast<int32_t>(dims.size()),
          dims.data(),         values.size() * sizeof(float)};
}

/// y = x, of the same extents.
void copyInput(ds_run_t *run) {
  int64_t dims[] = {ds_rt_input_dim(run, 0, 0), 2};
  std::memcpy(ds_rt_output_data(run, 0, dims), ds_rt_input_data(run, 0),
              dims[0] * 2 * sizeof(float));
}

void nothing(ds_run_t *) {}

struct CopyModel : TestModel {
  CopyModel() : TestModel(copyInput) {
    input("x", DS_FLOAT32, {-1, 2}).output("y", DS_FLOAT32, {-1, 2});
  }
};

Status runWith(Instance &instance, std::vector<float> &values,
               const std::vector<int64_t> &dims) {
  ds_tensor_t tensor = floats(values, dims);
  if (Status status = instance.bindInput(0, &tensor); !status.ok())
    return status;
  return instance.run();
}

} // namespace

TEST_CASE("a run copies what is bound, and the shape follows the input") {
  CopyModel model;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  for (int64_t rows : {2, 1, 3, 0}) {
    std::vector<float> values(rows * 2, 1.5f);
    REQUIRE(runWith(instance, values, {rows, 2}).ok());
    Result<ds_tensor_t> y = instance.output(0);
    REQUIRE(y.ok());
    CHECK(y->dims[0] == rows);
    CHECK(y->byte_size == values.size() * sizeof(float));
    const auto *data = static_cast<const float *>(y->data);
    CHECK(std::equal(values.begin(), values.end(), data));
  }
  CHECK(instance.statistics().runs == 4);
}

TEST_CASE(
    "inputs are checked for type, rank, extents, size, data and alignment") {
  CopyModel model;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<float> values(8);
  std::vector<int64_t> dims = {2, 2}, other = {2, 3}, negative = {-1, 2};
  ds_tensor_t good = floats(values, dims);
  good.byte_size = 16;
  REQUIRE(instance.bindInput(0, &good).ok());
  auto message = [&](auto change) {
    ds_tensor_t bad = good;
    change(bad);
    Status status = instance.bindInput(0, &bad);
    CHECK(status.code() == DS_WRONG_USE);
    return status.message();
  };
  CHECK(message([](ds_tensor_t &t) { t.element_type = DS_INT32; }) ==
        "input 'x' expects float32 [?, 2], found int32 [2, 2]: the element "
        "type differs");
  CHECK(message([](ds_tensor_t &t) { t.element_type = 99; }) ==
        "input 'x' expects float32 [?, 2], found element type 99 [2, 2]: the "
        "element type differs");
  CHECK(message([](ds_tensor_t &t) { t.rank = 1; }) ==
        "input 'x' expects float32 [?, 2], found float32 [2]: the rank is 1, "
        "not 2");
  CHECK(
      message([](ds_tensor_t &t) { t.rank = -1; }) ==
      "input 'x' expects a rank from 0 to 16 with its extents, found rank -1");
  CHECK(message([](ds_tensor_t &t) { t.dims = nullptr; }) ==
        "input 'x' expects a rank from 0 to 16 with its extents, found rank 2");
  CHECK(message([&](ds_tensor_t &t) { t.dims = other.data(); }) ==
        "input 'x' expects float32 [?, 2], found float32 [2, 3]: dimension 1 "
        "is 3, not 2");
  CHECK_THAT(message([&](ds_tensor_t &t) { t.dims = negative.data(); }),
             EndsWith("dimension 0 is negative"));
  CHECK(message([](ds_tensor_t &t) { t.byte_size = 12; }) ==
        "input 'x' expects 16 bytes for float32 [2, 2], found 12");
  CHECK(message([](ds_tensor_t &t) { t.data = nullptr; }) ==
        "input 'x' expects data, found a null pointer");
  CHECK_THAT(
      message([](ds_tensor_t &t) { t.data = static_cast<char *>(t.data) + 1; }),
      Contains("expects data aligned to 4 bytes"));
  CHECK(instance.bindInput(1, &good).message() ==
        "expected an input index below 1, found 1");
  CHECK(instance.bindInput(-1, &good).code() == DS_WRONG_USE);
}

TEST_CASE("a run names every input that nothing is bound to") {
  TestModel model(nothing);
  model.input("a", DS_FLOAT32, {-1}).input("b", DS_INT64, {});
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  Status status = instance.run();
  CHECK(status.code() == DS_WRONG_USE);
  CHECK(status.message() ==
        "nothing is bound to the input 'a' (float32 [?]), 'b' (int64 [])");
}

TEST_CASE("an input with a default may stay unbound, and unbinding brings the "
          "default back") {
  static constexpr float Weights[] = {0, 7, 8};
  TestModel model(copyInput);
  model.input("x", DS_FLOAT32, {1, 2}, DS_TENSOR, 4)
      .output("y", DS_FLOAT32, {1, 2});
  model.get().weights = Weights;
  model.get().weights_bytes = sizeof Weights;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  auto first = [&] {
    return static_cast<const float *>(instance.output(0)->data)[0];
  };
  REQUIRE(instance.run().ok());
  CHECK(first() == 7);
  std::vector<float> values = {1, 2};
  REQUIRE(runWith(instance, values, {1, 2}).ok());
  CHECK(first() == 1);
  REQUIRE(instance.bindInput(0, nullptr).ok());
  REQUIRE(instance.run().ok());
  CHECK(first() == 7);
}

TEST_CASE("a bound output is written in place, and one that is too small fails "
          "the run") {
  CopyModel model;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<float> values = {1, 2, 3, 4}, result(4);
  ds_tensor_t bound = floats(result, {});
  REQUIRE(instance.bindOutput(0, &bound).ok());
  REQUIRE(runWith(instance, values, {2, 2}).ok());
  CHECK(result == values);
  CHECK(instance.output(0)->data == result.data());
  CHECK(instance.statistics().output_bytes == 0);

  std::vector<float> more(6);
  Status status = runWith(instance, more, {3, 2});
  CHECK(status.code() == DS_WRONG_USE);
  CHECK(
      status.message() ==
      "output 'y' needs 24 bytes for shape [3, 2], found 16 bytes bound to it");
  CHECK(instance.output(0).takeError().code() == DS_WRONG_USE);
  REQUIRE(instance.bindOutput(0, nullptr).ok());
  CHECK(runWith(instance, more, {3, 2}).ok());
}

TEST_CASE("outputs are checked when they are bound") {
  CopyModel model;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<float> values(4);
  ds_tensor_t tensor = floats(values, {});
  tensor.element_type = DS_INT8;
  CHECK(instance.bindOutput(0, &tensor).message() ==
        "output 'y' expects element type float32, found int8");
  tensor = floats(values, {});
  tensor.data = nullptr;
  CHECK(instance.bindOutput(0, &tensor).code() == DS_WRONG_USE);
  CHECK(instance.bindOutput(5, &tensor).message() ==
        "expected an output index below 1, found 5");
}

TEST_CASE("there are no outputs before the first run and after a failed one") {
  CopyModel model;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  CHECK_THAT(instance.output(0).takeError().message(),
             Contains("the instance has no outputs"));
}

TEST_CASE("a run that fails reports the model's message, frees nothing twice, "
          "and the next run works") {
  TestModel model([](ds_run_t *run) {
    ds_rt_alloc(run, 1000); // never freed: the run ends here every other time
    if (*static_cast<const float *>(ds_rt_input_data(run, 0)) < 0)
      ds_rt_fail(run, "expected a positive number, found a negative one");
    *static_cast<float *>(ds_rt_output_data(run, 0, nullptr)) = 1;
  });
  model.input("x", DS_FLOAT32, {}).output("y", DS_FLOAT32, {});
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<float> bad = {-1}, good = {1};
  for (int i = 0; i < 3; ++i) {
    Status status = runWith(instance, bad, {});
    CHECK(status.code() == DS_FAILED);
    CHECK(status.message() ==
          "expected a positive number, found a negative one");
    CHECK(runWith(instance, good, {}).ok());
  }
  CHECK(instance.statistics().runs == 3);
  CHECK(instance.statistics().pool_peak_bytes == 1024);
}

TEST_CASE("negative and absurd sizes end the run with a message") {
  TestModel model([](ds_run_t *run) {
    ds_rt_alloc(run, *static_cast<const int64_t *>(ds_rt_input_data(run, 0)));
  });
  model.input("bytes", DS_INT64, {});
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  auto message = [&](int64_t bytes) {
    ds_tensor_t tensor{sizeof tensor, &bytes, DS_INT64, 0, nullptr, 8};
    REQUIRE(instance.bindInput(0, &tensor).ok());
    Status status = instance.run();
    CHECK(status.code() == DS_FAILED);
    return status.message();
  };
  CHECK(message(-8) ==
        "the run asks for -8 bytes: a shape it computed is negative");
  CHECK(message(INT64_MAX) ==
        "out of memory: the run needs 9223372036854775807 more bytes");
}

TEST_CASE(
    "an output whose computed shape contradicts the signature fails the run") {
  TestModel model([](ds_run_t *run) {
    int64_t dims[] = {3};
    ds_rt_output_data(run, 0, dims);
  });
  model.output("y", DS_FLOAT32, {4});
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  CHECK(instance.run().message() == "output 'y' expects float32 [4], found "
                                    "float32 [3]: dimension 0 is 3, not 4");
}

TEST_CASE("an output that the model never writes fails the run") {
  TestModel model(nothing);
  model.output("y", DS_FLOAT32, {});
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  CHECK(instance.run().message() == "the model did not write its output 'y'");
}

TEST_CASE("the arena has the promised size and alignment, and writing beyond "
          "it is caught") {
  TestModel model([](ds_run_t *run) {
    std::memset(ds_rt_arena(run), 1, 100);
    if (*static_cast<const bool *>(ds_rt_input_data(run, 0)))
      static_cast<char *>(ds_rt_arena(run))[100] = 1;
    if (reinterpret_cast<uintptr_t>(ds_rt_arena(run)) % 64 != 0)
      ds_rt_fail(run, "not aligned");
  });
  model.input("overrun", DS_BOOL, {});
  model.main().arena_bytes = 100;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  CHECK(instance.statistics().arena_bytes == 100);
  bool overrun = false;
  ds_tensor_t tensor{sizeof tensor, &overrun, DS_BOOL, 0, nullptr, 1};
  REQUIRE(instance.bindInput(0, &tensor).ok());
  CHECK(instance.run().ok());
  overrun = true;
  CHECK(instance.run().message() == "the model wrote beyond its arena of 100 "
                                    "bytes: its memory plan is wrong");
}

TEST_CASE("a model of another contract version or for another CPU is refused, "
          "and nothing else works then") {
  CopyModel old, foreign;
  old.get().version = DS_MODEL_VERSION + 1;
  foreign.version().features = "avx2,warp-drive";
  for (TestModel *model :
       {static_cast<TestModel *>(&old), static_cast<TestModel *>(&foreign)}) {
    Instance instance(model->get());
    CHECK(instance.open({}).code() == DS_UNSUPPORTED);
    CHECK(instance.run().message() == "the instance could not be opened");
    CHECK(instance.bindInput(0, nullptr).code() == DS_WRONG_USE);
    CHECK(instance.output(0).takeError().code() == DS_WRONG_USE);
  }
}

TEST_CASE("of several code versions the first that the machine can run is "
          "taken") {
  static constexpr ds_code_version_t Versions[] = {
      {"x86-64 to-come", "warp-drive"},
      {"x86-64 this", "sse2"},
      {"x86-64 any", ""}};
  static void (*const Code[])(ds_run_t *) = {
      [](ds_run_t *run) { ds_rt_fail(run, "the first"); },
      [](ds_run_t *run) { ds_rt_fail(run, "the second"); },
      [](ds_run_t *run) { ds_rt_fail(run, "the third"); }};
  TestModel model(nullptr);
  model.get().code_version_count = 3;
  model.get().code_versions = Versions;
  model.main().run = Code;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  CHECK(instance.run().message() == "the second");

  ds_instance_options_t options{};
  options.code_version = "any";
  Instance chosen(model.get()), unknown(model.get()), foreign(model.get());
  REQUIRE(chosen.open(options).ok());
  CHECK(chosen.run().message() == "the third");
  CHECK(std::string_view(chosen.target()) == "x86-64 any");
  options.code_version = "warp";
  CHECK(unknown.open(options).code() == DS_WRONG_USE);
  CHECK(unknown.open(options).message() ==
        "the model has no code version 'warp'; it has 'to-come', 'this', "
        "'any'");
  options.code_version = "to-come";
  CHECK(foreign.open(options).code() == DS_UNSUPPORTED);
  CHECK(foreign.open(options).message() ==
        "code version 'to-come': the program needs the CPU feature "
        "'warp-drive', which this runtime does not know how to check");
}

TEST_CASE("a machine that can run no code version is told what the least "
          "demanding one lacks") {
  // XOP and AMX are on no machine at once.
  static constexpr ds_code_version_t Versions[] = {
      {"x86-64 best", "xop,amx-tile,sse2"}, {"x86-64 least", "xop,amx-tile"}};
  TestModel model(nullptr);
  model.get().code_version_count = 2;
  model.get().code_versions = Versions;
  Instance instance(model.get());
  Status status = instance.open({});
  CHECK(status.code() == DS_UNSUPPORTED);
  CHECK(status.message().starts_with(
      "code version 'least', which asks the least: the program needs the CPU "
      "feature "));
}

TEST_CASE("an instance runs the entry point it was opened for, and one that "
          "is not there is refused") {
  static void (*const First[])(ds_run_t *) = {
      [](ds_run_t *run) { ds_rt_fail(run, "the first"); }};
  static void (*const Second[])(ds_run_t *) = {
      [](ds_run_t *run) { ds_rt_fail(run, "the second"); }};
  ds_function_t functions[2] = {};
  functions[0].name = "step";
  functions[0].run = First;
  functions[1].name = "evaluate";
  functions[1].run = Second;
  TestModel model(nullptr);
  model.get().function_count = 2;
  model.get().functions = functions;
  ds_instance_options_t options{};
  Instance first(model.get()), second(model.get()), third(model.get());
  REQUIRE(first.open(options).ok());
  options.function = 1;
  REQUIRE(second.open(options).ok());
  options.function = 2;
  CHECK(third.open(options).message() ==
        "expected the index of an entry point below 2, found 2");
  CHECK(first.run().message() == "the first");
  CHECK(second.run().message() == "the second");
}

TEST_CASE("an output may be bound to the memory of its donor") {
  TestModel model([](ds_run_t *run) {
    auto *from = static_cast<const float *>(ds_rt_input_data(run, 0));
    float value = *from;
    *static_cast<float *>(ds_rt_output_data(run, 0, nullptr)) = value + 1;
  });
  model.input("w", DS_FLOAT32, {}).output("w", DS_FLOAT32, {});
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  float w = 1;
  ds_tensor_t tensor{sizeof tensor, &w, DS_FLOAT32, 0, nullptr, sizeof w};
  REQUIRE(instance.bindInput(0, &tensor).ok());
  REQUIRE(instance.bindOutput(0, &tensor).ok());
  REQUIRE(instance.run().ok());
  REQUIRE(instance.run().ok());
  CHECK(w == 3);
}

TEST_CASE("an arena that no machine has is out of memory") {
  CopyModel model;
  model.main().arena_bytes = int64_t{1} << 60;
  Instance instance(model.get());
  CHECK(instance.open({}).message() ==
        "out of memory: the model's arena needs 1152921504606846976 bytes");
}

//===----------------------------------------------------------------------===//
// Observation
//===----------------------------------------------------------------------===//

namespace {

/// Arguments: x, its extent, y, its extent.
void reciprocal(void **arguments) {
  auto *x = static_cast<const float *>(arguments[0]);
  auto *y = static_cast<float *>(arguments[2]);
  for (intptr_t i = 0; i < reinterpret_cast<intptr_t>(arguments[1]); ++i)
    y[i] = 1 / x[i];
}

/// y = 1 / x, and then y = 1 / y in place.
void runReciprocals(ds_run_t *run) {
  int64_t count = ds_rt_input_dim(run, 0, 0);
  void *y = ds_rt_output_data(run, 0, &count),
       *extent = reinterpret_cast<void *>(static_cast<intptr_t>(count));
  void *first[] = {const_cast<void *>(ds_rt_input_data(run, 0)), extent, y,
                   extent};
  ds_rt_launch(run, 0, reciprocal, first);
  void *second[] = {y, extent, y, extent};
  ds_rt_launch(run, 1, reciprocal, second);
}

struct ReciprocalModel : TestModel {
  static constexpr int64_t InSlot1[] = {-2};
  static constexpr int64_t InSlot3[] = {-4};
  ReciprocalModel() : TestModel(runReciprocals) {
    input("x", DS_FLOAT32, {-1}).output("y", DS_FLOAT32, {-1});
    std::vector<ds_launch_argument_t> arguments = {
        {0, DS_FLOAT32, 1, 0, InSlot1}, {2, DS_FLOAT32, 1, 1, InSlot3}};
    launch("kernel_a", "Div_1, Mul_2", arguments)
        .launch("kernel_b", "Div_3", arguments);
  }
};

} // namespace

TEST_CASE(
    "check-numerics names the nodes, the place, and the ranges of the inputs") {
  ReciprocalModel model;
  Instance instance(model.get());
  REQUIRE(instance
              .open({.struct_size = sizeof(ds_instance_options_t),
                     .check_numerics = 1,
                     .profile = 0,
                     .function = 0,
                     .code_version = nullptr})
              .ok());
  std::vector<float> fine = {1, 2}, zero = {4, -3, -0.0f};
  CHECK(runWith(instance, fine, {2}).ok());
  Status status = runWith(instance, zero, {3});
  CHECK(status.code() == DS_FAILED);
  CHECK(status.message() ==
        "check-numerics: node 'Div_1, Mul_2' (kernel 'kernel_a') wrote -Inf at "
        "[2] of float32 [3]; its inputs:\n"
        "  #0 float32 [3] from -3 to 4");
}

TEST_CASE("check-numerics reports inputs that the kernel overwrote as they "
          "were before") {
  ReciprocalModel model;
  Instance instance(model.get());
  REQUIRE(instance
              .open({.struct_size = sizeof(ds_instance_options_t),
                     .check_numerics = 1,
                     .profile = 0,
                     .function = 0,
                     .code_version = nullptr})
              .ok());
  // The reciprocal of the largest float is 2^-128, and the reciprocal of that
  // is Inf.
  std::vector<float> values = {2, std::numeric_limits<float>::max()};
  Status status = runWith(instance, values, {2});
  CHECK_THAT(status.message(), Contains("node 'Div_3'") &&
                                   Contains("wrote Inf at [1]") &&
                                   Contains("to 0.5") && !Contains("1 Inf"));
}

TEST_CASE("without check-numerics the same run succeeds") {
  ReciprocalModel model;
  Instance instance(model.get());
  REQUIRE(instance.open({}).ok());
  std::vector<float> zero = {0};
  CHECK(runWith(instance, zero, {1}).ok());
  CHECK(instance.profile() == nullptr);
}

TEST_CASE("a profile has an event per launch and run, with the nodes") {
  ReciprocalModel model;
  Instance instance(model.get());
  REQUIRE(instance
              .open({.struct_size = sizeof(ds_instance_options_t),
                     .check_numerics = 0,
                     .profile = 1,
                     .function = 0,
                     .code_version = nullptr})
              .ok());
  std::vector<float> values = {1};
  REQUIRE(runWith(instance, values, {1}).ok());
  REQUIRE(instance.run().ok());
  const std::string *text = instance.profile();
  REQUIRE(text);
  auto count = [&](const std::string &what) {
    size_t found = 0;
    for (size_t at = text->find(what); at != std::string::npos;
         at = text->find(what, at + 1))
      ++found;
    return found;
  };
  CHECK(count("\"ph\":\"X\"") == 6);
  CHECK(count("\"name\":\"kernel_a\"") == 2);
  CHECK(count("\"nodes\":\"Div_1, Mul_2\"") == 2);
  CHECK(count("\"name\":\"run 1\"") == 1);
}
