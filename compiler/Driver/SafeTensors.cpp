//===- SafeTensors.cpp - reads safetensors files --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format (huggingface/safetensors, README): 8 bytes of little-endian header
// size, a JSON header {name: {dtype, shape, data_offsets}}, then the data, to
// which the offsets are relative. Files come from anywhere: nothing in a header
// is believed before it is checked.
//
//===----------------------------------------------------------------------===//
#include "compiler/Driver/SafeTensors.h"

#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::json;

/// The reference implementation's limit.
static constexpr uint64_t MaxHeaderBytes = 100'000'000;

static llvm::Error broken(llvm::StringRef path, const llvm::Twine &what) {
  return llvm::createStringError("'" + path +
                                 "' is not a valid safetensors file: " + what);
}

/// Bits of an element, or 0 for an unknown name.
static unsigned elementBits(llvm::StringRef name) {
  return llvm::StringSwitch<unsigned>(name)
      .Cases({"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"}, 8)
      .Cases({"U16", "I16", "F16", "BF16"}, 16)
      .Cases({"U32", "I32", "F32"}, 32)
      .Cases({"U64", "I64", "F64", "C64"}, 64)
      .Default(0);
}

mlir::Type safeTensorElementType(llvm::StringRef name,
                                 mlir::MLIRContext *context) {
  auto integer = [&](unsigned bits, bool isUnsigned) -> mlir::Type {
    return mlir::IntegerType::get(context, bits,
                                  isUnsigned ? mlir::IntegerType::Unsigned
                                             : mlir::IntegerType::Signless);
  };
  if (name == "BOOL")
    return integer(1, false);
  if (name == "F8_E4M3")
    return mlir::Float8E4M3FNType::get(context);
  if (name == "F8_E5M2")
    return mlir::Float8E5M2Type::get(context);
  if (name == "F8_E8M0")
    return mlir::Float8E8M0FNUType::get(context);
  if (name == "BF16")
    return mlir::BFloat16Type::get(context);
  if (name == "F16")
    return mlir::Float16Type::get(context);
  if (name == "F32")
    return mlir::Float32Type::get(context);
  if (name == "F64")
    return mlir::Float64Type::get(context);
  if (name == "C64")
    return mlir::ComplexType::get(mlir::Float32Type::get(context));
  unsigned bits = elementBits(name);
  return bits ? integer(bits, name.starts_with("U")) : mlir::Type();
}

/// An array of numbers that are not negative.
static bool readExtents(const Json &json, std::vector<int64_t> &extents) {
  if (!json.is_array())
    return false;
  for (const Json &extent : json) {
    if (!extent.is_number_unsigned() ||
        extent.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
      return false;
    extents.push_back(static_cast<int64_t>(extent.get<uint64_t>()));
  }
  return true;
}

/// Bytes of a tensor, or nothing when that overflows.
static std::optional<int64_t> bytesOf(llvm::ArrayRef<int64_t> shape,
                                      unsigned bits) {
  int64_t bytes = bits / 8;
  // A zero makes the product zero whatever the others are.
  if (llvm::is_contained(shape, 0))
    return 0;
  for (int64_t extent : shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes))
      return std::nullopt;
  return bytes;
}

/// Checks one entry of the header against the data.
static llvm::Expected<SafeTensor> readTensor(llvm::StringRef path,
                                             llvm::StringRef name,
                                             const Json &json,
                                             llvm::ArrayRef<char> data) {
  auto brokenTensor = [&](const llvm::Twine &what) {
    return broken(path, "tensor '" + name + "' " + what);
  };
  if (!json.is_object() || !json.contains("dtype") ||
      !json["dtype"].is_string())
    return brokenTensor("has no element type");
  SafeTensor tensor;
  tensor.elementName = json["dtype"].get<std::string>();
  unsigned bits = elementBits(tensor.elementName);
  if (!bits)
    return brokenTensor("has the unknown element type '" + tensor.elementName +
                        "'");
  if (!json.contains("shape") || !readExtents(json["shape"], tensor.shape))
    return brokenTensor("has no shape of numbers that are not negative");
  std::vector<int64_t> offsets;
  if (!json.contains("data_offsets") ||
      !readExtents(json["data_offsets"], offsets) || offsets.size() != 2)
    return brokenTensor("has no pair of offsets");
  if (offsets[0] > offsets[1] || offsets[1] > static_cast<int64_t>(data.size()))
    return brokenTensor("lies at bytes " + llvm::Twine(offsets[0]) + " to " +
                        llvm::Twine(offsets[1]) +
                        ", expected them within the " +
                        llvm::Twine(data.size()) + " bytes of data");
  std::optional<int64_t> expected = bytesOf(tensor.shape, bits);
  tensor.bytes = offsets[1] - offsets[0];
  if (!expected || *expected != tensor.bytes)
    return brokenTensor("takes " + llvm::Twine(tensor.bytes) +
                        " bytes, expected " +
                        (expected ? llvm::Twine(*expected).str()
                                  : "more than fit into 64 bits"));
  tensor.data = data.data() + offsets[0];
  return tensor;
}

llvm::Expected<SafeTensorsFile> SafeTensorsFile::open(llvm::StringRef path) {
  SafeTensorsFile result;
  std::string error;
  result.file = MappedFile::open(path, error);
  if (!result.file)
    return llvm::createStringError(error);
  llvm::ArrayRef<char> bytes = result.file->bytes();
  if (bytes.size() < 8)
    return broken(path, "expected at least 8 bytes, found " +
                            llvm::Twine(bytes.size()));
  uint64_t headerSize = llvm::support::endian::read64le(bytes.data());
  if (headerSize > bytes.size() - 8 || headerSize > MaxHeaderBytes)
    return broken(path, "a header of " + llvm::Twine(headerSize) +
                            " bytes does not fit into a file of " +
                            llvm::Twine(bytes.size()));
  llvm::ArrayRef<char> header = bytes.slice(8, headerSize),
                       data = bytes.drop_front(8 + headerSize);

  // A name given twice would otherwise go unseen: the later one wins.
  std::vector<std::string> names;
  Json json = Json::parse(
      header.begin(), header.end(),
      [&](int depth, Json::parse_event_t event, Json &parsed) {
        if (depth == 1 && event == Json::parse_event_t::key)
          names.push_back(parsed.get<std::string>());
        return true;
      },
      /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object())
    return broken(path, "the header is not a JSON object");
  llvm::sort(names);
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    return broken(path, "tensor '" + *twice + "' is given twice");

  for (const auto &[name, entry] : json.items()) {
    if (name == "__metadata__")
      continue;
    llvm::Expected<SafeTensor> tensor = readTensor(path, name, entry, data);
    if (!tensor)
      return tensor.takeError();
    result.byName.emplace(name, std::move(*tensor));
  }
  return result;
}

} // namespace ds
