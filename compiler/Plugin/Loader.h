//===- Loader.h - checks and loads pass plugins ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_PLUGIN_LOADER_H
#define DS_COMPILER_PLUGIN_LOADER_H

#include "compiler/Plugin/Plugin.h"
#include "compiler/Plugin/RegisteredPasses.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace ds {

/// A plugin whose passes are registered. It stays loaded until the process
/// ends.
struct LoadedPlugin {
  std::string path;
  std::string name;
  std::vector<RegisteredPass> passes;
};

/// Reads what the library at `path` says about itself and fails, with a reason
/// for the user, unless it is a plugin of exactly this compiler: version, LLVM
/// version and assertions. Runs none of its code.
llvm::Expected<PluginInfo> checkPlugin(llvm::StringRef path);

/// Checks the plugin, loads it and registers its passes. Not thread-safe.
llvm::Expected<LoadedPlugin> loadPlugin(llvm::StringRef path);

} // namespace ds

#endif // DS_COMPILER_PLUGIN_LOADER_H
