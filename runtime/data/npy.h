//===- npy.h - tensors in NumPy's array format ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes tensors of every element type as .npy data; types that NumPy
// lacks travel in integers.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_NPY_H
#define DS_RUNTIME_DATA_NPY_H

#include "runtime/data/npy_header.h"
#include "runtime/data/tensor.h"

namespace ds {

/// Checks that data with this header may be read as `expected`: an element type
/// in one of its spellings, the rank, static extents. `what` begins the
/// message. A mismatch is DS_WRONG_USE.
Status checkNpyHeader(const std::string &what, const Signature &expected,
                      const NpyHeader &header);

/// Reads .npy data as a tensor of `expected`. `file`, when given, owns the
/// data: then the tensor may refer to it instead of copying. Malformed data are
/// DS_BAD_FILE.
Result<Tensor> readNpy(const std::string &what, const Signature &expected,
                       std::span<const std::byte> data,
                       std::shared_ptr<const FileView> file);

/// .npy data in two pieces.
struct NpyPieces {
  std::string header;
  std::string converted;               ///< strings in NumPy's form; else empty
  std::span<const std::byte> elements; ///< what follows the header: the
                                       ///< tensor's own memory, or `converted`

  NpyPieces() = default;
  NpyPieces(const NpyPieces &) =
      delete; // `elements` may point into `converted`
  NpyPieces &operator=(const NpyPieces &) = delete;
};

/// Prepares a tensor for writing; the pieces refer to it.
void printNpy(const TensorView &tensor, NpyPieces &pieces);

} // namespace ds

#endif // DS_RUNTIME_DATA_NPY_H
