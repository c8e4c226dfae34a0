//===- Differences.h - gradients against central differences --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_AUTODIFF_DIFFERENCES_H
#define DS_PASSES_AUTODIFF_DIFFERENCES_H

#include "dialects/Interfaces/HostTensor.h"

#include "mlir/Support/LLVM.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace ds {

/// A function of tensors. On failure a diagnostic has been emitted.
using TensorFunction = llvm::function_ref<llvm::LogicalResult(
    llvm::ArrayRef<HostTensor> inputs,
    llvm::SmallVectorImpl<HostTensor> &results)>;

/// A function with its gradients, and a point. A list that has an entry for
/// each input (or result) has an empty tensor for those of no floats.
struct DifferencesProblem {
  TensorFunction function;
  /// From a point, and the cotangents of the results, to one gradient for each
  /// input of floats.
  TensorFunction gradients;
  llvm::SmallVector<HostTensor> point;
  /// Directions to try.
  int directions = 1;
  uint64_t seed = 1;
};

/// What came of it: the worst of the directions.
struct DifferencesOutcome {
  /// No point was found where the function has a derivative, as its values
  /// there say; the rest then means nothing.
  bool isSmooth = false;
  /// Along the worst direction.
  double fromDifferences = 0, fromGradient = 0;
  /// By how much they differ, and by how much they may, relative to the size of
  /// what is summed up.
  double error = 0, tolerance = 0;

  /// NaN does not agree.
  bool agrees() const { return error <= tolerance; }
};

/// Compares along random directions of f64 numbers, from random cotangents.
/// Fails when the function or its gradients do.
mlir::FailureOr<DifferencesOutcome>
compareWithDifferences(const DifferencesProblem &problem);

/// A tensor of numbers in [low, high), the same for the same state.
HostTensor makeRandomTensor(mlir::Type elementType,
                            llvm::ArrayRef<int64_t> shape, double low,
                            double high, uint64_t &state);

} // namespace ds

#endif // DS_PASSES_AUTODIFF_DIFFERENCES_H
