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
    {"Model", "weights", 0, Arity::Once, "PATH",
     "replace the model's initialisers by those of a safetensors file, a "
     "checkpoint, or the newest checkpoint of a folder"},
    {"Training", "train", 0, Arity::Flag, "",
     "make a training job of the model, for ds-run; needs --loss"},
    {"Training", "loss", 0, Arity::Once, "NAME",
     "softmax_cross_entropy (integer classes), "
     "binary_cross_entropy_with_logits, nll, mse, l1, huber, or none: the "
     "model "
     "ends in its loss"},
    {"Training", "output", 0, Arity::Once, "NAME",
     "the model's output that meets the truth; default: its only one"},
    {"Training", "label", 0, Arity::Once, "NAME",
     "the job's input that is the truth; default: label"},
    {"Training", "class-axis", 0, Arity::Once, "N",
     "the axis of the output that holds the scores; default: the last"},
    {"Training", "label-smoothing", 0, Arity::Once, "X",
     "this share of the truth is spread over all classes"},
    {"Training", "ignore-label", 0, Arity::Once, "N",
     "places with this class do not count"},
    {"Training", "trainable", 0, Arity::Many, "REGEX",
     "train initialisers whose whole name matches, and no others; also of rank "
     "0"},
    {"Training", "freeze", 0, Arity::Many, "REGEX",
     "do not train initialisers whose whole name matches"},
    {"Training", "freeze-batch-norm", 0, Arity::Flag, "",
     "normalise by the running statistics of the model, and keep them"},
    {"Training", "no-dropout", 0, Arity::Flag, "", "Dropout drops nothing"},
    {"Training", "optimizer", 0, Arity::Once, "NAME",
     "sgd (default), momentum, nesterov, adam, adamw, adagrad, rmsprop, lion "
     "or "
     "lamb"},
    {"Training", "lr", 0, Arity::Once, "X",
     "learning rate; default: that of PyTorch's optimizer"},
    {"Training", "lr-schedule", 0, Arity::Once, "KIND",
     "constant (default), linear or cosine (to 0 at the end of the run), or "
     "step"},
    {"Training", "lr-step-size", 0, Arity::Once, "N",
     "steps between drops of the schedule step"},
    {"Training", "lr-gamma", 0, Arity::Once, "X",
     "factor of each drop of the schedule step; default: 0.1"},
    {"Training", "warmup", 0, Arity::Once, "N",
     "steps over which the learning rate grows from 0"},
    {"Training", "momentum", 0, Arity::Once, "X",
     "of momentum, nesterov (0.9) and rmsprop (0); makes sgd momentum"},
    {"Training", "beta1", 0, Arity::Once, "X",
     "decay of the first average of adam, adamw, lion, lamb (0.9)"},
    {"Training", "beta2", 0, Arity::Once, "X",
     "decay of the second average of adam, adamw, lamb (0.999), lion and "
     "rmsprop (0.99)"},
    {"Training", "eps", 0, Arity::Once, "X",
     "added to denominators of adaptive optimizers"},
    {"Training", "weight-decay", 0, Arity::Once, "X",
     "pull of parameters towards 0; default: 0, adamw and lamb 0.01"},
    {"Training", "clip-norm", 0, Arity::Once, "X",
     "scale the gradients down to this norm, all together"},
    {"Training", "accumulate", 0, Arity::Once, "N",
     "average the gradients of N batches for one step"},
    {"Training", "config", 0, Arity::Once, "FILE",
     "read options from a TOML file; the command line wins"},
    {"Training", "save-config", 0, Arity::Once, "FILE",
     "write the training options in force to a TOML file"},
    {"Target", "target", 0, Arity::Once, "DEVICES",
     "where the program runs: cpu (default)"},
    {"Target", "target-cpu", 0, Arity::Once, "CPU",
     "native (default), x86-64-v2, x86-64-v3, x86-64-v4, a CPU that LLVM "
     "knows, or portable: code for these three levels, chosen at start"},
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
    {"Reports", "check-gradients", 0, Arity::Flag, "",
     "hold the model's gradients against differences in f64: of each op at "
     "real values, and of the whole along 8 directions; compile nothing"},
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
    {"memory planning by recomputation", {"memory-budget"}},
    {"several ranks", {"zero", "compress"}},
    {"code generation for GPUs", {"target-gpu", "place"}},
    {"mixed precision", {"precision", "loss-scale"}},
    {"relaxed floating-point code generation", {"fast-math"}},
    {"comparison of compiled values with a reference", {"verify-against"}},
    {"custom operators", {"op-library"}},
};

static constexpr llvm::StringLiteral Examples = R"(
Examples:
  ds-compile model.onnx -o model           compile; then: ./model --input x=x.npy --output-dir out
  ds-compile model.onnx --inspect          look at a model first
  ds-compile model.onnx --dim batch=8      fix a dimension
  ds-compile model.onnx --check-gradients  whether its gradients are right
  ds-compile model.onnx --emit nn          print the model as nn IR
  ds-compile model.onnx --emit lib         a shared library with the C ABI of ds/runtime.h
  ds-compile model.onnx --train --loss softmax_cross_entropy --dim batch=64 --optimizer adamw --lr 1e-3 -o job
                                           a training job; then: ds-run job --data train.npz --epochs 5
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
