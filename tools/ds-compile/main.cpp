//===- main.cpp - ds-compile: a model becomes a program -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Driver.h"
#include "runtime/checkpoint/checkpoint.h"

static ds::FoundWeights findWeights(const std::string &folder) {
  ds::FoundWeights found;
  ds::Result<ds::Checkpoint> checkpoint =
      ds::openCheckpoint(folder, found.skipped);
  if (checkpoint.ok()) {
    found.text = checkpoint->path + "/" + ds::WeightsFile;
    return found;
  }
  ds::Status status = checkpoint.takeError();
  found.text = status.message();
  // Both follow the exit statuses of all tools.
  found.code = static_cast<ds::ExitCode>(status.code());
  return found;
}

int main(int argc, char **argv) {
  return ds::dsCompileMain(argc, argv, findWeights);
}
