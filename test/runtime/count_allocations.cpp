//===- count_allocations.cpp - an interposer that counts malloc -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loaded with LD_PRELOAD: at exit writes how often the process asked for memory
// to the file that DS_ALLOCATIONS names.
//===----------------------------------------------------------------------===//
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace {

std::atomic<long> calls{0};

template <typename Function>
Function *next(const char *name) {
  return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

__attribute__((destructor)) void report() {
  long count = calls;
  if (const char *path = getenv("DS_ALLOCATIONS"))
    if (FILE *file = fopen(path, "w")) {
      fprintf(file, "%ld\n", count);
      fclose(file);
    }
}

} // namespace

// glibc gives these besides; dlsym itself may call calloc.
extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size) {
  ++calls;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++calls;
  return __libc_calloc(count, size);
}
void *realloc(void *block, size_t size) {
  ++calls;
  return __libc_realloc(block, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  static auto *real = next<void *(size_t, size_t)>("aligned_alloc");
  ++calls;
  return real(alignment, size);
}
int posix_memalign(void **block, size_t alignment, size_t size) {
  static auto *real = next<int(void **, size_t, size_t)>("posix_memalign");
  ++calls;
  return real(block, alignment, size);
}
}
