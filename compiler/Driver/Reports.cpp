//===- Reports.cpp - what the compiler decided, and why -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Reports.h"

#include "compiler/Codegen/Host/HostLowering.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;

/// "1.50 MiB", or bytes where there are few.
static std::string spellBytes(int64_t bytes) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (bytes >= 1 << 20)
    out << llvm::format("%.2f MiB", bytes / double(1 << 20));
  else if (bytes >= 1 << 10)
    out << llvm::format("%.2f KiB", bytes / double(1 << 10));
  else
    out << bytes << " bytes";
  return text;
}

static Json memoryReportJson(mlir::func::FuncOp function) {
  Json plan = Json::parse(memoryPlanJson(function));
  int64_t arena = plan["arena_bytes"].get<int64_t>(),
          bound = plan["lower_bound"].get<int64_t>();
  int64_t peak = plan["peak_position"].get<int64_t>();
  std::vector<std::pair<int64_t, std::string>> alive;
  for (const Json &buffer : plan["buffers"])
    if (buffer["first"].get<int64_t>() <= peak &&
        peak <= buffer["last"].get<int64_t>())
      alive.emplace_back(buffer["bytes"].get<int64_t>(),
                         buffer["name"].get<std::string>());
  llvm::sort(alive, [](const auto &a, const auto &b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  Json report = {{"arena_bytes", arena},
                 {"lower_bound", bound},
                 {"gap_bytes", arena - bound},
                 {"weight_bytes", plan["weight_bytes"]}};
  Json &atPeak = report["at_peak"] = Json::array();
  for (const auto &[bytes, name] : alive)
    atPeak.push_back({{"name", name}, {"bytes", bytes}});
  report["buffers"] = std::move(plan["buffers"]);
  return report;
}

Json memoryReportJson(mlir::ModuleOp module) {
  auto functions = llvm::to_vector(module.getOps<mlir::func::FuncOp>());
  if (functions.size() == 1)
    return memoryReportJson(functions.front());
  Json report;
  for (mlir::func::FuncOp function : functions)
    report["functions"][function.getName().str()] = memoryReportJson(function);
  return report;
}

static void printMemoryReport(mlir::func::FuncOp function,
                              llvm::raw_ostream &out) {
  Json report = memoryReportJson(function);
  constexpr size_t Shown = 10;
  int64_t arena = report["arena_bytes"].get<int64_t>(),
          bound = report["lower_bound"].get<int64_t>();
  int64_t weights = report["weight_bytes"].get<int64_t>();
  out << "memory\n"
      << "  parameters   " << spellBytes(weights)
      << " (mapped from the program's file)\n"
      << "  activations  " << spellBytes(arena) << " in one arena of "
      << report["buffers"].size() << " buffers\n"
      << "  peak         " << spellBytes(arena + weights) << "\n"
      << "  lower bound  " << spellBytes(bound)
      << " of activations alive at one time";
  if (bound > 0)
    out << llvm::format(", %.1f %% below the plan",
                        100.0 * (arena - bound) / arena);
  out << "\n  Buffers whose size is known only at run time are not in the "
         "plan.\n";
  const Json &alive = report["at_peak"];
  if (alive.empty())
    return;
  out << "  alive at the peak: " << alive.size() << " buffers";
  out << (alive.size() > Shown ? ", the largest of them:\n" : ":\n");
  for (size_t i = 0; i < std::min(Shown, alive.size()); ++i)
    out << "    "
        << llvm::right_justify(spellBytes(alive[i]["bytes"].get<int64_t>()), 12)
        << "  " << alive[i]["name"].get<std::string>() << '\n';
}

void printMemoryReport(mlir::ModuleOp module, llvm::raw_ostream &out) {
  auto functions = llvm::to_vector(module.getOps<mlir::func::FuncOp>());
  for (mlir::func::FuncOp function : functions) {
    if (functions.size() > 1)
      out << "function '" << function.getName() << "': ";
    printMemoryReport(function, out);
  }
}

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
