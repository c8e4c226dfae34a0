//===- ModelReader.cpp - maps, parses and reads tensor data
//----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/ModelReader.h"

#include "frontends/onnx/WireFilter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

using namespace mlir;
using ds_onnx::TensorProto;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

Type elementTypeFor(int dataType, MLIRContext &context) {
  Builder b(&context);
  auto unsignedType = [&](unsigned width) -> Type {
    return IntegerType::get(&context, width, IntegerType::Unsigned);
  };
  switch (dataType) {
  case TensorProto::FLOAT:
    return b.getF32Type();
  case TensorProto::DOUBLE:
    return b.getF64Type();
  case TensorProto::FLOAT16:
    return b.getF16Type();
  case TensorProto::BFLOAT16:
    return b.getBF16Type();
  case TensorProto::BOOL:
    return b.getI1Type();
  case TensorProto::INT2:
    return b.getIntegerType(2);
  case TensorProto::INT4:
    return b.getIntegerType(4);
  case TensorProto::INT8:
    return b.getI8Type();
  case TensorProto::INT16:
    return b.getI16Type();
  case TensorProto::INT32:
    return b.getI32Type();
  case TensorProto::INT64:
    return b.getI64Type();
  case TensorProto::UINT2:
    return unsignedType(2);
  case TensorProto::UINT4:
    return unsignedType(4);
  case TensorProto::UINT8:
    return unsignedType(8);
  case TensorProto::UINT16:
    return unsignedType(16);
  case TensorProto::UINT32:
    return unsignedType(32);
  case TensorProto::UINT64:
    return unsignedType(64);
  case TensorProto::COMPLEX64:
    return ComplexType::get(b.getF32Type());
  case TensorProto::COMPLEX128:
    return ComplexType::get(b.getF64Type());
  case TensorProto::FLOAT8E4M3FN:
    return Float8E4M3FNType::get(&context);
  case TensorProto::FLOAT8E4M3FNUZ:
    return Float8E4M3FNUZType::get(&context);
  case TensorProto::FLOAT8E5M2:
    return Float8E5M2Type::get(&context);
  case TensorProto::FLOAT8E5M2FNUZ:
    return Float8E5M2FNUZType::get(&context);
  case TensorProto::FLOAT8E8M0:
    return Float8E8M0FNUType::get(&context);
  case TensorProto::FLOAT4E2M1:
    return Float4E2M1FNType::get(&context);
  default:
    return Type();
  }
}

int dataTypeFor(Type elementType) {
  for (int i = 1; i <= TensorProto::DataType_MAX; ++i)
    if (elementTypeFor(i, *elementType.getContext()) == elementType)
      return i;
  return 0;
}

std::string dataTypeName(int dataType) {
  const std::string &name =
      TensorProto::DataType_Name(static_cast<TensorProto::DataType>(dataType));
  return name.empty() ? std::to_string(dataType) : StringRef(name).lower();
}

