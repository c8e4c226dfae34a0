//===- inputs.cpp - the inputs of a run -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/inputs.h"

#include "runtime/base/text.h"
#include "runtime/data/npz.h"
#include "runtime/program/signature_values.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace ds {
namespace {

struct Assignment {
  size_t input;
  std::string path;
};

/// Splits NAME=FILE. Names and paths may contain '=', so the longest input name
/// in front of one decides.
Result<Assignment> assign(std::string_view text,
                          std::span<const ds_value_info_t> inputs) {
  const ds_value_info_t *best = nullptr;
  for (const ds_value_info_t &input : inputs) {
    std::string_view name = input.name;
    if (text.starts_with(name) && text.size() > name.size() &&
        text[name.size()] == '=' &&
        (!best || name.size() > std::string_view(best->name).size()))
      best = &input;
  }
  if (best)
    return Assignment{
        static_cast<size_t>(best - inputs.data()),
        std::string(text.substr(std::string_view(best->name).size() + 1))};
  size_t equals = text.find('=');
  if (inputs.size() == 1 && (equals == std::string_view::npos ||
                             access(std::string(text).c_str(), F_OK) == 0))
    return Assignment{0, std::string(text)};
  std::vector<std::string_view> names;
  std::string all;
  for (const ds_value_info_t &input : inputs) {
    names.push_back(input.name);
    all += (all.empty() ? "" : ", ") + quoted(input.name);
  }
  if (equals == std::string_view::npos)
    return Status(DS_WRONG_USE, "option '--input' expects NAME=FILE, found " +
                                    quoted(text) + "; the inputs are " +
                                    (all.empty() ? "none" : all));
  std::string_view name = text.substr(0, equals);
  std::string hint = didYouMean(name, names);
  if (hint.empty())
    hint =
        all.empty() ? "; the model has no inputs" : "; the inputs are " + all;
  return Status(DS_WRONG_USE, "unknown input " + quoted(name) + hint);
}

Result<std::vector<Tensor>> readValue(const ds_value_info_t &info,
                                      std::shared_ptr<const FileView> file) {
  std::string what = "input " + quoted(info.name);
  std::span<const std::byte> data = file->bytes();
  if (info.kind == DS_SEQUENCE)
    return readSequence(what, signatureOf(info), data);
  if (info.kind == DS_OPTIONAL)
    return readOptional(what, signatureOf(info), data, std::move(file));
  if (isZip(data))
    return Status(DS_WRONG_USE,
                  what + " expects a single array, found an .npz archive");
  Result<Tensor> tensor =
      readNpy(what, signatureOf(info), data, std::move(file));
  if (!tensor.ok())
    return tensor.takeError();
  std::vector<Tensor> tensors;
  tensors.push_back(std::move(*tensor));
  return tensors;
}

Result<std::vector<Tensor>> readInput(const ds_value_info_t &info,
                                      const std::string &path) {
  Result<FileView> view = FileView::open(path);
  if (!view.ok())
    return view.takeError().withContext("input " + quoted(info.name));
  Result<std::vector<Tensor>> tensors =
      readValue(info, std::make_shared<const FileView>(std::move(*view)));
  if (!tensors.ok())
    return tensors.takeError().withContext(quoted(path));
  return tensors;
}

/// The splitmix64 generator: good bits from a counter.
uint64_t nextRandom(uint64_t &state) {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

/// Stores a made-up element: floats from [0, 1) or as near as the type gets,
/// integers 0 or 1.
void makeElement(int32_t type, unsigned char *element, uint64_t random) {
  double unit = static_cast<double>(random >> 11) * 0x1p-53;
  auto store = [&](auto value) { std::memcpy(element, &value, sizeof value); };
  switch (type) {
  case DS_FLOAT32:
    return store(static_cast<float>(unit));
  case DS_FLOAT64:
    return store(unit);
  case DS_COMPLEX64:
    store(static_cast<float>(unit));
    std::memset(element + 4, 0, 4);
    return;
  case DS_COMPLEX128:
    store(unit);
    std::memset(element + 8, 0, 8);
    return;
  case DS_BFLOAT16: {
    auto value = static_cast<float>(unit);
    std::memcpy(element, reinterpret_cast<unsigned char *>(&value) + 2,
                2); // the upper half, rounded towards zero
    return;
  }
  case DS_FLOAT16:
    return store(static_cast<uint16_t>(
        0x3800 | (random >> 54))); // 0.5 to 1: one exponent, any mantissa
  case DS_FLOAT8E4M3FN:
  case DS_FLOAT8E4M3FNUZ:
  case DS_FLOAT8E5M2:
  case DS_FLOAT8E5M2FNUZ:
    *element = random >> 59; // up to 2^-3 or so
    return;
  case DS_FLOAT8E8M0FNU:
    *element = 127 - (random >> 63); // 1 or 1/2
    return;
  case DS_FLOAT4E2M1FN:
    *element = random >> 62; // 0 to 1.5
    return;
  default: // little endian: the first byte is the lowest
    *element = random >> 63;
  }
}

} // namespace

Result<Inputs> readInputs(std::span<const std::string_view> texts) {
  std::vector<ds_value_info_t> infos = modelInputs();
  std::vector<std::string> paths(infos.size());
  for (std::string_view text : texts) {
    Result<Assignment> assignment = assign(text, infos);
    if (!assignment.ok())
      return assignment.takeError();
    std::string &path = paths[assignment->input];
    if (!path.empty())
      return Status(DS_WRONG_USE, "input " +
                                      quoted(infos[assignment->input].name) +
                                      " is given twice: " + quoted(path) +
                                      " and " + quoted(assignment->path));
    if (assignment->path.empty())
      return Status(DS_WRONG_USE, "input " +
                                      quoted(infos[assignment->input].name) +
                                      " expects a file, found an empty name");
    path = assignment->path;
  }
  std::string missing;
  for (size_t i = 0; i < infos.size(); ++i)
    if (paths[i].empty() && !infos[i].has_default)
      missing += (missing.empty() ? "" : ", ") + quoted(infos[i].name) + " (" +
                 describeType(infos[i]) + ")";
  if (!missing.empty())
    return Status(DS_WRONG_USE, "no file is given for the input " + missing +
                                    "; give it with --input NAME=FILE");
  Inputs inputs(infos.size());
  for (size_t i = 0; i < infos.size(); ++i) {
    if (paths[i].empty())
      continue;
    Result<std::vector<Tensor>> tensors = readInput(infos[i], paths[i]);
    if (!tensors.ok())
      return tensors.takeError();
    inputs[i] = std::move(*tensors);
  }
  return inputs;
}

Result<Inputs> makeInputs() {
  std::vector<ds_value_info_t> infos = modelInputs();
  Inputs inputs(infos.size());
  uint64_t state = 1;
  for (size_t i = 0; i < infos.size(); ++i) {
    const ds_value_info_t &info = infos[i];
    if (info.has_default)
      continue;
    std::vector<Tensor> &tensors = inputs[i].emplace();
    if (info.kind == DS_SEQUENCE)
      continue; // empty, since its elements need not have a shape
    Tensor &tensor = tensors.emplace_back();
    tensor.elementType = info.element_type;
    for (int64_t extent : signatureOf(info).dims)
      tensor.dims.push_back(extent < 0 ? 1 : extent);
    size_t size = elementSize(info.element_type);
    std::optional<int64_t> count = elementCount(tensor.dims, size);
    if (!count || !tensor.storage.reserve(*count * size))
      return Status(DS_FAILED, "out of memory: input " + quoted(info.name) +
                                   " of " + tensor.signature().text());
    auto *data = static_cast<unsigned char *>(tensor.storage.data());
    std::memset(data, 0, *count * size); // of strings this makes empty ones
    for (int64_t k = 0; k < *count && info.element_type != DS_STRING; ++k)
      makeElement(info.element_type, data + k * size, nextRandom(state));
    tensor.data = data;
  }
  return inputs;
}

} // namespace ds
