//===- Loading.cpp - from a model file to nn IR ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Compilation.h"
#include "compiler/Driver/ModelWeights.h"
#include "compiler/Driver/OutputFile.h"
#include "compiler/Training/Parameters.h"
#include "compiler/Training/TrainingJob.h"
#include "frontends/onnx/Importer.h"
#include "frontends/onnx/ModelTemplate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"

#include <set>

namespace ds {

bool isMlirFile(llvm::StringRef path) {
  llvm::StringRef extension = llvm::sys::path::extension(path);
  return extension.equals_insensitive(".mlir") ||
         extension.equals_insensitive(".mlirbc");
}

ExitCode Compilation::load() {
  Stage stage(*this, "import");
  ExitCode code = isMlirFile(options.model) ? loadMlir() : loadOnnx();
  if (code == ExitCode::Success && dumper)
    dumper->dump("import", *module);
  return code;
}

/// The exit code for the end of an import.
static ExitCode exitCodeFor(ImportStatus status) {
  switch (status) {
  case ImportStatus::Ok:
    return ExitCode::Success;
  case ImportStatus::Failed:
    return ExitCode::Failed;
  case ImportStatus::WrongUse:
    return ExitCode::WrongUse;
  case ImportStatus::Unsupported:
    return ExitCode::Unsupported;
  case ImportStatus::Malformed:
    return ExitCode::BadFile;
  }
  return ExitCode::Failed;
}

ExitCode Compilation::loadOnnx() {
  ImportOptions import;
  for (const auto &[name, shape] : options.shapes)
    import.shapes[name] = shape;
  for (const auto &[name, extent] : options.dims)
    import.dims[name] = extent;
  std::optional<SafeTensorsFile> weights;
  if (ExitCode code = openWeights(weights); code != ExitCode::Success)
    return code;
  std::set<std::string> replaced;
  if (weights)
    import.replaceInitializer =
        [&](llvm::StringRef name, mlir::RankedTensorType type,
            std::string &reason) -> std::optional<WeightData> {
      auto found = weights->tensors().find(std::string_view(name));
      if (found == weights->tensors().end())
        return std::nullopt;
      std::string mismatch = describeMismatch(found->second, type);
      if (!mismatch.empty()) {
        reason = "tensor '" + name.str() + "' of '" + weights->path() +
                 "': " + mismatch;
        return std::nullopt;
      }
      replaced.insert(name.str());
      return weights->weight(found->second);
    };
  ExitCode code = ExitCode::Success;
  if (options.training) {
    code = loadForTraining(import);
  } else if (options.checkGradients) {
    code = loadForGradients(import);
  } else {
    ImportResult result = importOnnx(options.model, context, import);
    module = std::move(result.module);
    code = exitCodeFor(result.status);
  }
  return code == ExitCode::Success && weights ? checkReplaced(replaced.size())
                                              : code;
}

/// Whether training changes an initialiser, as far as its name and type tell.
static bool isTrainable(const TrainingOptions &training, llvm::StringRef name,
                        mlir::RankedTensorType type, bool isConstant) {
  auto matches = [&](const std::string &expression) {
    return llvm::Regex("^(" + expression + ")$").match(name);
  };
  if (!llvm::isa<mlir::FloatType>(type.getElementType()) ||
      type.getElementTypeBitWidth() < 16 ||
      llvm::any_of(training.freeze, matches))
    return false;
  if (!training.trainable.empty())
    return llvm::any_of(training.trainable, matches);
  return type.getRank() > 0 && !isConstant;
}

ExitCode Compilation::loadForTraining(ImportOptions &import) {
  const TrainingOptions &training = *options.training;
  import.training.emplace();
  import.training->freezeBatchNorm = training.freezeBatchNorm;
  import.training->noDropout = training.noDropout;
  std::set<std::string> constants;
  import.training->isTrainable =
      [&](llvm::StringRef name, mlir::RankedTensorType type, bool isConstant) {
        bool trains = isTrainable(training, name, type, isConstant);
        if (isConstant && !trains && isTrainable(training, name, type, false))
          constants.insert(name.str());
        return trains;
      };
  import.training->isStep = true;
  ImportResult step = importOnnx(options.model, context, import);
  if (step.status != ImportStatus::Ok)
    return exitCodeFor(step.status);
  import.training->isStep = false;
  ImportResult inference = importOnnx(options.model, context, import);
  if (inference.status != ImportStatus::Ok)
    return exitCodeFor(inference.status);
  module = std::move(step.module);
  mlir::FailureOr<TrainingSummary> summary =
      buildTrainingJob(*module, *inference.module, training);
  if (mlir::failed(summary))
    return ExitCode::WrongUse;
  std::vector<std::string> changed = summary->trained;
  changed.insert(changed.end(), summary->states.begin(), summary->states.end());
  llvm::Expected<std::string> rest =
      makeModelTemplate(options.model, context, import, changed);
  if (!rest)
    return fail(rest.takeError());
  modelTemplate = std::move(*rest);
  if (!options.quiet) {
    auto list = [&](llvm::StringRef what, llvm::ArrayRef<std::string> names,
                    size_t most = std::numeric_limits<size_t>::max()) {
      if (names.empty())
        return;
      std::string text = what.str() + " " + std::to_string(names.size()) +
                         ": " + llvm::join(names.take_front(most), ", ");
      if (names.size() > most)
        text += ", and " + std::to_string(names.size() - most) +
                " others that the job's --describe names";
      diagnostics.say(text);
    };
    // What is as expected is said in short, exceptions in full.
    constexpr size_t Few = 8;
    list("trained parameters,", summary->trained, Few);
    list("running statistics,", summary->states, Few);
    list("not trained, since no gradient reaches them,", summary->unreached);
    for (const std::string &name : summary->states)
      constants.erase(name);
    list("not trained, since the exporter calls them constants,",
         llvm::to_vector(constants));
  }
  if (!options.configFile.empty())
    if (llvm::Error error = writeFileAtomically(
            options.configFile,
            [&](llvm::raw_ostream &out) { out << options.configText; }))
      return fail(std::move(error));
  return ExitCode::Success;
}

/// The model as it is used, with what training would change as arguments: their
/// defaults are the file's.
ExitCode Compilation::loadForGradients(ImportOptions &import) {
  TrainingOptions training;
  import.training.emplace();
  import.training->isTrainable =
      [&](llvm::StringRef name, mlir::RankedTensorType type, bool isConstant) {
        return isTrainable(training, name, type, isConstant);
      };
  ImportResult result = importOnnx(options.model, context, import);
  module = std::move(result.module);
  if (result.status != ImportStatus::Ok)
    return exitCodeFor(result.status);
  auto model = module->lookupSymbol<mlir::func::FuncOp>("main");
  unsigned number = model.getNumArguments();
  for (const Parameter &parameter : liftParameters(model, {})) {
    model.setArgAttr(number, "ds.name", parameter.name);
    model.setArgAttr(number++, "ds.default", parameter.initial);
  }
  return ExitCode::Success;
}

ExitCode Compilation::loadMlir() {
  auto buffer = llvm::MemoryBuffer::getFile(options.model);
  if (!buffer) {
    diagnostics.error("cannot read '" + llvm::Twine(options.model) +
                      "': " + buffer.getError().message());
    return ExitCode::Failed;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  // Diagnostics of the parser and the verifier go to the context's handler.
  module = mlir::parseSourceFile<mlir::ModuleOp>(sources,
                                                 mlir::ParserConfig(&context));
  if (!module)
    return ExitCode::BadFile;
  if (options.training) {
    diagnostics.error("'--train' makes jobs of ONNX files, found '" +
                      llvm::Twine(options.model) + "'");
    return ExitCode::WrongUse;
  }
  if (llvm::none_of(
          module->getOps<mlir::func::FuncOp>(),
          [](mlir::func::FuncOp function) { return function.isPublic(); })) {
    module->emitError("expected a public function, which is the model");
    return ExitCode::BadFile;
  }
  if (!options.shapes.empty() || !options.dims.empty()) {
    diagnostics.error(
        "'--shape' and '--dim' fix dimensions of ONNX files; those of '" +
        llvm::Twine(options.model) + "' are in its types");
    return ExitCode::WrongUse;
  }
  if (mlir::failed(loadWeightFiles(*module, options.model)))
    return ExitCode::BadFile;
  std::optional<SafeTensorsFile> weights;
  if (ExitCode code = openWeights(weights);
      code != ExitCode::Success || !weights)
    return code;
  llvm::FailureOr<unsigned> replaced = replaceWeights(*module, *weights);
  if (mlir::failed(replaced))
    return ExitCode::WrongUse;
  return checkReplaced(*replaced);
}

ExitCode Compilation::openWeights(std::optional<SafeTensorsFile> &file) {
  if (options.weights.empty())
    return ExitCode::Success;
  std::string path = options.weights;
  if (llvm::sys::fs::is_directory(path)) {
    FoundWeights found = options.findWeights(path);
    for (const std::string &text : found.skipped)
      diagnostics.warning("'--weights': " + llvm::Twine(text));
    if (found.code != ExitCode::Success) {
      diagnostics.error("'--weights': " + llvm::Twine(found.text));
      return found.code;
    }
    path = found.text;
  }
  llvm::Expected<SafeTensorsFile> opened = SafeTensorsFile::open(path);
  if (!opened) {
    diagnostics.error("'--weights': " + llvm::toString(opened.takeError()));
    return ExitCode::BadFile;
  }
  file = std::move(*opened);
  return ExitCode::Success;
}

ExitCode Compilation::checkReplaced(unsigned count) {
  if (count > 0)
    return ExitCode::Success;
  diagnostics.error("'--weights': no tensor of '" + options.weights +
                    "' has the name of one of the model's weights");
  return ExitCode::WrongUse;
}

} // namespace ds