/// Bits of one element in a file, where 2- and 4-bit elements are packed.
static int64_t bitsInFile(Type element) {
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * complex.getElementType().getIntOrFloatBitWidth();
  if (element.isInteger(1))
    return 8;
  return element.getIntOrFloatBitWidth();
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

std::unique_ptr<ModelFile> ModelFile::open(StringRef path,
                                           const ImportOptions &options,
                                           ReadError &error) {
  auto result = std::unique_ptr<ModelFile>(new ModelFile());
  std::string why;
  result->file = MappedFile::open(path, why);
  if (!result->file) {
    error = {ImportStatus::Failed, why};
    return nullptr;
  }
  if (result->file->bytes().empty()) {
    error = {ImportStatus::Malformed,
             "the file is empty: expected an ONNX model"};
    return nullptr;
  }
  llvm::Expected<std::string> filtered = filterModel(
      result->file->bytes(), {options.maxNesting, options.maxModelBytes});
  if (!filtered) {
    error = {ImportStatus::Malformed, llvm::toString(filtered.takeError())};
    return nullptr;
  }
  google::protobuf::LogSilencer silencer; // its messages would go to stderr
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t *>(filtered->data()),
      static_cast<int>(filtered->size()));
  stream.SetTotalBytesLimit(INT_MAX);
  stream.SetRecursionLimit(static_cast<int>(options.maxNesting) * 5 + 16);
  if (!result->model.ParseFromCodedStream(&stream) ||
      !stream.ConsumedEntireMessage()) {
    error = {ImportStatus::Malformed,
             "no ONNX model: the protobuf message cannot be parsed"};
    return nullptr;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

std::shared_ptr<MappedFile> ModelFile::openExternal(StringRef location,
                                                    ReadError &error) {
  auto it = externalFiles.find(location.str());
  if (it != externalFiles.end())
    return it->second;
  auto refuse = [&](const Twine &why) {
    error = {ImportStatus::Malformed,
             ("external data \"" + location + "\" " + why).str()};
    return nullptr;
  };
  if (location.empty() || location.contains('\0'))
    return refuse("has no usable file name");
  if (llvm::sys::path::is_absolute(location))
    return refuse("has an absolute path: it must lie in the model's folder");
  SmallString<256> full(llvm::sys::path::parent_path(path()));
  for (StringRef part : llvm::make_range(llvm::sys::path::begin(location),
                                         llvm::sys::path::end(location))) {
    if (part == "..")
      return refuse("leads out of the model's folder");
    llvm::sys::path::append(full, part);
    llvm::sys::fs::file_status status;
    if (llvm::sys::fs::status(full, status, /*follow=*/false))
      return refuse("does not exist in the model's folder");
    if (status.type() == llvm::sys::fs::file_type::symlink_file)
      return refuse("is a symbolic link, or behind one: it may lead out of the "
                    "model's folder");
  }
  std::string why;
  std::shared_ptr<MappedFile> mapped = MappedFile::open(full, why);
  if (!mapped)
    return refuse("cannot be read: " + why);
  externalFiles[location.str()] = mapped;
  return mapped;
}

std::optional<WeightData> ModelFile::readExternal(const TensorProto &tensor,
                                                  int64_t expected,
                                                  ReadError &error) {
  StringRef location;
  uint64_t offset = 0, length = expected;
  for (const auto &entry : tensor.external_data()) {
    StringRef key = entry.key(), value = entry.value();
    if (key == "location")
      location = value;
    if ((key == "offset" && value.getAsInteger(10, offset)) ||
        (key == "length" && value.getAsInteger(10, length))) {
      error = {ImportStatus::Malformed,
               ("external data: expected a number of bytes as \"" + key +
                "\", found \"" + value + "\"")
                   .str()};
      return std::nullopt;
    }
  }
  std::shared_ptr<MappedFile> mapped = openExternal(location, error);
  if (!mapped)
    return std::nullopt;
  uint64_t size = mapped->bytes().size();
  if (length != static_cast<uint64_t>(expected)) {
    error = {ImportStatus::Malformed,
             ("external data \"" + location + "\": the tensor takes " +
              Twine(expected) + " bytes, but its length is " + Twine(length))
                 .str()};
    return std::nullopt;
  }
  if (offset > size || length > size - offset) {
    error = {ImportStatus::Malformed,
             ("external data \"" + location + "\": bytes " + Twine(offset) +
              " and the following " + Twine(length) +
              " are outside the file of " + Twine(size) + " bytes")
                 .str()};
    return std::nullopt;
  }
  return WeightData{mapped, mapped->bytes().data() + offset, expected};
}

//===----------------------------------------------------------------------===//
// Tensor data
//===----------------------------------------------------------------------===//

static std::pair<std::shared_ptr<char[]>, WeightData> allocate(int64_t bytes) {
  std::shared_ptr<char[]> memory(new char[std::max<int64_t>(bytes, 1)]());
  return {memory, WeightData{memory, memory.get(), bytes}};
}

template <typename To, typename Field>
static WeightData copyField(const Field &field) {
  auto [memory, data] =
      allocate(field.size() * static_cast<int64_t>(sizeof(To)));
  for (int i = 0; i < field.size(); ++i) {
    auto value = static_cast<To>(field.Get(i));
    std::memcpy(memory.get() + i * sizeof(To), &value, sizeof(To));
  }
  return data;
}

/// The typed fields, as the bytes that raw_data would hold.
static WeightData readTypedField(const TensorProto &tensor, Type element) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
  case TensorProto::COMPLEX64:
    return copyField<float>(tensor.float_data());
  case TensorProto::DOUBLE:
  case TensorProto::COMPLEX128:
    return copyField<double>(tensor.double_data());
  case TensorProto::INT64:
    return copyField<int64_t>(tensor.int64_data());
  case TensorProto::UINT32:
    return copyField<uint32_t>(tensor.uint64_data());
  case TensorProto::UINT64:
    return copyField<uint64_t>(tensor.uint64_data());
  case TensorProto::INT32:
    return copyField<int32_t>(tensor.int32_data());
  default:
    return bitsInFile(element) == 16 ? copyField<uint16_t>(tensor.int32_data())
                                     : copyField<uint8_t>(tensor.int32_data());
  }
}

