//===- Interfaces.cpp - definitions of the shared op interfaces -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Interfaces/Interfaces.h"

// clang-format off
#include "dialects/Interfaces/DifferentiableOpInterface.cpp.inc"
#include "dialects/Interfaces/ElementwiseOpInterface.cpp.inc"
#include "dialects/Interfaces/EvaluableOpInterface.cpp.inc"
#include "dialects/Interfaces/FusionOpInterface.cpp.inc"
// clang-format on
