//===- outputs.h - the outputs of a run -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and writes the files of --output-dir.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_OUTPUTS_H
#define DS_RUNTIME_PROGRAM_OUTPUTS_H

#include "runtime/base/file.h"
#include "runtime/data/tensor.h"

#include <span>
#include <string>
#include <vector>

namespace ds {

struct Output {
  std::string name;
  ds_value_kind_t kind;
  std::vector<TensorView> tensors; ///< one for a tensor, any number for a
                                   ///< sequence, one or none for an optional

  /// True when its file is an archive: a sequence or an absent optional.
  bool isArchive() const { return kind == DS_SEQUENCE || tensors.empty(); }
};

/// File names for the outputs, in order: what is not a letter, digit, '.', '_'
/// or '-' becomes '_'; a name that is taken gets "-<position>" appended.
std::vector<std::string> outputFileNames(std::span<const Output> outputs);

/// What is printed about an output when it is not written.
std::string summarize(const Output &output);

/// Writes every output into the directory, which is made if need be. Nothing is
/// visible before `files` is committed.
Status writeOutputs(std::span<const Output> outputs,
                    const std::string &directory, OutputFiles &files);

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_OUTPUTS_H
