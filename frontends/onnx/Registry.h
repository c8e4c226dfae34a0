//===- Registry.h - which converter handles which operator
//-----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_REGISTRY_H
#define DS_FRONTENDS_ONNX_REGISTRY_H

#include "mlir/Support/LLVM.h"

#include "llvm/ADT/StringMap.h"

namespace ds::onnx {

class NodeContext;

/// Imports one node: sets its outputs with `NodeContext::set`, or reports an
/// error and fails.
using Converter = llvm::LogicalResult (*)(NodeContext &n);

/// Operator name and domain to converter. A converter handles every version of
/// its operator from the first to the newest of the ONNX release; it asks
/// `NodeContext::opset` where they differ.
class Registry {
public:
  /// The registry with every family, made once.
  static const Registry &get();

  /// Converter of an operator, or null.
  Converter lookup(llvm::StringRef domain, llvm::StringRef name) const;

  void add(llvm::StringRef name, Converter converter) {
    add("", name, converter);
  }
  void add(llvm::StringRef domain, llvm::StringRef name, Converter converter);

  /// Calls `visit(domain, name)` for each entry, in no particular order.
  void forEach(
      llvm::function_ref<void(llvm::StringRef, llvm::StringRef)> visit) const;

private:
  llvm::StringMap<llvm::StringMap<Converter>> converters;
};

// One function per family, each in the file of its name.
void registerActivations(Registry &registry);
void registerArithmetic(Registry &registry);
void registerCasts(Registry &registry);
void registerClassicalML(Registry &registry);
void registerControlFlow(Registry &registry);
void registerConvolution(Registry &registry);
void registerDetection(Registry &registry);
void registerFourier(Registry &registry);
void registerGenerators(Registry &registry);
void registerGradient(Registry &registry);
void registerIndexing(Registry &registry);
void registerLinearAlgebra(Registry &registry);
void registerLogic(Registry &registry);
void registerLosses(Registry &registry);
void registerMatrix(Registry &registry);
void registerMicrosoft(Registry &registry);
void registerMicrosoftQuantized(Registry &registry);
void registerMovement(Registry &registry);
void registerNormalization(Registry &registry);
void registerOptimizers(Registry &registry);
void registerPooling(Registry &registry);
void registerQuantization(Registry &registry);
void registerQuantizedProducts(Registry &registry);
void registerRandom(Registry &registry);
void registerRecurrent(Registry &registry);
void registerReductions(Registry &registry);
void registerResize(Registry &registry);
void registerSampling(Registry &registry);
void registerSelection(Registry &registry);
void registerSequences(Registry &registry);
void registerShapes(Registry &registry);
void registerSignal(Registry &registry);
void registerTrees(Registry &registry);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_REGISTRY_H
