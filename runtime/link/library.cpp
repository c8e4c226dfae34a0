//===- library.cpp - what a compiled library needs of crtbegin ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gives the shared library its handle, and runs its exit functions when it is
// unloaded.
//===----------------------------------------------------------------------===//

extern "C" {
void __cxa_finalize(void *handle);

/// Names the module to __cxa_atexit; a library's is an address within it.
__attribute__((visibility("hidden"))) void *__dso_handle = &__dso_handle;

__attribute__((destructor)) static void runExitFunctions() {
  __cxa_finalize(__dso_handle);
}
}
