//===- job_model.cpp - a training job written by hand ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Stands for what ds-compile --train generates, in every way the trainer can
// see: data, a label, a mask, parameters with and without initial values, slots
// of an optimizer, a running statistic, numbers, metrics.
//
// scores = (x - mean) w + b; the loss is the mean of softmax cross entropy;
// momentum 0.9 as PyTorch's SGD has it; a gradient has noise of the step's key,
// so that a wrong key shows in the bits. test_trainer.py has it once more.
//
//===----------------------------------------------------------------------===//
#include "ds/model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

constexpr int64_t Batch = 8, Features = 4, Classes = 3;
constexpr float Momentum = 0.9f, Noise = 1e-3f, MeanRate = 0.1f;

/// Twelve weights; the biases have no initial value, which means zero.
constexpr float Weights[Features * Classes] = {0.1f,  -0.2f,  0.3f,  0.05f,
                                               0.15f, -0.25f, -0.1f, 0.2f,
                                               -0.3f, 0.0f,   0.1f,  0.2f};

/// splitmix64's finaliser.
uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

/// From -0.5 to 0.5.
float noise(uint64_t key, uint64_t index) {
  uint64_t bits = mix(key + (index + 1) * 0x9E3779B97F4A7C15);
  return static_cast<float>(static_cast<double>(bits >> 11) * 0x1p-53 - 0.5);
}

struct Arguments {
  const float *x;
  const int64_t *label;
  const float *mask; ///< null: all count
  const float *w, *b, *mean;
};

/// Softmax of each example, and the metrics.
void forward(const Arguments &in, float (*probability)[Classes], float *loss,
             float *accuracy) {
  float sum = 0, right = 0, count = 0;
  for (int64_t n = 0; n < Batch; ++n) {
    float scores[Classes];
    for (int64_t c = 0; c < Classes; ++c) {
      scores[c] = in.b[c];
      for (int64_t f = 0; f < Features; ++f)
        scores[c] +=
            (in.x[n * Features + f] - in.mean[f]) * in.w[f * Classes + c];
    }
    float top = *std::max_element(scores, scores + Classes), total = 0;
    for (int64_t c = 0; c < Classes; ++c)
      total += probability[n][c] = std::exp(scores[c] - top);
    for (int64_t c = 0; c < Classes; ++c)
      probability[n][c] /= total;
    float weight = in.mask ? in.mask[n] : 1;
    sum -= weight * (scores[in.label[n]] - top - std::log(total));
    right += weight * static_cast<float>(
                          std::max_element(scores, scores + Classes) - scores ==
                          in.label[n]);
    count += weight;
  }
  *loss = sum / count;
  *accuracy = right / count;
}

void update(const float *value, const float *slot, float gradient, float rate,
            int64_t index, float *newValue, float *newSlot) {
  newSlot[index] = Momentum * slot[index] + gradient;
  newValue[index] = value[index] - rate * newSlot[index];
}

template <typename T>
const T *input(ds_run_t *run, int32_t index) {
  return static_cast<const T *>(ds_rt_input_data(run, index));
}

template <typename T>
T *output(ds_run_t *run, int32_t index, const int64_t *dims) {
  return static_cast<T *>(ds_rt_output_data(run, index, dims));
}

constexpr int64_t XDims[] = {Batch, Features}, BatchDims[] = {Batch},
                  WDims[] = {Features, Classes}, BDims[] = {Classes},
                  MeanDims[] = {Features};

/// A launch's arguments: the loss, which --check-numerics looks at.
void nothing(void **) {}

void step(ds_run_t *run) {
  Arguments in{
      input<float>(run, 0), input<int64_t>(run, 1), nullptr,
      input<float>(run, 2), input<float>(run, 3),   input<float>(run, 6)};
  auto *probability = static_cast<float (*)[Classes]>(ds_rt_arena(run));
  auto *gradients = reinterpret_cast<float *>(probability + Batch);
  float rate = *input<float>(run, 7);
  auto number = static_cast<float>(*input<int64_t>(run, 8));
  uint64_t key = *input<uint64_t>(run, 9);
  auto *loss = output<float>(run, 0, nullptr);
  auto *accuracy = output<float>(run, 1, nullptr);
  forward(in, probability, loss, accuracy);
  void *launchArguments[] = {loss};
  ds_rt_launch(run, 0, nothing, launchArguments);
  std::fill_n(gradients, Features * Classes + Classes, 0.0f);
  float *biasGradients = gradients + Features * Classes;
  for (int64_t n = 0; n < Batch; ++n)
    for (int64_t c = 0; c < Classes; ++c) {
      float g = (probability[n][c] - static_cast<float>(in.label[n] == c)) /
                static_cast<float>(Batch);
      biasGradients[c] += g;
      for (int64_t f = 0; f < Features; ++f)
        gradients[f * Classes + c] += g * (in.x[n * Features + f] - in.mean[f]);
    }
  for (int64_t i = 0; i < Features * Classes; ++i)
    gradients[i] += Noise * noise(key, i);
  // Inputs are read to the end before the outputs that replace them are
  // written.
  float mean[Features] = {};
  for (int64_t f = 0; f < Features; ++f) {
    for (int64_t n = 0; n < Batch; ++n)
      mean[f] += in.x[n * Features + f] / static_cast<float>(Batch);
    mean[f] = in.mean[f] + MeanRate * (mean[f] - in.mean[f]);
  }
  float *w = output<float>(run, 2, WDims), *b = output<float>(run, 3, BDims),
        *wSlot = output<float>(run, 4, WDims),
        *bSlot = output<float>(run, 5, BDims);
  for (int64_t i = 0; i < Features * Classes; ++i)
    update(in.w, input<float>(run, 4), gradients[i], rate, i, w, wSlot);
  for (int64_t c = 0; c < Classes; ++c)
    update(in.b, input<float>(run, 5), biasGradients[c], rate, c, b, bSlot);
  std::copy_n(mean, Features, output<float>(run, 6, MeanDims));
  *output<float>(run, 7, nullptr) = number;
}

