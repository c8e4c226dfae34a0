//===- Inspect.h - what a model looks like --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_INSPECT_H
#define DS_COMPILER_DRIVER_INSPECT_H

#include "nlohmann/json_fwd.hpp"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace ds_onnx {
class ModelProto;
} // namespace ds_onnx

namespace ds {

/// The signature, metadata, parameters and operators of a module at the nn
/// level:
///
///   name, producer, opsets, metadata
///   inputs, outputs: [{name, type, shape: [number, "symbol" or null],
///   default}] parameters: {tensors, elements, bytes} operators: [{name,
///   count}], the most frequent first
nlohmann::ordered_json inspectModel(mlir::ModuleOp module);

/// The same of an ONNX file, in the file's own terms; models that cannot be
/// imported can still be looked at.
nlohmann::ordered_json inspectOnnx(const ds_onnx::ModelProto &model,
                                   mlir::MLIRContext &context);

/// The same for people.
void printInspection(const nlohmann::ordered_json &model,
                     llvm::raw_ostream &out);

/// The name under which users know an element type, such as float32 or uint8.
std::string elementTypeName(mlir::Type type);

/// Counts by name as `operators` above.
nlohmann::ordered_json sortedCounts(const llvm::StringMap<int64_t> &counts);

} // namespace ds

#endif // DS_COMPILER_DRIVER_INSPECT_H
