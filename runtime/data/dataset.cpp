//===- dataset.cpp - the examples of a run --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/dataset.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/data/picture.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {

bool fits(std::span<const int64_t> expected, std::span<const int64_t> found) {
  return expected.size() == found.size() &&
         std::equal(expected.begin(), expected.end(), found.begin(),
                    [](int64_t a, int64_t b) { return a < 0 || a == b; });
}

/// Where element `index` lies: "[2, 3]".
std::string positionText(std::span<const int64_t> dims, int64_t index) {
  std::vector<int64_t> position(dims.size());
  for (size_t axis = dims.size(); axis-- > 0; index /= dims[axis])
    position[axis] = index % dims[axis];
  return shapeText(position);
}

} // namespace

Status Dataset::checkColumn(size_t input) {
  RecordType &type = types[input];
  const Column &column = columns[input];
  if (!canConvert(column.elementType, type.elementType))
    return Status(DS_WRONG_USE,
                  "input " + quoted(type.name) + " takes " +
                      elementTypeName(type.elementType) + ", found " +
                      elementTypeName(column.elementType) + " in " +
                      column.source + ", which does not convert to it");
  if (!scales[input].isIdentity() && !canConvert(DS_FLOAT64, type.elementType))
    return Status(
        DS_WRONG_USE,
        "option '--scale' expects an input of floating-point numbers, "
        "input " +
            quoted(type.name) + " takes " + elementTypeName(type.elementType));
  std::optional<int64_t> wanted = elementCount(type.dims);
  if (fits(type.dims, column.dims)) {
    type.dims = column.dims;
  } else if (wanted && wanted == elementCount(column.dims)) {
    remarks.push_back("records of " + column.source + " of shape " +
                      shapeText(column.dims) + " are read as " +
                      shapeText(type.dims) + " for the input " +
                      quoted(type.name));
  } else {
    return Status(DS_WRONG_USE,
                  "input " + quoted(type.name) + " takes " + type.text() +
                      " for each example, found shape " +
                      shapeText(column.dims) + " in " + column.source);
  }
  std::optional<int64_t> count =
      elementCount(type.dims, elementSize(type.elementType));
  if (!count)
    return Status(DS_WRONG_USE, "input " + quoted(type.name) + " of " +
                                    type.text() + " is too large");
  bytes.push_back(*count * elementSize(type.elementType));
  return {};
}

Result<Dataset> Dataset::open(std::string_view spec, DataPart part,
                              std::vector<RecordType> types,
                              const Scales &scales) {
  Dataset dataset;
  dataset.types = std::move(types);
  std::vector<std::string_view> names;
  for (const RecordType &type : dataset.types)
    names.push_back(type.name);
  dataset.scales.resize(names.size());
  for (const auto &[name, scale] : scales) {
    auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      return Status(DS_WRONG_USE, "option '--scale' names the unknown input " +
                                      quoted(name) + didYouMean(name, names));
    dataset.scales[found - names.begin()] = scale;
  }
  Result<std::vector<Column>> columns = findColumns(spec, part, dataset.types);
  if (!columns.ok())
    return columns.takeError();
  dataset.columns = std::move(*columns);
  for (size_t i = 0; i < dataset.columns.size(); ++i) {
    const Column &column = dataset.columns[i];
    if (column.count != dataset.columns.front().count)
      return Status(
          DS_WRONG_USE,
          format("expected as many records in %s as in %s, found %lld and %lld",
                 column.source.c_str(), dataset.columns.front().source.c_str(),
                 static_cast<long long>(column.count),
                 static_cast<long long>(dataset.columns.front().count)));
    if (Status status = dataset.checkColumn(i); !status.ok())
      return status;
  }
  dataset.examples = dataset.columns.front().count;
  if (dataset.examples == 0)
    return Status(DS_WRONG_USE, "expected examples in " +
                                    dataset.columns.front().source +
                                    ", found none");
  return dataset;
}

Status Dataset::recordError(ds_status_t code, int64_t record, size_t input,
                            const std::string &message) const {
  const Column &column = columns[input];
  std::string where = column.files.empty()
                          ? " of " + column.source
                          : " (" + quoted(column.files[record]) + ")";
  return Status(code, format("record %lld", static_cast<long long>(record)) +
                          where + message);
}

Status Dataset::checkLabel(int64_t record, size_t input,
                           const std::byte *data) const {
  const RecordType &type = types[input];
  int64_t count = *elementCount(type.dims);
  for (int64_t i = 0; i < count; ++i) {
    double label = elementAsDouble(type.elementType, data, i);
    if (type.ignored && label == static_cast<double>(*type.ignored))
      continue;
    if (label < 0 || label >= static_cast<double>(type.classes))
      return recordError(DS_WRONG_USE, record, input,
                         format(": expected a label from 0 to %lld, found %.0f",
                                static_cast<long long>(type.classes - 1),
                                label));
  }
  return {};
}

Status Dataset::read(int64_t record, size_t input, std::byte *out,
                     Scratch &scratch) const {
  const RecordType &type = types[input];
  const Column &column = columns[input];
  int64_t count = *elementCount(type.dims);
  const void *data = nullptr;
  if (column.files.empty()) {
    data = column.data + record * count * elementSize(column.elementType);
  } else {
    if (!scratch.picture.reserve(count))
      return Status(DS_FAILED, "out of memory: cannot decode a picture");
    Result<FileView> file = FileView::open(column.files[record]);
    if (!file.ok())
      return file.takeError();
    if (Status status = decodePicture(
            file->bytes(), column.picture,
            static_cast<std::byte *>(scratch.picture.data()), scratch.rows);
        !status.ok())
      return recordError(status.code(), record, input, ": " + status.message());
    data = scratch.picture.data();
  }
  if (std::optional<BadElement> bad =
          convertElements(column.elementType, data, type.elementType, out,
                          count, scales[input]))
    return recordError(DS_WRONG_USE, record, input,
                       (type.dims.empty()
                            ? std::string(": its value ")
                            : ": the element at " +
                                  positionText(type.dims, bad->index) + " ") +
                           bad->why);
  return type.isLabel && type.classes > 0 ? checkLabel(record, input, out)
                                          : Status();
}

} // namespace ds
