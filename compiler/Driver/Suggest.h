//===- Suggest.h - "did you mean" -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_SUGGEST_H
#define DS_COMPILER_DRIVER_SUGGEST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace ds {

/// The candidate nearest to `name`, or an empty text when none is near enough
/// to be what was meant.
llvm::StringRef nearestName(llvm::StringRef name,
                            llvm::ArrayRef<llvm::StringRef> candidates);

/// ", did you mean 'X'?" for the nearest candidate, or an empty text.
std::string didYouMean(llvm::StringRef name,
                       llvm::ArrayRef<llvm::StringRef> candidates);

/// "expected A, B or C, found 'name'", with a suggestion when one is near.
std::string expectedOneOf(llvm::StringRef name,
                          llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace ds

#endif // DS_COMPILER_DRIVER_SUGGEST_H
