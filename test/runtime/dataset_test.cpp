//===- dataset_test.cpp - order, conversion and pictures ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/element_type.h"
#include "runtime/data/dataset.h"
#include "runtime/data/order.h"
#include "runtime/data/picture.h"
#include "runtime/data/prefetch.h"
#include "runtime/trainer/settings.h"
#include "test/runtime/temporary.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <filesystem>
#include <jpeglib.h>
#include <numbers>
#include <png.h>
#include <set>

using namespace ds;
using namespace ds::test;

namespace {

std::string pngOf(int width, int height, int format,
                  const std::vector<unsigned char> &pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = 0;
  REQUIRE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0,
                                    nullptr));
  std::string file(size, '\0');
  REQUIRE(png_image_write_to_memory(&image, file.data(), &size, 0,
                                    pixels.data(), 0, nullptr));
  return file.substr(0, size);
}

/// A picture of one colour, which JPEG keeps up to a rounding of its own.
std::string jpegOf(int width, int height, const unsigned char (&colour)[3]) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char *data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = width;
  info.image_height = height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  std::vector<unsigned char> row;
  for (int i = 0; i < width; ++i)
    row.insert(row.end(), colour, colour + 3);
  for (int i = 0; i < height; ++i) {
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char *>(data), size);
  free(data);
  return file;
}

std::vector<int64_t> epochOf(uint64_t seed, int64_t count, int64_t epoch) {
  ExampleOrder order({count, count, true, false, seed});
  std::vector<int64_t> examples(count);
  order.fill(epoch, examples);
  return examples;
}

} // namespace

TEST_CASE("an epoch has every example once, in an order of its own") {
  std::set<std::vector<int64_t>> seen;
  for (uint64_t seed : {0, 1})
    for (int64_t epoch : {0, 1, 2}) {
      std::vector<int64_t> order = epochOf(seed, 100, epoch);
      seen.insert(order);
      std::sort(order.begin(), order.end());
      for (int64_t i = 0; i < 100; ++i)
        CHECK(order[i] == i);
    }
  CHECK(seen.size() == 6);
}

TEST_CASE("each of the orders of four examples is as likely as the others") {
  std::vector<int> counts(256);
  constexpr int Epochs = 24000;
  for (int epoch = 0; epoch < Epochs; ++epoch) {
    std::vector<int64_t> order = epochOf(5, 4, epoch);
    ++counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]];
  }
  // 1000 of each expected; the deviation of a binomial count is 31, and among
  // 24 none is beyond 4.5 of them but once in 6000 seeds.
  CHECK(std::count_if(counts.begin(), counts.end(),
                      [](int n) { return n > 0; }) == 24);
  for (int count : counts)
    CHECK((count == 0 || std::abs(count - 1000) < 140));
}

TEST_CASE("a batch can be asked for by itself, in any order") {
  bool wrap = GENERATE(false, true), shuffle = GENERATE(false, true);
  OrderOptions options{10, 4, shuffle, wrap, 3};
  ExampleOrder forwards(options);
  CHECK(forwards.batchesPerEpoch() == (wrap ? 3 : 2));
  std::vector<std::vector<int64_t>> batches(12, std::vector<int64_t>(4));
  for (int64_t i = 0; i < 12; ++i)
    forwards.fill(i, batches[i]);
  for (int64_t i = 11; i >= 0; --i) {
    std::vector<int64_t> alone(4);
    ExampleOrder(options).fill(i, alone);
    CHECK(alone == batches[i]);
  }
  if (wrap) { // nothing is dropped: 5 batches are 2 epochs
    std::vector<int> times(10);
    for (int64_t i = 0; i < 5; ++i)
      for (int64_t example : batches[i])
        ++times[example];
    CHECK(times == std::vector<int>(10, 2));
    CHECK(forwards.position(5).epoch == 2);
    CHECK(forwards.position(4).example == 6);
  }
}

TEST_CASE("16-bit floats survive the way through f64, and are rounded once") {
  for (int32_t type : {DS_FLOAT16, DS_BFLOAT16}) {
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      auto half = static_cast<uint16_t>(bits);
      double value = elementAsDouble(type, &half, 0);
      if (std::isnan(value))
        continue;
      uint16_t back = 0;
      CHECK(!convertElements(DS_FLOAT64, &value, type, &back, 1, {}));
      CHECK(back == half);
      // Half way to the next one: to the even of both; a hair more: up.
      auto next = static_cast<uint16_t>(bits + 1);
      double above = elementAsDouble(type, &next, 0);
      if (!std::isfinite(value) || !std::isfinite(above) ||
          std::signbit(above) != std::signbit(value))
        continue;
      double middle = value + (above - value) / 2;
      convertElements(DS_FLOAT64, &middle, type, &back, 1, {});
      CHECK(back == (bits % 2 ? next : half));
      middle = std::nextafter(middle, above * 2);
      convertElements(DS_FLOAT64, &middle, type, &back, 1, {});
      CHECK(back == next);
    }
  }
}

