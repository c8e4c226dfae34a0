//===- job_file.h - is this file a training job? --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Looks at a program's file before it is run.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_LAUNCHER_JOB_FILE_H
#define DS_RUNTIME_LAUNCHER_JOB_FILE_H

#include "runtime/base/status.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ds {

/// The section with the ONNX model of a training job, less its weights.
inline constexpr std::string_view OnnxSection = ".ds.onnx";

/// The contents of a section of an ELF file for x86-64, by its name; nothing
/// when there is none. What is no such file, or is damaged, is DS_BAD_FILE.
Result<std::optional<std::span<const std::byte>>>
findSection(std::span<const std::byte> file, std::string_view name);

/// Succeeds when `path` is a training job that may be executed. Anything else
/// is DS_WRONG_USE, or DS_BAD_FILE.
Status checkJobFile(const std::string &path);

} // namespace ds

#endif // DS_RUNTIME_LAUNCHER_JOB_FILE_H
