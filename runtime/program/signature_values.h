//===- signature_values.h - the model's inputs and outputs ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The signature as the public ABI tells it, gathered into vectors.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_SIGNATURE_VALUES_H
#define DS_RUNTIME_PROGRAM_SIGNATURE_VALUES_H

#include "ds/runtime.h"
#include "runtime/base/signature.h"

#include <vector>

namespace ds {

/// A struct of the public ABI, zero but for its size.
template <typename Struct>
Struct sized() {
  Struct value{};
  value.struct_size = sizeof value;
  return value;
}

/// All inputs of the model, in order.
std::vector<ds_value_info_t> modelInputs();
/// All outputs of the model, in order.
std::vector<ds_value_info_t> modelOutputs();
/// The model itself.
ds_model_description_t modelDescription();

/// The type of an input or output.
inline Signature signatureOf(const ds_value_info_t &info) {
  return Signature::of(info.element_type, info.rank, info.dims);
}

/// "float32 [batch, 3, ?]": the type with dimension names where there are any.
std::string describeType(const ds_value_info_t &info);

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_SIGNATURE_VALUES_H
