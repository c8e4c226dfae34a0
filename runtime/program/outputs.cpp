//===- outputs.cpp - the outputs of a run ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/program/outputs.h"

#include "runtime/data/npz.h"
#include "runtime/program/summary.h"

#include <algorithm>

namespace ds {

/// File systems allow 255 bytes; this leaves room for position and extension.
static constexpr size_t MaxStem = 230;

std::vector<std::string> outputFileNames(std::span<const Output> outputs) {
  std::vector<std::string> names;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string stem = outputs[i].name.substr(0, MaxStem);
    for (char &c : stem)
      if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
        c = '_';
    // Once is nearly always enough; a tensor may be called like an earlier
    // one's name with its position, though.
    const char *extension = outputs[i].isArchive() ? ".npz" : ".npy";
    while (std::find(names.begin(), names.end(), stem + extension) !=
           names.end())
      stem += "-" + std::to_string(i);
    names.push_back(stem + extension);
  }
  return names;
}

std::string summarize(const Output &output) {
  if (output.kind == DS_TENSOR)
    return summarize(output.name, output.tensors.front());
  std::string text =
      output.name +
      (output.kind == DS_OPTIONAL
           ? (output.tensors.empty() ? ": none\n" : ": optional, present\n")
           : ": sequence of " + std::to_string(output.tensors.size()) + "\n");
  for (size_t i = 0; i < output.tensors.size(); ++i)
    text += summarize(output.name + "[" + std::to_string(i) + "]",
                      output.tensors[i]);
  return text;
}

static Status writeOutput(const Output &output, const std::string &path,
                          OutputFiles &files) {
  if (output.isArchive()) {
    NpzArchive archive = output.kind == DS_SEQUENCE ? NpzArchive(output.tensors)
                                                    : NpzArchive::absent();
    return files.write(path, archive.pieces());
  }
  NpyPieces pieces;
  printNpy(output.tensors.front(), pieces);
  std::span<const std::byte> parts[] = {bytesOf(pieces.header),
                                        pieces.elements};
  return files.write(path, parts);
}

Status writeOutputs(std::span<const Output> outputs,
                    const std::string &directory, OutputFiles &files) {
  if (Status status = files.makeDirectory(directory); !status.ok())
    return status;
  std::vector<std::string> names = outputFileNames(outputs);
  for (size_t i = 0; i < outputs.size(); ++i)
    if (Status status =
            writeOutput(outputs[i], directory + "/" + names[i], files);
        !status.ok())
      return status;
  return {};
}

} // namespace ds
