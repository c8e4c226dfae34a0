//===- manifest.h - what a checkpoint says about itself -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The manifest.json of a checkpoint: where the run stands, what it runs on,
// which program made it, and the hashes of the files beside it.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_CHECKPOINT_MANIFEST_H
#define DS_RUNTIME_CHECKPOINT_MANIFEST_H

#include "runtime/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A file of a checkpoint.
struct ManifestFile {
  std::string name; ///< without a folder
  uint64_t bytes = 0;
  std::string hash; ///< hashText()
};

struct Manifest {
  int64_t step = 0; ///< steps that are done
  // The stream of random numbers: what is drawn next is a function of both.
  uint64_t seed = 0;
  int64_t position = 0;
  // The data, and where the next batch begins.
  int64_t examples = 0;
  int64_t batch = 0;
  bool shuffle = false;
  bool wrap = false;
  int64_t epoch = 0;
  int64_t example = 0;
  // The program.
  std::string program;
  std::string compiler;
  std::string target;
  std::string build; ///< the build id of its file; "" when it has none

  std::vector<ManifestFile> files;
};

/// The text of a manifest, with a checksum of itself.
std::string printManifest(const Manifest &manifest);

/// Reads a manifest. A malformed one, or one whose checksum is wrong, is
/// DS_BAD_FILE.
Result<Manifest> parseManifest(std::string_view text);

} // namespace ds

#endif // DS_RUNTIME_CHECKPOINT_MANIFEST_H
