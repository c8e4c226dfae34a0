//===- SectionObject.cpp - bytes as an object for the linker --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "compiler/Link/LinkInternal.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace ds {

template <typename T>
static void append(std::string &out, const T &value) {
  out.append(reinterpret_cast<const char *>(&value), sizeof value);
}

std::string makeSectionObject(StringRef name, StringRef contents) {
  // Header, contents, names, then the headers of three sections: none, the
  // contents, the names. Without SHF_ALLOC it takes no room in memory, and
  // --gc-sections leaves it alone.
  std::string names("\0", 1);
  uint32_t contentsName = names.size();
  names += name.str() + '\0';
  uint32_t namesName = names.size();
  names += std::string(".shstrtab") + '\0';

  ELF::Elf64_Ehdr header = {};
  memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = ELF::EM_X86_64;
  header.e_version = ELF::EV_CURRENT;
  header.e_ehsize = sizeof(ELF::Elf64_Ehdr);
  header.e_shentsize = sizeof(ELF::Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 2;
  uint64_t contentsOffset = sizeof header;
  uint64_t namesOffset = contentsOffset + contents.size();
  header.e_shoff = alignTo(namesOffset + names.size(), 8);

  auto section = [](uint32_t name, uint32_t type, uint64_t offset,
                    uint64_t size) {
    ELF::Elf64_Shdr section = {};
    section.sh_name = name;
    section.sh_type = type;
    section.sh_offset = offset;
    section.sh_size = size;
    section.sh_addralign = 1;
    return section;
  };
  std::string object;
  object.reserve(header.e_shoff + 3 * sizeof(ELF::Elf64_Shdr));
  append(object, header);
  object += contents;
  object += names;
  object.resize(header.e_shoff);
  append(object, ELF::Elf64_Shdr{});
  append(object, section(contentsName, ELF::SHT_PROGBITS, contentsOffset,
                         contents.size()));
  append(object,
         section(namesName, ELF::SHT_STRTAB, namesOffset, names.size()));
  return object;
}

} // namespace ds
