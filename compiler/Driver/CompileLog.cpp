//===- CompileLog.cpp - what the compilation did, and when ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/CompileLog.h"

#include "compiler/Driver/OutputFile.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"

#include <atomic>
#include <nlohmann/json.hpp>

namespace ds {

/// Small numbers for threads, in the order in which they first report.
static unsigned threadNumber() {
  static std::atomic<unsigned> next{0};
  thread_local unsigned number = next++;
  return number;
}

static double seconds(CompileLog::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

CompileLog::CompileLog() : start(Clock::now()) {}

void CompileLog::record(llvm::StringRef category, llvm::StringRef name,
                        llvm::StringRef detail, Clock::time_point begin,
                        Clock::time_point end) {
  unsigned thread = threadNumber();
  std::lock_guard lock(mutex);
  entries.push_back(
      {category.str(), name.str(), detail.str(), begin, end, thread});
}

std::vector<CompileLog::Stage> CompileLog::summarize() const {
  std::lock_guard lock(mutex);
  std::vector<const Entry *> stages;
  for (const Entry &entry : entries)
    if (entry.category == "stage")
      stages.push_back(&entry);
  llvm::sort(stages, [](const Entry *a, const Entry *b) {
    return a->begin < b->begin;
  });

  std::vector<Stage> result;
  for (const Entry *stage : stages) {
    llvm::MapVector<llvm::StringRef, Part> parts;
    for (const Entry &entry : entries) {
      if (entry.category == "stage" || entry.begin < stage->begin ||
          entry.begin >= stage->end)
        continue;
      Part &part = parts[entry.name];
      part.name = entry.name;
      part.seconds += seconds(entry.end - entry.begin);
      ++part.count;
    }
    Stage &summary = result.emplace_back(
        Stage{stage->name, seconds(stage->end - stage->begin), {}});
    for (auto &[name, part] : parts)
      summary.parts.push_back(part);
    llvm::sort(summary.parts, [](const Part &a, const Part &b) {
      return a.seconds != b.seconds ? a.seconds > b.seconds : a.name < b.name;
    });
  }
  return result;
}

double CompileLog::totalSeconds() const {
  return seconds(Clock::now() - start);
}

void CompileLog::printTable(llvm::raw_ostream &out) const {
  double total = totalSeconds();
  auto row = [&](double time, llvm::StringRef indent, llvm::StringRef name,
                 unsigned count) {
    out << llvm::format("%10.1f %6.1f  ", 1000 * time,
                        total > 0 ? 100 * time / total : 0.0)
        << indent << name;
    if (count > 1)
      out << " x " << count;
    out << '\n';
  };
  out << "        ms      %  stage, and its parts (threads added up)\n";
  double known = 0;
  for (const Stage &stage : summarize()) {
    known += stage.seconds;
    row(stage.seconds, "", stage.name, 1);
    for (const Part &part : stage.parts)
      row(part.seconds, "  ", part.name, part.count);
  }
  row(std::max(0.0, total - known), "", "everything else", 1);
  row(total, "", "total", 1);
}

nlohmann::ordered_json CompileLog::toJson() const {
  nlohmann::ordered_json json;
  json["total_ms"] = 1000 * totalSeconds();
  nlohmann::ordered_json &stages = json["stages"] =
      nlohmann::ordered_json::array();
  for (const Stage &stage : summarize()) {
    nlohmann::ordered_json entry = {{"name", stage.name},
                                    {"ms", 1000 * stage.seconds}};
    nlohmann::ordered_json &parts = entry["parts"] =
        nlohmann::ordered_json::array();
    for (const Part &part : stage.parts)
      parts.push_back({{"name", part.name},
                       {"ms", 1000 * part.seconds},
                       {"count", part.count}});
    stages.push_back(std::move(entry));
  }
  return json;
}

llvm::Error CompileLog::writeTrace(llvm::StringRef path) const {
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  {
    std::lock_guard lock(mutex);
    for (const Entry &entry : entries) {
      nlohmann::ordered_json event = {
          {"name", entry.name},
          {"cat", entry.category},
          {"ph", "X"},
          {"ts", 1e6 * seconds(entry.begin - start)},
          {"dur", 1e6 * seconds(entry.end - entry.begin)},
          {"pid", 1},
          {"tid", entry.thread}};
      if (!entry.detail.empty())
        event["args"] = {{"on", entry.detail}};
      events.push_back(std::move(event));
    }
  }
  nlohmann::ordered_json trace = {{"displayTimeUnit", "ms"},
                                  {"traceEvents", std::move(events)}};
  return writeFileAtomically(path, [&](llvm::raw_ostream &out) {
    out << trace.dump(-1, ' ', false,
                      nlohmann::ordered_json::error_handler_t::replace)
        << '\n';
  });
}

} // namespace ds