TEST_CASE("integers are taken as they are, or not at all") {
  int64_t wide[] = {0, 255, -1, 300};
  uint8_t narrow[4] = {};
  std::optional<BadElement> bad =
      convertElements(DS_INT64, wide, DS_UINT8, narrow, 4, {});
  REQUIRE(bad);
  CHECK(bad->index == 2);
  CHECK(narrow[1] == 255);
  uint64_t huge = UINT64_MAX;
  int64_t number = 0;
  CHECK(convertElements(DS_UINT64, &huge, DS_INT64, &number, 1, {}));
  int64_t exact = (int64_t{1} << 53) + 1; // which no f64 holds
  CHECK(!convertElements(DS_INT64, &exact, DS_UINT64, &huge, 1, {}));
  CHECK(huge == static_cast<uint64_t>(exact));
  CHECK(!canConvert(DS_FLOAT32, DS_INT64));
  CHECK(canConvert(DS_BOOL, DS_FLOAT32));
  CHECK(!canConvert(DS_STRING, DS_INT64));
}

TEST_CASE("scaling is done in f64 and rounded once") {
  uint8_t pixels[] = {0, 51, 255};
  float out[3];
  CHECK(
      !convertElements(DS_UINT8, pixels, DS_FLOAT32, out, 3, {1 / 127.5, -1}));
  for (int i = 0; i < 3; ++i)
    CHECK(out[i] == static_cast<float>(pixels[i] * (1 / 127.5) - 1));
}

TEST_CASE("a folder of pictures has a class for each folder") {
  TemporaryFolder folder;
  for (const char *name : {"d", "d/bee", "d/ant", "d/empty"})
    std::filesystem::create_directory(folder.path(name));
  std::vector<unsigned char> colours = {255, 0, 0, 0, 255, 0, 0, 0, 255,
                                        1,   2, 3, 4, 5,   6, 7, 8, 9};
  folder.write("d/ant/1.png", pngOf(3, 2, PNG_FORMAT_RGB, colours));
  folder.write("d/ant/2.PNG", pngOf(3, 2, PNG_FORMAT_GRAY, {9, 8, 7, 6, 5, 4}));
  folder.write("d/bee/x.jpg", jpegOf(3, 2, {128, 128, 128}));
  folder.write("d/bee/readme.txt", "no picture");
  std::vector<RecordType> types = {
      {"image", DS_FLOAT32, {3, 2, 3}, false, 0, {}},
      {"label", DS_INT64, {}, true, 2, {}}};
  Result<Dataset> data =
      Dataset::open(folder.path("d"), DataPart::Training, types, {});
  REQUIRE(data.ok());
  CHECK(data->count() == 3);
  CHECK(data->classes(1) == std::vector<std::string>{"ant", "bee"});
  Dataset::Scratch scratch;
  float image[18];
  int64_t label = -1;
  auto read = [&](int64_t record) {
    REQUIRE(data->read(record, 0, reinterpret_cast<std::byte *>(image), scratch)
                .ok());
    REQUIRE(
        data->read(record, 1, reinterpret_cast<std::byte *>(&label), scratch)
            .ok());
  };
  read(0);
  CHECK(label == 0);
  for (int channel = 0; channel < 3; ++channel)
    for (int i = 0; i < 6; ++i)
      CHECK(image[channel * 6 + i] == colours[i * 3 + channel]);
  read(1); // grey becomes red, green and blue
  CHECK(image[0] == 9);
  CHECK(image[6] == 9);
  CHECK(image[17] == 4);
  read(2);
  CHECK(label == 1);
  for (float value : image)
    CHECK(value == 128);
  // The other layout, and grey.
  types[0].dims = {2, 3, 3};
  Result<Dataset> last =
      Dataset::open(folder.path("d"), DataPart::Training, types, {});
  REQUIRE(last.ok());
  REQUIRE(last->read(0, 0, reinterpret_cast<std::byte *>(image), scratch).ok());
  for (int i = 0; i < 18; ++i)
    CHECK(image[i] == colours[i]);
  types[0].dims = {1, -1, -1};
  Result<Dataset> open =
      Dataset::open(folder.path("d"), DataPart::Training, types, {});
  REQUIRE(open.ok());
  CHECK(std::ranges::equal(open->recordDims(0), std::vector<int64_t>{1, 2, 3}));
}

