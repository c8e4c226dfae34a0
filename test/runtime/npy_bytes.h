//===- npy_bytes.h - .npy data made by hand -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Good and bad .npy data for the readers' tests, without the project's own
// writer.
//===----------------------------------------------------------------------===//
#ifndef DS_TEST_RUNTIME_NPY_BYTES_H
#define DS_TEST_RUNTIME_NPY_BYTES_H

#include "runtime/data/npy.h"

#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace ds::test {

/// Magic, version, length and header text, without any padding.
inline std::string npyHeader(const std::string &text, int major = 1,
                             int minor = 0) {
  std::string result = "\x93NUMPY";
  result += static_cast<char>(major);
  result += static_cast<char>(minor);
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    result += static_cast<char>(text.size() >> 8 * i);
  return result + text;
}

/// A dict as numpy prints it.
inline std::string npyDict(const std::string &type, const std::string &shape,
                           bool fortran = false) {
  return "{'descr': '" + type +
         "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }\n";
}

template <typename T>
std::string rawBytes(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

inline std::span<const std::byte> asBytes(const std::string &text) {
  return std::as_bytes(std::span(text));
}

inline Result<Tensor> readText(const std::string &data, int32_t type,
                               std::vector<int64_t> dims) {
  return readNpy("input 'x'", {type, dims}, asBytes(data), nullptr);
}

/// The elements of a tensor.
template <typename T>
std::vector<T> elements(const Tensor &tensor) {
  std::vector<T> values(tensor.count());
  if (!values.empty())
    std::memcpy(values.data(), tensor.data, values.size() * sizeof(T));
  return values;
}

/// What the project writes for a tensor.
inline std::string written(const TensorView &tensor) {
  NpyPieces pieces;
  printNpy(tensor, pieces);
  return pieces.header +
         std::string(reinterpret_cast<const char *>(pieces.elements.data()),
                     pieces.elements.size());
}

} // namespace ds::test

#endif // DS_TEST_RUNTIME_NPY_BYTES_H
