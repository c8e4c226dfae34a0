//===- picture.h - PNG and JPEG files -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decodes pictures by libpng and libjpeg-turbo, and finds them in folders.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_DATA_PICTURE_H
#define DS_RUNTIME_DATA_PICTURE_H

#include "runtime/data/column.h"

#include <span>

namespace ds {

struct PictureSize {
  int height;
  int width;
};

/// The size that a picture's header says. What is neither PNG nor JPEG is
/// DS_BAD_FILE.
Result<PictureSize> readPictureSize(std::span<const std::byte> data);

/// Decodes to 8 bits per channel: grey or sRGB, what is transparent on black.
/// `out` holds `layout`'s bytes; a picture of another size is DS_WRONG_USE, a
/// damaged one DS_BAD_FILE. `rows` is memory to work in, kept between calls.
Status decodePicture(std::span<const std::byte> data,
                     const PictureLayout &layout, std::byte *out, Buffer &rows);

/// A folder of folders of pictures: each folder is a class, in byte order of
/// the names.
struct PictureFolder {
  std::vector<std::string> classes;
  std::vector<std::string> files; ///< sorted by class, then by name
  std::vector<int64_t> labels;    ///< of each file: its class
};

/// Lists the pictures (.png, .jpg, .jpeg) below `path`. One without pictures is
/// DS_WRONG_USE.
Result<PictureFolder> listPictures(const std::string &path);

} // namespace ds

#endif // DS_RUNTIME_DATA_PICTURE_H
