//===- Weights.h - where the data of #nn.weight lies ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_DIALECTS_NN_WEIGHTS_H
#define DS_DIALECTS_NN_WEIGHTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace ds {

/// A file mapped read-only; unmapped with the last reference.
class MappedFile {
public:
  /// Maps the regular file at `path`. On failure returns null and says why in
  /// `error`.
  static std::shared_ptr<MappedFile> open(llvm::StringRef path,
                                          std::string &error);
  ~MappedFile();
  llvm::ArrayRef<char> bytes() const { return {data, size}; }
  const std::string &path() const { return name; }

private:
  MappedFile() = default;
  std::string name;
  const char *data = nullptr;
  size_t size = 0;
};

/// Data of one weight: memory kept alive by `owner`.
struct WeightData {
  std::shared_ptr<const void> owner;
  const char *data = nullptr;
  int64_t bytes = 0;
};

/// The table from (file, key) to memory. Thread-safe; entries are never
/// removed, so pointers stay valid.
class WeightTable {
public:
  /// Adds or replaces an entry.
  void insert(llvm::StringRef file, llvm::StringRef key, WeightData data);
  std::optional<WeightData> lookup(llvm::StringRef file,
                                   llvm::StringRef key) const;
  /// Adds data made by the compiler (a folded constant) under a key derived
  /// from its content; returns the key. The file is `FoldedFile`.
  std::string insertFolded(std::shared_ptr<const void> owner, const char *data,
                           int64_t bytes);

  static constexpr llvm::StringLiteral FoldedFile = "folded";

private:
  mutable std::mutex mutex;
  std::map<std::pair<std::string, std::string>, WeightData> entries;
};

} // namespace ds

#endif // DS_DIALECTS_NN_WEIGHTS_H
