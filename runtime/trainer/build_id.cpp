//===- build_id.cpp - which program this is -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/text.h"
#include "runtime/trainer/trainer.h"

#include <cstring>
#include <elf.h>
#include <link.h>

namespace ds {
namespace {

/// Reads the notes of a segment; true when the id was among them.
bool readNotes(const char *note, const char *end, std::string &id) {
  while (static_cast<size_t>(end - note) >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, note, sizeof header);
    const char *name = note + sizeof header,
               *content = name + (header.n_namesz + 3) / 4 * 4;
    note = content + (header.n_descsz + 3) / 4 * 4;
    if (note > end)
      return false;
    if (header.n_type != NT_GNU_BUILD_ID || header.n_namesz != 4 ||
        std::memcmp(name, "GNU", 4) != 0)
      continue;
    for (size_t i = 0; i < header.n_descsz; ++i)
      id += format("%02x", static_cast<unsigned char>(content[i]));
    return true;
  }
  return false;
}

/// Called for the program first, and then no more.
int visit(dl_phdr_info *info, size_t, void *id) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE)
      continue;
    const auto *notes =
        reinterpret_cast<const char *>(info->dlpi_addr + segment.p_vaddr);
    if (readNotes(notes, notes + segment.p_memsz,
                  *static_cast<std::string *>(id)))
      break;
  }
  return 1;
}

} // namespace

std::string programBuildId() {
  std::string id;
  dl_iterate_phdr(visit, &id);
  return id;
}

} // namespace ds
