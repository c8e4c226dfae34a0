//===- Donation.h - results that take over the memory of arguments --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_MEMORY_DONATION_H
#define DS_PASSES_MEMORY_DONATION_H

#include "dialects/Exec/Exec.h"

namespace ds {

/// Whether `value`, a result of the function in whose entry block it is, may be
/// computed right into the memory of `donor`, the tensor of an argument: every
/// reader of the donor stands before the launch that makes the value, or is
/// this launch and reads, for each element that it writes, that element of the
/// donor alone. Kernels are at the linalg level. Then the kernel of the launch
/// is marked (`exec.in_place`): its destinations may be its inputs.
bool computeInPlace(mlir::Value value, mlir::Value donor);

} // namespace ds

#endif // DS_PASSES_MEMORY_DONATION_H
