//===- observer.h - looks at kernel launches ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times launches for a profile and searches what they wrote for NaN and Inf.
// Absent unless asked for.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_INSTANCE_OBSERVER_H
#define DS_RUNTIME_INSTANCE_OBSERVER_H

#include "ds/model.h"
#include "runtime/base/status.h"

#include <string>
#include <vector>

namespace ds {

/// Belongs to one instance; not thread-safe.
class Observer {
public:
  /// `target` is what the running code was made for.
  Observer(const ds_model_t &model, const ds_function_t &function,
           const char *target, bool checkNumerics, bool profile)
      : model(model), function(function), target(target),
        checkNumerics(checkNumerics), profile(profile) {}

  void beginRun();
  void endRun();

  /// Runs the kernel and looks at it. The error, if any, names the launch's
  /// nodes, what was found where, and the ranges of its inputs.
  Status launch(int32_t index, void (*kernel)(void **arguments),
                void **arguments);

  bool profiles() const { return profile; }

  /// All launches and runs so far, in the trace event format of Chrome and
  /// Perfetto.
  std::string traceJson() const;

private:
  struct Event {
    int64_t begin; ///< nanoseconds
    int64_t end;
    int32_t launch; ///< -1: a whole run
    int32_t run;
  };

  const ds_model_t &model;
  const ds_function_t &function;
  const char *target;
  bool checkNumerics;
  bool profile;
  int32_t run = -1;
  int64_t runBegin = 0;
  std::vector<Event> events;
};

} // namespace ds

#endif // DS_RUNTIME_INSTANCE_OBSERVER_H
