//===- npz_test.cpp - archives, sequences and optionals -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/data/npz.h"
#include "test/runtime/npy_bytes.h"

#include <catch2/catch.hpp>

#include <functional>
#include <zlib.h>

using namespace ds;
using namespace ds::test;
using Catch::Matchers::Contains;

namespace {

const std::string Vector2 =
    npyHeader(npyDict("<f4", "(2,)")) + rawBytes({1.0f, 2.0f});
const std::string Vector1 =
    npyHeader(npyDict("<f4", "(1,)")) + rawBytes({3.0f});

std::string join(std::span<const std::span<const std::byte>> pieces) {
  std::string text;
  for (std::span<const std::byte> piece : pieces)
    text.append(reinterpret_cast<const char *>(piece.data()), piece.size());
  return text;
}

std::string deflated(const std::string &contents) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, contents.size()), '\0');
  stream.next_in =
      reinterpret_cast<unsigned char *>(const_cast<char *>(contents.data()));
  stream.avail_in = contents.size();
  stream.next_out = reinterpret_cast<unsigned char *>(result.data());
  stream.avail_out = result.size();
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

/// A member of a classic 32-bit archive; every field may lie.
struct Member {
  std::string name;
  std::string packed;
  uint32_t size;
  uint32_t checksum;
  uint16_t method;
  uint16_t flags = 0;
  int64_t offset = -1; ///< where the directory says it is; -1: where it is

  static Member stored(const std::string &name, const std::string &contents) {
    return {name, contents, static_cast<uint32_t>(contents.size()),
            checksumOf(contents), 0};
  }
  static Member compressed(const std::string &name,
                           const std::string &contents) {
    return {name, deflated(contents), static_cast<uint32_t>(contents.size()),
            checksumOf(contents), 8};
  }
  static uint32_t checksumOf(const std::string &contents) {
    return crc32(0, reinterpret_cast<const unsigned char *>(contents.data()),
                 contents.size());
  }
};

std::string little(uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8)
    text += static_cast<char>(value);
  return text;
}

/// The archive of these members as Python's zipfile writes it, made by hand.
std::string archive(const std::vector<Member> &members,
                    const std::string &comment = "") {
  std::string data, directory;
  for (const Member &member : members) {
    uint64_t offset = member.offset < 0 ? data.size() : member.offset;
    std::string common =
        little(20, 2) + little(member.flags, 2) + little(member.method, 2) +
        little(0, 4) + little(member.checksum, 4) +
        little(member.packed.size(), 4) + little(member.size, 4) +
        little(member.name.size(), 2) + little(0, 2);
    data += "PK\3\4" + common + member.name + member.packed;
    directory += "PK\1\2" + little(20, 2) + common + little(0, 2 + 2 + 2 + 4) +
                 little(offset, 4) + member.name;
  }
  return data + directory + "PK\5\6" + little(0, 4) +
         little(members.size(), 2) + little(members.size(), 2) +
         little(directory.size(), 4) + little(data.size(), 4) +
         little(comment.size(), 2) + comment;
}

Result<std::vector<Tensor>> sequence(const std::string &data) {
  static constexpr int64_t Dims[] = {-1};
  return readSequence("input 's'", {DS_FLOAT32, Dims}, asBytes(data));
}

void checkBad(const std::string &data, const std::string &message,
              ds_status_t code = DS_BAD_FILE) {
  Result<std::vector<Tensor>> result = sequence(data);
  REQUIRE(!result.ok());
  Status status = result.takeError();
  CHECK(status.code() == code);
  CHECK_THAT(status.message(), Contains(message));
}

} // namespace

TEST_CASE("a sequence is read from stored and from deflated members, in the "
          "order of their numbers") {
  for (auto make : {Member::stored, Member::compressed}) {
    Result<std::vector<Tensor>> tensors =
        sequence(archive({make("1.npy", Vector1), make("0.npy", Vector2)}));
    REQUIRE(tensors.ok());
    REQUIRE(tensors->size() == 2);
    CHECK(elements<float>((*tensors)[0]) == std::vector<float>{1, 2});
    CHECK(elements<float>((*tensors)[1]) == std::vector<float>{3});
  }
}

TEST_CASE("an archive without members is the empty sequence") {
  Result<std::vector<Tensor>> tensors = sequence(archive({}));
  REQUIRE(tensors.ok());
  CHECK(tensors->empty());
}

