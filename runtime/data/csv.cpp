//===- csv.cpp - tables of comma-separated values -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/csv.h"

#include "ds/types.h"
#include "runtime/base/text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

namespace ds {
namespace {

/// Fields of one record at a time. What a field refers to lives until the next.
class Reader {
public:
  Reader(const std::string &path, std::string_view text)
      : path(path), rest(text) {
    if (rest.starts_with("\xEF\xBB\xBF"))
      rest.remove_prefix(3);
  }

  bool atEnd() const { return rest.empty(); }
  size_t line() const { return recordLine; }

  Status bad(const std::string &message) const {
    return Status(DS_BAD_FILE,
                  format("%s, line %zu: ", quoted(path).c_str(), recordLine) +
                      message);
  }

  /// Reads a record into `fields`, whose strings are used again.
  Status next(std::vector<std::string> &fields) {
    recordLine = currentLine;
    size_t count = 0;
    do {
      if (fields.size() == count)
        fields.emplace_back();
      if (Status status = nextField(fields[count++]); !status.ok())
        return status;
    } while (take(','));
    fields.resize(count);
    take('\r');
    if (!rest.empty() && !take('\n'))
      return bad("expected ',' or the end of the line, found " +
                 quoted(rest.substr(0, 1)));
    ++currentLine;
    return {};
  }

private:
  bool take(char c) {
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  Status nextField(std::string &field) {
    field.clear();
    if (!take('"')) {
      size_t end = std::min(rest.find_first_of(",\r\n\"\0", 0, 5), rest.size());
      field = rest.substr(0, end);
      rest.remove_prefix(end);
      return {};
    }
    while (true) {
      size_t end = rest.find('"');
      if (end == std::string_view::npos)
        return bad("a quoted field has no end");
      field += rest.substr(0, end);
      currentLine += std::count(rest.begin(), rest.begin() + end, '\n');
      rest.remove_prefix(end + 1);
      if (!take('"'))
        return {};
      field += '"'; // doubled: a quote
    }
  }

  const std::string &path;
  std::string_view rest;
  size_t currentLine = 1;
  size_t recordLine = 1;
};

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <typename T>
std::optional<T> parse(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+'))
    text.remove_prefix(1);
  T value;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// A column in the making. A first pass over the file finds its type, a second
/// one its values: so no field need be kept as text.
struct Builder {
  std::string name;
  int32_t type = DS_INT64;        ///< then DS_FLOAT64, then DS_STRING
  std::vector<uint64_t> elements; ///< the bits of int64 or f64
  std::vector<std::string> words;
};

/// Widens the column's type to one that has the field.
void widen(Builder &builder, std::string_view field) {
  if (builder.type == DS_INT64 && !parse<int64_t>(field))
    builder.type = DS_FLOAT64;
  if (builder.type == DS_FLOAT64 && !parse<double>(field))
    builder.type = DS_STRING;
}

void add(Builder &builder, std::string_view field) {
  if (builder.type == DS_INT64)
    builder.elements.push_back(*parse<int64_t>(field));
  else if (builder.type == DS_FLOAT64)
    builder.elements.push_back(std::bit_cast<uint64_t>(*parse<double>(field)));
  else
    builder.words.emplace_back(trimmed(field));
}

Result<Column> finish(const std::string &path, Builder builder) {
  Column column;
  column.name = builder.name;
  column.source = "column " + quoted(builder.name) + " of " + quoted(path);
  column.elementType = builder.type == DS_FLOAT64 ? DS_FLOAT64 : DS_INT64;
  if (builder.type == DS_STRING) {
    column.classes = builder.words;
    std::sort(column.classes.begin(), column.classes.end());
    column.classes.erase(
        std::unique(column.classes.begin(), column.classes.end()),
        column.classes.end());
    for (const std::string &word : builder.words)
      builder.elements.push_back(
          std::lower_bound(column.classes.begin(), column.classes.end(), word) -
          column.classes.begin());
  }
  column.count = builder.elements.size();
  if (!column.storage.reserve(column.count * 8))
    return Status(DS_FAILED, "out of memory: " + column.source);
  if (column.count > 0)
    std::memcpy(column.storage.data(), builder.elements.data(),
                column.count * 8);
  column.data = static_cast<const std::byte *>(column.storage.data());
  return column;
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    std::string_view before = text;
    if (takeCodePoint(text) == U'\uFFFD' && !before.starts_with("\xEF\xBF\xBD"))
      return false;
  }
  return true;
}

Status readHeader(Reader &reader, std::vector<Builder> &builders) {
  std::vector<std::string> fields;
  if (reader.atEnd())
    return reader.bad("expected a header, found an empty file");
  if (Status status = reader.next(fields); !status.ok())
    return status;
  for (const std::string &field : fields) {
    std::string name(trimmed(field));
    if (name.empty() || !isUtf8(name))
      return reader.bad(format("expected a name for column %zu, found ",
                               builders.size() + 1) +
                        (name.empty() ? "nothing" : "no UTF-8 text"));
    for (const Builder &other : builders)
      if (other.name == name)
        return reader.bad("two columns are called " + quoted(name));
    builders.emplace_back().name = std::move(name);
  }
  return {};
}

/// Calls `take(builder, field)` for every field of the records left.
template <typename Take>
Status readRecords(Reader &reader, std::vector<Builder> &builders, Take take) {
  std::vector<std::string> fields;
  while (!reader.atEnd()) {
    if (Status status = reader.next(fields); !status.ok())
      return status;
    if (fields.size() == 1 && fields[0].empty() && builders.size() > 1)
      continue; // an empty line
    if (fields.size() != builders.size())
      return reader.bad(format("expected %zu fields, found %zu",
                               builders.size(), fields.size()));
    for (size_t i = 0; i < fields.size(); ++i) {
      bool isEmpty = trimmed(fields[i]).empty();
      if (isEmpty || !isUtf8(fields[i]))
        return reader.bad("the field of column " + quoted(builders[i].name) +
                          (isEmpty ? " is empty" : " is no UTF-8 text"));
      take(builders[i], fields[i]);
    }
  }
  return {};
}

} // namespace

Result<std::vector<Column>> readCsv(const std::string &path,
                                    std::span<const std::byte> data) {
  Reader reader(path,
                {reinterpret_cast<const char *>(data.data()), data.size()});
  std::vector<Builder> builders;
  if (Status status = readHeader(reader, builders); !status.ok())
    return status;
  Reader again = reader;
  if (Status status = readRecords(reader, builders, widen); !status.ok())
    return status;
  if (Status status = readRecords(again, builders, add); !status.ok())
    return status;
  std::vector<Column> columns;
  for (Builder &builder : builders) {
    Result<Column> column = finish(path, std::move(builder));
    if (!column.ok())
      return column.takeError();
    columns.push_back(std::move(*column));
  }
  return columns;
}

} // namespace ds
