//===- Registration.h - every dialect and pass of this project ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_REGISTRATION_H
#define DS_COMPILER_DRIVER_REGISTRATION_H

#include "mlir/IR/DialectRegistry.h"

namespace ds {

/// Adds our dialects, the upstream ones that models and their compilation use,
/// and how they bufferise, evaluate and translate.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers our passes and pipelines.
void registerPasses();

/// Registers the upstream passes that make sense between ours, for --at.
void registerUpstreamPasses();

} // namespace ds

#endif // DS_COMPILER_DRIVER_REGISTRATION_H
