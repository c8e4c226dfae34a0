//===- OptionTable.cpp - the options of ds-compile, and their help --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Options.h"
#include "compiler/Driver/OptionsInternal.h"

namespace ds {

static constexpr OptionRow OptionTable[] = {
    {"Output", "", 'o', Arity::Once, "FILE",
     "the program; default: the model's stem; '-' for text on stdout"},
    {"Output", "emit", 0, Arity::Once, "LEVEL",
     "stop at a level: exe (default), lib, obj (without weights), llvm, "
     "linalg, exec or nn; text goes to -o or stdout"},
    {"Model", "shape", 0, Arity::Many, "NAME=DxD...",
     "fix the shape of an input, as in x=1x3x224x224; ? stays dynamic"},
    {"Model", "dim", 0, Arity::Many, "NAME=N",
     "fix a symbolic dimension, as in batch=8"},
    {"Model", "weights", 0, Arity::Once, "FILE",
     "replace the model's initialisers by tensors of a safetensors file"},
    {"Target", "target", 0, Arity::Once, "DEVICES",
     "where the program runs: cpu (default)"},
    {"Target", "target-cpu", 0, Arity::Once, "CPU",
     "native (default), x86-64-v3, x86-64-v4, portable, or a CPU that LLVM "
     "knows"},
    {"Target", "", 'O', Arity::Once, "LEVEL",
     "optimisation, -O0 to -O3 (default)"},
    {"Target", "jobs", 0, Arity::Once, "N",
     "threads of code generation; default: one per core"},
    {"Reports", "inspect", 0, Arity::Flag, "",
     "print the model's signature, ops, parameters, metadata; compile nothing"},
    {"Reports", "explain", 0, Arity::OptionalValue, "FILE",
     "what was fused and vectorised or not, and why"},
    {"Reports", "memory-report", 0, Arity::Flag, "",
     "peak bytes by region, lower bound, the largest values at the peak"},
    {"Reports", "time-passes", 0, Arity::Flag, "",
     "where the time of the compilation went"},
    {"Reports", "trace", 0, Arity::Once, "FILE",
     "a Chrome trace of the compilation"},
    {"Reports", "dump-ir", 0, Arity::Once, "DIR",
     "numbered IR files, one after each pass"},
    {"Reports", "json", 0, Arity::Flag, "",
     "reports as one JSON object on stdout"},
    {"Reports", "list-ops", 0, Arity::Flag, "",
     "list every importable operator"},
    {"Passes", "pass-plugin", 0, Arity::Many, "LIB",
     "load passes from a shared library"},
    {"Passes", "at", 0, Arity::Many, "POINT=PASS",
     "run a pass, PASS or PASS{options}, at after-import, after-autodiff, "
     "before-fusion or before-codegen"},
    {"Passes", "list-passes", 0, Arity::Flag, "",
     "list every pass of ours and of the plugins"},
    {"General", "verbose", 'v', Arity::Flag, "", "say what is being done"},
    {"General", "quiet", 'q', Arity::Flag, "", "no progress, no warnings"},
    {"General", "help", 'h', Arity::Flag, "", "print this"},
    {"General", "version", 0, Arity::Flag, "",
     "print versions of this program, LLVM and ONNX, and the highest opset"},
};

static const MissingRow MissingTable[] = {
    {"training",
     {"train",
      "loss",
      "output",
      "label",
      "class-axis",
      "label-smoothing",
      "ignore-label",
      "freeze",
      "trainable",
      "freeze-batch-norm",
      "no-dropout",
      "optimizer",
      "lr",
      "lr-schedule",
      "warmup",
      "momentum",
      "beta1",
      "beta2",
      "eps",
      "weight-decay",
      "clip-norm",
      "accumulate",
      "loss-scale",
      "memory-budget",
      "zero",
      "compress",
      "config",
      "save-config",
      "check-gradients"}},
    {"code generation for GPUs", {"target-gpu", "place"}},
    {"mixed precision", {"precision"}},
    {"relaxed floating-point code generation", {"fast-math"}},
    {"comparison of compiled values with a reference", {"verify-against"}},
    {"custom operators", {"op-library"}},
};

static constexpr llvm::StringLiteral Examples = R"(
Examples:
  ds-compile model.onnx -o model           compile; then: ./model --input x=x.npy --output-dir out
  ds-compile model.onnx --inspect          look at a model first
  ds-compile model.onnx --dim batch=8      fix a dimension
  ds-compile model.onnx --emit nn          print the model as nn IR
  ds-compile model.onnx --emit lib         a shared library with the C ABI of ds/runtime.h
  ds-compile model.onnx --pass-plugin my.so --at before-fusion=my-pass{limit=4}
)";

llvm::ArrayRef<OptionRow> optionTable() { return OptionTable; }

llvm::ArrayRef<MissingRow> missingTable() { return MissingTable; }

std::string optionsHelp() {
  constexpr size_t Column = 28;
  std::string text =
      "Compiles an ONNX model to a native program.\n\n"
      "usage: ds-compile MODEL [options]\n\n"
      "MODEL is an .onnx file, or an .mlir file at the nn level.\n";
  const char *group = "";
  for (const OptionRow &row : OptionTable) {
    if (llvm::StringRef(group) != row.group) {
      group = row.group;
      text += std::string("\n") + group + ":\n";
    }
    std::string left = "  ";
    if (row.shortName)
      left += std::string("-") + row.shortName;
    if (row.name[0])
      left += (row.shortName ? ", --" : "--") + std::string(row.name);
    if (row.arity == Arity::OptionalValue)
      left += std::string("[=") + row.value + "]";
    else if (row.value[0])
      left += (row.shortName == 'O' ? "" : " ") + std::string(row.value);
    left += left.size() + 2 > Column ? "\n" + std::string(Column, ' ')
                                     : std::string(Column - left.size(), ' ');
    text += left + row.help + "\n";
  }
  text += Examples;
  text += "\nExit status: 0 success, 1 the work failed, 2 wrong use, 3 the "
          "model needs something unsupported,\n"
          "4 a bad file.\n";
  for (const MissingRow &row : MissingTable) {
    std::string line = std::string("Not in this build (") + row.needs + "):";
    for (llvm::StringRef name : row.names) {
      if (line.size() + name.size() > 116) {
        text += "\n" + line;
        line = " ";
      }
      line += " --" + name.str();
    }
    text += "\n" + line;
  }
  return text + "\n";
}

} // namespace ds
