//===- sample_model.h - a model object written by hand --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the sample computes: y = x * weights + bias row by row, and the number
// of rows.
//===----------------------------------------------------------------------===//
#ifndef DS_TEST_RUNTIME_SAMPLE_MODEL_H
#define DS_TEST_RUNTIME_SAMPLE_MODEL_H

#include <cstdint>

namespace ds::test {

/// Floats in the weights: three factors, three default biases, and padding that
/// makes them no multiple of a page.
constexpr int64_t SampleWeightCount = 5000;

/// The weights: 2, 3, 4; then 0.5, 0.25, 0.125; then the index.
constexpr float sampleWeight(int64_t index) {
  constexpr float First[] = {2, 3, 4, 0.5f, 0.25f, 0.125f};
  return index < 6 ? First[index] : static_cast<float>(index);
}

/// A batch of this size makes the sample fail on purpose.
constexpr int64_t UnluckyBatch = 13;

} // namespace ds::test

#endif // DS_TEST_RUNTIME_SAMPLE_MODEL_H
