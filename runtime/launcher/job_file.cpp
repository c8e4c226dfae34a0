//===- job_file.cpp - is this file a training job? ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/launcher/job_file.h"

#include "runtime/base/file.h"
#include "runtime/base/text.h"

#include <cerrno>
#include <cstring>
#include <elf.h>
#include <unistd.h>

namespace ds {
namespace {

/// The section that trainer/main.cpp marks a job with.
constexpr std::string_view MarkSection = ".ds.job";
constexpr std::string_view Mark = "ds-job 1";

/// A struct at an offset, if the file has it whole.
template <typename T>
std::optional<T> load(std::span<const std::byte> file, uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

Status damaged() {
  return Status(DS_BAD_FILE, "the ELF file is damaged or cut off");
}

} // namespace

Result<std::optional<std::span<const std::byte>>>
findSection(std::span<const std::byte> file, std::string_view name) {
  std::optional<Elf64_Ehdr> header = load<Elf64_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64)
    return Status(DS_BAD_FILE, "expected a program for x86-64, found something "
                               "else");
  auto section = [&](uint64_t index) {
    return load<Elf64_Shdr>(file, header->e_shoff + index * sizeof(Elf64_Shdr));
  };
  if (header->e_shoff > file.size())
    return damaged();
  std::optional<Elf64_Shdr> names = section(header->e_shstrndx);
  if (!names || names->sh_offset > file.size() ||
      names->sh_size > file.size() - names->sh_offset)
    return damaged();
  std::string_view strings(reinterpret_cast<const char *>(file.data()) +
                               names->sh_offset,
                           names->sh_size);
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    std::optional<Elf64_Shdr> candidate = section(i);
    if (!candidate || candidate->sh_name > strings.size())
      return damaged();
    std::string_view called = strings.substr(candidate->sh_name);
    if (called.substr(0, called.find('\0')) != name)
      continue;
    if (candidate->sh_offset > file.size() ||
        candidate->sh_size > file.size() - candidate->sh_offset)
      return damaged();
    return std::optional(
        file.subspan(candidate->sh_offset, candidate->sh_size));
  }
  return std::optional<std::span<const std::byte>>();
}

Status checkJobFile(const std::string &path) {
  Result<FileView> view = FileView::open(path);
  if (!view.ok())
    return view.takeError();
  Result<std::optional<std::span<const std::byte>>> mark =
      findSection(view->bytes(), MarkSection);
  if (!mark.ok())
    return mark.takeError().withContext(quoted(path));
  if (!*mark)
    return Status(DS_WRONG_USE,
                  quoted(path) + " is no training job: expected a program made "
                                 "by ds-compile --train");
  std::string_view found(reinterpret_cast<const char *>((*mark)->data()),
                         (*mark)->size());
  if (found.substr(0, found.find('\0')) != Mark)
    return Status(DS_UNSUPPORTED, quoted(path) +
                                      " expects another ds-run: it "
                                      "is marked " +
                                      quoted(found.substr(0, 40)));
  if (access(path.c_str(), X_OK) != 0)
    return Status(DS_WRONG_USE,
                  quoted(path) + " may not be executed: " + strerror(errno));
  return {};
}

} // namespace ds
