//===- Lists.h - what ds-compile can list about itself --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_LISTS_H
#define DS_COMPILER_DRIVER_LISTS_H

#include "compiler/Plugin/Loader.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace ds {

/// --version: of this program, LLVM and ONNX, and the highest opset.
void printVersion(bool json, llvm::raw_ostream &out);

/// --list-ops: every importable operator with its versions, whether it has a
/// gradient, and the targets it compiles for.
void printOperators(bool json, llvm::raw_ostream &out);

/// --list-passes: passes of ours and of the plugins; as text with their
/// options.
void printPasses(llvm::ArrayRef<RegisteredPass> ours,
                 llvm::ArrayRef<LoadedPlugin> plugins, bool json,
                 llvm::raw_ostream &out);

/// The plugins' part of --help.
void printPluginHelp(llvm::ArrayRef<LoadedPlugin> plugins,
                     llvm::raw_ostream &out);

} // namespace ds

#endif // DS_COMPILER_DRIVER_LISTS_H
