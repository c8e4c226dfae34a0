//===- RegisteredPasses.h - which passes are there ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_PLUGIN_REGISTEREDPASSES_H
#define DS_COMPILER_PLUGIN_REGISTEREDPASSES_H

#include <string>
#include <vector>

namespace ds {

/// A pass in MLIR's registry.
struct RegisteredPass {
  std::string name;
  std::string summary;
};

/// Every pass registered so far, by name. Writes to the standard output are
/// diverted for the moment of the call: not thread-safe.
std::vector<RegisteredPass> registeredPasses();

} // namespace ds

#endif // DS_COMPILER_PLUGIN_REGISTEREDPASSES_H
