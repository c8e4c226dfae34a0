//===- manifest.cpp - what a checkpoint says about itself -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The last member is the hash of all bytes in front of it, so that no number
// in here can change unseen.
//
//===----------------------------------------------------------------------===//
#include "runtime/checkpoint/manifest.h"

#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

#include <span>

namespace ds {
namespace {

constexpr const char *Format = "ds-checkpoint 1";
constexpr std::string_view ChecksumKey = ",\n  \"checksum\": \"";
constexpr std::string_view End = "\"\n}\n";
constexpr size_t HashDigits = 32;

std::string hashOf(std::string_view text) {
  return hashText(std::as_bytes(std::span(text.data(), text.size())));
}

Status bad(const std::string &message) {
  return Status(DS_BAD_FILE, "malformed manifest: " + message);
}

/// Reads members of an object and remembers the first that is not as expected.
class MemberReader {
public:
  MemberReader(const JsonValue &object, std::string path, Status &status)
      : object(object), path(std::move(path)), status(status) {}

  void read(const char *name, int64_t &value) {
    const JsonValue *member = object.find(name);
    std::optional<int64_t> number = member ? member->integer() : std::nullopt;
    if (!number || *number < 0)
      return fail(name, "a number from 0");
    value = *number;
  }
  void readUnsigned(const char *name, uint64_t &value) {
    const JsonValue *member = object.find(name);
    std::optional<uint64_t> number =
        member ? member->unsignedInteger() : std::nullopt;
    if (!number)
      return fail(name, "a number from 0");
    value = *number;
  }
  void read(const char *name, bool &value) {
    const JsonValue *member = object.find(name);
    if (!member || member->kind != JsonValue::Kind::Bool)
      return fail(name, "true or false");
    value = member->truth;
  }
  void read(const char *name, std::string &value) {
    const JsonValue *member = object.find(name);
    if (!member || !member->string())
      return fail(name, "a text");
    value = member->text;
  }
  MemberReader inside(const char *name) {
    static const JsonValue None;
    const JsonValue *member = object.find(name);
    if (!member || member->kind != JsonValue::Kind::Object)
      fail(name, "an object");
    return {member ? *member : None, path + name + ".", status};
  }

private:
  void fail(const char *name, const char *expected) {
    if (status.ok())
      status = bad("expected " + std::string(expected) + " as " +
                   quoted(path + name) + ", found something else");
  }

  const JsonValue &object;
  std::string path;
  Status &status;
};

Status checkChecksum(std::string_view text) {
  size_t tail = ChecksumKey.size() + HashDigits + End.size();
  if (text.size() < tail || !text.ends_with(End))
    return bad("it is cut off");
  std::string_view body = text.substr(0, text.size() - tail),
                   rest = text.substr(body.size());
  if (!rest.starts_with(ChecksumKey) ||
      rest.substr(ChecksumKey.size(), HashDigits) != hashOf(body))
    return bad("its checksum is wrong");
  return {};
}

} // namespace

std::string printManifest(const Manifest &manifest) {
  auto number = [](auto value) { return std::to_string(value); };
  auto truth = [](bool value) { return value ? "true" : "false"; };
  std::string text =
      "{\n  \"format\": " + jsonString(Format) +
      ",\n  \"step\": " + number(manifest.step) +
      ",\n  \"random\": {\"seed\": " + number(manifest.seed) +
      ", \"position\": " + number(manifest.position) +
      "},\n  \"data\": {\"examples\": " + number(manifest.examples) +
      ", \"batch\": " + number(manifest.batch) +
      ", \"shuffle\": " + truth(manifest.shuffle) +
      ", \"wrap\": " + truth(manifest.wrap) +
      ", \"epoch\": " + number(manifest.epoch) +
      ", \"example\": " + number(manifest.example) +
      "},\n  \"program\": {\"name\": " + jsonString(manifest.program) +
      ", \"compiler\": " + jsonString(manifest.compiler) +
      ", \"target\": " + jsonString(manifest.target) +
      ", \"build\": " + jsonString(manifest.build) + "},\n  \"files\": [";
  const char *separator = "\n    ";
  for (const ManifestFile &file : manifest.files) {
    text += separator;
    text += "{\"name\": " + jsonString(file.name) +
            ", \"bytes\": " + number(file.bytes) +
            ", \"xxh3_128\": " + jsonString(file.hash) + "}";
    separator = ",\n    ";
  }
  text += "\n  ]";
  std::string checksum = hashOf(text);
  return text.append(ChecksumKey).append(checksum).append(End);
}

Result<Manifest> parseManifest(std::string_view text) {
  if (Status status = checkChecksum(text); !status.ok())
    return status;
  Result<JsonValue> json = parseJson(text);
  if (!json.ok())
    return json.takeError().withContext("malformed manifest");
  Status status;
  Manifest manifest;
  std::string format;
  MemberReader top(*json, "", status);
  top.read("format", format);
  if (status.ok() && format != Format)
    return Status(DS_UNSUPPORTED, "expected a checkpoint of the format " +
                                      quoted(Format) + ", found " +
                                      quoted(format));
  top.read("step", manifest.step);
  MemberReader random = top.inside("random");
  random.readUnsigned("seed", manifest.seed);
  random.read("position", manifest.position);
  MemberReader data = top.inside("data");
  data.read("examples", manifest.examples);
  data.read("batch", manifest.batch);
  data.read("shuffle", manifest.shuffle);
  data.read("wrap", manifest.wrap);
  data.read("epoch", manifest.epoch);
  data.read("example", manifest.example);
  MemberReader program = top.inside("program");
  program.read("name", manifest.program);
  program.read("compiler", manifest.compiler);
  program.read("target", manifest.target);
  program.read("build", manifest.build);
  const JsonValue *files = json->find("files");
  if (!files || files->kind != JsonValue::Kind::Array)
    return bad("expected a list as 'files', found something else");
  for (const JsonValue &entry : files->items) {
    ManifestFile &file = manifest.files.emplace_back();
    MemberReader reader(entry, "files.", status);
    reader.read("name", file.name);
    reader.readUnsigned("bytes", file.bytes);
    reader.read("xxh3_128", file.hash);
    if (file.name.empty() || file.name.find('/') != std::string::npos)
      return bad("expected the name of a file beside it, found " +
                 quoted(file.name));
  }
  if (!status.ok())
    return status;
  return manifest;
}

} // namespace ds
