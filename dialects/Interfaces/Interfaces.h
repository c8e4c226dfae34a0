//===- Interfaces.h - op interfaces shared by the dialects ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_INTERFACES_INTERFACES_H
#define DS_DIALECTS_INTERFACES_INTERFACES_H

#include "dialects/Interfaces/Fusion.h"
#include "dialects/Interfaces/Gradients.h"
#include "dialects/Interfaces/HostTensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

// clang-format off
#include "dialects/Interfaces/DifferentiableOpInterface.h.inc"
#include "dialects/Interfaces/ElementwiseOpInterface.h.inc"
#include "dialects/Interfaces/EvaluableOpInterface.h.inc"
#include "dialects/Interfaces/FusionOpInterface.h.inc"
// clang-format on

#endif // DS_DIALECTS_INTERFACES_INTERFACES_H
