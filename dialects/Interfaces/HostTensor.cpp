//===- HostTensor.cpp - dense host tensors and their elements -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Interfaces/HostTensor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

using namespace mlir;

namespace ds {

int64_t elementBytes(Type elementType) {
  if (elementType.isIndex())
    return 8;
  if (auto complex = dyn_cast<ComplexType>(elementType))
    return 2 * elementBytes(complex.getElementType());
  return llvm::divideCeil(elementType.getIntOrFloatBitWidth(), 8);
}

Scalar loadScalar(Type type, const void *data) {
  if (type.isF32()) {
    float value;
    std::memcpy(&value, data, sizeof value);
    return Scalar::fromDouble(value);
  }
  if (type.isF64()) {
    double value;
    std::memcpy(&value, data, sizeof value);
    return Scalar::fromDouble(value);
  }
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  uint64_t bits = 0;
  std::memcpy(&bits, data, llvm::divideCeil(width, 8));
  if (width < 64)
    bits &= (uint64_t{1} << width) - 1;
  if (isa<Float8E8M0FNUType>(type)) // APFloat turns its NaN into an infinity.
    return Scalar::fromDouble(
        bits == 0xff ? std::numeric_limits<double>::quiet_NaN()
                     : std::ldexp(1.0, static_cast<int>(bits) - 127));
  if (auto floatType = dyn_cast<FloatType>(type)) {
    llvm::APFloat value(floatType.getFloatSemantics(),
                        llvm::APInt(width, bits));
    bool lossy;
    value.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &lossy);
    return Scalar::fromDouble(value.convertToDouble());
  }
  bool isUnsigned = type.isUnsignedInteger() || width == 1;
  if (!isUnsigned && width < 64 && (bits >> (width - 1) & 1))
    bits |= ~uint64_t{0} << width;
  return Scalar::fromInt(static_cast<int64_t>(bits));
}

/// Truncates towards zero and saturates to `width` bits; NaN becomes 0.
static int64_t saturateToInteger(double value, unsigned width,
                                 bool isUnsigned) {
  if (std::isnan(value))
    return 0;
  double low = isUnsigned ? 0.0 : -std::ldexp(1.0, width - 1);
  double high = std::ldexp(1.0, isUnsigned ? width : width - 1);
  value = std::trunc(value);
  if (value <= low)
    return isUnsigned ? 0 : static_cast<int64_t>(~uint64_t{0} << (width - 1));
  if (value >= high)
    return static_cast<int64_t>(
        width == 64 && isUnsigned
            ? ~uint64_t{0}
            : (uint64_t{1} << (isUnsigned ? width : width - 1)) - 1);
  return isUnsigned ? static_cast<int64_t>(static_cast<uint64_t>(value))
                    : static_cast<int64_t>(value);
}

void storeScalar(Type type, Scalar value, void *data) {
  if (auto floatType = dyn_cast<FloatType>(type)) {
    double source = value.isFloat ? value.f : static_cast<double>(value.i);
    if (type.isF64()) {
      std::memcpy(data, &source, sizeof source);
      return;
    }
    llvm::APFloat rounded(source);
    bool lossy;
    rounded.convert(floatType.getFloatSemantics(),
                    llvm::APFloat::rmNearestTiesToEven, &lossy);
    uint64_t bits = rounded.bitcastToAPInt().getZExtValue();
    std::memcpy(data, &bits, elementBytes(type));
    return;
  }
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  int64_t source = value.i;
  if (value.isFloat)
    source = width == 1
                 ? value.f != 0
                 : saturateToInteger(value.f, width, type.isUnsignedInteger());
  uint64_t bits = static_cast<uint64_t>(source);
  if (width < 64)
    bits &= (uint64_t{1} << width) - 1;
  // Narrow signed integers stay sign-extended within their byte: what the .npy
  // carrier and the generated code expect.
  if (width > 1 && width < 8 && !type.isUnsignedInteger() &&
      (bits >> (width - 1) & 1))
    bits |= ~uint64_t{0} << width;
  std::memcpy(data, &bits, elementBytes(type));
}

HostTensor::HostTensor(Type elementType, llvm::ArrayRef<int64_t> shape)
    : element(elementType), extents(shape) {
  int64_t bytes = std::max<int64_t>(numBytes(), 1);
  storage = std::shared_ptr<char[]>(new char[bytes]());
  base = storage.get();
}

HostTensor HostTensor::view(Type elementType, llvm::ArrayRef<int64_t> shape,
                            const void *data) {
  HostTensor tensor;
  tensor.element = elementType;
  tensor.extents.assign(shape.begin(), shape.end());
  tensor.base = static_cast<const char *>(data);
  return tensor;
}

int64_t HostTensor::numElements() const {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1},
                         std::multiplies<int64_t>());
}

} // namespace ds
