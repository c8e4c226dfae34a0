//===- plugin.cpp - a library that claims to be a plugin ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spells the layout out instead of including Plugin.h, as a plugin of another
// version would have it.
//
//===----------------------------------------------------------------------===//
#include <cstdio>
#include <cstdlib>

#ifndef MAGIC
#define MAGIC "ds-pass-plugin1"
#endif
#ifndef VERSION
#define VERSION "0.0.1"
#endif
#ifndef SYMBOL
#define SYMBOL dsPluginInfo
#endif

#ifdef SMALL
extern "C" const char SYMBOL[] = MAGIC;
#else
struct Info {
  char magic[16];
  char name[64];
  char version[32];
  char llvmVersion[32];
  unsigned assertions;
};

extern "C" const Info SYMBOL = {MAGIC, "Old", VERSION, "22.1.8", 0};
#endif

namespace {
struct Constructor {
  Constructor() {
    std::puts("constructor");
    std::abort();
  }
} constructor;
} // namespace
