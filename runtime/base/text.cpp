//===- text.cpp - messages, names and JSON text ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/text.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <vector>

namespace ds {

std::string format(const char *pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, pattern, arguments);
  va_end(arguments);
  std::string text(length > 0 ? length : 0, '\0');
  vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  return text;
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (char c : text)
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return result + "'";
}

std::string shapeText(std::span<const int64_t> dims) {
  std::string result = "[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0)
      result += ", ";
    result += dims[i] < 0 ? "?" : std::to_string(dims[i]);
  }
  return result + "]";
}

std::string jsonString(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    char32_t c = takeCodePoint(text);
    switch (c) {
    case '"':
      result += "\\\"";
      break;
    case '\\':
      result += "\\\\";
      break;
    case '\n':
      result += "\\n";
      break;
    case '\t':
      result += "\\t";
      break;
    default:
      if (c < 0x20)
        result += format("\\u%04x", static_cast<unsigned>(c));
      else
        appendUtf8(result, c);
    }
  }
  return result + "\"";
}

std::string jsonNumber(double value) {
  return std::isfinite(value) ? format("%.9g", value) : "null";
}

/// Levenshtein distance, plus transposed neighbours as one step.
static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before, previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1,
                             previous[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before = previous;
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string_view nearest(std::string_view name,
                         std::span<const std::string_view> candidates) {
  std::string_view best;
  // Somebody who stopped typing early means what goes on like that.
  for (std::string_view candidate : candidates)
    if (name.size() > 2 && candidate.starts_with(name))
      return candidate;
  // A third of the letters may be wrong; names beyond any sensible length are
  // not worth the quadratic time.
  size_t limit = name.size() / 3 + 1;
  if (name.size() > 200)
    return best;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > name.size() + limit ||
        name.size() > candidate.size() + limit)
      continue;
    size_t distance = editDistance(name, candidate);
    if (distance <= limit &&
        distance < std::max(name.size(), candidate.size())) {
      best = candidate;
      limit = distance == 0 ? 0 : distance - 1;
    }
  }
  return best;
}

std::string didYouMean(std::string_view name,
                       std::span<const std::string_view> candidates) {
  std::string_view best = nearest(name, candidates);
  return best.empty() ? "" : "; did you mean " + quoted(best) + "?";
}

char32_t takeCodePoint(std::string_view &text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned first = byte(0);
  size_t length = first < 0x80                    ? 1
                  : first >= 0xC2 && first < 0xE0 ? 2
                  : (first & 0xF0) == 0xE0        ? 3
                  : first >= 0xF0 && first < 0xF5 ? 4
                                                  : 0;
  char32_t value = length < 2 ? first : first & (0x7F >> length);
  bool valid = length > 0 && length <= text.size();
  for (size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    value = value << 6 | (byte(i) & 0x3F);
  }
  // Overlong forms, surrogates and what lies beyond Unicode.
  if (valid &&
      ((length == 3 && value < 0x800) || (length == 4 && value < 0x10000) ||
       (value >= 0xD800 && value < 0xE000) || value > 0x10FFFF))
    valid = false;
  text.remove_prefix(valid ? length : 1);
  return valid ? value : 0xFFFD;
}

void appendUtf8(std::string &text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | c >> 18);
    text += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  }
}

} // namespace ds
