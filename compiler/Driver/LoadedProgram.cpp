//===- LoadedProgram.cpp - a compiled model inside the compiler -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/LoadedProgram.h"

#include "mlir/IR/BuiltinTypes.h"

#include "llvm/Support/FormatVariadic.h"

#include <cstring>
#include <dlfcn.h>

namespace ds {

/// Sets `call` to the library's function of that name.
template <typename Call>
static bool find(void *library, const char *name, Call &call) {
  call = reinterpret_cast<Call>(dlsym(library, name));
  return call != nullptr;
}

llvm::Error LoadedProgram::error(const llvm::Twine &what) const {
  return llvm::createStringError(
      llvm::Twine("running the compiled model: ") + what +
      (instance ? llvm::Twine(": ") + errorOf(instance) : llvm::Twine()));
}

llvm::Expected<std::unique_ptr<LoadedProgram>>
LoadedProgram::open(const std::string &path, llvm::StringRef function) {
  std::unique_ptr<LoadedProgram> program(new LoadedProgram);
  program->library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!program->library)
    return program->error(dlerror());
  void *library = program->library;
  if (!find(library, "ds_function_describe", program->describeFunction) ||
      !find(library, "ds_function_input", program->describeInput) ||
      !find(library, "ds_instance_open", program->openInstance) ||
      !find(library, "ds_instance_close", program->closeInstance) ||
      !find(library, "ds_instance_error", program->errorOf) ||
      !find(library, "ds_instance_bind_input", program->bindInput) ||
      !find(library, "ds_instance_run", program->runInstance) ||
      !find(library, "ds_instance_output", program->readOutput))
    return program->error("the library lacks a call of ds/runtime.h");
  ds_function_description_t description = {};
  description.struct_size = sizeof description;
  int32_t &number = program->number;
  for (;; ++number) {
    if (program->describeFunction(number, &description) != DS_OK)
      return program->error("it has no function '" + function + "'");
    if (description.name == function)
      break;
  }
  ds_instance_options_t options = {};
  options.struct_size = sizeof options;
  options.function = number;
  if (program->openInstance(&options, &program->instance) != DS_OK)
    return program->error("it cannot be opened");
  return program;
}

LoadedProgram::~LoadedProgram() {
  if (instance)
    closeInstance(instance);
  if (library)
    dlclose(library);
}

llvm::Error LoadedProgram::run(llvm::ArrayRef<HostTensor> inputs,
                               mlir::TypeRange types,
                               llvm::SmallVectorImpl<HostTensor> &results) {
  for (auto [index, input] : llvm::enumerate(inputs)) {
    ds_value_info_t info = {};
    info.struct_size = sizeof info;
    if (describeInput(number, index, &info) != DS_OK)
      return error(llvm::formatv("it has no input {0}", index).str());
    ds_tensor_t tensor = {};
    tensor.struct_size = sizeof tensor;
    // The ABI reads inputs only.
    tensor.data = const_cast<char *>(input.data());
    tensor.element_type = info.element_type;
    tensor.rank = input.rank();
    tensor.dims = input.shape().data();
    tensor.byte_size = input.numBytes();
    if (bindInput(instance, index, &tensor) != DS_OK)
      return error("an input");
  }
  if (runInstance(instance) != DS_OK)
    return error("a run");
  for (auto [index, type] : llvm::enumerate(types)) {
    ds_tensor_t tensor = {};
    tensor.struct_size = sizeof tensor;
    if (readOutput(instance, index, &tensor) != DS_OK)
      return error("an output");
    HostTensor &result = results.emplace_back(
        llvm::cast<mlir::ShapedType>(type).getElementType(),
        llvm::ArrayRef<int64_t>(tensor.dims, tensor.rank));
    if (static_cast<size_t>(result.numBytes()) != tensor.byte_size)
      return error("an output of another size than its type has");
    std::memcpy(result.mutableData(), tensor.data, tensor.byte_size);
  }
  return llvm::Error::success();
}

} // namespace ds
