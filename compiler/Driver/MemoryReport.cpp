//===- MemoryReport.cpp - what takes how much memory ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/MemoryReport.h"

#include "compiler/Codegen/Host/HostLowering.h"
#include "dialects/Interfaces/Scalar.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <nlohmann/json.hpp>
#include <tuple>

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

namespace {

/// Bytes of what a step of training keeps from one run to the next.
struct KeptBytes {
  int64_t parameters = 0;
  int64_t modelState = 0;     ///< running statistics
  int64_t optimizerState = 0; ///< slots, called "<parameter>/<slot>"
  bool any = false;
};

} // namespace

static KeptBytes keptBytes(mlir::func::FuncOp function) {
  KeptBytes kept;
  auto signature = function->getAttrOfType<mlir::TypeAttr>("exec.signature");
  auto attributes = function->getAttrOfType<mlir::ArrayAttr>("exec.arguments");
  if (!signature || !attributes)
    return kept;
  auto types = llvm::cast<mlir::FunctionType>(signature.getValue()).getInputs();
  auto textOf = [](mlir::Attribute attributes, llvm::StringRef key) {
    auto text = llvm::cast<mlir::DictionaryAttr>(attributes)
                    .getAs<mlir::StringAttr>(key);
    return text ? text.getValue() : "";
  };
  llvm::SmallVector<llvm::StringRef> parameters;
  for (mlir::Attribute argument : attributes)
    if (textOf(argument, "ds.role") == "parameter")
      parameters.push_back(textOf(argument, "ds.name"));
  for (auto [argument, type] : llvm::zip(attributes, types)) {
    llvm::StringRef role = textOf(argument, "ds.role"),
                    name = textOf(argument, "ds.name");
    auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
    if ((role != "parameter" && role != "state") || !tensor ||
        !tensor.hasStaticShape())
      continue;
    int64_t bytes =
        tensor.getNumElements() * elementBytes(tensor.getElementType());
    bool isSlot = llvm::any_of(parameters, [&](llvm::StringRef parameter) {
      llvm::StringRef rest = name;
      return rest.consume_front(parameter) && rest.starts_with("/");
    });
    (role == "parameter" ? kept.parameters
     : isSlot            ? kept.optimizerState
                         : kept.modelState) += bytes;
    kept.any = true;
  }
  return kept;
}

static Json reportFunction(mlir::func::FuncOp function, int64_t workspace) {
  Json plan = Json::parse(memoryPlanJson(function));
  int64_t arena = plan["arena_bytes"].get<int64_t>(),
          bound = plan["lower_bound"].get<int64_t>();
  int64_t peak = plan["peak_position"].get<int64_t>();
  std::vector<std::tuple<int64_t, std::string, bool>> alive;
  int64_t gradients = 0, activations = 0;
  for (const Json &buffer : plan["buffers"]) {
    if (buffer["first"].get<int64_t>() > peak ||
        peak > buffer["last"].get<int64_t>())
      continue;
    alive.emplace_back(-buffer["bytes"].get<int64_t>(),
                       buffer["name"].get<std::string>(),
                       buffer["gradient"].get<bool>());
    (buffer["gradient"].get<bool>() ? gradients : activations) +=
        buffer["bytes"].get<int64_t>();
  }
  llvm::sort(alive);
  Json atPeak = Json::array();
  for (const auto &[negated, name, isGradient] : alive)
    atPeak.push_back(
        {{"name", name}, {"bytes", -negated}, {"gradient", isGradient}});
  KeptBytes kept = keptBytes(function);
  int64_t weights = plan["weight_bytes"].get<int64_t>();
  if (!kept.any)
    kept.parameters = weights;
  Json report = {{"peak_bytes", kept.parameters + kept.modelState +
                                    kept.optimizerState + arena + workspace},
                 {"regions",
                  {{"parameters", kept.parameters},
                   {"model_state", kept.modelState},
                   {"optimizer_state", kept.optimizerState},
                   {"gradients", gradients},
                   {"activations", activations},
                   {"workspace_per_thread", workspace}}},
                 {"arena_bytes", arena},
                 {"lower_bound", bound},
                 {"gap_bytes", arena - bound},
                 {"weight_bytes", weights},
                 {"at_peak", std::move(atPeak)},
                 {"buffers", std::move(plan["buffers"])}};
  return report;
}

