//===- main.cpp - the main of a compiled program --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options in, tensors bound, one or many runs, results out; everything else is
// behind ds/runtime.h and the data readers.
//===----------------------------------------------------------------------===//
#include "runtime/base/text.h"
#include "runtime/program/benchmark.h"
#include "runtime/program/describe.h"
#include "runtime/program/inputs.h"
#include "runtime/program/options.h"
#include "runtime/program/outputs.h"
#include "runtime/program/signature_values.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace ds;

namespace {

struct CloseInstance {
  void operator()(ds_instance_t *instance) const {
    ds_instance_close(instance);
  }
};
using InstanceHandle = std::unique_ptr<ds_instance_t, CloseInstance>;

/// The last error of an instance, if `code` is one.
Status check(ds_status_t code, const InstanceHandle &instance) {
  if (code == DS_OK)
    return {};
  return Status(code,
                instance ? ds_instance_error(instance.get()) : "out of memory");
}

Status print(const std::string &text) {
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      fflush(stdout) != 0)
    return Status(DS_FAILED, format("cannot write to standard output: %s",
                                    strerror(errno)));
  return {};
}

ds_tensor_t viewOf(const Tensor &tensor) {
  return {sizeof(ds_tensor_t), const_cast<void *>(tensor.data),
          tensor.elementType,  static_cast<int32_t>(tensor.dims.size()),
          tensor.dims.data(),  tensor.byteSize()};
}

TensorView viewOf(const ds_tensor_t &tensor) {
  return {tensor.element_type,
          {tensor.dims, static_cast<size_t>(tensor.rank)},
          tensor.data};
}

Status bindInputs(const InstanceHandle &instance, const Inputs &inputs) {
  std::vector<ds_value_info_t> infos = modelInputs();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i])
      continue;
    std::vector<ds_tensor_t> views;
    for (const Tensor &tensor : *inputs[i])
      views.push_back(viewOf(tensor));
    ds_status_t code =
        infos[i].kind == DS_TENSOR
            ? ds_instance_bind_input(instance.get(), i, &views.front())
            : ds_instance_bind_input_list(instance.get(), i, views.data(),
                                          views.size());
    if (Status status = check(code, instance); !status.ok())
      return status;
  }
  return {};
}

/// The outputs of the last run; they refer to the instance's memory.
Result<std::vector<Output>> collectOutputs(const InstanceHandle &instance) {
  std::vector<Output> outputs;
  for (const ds_value_info_t &info : modelOutputs()) {
    auto tensor = sized<ds_tensor_t>();
    const ds_tensor_t *tensors = &tensor;
    int64_t count = 1;
    ds_status_t code =
        info.kind == DS_TENSOR
            ? ds_instance_output(instance.get(), outputs.size(), &tensor)
            : ds_instance_output_list(instance.get(), outputs.size(), &tensors,
                                      &count);
    if (Status status = check(code, instance); !status.ok())
      return status;
    Output &output = outputs.emplace_back(
        Output{info.name, static_cast<ds_value_kind_t>(info.kind), {}});
    for (int64_t k = 0; k < count; ++k)
      output.tensors.push_back(viewOf(tensors[k]));
  }
  return outputs;
}

Status runModel(const Options &options, int64_t start) {
  if (options.device != "cpu")
    return Status(
        DS_FAILED,
        "the program was compiled for the device 'cpu', it cannot run on " +
            quoted(options.device));
  struct stat status;
  if (!options.outputDirectory.empty() &&
      stat(options.outputDirectory.c_str(), &status) == 0 &&
      !S_ISDIR(status.st_mode))
    return Status(DS_WRONG_USE,
                  "option '--output-dir' expects a directory, found the file " +
                      quoted(options.outputDirectory));
  ds_threads_set(options.threads);
  Result<Inputs> inputs = options.runs && options.inputs.empty()
                              ? makeInputs()
                              : readInputs(options.inputs);
  if (!inputs.ok())
    return inputs.takeError();

  auto instanceOptions = sized<ds_instance_options_t>();
  instanceOptions.check_numerics = options.checkNumerics;
  instanceOptions.profile = !options.profile.empty();
  if (!options.codeVersion.empty())
    instanceOptions.code_version = options.codeVersion.c_str();
  ds_instance_t *opened = nullptr;
  ds_status_t code = ds_instance_open(&instanceOptions, &opened);
  InstanceHandle instance(opened);
  if (Status error = check(code, instance); !error.ok())
    return error;
  if (Status error = bindInputs(instance, *inputs); !error.ok())
    return error;

  std::string report;
  if (options.runs) {
    Result<std::string> text =
        benchmark(instance.get(), *options.runs, start, options.json);
    if (!text.ok())
      return text.takeError();
    report = std::move(*text);
  } else if (Status error = check(ds_instance_run(instance.get()), instance);
             !error.ok()) {
    return error;
  }

  Result<std::vector<Output>> outputs = collectOutputs(instance);
  if (!outputs.ok())
    return outputs.takeError();
  OutputFiles files;
  if (!options.outputDirectory.empty())
    if (Status error = writeOutputs(*outputs, options.outputDirectory, files);
        !error.ok())
      return error;
  if (!options.profile.empty()) {
    const char *trace = "";
    if (Status error =
            check(ds_instance_profile(instance.get(), &trace), instance);
        !error.ok())
      return error;
    std::span<const std::byte> piece = bytesOf(std::string_view(trace));
    if (Status error = files.write(options.profile, {&piece, 1}); !error.ok())
      return error;
  }
  if (Status error = files.commit(); !error.ok())
    return error;
  if (!options.runs && options.outputDirectory.empty())
    for (const Output &output : *outputs)
      report += summarize(output);
  return print(report);
}

Status runProgram(int argc, char **argv, int64_t start) {
  Result<Options> options =
      parseOptions({argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0)});
  if (!options.ok())
    return options.takeError();
  if (options->help)
    return print(usage(argv[0]));
  if (options->version)
    return print(versionText());
  if (options->describe)
    return print(options->json ? describeJson() : describeText());
  return runModel(*options, start);
}

} // namespace

int main(int argc, char **argv) {
  Status status = runProgram(argc, argv, monotonicNanoseconds());
  if (!status.ok()) {
    bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    fprintf(stderr, "%serror:%s %s\n", colour ? "\033[1;31m" : "",
            colour ? "\033[0m" : "", status.message().c_str());
  }
  return status.code();
}
