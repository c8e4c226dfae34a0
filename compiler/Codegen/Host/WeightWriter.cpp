//===- WeightWriter.cpp - constants as the program's weights segment
//-------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/Host/WeightWriter.h"

#include "dialects/Exec/Exec.h"
#include "dialects/NN/NN.h"

#include <sys/mman.h>

using namespace mlir;

namespace ds {

uint64_t weightBytes(ModuleOp module) {
  auto bytes = module->getAttrOfType<IntegerAttr>("exec.weight_bytes");
  return bytes ? bytes.getInt() : 0;
}

/// Copies panel `panel` of the tensor at `source` to `target`; elements are
/// `width` bytes.
static void copyPanel(const char *source, char *target, ArrayRef<int64_t> shape,
                      exec::PanelsAttr panels, int64_t panel, int64_t width) {
  ArrayRef<int64_t> order = panels.getPermutation();
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  int64_t columns = shape[order.back()], block = panels.getBlock(),
          stride = strides[order.back()];
  int64_t count = std::min(block, columns - panel * block);
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t rows = 1;
  for (int64_t dim : order.drop_back())
    rows *= shape[dim];
  for (int64_t row = 0; row < rows; ++row) {
    int64_t base = panel * block * stride;
    for (int64_t dim : order.drop_back())
      base += index[dim] * strides[dim];
    char *to = target + row * block * width;
    const char *from = source + base * width;
    if (stride == 1) {
      std::memcpy(to, from, count * width);
    } else {
      for (int64_t column = 0; column < count; ++column)
        std::memcpy(to + column * width, from + column * stride * width, width);
    }
    std::memset(to + count * width, 0, (block - count) * width);
    for (int64_t dim : llvm::reverse(order.drop_back())) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
}

llvm::Error writeWeights(ModuleOp module, WeightSink &sink) {
  auto entries = module->getAttrOfType<ArrayAttr>("exec.weights");
  if (!entries)
    return llvm::Error::success();
  OpBuilder b(module.getContext());
  for (Attribute entry : entries) {
    auto weight = cast<DictionaryAttr>(entry);
    auto type =
        cast<RankedTensorType>(weight.getAs<TypeAttr>("type").getValue());
    uint64_t offset = weight.getAs<IntegerAttr>("offset").getInt();
    if (sink.position() < offset)
      if (llvm::Error error = sink.skip(offset - sink.position()))
        return error;
    Attribute value = weight.get("value");
    exec::PanelsAttr panels = exec::getPanels(type);
    auto plain = RankedTensorType::get(type.getShape(), type.getElementType());
    if (auto dense = dyn_cast<DenseElementsAttr>(value))
      value = dense.reshape(plain);
    // The data of a constant is asked for through an op, which lives for this
    // moment only.
    OwningOpRef<nn::ConstantOp> constant =
        nn::ConstantOp::create(b, module.getLoc(), plain, value);
    FailureOr<HostTensor> data = nn::getConstantData(*constant);
    if (failed(data)) {
      std::string text;
      llvm::raw_string_ostream(text) << value;
      return llvm::createStringError("the data of constant " + text +
                                     " is not there");
    }
    if (!panels) {
      if (llvm::Error error =
              sink.write(llvm::ArrayRef<char>(data->data(), data->numBytes())))
        return error;
    } else {
      int64_t width = elementBytes(type.getElementType()),
              block = panels.getBlock();
      int64_t count = llvm::divideCeil(
          type.getDimSize(panels.getPermutation().back()), block);
      int64_t bytes = panels.storageElements(type.getShape()) * width /
                      std::max<int64_t>(count, 1);
      std::vector<char> buffer(bytes);
      for (int64_t panel = 0; panel < count; ++panel) {
        copyPanel(data->data(), buffer.data(), type.getShape(), panels, panel,
                  width);
        if (llvm::Error error = sink.write(buffer))
          return error;
      }
    }
    // Pages of a mapped model that were read need not stay in memory.
    if (data->numBytes() > (16 << 20) && isa<nn::WeightAttr>(value)) {
      auto begin =
          llvm::alignTo(reinterpret_cast<uintptr_t>(data->data()), 4096);
      auto end =
          (reinterpret_cast<uintptr_t>(data->data()) + data->numBytes()) /
          4096 * 4096;
      auto known = cast<nn::WeightAttr>(value);
      if (begin < end && known.getFile() != WeightTable::FoldedFile)
        (void)madvise(reinterpret_cast<void *>(begin), end - begin,
                      MADV_DONTNEED);
    }
  }
  if (sink.position() < weightBytes(module))
    return sink.skip(weightBytes(module) - sink.position());
  return llvm::Error::success();
}

} // namespace ds
