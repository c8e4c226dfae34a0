//===- summary.cpp - outputs in a few words -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/summary.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <cmath>

namespace ds {
namespace {

constexpr int64_t ShownValues = 8;
constexpr int64_t ShownLetters = 40;

std::string realText(double value) {
  return std::isnan(value) ? "nan" : format("%.6g", value);
}

std::string valueText(const TensorView &tensor, int64_t index) {
  switch (tensor.elementType) {
  case DS_STRING: {
    const ds_string_t &string =
        static_cast<const ds_string_t *>(tensor.data)[index];
    return quoted(std::string_view(string.data,
                                   std::min(string.size, ShownLetters))) +
           (string.size > ShownLetters ? "..." : "");
  }
  case DS_BOOL:
    return static_cast<const uint8_t *>(tensor.data)[index] ? "true" : "false";
  case DS_INT64: // beyond what a double holds
    return std::to_string(static_cast<const int64_t *>(tensor.data)[index]);
  case DS_UINT64:
    return std::to_string(static_cast<const uint64_t *>(tensor.data)[index]);
  case DS_COMPLEX64:
  case DS_COMPLEX128: {
    int32_t part = tensor.elementType == DS_COMPLEX64 ? DS_FLOAT32 : DS_FLOAT64;
    double imaginary = elementAsDouble(part, tensor.data, 2 * index + 1);
    return realText(elementAsDouble(part, tensor.data, 2 * index)) +
           (std::signbit(imaginary) ? "-" : "+") +
           realText(std::fabs(imaginary)) + "i";
  }
  default:
    return realText(elementAsDouble(tensor.elementType, tensor.data, index));
  }
}

/// "min 0  max 3  mean 1.5  (2 NaN)"; NaN take no part in the numbers.
std::string statistics(const TensorView &tensor, int64_t count) {
  double smallest = INFINITY, largest = -INFINITY, sum = 0;
  int64_t nans = 0;
  for (int64_t i = 0; i < count; ++i) {
    double value = elementAsDouble(tensor.elementType, tensor.data, i);
    if (std::isnan(value)) {
      ++nans;
      continue;
    }
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
    sum += value;
  }
  std::string text;
  if (nans < count)
    text = "  min " + realText(smallest) + "  max " + realText(largest) +
           "  mean " + realText(sum / static_cast<double>(count - nans));
  if (nans > 0)
    text += format("  (%lld NaN)", static_cast<long long>(nans));
  return text;
}

} // namespace

std::string summarize(std::string_view name, const TensorView &tensor) {
  int64_t count = tensor.count();
  std::string text = std::string(name) + ": " +
                     Signature{tensor.elementType, tensor.dims}.text();
  if (count == 0)
    return text + "  empty\n";
  bool isReal = tensor.elementType != DS_STRING &&
                tensor.elementType != DS_COMPLEX64 &&
                tensor.elementType != DS_COMPLEX128;
  if (isReal && count > 1)
    text += statistics(tensor, count);
  text += "\n  ";
  for (int64_t i = 0; i < std::min(count, ShownValues); ++i)
    text += (i > 0 ? " " : "") + valueText(tensor, i);
  return text + (count > ShownValues ? " ...\n" : "\n");
}

} // namespace ds
