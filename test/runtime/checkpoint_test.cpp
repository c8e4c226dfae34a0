//===- checkpoint_test.cpp - checkpoints on disks that fail ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/checkpoint/names.h"
#include "runtime/trainer/event_file.h"
#include "runtime/trainer/metrics_file.h"
#include "test/runtime/temporary.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

using namespace ds;
using namespace ds::test;

namespace {

/// Counts calls; from the chosen one on, or at it alone, they fail.
class FaultyFiles : public FileSystem {
public:
  int calls = 0;
  int failAt = -1;        ///< index of the call that fails; -1: none
  bool diesThere = false; ///< all later calls fail too, as of a dead process
  int error = ENOSPC;
  size_t longestWrite = SIZE_MAX;

  int open(const char *path, int flags, mode_t mode) override {
    return fails() ? -1 : FileSystem::open(path, flags, mode);
  }
  ssize_t write(int file, const void *data, size_t size) override {
    if (fails()) {
      // A full disk takes what still fits.
      if (size > 1 && FileSystem::write(file, data, size / 2) < 0)
        return -1;
      errno = error;
      return -1;
    }
    return FileSystem::write(file, data, std::min(size, longestWrite));
  }
  int sync(int file) override { return fails() ? -1 : FileSystem::sync(file); }
  int truncate(int file, off_t size) override {
    return fails() ? -1 : FileSystem::truncate(file, size);
  }
  int close(int file) override {
    int result = FileSystem::close(file);
    return fails() ? -1 : result;
  }
  int rename(const char *from, const char *to) override {
    return fails() ? -1 : FileSystem::rename(from, to);
  }
  int makeDirectory(const char *path) override {
    return fails() ? -1 : FileSystem::makeDirectory(path);
  }
  int remove(const char *path) override {
    return fails() ? -1 : FileSystem::remove(path);
  }

private:
  bool fails() {
    int call = calls++;
    errno = error;
    return failAt >= 0 && (call == failAt || (diesThere && call > failAt));
  }
};

/// What a run of `step` steps would have.
struct Run {
  float weight;
  double slot;
  int64_t dims[1] = {1};
  std::vector<NamedTensor> weights, state;
  Manifest manifest;

  explicit Run(int64_t step)
      : weight(static_cast<float>(step) * 0.5f),
        slot(static_cast<double>(step) * 0.25) {
    weights = {{"w", {DS_FLOAT32, dims, &weight}}};
    state = {{"w/momentum", {DS_FLOAT64, {}, &slot}}};
    manifest.step = manifest.position = step;
    manifest.seed = 0xFFFFFFFFFFFFFFFF;
    manifest.program = "a \"program\"";
  }
};

Status save(FileSystem &files, const std::string &folder, int64_t step,
            int64_t keep = 2) {
  CheckpointStore store(files, folder, keep);
  if (Status status = store.open(); !status.ok())
    return status;
  Run run(step);
  Result<std::string> path = store.save(run.manifest, run.weights, run.state);
  return path.ok() ? Status() : path.takeError();
}

/// The step of the newest checkpoint, whose contents must be its own; 0: none.
int64_t newest(const std::string &folder) {
  CheckpointStore store(FileSystem::real(), folder, 2);
  REQUIRE(store.open().ok());
  std::vector<std::string> skipped;
  Result<std::optional<Checkpoint>> found =
      findLatestCheckpoint(folder, skipped);
  REQUIRE(found.ok());
  CHECK(skipped.empty()); // a checkpoint is there as a whole or not at all
  if (!*found)
    return 0;
  Checkpoint &checkpoint = **found;
  Run run(checkpoint.manifest.step);
  CHECK(checkpoint.manifest.seed == run.manifest.seed);
  CHECK(checkpoint.manifest.program == run.manifest.program);
  const StoredTensor *weight = checkpoint.weights.find("w");
  const StoredTensor *slot = checkpoint.state.find("w/momentum");
  REQUIRE(weight);
  REQUIRE(slot);
  CHECK(std::memcmp(weight->data.data(), &run.weight, 4) == 0);
  CHECK(std::memcmp(slot->data.data(), &run.slot, 8) == 0);
  CHECK(slot->dims.empty());
  return checkpoint.manifest.step;
}

} // namespace

