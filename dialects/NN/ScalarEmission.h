//===- ScalarEmission.h - scalar code that rows of the table share --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything here works on scalars and, element by element, on vectors. `emit*`
// makes code, `evaluate*` is the reference on one element. `type`, `from` and
// `to` are element types of nn tensors, where signedness is written; the values
// themselves have the storage type below.
//
//===----------------------------------------------------------------------===//
#ifndef DS_DIALECTS_NN_SCALAREMISSION_H
#define DS_DIALECTS_NN_SCALAREMISSION_H

#include "dialects/NN/NN.h"

namespace ds::nn {

/// What an element is held as inside kernels: unsigned integers become
/// signless, 2- and 4-bit integers `i8` with the sign (or zero) extended value,
/// floats of 8 and fewer bits `i8` with the bits, everything else stays.
mlir::Type storageType(mlir::Type elementType);

/// True for floats held as `i8`.
bool isNarrowFloat(mlir::Type elementType);

inline bool isFloat(mlir::Type type) {
  return mlir::isa<mlir::FloatType>(type);
}
/// `i1` counts as unsigned: true is 1.
inline bool isUnsigned(mlir::Type type) {
  return type.isUnsignedInteger() || type.isInteger(1);
}

/// Constants of the type of `like`, an integer or float scalar or vector.
mlir::Value constantLike(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Value like, int64_t value);
mlir::Value zeroLike(mlir::OpBuilder &b, mlir::Location loc, mlir::Value like);
mlir::Value infinityLike(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Value like);

/// Brings the result of integer arithmetic on `type` back to what its storage
/// type holds: extends 2- and 4-bit values again.
mlir::Value emitWrap(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                     mlir::Value x);

mlir::Value emitSign(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                     mlir::Value x);
mlir::Value emitSigmoid(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);
mlir::Value emitRelu(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                     mlir::Value x);
mlir::Value emitClip(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                     mlir::Value x, mlir::Value low, mlir::Value high);
mlir::Value emitDivision(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::Type type, mlir::Value x, mlir::Value y);
mlir::Value emitRemainder(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Type type, mlir::Value x, mlir::Value y);
mlir::Value emitPower(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                      mlir::Value x, mlir::Value y);
Scalar evaluatePower(mlir::Type type, Scalar x, Scalar y);
mlir::Value emitShift(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                      mlir::Value x, mlir::Value y, bool left);
mlir::Value emitCompare(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                        ComparePredicate predicate, mlir::Value x,
                        mlir::Value y);
bool evaluateCompare(mlir::Type type, ComparePredicate predicate, Scalar x,
                     Scalar y);

/// A float element narrower than f32 as f32 (exact); anything else stays.
mlir::Value emitWiden(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                      mlir::Value x);

/// `nn.cast`, by its description, for every pair of numeric types. A narrow
/// float `x` may also come already widened.
mlir::Value emitCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Type from,
                     mlir::Type to, bool saturate, ScaleRound round,
                     mlir::Value x);
Scalar evaluateCast(mlir::Type from, mlir::Type to, bool saturate,
                    ScaleRound round, Scalar x);

/// The same bits as another type of the same width.
mlir::Value emitBitcast(mlir::OpBuilder &b, mlir::Location loc, mlir::Type from,
                        mlir::Type to, mlir::Value x);
Scalar evaluateBitcast(mlir::Type from, mlir::Type to, Scalar x);

} // namespace ds::nn

#endif // DS_DIALECTS_NN_SCALAREMISSION_H
