//===- Registry.cpp - collects the families
//--------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Registry.h"

namespace ds::onnx {

const Registry &Registry::get() {
  static const Registry registry = [] {
    Registry r;
    registerActivations(r);
    registerArithmetic(r);
    registerCasts(r);
    registerClassicalML(r);
    registerControlFlow(r);
    registerConvolution(r);
    registerDetection(r);
    registerFourier(r);
    registerGenerators(r);
    registerGradient(r);
    registerIndexing(r);
    registerLinearAlgebra(r);
    registerLogic(r);
    registerLosses(r);
    registerMatrix(r);
    registerMicrosoft(r);
    registerMicrosoftQuantized(r);
    registerMovement(r);
    registerNormalization(r);
    registerOptimizers(r);
    registerPooling(r);
    registerQuantization(r);
    registerQuantizedProducts(r);
    registerRandom(r);
    registerRecurrent(r);
    registerReductions(r);
    registerResize(r);
    registerSampling(r);
    registerSelection(r);
    registerSequences(r);
    registerShapes(r);
    registerSignal(r);
    registerTrees(r);
    return r;
  }();
  return registry;
}

Converter Registry::lookup(llvm::StringRef domain, llvm::StringRef name) const {
  auto names = converters.find(domain);
  return names == converters.end() ? nullptr : names->second.lookup(name);
}

void Registry::add(llvm::StringRef domain, llvm::StringRef name,
                   Converter converter) {
  converters[domain][name] = converter;
}

void Registry::forEach(
    llvm::function_ref<void(llvm::StringRef, llvm::StringRef)> visit) const {
  for (const auto &domain : converters)
    for (const auto &entry : domain.second)
      visit(domain.first(), entry.first());
}

} // namespace ds::onnx
