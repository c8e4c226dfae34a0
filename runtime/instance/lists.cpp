//===- lists.cpp - sequences and optionals in a run -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Lists share their tensors and never change, so an insertion copies one tensor
// and the handles. All of it comes from the run's pool, which takes everything
// back when the next run starts: nobody counts references.
//
//===----------------------------------------------------------------------===//
#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/instance/instance.h"
#include "runtime/instance/run_exit.h"

#include <algorithm>
#include <cstring>

using namespace ds;

static int64_t sizeOf(const ds_list_t *list) { return list ? list->count : 0; }

static void recordBadPosition(ds_run_t *run, int64_t position, int64_t first,
                              int64_t last) {
  run->error =
      Status(DS_FAILED,
             format("expected a position or dimension from %lld to %lld of a "
                    "sequence, found %lld",
                    static_cast<long long>(first), static_cast<long long>(last),
                    static_cast<long long>(position)));
}

/// The position of an element, counted from the front.
static int64_t resolve(ds_run_t *run, const ds_list_t *list, int64_t position) {
  int64_t count = sizeOf(list);
  if (position < -count || position >= count) {
    recordBadPosition(run, position, -count, count - 1);
    leave(run);
  }
  return position < 0 ? position + count : position;
}

/// A list with room for `count` tensors behind it.
static ds_list_t *makeList(ds_run_t *run, int64_t count,
                           ds_tensor_t *&tensors) {
  static_assert(sizeof(ds_list) % alignof(ds_tensor_t) == 0,
                "the tensors follow the list");
  auto *list = static_cast<ds_list_t *>(
      ds_rt_alloc(run, sizeof(ds_list) + count * sizeof(ds_tensor_t)));
  tensors = reinterpret_cast<ds_tensor_t *>(list + 1);
  *list = {count, tensors};
  return list;
}

/// A copy of a tensor in the run's pool; string bytes are shared, since they
/// live as long as the run's outputs.
static ds_tensor_t copyTensor(ds_run_t *run, int32_t elementType, int32_t rank,
                              const int64_t *dims, const void *data) {
  size_t size = elementSize(elementType);
  std::optional<int64_t> count =
      elementCount({dims, static_cast<size_t>(rank)}, size);
  if (!count) {
    recordNoMemory(run, -1);
    leave(run);
  }
  auto *extents =
      static_cast<int64_t *>(ds_rt_alloc(run, rank * sizeof(int64_t)));
  std::copy_n(dims, rank, extents);
  size_t bytes = *count * size;
  void *copy = ds_rt_alloc(run, bytes);
  if (bytes > 0)
    std::memcpy(copy, data, bytes);
  return {sizeof(ds_tensor_t), copy, elementType, rank, extents, bytes};
}

/// Checks a value against an output's declaration; false when there is an
/// error, which is recorded.
static bool checkList(ds_run_t *run, int32_t index, const ds_list_t *list) {
  const ds_tensor_info_t &info = run->function->outputs[index];
  std::string what = "output " + quoted(info.name);
  for (int64_t i = 0; i < sizeOf(list); ++i) {
    const ds_tensor_t &tensor = list->tensors[i];
    Status status = checkSignature(
        what + format(", element %lld,", static_cast<long long>(i)),
        signatureOf(info),
        Signature::of(tensor.element_type, tensor.rank, tensor.dims));
    if (!status.ok()) {
      run->error = Status(DS_FAILED, status.message());
      return false;
    }
  }
  return true;
}

const ds_list_t *ds_rt_input_list(ds_run_t *run, int32_t index) {
  return &run->inputs[index].list;
}

void ds_rt_output_list(ds_run_t *run, int32_t index, const ds_list_t *list) {
  if (!checkList(run, index, list))
    leave(run);
  Slot &slot = run->outputs[index];
  slot.list = list ? *list : ds_list{0, nullptr};
  slot.data = &slot.list;
}

const ds_list_t *ds_rt_list_insert(ds_run_t *run, const ds_list_t *list,
                                   int64_t position, int32_t elementType,
                                   int32_t rank, const int64_t *dims,
                                   const void *data) {
  int64_t count = sizeOf(list);
  if (position < -count || position > count) {
    recordBadPosition(run, position, -count, count);
    leave(run);
  }
  position += position < 0 ? count : 0;
  ds_tensor_t *tensors;
  ds_list_t *result = makeList(run, count + 1, tensors);
  for (int64_t i = 0; i < count; ++i)
    tensors[i < position ? i : i + 1] = list->tensors[i];
  tensors[position] = copyTensor(run, elementType, rank, dims, data);
  return result;
}

const ds_list_t *ds_rt_list_erase(ds_run_t *run, const ds_list_t *list,
                                  int64_t position) {
  position = resolve(run, list, position);
  ds_tensor_t *tensors;
  ds_list_t *result = makeList(run, list->count - 1, tensors);
  for (int64_t i = 0; i < result->count; ++i)
    tensors[i] = list->tensors[i < position ? i : i + 1];
  return result;
}

int64_t ds_rt_list_size(const ds_list_t *list) { return sizeOf(list); }

const void *ds_rt_list_data(ds_run_t *run, const ds_list_t *list,
                            int64_t position) {
  return list->tensors[resolve(run, list, position)].data;
}

int64_t ds_rt_list_dim(ds_run_t *run, const ds_list_t *list, int64_t position,
                       int32_t dimension) {
  const ds_tensor_t &tensor = list->tensors[resolve(run, list, position)];
  if (dimension < 0 || dimension >= tensor.rank) {
    recordBadPosition(run, dimension, 0, tensor.rank - 1);
    leave(run);
  }
  return tensor.dims[dimension];
}