TEST_CASE("no single failing call loses a checkpoint that was saved before") {
  int error = GENERATE(ENOSPC, EIO);
  int failAt = 0;
  for (bool reached = true; reached; ++failAt) {
    TemporaryFolder folder;
    std::string path = folder.path("c");
    REQUIRE(save(FileSystem::real(), path, 1).ok());
    REQUIRE(save(FileSystem::real(), path, 2).ok());
    FaultyFiles files;
    files.failAt = failAt;
    files.error = error;
    Status status = save(files, path, 3);
    reached = files.calls > failAt;
    INFO("call " << failAt << ": " << status.message());
    int64_t step = newest(path);
    CHECK((step == 3 || (step == 2 && !status.ok())));
    if (!status.ok() && status.message().find("saved") == std::string::npos)
      CHECK(status.message().find(strerror(error)) != std::string::npos);
    // And the disk recovers: the next one is saved, nothing is left over.
    REQUIRE(save(FileSystem::real(), path, 4).ok());
    CHECK(newest(path) == 4);
    CHECK(folder.entries("c") == 2);
  }
  CHECK(failAt > 20);
}

TEST_CASE("a process that dies between any two calls loses nothing") {
  bool sameStep = GENERATE(false, true);
  int failAt = 0;
  for (bool reached = true; reached; ++failAt) {
    TemporaryFolder folder;
    std::string path = folder.path("c");
    REQUIRE(save(FileSystem::real(), path, 1).ok());
    REQUIRE(save(FileSystem::real(), path, 2).ok());
    if (sameStep) // what is damaged is replaced
      folder.write("c/step-00000002/manifest.json", "");
    FaultyFiles files;
    files.failAt = failAt;
    files.diesThere = true;
    Status status = save(files, path, sameStep ? 2 : 3);
    reached = files.calls > failAt;
    CheckpointStore store(FileSystem::real(), path, 2);
    REQUIRE(store.open().ok());
    std::vector<std::string> skipped;
    Result<std::optional<Checkpoint>> found =
        findLatestCheckpoint(path, skipped);
    REQUIRE(found.ok());
    REQUIRE(*found);
    int64_t step = (*found)->manifest.step;
    INFO("died at call " << failAt);
    if (sameStep)
      CHECK((step == 2 || (step == 1 && !status.ok())));
    else
      CHECK((step == 3 || (step == 2 && !status.ok())));
    REQUIRE(save(FileSystem::real(), path, 5).ok());
    CHECK(newest(path) == 5);
    CHECK(folder.entries("c") == 2);
  }
  CHECK(failAt > 20);
}

TEST_CASE("short writes write everything") {
  TemporaryFolder folder;
  FaultyFiles files;
  files.longestWrite = 7;
  REQUIRE(save(files, folder.path("c"), 3).ok());
  CHECK(newest(folder.path("c")) == 3);
}

TEST_CASE("saving a step again replaces it, and later steps go") {
  TemporaryFolder folder;
  std::string path = folder.path("c");
  for (int64_t step : {2, 4, 6, 4})
    REQUIRE(save(FileSystem::real(), path, step, /*keep=*/0).ok());
  CHECK(newest(path) == 4);
  CHECK(folder.entries("c") == 2);
}

TEST_CASE("a checkpoint whose manifest is of another step is passed over") {
  TemporaryFolder folder;
  std::string path = folder.path("c");
  REQUIRE(save(FileSystem::real(), path, 3).ok());
  std::filesystem::rename(folder.path("c/step-00000003"),
                          folder.path("c/step-00000009"));
  std::vector<std::string> skipped;
  Result<std::optional<Checkpoint>> found = findLatestCheckpoint(path, skipped);
  REQUIRE(found.ok());
  CHECK(!*found);
  REQUIRE(skipped.size() == 1);
  CHECK(skipped[0] == "skipped checkpoint '" + path +
                          "/step-00000009': its manifest is of step 3");
}