void evaluate(ds_run_t *run) {
  Arguments in{input<float>(run, 0), input<int64_t>(run, 1),
               input<float>(run, 2), input<float>(run, 3),
               input<float>(run, 4), input<float>(run, 5)};
  forward(in, static_cast<float (*)[Classes]>(ds_rt_arena(run)),
          output<float>(run, 0, nullptr), output<float>(run, 1, nullptr));
}

constexpr const char *NoNames[] = {nullptr, nullptr};
constexpr ds_tensor_info_t value(const char *name, int32_t type, int32_t rank,
                                 const int64_t *dims, int32_t role,
                                 int64_t defaultOffset = DS_NO_DEFAULT,
                                 int32_t donor = -1) {
  return {name,    DS_TENSOR,     type, rank, dims,
          NoNames, defaultOffset, role, donor};
}
constexpr ds_tensor_info_t X = value("x", DS_FLOAT32, 2, XDims, DS_ROLE_DATA);
constexpr ds_tensor_info_t Label =
    value("label", DS_INT64, 1, BatchDims, DS_ROLE_DATA);
constexpr ds_tensor_info_t W =
    value("w", DS_FLOAT32, 2, WDims, DS_ROLE_PARAMETER, 0);
constexpr ds_tensor_info_t B =
    value("b", DS_FLOAT32, 1, BDims, DS_ROLE_PARAMETER, DS_ZERO_DEFAULT);
constexpr ds_tensor_info_t Mean =
    value("norm.mean", DS_FLOAT32, 1, MeanDims, DS_ROLE_STATE, DS_ZERO_DEFAULT);
constexpr ds_tensor_info_t metric(const char *name) {
  return value(name, DS_FLOAT32, 0, nullptr, DS_ROLE_METRIC);
}

constexpr ds_tensor_info_t StepInputs[] = {
    X,
    Label,
    W,
    B,
    value("w/momentum", DS_FLOAT32, 2, WDims, DS_ROLE_STATE, DS_ZERO_DEFAULT),
    value("b/momentum", DS_FLOAT32, 1, BDims, DS_ROLE_STATE, DS_ZERO_DEFAULT),
    Mean,
    value("lr", DS_FLOAT32, 0, nullptr, DS_ROLE_HYPER),
    value("step", DS_INT64, 0, nullptr, DS_ROLE_HYPER),
    value("key", DS_UINT64, 0, nullptr, DS_ROLE_HYPER),
};
constexpr ds_tensor_info_t StepOutputs[] = {
    metric("loss"),
    metric("accuracy"),
    value("w", DS_FLOAT32, 2, WDims, DS_ROLE_PARAMETER, DS_NO_DEFAULT, 2),
    value("b", DS_FLOAT32, 1, BDims, DS_ROLE_PARAMETER, DS_NO_DEFAULT, 3),
    value("w/momentum", DS_FLOAT32, 2, WDims, DS_ROLE_STATE, DS_NO_DEFAULT, 4),
    value("b/momentum", DS_FLOAT32, 1, BDims, DS_ROLE_STATE, DS_NO_DEFAULT, 5),
    value("norm.mean", DS_FLOAT32, 1, MeanDims, DS_ROLE_STATE, DS_NO_DEFAULT,
          6),
    metric("seen_step"),
};
constexpr ds_tensor_info_t EvaluateInputs[] = {
    X, Label, value("counts", DS_FLOAT32, 1, BatchDims, DS_ROLE_DATA),
    W, B,     Mean,
};
constexpr ds_tensor_info_t EvaluateOutputs[] = {metric("loss"),
                                                metric("accuracy")};
constexpr ds_launch_argument_t LossArgument[] = {
    {0, DS_FLOAT32, 0, 1, nullptr}};
constexpr ds_launch_info_t Launches[] = {
    {"loss", "SoftmaxCrossEntropy_7", 1, LossArgument}};
constexpr ds_metadata_t Metadata[] = {
    {"train.lr", "0.5"},    {"train.lr_schedule", "linear"},
    {"train.warmup", "3"},  {"train.label", "label"},
    {"train.classes", "3"}, {"train.mask", "counts"},
    {"train.seed", "7"}};

void (*const StepCode[])(ds_run_t *) = {step};
void (*const EvaluateCode[])(ds_run_t *) = {evaluate};
constexpr int64_t ArenaBytes =
    (Batch * Classes + Features * Classes + Classes) * sizeof(float);
const ds_function_t Functions[] = {
    {"step", 10, 8, 1, 0, StepInputs, StepOutputs, Launches, ArenaBytes, "{}",
     StepCode},
    {"evaluate", 6, 2, 0, 0, EvaluateInputs, EvaluateOutputs, nullptr,
     ArenaBytes, "{}", EvaluateCode},
};
constexpr ds_code_version_t Versions[] = {{"x86-64", "sse2"}};

} // namespace

extern "C" {
extern const ds_model_t ds_model;
const ds_model_t ds_model = {
    DS_MODEL_MAGIC, DS_MODEL_VERSION, 1,        2,         7,
    "linear",       "by hand",        Versions, Functions, Metadata,
    Weights,        sizeof Weights,
};
}
