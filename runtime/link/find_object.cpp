//===- find_object.cpp - unwinding tables for libgcc ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libgcc's unwinder asks glibc 2.35 for _dl_find_object; this stand-in keeps
// programs running from glibc 2.34 on.
//===----------------------------------------------------------------------===//
#include <cstddef>
#include <cstdint>
#include <dlfcn.h>
#include <link.h>

namespace {

/// Laid out like struct dl_find_object of <dlfcn.h> on x86-64, which headers
/// before 2.35 lack.
struct FoundObject {
  unsigned long long flags;
  void *begin;
  void *end;
  link_map *map;
  void *frameHeader;
  unsigned long long reserved[7];
};

struct Search {
  uintptr_t address;
  FoundObject *found;
};

int visitObject(dl_phdr_info *info, size_t, void *argument) {
  auto *search = static_cast<Search *>(argument);
  uintptr_t begin = 0, end = 0, frameHeader = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_GNU_EH_FRAME)
      frameHeader = start;
    if (header.p_type == PT_LOAD && search->address >= start &&
        search->address - start < header.p_memsz) {
      begin = start;
      end = start + header.p_memsz;
    }
  }
  if (end == 0 || frameHeader == 0)
    return 0;
  *search->found = {0,
                    reinterpret_cast<void *>(begin),
                    reinterpret_cast<void *>(end),
                    nullptr,
                    reinterpret_cast<void *>(frameHeader),
                    {}};
  return 1;
}

} // namespace

extern "C" __attribute__((visibility("hidden"))) int
_dl_find_object(void *address, dl_find_object *found) noexcept {
  Search search{reinterpret_cast<uintptr_t>(address),
                reinterpret_cast<FoundObject *>(found)};
  return dl_iterate_phdr(visitObject, &search) != 0 ? 0 : -1;
}
