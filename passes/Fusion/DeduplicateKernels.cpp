//===- DeduplicateKernels.cpp - the pass ds-deduplicate-kernels
//------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Fusion/Passes.h"

#include "mlir/IR/AsmState.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_DEDUPLICATEKERNELSPASS
#include "passes/Fusion/Passes.h.inc"

namespace {

struct DeduplicateKernelsPass
    : impl::DeduplicateKernelsPassBase<DeduplicateKernelsPass> {
  void runOnOperation() override {
    // The printed body is the structure: printing leaves locations out and
    // numbers values by position.
    llvm::StringMap<exec::KernelOp> byBody;
    DenseMap<StringAttr, StringAttr> renamed;
    SmallVector<exec::KernelOp> duplicates;
    for (auto kernel : getOperation().getOps<exec::KernelOp>()) {
      std::string text;
      llvm::raw_string_ostream stream(text);
      stream << kernel.getOutputCount();
      for (BlockArgument argument : kernel.getBody().getArguments())
        stream << ' ' << argument.getType();
      AsmState state(kernel,
                     OpPrintingFlags().assumeVerified().useLocalScope());
      for (Operation &op : kernel.getBody().front())
        op.print(stream << '\n', state);
      auto [it, isNew] = byBody.try_emplace(text, kernel);
      if (isNew)
        continue;
      renamed[kernel.getSymNameAttr()] = it->second.getSymNameAttr();
      duplicates.push_back(kernel);
    }
    getOperation().walk([&](exec::LaunchOp launch) {
      if (StringAttr name = renamed.lookup(launch.getKernelAttr().getAttr()))
        launch.setKernelAttr(FlatSymbolRefAttr::get(name));
    });
    for (exec::KernelOp kernel : duplicates)
      kernel.erase();
  }
};

} // namespace
} // namespace ds
