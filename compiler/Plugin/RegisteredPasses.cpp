//===- RegisteredPasses.cpp - which passes are there ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's pass registry can be asked for one name, and it can print itself; it
// cannot be walked. So we let it print into memory and take the names from
// there, and everything else from the registry itself.
//
//===----------------------------------------------------------------------===//
#include "compiler/Plugin/RegisteredPasses.h"

#include "mlir/Pass/PassRegistry.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdio>
#include <sys/mman.h>
#include <unistd.h>

namespace ds {

/// What `print` writes to the standard output; empty when it cannot be
/// diverted.
template <typename Callback>
static std::string captureStandardOutput(Callback print) {
  std::string text;
  int memory = memfd_create("passes", MFD_CLOEXEC);
  if (memory < 0)
    return text;
  llvm::outs().flush();
  std::fflush(stdout);
  int saved = dup(STDOUT_FILENO);
  if (saved >= 0 && dup2(memory, STDOUT_FILENO) >= 0) {
    print();
    llvm::outs().flush();
    dup2(saved, STDOUT_FILENO);
    off_t size = lseek(memory, 0, SEEK_END);
    text.resize(size > 0 ? size : 0);
    ssize_t count = pread(memory, text.data(), text.size(), 0);
    text.resize(count > 0 ? count : 0);
  }
  if (saved >= 0)
    close(saved);
  close(memory);
  return text;
}

std::vector<RegisteredPass> registeredPasses() {
  std::string text =
      captureStandardOutput([] { mlir::printRegisteredPasses(); });
  std::vector<RegisteredPass> passes;
  llvm::StringRef rest = text;
  while (!rest.empty()) {
    llvm::StringRef line;
    std::tie(line, rest) = rest.split('\n');
    // A pass is indented less than its options, but options may carry the name
    // of another pass; that one is listed anyway, and doubles are removed.
    line = line.trim();
    if (!line.consume_front("--"))
      continue;
    llvm::StringRef name = line.take_until([](char c) { return c == ' '; });
    if (const mlir::PassInfo *info = mlir::PassInfo::lookup(name))
      passes.push_back({name.str(), info->getPassDescription().str()});
  }
  std::sort(passes.begin(), passes.end(),
            [](const RegisteredPass &a, const RegisteredPass &b) {
              return a.name < b.name;
            });
  passes.erase(
      std::unique(passes.begin(), passes.end(),
                  [](const RegisteredPass &a, const RegisteredPass &b) {
                    return a.name == b.name;
                  }),
      passes.end());
  return passes;
}

} // namespace ds
