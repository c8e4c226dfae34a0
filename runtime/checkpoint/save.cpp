//===- save.cpp - checkpoints that are written ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two phases: a folder that nobody takes for a checkpoint is filled and synced;
// then one rename, synced too, makes it one. A process may die between any two
// calls here: open() knows every state that this leaves.
//
//===----------------------------------------------------------------------===//
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/checkpoint/names.h"

#include <algorithm>
#include <cerrno>

namespace ds {

Status CheckpointStore::open() {
  if (Status status = makeDirectories(files, directory); !status.ok())
    return status;
  Result<std::vector<std::string>> names = listDirectory(directory);
  if (!names.ok())
    return names.takeError();
  for (const std::string &name : *names) {
    std::string path = directory + "/" + name;
    std::optional<int64_t> replaced = passingStep(name, Passing::Replaced);
    if (replaced) {
      // Died between the two renames: the old one is the only one.
      std::string final = directory + "/" + checkpointName(*replaced);
      if (!fileExists(final)) {
        if (files.rename(path.c_str(), final.c_str()) != 0)
          return fileError("rename", path);
        continue;
      }
    }
    if (replaced || passingStep(name, Passing::Arriving) ||
        passingStep(name, Passing::Leaving))
      if (Status status = removeDirectory(files, path); !status.ok())
        return status;
  }
  return syncDirectory(files, directory);
}

Result<std::string> CheckpointStore::setAside() {
  Result<std::vector<std::string>> names = listDirectory(directory);
  if (!names.ok())
    return names.takeError();
  std::string folder;
  for (const std::string &name : *names) {
    if (!checkpointStep(name))
      continue;
    if (folder.empty()) {
      for (int number = 1; folder.empty() || fileExists(folder); ++number)
        folder = directory + "/earlier-" + std::to_string(number);
      if (files.makeDirectory(folder.c_str()) != 0)
        return fileError("make the directory", folder);
    }
    std::string from = directory + "/" + name, to = folder + "/" + name;
    if (files.rename(from.c_str(), to.c_str()) != 0)
      return fileError("rename", from);
  }
  if (folder.empty())
    return folder;
  for (const std::string &changed : {folder, directory})
    if (Status status = syncDirectory(files, changed); !status.ok())
      return status;
  return folder;
}

Status CheckpointStore::writeFile(const std::string &folder, const char *name,
                                  std::span<const NamedTensor> tensors,
                                  Manifest &manifest) {
  std::pair<std::string, std::string> metadata[] = {
      {"step", std::to_string(manifest.step)}};
  Result<SafeTensorsWriter> writer =
      SafeTensorsWriter::create(tensors, metadata);
  if (!writer.ok())
    return writer.takeError();
  std::vector<std::span<const std::byte>> pieces = writer->pieces();
  ManifestFile &file = manifest.files.emplace_back();
  file.name = name;
  file.hash = hashText(pieces);
  for (std::span<const std::byte> piece : pieces)
    file.bytes += piece.size();
  return writeSynced(files, folder + "/" + name, pieces);
}

Status CheckpointStore::writeFolder(const std::string &folder,
                                    Manifest &manifest,
                                    std::span<const NamedTensor> weights,
                                    std::span<const NamedTensor> state) {
  if (files.makeDirectory(folder.c_str()) != 0)
    return fileError("make the directory", folder);
  if (Status status = writeFile(folder, WeightsFile, weights, manifest);
      !status.ok())
    return status;
  if (Status status = writeFile(folder, StateFile, state, manifest);
      !status.ok())
    return status;
  std::string text = printManifest(manifest);
  std::span<const std::byte> piece = bytesOf(text);
  if (Status status =
          writeSynced(files, folder + "/" + ManifestName, {&piece, 1});
      !status.ok())
    return status;
  return syncDirectory(files, folder);
}

Status CheckpointStore::publish(const std::string &part, int64_t step) {
  std::string final = directory + "/" + checkpointName(step),
              replaced = directory + "/" + passingName(step, Passing::Replaced);
  bool replaces = fileExists(final);
  if (replaces && files.rename(final.c_str(), replaced.c_str()) != 0)
    return fileError("rename", final);
  if (files.rename(part.c_str(), final.c_str()) != 0) {
    Status status = fileError("rename", part);
    if (replaces) // if this fails as well, the next open() does it
      files.rename(replaced.c_str(), final.c_str());
    return status;
  }
  if (Status status = syncDirectory(files, directory); !status.ok())
    return status;
  return replaces ? removeDirectory(files, replaced) : Status();
}

/// Removes what is not kept: the oldest, and those of later steps, which belong
/// to a run that was given up when this one began at an earlier step.
Status CheckpointStore::removeOthers(int64_t step) {
  Result<std::vector<std::string>> names = listDirectory(directory);
  if (!names.ok())
    return names.takeError();
  std::vector<int64_t> steps, removed;
  for (const std::string &name : *names)
    if (std::optional<int64_t> other = checkpointStep(name))
      (*other > step ? removed : steps).push_back(*other);
  std::sort(steps.rbegin(), steps.rend());
  if (keep > 0 && steps.size() > static_cast<size_t>(keep))
    removed.insert(removed.end(), steps.begin() + keep, steps.end());
  for (int64_t other : removed) {
    // Not a checkpoint any more before the first of its files goes.
    std::string from = directory + "/" + checkpointName(other),
                to = directory + "/" + passingName(other, Passing::Leaving);
    if (files.rename(from.c_str(), to.c_str()) != 0)
      return fileError("rename", from);
    if (Status status = removeDirectory(files, to); !status.ok())
      return status;
  }
  return {};
}

Result<std::string> CheckpointStore::save(Manifest manifest,
                                          std::span<const NamedTensor> weights,
                                          std::span<const NamedTensor> state) {
  int64_t step = manifest.step;
  std::string part = directory + "/" + passingName(step, Passing::Arriving),
              final = directory + "/" + checkpointName(step);
  Status status = removeDirectory(files, part);
  if (status.ok())
    status = writeFolder(part, manifest, weights, state);
  if (status.ok())
    status = publish(part, step);
  if (!status.ok()) {
    // The error is what matters; a folder that stays is removed by open().
    (void)removeDirectory(files, part).ok();
    return std::move(status).withContext(
        format("cannot save the checkpoint of step %lld",
               static_cast<long long>(step)));
  }
  if (Status removal = removeOthers(step); !removal.ok())
    return std::move(removal).withContext("saved " + quoted(final) +
                                          ", but old checkpoints stay");
  return final;
}

} // namespace ds
