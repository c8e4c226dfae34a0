//===- Suggest.cpp - "did you mean" ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Suggest.h"

#include <algorithm>

namespace ds {

llvm::StringRef nearestName(llvm::StringRef name,
                            llvm::ArrayRef<llvm::StringRef> candidates) {
  // One slip in three characters, and at least one, is still the same word.
  unsigned best = std::max<size_t>(1, name.size() / 3) + 1;
  llvm::StringRef nearest;
  for (llvm::StringRef candidate : candidates) {
    unsigned distance = name.edit_distance_insensitive(
        candidate, /*AllowReplacements=*/true, best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string didYouMean(llvm::StringRef name,
                       llvm::ArrayRef<llvm::StringRef> candidates) {
  llvm::StringRef nearest = nearestName(name, candidates);
  return nearest.empty() ? "" : ", did you mean '" + nearest.str() + "'?";
}

std::string expectedOneOf(llvm::StringRef name,
                          llvm::ArrayRef<llvm::StringRef> candidates) {
  std::string text = "expected ";
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0)
      text += i + 1 == candidates.size() ? " or " : ", ";
    text += candidates[i];
  }
  text += ", found '" + name.str() + "'";
  return text + didYouMean(name, candidates);
}

} // namespace ds
