//===- Schemas.h - the ONNX library behind functions that never throw
//------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_SCHEMAS_H
#define DS_FRONTENDS_ONNX_SCHEMAS_H

#include "onnx/onnx_pb.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ds_onnx {
class OpSchema;
}

namespace ds::onnx {

/// The schema of an operator at a version of its domain, or null: the operator
/// is unknown, or newer than that.
const ds_onnx::OpSchema *findSchema(llvm::StringRef domain,
                                    llvm::StringRef name, int64_t version);

/// All versions at which an operator of the standard changed, ascending; empty
/// for unknown operators.
std::vector<int> schemaVersions(llvm::StringRef domain, llvm::StringRef name);

/// Names and domains of the operators of the standard that have a function
/// body.
std::vector<std::pair<std::string, std::string>> functionOperators();

/// Whether the standard defines the operator by other operators.
bool hasFunctionBody(const ds_onnx::OpSchema &schema);

/// Newest version of a domain that the library knows; 0 for unknown domains.
int newestVersion(llvm::StringRef domain);

/// Checks a node's counts of inputs and outputs and its attributes. Returns
/// what is wrong.
std::optional<std::string> checkNode(const ds_onnx::OpSchema &schema,
                                     const ds_onnx::NodeProto &node);

/// Checks types of inputs (spelt as in schemas, "tensor(float)"; "" for those
/// left out). Returns what is wrong.
std::optional<std::string> checkTypes(const ds_onnx::OpSchema &schema,
                                      llvm::ArrayRef<std::string> types);

/// The standard's function body of an operator, in `version` of its domain, for
/// these input types. Returns false when it has none. Attributes that the node
/// leaves out are in `defaults`.
bool functionBody(const ds_onnx::OpSchema &schema,
                  const ds_onnx::NodeProto &node, int64_t version,
                  llvm::ArrayRef<ds_onnx::TypeProto> types,
                  ds_onnx::FunctionProto &body,
                  std::map<std::string, ds_onnx::AttributeProto> &defaults);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_SCHEMAS_H
