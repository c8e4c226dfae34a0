//===- inputs.h - the inputs of a run -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds, reads and checks the files of --input, or makes inputs up for a
// benchmark.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_INPUTS_H
#define DS_RUNTIME_PROGRAM_INPUTS_H

#include "ds/runtime.h"
#include "runtime/data/tensor.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ds {

/// One place per input of the model, in order; empty where the default is to be
/// used. A tensor input has one tensor, a sequence any number, an optional one
/// or none.
using Inputs = std::vector<std::optional<std::vector<Tensor>>>;

/// Reads the files named by the texts of --input. Every input without a default
/// must be there, none twice.
Result<Inputs> readInputs(std::span<const std::string_view> texts);

/// Makes up inputs that fit the signature: the same ones each time, dynamic
/// extents 1, integers 0 or 1 so that they are valid indices.
Result<Inputs> makeInputs();

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_INPUTS_H
