//===- Simplify.h - constant folding as a function ---------------*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_SIMPLIFY_SIMPLIFY_H
#define DS_PASSES_SIMPLIFY_SIMPLIFY_H

#include "mlir/Support/LLVM.h"

#include <cstdint>

namespace mlir {
class Region;
} // namespace mlir

namespace ds {

/// What folding may cost.
struct FoldLimits {
  /// Bytes up to which a result may be larger than the constants it is made of.
  int64_t maxBytes = 64 << 10;
  /// Bytes up to which anything is folded.
  int64_t maxTotalBytes = 64 << 20;
  /// Multiplications that one matrix product or convolution may take.
  int64_t maxMultiplications = 256 << 20;
};

/// Replaces every op in `region` that depends on constants alone by its value,
/// as far as `limits` allow. Returns how many ops were replaced.
int64_t foldConstants(mlir::Region &region, const FoldLimits &limits);

} // namespace ds

#endif // DS_PASSES_SIMPLIFY_SIMPLIFY_H
