//===- checkpoint.h - the state of a run on disk --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Saves checkpoints so that one is there as a whole or not at all, and finds
// the newest that is whole.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_CHECKPOINT_CHECKPOINT_H
#define DS_RUNTIME_CHECKPOINT_CHECKPOINT_H

#include "runtime/base/file_system.h"
#include "runtime/checkpoint/manifest.h"
#include "runtime/data/safetensors.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ds {

/// The model's own tensors, which a program is compiled from, and the rest.
constexpr const char *WeightsFile = "weights.safetensors";
constexpr const char *StateFile = "state.safetensors";

/// A checkpoint whose files were found to be what the manifest says. Move-only;
/// the tensors lie in the files' mappings.
struct Checkpoint {
  std::string path;
  Manifest manifest;
  SafeTensors weights;
  SafeTensors state;
  std::vector<FileView> files; ///< keeps the tensors
};

/// Reads a checkpoint's folder and verifies every byte of it. Damage is
/// DS_BAD_FILE.
Result<Checkpoint> loadCheckpoint(const std::string &path);

/// The newest checkpoint in a folder of them that verifies, or none; an error
/// only when the folder cannot be read. Those that were passed over are told in
/// `skipped`, a sentence each.
Result<std::optional<Checkpoint>>
findLatestCheckpoint(const std::string &directory,
                     std::vector<std::string> &skipped);

/// Like findLatestCheckpoint() when `path` is a folder of checkpoints; else
/// loads the checkpoint `path`. None is DS_WRONG_USE.
Result<Checkpoint> openCheckpoint(const std::string &path,
                                  std::vector<std::string> &skipped);

/// True when the folder has something that is called like a checkpoint.
bool hasCheckpoints(const std::string &directory);

/// A folder of checkpoints that a run writes to.
class CheckpointStore {
public:
  /// `keep` checkpoints stay, at least 1; 0: all.
  CheckpointStore(FileSystem &files, std::string directory, int64_t keep)
      : files(files), directory(std::move(directory)), keep(keep) {}

  /// Makes the folder, and finishes or undoes what a killed run left halfway.
  /// Call before looking for the latest one.
  Status open();

  /// Moves checkpoints that are there, which belong to an earlier run, to a
  /// folder beside them, so that a new run cannot mix with it. "" when there
  /// were none, else that folder.
  Result<std::string> setAside();

  /// Saves a checkpoint under its step; the manifest's `files` are filled in.
  /// When this returns without an error, the checkpoint survives a loss of
  /// power. When it returns with one, all older checkpoints are as they were,
  /// unless the error is in removing what is not kept.
  Result<std::string> save(Manifest manifest,
                           std::span<const NamedTensor> weights,
                           std::span<const NamedTensor> state);

private:
  Status writeFile(const std::string &folder, const char *name,
                   std::span<const NamedTensor> tensors, Manifest &manifest);
  Status writeFolder(const std::string &folder, Manifest &manifest,
                     std::span<const NamedTensor> weights,
                     std::span<const NamedTensor> state);
  Status publish(const std::string &part, int64_t step);
  Status removeOthers(int64_t step);

  FileSystem &files;
  std::string directory;
  int64_t keep;
};

} // namespace ds

#endif // DS_RUNTIME_CHECKPOINT_CHECKPOINT_H
