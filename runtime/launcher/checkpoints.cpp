//===- checkpoints.cpp - ds-run export and ds-run show --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/text.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/launcher/ds_run.h"
#include "runtime/launcher/job_file.h"
#include "runtime/launcher/onnx_file.h"
#include "runtime/program/option_table.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ds {
namespace {

using enum OptionValue;

constexpr OptionRow ExportTable[] = {
    {"--checkpoint", Required, "C", "a checkpoint, or a folder of them",
     "Exporting"},
    {"--output", Required, "FILE",
     "model.onnx, the model with the trained weights, or weights.safetensors",
     "Exporting", 'o'},
    {"--help", None, "", "print this text", "General", 'h'},
};
constexpr OptionRow ShowTable[] = {
    {"--json", None, "", "print JSON", "Showing"},
    {"--help", None, "", "print this text", "General", 'h'},
};

Status wrongUse(std::string message) {
  return Status(DS_WRONG_USE, std::move(message));
}

Status print(const std::string &text) {
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      fflush(stdout) != 0)
    return Status(DS_FAILED, format("cannot write to standard output: %s",
                                    strerror(errno)));
  return {};
}

Result<CommandLine> split(std::span<char *const> words,
                          std::span<const OptionRow> table) {
  std::vector<const char *> constant(words.begin(), words.end());
  return splitCommandLine(constant, table);
}

/// The only argument, or an error that says what it should be.
Result<std::string> onlyArgument(const CommandLine &line, const char *what) {
  if (line.arguments.size() == 1)
    return std::string(line.arguments.front());
  return wrongUse(line.arguments.empty()
                      ? format("no %s is given; see --help", what)
                      : "unexpected argument " + quoted(line.arguments[1]));
}

Result<Checkpoint> open(const std::string &path) {
  std::vector<std::string> skipped;
  Result<Checkpoint> checkpoint = openCheckpoint(path, skipped);
  for (const std::string &text : skipped)
    fprintf(stderr, "note: %s\n", text.c_str());
  return checkpoint;
}

uint64_t bytesOf(const SafeTensors &tensors) {
  uint64_t sum = 0;
  for (const StoredTensor &tensor : tensors.tensors)
    sum += tensor.data.size();
  return sum;
}

std::string listText(const char *title, const SafeTensors &tensors) {
  std::string text =
      format("\n%s: %zu tensors, %llu bytes\n", title, tensors.tensors.size(),
             static_cast<unsigned long long>(bytesOf(tensors)));
  for (const StoredTensor &tensor : tensors.tensors)
    text += "  " + tensor.name + ": " +
            Signature{tensor.elementType, tensor.dims}.text() + "\n";
  return text;
}

std::string listJson(const SafeTensors &tensors) {
  std::string text = "[";
  for (const StoredTensor &tensor : tensors.tensors)
    text += (text.size() > 1 ? ", " : "") +
            ("{\"name\": " + jsonString(tensor.name)) + ", \"type\": \"" +
            elementTypeName(tensor.elementType) +
            "\", \"shape\": " + shapeText(tensor.dims) + "}";
  return text + "]";
}

std::string describe(const Checkpoint &checkpoint) {
  const Manifest &m = checkpoint.manifest;
  return checkpoint.path +
         format(": step %lld, epoch %lld, verified\n",
                static_cast<long long>(m.step),
                static_cast<long long>(m.epoch + 1)) +
         format("program %s (%s, %s), build %s\n", m.program.c_str(),
                m.compiler.c_str(), m.target.c_str(),
                m.build.empty() ? "unknown" : m.build.c_str()) +
         format("random stream: seed %llu, position %lld\n",
                static_cast<unsigned long long>(m.seed),
                static_cast<long long>(m.position)) +
         format("data: %lld examples in batches of %lld, %s; the next batch "
                "begins at example %lld of epoch %lld\n",
                static_cast<long long>(m.examples),
                static_cast<long long>(m.batch),
                m.shuffle ? "shuffled" : "in order",
                static_cast<long long>(m.example),
                static_cast<long long>(m.epoch + 1)) +
         listText("weights", checkpoint.weights) +
         listText("state", checkpoint.state);
}

