//===- Instrumentation.cpp - watches passes run ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Instrumentation.h"

#include "compiler/Driver/OutputFile.h"

#include "mlir/IR/Operation.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/Pass.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

namespace ds {

/// The name under which a user knows a pass.
static std::string nameOf(mlir::Pass *pass) {
  llvm::StringRef argument = pass->getArgument();
  return argument.empty() ? pass->getName().str() : argument.str();
}

/// The symbol of the op, or nothing for the module itself.
static std::string symbolOf(mlir::Operation *op) {
  auto name = op->getAttrOfType<mlir::StringAttr>(
      mlir::SymbolTable::getSymbolAttrName());
  return name ? name.str() : std::string();
}

/// `text` with what a file name should not hold replaced.
static std::string fileNamePart(llvm::StringRef text) {
  std::string result = text.str();
  for (char &c : result)
    if (!llvm::isAlnum(c) && !llvm::StringRef("._-").contains(c))
      c = '_';
  // File systems end at 255 bytes.
  if (result.size() > 160)
    result.resize(160);
  return result;
}

llvm::Expected<std::unique_ptr<IRDumper>>
IRDumper::create(llvm::StringRef directory) {
  if (std::error_code error = llvm::sys::fs::create_directories(directory))
    return llvm::createStringError("cannot make the directory '" +
                                   directory.str() +
                                   "' for --dump-ir: " + error.message());
  return std::unique_ptr<IRDumper>(new IRDumper(directory));
}

void IRDumper::dump(llvm::StringRef name, mlir::Operation *op) {
  std::string symbol = symbolOf(op);
  std::string fileName =
      llvm::formatv("{0,0+3}-{1}{2}{3}.mlir", next++, fileNamePart(name),
                    symbol.empty() ? "" : "-", fileNamePart(symbol));
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, fileName);
  // Local scope: other threads may be at work on the rest of the module.
  mlir::OpPrintingFlags flags;
  flags.enableDebugInfo(true).useLocalScope().elideLargeElementsAttrs(64);
  llvm::Error error = writeFileAtomically(path, [&](llvm::raw_ostream &out) {
    op->print(out, flags);
    out << '\n';
  });
  if (error) {
    std::string text = llvm::toString(std::move(error));
    std::lock_guard lock(mutex);
    if (failure.empty())
      failure = std::move(text);
  }
}

llvm::Error IRDumper::takeError() {
  std::lock_guard lock(mutex);
  return failure.empty() ? llvm::Error::success()
                         : llvm::createStringError(failure);
}

namespace {

class TimingInstrumentation : public mlir::PassInstrumentation {
public:
  explicit TimingInstrumentation(CompileLog &log) : log(log) {}

  // A thread runs one pass at a time, but a pass may run a pipeline of its own.
  void runBeforePass(mlir::Pass *pass, mlir::Operation *op) override {
    begins().push_back(CompileLog::Clock::now());
  }
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override {
    finish(pass, op);
  }
  void runAfterPassFailed(mlir::Pass *pass, mlir::Operation *op) override {
    finish(pass, op);
  }

private:
  static std::vector<CompileLog::Clock::time_point> &begins() {
    static thread_local std::vector<CompileLog::Clock::time_point> stack;
    return stack;
  }
  void finish(mlir::Pass *pass, mlir::Operation *op) {
    CompileLog::Clock::time_point begin = begins().back();
    begins().pop_back();
    // Adaptors only stand for the passes they run, which report themselves.
    if (!pass->getArgument().empty())
      log.record("pass", nameOf(pass), symbolOf(op), begin,
                 CompileLog::Clock::now());
  }
  CompileLog &log;
};

class DumpInstrumentation : public mlir::PassInstrumentation {
public:
  explicit DumpInstrumentation(IRDumper &dumper) : dumper(dumper) {}
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override {
    if (!pass->getArgument().empty())
      dumper.dump(nameOf(pass), op);
  }
  void runAfterPassFailed(mlir::Pass *pass, mlir::Operation *op) override {
    if (!pass->getArgument().empty())
      dumper.dump(nameOf(pass) + "-failed", op);
  }

private:
  IRDumper &dumper;
};

} // namespace

std::unique_ptr<mlir::PassInstrumentation>
createTimingInstrumentation(CompileLog &log) {
  return std::make_unique<TimingInstrumentation>(log);
}

std::unique_ptr<mlir::PassInstrumentation>
createDumpInstrumentation(IRDumper &dumper) {
  return std::make_unique<DumpInstrumentation>(dumper);
}

} // namespace ds
