//===- sample_model.cpp - a model object written by hand ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Stands for what ds-compile generates, in every way the runtime can see:
// dynamic extents, a default input, a buffer from the pool, one in the arena,
// launches with arguments, weights. With DS_SAMPLE_NOBITS the weights are the
// empty section that compiler/Link fills; otherwise an array.
//
//===----------------------------------------------------------------------===//
#include "test/runtime/sample_model.h"

#include "ds/model.h"

#include <array>
#include <cstring>

using namespace ds::test;

#ifdef DS_SAMPLE_NOBITS
asm(".section .ds.weights,\"a\",@nobits\n"
    ".p2align 12\n"
    ".globl ds_weights\n"
    ".hidden ds_weights\n"
    ".type ds_weights,@object\n"
    ".size ds_weights,20000\n"
    "ds_weights: .zero 20000\n"
    ".text\n");
static_assert(SampleWeightCount * sizeof(float) == 20000);
extern "C" __attribute__((visibility("hidden"))) const float ds_weights[];
#else
static constexpr auto Weights = [] {
  std::array<float, SampleWeightCount> values{};
  for (int64_t i = 0; i < SampleWeightCount; ++i)
    values[i] = sampleWeight(i);
  return values;
}();
static const float *const ds_weights = Weights.data();
#endif

namespace {

/// Borders as ds_parallel_for gives them; the context is the launch's argument
/// array.
template <void (*Row)(void **arguments, int64_t row)>
void forRows(void **arguments, int64_t rows) {
  ds_parallel_for(
      [](void *context, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
          Row(static_cast<void **>(context), row);
      },
      arguments, rows);
}

/// Arguments: x, rows, factors, scaled, rows.
void scaleRow(void **arguments, int64_t row) {
  auto *x = static_cast<const float *>(arguments[0]),
       *factors = static_cast<const float *>(arguments[2]);
  for (int64_t i = 0; i < 3; ++i)
    static_cast<float *>(arguments[3])[row * 3 + i] =
        x[row * 3 + i] * factors[i];
}
void scale(void **arguments) {
  forRows<scaleRow>(arguments, reinterpret_cast<intptr_t>(arguments[1]));
}

/// Arguments: scaled, rows, bias, y, rows.
void addRow(void **arguments, int64_t row) {
  auto *scaled = static_cast<const float *>(arguments[0]),
       *bias = static_cast<const float *>(arguments[2]);
  for (int64_t i = 0; i < 3; ++i)
    static_cast<float *>(arguments[3])[row * 3 + i] =
        scaled[row * 3 + i] + bias[i];
}
void add(void **arguments) {
  forRows<addRow>(arguments, reinterpret_cast<intptr_t>(arguments[1]));
}

void run(ds_run_t *run) {
  int64_t rows = ds_rt_input_dim(run, 0, 0);
  if (rows == UnluckyBatch)
    ds_rt_fail(run, "expected any batch but 13, found 13");
  auto slot = [](int64_t value) {
    return reinterpret_cast<void *>(static_cast<intptr_t>(value));
  };
  auto data = [](const void *pointer) { return const_cast<void *>(pointer); };
  auto *factors = static_cast<float *>(ds_rt_arena(run));
  std::memcpy(factors, ds_weights, 3 * sizeof(float));
  void *scaled = ds_rt_alloc(run, rows * 3 * sizeof(float));
  void *scaleArguments[] = {data(ds_rt_input_data(run, 0)), slot(rows), factors,
                            scaled, slot(rows)};
  ds_rt_launch(run, 0, scale, scaleArguments);
  int64_t dims[] = {rows, 3};
  void *y = ds_rt_output_data(run, 0, dims);
  void *addArguments[] = {scaled, slot(rows), data(ds_rt_input_data(run, 1)), y,
                          slot(rows)};
  ds_rt_launch(run, 1, add, addArguments);
  ds_rt_free(run, scaled);
  *static_cast<int64_t *>(ds_rt_output_data(run, 1, nullptr)) = rows;
}

constexpr int64_t RowsBy3[] = {-1, 3};
constexpr int64_t Three[] = {3};
constexpr const char *RowsNames[] = {"batch", nullptr};
constexpr const char *NoNames[] = {nullptr};
constexpr ds_tensor_info_t Inputs[] = {
    {"x", DS_TENSOR, DS_FLOAT32, 2, RowsBy3, RowsNames, DS_NO_DEFAULT,
     DS_ROLE_DATA, -1},
    {"bias", DS_TENSOR, DS_FLOAT32, 1, Three, NoNames, 12, DS_ROLE_DATA, -1},
};
constexpr ds_tensor_info_t Outputs[] = {
    {"y/0", DS_TENSOR, DS_FLOAT32, 2, RowsBy3, RowsNames, DS_NO_DEFAULT,
     DS_ROLE_DATA, -1},
    {"rows", DS_TENSOR, DS_INT64, 0, nullptr, nullptr, DS_NO_DEFAULT,
     DS_ROLE_DATA, -1},
};
constexpr int64_t RowsInSlot1[] = {-2, 3};
constexpr int64_t RowsInSlot4[] = {-5, 3};
constexpr ds_launch_argument_t ScaleArguments[] = {
    {0, DS_FLOAT32, 2, 0, RowsInSlot1},
    {2, DS_FLOAT32, 1, 0, Three},
    {3, DS_FLOAT32, 2, 1, RowsInSlot4},
};
constexpr ds_launch_info_t Launches[] = {
    {"scale", "Mul_0", 3, ScaleArguments},
    {"add", "Add_1, Add_2", 3, ScaleArguments},
};
constexpr ds_metadata_t Metadata[] = {{"author", "the \"test\" suite"},
                                      {"task", "scaling"}};

constexpr ds_code_version_t CodeVersions[] = {{"x86-64", "sse2"}};
constexpr void (*Code[])(ds_run_t *) = {run};
constexpr ds_function_t Functions[] = {{"main", 2, 2, 2, 0, Inputs, Outputs,
                                        Launches, 3 * sizeof(float),
                                        "{\"peak\":12}", Code}};

} // namespace

extern "C" {
extern const ds_model_t ds_model;
const ds_model_t ds_model = {DS_MODEL_MAGIC,
                             DS_MODEL_VERSION,
                             1,
                             1,
                             2,
                             "sample",
                             "by hand",
                             CodeVersions,
                             Functions,
                             Metadata,
                             ds_weights,
                             SampleWeightCount * sizeof(float)};
}