std::string describeJson(const Checkpoint &checkpoint) {
  std::string manifest = printManifest(checkpoint.manifest);
  manifest.pop_back();
  return "{\"path\": " + jsonString(checkpoint.path) +
         ", \"manifest\": " + manifest +
         ", \"weights\": " + listJson(checkpoint.weights) +
         ", \"state\": " + listJson(checkpoint.state) + "}\n";
}

/// Puts the model that the job carries, with these weights, at `path`.
Status exportOnnx(const std::string &jobPath, const SafeTensors &weights,
                  const std::string &path, OutputFiles &files) {
  Result<FileView> job = FileView::open(jobPath);
  if (!job.ok())
    return job.takeError();
  Result<std::optional<std::span<const std::byte>>> model =
      findSection(job->bytes(), OnnxSection);
  if (!model.ok())
    return model.takeError().withContext(quoted(jobPath));
  if (!*model)
    return Status(DS_UNSUPPORTED,
                  "the job carries no ONNX model to put the weights in; export "
                  "a .safetensors file, which ds-compile --weights takes");
  std::string dataPath = path + ".data";
  std::string_view dataName(dataPath);
  dataName.remove_prefix(dataName.rfind('/') + 1);
  Result<OnnxWriter> writer = OnnxWriter::create(**model, weights, dataName);
  if (!writer.ok())
    return writer.takeError().withContext(quoted(jobPath));
  if (Status status = files.write(path, writer->pieces()); !status.ok())
    return status;
  return writer->dataPieces().empty()
             ? Status()
             : files.write(dataPath, writer->dataPieces());
}

} // namespace

Status exportCheckpoint(std::string_view program,
                        std::span<char *const> words) {
  Result<CommandLine> line = split(words, ExportTable);
  if (!line.ok())
    return line.takeError();
  std::string from, to;
  for (const GivenOption &option : line->options) {
    if (option.name == "--help")
      return print("usage: " + std::string(program) +
                   " export JOB --checkpoint C -o model.onnx|weights."
                   "safetensors\n" +
                   optionsHelp(ExportTable));
    (option.name == "--output" ? to : from) = option.value;
  }
  Result<std::string> job = onlyArgument(*line, "training job");
  if (!job.ok())
    return job.takeError();
  if (from.empty() || to.empty())
    return wrongUse(from.empty() ? "no checkpoint is given; give it with "
                                   "--checkpoint C"
                                 : "no output is given; give it with -o FILE");
  if (Status status = checkJobFile(*job); !status.ok())
    return status;
  bool isOnnx = to.ends_with(".onnx");
  if (!isOnnx && !to.ends_with(".safetensors"))
    return wrongUse("option '--output' expects a .onnx or .safetensors file, "
                    "found " +
                    quoted(to));
  Result<Checkpoint> checkpoint = open(from);
  if (!checkpoint.ok())
    return checkpoint.takeError();
  OutputFiles files;
  std::span<const std::byte> piece = checkpoint->files.front().bytes();
  Status status = isOnnx ? exportOnnx(*job, checkpoint->weights, to, files)
                         : files.write(to, {&piece, 1});
  return status.ok() ? files.commit() : std::move(status);
}

Status showCheckpoint(std::string_view program, std::span<char *const> words) {
  Result<CommandLine> line = split(words, ShowTable);
  if (!line.ok())
    return line.takeError();
  bool json = false;
  for (const GivenOption &option : line->options) {
    if (option.name == "--help")
      return print("usage: " + std::string(program) + " show C [--json]\n" +
                   optionsHelp(ShowTable));
    json = true;
  }
  Result<std::string> path = onlyArgument(*line, "checkpoint");
  if (!path.ok())
    return path.takeError();
  Result<Checkpoint> checkpoint = open(*path);
  if (!checkpoint.ok())
    return checkpoint.takeError();
  return print(json ? describeJson(*checkpoint) : describe(*checkpoint));
}

} // namespace ds
