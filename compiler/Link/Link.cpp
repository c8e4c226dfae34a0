//===- Link.cpp - from object code to one program -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// lld never sees the weights: in the model object they are a section without
// contents. lld gives it a segment of its own, last in memory. After the link
// the bytes are appended to the file and the segment is pointed at them.
// Linking a model of several gigabytes so takes megabytes of memory, and the
// kernel maps the weights on demand.
//
//===----------------------------------------------------------------------===//
#include "compiler/Link/Link.h"

#include "compiler/Link/LinkInternal.h"
#include "lld/Common/Driver.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace ds {

Error linkError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

Error linkError(const Twine &message, int error) {
  return linkError(message + ": " + std::generic_category().message(error));
}

/// Joins "link failed" with lld's own words, less its name in front of each
/// line.
static Error lldError(StringRef text) {
  std::string message = "linking failed";
  SmallVector<StringRef> lines;
  text.split(lines, '\n', -1, false);
  for (StringRef line : lines) {
    line.consume_front("ld.lld: ");
    line.consume_front("error: ");
    message += "\n  " + line.rtrim().str();
  }
  return linkError(message);
}

/// The words for lld. Fixed but for paths: same objects, same bytes.
static std::vector<std::string> programArguments(const LinkOptions &options) {
  auto resource = [&](StringRef file) {
    return options.resourceDirectory + "/" + file.str();
  };
  bool isProgram = options.kind != LinkKind::Library;
  std::vector<std::string> words = {"--gc-sections",
                                    "--eh-frame-hdr",
                                    "--hash-style=gnu",
                                    "--build-id=sha1",
                                    "-z",
                                    "relro",
                                    "-z",
                                    "now",
                                    "-z",
                                    "noexecstack",
                                    "-z",
                                    "max-page-size=4096",
                                    "--no-undefined",
                                    "-O1",
                                    "-T",
                                    resource("weights.ld")};
  auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
  };
  if (isProgram)
    add({"-pie", "--dynamic-linker=/lib64/ld-linux-x86-64.so.2"});
  else // nodelete: the pool's threads outlive dlclose and need their code
    add({"-shared", "-z", "nodelete", "-soname",
         sys::path::filename(options.outputPath).str(),
         "--version-script=" + resource("lib.map")});
  const char *runtime = options.kind == LinkKind::Executable ? "ds_program.o"
                        : options.kind == LinkKind::TrainingJob
                            ? "ds_job.o"
                            : "ds_library.o";
  add({resource(runtime), "--as-needed", resource("libc.so.6"),
       resource("libm.so.6"), resource("ld-linux-x86-64.so.2")});
  return words;
}

static Error runLld(ArrayRef<std::string> words) {
  static std::mutex mutex;
  static bool usable = true;
  std::lock_guard<std::mutex> lock(mutex);
  if (!usable)
    return linkError(
        "the linker cannot run again in this process after it failed badly");
  SmallVector<const char *> arguments;
  for (const std::string &word : words)
    arguments.push_back(word.c_str());
  std::string text;
  raw_string_ostream stream(text);
  lld::Result result =
      lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  usable = result.canRunAgain;
  return result.retCode == 0 ? Error::success() : lldError(text);
}

static Error checkOutput(const std::string &path) {
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) &&
      status.type() != sys::fs::file_type::regular_file)
    return linkError(
        "cannot write '" + path +
        "': expected a regular file or none, found a directory or device");
  StringRef parent = sys::path::parent_path(path);
  if (!parent.empty() && !sys::fs::is_directory(parent))
    return linkError("cannot write '" + path + "': there is no directory '" +
                     parent + "'");
  return Error::success();
}

/// Links the objects with these further words, has `complete` finish the image,
/// and gives it its name.
static Error linkImage(const LinkOptions &options,
                       ArrayRef<std::string> further,
                       function_ref<Error(ImageFile &)> complete) {
  if (Error error = checkOutput(options.outputPath))
    return error;
  // In the output's own folder, so that the final rename replaces it at once.
  // Its name does not get into the image.
  static std::atomic<unsigned> serial = 0;
  std::string part =
      (options.outputPath + ".part" + Twine(sys::Process::getProcessId()) +
       "-" + Twine(serial++))
          .str();
  scope_exit removePart([&] { sys::fs::remove(part); });

  std::vector<std::string> words = {"ld.lld", "-o", part, "--threads=1",
                                    "--color-diagnostics=never"};
  std::vector<MemoryFile> files;
  auto add = [&](MemoryBufferRef object) -> Error {
    Expected<MemoryFile> file = MemoryFile::create(object);
    if (!file)
      return file.takeError();
    words.push_back(file->path());
    files.push_back(std::move(*file));
    return Error::success();
  };
  for (MemoryBufferRef object : options.objects)
    if (Error error = add(object))
      return error;
  for (const auto &[name, contents] : options.sections)
    if (Error error =
            add(MemoryBufferRef(makeSectionObject(name, contents), name)))
      return error;
  words.insert(words.end(), options.objectPaths.begin(),
               options.objectPaths.end());
  words.insert(words.end(), further.begin(), further.end());
  if (Error error = runLld(words))
    return error;

  Expected<ImageFile> image = ImageFile::open(part);
  if (!image)
    return image.takeError();
  if (Error error = complete(*image))
    return error;
  if (std::error_code code = sys::fs::rename(part, options.outputPath))
    return linkError("cannot write '" + options.outputPath +
                     "': " + code.message());
  removePart.release();
  return Error::success();
}

Error linkProgram(const LinkOptions &options,
                  function_ref<Error(WeightSink &)> writeWeights) {
  if (!sys::fs::is_directory(options.resourceDirectory))
    return linkError("expected the linker's resources in '" +
                     options.resourceDirectory + "', found no such folder");
  auto complete = [&](ImageFile &image) -> Error {
    if (options.weightBytes == 0)
      return image.finish(0755);
    Expected<uint64_t> start = image.placeWeights(options.weightBytes);
    if (!start)
      return start.takeError();
    WeightSink sink(image.descriptor(), *start, options.weightBytes);
    if (Error error = writeWeights(sink))
      return error;
    if (sink.position() != options.weightBytes)
      return linkError("expected " + Twine(options.weightBytes) +
                       " bytes of weights, found " + Twine(sink.position()));
    return image.finish(0755);
  };
  return linkImage(options, programArguments(options), complete);
}

Error linkRelocatable(const LinkOptions &options) {
  return linkImage(options, {"-r"},
                   [](ImageFile &image) { return image.finish(0644); });
}

std::string weightsModuleAsm(uint64_t bytes) {
  if (bytes == 0)
    return "";
  std::string size = std::to_string(bytes);
  return ".section .ds.weights,\"a\",@nobits\n"
         ".p2align 12\n"
         ".globl ds_weights\n"
         ".hidden ds_weights\n"
         ".type ds_weights,@object\n"
         ".size ds_weights," +
         size + "\nds_weights:\n.zero " + size + "\n.text\n";
}

Expected<std::string> findResourceDirectory(StringRef toolPath) {
  SmallString<256> path(sys::path::parent_path(toolPath));
  sys::path::append(path, "..", "lib", "ds", "resources");
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  if (!sys::fs::is_directory(path))
    return linkError("expected the linker's resources in '" + path +
                     "', found no such folder");
  return std::string(path);
}

} // namespace ds
