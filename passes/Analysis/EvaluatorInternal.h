//===- EvaluatorInternal.h - what the evaluators of op families share
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_ANALYSIS_EVALUATORINTERNAL_H
#define DS_PASSES_ANALYSIS_EVALUATORINTERNAL_H

#include "dialects/NN/NN.h"
#include "passes/Analysis/Evaluator.h"

#include "mlir/IR/DialectRegistry.h"

#include <cstring>
#include <vector>

namespace ds::evaluator {

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

template <typename Op>
using Evaluation = llvm::LogicalResult (*)(Op, llvm::ArrayRef<HostTensor>,
                                           llvm::MutableArrayRef<HostTensor>);

/// Makes a function the reference semantics of `Op`.
template <typename Op, Evaluation<Op> function>
struct Model : EvaluableOpInterface::ExternalModel<Model<Op, function>, Op> {
  llvm::LogicalResult
  evaluate(mlir::Operation *op, llvm::ArrayRef<HostTensor> inputs,
           llvm::MutableArrayRef<HostTensor> results) const {
    return function(mlir::cast<Op>(op), inputs, results);
  }
};

/// One per file: attaches the models of a family. Called when the family's
/// dialect is loaded.
void attachContractions(mlir::MLIRContext *context);
void attachHostOps(mlir::MLIRContext *context);
void attachIndexing(mlir::MLIRContext *context);
void attachMovement(mlir::MLIRContext *context);
void attachReductions(mlir::MLIRContext *context);
void attachWindows(mlir::MLIRContext *context);

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Bounds the memory that one result may take on this thread while the object
/// lives: folding tries ops whose result size is only known once they run.
class ResultLimit {
public:
  explicit ResultLimit(int64_t bytes);
  ~ResultLimit();
  ResultLimit(const ResultLimit &) = delete;
  ResultLimit &operator=(const ResultLimit &) = delete;

private:
  int64_t outer;
};

/// Zero-filled storage for a result. Emits an error when an extent is negative
/// or the limit is exceeded.
mlir::FailureOr<HostTensor> makeResult(mlir::Operation *op,
                                       mlir::Type elementType,
                                       llvm::ArrayRef<int64_t> shape);

/// `entries` with those that are dynamic replaced by `values` in order.
llvm::SmallVector<int64_t> fillDynamic(llvm::ArrayRef<int64_t> entries,
                                       llvm::ArrayRef<HostTensor> values);

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Stores with a short way for the most frequent type.
inline void store(HostTensor &tensor, int64_t position, Scalar value) {
  if (value.isFloat && tensor.elementType().isF32()) {
    float rounded = static_cast<float>(value.f);
    std::memcpy(tensor.mutableData() + position * sizeof(float), &rounded,
                sizeof(float));
    return;
  }
  tensor.set(position, value);
}

/// All elements, as f64.
std::vector<double> readFloats(const HostTensor &tensor);
/// All elements of an integer tensor, as 64-bit integers.
std::vector<int64_t> readIntegers(const HostTensor &tensor);
/// Rounds `values` to the element type.
void writeFloats(HostTensor &tensor, llvm::ArrayRef<double> values);
/// Wraps `values` to the element type.
void writeIntegers(HostTensor &tensor, llvm::ArrayRef<int64_t> values);

/// Whether `a` orders before `b` as elements of `type`. False where either is
/// NaN.
bool isLess(mlir::Type type, Scalar a, Scalar b);
/// The element that every other of `type` is at most (`largest`) or at least:
/// infinities where the type has them.
Scalar extremeValue(mlir::Type type, bool largest);
/// The combination of two elements; `max` and `min` are NaN where either is.
Scalar combine(nn::ReduceKind kind, mlir::Type type, Scalar a, Scalar b);
/// What combines with every element to that element.
Scalar neutralElement(nn::ReduceKind kind, mlir::Type type);

/// Fails with a diagnostic if an element type among the operands is complex:
/// only data movement takes those.
llvm::LogicalResult checkNumbers(mlir::Operation *op,
                                 llvm::ArrayRef<HostTensor> inputs);

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Row-major strides, in elements.
llvm::SmallVector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape);

/// A shape as seen from one axis: `outer` blocks of `extent` rows of `inner`
/// elements.
struct AxisView {
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis);
  int64_t outer = 1, extent, inner = 1;
};

/// Position of the element of a tensor with `strides` at `index`.
inline int64_t positionOf(llvm::ArrayRef<int64_t> index,
                          llvm::ArrayRef<int64_t> strides) {
  int64_t position = 0;
  for (auto [i, s] : llvm::zip_equal(index, strides))
    position += i * s;
  return position;
}

/// Fails with a diagnostic if an entry of the attributes of a window is so
/// large that the arithmetic on positions overflows.
llvm::LogicalResult
checkWindow(mlir::Operation *op,
            llvm::ArrayRef<llvm::ArrayRef<int64_t>> attributes);

/// Calls `body(index)` for every index of `shape` in row-major order.
template <typename Body>
void forEachIndex(llvm::ArrayRef<int64_t> shape, Body body) {
  if (llvm::is_contained(shape, 0))
    return;
  llvm::SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    body(llvm::ArrayRef<int64_t>(index));
    int64_t d = static_cast<int64_t>(shape.size()) - 1;
    for (; d >= 0 && ++index[d] == shape[d]; --d)
      index[d] = 0;
    if (d < 0)
      return;
  }
}

//===----------------------------------------------------------------------===//
// Moving elements
//===----------------------------------------------------------------------===//

/// Marks positions of `copyMapped` that have no source.
constexpr int64_t NoSource = -1;

/// Fills `result`, taken to have one dimension per entry of `maps`: the element
/// at index i comes from the source position that is the sum of maps[d][i[d]],
/// or stays as it is where any of them is `NoSource`. Works on bytes, whatever
/// the element type.
void copyMapped(HostTensor &result, const HostTensor &source,
                llvm::ArrayRef<std::vector<int64_t>> maps);

/// `count` multiples of `stride` from `first` on.
std::vector<int64_t> arithmeticMap(int64_t first, int64_t stride,
                                   int64_t count);

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// Whether elements of `type` can be held: at most 64 bits wide, or complex of
/// such.
bool isElementType(mlir::Type type);

/// The value of an integer, float or dense elements attribute.
std::optional<HostTensor> fromAttribute(mlir::Attribute attribute);
/// The attribute of a scalar of `type`, which is an integer, index or float
/// type.
mlir::TypedAttr toScalarAttribute(const HostTensor &scalar, mlir::Type type);
mlir::DenseElementsAttr toElementsAttribute(const HostTensor &tensor);

/// Whether `tensor` is a possible value of `type`: a scalar, or a ranked tensor
/// type whose static extents are met.
bool isValueOf(const HostTensor &tensor, mlir::Type type);

/// Runs an arith or math op on scalars through its folder.
llvm::LogicalResult
evaluateByFolding(mlir::Operation *op, llvm::ArrayRef<HostTensor> inputs,
                  llvm::SmallVectorImpl<HostTensor> &results);

/// "2x3" for diagnostics.
std::string shapeString(llvm::ArrayRef<int64_t> shape);

} // namespace ds::evaluator

#endif // DS_PASSES_ANALYSIS_EVALUATORINTERNAL_H
