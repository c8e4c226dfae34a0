//===- OutputFile.h - files that appear whole or not at all ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_OUTPUTFILE_H
#define DS_COMPILER_DRIVER_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace ds {

/// Writes the file at `path` through a temporary file beside it, which is
/// renamed at the end; a failure or a signal leaves nothing behind. "-" is the
/// standard output, and what is no regular file is written straight to.
llvm::Error
writeFileAtomically(llvm::StringRef path,
                    llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace ds

#endif // DS_COMPILER_DRIVER_OUTPUTFILE_H
