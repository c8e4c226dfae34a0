//===- text.h - messages, names and JSON text -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few string helpers that messages and reports of the runtime share.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_TEXT_H
#define DS_RUNTIME_BASE_TEXT_H

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ds {

/// printf into a string.
std::string format(const char *pattern, ...)
    __attribute__((format(printf, 1, 2)));

/// `text` in single quotes, with bytes that would upset a terminal replaced by
/// '?'.
std::string quoted(std::string_view text);

/// "[2, 3, ?]"; negative extents are dynamic.
std::string shapeText(std::span<const int64_t> dims);

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become
/// U+FFFD.
std::string jsonString(std::string_view text);

/// A number as JSON: null for what JSON cannot say.
std::string jsonNumber(double value);

/// The candidate that `name` is most likely a misspelling of, or "" when none
/// is close.
std::string_view nearest(std::string_view name,
                         std::span<const std::string_view> candidates);

/// "; did you mean 'x'?" for the nearest candidate, or "".
std::string didYouMean(std::string_view name,
                       std::span<const std::string_view> candidates);

/// Decodes one code point and drops it from the front of `text`, which must not
/// be empty. What is no UTF-8 gives U+FFFD and drops one byte.
char32_t takeCodePoint(std::string_view &text);

/// Appends a code point as UTF-8. It must be a Unicode scalar value.
void appendUtf8(std::string &text, char32_t codePoint);

} // namespace ds

#endif // DS_RUNTIME_BASE_TEXT_H