/// The most scratch memory that a kernel asks for, in any version.
static int64_t workspaceBytes(const GeneratedCode &code) {
  int64_t largest = 0;
  for (const CodeVersion &version : code.versions)
    for (const KernelReport &kernel : version.kernels)
      largest = std::max(largest, kernel.scratchBytes);
  return largest;
}

Json memoryReportJson(mlir::ModuleOp module, const GeneratedCode &code) {
  int64_t workspace = workspaceBytes(code);
  auto functions = llvm::to_vector(module.getOps<mlir::func::FuncOp>());
  if (functions.size() == 1)
    return reportFunction(functions.front(), workspace);
  Json report;
  for (mlir::func::FuncOp function : functions)
    report["functions"][function.getName().str()] =
        reportFunction(function, workspace);
  return report;
}

static void printFunction(const Json &report, bool isMapped,
                          llvm::raw_ostream &out) {
  constexpr size_t Shown = 10;
  const Json &regions = report["regions"];
  int64_t arena = report["arena_bytes"].get<int64_t>(),
          bound = report["lower_bound"].get<int64_t>();
  auto line = [&](const char *title, const Json &bytes,
                  const llvm::Twine &rest = "") {
    out << "  " << llvm::left_justify(title, 17)
        << spellBytes(bytes.get<int64_t>()) << rest << '\n';
  };
  out << "memory\n";
  line("parameters", regions["parameters"],
       isMapped ? " (mapped from the program's file)" : "");
  if (regions["model_state"] != 0)
    line("model state", regions["model_state"]);
  if (!isMapped) {
    line("optimizer state", regions["optimizer_state"]);
    line("gradients", regions["gradients"], " of the arena at its peak");
  }
  line("activations", regions["activations"], " of the arena at its peak");
  line("workspace", regions["workspace_per_thread"], " for each thread");
  line("peak", report["peak_bytes"],
       " with an arena of " + spellBytes(arena) + " for " +
           llvm::Twine(report["buffers"].size()) + " buffers");
  line("lower bound", report["lower_bound"],
       " of the arena: what is alive at one time");
  if (bound > 0)
    out << llvm::format("                   %.1f %% below the plan\n",
                        100.0 * (arena - bound) / arena);
  out << "  Buffers and workspace whose size is known only at run time are "
         "not counted.\n";
  const Json &alive = report["at_peak"];
  if (alive.empty())
    return;
  out << "  alive at the peak: " << alive.size() << " buffers";
  out << (alive.size() > Shown ? ", the largest of them:\n" : ":\n");
  for (size_t i = 0; i < std::min(Shown, alive.size()); ++i)
    out << "    "
        << llvm::right_justify(spellBytes(alive[i]["bytes"].get<int64_t>()), 12)
        << (alive[i]["gradient"].get<bool>() ? "  gradient of " : "  ")
        << alive[i]["name"].get<std::string>() << '\n';
}

void printMemoryReport(mlir::ModuleOp module, const GeneratedCode &code,
                       llvm::raw_ostream &out) {
  int64_t workspace = workspaceBytes(code);
  auto functions = llvm::to_vector(module.getOps<mlir::func::FuncOp>());
  for (mlir::func::FuncOp function : functions) {
    if (functions.size() > 1)
      out << "function '" << function.getName() << "': ";
    printFunction(reportFunction(function, workspace), !keptBytes(function).any,
                  out);
  }
}

} // namespace ds
