//===- instance.h - one running copy of a model ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An instance owns the arena, the pool and the outputs of a model, checks what
// is bound to it, and runs it.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_INSTANCE_INSTANCE_H
#define DS_RUNTIME_INSTANCE_INSTANCE_H

#include "ds/model.h"
#include "ds/runtime.h"
#include "runtime/base/memory.h"
#include "runtime/base/pool_allocator.h"
#include "runtime/base/signature.h"
#include "runtime/base/status.h"
#include "runtime/instance/observer.h"

#include <csetjmp>
#include <memory>
#include <span>
#include <vector>

namespace ds {} // namespace ds

/// Generated code sees a pointer; the public ABI hands out the tensors.
struct ds_list {
  int64_t count;
  const ds_tensor_t *tensors;
};

namespace ds {

/// What is bound to an input, or owned or bound for an output. Of sequences and
/// optionals only `list` counts, whose address is `data` while it has a value.
struct Slot {
  void *data = nullptr; ///< inputs: what the run reads; null: unbound. Outputs:
                        ///< where the last run wrote.
  int64_t dims[DS_MAX_RANK]; ///< extents that belong to `data`
  void *bound = nullptr;     ///< outputs: the caller's memory, or null
  uint64_t capacity = 0;     ///< outputs: bytes of `bound`
  Buffer owned; ///< outputs: the instance's memory where nothing is bound
  ds_list list = {0, nullptr};
  std::vector<ds_tensor_t> listTensors; ///< inputs: what `list` refers to
  std::vector<int64_t> listDims;
};

/// The type of an entry of the model's signature.
inline Signature signatureOf(const ds_tensor_info_t &info) {
  return Signature::of(info.element_type, info.rank, info.dims);
}

} // namespace ds

/// The state that generated code passes back to the ds_rt_* calls.
struct ds_run {
  const ds_model_t *model = nullptr;
  const ds_function_t *function = nullptr;
  void (*code)(ds_run_t *run) = nullptr;
  ds::Observer *observer = nullptr; ///< null: launches are not looked at
  void *arena = nullptr;
  ds::Slot *inputs = nullptr;
  ds::Slot *outputs = nullptr;
  ds::PoolAllocator pool;
  ds::Status error;
  jmp_buf exit;
};

namespace ds {

/// Not thread-safe; the C ABI above it serialises.
class Instance {
public:
  explicit Instance(const ds_model_t &model) : model(model) {}
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;

  /// Checks model and machine and allocates static memory. Everything else
  /// fails until this succeeded.
  Status open(const ds_instance_options_t &options);

  Status bindInput(int32_t index, const ds_tensor_t *tensor);
  /// A negative count unbinds.
  Status bindInputList(int32_t index, const ds_tensor_t *tensors,
                       int64_t count);
  /// Has a tensor input that is bound read the same shape from elsewhere, which
  /// is aligned for its element type. Allocates nothing.
  void moveInput(int32_t index, void *data) { inputs[index].data = data; }
  Status bindOutput(int32_t index, const ds_tensor_t *tensor);
  Status run();
  Result<ds_tensor_t> output(int32_t index) const;
  Result<ds_list> outputList(int32_t index) const;
  ds_instance_statistics_t statistics() const;
  /// What the code that runs was made for; of an instance that is open.
  const char *target() const { return version->target; }
  /// The launches so far as a Chrome trace; null unless profiling.
  const std::string *profile();

private:
  Status checkInput(int32_t index, bool isList) const;
  Status checkOutputIndex(int32_t index) const;
  void useDefault(int32_t input);
  Status checkArena() const;

  const ds_model_t &model;
  const ds_function_t *function = nullptr;    ///< set when opened
  const ds_code_version_t *version = nullptr; ///< set when opened
  bool opened = false;
  bool hasOutputs = false; ///< the last run succeeded
  int64_t runs = 0;
  Buffer arena;
  std::vector<Slot> inputs;
  std::vector<Slot> outputs;
  std::unique_ptr<Observer> observer;
  std::string profileText;
  ds_run state;
};

} // namespace ds

#endif // DS_RUNTIME_INSTANCE_INSTANCE_H
