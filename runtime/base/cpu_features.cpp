//===- cpu_features.cpp - what the CPU can do -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "runtime/base/cpu_features.h"

#include "runtime/base/text.h"

#include <algorithm>
#include <cpuid.h>
#include <cstdint>
#include <vector>

namespace ds {
namespace {

enum Register : uint8_t { Eax, Ebx, Ecx, Edx };

/// Registers that the operating system must save for a feature to be usable:
/// bits of XCR0.
enum State : uint32_t { None = 0, Avx = 0x6, Avx512 = 0xE6, Amx = 0x60000 };

struct Feature {
  const char *name;
  uint32_t leaf;
  uint32_t subleaf;
  Register where;
  uint8_t bit;
  State state;
};

/// Names as LLVM's X86 target spells them; bits from Intel's and AMD's CPUID
/// references.
constexpr Feature Features[] = {
    {"cx8", 1, 0, Edx, 8, None},
    {"cmov", 1, 0, Edx, 15, None},
    {"mmx", 1, 0, Edx, 23, None},
    {"fxsr", 1, 0, Edx, 24, None},
    {"sse", 1, 0, Edx, 25, None},
    {"sse2", 1, 0, Edx, 26, None},
    {"sse3", 1, 0, Ecx, 0, None},
    {"pclmul", 1, 0, Ecx, 1, None},
    {"ssse3", 1, 0, Ecx, 9, None},
    {"fma", 1, 0, Ecx, 12, Avx},
    {"cx16", 1, 0, Ecx, 13, None},
    {"sse4.1", 1, 0, Ecx, 19, None},
    {"sse4.2", 1, 0, Ecx, 20, None},
    {"crc32", 1, 0, Ecx, 20, None},
    {"movbe", 1, 0, Ecx, 22, None},
    {"popcnt", 1, 0, Ecx, 23, None},
    {"aes", 1, 0, Ecx, 25, None},
    {"xsave", 1, 0, Ecx, 26, None},
    {"avx", 1, 0, Ecx, 28, Avx},
    {"f16c", 1, 0, Ecx, 29, Avx},
    {"rdrnd", 1, 0, Ecx, 30, None},
    {"fsgsbase", 7, 0, Ebx, 0, None},
    {"sgx", 7, 0, Ebx, 2, None},
    {"bmi", 7, 0, Ebx, 3, None},
    {"avx2", 7, 0, Ebx, 5, Avx},
    {"bmi2", 7, 0, Ebx, 8, None},
    {"invpcid", 7, 0, Ebx, 10, None},
    {"rtm", 7, 0, Ebx, 11, None},
    {"avx512f", 7, 0, Ebx, 16, Avx512},
    {"avx512dq", 7, 0, Ebx, 17, Avx512},
    {"rdseed", 7, 0, Ebx, 18, None},
    {"adx", 7, 0, Ebx, 19, None},
    {"avx512ifma", 7, 0, Ebx, 21, Avx512},
    {"clflushopt", 7, 0, Ebx, 23, None},
    {"clwb", 7, 0, Ebx, 24, None},
    {"avx512cd", 7, 0, Ebx, 28, Avx512},
    {"sha", 7, 0, Ebx, 29, None},
    {"avx512bw", 7, 0, Ebx, 30, Avx512},
    {"avx512vl", 7, 0, Ebx, 31, Avx512},
    {"avx512vbmi", 7, 0, Ecx, 1, Avx512},
    {"pku", 7, 0, Ecx, 4, None},
    {"waitpkg", 7, 0, Ecx, 5, None},
    {"avx512vbmi2", 7, 0, Ecx, 6, Avx512},
    {"shstk", 7, 0, Ecx, 7, None},
    {"gfni", 7, 0, Ecx, 8, None},
    {"vaes", 7, 0, Ecx, 9, Avx},
    {"vpclmulqdq", 7, 0, Ecx, 10, Avx},
    {"avx512vnni", 7, 0, Ecx, 11, Avx512},
    {"avx512bitalg", 7, 0, Ecx, 12, Avx512},
    {"avx512vpopcntdq", 7, 0, Ecx, 14, Avx512},
    {"rdpid", 7, 0, Ecx, 22, None},
    {"kl", 7, 0, Ecx, 23, None},
    {"cldemote", 7, 0, Ecx, 25, None},
    {"movdiri", 7, 0, Ecx, 27, None},
    {"movdir64b", 7, 0, Ecx, 28, None},
    {"enqcmd", 7, 0, Ecx, 29, None},
    {"uintr", 7, 0, Edx, 5, None},
    {"avx512vp2intersect", 7, 0, Edx, 8, Avx512},
    {"serialize", 7, 0, Edx, 14, None},
    {"tsxldtrk", 7, 0, Edx, 16, None},
    {"pconfig", 7, 0, Edx, 18, None},
    {"amx-bf16", 7, 0, Edx, 22, Amx},
    {"avx512fp16", 7, 0, Edx, 23, Avx512},
    {"amx-tile", 7, 0, Edx, 24, Amx},
    {"amx-int8", 7, 0, Edx, 25, Amx},
    {"sha512", 7, 1, Eax, 0, Avx},
    {"sm3", 7, 1, Eax, 1, Avx},
    {"sm4", 7, 1, Eax, 2, Avx},
    {"raoint", 7, 1, Eax, 3, None},
    {"avxvnni", 7, 1, Eax, 4, Avx},
    {"avx512bf16", 7, 1, Eax, 5, Avx512},
    {"cmpccxadd", 7, 1, Eax, 7, None},
    {"amx-fp16", 7, 1, Eax, 21, Amx},
    {"hreset", 7, 1, Eax, 22, None},
    {"avxifma", 7, 1, Eax, 23, Avx},
    {"avxvnniint8", 7, 1, Edx, 4, Avx},
    {"avxneconvert", 7, 1, Edx, 5, Avx},
    {"amx-complex", 7, 1, Edx, 8, Amx},
    {"avxvnniint16", 7, 1, Edx, 10, Avx},
    {"prefetchi", 7, 1, Edx, 14, None},
    {"usermsr", 7, 1, Edx, 15, None},
    {"xsaveopt", 13, 1, Eax, 0, None},
    {"xsavec", 13, 1, Eax, 1, None},
    {"xsaves", 13, 1, Eax, 3, None},
    {"widekl", 0x19, 0, Ebx, 2, None},
    {"sahf", 0x80000001, 0, Ecx, 0, None},
    {"lzcnt", 0x80000001, 0, Ecx, 5, None},
    {"sse4a", 0x80000001, 0, Ecx, 6, None},
    {"prfchw", 0x80000001, 0, Ecx, 8, None},
    {"xop", 0x80000001, 0, Ecx, 11, Avx},
    {"lwp", 0x80000001, 0, Ecx, 15, None},
    {"fma4", 0x80000001, 0, Ecx, 16, Avx},
    {"tbm", 0x80000001, 0, Ecx, 21, None},
    {"mwaitx", 0x80000001, 0, Ecx, 29, None},
    {"64bit", 0x80000001, 0, Edx, 29, None},
    {"clzero", 0x80000008, 0, Ebx, 0, None},
    {"rdpru", 0x80000008, 0, Ebx, 4, None},
    {"wbnoinvd", 0x80000008, 0, Ebx, 9, None},
};

uint64_t enabledStates() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) ||
      !(c >> 27 & 1)) // OSXSAVE: without it xgetbv is an illegal instruction
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