TEST_CASE("an archive may have a comment") {
  CHECK(sequence(archive({Member::stored("0.npy", Vector1)}, "made by hand"))
            .ok());
}

TEST_CASE(
    "written sequences read back, and the same sequence gives the same bytes") {
  float values[] = {1, 2, 3};
  int64_t three[] = {3}, zero[] = {0};
  TensorView views[] = {{DS_FLOAT32, three, values},
                        {DS_FLOAT32, zero, values}};
  std::string data = join(NpzArchive(views).pieces());
  CHECK(data == join(NpzArchive(views).pieces()));
  Result<std::vector<Tensor>> tensors = sequence(data);
  REQUIRE(tensors.ok());
  REQUIRE(tensors->size() == 2);
  CHECK(elements<float>((*tensors)[0]) == std::vector<float>{1, 2, 3});
  CHECK((*tensors)[1].dims == std::vector<int64_t>{0});
  std::string empty = join(NpzArchive(std::span<TensorView>()).pieces());
  CHECK(empty.starts_with("PK\5\6")); // by which numpy.load knows it
  tensors = sequence(empty);
  REQUIRE(tensors.ok());
  CHECK(tensors->empty());
}

TEST_CASE(
    "a sequence of more elements than 16 bits count is written and read") {
  float value = 1;
  std::vector<TensorView> views(70'000, TensorView{DS_FLOAT32, {}, &value});
  std::string data = join(NpzArchive(views).pieces());
  Result<std::vector<Tensor>> tensors =
      readSequence("input 's'", {DS_FLOAT32, {}}, asBytes(data));
  REQUIRE(tensors.ok());
  CHECK(tensors->size() == 70'000);
}

TEST_CASE("an optional is its value, or absent") {
  int64_t dims[] = {-1};
  Signature element{DS_FLOAT32, dims};
  Result<std::vector<Tensor>> present =
      readOptional("input 'o'", element, asBytes(Vector2), nullptr);
  REQUIRE(present.ok());
  CHECK(present->size() == 1);
  Result<std::vector<Tensor>> absent =
      readOptional("input 'o'", element,
                   asBytes(join(NpzArchive::absent().pieces())), nullptr);
  REQUIRE(absent.ok());
  CHECK(absent->empty());
  Result<std::vector<Tensor>> other = readOptional(
      "input 'o'", element,
      asBytes(archive({Member::stored("0.npy", Vector2)})), nullptr);
  CHECK(other.takeError().code() == DS_WRONG_USE);
}

TEST_CASE("an array where a sequence is expected is wrong use, anything else "
          "is malformed") {
  checkBad(Vector2,
           "expects a sequence in an .npz archive, found a single array",
           DS_WRONG_USE);
  checkBad("hello",
           "expects a sequence in an .npz archive, found something else");
}

TEST_CASE("an element of another type is wrong use and named") {
  checkBad(archive({Member::stored("0.npy", Vector1),
                    Member::stored("1.npy", npyHeader(npyDict("<f8", "(1,)")) +
                                                "12345678")}),
           "input 's', member '1.npy' expects float32 [?], in a file '<f4', "
           "found '<f8' [1]",
           DS_WRONG_USE);
}

TEST_CASE("member names other than 0.npy and so on are wrong use") {
  checkBad(archive({Member::stored("../../etc/passwd", Vector1)}),
           "found '../../etc/passwd': '0.npy' is missing", DS_WRONG_USE);
  checkBad(archive({Member::stored("0.npy", Vector1),
                    Member::stored("2.npy", Vector1)}),
           "'1.npy' is missing", DS_WRONG_USE);
  checkBad(archive({Member::stored("00.npy", Vector1)}), "'0.npy' is missing",
           DS_WRONG_USE);
  checkBad(archive({Member::stored(std::string("0.npy\0x", 7), Vector1)}),
           "found '0.npy?x'", DS_WRONG_USE);
}

TEST_CASE("every possible truncation of an archive is malformed") {
  std::string data = archive(
      {Member::stored("0.npy", Vector2), Member::compressed("1.npy", Vector1)});
  for (size_t size = 0; size < data.size(); ++size) {
    CAPTURE(size);
    Result<std::vector<Tensor>> result = sequence(data.substr(0, size));
    REQUIRE(!result.ok());
    CHECK(result.takeError().code() == DS_BAD_FILE);
  }
}

TEST_CASE("no flipped byte of an archive is a crash, and none in the contents "
          "goes unseen") {
  std::string data = archive(
      {Member::stored("0.npy", Vector2), Member::compressed("1.npy", Vector1)});
  size_t contents = 30 + 5;
  for (size_t i = 0; i < data.size(); ++i)
    for (unsigned char bits : {0x01, 0x80, 0xFF}) {
      std::string broken = data;
      broken[i] = static_cast<char>(broken[i] ^ bits);
      bool accepted = sequence(broken).ok();
      if (i >= contents && i < contents + Vector2.size()) {
        CAPTURE(i);
        CHECK(!accepted);
      }
    }
}

TEST_CASE("a wrong checksum is malformed") {
  Member member = Member::stored("0.npy", Vector2);
  member.checksum ^= 1;
  checkBad(archive({member}),
           "member '0.npy' has another checksum than the directory says");
}

TEST_CASE("two members of one name are malformed") {
  checkBad(archive({Member::stored("0.npy", Vector1),
                    Member::stored("0.npy", Vector2)}),
           "it has two members '0.npy'");
}

TEST_CASE("members that share bytes are malformed") {
  Member first = Member::stored("0.npy", Vector1),
         second = Member::stored("1.npy", Vector1);
  second.offset = 0;
  checkBad(archive({first, second}), "two of its members share bytes");
}

TEST_CASE("a deflated member that claims an impossible size is malformed, and "
          "nothing is allocated for it") {
  Member member = Member::compressed("0.npy", Vector1);
  member.size = 0xFFFFFFFE;
  checkBad(archive({member}), "claims 4294967294 bytes, which its");
}

TEST_CASE("a stored member must be as large as its contents") {
  Member member = Member::stored("0.npy", Vector1);
  member.size += 4;
  checkBad(archive({member}), "claims");
}

TEST_CASE("a deflated member that unpacks to more or less than it says is "
          "malformed") {
  for (int difference : {-4, 4}) {
    Member member = Member::compressed("0.npy", Vector1);
    member.size += difference;
    CHECK(!sequence(archive({member})).ok());
  }
}

TEST_CASE("a bomb of zeros is refused by its header before it is unpacked") {
  // 64 MiB of zeros in 64 KiB; the header says four bytes.
  checkBad(
      archive({Member::compressed("0.npy", npyHeader(npyDict("<f4", "(1,)")) +
                                               std::string(64 << 20, '\0'))}),
      "expected 4 bytes of data for shape [1] of '<f4', found 67108864");
}

TEST_CASE("broken deflate data are malformed") {
  Member member = Member::compressed("0.npy", Vector2);
  member.packed[0] = 0x07; // the reserved block type
  checkBad(archive({member}), "does not unpack to");
}

TEST_CASE("encrypted members and other compression methods are malformed") {
  Member encrypted = Member::stored("0.npy", Vector1), other = encrypted;
  encrypted.flags = 1;
  other.method = 12;
  checkBad(archive({encrypted}), "member '0.npy' is encrypted");
  checkBad(archive({other}),
           "uses compression method 12, expected stored (0) or deflated (8)");
}

TEST_CASE("a member that is not where the directory says is malformed") {
  for (int64_t offset : {int64_t{1}, int64_t{100'000}, int64_t{0xFFFFFFFE}}) {
    Member member = Member::stored("0.npy", Vector1);
    member.offset = offset;
    checkBad(archive({member}), "is not where the directory says");
  }
}

TEST_CASE(
    "a directory that claims more members than it has room for is malformed") {
  std::string data = archive({Member::stored("0.npy", Vector1)});
  data[data.size() - 22 + 10] = '\xFF';
  data[data.size() - 22 + 11] = '\xFF';
  checkBad(data, "cannot hold 65535 members");
}

TEST_CASE("a directory outside the file is malformed") {
  std::string data = archive({Member::stored("0.npy", Vector1)});
  data[data.size() - 22 + 15] = '\x7F';
  checkBad(data, "its directory lies outside the file");
}

TEST_CASE("a 64-bit end record that is not there is malformed") {
  std::string data = archive({Member::stored("0.npy", Vector1)});
  std::string locator =
      "PK\6\7" + little(0, 4) + little(~uint64_t{0}, 8) + little(1, 4);
  data.insert(data.size() - 22, locator);
  checkBad(data, "its 64-bit end record is not where it should be");
}

TEST_CASE("an archive of several volumes is malformed") {
  std::string data = archive({Member::stored("0.npy", Vector1)});
  data[data.size() - 22 + 4] = 1;
  checkBad(data, "found one of several volumes");
}
