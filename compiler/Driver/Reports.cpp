//===- Reports.cpp - what the compiler decided, and why -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Reports.h"

#include "llvm/ADT/STLExtras.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;

void Explanation::describeKernels(mlir::ModuleOp module) {
  for (exec::KernelOp kernel : module.getOps<exec::KernelOp>()) {
    std::vector<std::string> &names = ops[kernel.getSymName()];
    names.clear();
    for (mlir::Operation &op : kernel.getBody().front().without_terminator())
      names.push_back(op.getName().stripDialect().str());
  }
}

Json Explanation::toJson(mlir::ModuleOp module,
                         const GeneratedCode &code) const {
  llvm::StringMap<std::vector<std::string>> nodes;
  module.walk([&](exec::LaunchOp launch) {
    nodes[launch.getKernel()].push_back(launch.getNodes().str());
  });
  Json report = {{"target", code.target}};
  Json &kernels = report["kernels"] = Json::array();
  for (const KernelReport &kernel : code.kernels) {
    const std::vector<std::string> &launches = nodes[kernel.kernel];
    Json entry = {{"name", kernel.kernel},
                  {"ops", ops.lookup(kernel.kernel)},
                  {"launches", launches.size()},
                  {"strategy", kernel.strategy},
                  {"vectorized", kernel.isVectorized}};
    if (!kernel.reason.empty())
      entry["reason"] = kernel.reason;
    entry["nodes"] = launches;
    kernels.push_back(std::move(entry));
  }
  return report;
}

/// Writes texts separated by commas, over as many lines as they need.
static void printWrapped(const Json &texts, llvm::StringRef title,
                         llvm::raw_ostream &out) {
  constexpr size_t Width = 110;
  std::string line = "  " + title.str();
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string text =
        texts[i].get<std::string>() + (i + 1 < texts.size() ? "," : "");
    if (line.size() + text.size() > Width) {
      out << line << '\n';
      line = "   ";
    }
    line += " " + text;
  }
  out << line << '\n';
}

void Explanation::print(mlir::ModuleOp module, const GeneratedCode &code,
                        llvm::raw_ostream &out) const {
  Json report = toJson(module, code);
  const Json &kernels = report["kernels"];
  size_t vectorized = llvm::count_if(kernels, [](const Json &kernel) {
    return kernel["vectorized"].get<bool>();
  });
  size_t launches = 0;
  for (const Json &kernel : kernels)
    launches += kernel["launches"].get<size_t>();
  out << "code for " << code.target << ": " << kernels.size() << " kernels, "
      << vectorized << " of them vectorised, " << launches << " launches\n";
  for (const Json &kernel : kernels) {
    out << kernel["name"].get<std::string>() << ": "
        << (kernel["vectorized"].get<bool>() ? "vectorised, "
                                             : "not vectorised, ")
        << kernel["strategy"].get<std::string>();
    if (kernel.contains("reason"))
      out << " (" << kernel["reason"].get<std::string>() << ")";
    out << ", " << kernel["launches"].get<size_t>()
        << (kernel["launches"] == 1 ? " launch\n" : " launches\n");
    printWrapped(kernel["ops"], "ops:", out);
    printWrapped(kernel["nodes"], "nodes:", out);
  }
}

} // namespace ds
