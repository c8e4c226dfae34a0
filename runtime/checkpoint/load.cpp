//===- load.cpp - checkpoints that are read -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/checkpoint/names.h"

#include <algorithm>

namespace ds {

/// Reads a file that the manifest lists and holds it against its entry.
static Result<SafeTensors> loadFile(Checkpoint &checkpoint, const char *name) {
  std::string path = checkpoint.path + "/" + name;
  const auto &files = checkpoint.manifest.files;
  auto entry =
      std::find_if(files.begin(), files.end(),
                   [&](const ManifestFile &file) { return file.name == name; });
  if (entry == files.end())
    return Status(DS_BAD_FILE,
                  "malformed manifest: it lists no file " + quoted(name));
  Result<FileView> view = FileView::open(path);
  if (!view.ok())
    return Status(DS_BAD_FILE, view.takeError().message());
  std::span<const std::byte> bytes = view->bytes();
  if (bytes.size() != entry->bytes)
    return Status(DS_BAD_FILE,
                  quoted(name) +
                      format(": expected %llu bytes, found %zu",
                             static_cast<unsigned long long>(entry->bytes),
                             bytes.size()));
  if (hashText(bytes) != entry->hash)
    return Status(DS_BAD_FILE,
                  quoted(name) + ": its hash is not the one of the manifest");
  Result<SafeTensors> tensors = readSafeTensors(bytes);
  if (!tensors.ok())
    return tensors.takeError().withContext(quoted(name));
  checkpoint.files.push_back(std::move(*view));
  return tensors;
}

static Status loadInto(Checkpoint &checkpoint) {
  std::string path = checkpoint.path + "/" + ManifestName;
  Result<FileView> view = FileView::open(path);
  if (!view.ok())
    return Status(fileExists(path) ? DS_BAD_FILE : DS_WRONG_USE,
                  view.takeError().message());
  Result<Manifest> manifest =
      parseManifest({reinterpret_cast<const char *>(view->bytes().data()),
                     view->bytes().size()});
  if (!manifest.ok())
    return manifest.takeError();
  checkpoint.manifest = std::move(*manifest);
  Result<SafeTensors> weights = loadFile(checkpoint, WeightsFile);
  if (!weights.ok())
    return weights.takeError();
  checkpoint.weights = std::move(*weights);
  Result<SafeTensors> state = loadFile(checkpoint, StateFile);
  if (!state.ok())
    return state.takeError();
  checkpoint.state = std::move(*state);
  return {};
}

Result<Checkpoint> loadCheckpoint(const std::string &path) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  if (Status status = loadInto(checkpoint); !status.ok())
    return std::move(status).withContext("checkpoint " + quoted(path));
  return checkpoint;
}

/// The steps of the checkpoints in a folder, newest first.
static Result<std::vector<int64_t>> listSteps(const std::string &directory) {
  Result<std::vector<std::string>> names = listDirectory(directory);
  if (!names.ok())
    return names.takeError();
  std::vector<int64_t> steps;
  for (const std::string &name : *names)
    if (std::optional<int64_t> step = checkpointStep(name))
      steps.push_back(*step);
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

Result<std::optional<Checkpoint>>
findLatestCheckpoint(const std::string &directory,
                     std::vector<std::string> &skipped) {
  Result<std::vector<int64_t>> steps = listSteps(directory);
  if (!steps.ok())
    return steps.takeError();
  for (int64_t step : *steps) {
    Result<Checkpoint> checkpoint =
        loadCheckpoint(directory + "/" + checkpointName(step));
    if (!checkpoint.ok()) {
      skipped.push_back("skipped " + checkpoint.takeError().message());
      continue;
    }
    if (checkpoint->manifest.step != step) {
      skipped.push_back(
          "skipped checkpoint " + quoted(checkpoint->path) +
          format(": its manifest is of step %lld",
                 static_cast<long long>(checkpoint->manifest.step)));
      continue;
    }
    return std::optional<Checkpoint>(std::move(*checkpoint));
  }
  return std::optional<Checkpoint>();
}

Result<Checkpoint> openCheckpoint(const std::string &path,
                                  std::vector<std::string> &skipped) {
  if (fileExists(path + "/" + ManifestName) || !isDirectory(path) ||
      !hasCheckpoints(path))
    return loadCheckpoint(path);
  Result<std::optional<Checkpoint>> latest =
      findLatestCheckpoint(path, skipped);
  if (!latest.ok())
    return latest.takeError();
  if (!*latest)
    return Status(DS_BAD_FILE,
                  "none of the checkpoints in " + quoted(path) + " verifies");
  return std::move(**latest);
}

bool hasCheckpoints(const std::string &directory) {
  if (!isDirectory(directory))
    return false;
  Result<std::vector<int64_t>> steps = listSteps(directory);
  return steps.ok() && !steps->empty();
}

} // namespace ds
