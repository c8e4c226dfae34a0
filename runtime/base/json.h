//===- json.h - reading JSON ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A strict reader for the small JSON texts in checkpoints and safetensors
// files; programs carry no JSON library.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_JSON_H
#define DS_RUNTIME_BASE_JSON_H

#include "runtime/base/status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A parsed value.
struct JsonValue {
  enum class Kind { Null, Bool, Number, String, Array, Object };

  Kind kind = Kind::Null;
  bool truth = false;
  std::string text;               ///< of a string, or a number as it is spelt
  std::vector<JsonValue> items;   ///< of an array, or an object's members
  std::vector<std::string> names; ///< of the members, in file order

  /// The member of this name of an object; null when it is no object or has
  /// none.
  const JsonValue *find(std::string_view name) const;
  /// A number that is spelt as an integer and fits.
  std::optional<int64_t> integer() const;
  std::optional<uint64_t> unsignedInteger() const;
  /// The text of a string.
  std::optional<std::string_view> string() const;
};

/// Parses a whole text. What RFC 8259 does not allow, an object with a name
/// twice, and nesting beyond 32 levels are DS_BAD_FILE.
Result<JsonValue> parseJson(std::string_view text);

} // namespace ds

#endif // DS_RUNTIME_BASE_JSON_H