/// Answers of the CPU, each asked for once: in a virtual machine a question
/// costs microseconds.
class CpuidCache {
public:
  bool has(const Feature &feature) {
    const Leaf &leaf = ask(feature.leaf, feature.subleaf);
    return (leaf.registers[feature.where] >> feature.bit & 1) &&
           (states & feature.state) == feature.state;
  }

private:
  struct Leaf {
    uint32_t leaf;
    uint32_t subleaf;
    unsigned registers[4]; ///< zero when the CPU does not know the leaf
  };

  const Leaf &ask(uint32_t leaf, uint32_t subleaf) {
    for (const Leaf &known : leaves)
      if (known.leaf == leaf && known.subleaf == subleaf)
        return known;
    Leaf &added = leaves.emplace_back(Leaf{leaf, subleaf, {}});
    __get_cpuid_count(leaf, subleaf, &added.registers[0], &added.registers[1],
                      &added.registers[2], &added.registers[3]);
    return added;
  }

  std::vector<Leaf> leaves;
  uint64_t states = enabledStates();
};

} // namespace

Status checkCpuFeatures(std::string_view features) {
  std::string missing, unknown;
  CpuidCache cpu;
  while (!features.empty()) {
    std::string_view name = features.substr(0, features.find(','));
    features.remove_prefix(std::min(name.size() + 1, features.size()));
    if (name.empty() || name.front() == '-')
      continue;
    if (name.front() == '+')
      name.remove_prefix(1);
    const Feature *known = nullptr;
    for (const Feature &feature : Features)
      if (name == feature.name)
        known = &feature;
    std::string *list = !known            ? &unknown
                        : cpu.has(*known) ? nullptr
                                          : &missing;
    if (list)
      list->append(list->empty() ? "" : ", ").append(quoted(name));
  }
  if (!missing.empty())
    return Status(DS_UNSUPPORTED, "the program needs the CPU feature " +
                                      missing + ", which this machine lacks");
  if (!unknown.empty())
    return Status(DS_UNSUPPORTED,
                  "the program needs the CPU feature " + unknown +
                      ", which this runtime does not know how to check");
  return {};
}

} // namespace ds
