//===- metrics_file.cpp - a table that grows by a row per step ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/trainer/metrics_file.h"

#include "runtime/base/file.h"
#include "runtime/base/text.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>

namespace ds {

MetricsFile::~MetricsFile() {
  if (file >= 0)
    files.close(file);
}

/// The step that a row begins with, or -1.
static int64_t stepOf(std::string_view row) {
  int64_t step = -1;
  std::from_chars(row.data(), row.data() + row.size(), step);
  return step;
}

/// Where the rows that stay end.
Result<int64_t> MetricsFile::findEnd(std::string_view text,
                                     const std::string &header, int64_t step) {
  if (!text.starts_with(header)) {
    std::string_view found = text.substr(0, text.find('\n'));
    return Status(DS_WRONG_USE,
                  quoted(path) + " is not this run's: expected the header " +
                      quoted(header.substr(0, header.size() - 1)) + ", found " +
                      quoted(found.substr(0, 200)));
  }
  size_t end = header.size();
  while (end < text.size()) {
    size_t line = text.find('\n', end);
    int64_t found = stepOf(text.substr(end));
    if (line == std::string_view::npos || found < 0 || found > step)
      break;
    keptStep = found;
    end = line + 1;
  }
  return static_cast<int64_t>(end);
}

Status MetricsFile::open(const std::string &name,
                         std::span<const std::string> columns, int64_t step) {
  path = name;
  std::string header;
  for (const std::string &column : columns) {
    header += header.empty() ? "" : ",";
    for (char c : column) // names come from a model
      header += c == ',' || c == '"' || c == '\n' || c == '\r' ? '_' : c;
  }
  header += "\n";
  bool continues = step > 0 && fileExists(path);
  int64_t end = 0;
  if (continues) {
    Result<FileView> view = FileView::open(path);
    if (!view.ok())
      return view.takeError();
    std::string_view text(reinterpret_cast<const char *>(view->bytes().data()),
                          view->bytes().size());
    continues = !text.empty();
    if (continues) {
      Result<int64_t> found = findEnd(text, header, step);
      if (!found.ok())
        return found.takeError();
      end = *found;
    }
  }
  file =
      files.open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0)
    return fileError("write", path);
  if (files.truncate(file, end) != 0)
    return fileError("cut", path);
  if (continues)
    return {};
  std::span<const std::byte> piece = bytesOf(header);
  return writeAll(files, file, path, {&piece, 1});
}

Status MetricsFile::append(int64_t step, std::span<const double> values) {
  char number[40];
  row.clear();
  snprintf(number, sizeof number, "%lld", static_cast<long long>(step));
  row += number;
  for (double value : values) {
    // 9 digits tell any two f32 apart.
    // As many digits as read back as the same value of the metric's type.
    bool isF32 = static_cast<double>(static_cast<float>(value)) == value;
    snprintf(number, sizeof number, ",%.*g", isF32 ? 9 : 15, value);
    if (!isF32 && strtod(number + 1, nullptr) != value)
      snprintf(number, sizeof number, ",%.17g", value);
    row += number;
  }
  row += '\n';
  std::span<const std::byte> piece = bytesOf(row);
  return writeAll(files, file, path, {&piece, 1});
}

Status MetricsFile::sync() {
  return files.sync(file) == 0 ? Status() : fileError("sync", path);
}

} // namespace ds
