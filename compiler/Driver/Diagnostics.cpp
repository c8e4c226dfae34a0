//===- Diagnostics.cpp - how ds-compile shows diagnostics -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Diagnostics.h"

#include "compiler/Driver/Terminal.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MemoryBuffer.h"

namespace ds {

/// Adds to `place` what `location` knows and nothing before it knew.
static void collect(mlir::Location location, SourcePlace &place) {
  llvm::TypeSwitch<mlir::Location>(location)
      .Case([&](mlir::FileLineColLoc file) {
        if (!place.file.empty())
          return;
        place.file = file.getFilename().str();
        place.line = file.getLine();
        place.column = file.getColumn();
      })
      .Case([&](mlir::NameLoc name) {
        if (place.node.empty())
          place.node = name.getName().str();
        collect(name.getChildLoc(), place);
      })
      .Case([&](mlir::FusedLoc fused) {
        if (auto type = llvm::dyn_cast_if_present<mlir::StringAttr>(
                fused.getMetadata()))
          if (place.opType.empty() && place.node.empty())
            place.opType = type.str();
        for (mlir::Location part : fused.getLocations())
          collect(part, place);
      })
      .Case([&](mlir::CallSiteLoc call) {
        collect(call.getCallee(), place);
        collect(call.getCaller(), place);
      });
}

SourcePlace placeOf(mlir::Location location) {
  SourcePlace place;
  collect(location, place);
  return place;
}

std::string toString(const SourcePlace &place) {
  std::string text = place.file;
  if (place.line)
    text +=
        ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  if (!place.node.empty()) {
    text += (text.empty() ? "node \"" : ": node \"") + place.node + "\"";
    if (!place.opType.empty())
      text += " (" + place.opType + ")";
  }
  return text;
}

DiagnosticRenderer::DiagnosticRenderer(Progress &progress, bool quiet)
    : progress(progress), quiet(quiet), colors(mayColor(llvm::errs())) {}

void DiagnosticRenderer::attach(mlir::MLIRContext &context) {
  context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    render(diagnostic);
    return mlir::success();
  });
}

void DiagnosticRenderer::render(mlir::Diagnostic &diagnostic) {
  mlir::DiagnosticSeverity severity = diagnostic.getSeverity();
  if (quiet && severity != mlir::DiagnosticSeverity::Error)
    return;
  std::lock_guard lock(mutex);
  print(severity, placeOf(diagnostic.getLocation()), diagnostic.str());
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    print(mlir::DiagnosticSeverity::Note, placeOf(note.getLocation()),
          note.str());
}

void DiagnosticRenderer::error(const llvm::Twine &message) {
  std::lock_guard lock(mutex);
  print(mlir::DiagnosticSeverity::Error, {}, message.str());
}

void DiagnosticRenderer::warning(const llvm::Twine &message) {
  std::lock_guard lock(mutex);
  if (!quiet)
    print(mlir::DiagnosticSeverity::Warning, {}, message.str());
}

void DiagnosticRenderer::say(const llvm::Twine &message) {
  std::lock_guard lock(mutex);
  progress.clear();
  llvm::errs() << message << '\n';
}

static std::pair<llvm::StringRef, llvm::raw_ostream::Colors>
styleOf(mlir::DiagnosticSeverity severity) {
  switch (severity) {
  case mlir::DiagnosticSeverity::Error:
    return {"error: ", llvm::raw_ostream::RED};
  case mlir::DiagnosticSeverity::Warning:
    return {"warning: ", llvm::raw_ostream::MAGENTA};
  case mlir::DiagnosticSeverity::Note:
    return {"note: ", llvm::raw_ostream::CYAN};
  case mlir::DiagnosticSeverity::Remark:
    return {"remark: ", llvm::raw_ostream::BLUE};
  }
  return {"", llvm::raw_ostream::WHITE};
}

void DiagnosticRenderer::print(mlir::DiagnosticSeverity severity,
                               const SourcePlace &place,
                               llvm::StringRef message) {
  progress.clear();
  llvm::raw_ostream &out = llvm::errs();
  auto [word, color] = styleOf(severity);
  if (colors)
    out.changeColor(color, /*Bold=*/true);
  out << word;
  if (colors)
    out.resetColor();
  std::string where = toString(place);
  if (!where.empty())
    out << where << ": ";
  out << message << '\n';
  if (severity != mlir::DiagnosticSeverity::Note)
    printSourceLine(place);
  out.flush();
}

/// Shows the line of a text file and a mark below the column.
void DiagnosticRenderer::printSourceLine(const SourcePlace &place) {
  if (!place.line || !place.column || place.file.empty())
    return;
  auto buffer = llvm::MemoryBuffer::getFile(place.file, /*IsText=*/true);
  if (!buffer)
    return;
  llvm::StringRef rest = (*buffer)->getBuffer(), line;
  for (unsigned i = 0; i < place.line; ++i) {
    if (rest.empty())
      return;
    std::tie(line, rest) = rest.split('\n');
  }
  // Lines nobody reads on a terminal, and what is no text at all.
  constexpr size_t LongestShown = 400;
  if (line.size() > LongestShown || place.column > line.size() + 1 ||
      line.contains('\0'))
    return;
  llvm::raw_ostream &out = llvm::errs();
  out << line << '\n';
  for (char c : line.take_front(place.column - 1))
    out << (c == '\t' ? '\t' : ' ');
  if (colors)
    out.changeColor(llvm::raw_ostream::GREEN, /*Bold=*/true);
  out << '^';
  if (colors)
    out.resetColor();
  out << '\n';
}

} // namespace ds
