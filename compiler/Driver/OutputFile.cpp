//===- OutputFile.cpp - files that appear whole or not at all -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/OutputFile.h"

#include "llvm/Support/FileSystem.h"

namespace ds {

static llvm::Error cannotWrite(llvm::StringRef path, std::error_code error) {
  return llvm::createStringError("cannot write '" + path.str() +
                                 "': " + error.message());
}

/// Writes to an open stream and reports what went wrong.
static llvm::Error
writeAll(llvm::StringRef path, llvm::raw_fd_ostream &out,
         llvm::function_ref<void(llvm::raw_ostream &)> write) {
  write(out);
  out.flush();
  std::error_code error = out.error();
  out.clear_error();
  return error ? cannotWrite(path, error) : llvm::Error::success();
}

llvm::Error
writeFileAtomically(llvm::StringRef path,
                    llvm::function_ref<void(llvm::raw_ostream &)> write) {
  if (path == "-")
    return writeAll("the standard output", llvm::outs(), write);
  llvm::sys::fs::file_status status;
  bool exists = !llvm::sys::fs::status(path, status);
  if (exists && llvm::sys::fs::is_directory(status))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));
  if (exists && !llvm::sys::fs::is_regular_file(status)) {
    std::error_code error;
    llvm::raw_fd_ostream out(path, error);
    return error ? cannotWrite(path, error) : writeAll(path, out, write);
  }

  // As open() would make it, the user's mask taken off.
  constexpr unsigned Mode = 0666;
  llvm::Expected<llvm::sys::fs::TempFile> file =
      llvm::sys::fs::TempFile::create(path + ".part-%%%%%%", Mode);
  if (!file)
    return cannotWrite(path, llvm::errorToErrorCode(file.takeError()));
  llvm::raw_fd_ostream out(file->FD, /*shouldClose=*/false);
  if (llvm::Error error = writeAll(path, out, write))
    return llvm::joinErrors(std::move(error), file->discard());
  if (llvm::Error error = file->keep(path))
    return cannotWrite(path, llvm::errorToErrorCode(std::move(error)));
  return llvm::Error::success();
}

} // namespace ds
