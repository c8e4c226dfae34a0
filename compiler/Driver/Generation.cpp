//===- Generation.cpp - from kernels to the output file -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/Codegen.h"
#include "compiler/Codegen/Host/WeightWriter.h"
#include "compiler/Driver/Compilation.h"
#include "compiler/Driver/MemoryReport.h"
#include "compiler/Driver/OutputFile.h"
#include "compiler/Driver/Reports.h"
#include "compiler/Link/Link.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;

ExitCode Compilation::generate() {
  GeneratedCode code;
  {
    Stage stage(*this, "code generation");
    CodegenOptions codegen;
    codegen.targetCpu = options.targetCpu;
    codegen.optLevel = options.optLevel;
    codegen.jobs = options.jobs;
    codegen.wantLLVM = options.emit == EmitLevel::LLVM;
    codegen.onWork = [&](llvm::StringRef part, llvm::StringRef what,
                         CompileLog::Clock::time_point begin,
                         CompileLog::Clock::time_point end) {
      log.record("code generation", part, what, begin, end);
      progress.set("code generation, done with " + what.str());
    };
    llvm::Expected<GeneratedCode> generated = generateCode(*module, codegen);
    if (!generated)
      return fail(generated.takeError());
    code = std::move(*generated);
  }
  ExitCode status = ExitCode::Success;
  if (options.emit == EmitLevel::LLVM) {
    std::string text;
    for (const std::string &part : code.llvmTexts)
      text += part + "\n";
    status = emitText(text);
  } else {
    status = link(code);
  }
  return status == ExitCode::Success ? writeReports(&code) : status;
}

ExitCode Compilation::link(const GeneratedCode &code) {
  Stage stage(*this, "link");
  LinkOptions link;
  link.outputPath = outputPath(options);
  // Also IR of a job that was written by --emit nn is a job.
  auto metadata = (*module)->getAttrOfType<mlir::DictionaryAttr>("ds.metadata");
  bool isJob = metadata && metadata.contains("train.optimizer");
  link.kind = options.emit == EmitLevel::Library ? LinkKind::Library
              : isJob                            ? LinkKind::TrainingJob
                                                 : LinkKind::Executable;
  for (const auto &object : code.objects)
    link.objects.push_back(object->getMemBufferRef());
  link.weightBytes = weightBytes(*module);
  if (!modelTemplate.empty())
    link.sections.emplace_back(".ds.onnx", modelTemplate);
  if (options.emit == EmitLevel::Object) {
    if (llvm::Error error = linkRelocatable(link))
      return fail(std::move(error));
    return ExitCode::Success;
  }
  llvm::Expected<std::string> resources =
      findResourceDirectory(llvm::sys::fs::getMainExecutable(nullptr, nullptr));
  if (!resources)
    return fail(resources.takeError());
  link.resourceDirectory = *resources;
  if (llvm::Error error = linkProgram(
          link, [&](WeightSink &sink) { return writeWeights(*module, sink); }))
    return fail(std::move(error));
  return ExitCode::Success;
}

/// JSON as the tools print it: whatever bytes names in the model hold.
static std::string spell(const Json &json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ExitCode Compilation::writeReports(const GeneratedCode *code) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  Json json;
  json["output"] = outputPath(options);
  if (options.memoryReport && options.json)
    json["memory"] = memoryReportJson(*module, *code);
  else if (options.memoryReport)
    printMemoryReport(*module, *code, stream);
  if (options.explain == "-" && options.json)
    json["explain"] = explanation.toJson(*module, *code);
  else if (options.explain == "-")
    explanation.print(*module, *code, stream);
  if (options.timePasses && options.json)
    json["time"] = log.toJson();
  else if (options.timePasses)
    log.printTable(stream);
  if (options.json)
    stream << spell(json);
  llvm::outs() << text;
  if (!options.explain || options.explain == "-")
    return ExitCode::Success;
  llvm::Error error =
      writeFileAtomically(*options.explain, [&](llvm::raw_ostream &out) {
        if (options.json)
          out << spell(explanation.toJson(*module, *code));
        else
          explanation.print(*module, *code, out);
      });
  return error ? fail(std::move(error)) : ExitCode::Success;
}

} // namespace ds
