//===- event_file.cpp - what TensorBoard reads ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A record (TensorFlow, core/lib/io/record_writer.h): the length in 8 bytes,
// its masked checksum in 4, the data, their masked checksum in 4. The data are
// an Event (core/util/event.proto): wall_time 1, step 2, file_version 3,
// summary 5, session_log 7 (status 1: START is 1). A summary
// (framework/summary.proto) has values 1: tag 1, simple_value 2.
//
//===----------------------------------------------------------------------===//
#include "runtime/trainer/event_file.h"

#include "runtime/base/file.h"
#include "runtime/base/text.h"

#include <array>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace ds {
namespace {

constexpr auto Table = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = value >> 1 ^ (value & 1 ? 0x82F63B78 : 0);
    table[i] = value;
  }
  return table;
}();

uint32_t maskedCrc(std::string_view data) {
  uint32_t crc = crc32c(bytesOf(data));
  return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

template <typename T>
void appendFixed(std::string &out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

enum Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

void appendKey(std::string &out, int field, Wire wire) {
  out += static_cast<char>(field << 3 | wire);
}

void appendBytes(std::string &out, int field, std::string_view bytes) {
  appendKey(out, field, Bytes);
  appendVarint(out, bytes.size());
  out += bytes;
}

double wallTime() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

void beginEvent(std::string &event, int64_t step) {
  event.clear();
  appendKey(event, 1, Fixed64);
  appendFixed(event, wallTime());
  appendKey(event, 2, Varint);
  appendVarint(event, static_cast<uint64_t>(step));
}

} // namespace

uint32_t crc32c(std::span<const std::byte> data) {
  uint32_t crc = ~0u;
  for (std::byte byte : data)
    crc = Table[(crc ^ static_cast<uint32_t>(byte)) & 0xFF] ^ crc >> 8;
  return ~crc;
}

EventFile::~EventFile() {
  if (file >= 0)
    files.close(file);
}

Status EventFile::open(const std::string &directory, int64_t firstStep) {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  path = directory + format("/events.out.tfevents.%010lld.%s.%d",
                            static_cast<long long>(time(nullptr)), host,
                            static_cast<int>(getpid()));
  file =
      files.open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0)
    return fileError("write", path);
  beginEvent(event, 0);
  appendBytes(event, 3, "brain.Event:2");
  if (Status status = writeRecord(); !status.ok())
    return status;
  beginEvent(event, firstStep);
  appendBytes(event, 7, std::string_view("\x08\x01", 2));
  return writeRecord();
}

Status EventFile::append(int64_t step, std::span<const Scalar> scalars) {
  beginEvent(event, step);
  summary.clear();
  for (const Scalar &scalar : scalars) {
    size_t length = scalar.tag.size(), sizeBytes = length < 0x80 ? 1 : 2;
    if (length >= 1 << 14) // as no name of a metric is
      continue;
    appendKey(summary, 1, Bytes);
    appendVarint(summary, 1 + sizeBytes + length + 5);
    appendBytes(summary, 1, scalar.tag);
    appendKey(summary, 2, Fixed32);
    appendFixed(summary, static_cast<float>(scalar.value));
  }
  appendBytes(event, 5, summary);
  return writeRecord();
}

Status EventFile::writeRecord() {
  record.clear();
  appendFixed(record, static_cast<uint64_t>(event.size()));
  appendFixed(record, maskedCrc(record));
  record += event;
  appendFixed(record, maskedCrc(event));
  std::span<const std::byte> piece = bytesOf(record);
  return writeAll(files, file, path, {&piece, 1});
}

} // namespace ds
