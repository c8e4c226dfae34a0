//===- summary.h - outputs in a few words ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program prints about its outputs when nobody asked for files.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_SUMMARY_H
#define DS_RUNTIME_PROGRAM_SUMMARY_H

#include "runtime/data/tensor.h"

#include <string>
#include <string_view>

namespace ds {

/// A tensor: name, type and shape; smallest, largest and mean value; the first
/// values. One or two lines.
std::string summarize(std::string_view name, const TensorView &tensor);

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_SUMMARY_H