TEST_CASE("pictures that cannot be used are named") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder.path("d/a"));
  std::vector<RecordType> types = {
      {"image", DS_FLOAT32, {1, 2, 3}, false, 0, {}},
      {"label", DS_INT64, {}, true, 2, {}}};
  auto failure = [&](const std::string &contents, ds_status_t code) {
    std::string path = folder.write("d/a/p.png", contents);
    Result<Dataset> data =
        Dataset::open(folder.path("d"), DataPart::Training, types, {});
    REQUIRE(data.ok());
    Dataset::Scratch scratch;
    float image[6];
    Status status =
        data->read(0, 0, reinterpret_cast<std::byte *>(image), scratch);
    REQUIRE(status.code() == code);
    std::string prefix = "record 0 ('" + path + "'): ";
    REQUIRE(status.message().starts_with(prefix));
    return status.message().substr(prefix.size());
  };
  CHECK(failure(pngOf(2, 2, PNG_FORMAT_GRAY, {1, 2, 3, 4}), DS_WRONG_USE) ==
        "expected a picture of 3 x 2 pixels, found 2 x 2");
  CHECK(failure("GIF89a", DS_BAD_FILE) ==
        "expected a PNG or JPEG picture, found something else");
  std::string png = pngOf(3, 2, PNG_FORMAT_GRAY, {1, 2, 3, 4, 5, 6});
  for (size_t size = 8; size < png.size() - 12; ++size)
    CHECK(failure(png.substr(0, size), DS_BAD_FILE)
              .starts_with("malformed PNG picture: "));
  std::string jpeg = jpegOf(3, 2, {1, 2, 3});
  for (size_t size = 3; size < jpeg.size() - 2; ++size)
    CHECK(failure(jpeg.substr(0, size), DS_BAD_FILE)
              .starts_with("malformed JPEG picture: "));
  types[0].dims = {4, 5};
  types.push_back({"more", DS_FLOAT32, {1}, false, 0, {}});
  Result<Dataset> data =
      Dataset::open(folder.path("d"), DataPart::Training, types, {});
  REQUIRE(!data.ok());
}

TEST_CASE("an error of a batch that is read ahead comes in its turn") {
  TemporaryFolder folder;
  std::string table = "x,label\n";
  for (int i = 0; i < 40; ++i)
    table += std::to_string(i) + (i == 33 ? ",7\n" : ",0\n");
  folder.write("t.csv", table);
  Result<Dataset> data = Dataset::open(folder.path("t.csv"), DataPart::Training,
                                       {{"x", DS_FLOAT32, {}, false, 0, {}},
                                        {"label", DS_INT64, {}, true, 2, {}}},
                                       {});
  REQUIRE(data.ok());
  Prefetcher batches(*data, {40, 4, false, true, 0});
  REQUIRE(batches.start(0).ok());
  for (int64_t number = 0; number < 8; ++number) {
    Result<const Batch *> batch = batches.next();
    REQUIRE(batch.ok());
    CHECK((*batch)->number == number);
    CHECK(static_cast<const float *>((*batch)->inputs[0].data())[3] ==
          static_cast<float>(number * 4 + 3));
  }
  Result<const Batch *> batch = batches.next();
  REQUIRE(!batch.ok());
  CHECK(batch.takeError().message() ==
        "record 33 of column 'label' of '" + folder.path("t.csv") +
            "': expected a label from 0 to 1, found 7");
}

TEST_CASE("learning rates follow their schedule") {
  Schedule schedule{ScheduleKind::Constant, 0.5, 0, 10, 3, 0.1};
  CHECK(schedule.at(1) == 0.5);
  CHECK(schedule.at(10) == 0.5);
  schedule.warmup = 4;
  CHECK(schedule.at(1) == 0.125);
  CHECK(schedule.at(4) == 0.5);
  CHECK(schedule.at(5) == 0.5);
  schedule.kind = ScheduleKind::Linear;
  CHECK(schedule.at(5) == 0.5);
  CHECK(schedule.at(8) == Approx(0.25));
  CHECK(schedule.at(99) == 0);
  schedule.kind = ScheduleKind::Cosine;
  CHECK(schedule.at(6) == Approx(0.25 * (1 + std::cos(std::numbers::pi / 6))));
  CHECK(schedule.at(99) == Approx(0).margin(1e-12));
  schedule.kind = ScheduleKind::Step;
  CHECK(schedule.at(7) == 0.5);
  CHECK(schedule.at(8) == Approx(0.05));
  CHECK(schedule.at(11) == Approx(0.005));
}
