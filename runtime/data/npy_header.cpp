//===- npy_header.cpp - the header of NumPy's array format ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/npy_header.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"

#include <cstring>

namespace ds {
namespace {

constexpr std::string_view Magic = "\x93NUMPY";
/// NumPy's own limit.
constexpr size_t MaxRank = 64;

Status bad(const std::string &message) {
  return Status(DS_BAD_FILE, "malformed .npy data: " + message);
}

/// The header is a Python literal: a dict of exactly three keys. This reads
/// that much of Python and no more.
class LiteralParser {
public:
  explicit LiteralParser(std::string_view text) : rest(text) {}

  Status parse(NpyHeader &header) {
    bool haveType = false, haveOrder = false, haveShape = false;
    if (!take('{'))
      return expected("'{'");
    while (!take('}')) {
      std::string key;
      if (!takeString(key))
        return expected("a key in quotes");
      if (!take(':'))
        return expected("':' after " + quoted(key));
      bool *have = key == "descr"           ? &haveType
                   : key == "fortran_order" ? &haveOrder
                   : key == "shape"         ? &haveShape
                                            : nullptr;
      if (!have)
        return bad(
            "expected the keys 'descr', 'fortran_order' and 'shape', found " +
            quoted(key));
      if (*have)
        return bad("the key " + quoted(key) + " stands twice in the header");
      *have = true;
      Status status = key == "descr"   ? parseType(header)
                      : key == "shape" ? parseShape(header)
                                       : parseOrder(header);
      if (!status.ok())
        return status;
      if (!take(',') && !peek('}'))
        return expected("',' or '}'");
    }
    if (!haveType || !haveOrder || !haveShape)
      return bad("the header lacks the key " +
                 std::string(!haveType    ? "'descr'"
                             : !haveOrder ? "'fortran_order'"
                                          : "'shape'"));
    skipSpace();
    if (!rest.empty())
      return expected("the end of the header");
    return {};
  }

private:
  void skipSpace() {
    while (!rest.empty() && std::strchr(" \t\n\r", rest.front()) &&
           rest.front() != '\0')
      rest.remove_prefix(1);
  }
  bool peek(char c) {
    skipSpace();
    return !rest.empty() && rest.front() == c;
  }
  bool take(char c) {
    bool found = peek(c);
    if (found)
      rest.remove_prefix(1);
    return found;
  }
  bool takeWord(std::string_view word) {
    skipSpace();
    bool found = rest.starts_with(word);
    if (found)
      rest.remove_prefix(word.size());
    return found;
  }
  bool takeString(std::string &text) {
    skipSpace();
    if (rest.empty() || (rest.front() != '\'' && rest.front() != '"'))
      return false;
    size_t end = rest.find(rest.front(), 1);
    if (end == std::string_view::npos)
      return false;
    text = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return true;
  }
  Status expected(const std::string &what) {
    skipSpace();
    return bad("expected " + what + " in the header, found " +
               (rest.empty() ? "its end" : quoted(rest.substr(0, 20))));
  }

  Status parseType(NpyHeader &header) {
    if (peek('[') || peek('('))
      return Status(
          DS_WRONG_USE,
          "expected a plain element type in .npy data, found a structured one");
    if (!takeString(header.type))
      return expected("an element type in quotes");
    std::string_view text = header.type;
    char order = text.empty() ? '\0' : text.front();
    if (text.size() > 1 && text[1] == 'O')
      return bad(
          "the array holds pickled Python objects, which are never read");
    if (order == '>')
      return Status(DS_WRONG_USE,
                    "expected little-endian elements in .npy data, found " +
                        quoted(text));
    if (text.size() > 2 && (text[1] == 'M' || text[1] == 'm'))
      return Status(
          DS_WRONG_USE,
          "expected numbers or text in .npy data, found the dates or times " +
              quoted(text));
    if ((order != '<' && order != '|') || text.size() < 3 ||
        !std::strchr("biufcUVS", text[1]))
      return bad("expected an element type such as '<f4', found " +
                 quoted(text));
    header.kind = text[1];
    int64_t size = 0;
    for (char c : text.substr(2)) {
      if (c < '0' || c > '9' || size > 1 << 24)
        return bad("expected an element type such as '<f4', found " +
                   quoted(text));
      size = size * 10 + (c - '0');
    }
    header.itemSize = header.kind == 'U' ? size * 4 : size;
    return {};
  }

