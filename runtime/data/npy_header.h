//===- npy_header.h - the header of NumPy's array format ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parses and prints the header of .npy data, formats 1.0 to 3.0.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_NPY_HEADER_H
#define DS_RUNTIME_DATA_NPY_HEADER_H

#include "runtime/base/status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ds {

/// Most bytes of data that hold a header: what a reader of a stream must have
/// in hand before it parses.
constexpr size_t MaxNpyHeader = 65536 + 12;

struct NpyHeader {
  std::string type; ///< "<f4", as the file says
  char kind;        ///< NumPy's letter: b i u f c U V S
  size_t itemSize;  ///< bytes of an element
  bool fortranOrder;
  std::vector<int64_t> dims;
  size_t dataOffset;
  size_t dataSize; ///< bytes of all elements
};

/// True when the data begin like a .npy file.
bool isNpy(std::span<const std::byte> data);

/// Parses the header at the start of `prefix`, which holds all or the first
/// MaxNpyHeader bytes of `totalSize` bytes of data. Malformed data, pickles,
/// and data whose size is not what the header says are DS_BAD_FILE; element
/// types that no tensor has (big-endian, structured, dates) are DS_WRONG_USE.
Result<NpyHeader> parseNpyHeader(std::span<const std::byte> prefix,
                                 size_t totalSize);

/// The header of a C-ordered array; its length is a multiple of 64.
std::string printNpyHeader(const std::string &type,
                           std::span<const int64_t> dims);

} // namespace ds

#endif // DS_RUNTIME_DATA_NPY_HEADER_H
