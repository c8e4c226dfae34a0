//===- json.cpp - reading JSON --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/json.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <charconv>

namespace ds {
namespace {

constexpr int MaxDepth = 32;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

class Parser {
public:
  explicit Parser(std::string_view text) : whole(text), rest(text) {}

  Result<JsonValue> parse() {
    JsonValue value;
    if (Status status = parseValue(value, 0); !status.ok())
      return status;
    skipSpace();
    if (!rest.empty())
      return expected("the end");
    return value;
  }

private:
  Status expected(const char *what) const {
    return Status(DS_BAD_FILE,
                  format("malformed JSON: expected %s at byte %zu, found ",
                         what, whole.size() - rest.size()) +
                      (rest.empty() ? "the end" : quoted(rest.substr(0, 1))));
  }

  void skipSpace() {
    size_t end = rest.find_first_not_of(" \t\r\n");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }

  bool take(char c) {
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  bool takeWord(std::string_view word) {
    if (!rest.starts_with(word))
      return false;
    rest.remove_prefix(word.size());
    return true;
  }

  Status parseValue(JsonValue &value, int depth) {
    if (depth > MaxDepth)
      return Status(DS_BAD_FILE,
                    format("malformed JSON: expected at most %d levels of "
                           "nesting, found more",
                           MaxDepth));
    skipSpace();
    if (rest.empty())
      return expected("a value");
    switch (rest.front()) {
    case '{':
      return parseObject(value, depth);
    case '[':
      return parseArray(value, depth);
    case '"':
      value.kind = JsonValue::Kind::String;
      return parseString(value.text);
    default:
      break;
    }
    if (takeWord("null"))
      return {};
    value.kind = JsonValue::Kind::Bool;
    value.truth = rest.front() == 't';
    if (takeWord("true") || takeWord("false"))
      return {};
    return parseNumber(value);
  }

  Status parseObject(JsonValue &value, int depth) {
    value.kind = JsonValue::Kind::Object;
    take('{');
    skipSpace();
    if (take('}'))
      return {};
    do {
      skipSpace();
      std::string name;
      if (rest.empty() || rest.front() != '"')
        return expected("a name");
      if (Status status = parseString(name); !status.ok())
        return status;
      skipSpace();
      if (!take(':'))
        return expected("':'");
      value.names.push_back(std::move(name));
      if (Status status = parseValue(value.items.emplace_back(), depth + 1);
          !status.ok())
        return status;
      skipSpace();
    } while (take(','));
    if (!take('}'))
      return expected("',' or '}'");
    std::vector<std::string_view> names(value.names.begin(), value.names.end());
    std::sort(names.begin(), names.end());
    auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
      return Status(DS_BAD_FILE, "malformed JSON: an object has the name " +
                                     quoted(*twice) + " twice");
    return {};
  }

  Status parseArray(JsonValue &value, int depth) {
    value.kind = JsonValue::Kind::Array;
    take('[');
    skipSpace();
    if (take(']'))
      return {};
    do {
      if (Status status = parseValue(value.items.emplace_back(), depth + 1);
          !status.ok())
        return status;
      skipSpace();
    } while (take(','));
    return take(']') ? Status() : expected("',' or ']'");
  }

  /// Four hex digits, or a negative number.
  int32_t takeHex() {
    uint32_t code = 0;
    if (rest.size() < 4)
      return -1;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + 4, code, 16);
    if (error != std::errc() || end != rest.data() + 4)
      return -1;
    rest.remove_prefix(4);
    return static_cast<int32_t>(code);
  }

  Status parseEscape(std::string &text) {
    constexpr std::string_view Letters = "\"\\/bfnrt",
                               Meanings = "\"\\/\b\f\n\r\t";
    if (rest.empty())
      return expected("an escape");
    size_t which = Letters.find(rest.front());
    if (which != std::string_view::npos) {
      text += Meanings[which];
      rest.remove_prefix(1);
      return {};
    }
    if (!take('u'))
      return expected("an escape");
    int32_t code = takeHex();
    if (code >= 0xD800 && code < 0xDC00) {
      int32_t low = takeWord("\\u") ? takeHex() : -1;
      code = low >= 0xDC00 && low < 0xE000
                 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                 : -1;
    } else if (code >= 0xDC00 && code < 0xE000) {
      code = -1;
    }
    if (code < 0)
      return expected("a Unicode character in hexadecimal");
    appendUtf8(text, static_cast<char32_t>(code));
    return {};
  }

  Status parseString(std::string &text) {
    take('"');
    while (!rest.empty() && rest.front() != '"') {
      if (static_cast<unsigned char>(rest.front()) < 0x20)
        return expected("no control character in a string");
      if (take('\\')) {
        if (Status status = parseEscape(text); !status.ok())
          return status;
      } else {
        text += rest.front();
        rest.remove_prefix(1);
      }
    }
    return take('"') ? Status() : expected("'\"'");
  }

  size_t digits(size_t at) const {
    while (at < rest.size() && isDigit(rest[at]))
      ++at;
    return at;
  }

  Status parseNumber(JsonValue &value) {
    size_t first = rest.starts_with('-') ? 1 : 0, end = digits(first);
    if (end == first || (rest[first] == '0' && end > first + 1))
      return expected("a value");
    if (end < rest.size() && rest[end] == '.') {
      size_t fraction = end + 1;
      end = digits(fraction);
      if (end == fraction)
        return expected("a number");
    }
    if (end < rest.size() && (rest[end] == 'e' || rest[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < rest.size() &&
          (rest[exponent] == '+' || rest[exponent] == '-'))
        ++exponent;
      end = digits(exponent);
      if (end == exponent)
        return expected("a number");
    }
    value.kind = JsonValue::Kind::Number;
    value.text = rest.substr(0, end);
    rest.remove_prefix(end);
    return {};
  }

  std::string_view whole;
  std::string_view rest;
};

template <typename T>
std::optional<T> whole(const JsonValue &value) {
  T number = 0;
  const char *begin = value.text.data(), *last = begin + value.text.size();
  auto [end, error] = std::from_chars(begin, last, number);
  if (value.kind != JsonValue::Kind::Number || error != std::errc() ||
      end != last)
    return std::nullopt;
  return number;
}

} // namespace

const JsonValue *JsonValue::find(std::string_view name) const {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name)
      return &items[i];
  return nullptr;
}

std::optional<int64_t> JsonValue::integer() const {
  return whole<int64_t>(*this);
}
std::optional<uint64_t> JsonValue::unsignedInteger() const {
  return whole<uint64_t>(*this);
}
std::optional<std::string_view> JsonValue::string() const {
  if (kind != Kind::String)
    return std::nullopt;
  return text;
}

Result<JsonValue> parseJson(std::string_view text) {
  return Parser(text).parse();
}

} // namespace ds
