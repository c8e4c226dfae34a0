//===- binding.cpp - tensors that callers bind to an instance -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/element_type.h"
#include "runtime/base/text.h"
#include "runtime/instance/instance.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ds {

/// Everything that can be wrong with a tensor somebody wants to bind as
/// `expected`.
static Status checkTensor(const std::string &what, const Signature &expected,
                          const ds_tensor_t &tensor) {
  if (tensor.rank < 0 || tensor.rank > DS_MAX_RANK ||
      (tensor.rank > 0 && !tensor.dims))
    return Status(
        DS_WRONG_USE,
        what +
            format(
                " expects a rank from 0 to %d with its extents, found rank %d",
                DS_MAX_RANK, tensor.rank));
  Signature found =
      Signature::of(tensor.element_type, tensor.rank, tensor.dims);
  if (Status status = checkSignature(what, expected, found); !status.ok())
    return status;
  size_t size = elementSize(expected.elementType),
         alignment = elementAlignment(expected.elementType);
  size_t bytes = *elementCount(found.dims) * size;
  if (tensor.byte_size != bytes)
    return Status(DS_WRONG_USE,
                  what + format(" expects %zu bytes for ", bytes) +
                      found.text() + format(", found %zu", tensor.byte_size));
  if (!tensor.data && bytes > 0)
    return Status(DS_WRONG_USE, what + " expects data, found a null pointer");
  if (reinterpret_cast<uintptr_t>(tensor.data) % alignment != 0)
    return Status(
        DS_WRONG_USE,
        what + format(" expects data aligned to %zu bytes, found address %p",
                      alignment, tensor.data));
  return {};
}

Status Instance::checkInput(int32_t index, bool isList) const {
  if (!opened)
    return Status(DS_WRONG_USE, "the instance could not be opened");
  if (index < 0 || index >= function->input_count)
    return Status(DS_WRONG_USE,
                  format("expected an input index below %d, found %d",
                         function->input_count, index));
  const ds_tensor_info_t &info = function->inputs[index];
  if ((info.kind != DS_TENSOR) != isList)
    return Status(DS_WRONG_USE,
                  "input " + quoted(info.name) +
                      (isList ? " is a tensor, found a list of them"
                              : " is a sequence or optional, found a tensor"));
  return {};
}

Status Instance::checkOutputIndex(int32_t index) const {
  if (!opened)
    return Status(DS_WRONG_USE, "the instance could not be opened");
  if (index < 0 || index >= function->output_count)
    return Status(DS_WRONG_USE,
                  format("expected an output index below %d, found %d",
                         function->output_count, index));
  return {};
}

void Instance::useDefault(int32_t input) {
  const ds_tensor_info_t &info = function->inputs[input];
  Slot &slot = inputs[input];
  slot.data = nullptr;
  if (info.kind != DS_TENSOR || info.default_offset < 0)
    return;
  // A model whose only weights are empty tensors has none; generated code still
  // wants an address. The run only reads inputs; `data` is not const because
  // outputs share the struct.
  const void *weights = model.weights ? model.weights : arena.data();
  slot.data = const_cast<char *>(static_cast<const char *>(weights)) +
              info.default_offset;
  std::copy_n(info.dims, info.rank, slot.dims);
}

Status Instance::bindInput(int32_t index, const ds_tensor_t *tensor) {
  if (Status status = checkInput(index, /*isList=*/false); !status.ok())
    return status;
  if (!tensor) {
    useDefault(index);
    return {};
  }
  const ds_tensor_info_t &info = function->inputs[index];
  if (Status status =
          checkTensor("input " + quoted(info.name), signatureOf(info), *tensor);
      !status.ok())
    return status;
  inputs[index].data = tensor->data ? tensor->data : arena.data();
  std::copy_n(tensor->dims, tensor->rank, inputs[index].dims);
  return {};
}

Status Instance::bindInputList(int32_t index, const ds_tensor_t *tensors,
                               int64_t count) {
  if (Status status = checkInput(index, /*isList=*/true); !status.ok())
    return status;
  const ds_tensor_info_t &info = function->inputs[index];
  Slot &slot = inputs[index];
  std::string what = "input " + quoted(info.name);
  if (count < 0) {
    useDefault(index);
    return {};
  }
  if (count > 0 && !tensors)
    return Status(DS_WRONG_USE,
                  what + format(" expects %lld tensors, found a null pointer",
                                static_cast<long long>(count)));
  if (count > 1 && info.kind == DS_OPTIONAL)
    return Status(DS_WRONG_USE,
                  what + format(" expects at most one tensor, found %lld",
                                static_cast<long long>(count)));
  std::vector<ds_tensor_t> copies(count);
  std::vector<int64_t> dims;
  const char *next = reinterpret_cast<const char *>(
      tensors); // the caller's struct may be shorter or longer than ours
  for (int64_t i = 0; i < count; ++i) {
    const auto *tensor = reinterpret_cast<const ds_tensor_t *>(next);
    std::memcpy(&copies[i], tensor,
                std::min(tensor->struct_size, sizeof(ds_tensor_t)));
    next += tensor->struct_size;
    copies[i].struct_size = sizeof(ds_tensor_t);
    if (Status status = checkTensor(
            what + format(", element %lld,", static_cast<long long>(i)),
            signatureOf(info), copies[i]);
        !status.ok())
      return status;
    if (!copies[i].data)
      copies[i].data = arena.data();
    dims.insert(dims.end(), copies[i].dims, copies[i].dims + copies[i].rank);
  }
  const int64_t *extents = dims.data();
  for (ds_tensor_t &copy : copies)
    copy.dims = std::exchange(extents, extents + copy.rank);
  slot.listTensors = std::move(copies);
  slot.listDims = std::move(dims);
  slot.list = {count, slot.listTensors.data()};
  slot.data = &slot.list;
  return {};
}

Status Instance::bindOutput(int32_t index, const ds_tensor_t *tensor) {
  if (Status status = checkOutputIndex(index); !status.ok())
    return status;
  const ds_tensor_info_t &info = function->outputs[index];
  std::string what = "output " + quoted(info.name);
  if (tensor) {
    size_t alignment = elementAlignment(info.element_type);
    if (info.kind != DS_TENSOR)
      return Status(DS_WRONG_USE,
                    what + " is a sequence or optional, which cannot be bound");
    if (tensor->element_type != info.element_type)
      return Status(DS_WRONG_USE,
                    what + " expects element type " +
                        elementTypeName(info.element_type) + ", found " +
                        (elementSize(tensor->element_type) > 0
                             ? elementTypeName(tensor->element_type)
                             : format("number %d", tensor->element_type)));
    if (!tensor->data ||
        reinterpret_cast<uintptr_t>(tensor->data) % alignment != 0)
      return Status(
          DS_WRONG_USE,
          what +
              format(" expects memory aligned to %zu bytes, found address %p",
                     alignment, tensor->data));
  }
  outputs[index].bound = tensor ? tensor->data : nullptr;
  outputs[index].capacity = tensor ? tensor->byte_size : 0;
  hasOutputs = false; // what the last run wrote may be elsewhere now
  return {};
}

} // namespace ds