/// Elements narrower than a byte take a byte each, sign-extended; a boolean is
/// 0 or 1.
static WeightData unpack(const WeightData &packed, Type element,
                         int64_t count) {
  auto [memory, data] = allocate(count);
  int64_t bits = bitsInFile(element);
  bool isSigned = element.isSignlessInteger();
  for (int64_t i = 0; i < count; ++i) {
    if (element.isInteger(1)) {
      memory[i] = packed.data[i] != 0;
      continue;
    }
    int64_t bit = i * bits;
    auto value = static_cast<uint64_t>(
                     static_cast<uint8_t>(packed.data[bit / 8]) >> (bit % 8)) &
                 ((1u << bits) - 1);
    memory[i] = static_cast<char>(isSigned ? llvm::SignExtend64(value, bits)
                                           : static_cast<int64_t>(value));
  }
  return data;
}

std::optional<TensorData> ModelFile::read(const TensorProto &tensor,
                                          MLIRContext &context,
                                          ReadError &error, DataLayout layout) {
  auto fail = [&](const Twine &why,
                  ImportStatus status = ImportStatus::Malformed) {
    error = {status, why.str()};
    return std::nullopt;
  };
  TensorData result;
  result.element = elementTypeFor(tensor.data_type(), context);
  if (!result.element)
    return tensor.data_type() == TensorProto::STRING
               ? fail("string tensors are not supported",
                      ImportStatus::Unsupported)
               : fail("unknown element type " + Twine(tensor.data_type()));
  int64_t count = 1, bits = bitsInFile(result.element), total;
  bool overflow = false;
  for (int64_t extent : tensor.dims()) {
    if (extent < 0)
      return fail("extent " + Twine(extent) + " is negative");
    // An extent of 0 elsewhere must not hide absurd ones.
    overflow |= llvm::MulOverflow(count, std::max<int64_t>(extent, 1), count);
    result.shape.push_back(extent);
  }
  if (overflow || llvm::MulOverflow(count, std::max<int64_t>(bits, 8), total))
    return fail(
        "shape (" +
        llvm::join(llvm::map_range(tensor.dims(),
                                   [](int64_t d) { return std::to_string(d); }),
                   ", ") +
        ") has too many elements");
  if (llvm::is_contained(result.shape, 0))
    count = 0;
  int64_t expected = llvm::divideCeil(count * bits, 8);

  bool hasRaw = tensor.has_raw_data();
  std::optional<FileSpan> span = rawDataSpan(tensor);
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    std::optional<WeightData> data = readExternal(tensor, expected, error);
    if (!data)
      return std::nullopt;
    result.data = *data;
  } else if (span) {
    result.data = {file, file->bytes().data() + span->offset,
                   static_cast<int64_t>(span->length)};
  } else if (hasRaw) {
    auto [memory, data] =
        allocate(static_cast<int64_t>(tensor.raw_data().size()));
    std::memcpy(memory.get(), tensor.raw_data().data(),
                tensor.raw_data().size());
    result.data = data;
  } else {
    result.data = readTypedField(tensor, result.element);
  }
  if (result.data.bytes != expected)
    return fail("expected " + Twine(expected) + " bytes of data for " +
                Twine(count) + " elements of type " +
                dataTypeName(tensor.data_type()) + ", found " +
                Twine(result.data.bytes));
  if (layout == DataLayout::Unpacked &&
      (bits < 8 || result.element.isInteger(1)))
    result.data = unpack(result.data, result.element, count);
  return result;
}

} // namespace ds::onnx
