//===- LoadedProgram.h - a compiled model inside the compiler -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_LOADEDPROGRAM_H
#define DS_COMPILER_DRIVER_LOADEDPROGRAM_H

#include "dialects/Interfaces/HostTensor.h"
#include "ds/runtime.h"

#include "mlir/IR/TypeRange.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace ds {

/// An instance of an entry point of a library as `--emit lib` writes it, run in
/// this process. Not thread-safe.
class LoadedProgram {
public:
  static llvm::Expected<std::unique_ptr<LoadedProgram>>
  open(const std::string &path, llvm::StringRef function);
  ~LoadedProgram();
  LoadedProgram(const LoadedProgram &) = delete;
  LoadedProgram &operator=(const LoadedProgram &) = delete;

  /// Runs it on one tensor per input. `types` are those of its results,
  /// tensors.
  llvm::Error run(llvm::ArrayRef<HostTensor> inputs, mlir::TypeRange types,
                  llvm::SmallVectorImpl<HostTensor> &results);

private:
  LoadedProgram() = default;
  llvm::Error error(const llvm::Twine &what) const;

  void *library = nullptr;
  ds_instance_t *instance = nullptr;
  int32_t number = 0; ///< of the entry point
  // The calls of ds/runtime.h that are made, from the library.
  decltype(&ds_function_describe) describeFunction = nullptr;
  decltype(&ds_function_input) describeInput = nullptr;
  decltype(&ds_instance_open) openInstance = nullptr;
  decltype(&ds_instance_close) closeInstance = nullptr;
  decltype(&ds_instance_error) errorOf = nullptr;
  decltype(&ds_instance_bind_input) bindInput = nullptr;
  decltype(&ds_instance_run) runInstance = nullptr;
  decltype(&ds_instance_output) readOutput = nullptr;
};

} // namespace ds

#endif // DS_COMPILER_DRIVER_LOADEDPROGRAM_H
