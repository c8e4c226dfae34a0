//===- Lists.cpp - what ds-compile can list about itself ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Lists.h"

#include "frontends/onnx/Importer.h"

#include "mlir/Pass/PassRegistry.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Format.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;

void printVersion(bool json, llvm::raw_ostream &out) {
  if (json) {
    Json versions = {{"ds", DS_VERSION_STRING},
                     {"llvm", LLVM_VERSION_STRING},
                     {"onnx", onnxVersion().str()},
                     {"highest_opset", highestOpset()}};
    out << versions.dump(2) << '\n';
    return;
  }
  out << "ds-compile " << DS_VERSION_STRING << "\nLLVM " << LLVM_VERSION_STRING
      << "\nONNX " << onnxVersion() << ", opsets up to " << highestOpset()
      << '\n';
}

static const char *nameOf(OperatorGradient gradient) {
  switch (gradient) {
  case OperatorGradient::Yes:
    return "yes";
  case OperatorGradient::Partly:
    return "partly";
  case OperatorGradient::No:
    return "no";
  case OperatorGradient::Nothing:
    return "none";
  }
  return "";
}

void printOperators(bool json, llvm::raw_ostream &out) {
  std::vector<ImportableOp> ops = listImportableOps();
  if (json) {
    Json list = Json::array();
    for (const ImportableOp &op : ops)
      list.push_back({{"domain", op.domain.empty() ? "ai.onnx" : op.domain},
                      {"name", op.name},
                      {"versions", op.versions},
                      {"by_function", op.byFunction},
                      {"gradient", nameOf(op.gradient)},
                      {"targets", {"cpu"}}});
    out << list.dump(2) << '\n';
    return;
  }
  out << llvm::left_justify("domain", 14) << llvm::left_justify("operator", 36)
      << llvm::left_justify("gradient", 10) << llvm::left_justify("targets", 9)
      << "opset versions\n";
  for (const ImportableOp &op : ops) {
    out << llvm::left_justify(op.domain.empty() ? "ai.onnx" : op.domain, 13)
        << ' ' << llvm::left_justify(op.name, 35) << ' '
        << llvm::left_justify(nameOf(op.gradient), 10)
        << llvm::left_justify("cpu", 9)
        << llvm::join(llvm::map_range(
                          op.versions,
                          [](int version) { return std::to_string(version); }),
                      ", ");
    if (op.byFunction)
      out << " (composed of other operators)";
    out << '\n';
  }
  out << "\ngradient: yes, in every test; partly, in some forms; no; none: "
         "there "
         "is nothing to differentiate\n";
}

/// Prints the passes with their options, as MLIR does.
static void printWithOptions(llvm::ArrayRef<RegisteredPass> passes,
                             llvm::raw_ostream &out) {
  constexpr size_t Indent = 2, Column = 42;
  out.flush();
  for (const RegisteredPass &pass : passes)
    if (const mlir::PassInfo *info = mlir::PassInfo::lookup(pass.name))
      info->printHelpStr(Indent, Column);
}

void printPasses(llvm::ArrayRef<RegisteredPass> ours,
                 llvm::ArrayRef<LoadedPlugin> plugins, bool json,
                 llvm::raw_ostream &out) {
  if (json) {
    Json list = Json::array();
    auto add = [&](llvm::ArrayRef<RegisteredPass> passes, const Json &plugin) {
      for (const RegisteredPass &pass : passes)
        list.push_back({{"name", pass.name},
                        {"summary", pass.summary},
                        {"plugin", plugin}});
    };
    add(ours, nullptr);
    for (const LoadedPlugin &plugin : plugins)
      add(plugin.passes, plugin.name);
    out << list.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    return;
  }
  out << "Passes:\n";
  printWithOptions(ours, out);
  for (const LoadedPlugin &plugin : plugins) {
    out << "\nPasses of plugin " << plugin.name << " (" << plugin.path
        << "):\n";
    printWithOptions(plugin.passes, out);
  }
}

void printPluginHelp(llvm::ArrayRef<LoadedPlugin> plugins,
                     llvm::raw_ostream &out) {
  for (const LoadedPlugin &plugin : plugins) {
    out << "\nPlugin " << plugin.name << " (" << plugin.path << "):\n";
    for (const RegisteredPass &pass : plugin.passes)
      out << "  " << llvm::left_justify(pass.name, 25) << ' ' << pass.summary
          << '\n';
  }
}

} // namespace ds