TEST_CASE("no byte of a checkpoint can change unseen, and none can crash us") {
  TemporaryFolder folder;
  REQUIRE(save(FileSystem::real(), folder.path("c"), 3).ok());
  std::string checkpoint = folder.path("c/step-00000003");
  for (const char *name : {ManifestName, WeightsFile, StateFile}) {
    std::string file = std::string("c/step-00000003/") + name,
                whole = readFile(folder.path(file));
    for (size_t i = 0; i < whole.size(); ++i) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ (1 << i % 8));
      folder.write(file, changed);
      CHECK(!loadCheckpoint(checkpoint).ok());
      folder.write(file, whole.substr(0, i));
      CHECK(!loadCheckpoint(checkpoint).ok());
    }
    folder.write(file, whole);
    CHECK(loadCheckpoint(checkpoint).ok());
  }
}

TEST_CASE("a manifest that leads out of its folder is refused") {
  Run run(1);
  run.manifest.files.push_back({"../../etc/passwd", 1, "x"});
  Result<Manifest> manifest = parseManifest(printManifest(run.manifest));
  REQUIRE(!manifest.ok());
  CHECK(manifest.takeError().message() ==
        "malformed manifest: expected the name of a file beside it, found "
        "'../../etc/passwd'");
}

TEST_CASE("names of checkpoints are read as strictly as they are written") {
  CHECK(checkpointName(12) == "step-00000012");
  CHECK(checkpointStep("step-00000012") == 12);
  CHECK(checkpointStep("step-123456789") == 123456789);
  for (const char *name : {"step-12", "step-0000012x", "step-000000000012",
                           "step--0000012", ".step-00000012", "step-"})
    CHECK(!checkpointStep(name));
  CHECK(passingStep(".step-00000012.part", Passing::Arriving) == 12);
  CHECK(!passingStep(".step-00000012.part", Passing::Leaving));
}

TEST_CASE("rows after the step of a resumed run are cut, torn ones too") {
  TemporaryFolder folder;
  std::vector<std::string> columns = {"step", "loss", "odd,name"};
  std::string path = folder.write(
      "m.csv", "step,loss,odd_name\n1,0.5,1\n2,0.25,1\n3,0.125,1\n4,0.0");
  MetricsFile file(FileSystem::real());
  SECTION("to the step") {
    REQUIRE(file.open(path, columns, 2).ok());
    CHECK(file.lastStep() == 2);
    REQUIRE(file.append(3, std::vector<double>{0.1, 2}).ok());
    CHECK(readFile(path) == "step,loss,odd_name\n1,0.5,1\n2,0.25,1\n3,0.1,2\n");
  }
  SECTION("a torn row is cut whatever the step") {
    REQUIRE(file.open(path, columns, 9).ok());
    CHECK(file.lastStep() == 3);
    CHECK(readFile(path).ends_with("3,0.125,1\n"));
  }
  SECTION("a new run starts anew") {
    REQUIRE(file.open(path, columns, 0).ok());
    CHECK(readFile(path) == "step,loss,odd_name\n");
  }
  SECTION("another table is refused") {
    columns[1] = "accuracy";
    Status status = file.open(path, columns, 2);
    CHECK(status.code() == DS_WRONG_USE);
    CHECK(status.message() ==
          "'" + path +
              "' is not this run's: expected the header "
              "'step,accuracy,odd_name', found 'step,loss,odd_name'");
  }
}

TEST_CASE("a row that cannot be written is an error") {
  TemporaryFolder folder;
  FaultyFiles files;
  MetricsFile file(files);
  std::vector<std::string> columns = {"step", "loss"};
  REQUIRE(file.open(folder.path("m.csv"), columns, 0).ok());
  files.failAt = files.calls;
  Status status = file.append(1, std::vector<double>{1});
  CHECK(status.code() == DS_FAILED);
  CHECK(status.message() ==
        "cannot write '" + folder.path("m.csv") + "': No space left on device");
}

TEST_CASE("the checksum of event files is CRC-32C") {
  // RFC 3720, B.4: 32 bytes of zeros, of ones, and the check value of the CRC.
  CHECK(crc32c(bytesOf(std::string(32, '\0'))) == 0x8A9136AA);
  CHECK(crc32c(bytesOf(std::string(32, '\xff'))) == 0x62A8AB43);
  CHECK(crc32c(bytesOf(std::string("123456789"))) == 0xE3069283);
}
