//===- HostTensor.h - a dense tensor value inside the compiler ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_HOSTTENSOR_H
#define DS_DIALECTS_INTERFACES_HOSTTENSOR_H

#include "dialects/Interfaces/Scalar.h"

#include "llvm/ADT/SmallVector.h"

#include <memory>

namespace ds {

/// A dense, row-major tensor in host memory: what the evaluator computes on and
/// constants are folded to. Elements narrower than a byte take a byte each.
/// Copies share the data.
class HostTensor {
public:
  HostTensor() = default;
  /// Zero-filled storage.
  HostTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape);
  /// A view of memory that outlives every copy; read only.
  static HostTensor view(mlir::Type elementType, llvm::ArrayRef<int64_t> shape,
                         const void *data);

  mlir::Type elementType() const { return element; }
  llvm::ArrayRef<int64_t> shape() const { return extents; }
  int64_t rank() const { return static_cast<int64_t>(extents.size()); }
  int64_t numElements() const;
  int64_t numBytes() const { return numElements() * elementBytes(element); }

  const char *data() const { return base; }
  /// Only for tensors that own their storage.
  char *mutableData() { return storage.get(); }

  /// Element access by row-major position.
  Scalar get(int64_t position) const {
    return loadScalar(element, base + position * elementBytes(element));
  }
  void set(int64_t position, Scalar value) {
    storeScalar(element, value,
                storage.get() + position * elementBytes(element));
  }
  double getDouble(int64_t position) const {
    Scalar s = get(position);
    return s.isFloat ? s.f : static_cast<double>(s.i);
  }
  int64_t getInt(int64_t position) const {
    Scalar s = get(position);
    return s.isFloat ? static_cast<int64_t>(s.f) : s.i;
  }

private:
  mlir::Type element;
  llvm::SmallVector<int64_t> extents;
  std::shared_ptr<char[]> storage;
  const char *base = nullptr;
};

} // namespace ds

#endif // DS_DIALECTS_INTERFACES_HOSTTENSOR_H
