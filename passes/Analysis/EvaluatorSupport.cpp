//===- EvaluatorSupport.cpp - elements and shapes for the evaluator
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace ds::evaluator {

// More than any activation of a real model, little enough that a hostile extent
// ends in a diagnostic.
static constexpr int64_t largestResultBytes = int64_t{1} << 33;
static thread_local int64_t currentLimit = largestResultBytes;

ResultLimit::ResultLimit(int64_t bytes) : outer(currentLimit) {
  currentLimit = std::min(outer, bytes);
}
ResultLimit::~ResultLimit() { currentLimit = outer; }

std::string shapeString(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os,
      [&](int64_t extent) {
        ShapedType::isDynamic(extent) ? os << '?' : os << extent;
      },
      "x");
  return text.empty() ? "scalar" : text;
}

FailureOr<HostTensor> makeResult(Operation *op, Type elementType,
                                 ArrayRef<int64_t> shape) {
  int64_t bytes = elementBytes(elementType);
  for (int64_t extent : shape) {
    if (extent < 0)
      return op->emitOpError() << "expected extents of at least 0, found shape "
                               << shapeString(shape);
    // An empty tensor needs no memory, but the product of its other extents
    // must not overflow either.
    if (llvm::MulOverflow(bytes, std::max<int64_t>(extent, 1), bytes))
      bytes = std::numeric_limits<int64_t>::max();
    if (bytes > currentLimit)
      return op->emitOpError() << "expected a result of at most "
                               << currentLimit << " bytes, found shape "
                               << shapeString(shape) << " of " << elementType;
  }
  return HostTensor(elementType, shape);
}

