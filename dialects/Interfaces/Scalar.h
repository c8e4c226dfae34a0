//===- Scalar.h - one element in reference precision ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_SCALAR_H
#define DS_DIALECTS_INTERFACES_SCALAR_H

#include "mlir/IR/BuiltinTypes.h"

#include <cstdint>

namespace ds {

/// One element of a tensor: a float as f64, anything else as a 64-bit integer
/// (sign- or zero-extended, as its type says).
struct Scalar {
  bool isFloat = false;
  double f = 0;
  int64_t i = 0;

  static Scalar fromDouble(double value) { return {true, value, 0}; }
  static Scalar fromInt(int64_t value) { return {false, 0, value}; }
  uint64_t u() const { return static_cast<uint64_t>(i); }
};

/// Bytes one element takes in a buffer: 2- and 4-bit types and i1 take one.
int64_t elementBytes(mlir::Type elementType);

/// Reads the element at `data`, whose type is any float, integer or index type.
Scalar loadScalar(mlir::Type elementType, const void *data);

/// Writes `value` to `data`: floats are rounded to nearest even (and overflow
/// to infinity or NaN as the type has them), integers wrap, and a float stored
/// to an integer type is truncated towards zero and saturates.
void storeScalar(mlir::Type elementType, Scalar value, void *data);

} // namespace ds

#endif // DS_DIALECTS_INTERFACES_SCALAR_H
