//===- Terminal.cpp - what the user's terminal can show -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Driver/Terminal.h"

#include "llvm/Support/Format.h"

#include <cstdlib>
#include <unistd.h>

namespace ds {

bool mayColor(llvm::raw_ostream &stream) {
  // https://no-color.org: set and not empty.
  const char *noColor = std::getenv("NO_COLOR");
  return (!noColor || !*noColor) && stream.has_colors();
}

Progress::Progress(bool enabled)
    : enabled(enabled && isatty(STDERR_FILENO)),
      start(std::chrono::steady_clock::now()) {
  if (this->enabled)
    painter = std::thread([this] { show(); });
}

Progress::~Progress() {
  if (!enabled)
    return;
  {
    std::lock_guard lock(mutex);
    finished = true;
  }
  wake.notify_all();
  painter.join();
  eraseLine();
}

void Progress::set(llvm::StringRef what) {
  if (!enabled)
    return;
  std::lock_guard lock(mutex);
  current = what.str();
}

void Progress::clear() {
  if (!enabled)
    return;
  std::lock_guard lock(mutex);
  eraseLine();
}

void Progress::show() {
  constexpr std::chrono::milliseconds FirstAfter(1000), Every(200);
  std::unique_lock lock(mutex);
  std::chrono::milliseconds pause = FirstAfter;
  while (!wake.wait_for(lock, pause, [this] { return finished; })) {
    pause = Every;
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start;
    llvm::errs() << "\r\033[K" << current
                 << llvm::format(" (%.0f s)", elapsed.count());
    llvm::errs().flush();
    visible = true;
  }
}

void Progress::eraseLine() {
  if (!visible)
    return;
  llvm::errs() << "\r\033[K";
  llvm::errs().flush();
  visible = false;
}

} // namespace ds