SmallVector<int64_t> fillDynamic(ArrayRef<int64_t> entries,
                                 ArrayRef<HostTensor> values) {
  SmallVector<int64_t> filled(entries);
  for (int64_t &entry : filled) {
    if (!ShapedType::isDynamic(entry) || values.empty())
      continue;
    entry = values.front().getInt(0);
    values = values.drop_front();
  }
  return filled;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

std::vector<double> readFloats(const HostTensor &tensor) {
  std::vector<double> values(tensor.numElements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = tensor.getDouble(i);
  return values;
}

std::vector<int64_t> readIntegers(const HostTensor &tensor) {
  std::vector<int64_t> values(tensor.numElements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = tensor.get(i).i;
  return values;
}

void writeFloats(HostTensor &tensor, ArrayRef<double> values) {
  for (auto [i, value] : llvm::enumerate(values))
    store(tensor, i, Scalar::fromDouble(value));
}

void writeIntegers(HostTensor &tensor, ArrayRef<int64_t> values) {
  for (auto [i, value] : llvm::enumerate(values))
    tensor.set(i, Scalar::fromInt(value));
}

bool isLess(Type type, Scalar a, Scalar b) {
  if (a.isFloat)
    return a.f < b.f;
  return type.isUnsignedInteger() ? a.u() < b.u() : a.i < b.i;
}

Scalar extremeValue(Type type, bool largest) {
  if (auto floatType = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = floatType.getFloatSemantics();
    llvm::APFloat value(semantics);
    if (!largest && !llvm::APFloat::semanticsHasSignedRepr(semantics))
      value = llvm::APFloat::getSmallest(semantics);
    else if (llvm::APFloat::semanticsHasInf(semantics))
      value = llvm::APFloat::getInf(semantics, !largest);
    else
      value = llvm::APFloat::getLargest(semantics, !largest);
    bool lossy;
    value.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &lossy);
    return Scalar::fromDouble(value.convertToDouble());
  }
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  if (type.isUnsignedInteger() || width == 1)
    return Scalar::fromInt(largest ? static_cast<int64_t>(llvm::maxUIntN(width))
                                   : 0);
  return Scalar::fromInt(largest ? llvm::maxIntN(width) : llvm::minIntN(width));
}

Scalar combine(nn::ReduceKind kind, Type type, Scalar a, Scalar b) {
  switch (kind) {
  case nn::ReduceKind::sum:
    return a.isFloat ? Scalar::fromDouble(a.f + b.f)
                     : Scalar::fromInt(static_cast<int64_t>(a.u() + b.u()));
  case nn::ReduceKind::product:
    return a.isFloat ? Scalar::fromDouble(a.f * b.f)
                     : Scalar::fromInt(static_cast<int64_t>(a.u() * b.u()));
  case nn::ReduceKind::max:
  case nn::ReduceKind::min:
    if (a.isFloat && std::isnan(a.f))
      return a;
    if (b.isFloat && std::isnan(b.f))
      return b;
    return (kind == nn::ReduceKind::max ? isLess(type, a, b)
                                        : isLess(type, b, a))
               ? b
               : a;
  case nn::ReduceKind::all:
    return Scalar::fromInt(a.i && b.i);
  case nn::ReduceKind::any:
    return Scalar::fromInt(a.i || b.i);
  }
  llvm_unreachable("every reduce kind is handled above");
}

Scalar neutralElement(nn::ReduceKind kind, Type type) {
  auto number = [&](int64_t value) {
    return isa<FloatType>(type) ? Scalar::fromDouble(static_cast<double>(value))
                                : Scalar::fromInt(value);
  };
  switch (kind) {
  case nn::ReduceKind::sum:
  case nn::ReduceKind::any:
    return number(0);
  case nn::ReduceKind::product:
  case nn::ReduceKind::all:
    return number(1);
  case nn::ReduceKind::max:
    return extremeValue(type, /*largest=*/false);
  case nn::ReduceKind::min:
    return extremeValue(type, /*largest=*/true);
  }
  llvm_unreachable("every reduce kind is handled above");
}

LogicalResult checkNumbers(Operation *op, ArrayRef<HostTensor> inputs) {
  for (const HostTensor &input : inputs)
    if (!input.elementType().isIntOrIndexOrFloat())
      return op->emitOpError() << "expected operands of integers or floats, "
                                  "found elements of type "
                               << input.elementType();
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes and movement
//===----------------------------------------------------------------------===//

SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

AxisView::AxisView(ArrayRef<int64_t> shape, int64_t axis)
    : extent(shape[axis]) {
  for (int64_t d : shape.take_front(axis))
    outer *= d;
  for (int64_t d : shape.drop_front(axis + 1))
    inner *= d;
}

LogicalResult checkWindow(Operation *op,
                          ArrayRef<ArrayRef<int64_t>> attributes) {
  // Extents stay below 2^33 (the limit on results), so that an extent times an
  // entry, and sums of those, fit 64 bits.
  constexpr int64_t limit = int64_t{1} << 28;
  for (ArrayRef<int64_t> attribute : attributes)
    for (int64_t entry : attribute)
      if (entry >= limit || entry <= -limit)
        return op->emitOpError() << "expected window attributes below " << limit
                                 << ", found " << entry;
  return success();
}

/// One row of `copyMapped` with elements of a size known to the compiler.
template <typename Element>
static void copyRow(char *to, const char *from, ArrayRef<int64_t> map) {
  for (int64_t position : map) {
    if (position != NoSource)
      std::memcpy(to, from + position * static_cast<int64_t>(sizeof(Element)),
                  sizeof(Element));
    to += sizeof(Element);
  }
}

void copyMapped(HostTensor &result, const HostTensor &source,
                ArrayRef<std::vector<int64_t>> maps) {
  int64_t bytes = elementBytes(result.elementType());
  if (maps.empty()) {
    std::memcpy(result.mutableData(), source.data(), bytes);
    return;
  }
  ArrayRef<int64_t> row = maps.back();
  bool contiguous = !row.empty() && row.front() != NoSource;
  for (size_t i = 1; i < row.size() && contiguous; ++i)
    contiguous = row[i] == row[i - 1] + 1;
  int64_t rowBytes = static_cast<int64_t>(row.size()) * bytes;

  SmallVector<int64_t> rows;
  for (const std::vector<int64_t> &map : maps.drop_back())
    rows.push_back(static_cast<int64_t>(map.size()));
  char *to = result.mutableData();
  forEachIndex(rows, [&](ArrayRef<int64_t> index) {
    int64_t base = 0;
    bool hasSource = true;
    for (auto [i, map] : llvm::zip_equal(index, maps.drop_back())) {
      hasSource &= map[i] != NoSource;
      base += map[i];
    }
    if (hasSource) {
      const char *from = source.data() + base * bytes;
      if (contiguous)
        std::memcpy(to, from + row.front() * bytes, rowBytes);
      else if (bytes == 1)
        copyRow<uint8_t>(to, from, row);
      else if (bytes == 2)
        copyRow<uint16_t>(to, from, row);
      else if (bytes == 4)
        copyRow<uint32_t>(to, from, row);
      else if (bytes == 8)
        copyRow<uint64_t>(to, from, row);
      else
        for (auto [i, position] : llvm::enumerate(row))
          if (position != NoSource)
            std::memcpy(to + i * bytes, from + position * bytes, bytes);
    }
    to += rowBytes;
  });
}

std::vector<int64_t> arithmeticMap(int64_t first, int64_t stride,
                                   int64_t count) {
  std::vector<int64_t> map(count);
  for (int64_t i = 0; i < count; ++i)
    map[i] = first + i * stride;
  return map;
}

} // namespace ds::evaluator
