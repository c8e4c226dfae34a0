//===- Loader.cpp - checks and loads pass plugins -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Plugin/Loader.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>

namespace ds {

template <typename... Args>
static llvm::Error refuse(llvm::StringRef path, const char *format,
                          Args &&...args) {
  return llvm::createStringError(
      "plugin '" + path.str() + "' " +
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// The bytes of the dynamic symbol `name`, `size` of them, or none when the
/// library has no such symbol or does not hold that much data for it.
static std::optional<llvm::StringRef>
readSymbol(const llvm::object::ELFObjectFileBase &file, llvm::StringRef name,
           size_t size) {
  for (llvm::object::ELFSymbolRef symbol : file.getDynamicSymbolIterators()) {
    llvm::Expected<llvm::StringRef> symbolName = symbol.getName();
    if (!symbolName) {
      llvm::consumeError(symbolName.takeError());
      continue;
    }
    if (*symbolName != name)
      continue;
    llvm::Expected<llvm::object::section_iterator> section =
        symbol.getSection();
    llvm::Expected<uint64_t> address = symbol.getAddress();
    if (!section || !address || *section == file.section_end()) {
      llvm::consumeError(section.takeError());
      llvm::consumeError(address.takeError());
      return std::nullopt;
    }
    llvm::Expected<llvm::StringRef> contents = (*section)->getContents();
    if (!contents) {
      llvm::consumeError(contents.takeError());
      return std::nullopt;
    }
    uint64_t base = (*section)->getAddress();
    if (*address < base || contents->size() < size ||
        *address - base > contents->size() - size)
      return std::nullopt;
    return contents->substr(*address - base, size);
  }
  return std::nullopt;
}

/// Text of a fixed-size field, which need not be terminated in a broken file.
template <size_t N>
static llvm::StringRef text(const char (&field)[N]) {
  return {field, strnlen(field, N)};
}

static llvm::StringRef describeAssertions(uint32_t assertions) {
  return assertions ? "with assertions (without NDEBUG)"
                    : "without assertions (with NDEBUG)";
}

llvm::Expected<PluginInfo> checkPlugin(llvm::StringRef path) {
  llvm::Expected<llvm::object::OwningBinary<llvm::object::ObjectFile>> binary =
      llvm::object::ObjectFile::createObjectFile(path);
  if (!binary)
    return refuse(path, "cannot be read: {0}",
                  llvm::toString(binary.takeError()));
  auto *file =
      llvm::dyn_cast<llvm::object::ELFObjectFileBase>(binary->getBinary());
  if (!file || file->getEType() != llvm::ELF::ET_DYN)
    return refuse(path, "is not a shared library");

  std::optional<llvm::StringRef> bytes =
      readSymbol(*file, PluginInfoSymbol, sizeof(PluginInfo));
  if (!bytes)
    return refuse(path,
                  "does not say what it was built with: expected a symbol "
                  "'{0}', which DS_PLUGIN of "
                  "compiler/Plugin/Plugin.h makes",
                  PluginInfoSymbol);
  PluginInfo info;
  std::memcpy(&info, bytes->data(), sizeof(info));
  if (std::memcmp(info.magic, PluginMagic, sizeof(PluginMagic)) != 0)
    return refuse(path,
                  "describes itself as '{0}', expected '{1}': it was built for "
                  "another version of this compiler",
                  text(info.magic), text(PluginMagic));
  if (text(info.version) != DS_VERSION_STRING)
    return refuse(path,
                  "was built for version {0} of this compiler, which is "
                  "version {1}; build it again",
                  text(info.version), DS_VERSION_STRING);
  if (text(info.llvmVersion) != LLVM_VERSION_STRING)
    return refuse(
        path,
        "was built with LLVM {0}, this compiler with LLVM {1}; build it again",
        text(info.llvmVersion), LLVM_VERSION_STRING);
  if (info.assertions != PluginAssertions)
    return refuse(
        path, "was built {0}, this compiler {1}; build it again the same way",
        describeAssertions(info.assertions),
        describeAssertions(PluginAssertions));
  return info;
}

llvm::Expected<LoadedPlugin> loadPlugin(llvm::StringRef path) {
  llvm::Expected<PluginInfo> info = checkPlugin(path);
  if (!info)
    return info.takeError();
  std::vector<RegisteredPass> before = registeredPasses();
  // A name without a slash would be looked for on the library path instead.
  llvm::SmallString<256> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  llvm::Expected<mlir::PassPlugin> plugin =
      mlir::PassPlugin::load(absolute.str().str());
  if (!plugin)
    return refuse(path, "cannot be loaded: {0}",
                  llvm::toString(plugin.takeError()));
  plugin->registerPassRegistryCallbacks();

  LoadedPlugin loaded{path.str(), text(info->name).str(), {}};
  std::vector<RegisteredPass> after = registeredPasses();
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(loaded.passes),
                      [](const RegisteredPass &a, const RegisteredPass &b) {
                        return a.name < b.name;
                      });
  return loaded;
}

} // namespace ds
