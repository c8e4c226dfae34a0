//===- Fusion.h - how ops may share a kernel ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_FUSION_H
#define DS_DIALECTS_INTERFACES_FUSION_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace ds {

enum class FusionRole {
  Standalone, ///< a kernel of its own
  Injective,  ///< each result element is an operand element (or a position):
              ///< cheap to compute again in every user
  Movement, ///< as Injective, but reading in another order: only for users that
            ///< compute element by element
  Frame, ///< operand 0 within a frame of one value: written to its place by the
         ///< kernel that computes it
  Reduction ///< elements of the result combine many of the operands; what
            ///< follows element by element fuses
};

/// An operand of a contraction that is read as vectors, and the order of its
/// dimensions in memory that suits it. The last one, along which the vectors
/// lie, is cut into blocks.
struct PackedOperand {
  unsigned number;
  llvm::SmallVector<int64_t> order;
};

} // namespace ds

#endif // DS_DIALECTS_INTERFACES_FUSION_H