  Status parseOrder(NpyHeader &header) {
    header.fortranOrder = takeWord("True");
    if (!header.fortranOrder && !takeWord("False"))
      return expected("True or False");
    return {};
  }

  Status parseShape(NpyHeader &header) {
    if (!take('('))
      return expected("a shape in parentheses");
    while (!take(')')) {
      skipSpace();
      int64_t extent = 0;
      size_t digits = 0;
      for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9';
           ++digits)
        if (__builtin_mul_overflow(extent, 10, &extent) ||
            __builtin_add_overflow(extent, rest[digits] - '0', &extent))
          return bad("a dimension of the shape does not fit 64 bits");
      if (digits == 0)
        return expected("a dimension");
      rest.remove_prefix(digits);
      take('L'); // as Python 2 wrote long integers
      header.dims.push_back(extent);
      if (header.dims.size() > MaxRank)
        return bad(
            format("expected at most %zu dimensions, found more", MaxRank));
      if (!take(',') && (!peek(')') || header.dims.size() == 1))
        return expected("',' after a dimension");
    }
    return {};
  }

  std::string_view rest;
};

} // namespace

bool isNpy(std::span<const std::byte> data) {
  return data.size() >= Magic.size() &&
         std::memcmp(data.data(), Magic.data(), Magic.size()) == 0;
}

Result<NpyHeader> parseNpyHeader(std::span<const std::byte> prefix,
                                 size_t totalSize) {
  auto byte = [&](size_t i) { return static_cast<size_t>(prefix[i]); };
  if (!isNpy(prefix)) {
    bool pickle = prefix.size() > 1 && byte(0) == 0x80 && byte(1) <= 5;
    return bad(pickle ? "found a Python pickle, which is never read"
                      : "expected it to begin with \\x93NUMPY");
  }
  if (prefix.size() < 10)
    return bad("it ends within the header");
  size_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0)
    return bad(
        format("expected format 1.0, 2.0 or 3.0, found %zu.%zu", major, minor));
  size_t start = major == 1 ? 10 : 12;
  if (prefix.size() < start)
    return bad("it ends within the header");
  size_t length = byte(8) | byte(9) << 8;
  if (major > 1)
    length |= byte(10) << 16 | byte(11) << 24;
  if (length > MaxNpyHeader - 12)
    return bad(format("expected a header of at most %zu bytes, found %zu",
                      MaxNpyHeader - 12, length));
  if (prefix.size() < start + length)
    return bad(
        format("it ends within the header: expected %zu bytes, found %zu",
               start + length, prefix.size()));
  NpyHeader header{};
  Status status =
      LiteralParser(
          {reinterpret_cast<const char *>(prefix.data()) + start, length})
          .parse(header);
  if (!status.ok())
    return status;
  header.dataOffset = start + length;
  std::optional<int64_t> count = elementCount(header.dims, header.itemSize);
  if (!count)
    return bad("shape " + shapeText(header.dims) + " of " +
               quoted(header.type) + " does not fit 64 bits");
  header.dataSize = static_cast<size_t>(*count) * header.itemSize;
  size_t found = totalSize - header.dataOffset;
  if (header.dataSize != found)
    return bad(
        format("expected %zu bytes of data for shape ", header.dataSize) +
        shapeText(header.dims) + " of " + quoted(header.type) +
        format(", found %zu", found));
  return header;
}

std::string printNpyHeader(const std::string &type,
                           std::span<const int64_t> dims) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < dims.size(); ++i)
    header += (i > 0 ? ", " : "") + std::to_string(dims[i]);
  header += dims.size() == 1 ? ",), }" : "), }";
  // The whole, with magic, version, length and newline, fills a multiple of 64
  // bytes.
  size_t total = (10 + header.size() + 1 + 63) / 64 * 64;
  header.resize(total - 11, ' ');
  header += '\n';
  std::string result(Magic);
  result += '\1';
  result += '\0';
  result += static_cast<char>(header.size() & 0xff);
  result += static_cast<char>(header.size() >> 8);
  return result + header;
}

} // namespace ds
