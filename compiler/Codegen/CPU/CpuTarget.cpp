//===- CpuTarget.cpp - features and sizes of x86-64 CPUs
//-------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/CpuTarget.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

namespace ds {

llvm::Expected<CpuTarget> CpuTarget::create(llvm::StringRef name) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
  });
  CpuTarget result;
  result.cpu =
      name == "native" ? llvm::sys::getHostCPUName().str() : name.str();
  if (name == "native") {
    // A virtual machine may hide features of the CPU that its name promises.
    llvm::SmallVector<std::string> features;
    for (const auto &feature : llvm::sys::getHostCPUFeatures())
      features.push_back((feature.second ? "+" : "-") + feature.first().str());
    llvm::sort(features);
    result.features = llvm::join(features, ",");
  }
  std::string error;
  llvm::Triple triple("x86_64-pc-linux-gnu");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      target->createMCSubtargetInfo(triple, "x86-64", ""));
  if (!info->isCPUStringValid(result.cpu))
    return llvm::createStringError("unknown target CPU '" + result.cpu +
                                   "'; expected native, portable, x86-64-v2, "
                                   "x86-64-v3, x86-64-v4 or a name that LLVM "
                                   "knows");
  info.reset(
      target->createMCSubtargetInfo(triple, result.cpu, result.features));
  // Only what a program of ours can come to use is demanded from the machine it
  // starts on: what LLVM selects for ordinary code, without intrinsics. A
  // virtual machine may lack any of them.
  llvm::SmallVector<llvm::StringRef> required;
  for (llvm::StringRef feature :
       {"sse4.2",      "popcnt",       "avx",          "avx2",
        "fma",         "f16c",         "bmi",          "bmi2",
        "lzcnt",       "movbe",        "gfni",         "avx512f",
        "avx512bw",    "avx512cd",     "avx512dq",     "avx512vl",
        "avx512bf16",  "avx512bitalg", "avx512fp16",   "avx512ifma",
        "avx512vbmi",  "avx512vbmi2",  "avx512vnni",   "avx512vpopcntdq",
        "avxifma",     "avxvnni",      "avxvnniint16", "avxvnniint8",
        "avxneconvert"})
    if (info->checkFeatures(("+" + feature).str()))
      required.push_back(feature);
  result.required = llvm::join(required, ",");
  result.hasFma = info->checkFeatures("+fma");
  if (info->checkFeatures("+avx512f")) {
    result.lanes = 16;
    result.registers = 32;
  } else {
    result.lanes = info->checkFeatures("+avx2") ? 8 : 4;
    result.registers = 16;
  }
  return result;
}

llvm::Expected<std::vector<CpuTarget>>
CpuTarget::createAll(llvm::StringRef name) {
  const bool isPortable = name == "portable";
  // Each level doubles the width of vectors; every x86-64 CPU of the last ten
  // years has at least the last.
  llvm::SmallVector<llvm::StringRef> cpus{"x86-64-v4", "x86-64-v3",
                                          "x86-64-v2"};
  if (!isPortable)
    cpus.assign({name});
  std::vector<CpuTarget> targets;
  for (llvm::StringRef cpu : cpus) {
    llvm::Expected<CpuTarget> target = create(cpu);
    if (!target)
      return target.takeError();
    if (isPortable)
      target->suffix = ("." + cpu).str();
    targets.push_back(std::move(*target));
  }
  return targets;
}

} // namespace ds
