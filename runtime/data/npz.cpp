//===- npz.cpp - sequences and optionals in .npz archives -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/npz.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <unistd.h>
#include <unordered_map>

namespace ds {
namespace {

constexpr const char *AbsentMember = "none.npy";

/// Unpacks and reads one member. Its header is looked at first, so that an
/// archive cannot make us unpack what the model would not take anyway.
Result<Tensor> readMember(const std::string &what, const Signature &element,
                          const ZipMember &member) {
  std::string whose = what + ", member " + quoted(member.name);
  std::vector<std::byte> prefix(std::min<uint64_t>(member.size, MaxNpyHeader));
  if (Status status = unpack(member, prefix); !status.ok())
    return status;
  Result<NpyHeader> header = parseNpyHeader(prefix, member.size);
  if (!header.ok())
    return header.takeError().withContext(whose);
  if (Status status = checkNpyHeader(whose, element, *header); !status.ok())
    return status;
  uint64_t machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  Buffer contents;
  if (member.size > machine || !contents.reserve(member.size))
    return Status(DS_FAILED,
                  "out of memory: " + whose +
                      format(" unpacks to %llu bytes",
                             static_cast<unsigned long long>(member.size)));
  std::span<std::byte> bytes(static_cast<std::byte *>(contents.data()),
                             member.size);
  if (Status status = unpack(member, bytes); !status.ok())
    return status;
  return readNpy(whose, element, bytes, nullptr);
}

} // namespace

Result<std::vector<Tensor>> readSequence(const std::string &what,
                                         const Signature &element,
                                         std::span<const std::byte> data) {
  if (!isZip(data))
    return Status(isNpy(data) ? DS_WRONG_USE : DS_BAD_FILE,
                  what + " expects a sequence in an .npz archive, found " +
                      (isNpy(data) ? "a single array" : "something else"));
  Result<std::vector<ZipMember>> members = readZip(data);
  if (!members.ok())
    return members.takeError();
  std::unordered_map<std::string_view, const ZipMember *> byName;
  for (const ZipMember &member : *members)
    byName[member.name] = &member;
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < members->size(); ++i) {
    std::string name = std::to_string(i) + ".npy";
    auto member = byName.find(name);
    if (member == byName.end()) {
      std::string found;
      for (const ZipMember &candidate :
           std::span(*members).first(std::min<size_t>(members->size(), 5)))
        found += (found.empty() ? "" : ", ") + quoted(candidate.name);
      return Status(DS_WRONG_USE,
                    what +
                        format(" expects a sequence with the members '0.npy' "
                               "to '%zu.npy', found ",
                               members->size() - 1) +
                        found + (members->size() > 5 ? ", ..." : "") + ": " +
                        quoted(name) + " is missing");
    }
    Result<Tensor> tensor = readMember(what, element, *member->second);
    if (!tensor.ok())
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

Result<std::vector<Tensor>> readOptional(const std::string &what,
                                         const Signature &element,
                                         std::span<const std::byte> data,
                                         std::shared_ptr<const FileView> file) {
  std::vector<Tensor> tensors;
  if (isZip(data)) {
    Result<std::vector<ZipMember>> members = readZip(data);
    if (!members.ok())
      return members.takeError();
    if (members->size() != 1 || members->front().name != AbsentMember)
      return Status(DS_WRONG_USE,
                    what +
                        " expects an array, or an archive with the one member "
                        "'none.npy', found an archive with " +
                        (members->empty()
                             ? "no members"
                             : format("%zu members, first ", members->size()) +
                                   quoted(members->front().name)));
    return tensors;
  }
  Result<Tensor> tensor = readNpy(what, element, data, std::move(file));
  if (!tensor.ok())
    return tensor.takeError();
  tensors.push_back(std::move(*tensor));
  return tensors;
}

void NpzArchive::add(const std::string &name, const TensorView &tensor) {
  NpyPieces &pieces = *members.emplace_back(std::make_unique<NpyPieces>());
  printNpy(tensor, pieces);
  std::span<const std::byte> contents[] = {bytesOf(pieces.header),
                                           pieces.elements};
  writer->add(name, contents);
}

NpzArchive::NpzArchive(std::span<const TensorView> sequence) {
  for (size_t i = 0; i < sequence.size(); ++i)
    add(std::to_string(i) + ".npy", sequence[i]);
  parts = writer->finish();
}

NpzArchive NpzArchive::absent() {
  static constexpr bool True = true;
  NpzArchive archive;
  archive.add(AbsentMember, {DS_BOOL, {}, &True});
  archive.parts = archive.writer->finish();
  return archive;
}

} // namespace ds
