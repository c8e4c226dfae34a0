//===- npz.h - sequences and optionals in .npz archives -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sequence is an archive of 0.npy, 1.npy, ...; an absent optional is one with
// the only member none.npy.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_NPZ_H
#define DS_RUNTIME_DATA_NPZ_H

#include "runtime/data/npy.h"
#include "runtime/data/zip.h"

#include <memory>
#include <vector>

namespace ds {

/// Reads a sequence whose elements are of type `element`. `what` begins
/// messages about types.
Result<std::vector<Tensor>> readSequence(const std::string &what,
                                         const Signature &element,
                                         std::span<const std::byte> data);

/// Reads an optional: .npy data, or an archive that says it is absent. The
/// result has one element or none.
Result<std::vector<Tensor>> readOptional(const std::string &what,
                                         const Signature &element,
                                         std::span<const std::byte> data,
                                         std::shared_ptr<const FileView> file);

/// An archive, ready to be written.
class NpzArchive {
public:
  /// The archive of a sequence; it refers to the tensors.
  explicit NpzArchive(std::span<const TensorView> sequence);
  /// The archive of an absent optional.
  static NpzArchive absent();

  std::span<const std::span<const std::byte>> pieces() const { return parts; }

private:
  NpzArchive() = default;
  void add(const std::string &name, const TensorView &tensor);

  std::vector<std::unique_ptr<NpyPieces>>
      members; ///< behind pointers, since `parts` refers into them
  std::unique_ptr<ZipWriter> writer = std::make_unique<ZipWriter>();
  std::vector<std::span<const std::byte>> parts;
};

} // namespace ds

#endif // DS_RUNTIME_DATA_NPZ_H
