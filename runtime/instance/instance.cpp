//===- instance.cpp - one running copy of a model -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/instance/instance.h"

#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/instance/code_version.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {

/// Bytes behind the arena that must still hold this pattern after a run.
constexpr size_t GuardBytes = 64;
constexpr unsigned char GuardPattern = 0xA5;

} // namespace

Status Instance::open(const ds_instance_options_t &options) {
  if (model.magic != DS_MODEL_MAGIC || model.version != DS_MODEL_VERSION)
    return Status(DS_UNSUPPORTED,
                  format("the model was compiled for version %u of the "
                         "runtime's contract, this runtime has version %u",
                         model.version, DS_MODEL_VERSION));
  if (options.function < 0 || options.function >= model.function_count)
    return Status(DS_WRONG_USE,
                  format("expected the index of an entry point below %d, found "
                         "%d",
                         model.function_count, options.function));
  function = &model.functions[options.function];
  Result<int32_t> chosen = chooseCodeVersion(model, options.code_version);
  if (!chosen.ok())
    return chosen.takeError();
  version = &model.code_versions[*chosen];
  if (!arena.reserve(static_cast<uint64_t>(function->arena_bytes) + GuardBytes))
    return Status(DS_FAILED,
                  format("out of memory: the model's arena needs %lld bytes",
                         static_cast<long long>(function->arena_bytes)));
  std::memset(static_cast<char *>(arena.data()) + function->arena_bytes,
              GuardPattern, GuardBytes);
  inputs.resize(function->input_count);
  outputs.resize(function->output_count);
  if (options.check_numerics || options.profile)
    observer = std::make_unique<Observer>(model, *function, version->target,
                                          options.check_numerics != 0,
                                          options.profile != 0);
  state.model = &model;
  state.function = function;
  state.code = function->run[*chosen];
  state.observer = observer.get();
  state.arena = arena.data();
  state.inputs = inputs.data();
  state.outputs = outputs.data();
  opened = true;
  for (int32_t i = 0; i < function->input_count; ++i)
    useDefault(i);
  return {};
}

/// Separate, so that no variable of a frame that longjmp returns to can be in
/// an undefined state.
static bool runGuarded(ds_run *state) {
  if (setjmp(state->exit) != 0)
    return false;
  state->code(state);
  return true;
}

Status Instance::run() {
  if (!opened)
    return Status(DS_WRONG_USE, "the instance could not be opened");
  std::string missing;
  for (int32_t i = 0; i < function->input_count; ++i)
    if (!inputs[i].data)
      missing += (missing.empty() ? "" : ", ") +
                 quoted(function->inputs[i].name) + " (" +
                 signatureOf(function->inputs[i]).text() + ")";
  if (!missing.empty())
    return Status(DS_WRONG_USE, "nothing is bound to the input " + missing);
  hasOutputs = false;
  for (Slot &slot : outputs)
    slot.data = nullptr;
  state.pool.beginRun();
  state.error = Status();
  if (observer)
    observer->beginRun();
  bool finished = runGuarded(&state);
  if (observer)
    observer->endRun();
  if (Status status = checkArena(); !status.ok())
    return status;
  if (!finished)
    return std::move(state.error);
  for (int32_t i = 0; i < function->output_count; ++i)
    if (!outputs[i].data)
      return Status(DS_FAILED, "the model did not write its output " +
                                   quoted(function->outputs[i].name));
  hasOutputs = true;
  ++runs;
  return {};
}

static Status noOutputs() {
  return Status(DS_WRONG_USE,
                "the instance has no outputs: its last run failed, or it has "
                "not run since it was opened or an output was bound");
}

Status Instance::checkArena() const {
  const auto *guard =
      static_cast<const unsigned char *>(arena.data()) + function->arena_bytes;
  if (std::all_of(guard, guard + GuardBytes,
                  [](unsigned char byte) { return byte == GuardPattern; }))
    return {};
  return Status(DS_FAILED,
                format("the model wrote beyond its arena of %lld "
                       "bytes: its memory plan is wrong",
                       static_cast<long long>(function->arena_bytes)));
}

Result<ds_tensor_t> Instance::output(int32_t index) const {
  if (Status status = checkOutputIndex(index); !status.ok())
    return status;
  if (!hasOutputs)
    return noOutputs();
  const ds_tensor_info_t &info = function->outputs[index];
  if (info.kind != DS_TENSOR)
    return Status(DS_WRONG_USE,
                  "output " + quoted(info.name) +
                      " is a sequence or optional, expected a tensor");
  const Slot &slot = outputs[index];
  size_t size = elementSize(info.element_type);
  std::span<const int64_t> dims(slot.dims, info.rank);
  return ds_tensor_t{
      sizeof(ds_tensor_t), slot.data,
      info.element_type,   info.rank,
      slot.dims,           static_cast<size_t>(*elementCount(dims)) * size};
}

Result<ds_list> Instance::outputList(int32_t index) const {
  if (Status status = checkOutputIndex(index); !status.ok())
    return status;
  if (!hasOutputs)
    return noOutputs();
  if (function->outputs[index].kind == DS_TENSOR)
    return Status(DS_WRONG_USE,
                  "output " + quoted(function->outputs[index].name) +
                      " is a tensor, expected a sequence or optional");
  return outputs[index].list;
}

ds_instance_statistics_t Instance::statistics() const {
  uint64_t outputBytes = 0;
  for (const Slot &slot : outputs)
    outputBytes += slot.owned.capacity();
  return {sizeof(ds_instance_statistics_t), runs,
          opened ? function->arena_bytes : 0,
          static_cast<int64_t>(state.pool.peakBytes()),
          static_cast<int64_t>(outputBytes)};
}

const std::string *Instance::profile() {
  if (!observer || !observer->profiles())
    return nullptr;
  profileText = observer->traceJson();
  return &profileText;
}

} // namespace ds
