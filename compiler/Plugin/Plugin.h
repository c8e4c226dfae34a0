//===- Plugin.h - what a pass plugin says about itself --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_PLUGIN_PLUGIN_H
#define DS_COMPILER_PLUGIN_PLUGIN_H

#include "compiler/Plugin/Version.h"

#include "mlir/Tools/Plugins/PassPlugin.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Compiler.h"

#include <cstdint>

namespace ds {

/// What a plugin was built with. Plain data without pointers, so that the
/// loader can read it out of the file before any code of the plugin runs: a
/// plugin of another ABI may crash in its static constructors already.
struct PluginInfo {
  char magic[16];
  char name[64];
  char version[32];
  char llvmVersion[32];
  /// 1 when built without NDEBUG: headers of LLVM lay out classes by it.
  uint32_t assertions;
};

/// First bytes of every PluginInfo; the number changes with its layout.
inline constexpr char PluginMagic[16] = "ds-pass-plugin1";

/// Name of the exported PluginInfo.
inline constexpr char PluginInfoSymbol[] = "dsPluginInfo";

/// Whether the including file is built with assertions.
#ifdef NDEBUG
inline constexpr uint32_t PluginAssertions = 0;
#else
inline constexpr uint32_t PluginAssertions = 1;
#endif

namespace detail {
template <unsigned N, unsigned M>
constexpr void copyText(char (&to)[N], const char (&from)[M]) {
  static_assert(M <= N, "text too long for PluginInfo");
  for (unsigned i = 0; i < M; ++i)
    to[i] = from[i];
}
} // namespace detail

/// The description of a plugin called `name`, as the including file is built.
template <unsigned N>
constexpr PluginInfo makePluginInfo(const char (&name)[N]) {
  PluginInfo info = {};
  detail::copyText(info.magic, PluginMagic);
  detail::copyText(info.name, name);
  detail::copyText(info.version, DS_VERSION_STRING);
  detail::copyText(info.llvmVersion, LLVM_VERSION_STRING);
  info.assertions = PluginAssertions;
  return info;
}

} // namespace ds

/// Makes the including shared library a pass plugin, for `ds-compile
/// --pass-plugin` and `ds-opt --load-pass-plugin`. `NAME` is a string literal;
/// `REGISTER` a function without arguments that registers the passes
/// (`mlir::PassRegistration<MyPass>()` for each). Used once per library, at
/// namespace scope.
#define DS_PLUGIN(NAME, REGISTER)                                              \
  extern "C" {                                                                 \
  __attribute__((visibility("default"),                                        \
                 used)) extern constinit const ::ds::PluginInfo dsPluginInfo = \
      ::ds::makePluginInfo(NAME);                                              \
  __attribute__((visibility("default")))                                       \
  LLVM_ATTRIBUTE_WEAK ::mlir::PassPluginLibraryInfo                            \
  mlirGetPassPluginInfo() {                                                    \
    return {MLIR_PLUGIN_API_VERSION, NAME, DS_VERSION_STRING,                  \
            [] { REGISTER(); }};                                               \
  }                                                                            \
  }                                                                            \
  static_assert(true, "a semicolon follows")

#endif // DS_COMPILER_PLUGIN_PLUGIN_H
