//===- sources.cpp - what --data names ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/sources.h"

#include "runtime/base/element_type.h"
#include "runtime/base/file_system.h"
#include "runtime/base/signature.h"
#include "runtime/base/text.h"
#include "runtime/data/arrays.h"
#include "runtime/data/csv.h"
#include "runtime/data/gzip.h"
#include "runtime/data/idx.h"
#include "runtime/data/npy.h"
#include "runtime/data/picture.h"
#include "runtime/data/safetensors.h"
#include "runtime/data/zip.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {

using Columns = std::vector<Column>;
using Types = std::span<const RecordType>;

Status wrong(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

std::string namesOf(Types types) {
  std::string text;
  for (const RecordType &type : types)
    text += (text.empty() ? "" : ", ") + quoted(type.name);
  return text;
}

Result<std::shared_ptr<const FileView>> openFile(const std::string &path) {
  Result<FileView> view = FileView::open(path);
  if (!view.ok())
    return view.takeError();
  return std::make_shared<const FileView>(std::move(*view));
}

/// Puts columns that were found by name in the order of the types.
Result<Columns> inOrder(const std::string &path, Columns found, Types types,
                        const std::string &others) {
  Columns columns;
  for (const RecordType &type : types) {
    auto column =
        std::find_if(found.begin(), found.end(),
                     [&](const Column &c) { return c.name == type.name; });
    if (column == found.end())
      return wrong(quoted(path) + " has no array for the input " +
                   quoted(type.name) + " (" + type.text() +
                   " for each example)" + others);
    columns.push_back(std::move(*column));
  }
  return columns;
}

/// "; it has 'a', 'b'": the arrays of an archive, for a message.
std::string arraysOf(std::span<const std::byte> data) {
  std::vector<std::string> names;
  if (isZip(data)) {
    if (Result<std::vector<ZipMember>> members = readZip(data); members.ok())
      for (const ZipMember &member : *members)
        names.push_back(member.name.ends_with(".npy")
                            ? member.name.substr(0, member.name.size() - 4)
                            : member.name);
  } else if (Result<SafeTensors> tensors = readSafeTensors(data);
             tensors.ok()) {
    for (const StoredTensor &tensor : tensors->tensors)
      names.push_back(tensor.name);
  }
  std::string text = "; it has ";
  for (size_t i = 0; i < std::min<size_t>(names.size(), 8); ++i)
    text += (i > 0 ? ", " : "") + quoted(names[i]);
  return names.empty() ? "; it has none"
                       : text + (names.size() > 8 ? ", ..." : "");
}

Result<Columns> fromArchive(const std::string &path,
                            std::shared_ptr<const FileView> file, Types types) {
  std::vector<WantedColumn> wanted;
  for (const RecordType &type : types)
    wanted.push_back({type.name, type.elementType});
  Result<Columns> found = readArchive(path, file, wanted);
  if (!found.ok())
    return found.takeError();
  return inOrder(path, std::move(*found), types, arraysOf(file->bytes()));
}

/// Joins scalar columns of a table, side by side, to one of rank 1.
Result<Column> joinColumns(const std::string &path, const std::string &name,
                           std::span<Column *const> parts) {
  Column joined;
  joined.name = name;
  joined.source = format("%zu columns of ", parts.size()) + quoted(path);
  bool allIntegers = std::all_of(parts.begin(), parts.end(), [](Column *part) {
    return part->elementType == DS_INT64;
  });
  joined.elementType = allIntegers ? DS_INT64 : DS_FLOAT64;
  joined.count = parts.front()->count;
  joined.dims = {static_cast<int64_t>(parts.size())};
  if (!joined.storage.reserve(joined.count * parts.size() * 8))
    return Status(DS_FAILED, "out of memory: " + joined.source);
  auto *out = static_cast<std::byte *>(joined.storage.data());
  joined.data = out;
  for (int64_t row = 0; row < joined.count; ++row) {
    for (const Column *part : parts) {
      if (allIntegers || part->elementType == DS_FLOAT64) {
        std::memcpy(out, part->data + row * 8, 8);
      } else {
        double value = elementAsDouble(DS_INT64, part->data, row);
        std::memcpy(out, &value, 8);
      }
      out += 8;
    }
  }
  return joined;
}

/// An input takes the column of its name, or NAME.0, NAME.1, ...; the only
/// input without either takes all that is left.
Result<Columns> fromTable(const std::string &path,
                          std::span<const std::byte> data, Types types) {
  Result<Columns> read = readCsv(path, data);
  if (!read.ok())
    return read.takeError();
  std::vector<std::vector<Column *>> parts(types.size());
  std::vector<bool> taken(read->size());
  auto take = [&](size_t input, const std::string &name) {
    for (size_t i = 0; i < read->size(); ++i) {
      if ((*read)[i].name != name)
        continue;
      taken[i] = true;
      parts[input].push_back(&(*read)[i]);
      return true;
    }
    return false;
  };
  for (size_t i = 0; i < types.size(); ++i)
    if (!take(i, types[i].name))
      for (int k = 0; take(i, types[i].name + "." + std::to_string(k)); ++k)
        ;
  auto empty = [](const auto &part) { return part.empty(); };
  auto without = std::find_if(parts.begin(), parts.end(), empty);
  if (without != parts.end() &&
      std::count_if(parts.begin(), parts.end(), empty) == 1)
    for (size_t i = 0; i < read->size(); ++i)
      if (!taken[i])
        without->push_back(&(*read)[i]);
  Columns columns;
  for (size_t i = 0; i < types.size(); ++i) {
    if (parts[i].empty())
      return wrong(quoted(path) + " has no column for the input " +
                   quoted(types[i].name) + ": expected one of that name, or " +
                   quoted(types[i].name + ".0") + " and so on");
    for (const Column *part : parts[i])
      if (!part->classes.empty() && !types[i].isLabel)
        return wrong(part->source + " holds words, the input " +
                     quoted(types[i].name) + " expects numbers");
    if (parts[i].size() == 1) {
      columns.push_back(std::move(*parts[i].front()));
      continue;
    }
    Result<Column> joined = joinColumns(path, types[i].name, parts[i]);
    if (!joined.ok())
      return joined.takeError();
    columns.push_back(std::move(*joined));
  }
  return columns;
}

/// Puts examples and labels of a folder, which knows no names, in order.
Result<Columns> asPair(const std::string &path, Types types, Column examples,
                       Column labels) {
  if (types.size() != 2 || types[0].isLabel == types[1].isLabel)
    return wrong(
        quoted(path) + " gives examples and their labels, the job takes " +
        namesOf(types) + "; give each a file: NAME=PATH,NAME=PATH,...");
  Columns columns;
  columns.push_back(std::move(types[0].isLabel ? labels : examples));
  columns.push_back(std::move(types[0].isLabel ? examples : labels));
  return columns;
}

/// The prefixes of the IDX pairs in a folder.
std::vector<std::string> idxPrefixes(std::span<const std::string> names) {
  std::vector<std::string> prefixes;
  for (const std::string &name : names) {
    size_t end = name.find("-images-idx3-ubyte");
    if (end != std::string::npos &&
        (prefixes.empty() || prefixes.back() != name.substr(0, end)))
      prefixes.push_back(name.substr(0, end));
  }
  return prefixes;
}

Result<Columns> fromIdxFolder(const std::string &path,
                              std::span<const std::string> prefixes,
                              DataPart part, Types types) {
  auto has = [&](const char *prefix) {
    return std::find(prefixes.begin(), prefixes.end(), prefix) !=
           prefixes.end();
  };
  std::string prefix = part == DataPart::Training
                           ? (has("train") ? "train" : "")
                           : (has("t10k")   ? "t10k"
                              : has("test") ? "test"
                                            : "");
  if (prefix.empty() && prefixes.size() > 1)
    return wrong(quoted(path) + " has several IDX pairs and none is called " +
                 (part == DataPart::Training ? "'train'" : "'t10k' or 'test'"));
  if (prefix.empty())
    prefix = prefixes.front();
  Columns pair;
  for (const char *suffix : {"-images-idx3-ubyte", "-labels-idx1-ubyte"}) {
    std::string file = path + "/" + prefix + suffix;
    if (!fileExists(file))
      file += ".gz";
    Result<std::shared_ptr<const FileView>> view = openFile(file);
    if (!view.ok())
      return view.takeError();
    Result<Column> column = readArray(file, *view, DS_UINT8);
    if (!column.ok())
      return column.takeError();
    pair.push_back(std::move(*column));
  }
  return asPair(path, types, std::move(pair[0]), std::move(pair[1]));
}

/// How an input takes pictures: [channels, height, width], [height, width,
/// channels] or [height, width], with 1 or 3 channels.
std::optional<PictureLayout> layoutFor(std::span<const int64_t> dims) {
  auto isChannels = [](int64_t extent) { return extent == 1 || extent == 3; };
  auto make = [](int64_t channels, int64_t height, int64_t width, bool planes) {
    return PictureLayout{static_cast<int>(channels), static_cast<int>(height),
                         static_cast<int>(width), planes};
  };
  constexpr int64_t MaxSide = 1 << 20;
  if (std::any_of(dims.begin(), dims.end(),
                  [](int64_t extent) { return extent > MaxSide; }))
    return std::nullopt;
  if (dims.size() == 2)
    return make(1, dims[0], dims[1], true);
  if (dims.size() != 3)
    return std::nullopt;
  if (isChannels(dims[0]))
    return make(dims[0], dims[1], dims[2], true);
  if (isChannels(dims[2]))
    return make(dims[2], dims[0], dims[1], false);
  return std::nullopt;
}

Result<Columns> fromPictureFolder(const std::string &path, Types types) {
  Result<PictureFolder> folder = listPictures(path);
  if (!folder.ok())
    return folder.takeError();
  Column labels, pictures;
  labels.source = "the classes of " + quoted(path);
  labels.elementType = DS_INT64;
  labels.count = pictures.count = folder->files.size();
  labels.classes = folder->classes;
  if (!labels.storage.reserve(labels.count * sizeof(int64_t)))
    return Status(DS_FAILED, "out of memory: " + labels.source);
  std::memcpy(labels.storage.data(), folder->labels.data(),
              labels.count * sizeof(int64_t));
  labels.data = static_cast<const std::byte *>(labels.storage.data());
  pictures.source = "the pictures of " + quoted(path);
  pictures.elementType = DS_UINT8;
  pictures.files = std::move(folder->files);
  for (const RecordType &type : types) {
    if (type.isLabel)
      continue;
    std::optional<PictureLayout> layout = layoutFor(type.dims);
    if (!layout)
      return wrong("the input " + quoted(type.name) + " takes " + type.text() +
                   " for each example, which is no picture: expected "
                   "[channels, height, width] or [height, width, channels] "
                   "with 1 or 3 channels");
    pictures.picture = *layout;
  }
  PictureLayout &layout = pictures.picture;
  if (layout.height < 0 || layout.width < 0) { // the first decides for all
    Result<std::shared_ptr<const FileView>> view =
        openFile(pictures.files.front());
    if (!view.ok())
      return view.takeError();
    Result<PictureSize> size = readPictureSize((*view)->bytes());
    if (!size.ok())
      return size.takeError().withContext(quoted(pictures.files.front()));
    layout.height = layout.height < 0 ? size->height : layout.height;
    layout.width = layout.width < 0 ? size->width : layout.width;
  }
  if (layout.planes)
    pictures.dims = {layout.channels, layout.height, layout.width};
  else
    pictures.dims = {layout.height, layout.width, layout.channels};
  return asPair(path, types, std::move(pictures), std::move(labels));
}

Result<Columns> fromFolder(const std::string &path, DataPart part,
                           Types types) {
  Result<std::vector<std::string>> names = listDirectory(path);
  if (!names.ok())
    return names.takeError();
  std::vector<std::string> prefixes = idxPrefixes(*names);
  return prefixes.empty() ? fromPictureFolder(path, types)
                          : fromIdxFolder(path, prefixes, part, types);
}

bool isText(std::span<const std::byte> data) {
  auto head = data.first(std::min<size_t>(data.size(), 4096));
  return std::find(head.begin(), head.end(), std::byte{0}) == head.end();
}

Result<Columns> fromPath(const std::string &path, DataPart part, Types types) {
  if (isDirectory(path))
    return fromFolder(path, part, types);
  Result<std::shared_ptr<const FileView>> view = openFile(path);
  if (!view.ok())
    return view.takeError();
  std::span<const std::byte> data = (*view)->bytes();
  if (isZip(data) || isSafeTensors(data))
    return fromArchive(path, std::move(*view), types);
  bool isArray = isNpy(data) || isIdx(data);
  if (isArray || (isGzip(data) && types.size() == 1)) {
    if (types.size() != 1)
      return wrong(quoted(path) + " holds one array, the job takes " +
                   namesOf(types) +
                   "; give each a file: NAME=PATH,NAME=PATH,...");
    Result<Column> column =
        readArray(path, std::move(*view), types.front().elementType);
    if (!column.ok())
      return column.takeError();
    Columns columns;
    columns.push_back(std::move(*column));
    return columns;
  }
  if (isGzip(data)) {
    Result<Unpacked> unpacked = gunzip(data);
    if (!unpacked.ok())
      return unpacked.takeError().withContext(quoted(path));
    return fromTable(path, unpacked->bytes, types);
  }
  if (!isText(data))
    return Status(DS_BAD_FILE,
                  quoted(path) + " expects a .npz, .safetensors, .npy, IDX or "
                                 "CSV file, found something else");
  return fromTable(path, data, types);
}

struct Assignment {
  size_t input;
  std::string path;
};

/// Splits NAME=PATH,NAME=PATH,...; only a comma in front of a name and '='
/// ends a path. Nothing when `spec` does not begin so.
std::optional<std::vector<Assignment>> splitSpec(std::string_view spec,
                                                 Types types) {
  auto nameAt = [&](std::string_view text) -> const RecordType * {
    const RecordType *best = nullptr;
    for (const RecordType &type : types)
      if (text.starts_with(type.name) && text.size() > type.name.size() &&
          text[type.name.size()] == '=' &&
          (!best || type.name.size() > best->name.size()))
        best = &type;
    return best;
  };
  std::vector<Assignment> assignments;
  const RecordType *type = nameAt(spec);
  if (!type)
    return std::nullopt;
  while (type) {
    spec.remove_prefix(type->name.size() + 1);
    size_t end = 0;
    const RecordType *next = nullptr;
    for (; !next; ++end) {
      end = std::min(spec.find(',', end), spec.size());
      if (end == spec.size())
        break;
      next = nameAt(spec.substr(end + 1));
    }
    size_t length = next ? end - 1 : end;
    assignments.push_back({static_cast<size_t>(type - types.data()),
                           std::string(spec.substr(0, length))});
    spec.remove_prefix(std::min(length + 1, spec.size()));
    type = next;
  }
  return assignments;
}

Result<Columns> fromAssignments(std::span<const Assignment> assignments,
                                DataPart part, Types types) {
  std::vector<std::optional<Column>> found(types.size());
  for (const Assignment &assignment : assignments) {
    const RecordType &type = types[assignment.input];
    if (found[assignment.input])
      return wrong("the input " + quoted(type.name) + " is given twice");
    Result<Columns> columns =
        fromPath(assignment.path, part, types.subspan(assignment.input, 1));
    if (!columns.ok())
      return columns.takeError().withContext("input " + quoted(type.name));
    found[assignment.input] = std::move(columns->front());
  }
  Columns columns;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!found[i])
      return wrong("no file is given for the input " + quoted(types[i].name) +
                   " (" + types[i].text() + " for each example)");
    columns.push_back(std::move(*found[i]));
  }
  return columns;
}

} // namespace

std::string RecordType::text() const {
  return Signature{elementType, dims}.text();
}

Result<std::vector<Column>> findColumns(std::string_view spec, DataPart part,
                                        std::span<const RecordType> types) {
  if (std::optional<std::vector<Assignment>> assignments =
          splitSpec(spec, types))
    return fromAssignments(*assignments, part, types);
  std::string path(spec);
  size_t equals = spec.find('=');
  if (equals != std::string_view::npos && !fileExists(path)) {
    std::vector<std::string_view> names;
    for (const RecordType &type : types)
      names.push_back(type.name);
    std::string hint = didYouMean(spec.substr(0, equals), names);
    return wrong("unknown input " + quoted(spec.substr(0, equals)) +
                 (hint.empty() ? "; the inputs are " + namesOf(types) : hint));
  }
  return fromPath(path, part, types);
}

} // namespace ds
