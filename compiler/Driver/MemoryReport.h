//===- MemoryReport.h - what takes how much memory ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_MEMORYREPORT_H
#define DS_COMPILER_DRIVER_MEMORYREPORT_H

#include "compiler/Codegen/Codegen.h"
#include "nlohmann/json_fwd.hpp"

#include "llvm/Support/raw_ostream.h"

namespace ds {

/// --memory-report of a planned module and its code:
///
///   peak_bytes: all regions, workspace for one thread
///   regions: {parameters, model_state, optimizer_state, gradients,
///     activations, workspace_per_thread}; gradients and activations are what
///     the arena holds at its peak. What has a size that only a run knows is
///     not counted
///   arena_bytes, lower_bound, gap_bytes, weight_bytes
///   at_peak: [{name, bytes, gradient}] of the buffers alive at the peak,
///     largest first
///   buffers: [{name, offset, bytes, first, last, gradient}]
///
/// A module of several functions has one such object for each, in `functions`
/// under its name.
nlohmann::ordered_json memoryReportJson(mlir::ModuleOp module,
                                        const GeneratedCode &code);
void printMemoryReport(mlir::ModuleOp module, const GeneratedCode &code,
                       llvm::raw_ostream &out);

} // namespace ds

#endif // DS_COMPILER_DRIVER_MEMORYREPORT_H
