//===- ModelWeights.cpp - weights from safetensors files ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/ModelWeights.h"

#include "compiler/Driver/Inspect.h"
#include "compiler/Driver/Suggest.h"
#include "dialects/NN/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

namespace ds {

/// Calls back with every reference to a weight: the constants', and the
/// defaults of the inputs. The callback may return another attribute for it.
static llvm::LogicalResult
forEachWeight(mlir::ModuleOp module,
              llvm::function_ref<llvm::FailureOr<nn::WeightAttr>(
                  mlir::Location, nn::WeightAttr, mlir::RankedTensorType)>
                  callback) {
  mlir::WalkResult result = module.walk([&](mlir::Operation *op) {
    if (auto constant = llvm::dyn_cast<nn::ConstantOp>(op)) {
      auto weight = llvm::dyn_cast<nn::WeightAttr>(constant.getValue());
      if (!weight)
        return mlir::WalkResult::advance();
      auto replaced =
          callback(op->getLoc(), weight,
                   llvm::cast<mlir::RankedTensorType>(constant.getType()));
      if (mlir::failed(replaced))
        return mlir::WalkResult::interrupt();
      constant.setValueAttr(*replaced);
    }
    if (auto function = llvm::dyn_cast<mlir::func::FuncOp>(op)) {
      for (unsigned i = 0; i < function.getNumArguments(); ++i) {
        auto weight =
            function.getArgAttrOfType<nn::WeightAttr>(i, "ds.default");
        auto type = llvm::dyn_cast<mlir::RankedTensorType>(
            function.getArgumentTypes()[i]);
        if (!weight || !type)
          continue;
        auto replaced = callback(op->getLoc(), weight, type);
        if (mlir::failed(replaced))
          return mlir::WalkResult::interrupt();
        function.setArgAttr(i, "ds.default", *replaced);
      }
    }
    return mlir::WalkResult::advance();
  });
  return mlir::failure(result.wasInterrupted());
}

std::string describeMismatch(const SafeTensor &tensor,
                             mlir::RankedTensorType type) {
  mlir::Type element =
      safeTensorElementType(tensor.elementName, type.getContext());
  if (element == type.getElementType() &&
      llvm::ArrayRef(tensor.shape) == type.getShape())
    return "";
  auto spell = [](mlir::Type element, llvm::ArrayRef<int64_t> shape) {
    return elementTypeName(element) + "[" +
           llvm::join(llvm::map_range(shape,
                                      [](int64_t extent) {
                                        return std::to_string(extent);
                                      }),
                      ", ") +
           "]";
  };
  return "expected " + spell(type.getElementType(), type.getShape()) +
         ", found " + spell(element, tensor.shape);
}

/// The tensor of that name, or the error at `loc`.
static const SafeTensor *findTensor(mlir::Location loc,
                                    const SafeTensorsFile &file,
                                    llvm::StringRef key) {
  auto found = file.tensors().find(std::string_view(key));
  if (found != file.tensors().end())
    return &found->second;
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &[name, tensor] : file.tensors())
    names.push_back(name);
  mlir::emitError(loc) << "no tensor '" << key << "' in '" << file.path() << "'"
                       << didYouMean(key, names);
  return nullptr;
}

llvm::LogicalResult loadWeightFiles(mlir::ModuleOp module,
                                    llvm::StringRef modelPath) {
  std::map<std::string, SafeTensorsFile, std::less<>> files;
  WeightTable &table =
      module.getContext()->getOrLoadDialect<nn::NNDialect>()->getWeights();
  auto load =
      [&](mlir::Location loc, nn::WeightAttr weight,
          mlir::RankedTensorType type) -> llvm::FailureOr<nn::WeightAttr> {
    auto file = files.find(std::string_view(weight.getFile()));
    if (file == files.end()) {
      llvm::SmallString<256> path(weight.getFile());
      if (!llvm::sys::path::is_absolute(path)) {
        path = llvm::sys::path::parent_path(modelPath);
        llvm::sys::path::append(path, weight.getFile());
      }
      llvm::Expected<SafeTensorsFile> opened = SafeTensorsFile::open(path);
      if (!opened) {
        mlir::emitError(loc) << "weight '" << weight.getKey()
                             << "': " << llvm::toString(opened.takeError());
        return mlir::failure();
      }
      file = files.emplace(weight.getFile().str(), std::move(*opened)).first;
    }
    const SafeTensor *tensor = findTensor(loc, file->second, weight.getKey());
    if (!tensor)
      return mlir::failure();
    std::string mismatch = describeMismatch(*tensor, type);
    if (!mismatch.empty()) {
      mlir::emitError(loc) << "weight '" << weight.getKey() << "' of '"
                           << file->second.path() << "': " << mismatch;
      return mlir::failure();
    }
    table.insert(weight.getFile(), weight.getKey(),
                 file->second.weight(*tensor));
    return weight;
  };
  return forEachWeight(module, load);
}

llvm::FailureOr<unsigned> replaceWeights(mlir::ModuleOp module,
                                         const SafeTensorsFile &file) {
  unsigned count = 0;
  WeightTable &table =
      module.getContext()->getOrLoadDialect<nn::NNDialect>()->getWeights();
  auto replace =
      [&](mlir::Location loc, nn::WeightAttr weight,
          mlir::RankedTensorType type) -> llvm::FailureOr<nn::WeightAttr> {
    auto found = file.tensors().find(std::string_view(weight.getKey()));
    if (found == file.tensors().end())
      return weight;
    std::string mismatch = describeMismatch(found->second, type);
    if (!mismatch.empty()) {
      mlir::emitError(loc) << "tensor '" << weight.getKey() << "' of '"
                           << file.path() << "': " << mismatch;
      return mlir::failure();
    }
    ++count;
    table.insert(file.path(), weight.getKey(), file.weight(found->second));
    return nn::WeightAttr::get(module.getContext(), file.path(),
                               weight.getKey());
  };
  if (mlir::failed(forEachWeight(module, replace)))
    return mlir::failure();
  return count;
}

} // namespace ds
