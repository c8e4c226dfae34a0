//===- picture.cpp - PNG and JPEG files -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/picture.h"

#include "runtime/base/file_system.h"
#include "runtime/base/text.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <jpeglib.h>
#include <png.h>

namespace ds {
namespace {

/// Pictures beyond this many pixels are refused before memory is asked for.
constexpr uint64_t MaxPixels = uint64_t{1} << 28;

bool isPng(std::span<const std::byte> data) {
  return data.size() >= 8 &&
         png_sig_cmp(reinterpret_cast<png_const_bytep>(data.data()), 0, 8) == 0;
}
bool isJpeg(std::span<const std::byte> data) {
  return data.size() >= 3 && data[0] == std::byte{0xFF} &&
         data[1] == std::byte{0xD8} && data[2] == std::byte{0xFF};
}

Status bad(const char *kind, const char *message) {
  return Status(DS_BAD_FILE, format("malformed %s picture: %s", kind, message));
}

/// libpng's state of one picture, which frees itself.
struct Png {
  png_image image{};
  Png() { image.version = PNG_IMAGE_VERSION; }
  ~Png() { png_image_free(&image); }

  bool open(std::span<const std::byte> data) {
    return png_image_begin_read_from_memory(&image, data.data(), data.size()) !=
           0;
  }
};

/// libjpeg leaves by longjmp. The functions that call it have no object with a
/// destructor.
struct JpegErrors {
  jpeg_error_mgr manager;
  jmp_buf exit;
  char message[JMSG_LENGTH_MAX];
};

void onJpegError(j_common_ptr info) {
  auto *errors = reinterpret_cast<JpegErrors *>(info->err);
  info->err->format_message(info, errors->message);
  longjmp(errors->exit, 1);
}

/// Damaged data are reported as warnings; a picture with some is no picture.
void onJpegMessage(j_common_ptr info, int level) {
  if (level < 0)
    onJpegError(info);
}

void openJpeg(jpeg_decompress_struct &info, JpegErrors &errors,
              std::span<const std::byte> data) {
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = onJpegError;
  errors.manager.emit_message = onJpegMessage;
  errors.manager.output_message = [](j_common_ptr) {};
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(data.data()),
               data.size());
  jpeg_read_header(&info, TRUE);
}

/// Reads the header; with `out`, the rows as well. False: see the message.
bool readJpeg(std::span<const std::byte> data, int channels, PictureSize *size,
              unsigned char *out, JpegErrors &errors) {
  jpeg_decompress_struct info{};
  info.err = &errors.manager;
  if (setjmp(errors.exit) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  openJpeg(info, errors, data);
  *size = {static_cast<int>(info.image_height),
           static_cast<int>(info.image_width)};
  if (out) {
    info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    size_t stride = static_cast<size_t>(info.output_width) * channels;
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = out + info.output_scanline * stride;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return true;
}

Status checkSize(PictureSize size, const PictureLayout &layout) {
  if (size.height == layout.height && size.width == layout.width)
    return {};
  return Status(DS_WRONG_USE,
                format("expected a picture of %d x %d pixels, found %d x %d",
                       layout.width, layout.height, size.width, size.height));
}

Status decodeRows(std::span<const std::byte> data, const PictureLayout &layout,
                  unsigned char *out) {
  if (isPng(data)) {
    Png png;
    if (!png.open(data))
      return bad("PNG", png.image.message);
    if (Status status = checkSize({static_cast<int>(png.image.height),
                                   static_cast<int>(png.image.width)},
                                  layout);
        !status.ok())
      return status;
    png.image.format = layout.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_color black{0, 0, 0};
    if (!png_image_finish_read(&png.image, &black, out, 0, nullptr))
      return bad("PNG", png.image.message);
    return {};
  }
  Result<PictureSize> size = readPictureSize(data);
  if (!size.ok())
    return size.takeError();
  if (Status status = checkSize(*size, layout); !status.ok())
    return status;
  JpegErrors errors{};
  PictureSize again;
  if (!readJpeg(data, layout.channels, &again, out, errors))
    return bad("JPEG", errors.message);
  return {};
}

bool isPictureName(const std::string &name) {
  std::string lower = name;
  for (char &c : lower)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower.ends_with(".png") || lower.ends_with(".jpg") ||
         lower.ends_with(".jpeg");
}

} // namespace

Result<PictureSize> readPictureSize(std::span<const std::byte> data) {
  PictureSize size{0, 0};
  if (isPng(data)) {
    Png png;
    if (!png.open(data))
      return bad("PNG", png.image.message);
    size = {static_cast<int>(png.image.height),
            static_cast<int>(png.image.width)};
  } else if (isJpeg(data)) {
    JpegErrors errors{};
    if (!readJpeg(data, 3, &size, nullptr, errors))
      return bad("JPEG", errors.message);
  } else {
    return Status(DS_BAD_FILE,
                  "expected a PNG or JPEG picture, found something else");
  }
  if (static_cast<uint64_t>(size.height) * size.width > MaxPixels)
    return Status(DS_BAD_FILE,
                  format("expected a picture of at most %llu pixels, found "
                         "%d x %d",
                         static_cast<unsigned long long>(MaxPixels), size.width,
                         size.height));
  return size;
}

Status decodePicture(std::span<const std::byte> data,
                     const PictureLayout &layout, std::byte *out,
                     Buffer &rows) {
  auto *bytes = reinterpret_cast<unsigned char *>(out);
  if (!layout.planes || layout.channels == 1)
    return decodeRows(data, layout, bytes);
  size_t pixels = static_cast<size_t>(layout.height) * layout.width;
  if (!rows.reserve(pixels * layout.channels))
    return Status(DS_FAILED, "out of memory: cannot decode a picture");
  auto *interleaved = static_cast<unsigned char *>(rows.data());
  if (Status status = decodeRows(data, layout, interleaved); !status.ok())
    return status;
  for (int channel = 0; channel < layout.channels; ++channel)
    for (size_t i = 0; i < pixels; ++i)
      bytes[channel * pixels + i] = interleaved[i * layout.channels + channel];
  return {};
}

Result<PictureFolder> listPictures(const std::string &path) {
  Result<std::vector<std::string>> names = listDirectory(path);
  if (!names.ok())
    return names.takeError();
  PictureFolder folder;
  for (const std::string &name : *names) {
    std::string directory = path + "/" + name;
    if (name.starts_with('.') || !isDirectory(directory))
      continue;
    Result<std::vector<std::string>> files = listDirectory(directory);
    if (!files.ok())
      return files.takeError();
    size_t before = folder.files.size();
    for (const std::string &file : *files)
      if (isPictureName(file))
        folder.files.push_back(directory + "/" + file);
    if (folder.files.size() == before)
      continue;
    folder.labels.resize(folder.files.size(),
                         static_cast<int64_t>(folder.classes.size()));
    folder.classes.push_back(name);
  }
  if (folder.files.empty())
    return Status(DS_WRONG_USE,
                  quoted(path) +
                      " expects an IDX pair (PREFIX-images-idx3-ubyte and "
                      "PREFIX-labels-idx1-ubyte, also .gz), or a folder of "
                      "pictures (.png, .jpg) for each class, found neither");
  return folder;
}

} // namespace ds
