//===- generated_calls.cpp - the calls that generated host code makes -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/instance/instance.h"
#include "runtime/instance/run_exit.h"

using namespace ds;

void ds::leave(ds_run_t *run) { longjmp(run->exit, 1); }

void ds::recordNoMemory(ds_run_t *run, int64_t bytes) {
  run->error =
      bytes < 0 ? Status(DS_FAILED, format("the run asks for %lld bytes: a "
                                           "shape it computed is negative",
                                           static_cast<long long>(bytes)))
                : Status(DS_FAILED,
                         format("out of memory: the run needs %lld more bytes",
                                static_cast<long long>(bytes)));
}

static std::string nameOf(const ds_tensor_info_t &output) {
  return "output " + quoted(output.name);
}

/// The memory for an output; null when there is an error, which is recorded.
static void *placeOutput(ds_run_t *run, int32_t index, const int64_t *dims) {
  const ds_tensor_info_t &info = run->function->outputs[index];
  Slot &slot = run->outputs[index];
  std::span<const int64_t> extents(dims, info.rank);
  // The name is put in front only when there is an error: a run that succeeds
  // allocates nothing.
  if (Status status =
          checkSignature("", signatureOf(info), {info.element_type, extents});
      !status.ok()) {
    run->error = Status(DS_FAILED, nameOf(info) + status.message());
    return nullptr;
  }
  uint64_t bytes = *elementCount(extents, elementSize(info.element_type)) *
                   elementSize(info.element_type);
  std::copy(extents.begin(), extents.end(), slot.dims);
  if (slot.bound) {
    if (bytes > slot.capacity) {
      run->error =
          Status(DS_WRONG_USE,
                 nameOf(info) +
                     format(" needs %llu bytes for shape ",
                            static_cast<unsigned long long>(bytes)) +
                     shapeText(extents) +
                     format(", found %llu bytes bound to it",
                            static_cast<unsigned long long>(slot.capacity)));
      return nullptr;
    }
    return slot.data = slot.bound;
  }
  if (!slot.owned.reserve(bytes)) {
    recordNoMemory(run, static_cast<int64_t>(bytes));
    return nullptr;
  }
  return slot.data = slot.owned.data();
}

/// False when the launch left a value that must not be; the error is recorded.
static bool observe(ds_run_t *run, int32_t launch,
                    void (*kernel)(void **arguments), void **arguments) {
  run->error = run->observer->launch(launch, kernel, arguments);
  return run->error.ok();
}

const void *ds_rt_input_data(ds_run_t *run, int32_t index) {
  return run->inputs[index].data;
}

int64_t ds_rt_input_dim(ds_run_t *run, int32_t index, int32_t dimension) {
  return run->inputs[index].dims[dimension];
}

void *ds_rt_output_data(ds_run_t *run, int32_t index, const int64_t *dims) {
  if (void *data = placeOutput(run, index, dims)) [[likely]]
    return data;
  leave(run);
}

void *ds_rt_arena(ds_run_t *run) { return run->arena; }

void *ds_rt_alloc(ds_run_t *run, int64_t bytes) {
  if (void *data = run->pool.allocate(bytes)) [[likely]]
    return data;
  recordNoMemory(run, bytes);
  leave(run);
}

void ds_rt_free(ds_run_t *run, void *data) { run->pool.release(data); }

void ds_rt_launch(ds_run_t *run, int32_t launch,
                  void (*kernel)(void **arguments), void **arguments) {
  if (!run->observer) [[likely]]
    kernel(arguments);
  else if (!observe(run, launch, kernel, arguments))
    leave(run);
}

void ds_rt_fail(ds_run_t *run, const char *message) {
  run->error = Status(DS_FAILED, message);
  leave(run);
}
