//===- signature_values.cpp - the model's inputs and outputs --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/signature_values.h"

#include "runtime/base/element_type.h"

namespace ds {

template <typename Describe>
static std::vector<ds_value_info_t> gather(int32_t count, Describe describe) {
  std::vector<ds_value_info_t> values(count, sized<ds_value_info_t>());
  for (int32_t i = 0; i < count; ++i)
    describe(i, &values[i]);
  return values;
}

ds_model_description_t modelDescription() {
  auto description = sized<ds_model_description_t>();
  ds_model_describe(&description);
  return description;
}

std::vector<ds_value_info_t> modelInputs() {
  return gather(modelDescription().input_count, ds_model_input);
}
std::vector<ds_value_info_t> modelOutputs() {
  return gather(modelDescription().output_count, ds_model_output);
}

std::string describeType(const ds_value_info_t &info) {
  std::string text = elementTypeName(info.element_type);
  text += info.rank < 0 ? " of any rank" : " [";
  for (int32_t i = 0; i < info.rank; ++i) {
    const char *name = info.dim_names ? info.dim_names[i] : nullptr;
    text += i > 0 ? ", " : "";
    text += info.dims[i] >= 0 ? std::to_string(info.dims[i])
            : name && *name   ? name
                              : "?";
  }
  text += info.rank < 0 ? "" : "]";
  return info.kind == DS_SEQUENCE   ? "sequence of " + text
         : info.kind == DS_OPTIONAL ? "optional " + text
                                    : text;
}

} // namespace ds
