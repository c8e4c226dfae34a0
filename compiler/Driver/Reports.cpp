//===- Reports.cpp - what the compiler decided, and why -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Reports.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

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

/// How one version runs its kernels.
static Json describeVersion(const CodeVersion &version) {
  Json report = {{"target", version.cpu}, {"kernels", Json::array()}};
  for (const KernelReport &kernel : version.kernels) {
    Json &entry = report["kernels"].emplace_back(
        Json{{"name", kernel.kernel},
             {"strategy", kernel.strategy},
             {"vectorized", kernel.isVectorized}});
    if (kernel.bytes != 0) {
      entry["flops"] = kernel.flops;
      entry["bytes"] = kernel.bytes;
    }
    if (!kernel.reason.empty())
      entry["reason"] = kernel.reason;
  }
  return report;
}

Json Explanation::toJson(mlir::ModuleOp module,
                         const GeneratedCode &code) const {
  llvm::StringMap<std::vector<std::string>> nodes;
  module.walk([&](exec::LaunchOp launch) {
    nodes[launch.getKernel()].push_back(launch.getNodes().str());
  });
  Json report = describeVersion(code.versions.front());
  for (Json &kernel : report["kernels"]) {
    auto name = kernel["name"].get<std::string>();
    const std::vector<std::string> &launches = nodes[name];
    kernel["ops"] = ops.lookup(name);
    kernel["launches"] = launches.size();
    kernel["nodes"] = launches;
  }
  Json &others = report["other_versions"] = Json::array();
  for (const CodeVersion &version : llvm::drop_begin(code.versions))
    others.push_back(describeVersion(version));
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

static void printStrategy(const Json &kernel, llvm::raw_ostream &out) {
  out << kernel["name"].get<std::string>() << ": "
      << (kernel["vectorized"].get<bool>() ? "vectorised, "
                                           : "not vectorised, ")
      << kernel["strategy"].get<std::string>();
  if (kernel.contains("reason"))
    out << " (" << kernel["reason"].get<std::string>() << ")";
}

/// The first line on a version; ends in the middle of it.
static void printVersion(const Json &version, llvm::raw_ostream &out) {
  const Json &kernels = version["kernels"];
  size_t vectorized = llvm::count_if(kernels, [](const Json &kernel) {
    return kernel["vectorized"].get<bool>();
  });
  out << "code for " << version["target"].get<std::string>() << ": "
      << kernels.size() << " kernels, " << vectorized << " of them vectorised";
}

void Explanation::print(mlir::ModuleOp module, const GeneratedCode &code,
                        llvm::raw_ostream &out) const {
  Json report = toJson(module, code);
  const Json &kernels = report["kernels"];
  size_t launches = 0;
  for (const Json &kernel : kernels)
    launches += kernel["launches"].get<size_t>();
  printVersion(report, out);
  out << ", " << launches << " launches\n";
  for (const Json &kernel : kernels) {
    printStrategy(kernel, out);
    out << ", " << kernel["launches"].get<size_t>()
        << (kernel["launches"] == 1 ? " launch" : " launches");
    if (kernel.contains("flops"))
      out << llvm::formatv(", {0:f3} GFLOP, {1:f2} MB each",
                           kernel["flops"].get<double>() / 1e9,
                           kernel["bytes"].get<double>() / 1e6);
    out << '\n';
    printWrapped(kernel["ops"], "ops:", out);
    printWrapped(kernel["nodes"], "nodes:", out);
  }
  for (const Json &version : report["other_versions"]) {
    printVersion(version, out);
    out << '\n';
    for (const Json &kernel : version["kernels"]) {
      printStrategy(kernel, out);
      out << '\n';
    }
  }
}

} // namespace ds
