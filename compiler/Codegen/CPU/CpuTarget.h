//===- CpuTarget.h - what code generation knows about an x86-64 CPU
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_CPU_CPUTARGET_H
#define DS_COMPILER_CODEGEN_CPU_CPUTARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

/// An x86-64 CPU: LLVM's name and features for it, and the sizes that tiles are
/// chosen by.
struct CpuTarget {
  std::string cpu;      ///< as LLVM names it, such as "znver4" or "x86-64-v3"
  std::string features; ///< LLVM feature string, "+avx2,-avx512f"
  std::string required; ///< features a machine must have, comma separated, for
                        ///< the check at start
  int64_t lanes = 8;    ///< 32-bit elements in a vector register
  int64_t registers = 16;
  bool hasFma = false;
  std::string suffix; ///< of the symbols of its code, where a program carries
                      ///< code for several targets

  /// "native" (this machine), "x86-64-v2", "x86-64-v3", "x86-64-v4" or any CPU
  /// that LLVM knows.
  static llvm::Expected<CpuTarget> create(llvm::StringRef name);
  /// What a program for `name` carries code for, the best first: several
  /// targets for "portable", one for all that `create` takes.
  static llvm::Expected<std::vector<CpuTarget>> createAll(llvm::StringRef name);

  /// What `symbol` is called in this target's code.
  std::string nameOf(llvm::StringRef symbol) const {
    return symbol.str() + suffix;
  }
};

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_CPUTARGET_H
