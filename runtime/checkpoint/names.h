//===- names.h - the folders of checkpoints -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the folder of a checkpoint is called, complete or on its way in or out.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_CHECKPOINT_NAMES_H
#define DS_RUNTIME_CHECKPOINT_NAMES_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

constexpr const char *ManifestName = "manifest.json";

/// "step-00000012".
std::string checkpointName(int64_t step);
/// The step of a checkpoint's name.
std::optional<int64_t> checkpointStep(std::string_view name);

/// Folders that no reader takes for a checkpoint.
enum class Passing {
  Arriving, ///< not complete yet
  Replaced, ///< complete; about to make room for one of the same step
  Leaving   ///< about to be removed
};
std::string passingName(int64_t step, Passing kind);
/// The step of such a name, if it is one of this kind.
std::optional<int64_t> passingStep(std::string_view name, Passing kind);

} // namespace ds

#endif // DS_RUNTIME_CHECKPOINT_NAMES_H
