//===- link_sample.cpp - links a hand-written model -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// link_sample exe|job|lib OUTPUT OBJECT RESOURCES [weights]: what ds-compile
// does after code generation.
//===----------------------------------------------------------------------===//
#include "compiler/Link/Link.h"
#include "test/runtime/sample_model.h"

#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <vector>

using namespace llvm;

int main(int argc, char **argv) {
  if (argc < 5) {
    errs()
        << "usage: link_sample exe|job|lib OUTPUT OBJECT RESOURCES [weights]\n";
    return 2;
  }
  ds::LinkOptions options;
  options.kind = strcmp(argv[1], "exe") == 0   ? ds::LinkKind::Executable
                 : strcmp(argv[1], "job") == 0 ? ds::LinkKind::TrainingJob
                                               : ds::LinkKind::Library;
  options.outputPath = argv[2];
  options.objectPaths = {argv[3]};
  options.resourceDirectory = argv[4];
  options.weightBytes =
      argc > 5 ? ds::test::SampleWeightCount * sizeof(float) : 0;
  Error error = ds::linkProgram(options, [](ds::WeightSink &sink) {
    std::vector<float> weights;
    for (int64_t i = 0; i < ds::test::SampleWeightCount; ++i)
      weights.push_back(ds::test::sampleWeight(i));
    return sink.write({reinterpret_cast<const char *>(weights.data()),
                       weights.size() * sizeof(float)});
  });
  if (!error)
    return 0;
  errs() << "error: " << toString(std::move(error)) << '\n';
  return 1;
}
