//===- status.h - errors as values ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime's error type: a code, a message, and the place it comes from.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_BASE_STATUS_H
#define DS_RUNTIME_BASE_STATUS_H

#include "ds/runtime.h"

#include <cassert>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

/// Success, or what went wrong. Messages start in lower case, have no final
/// stop, and name what was expected and found.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(ds_status_t code, std::string message,
         std::source_location origin = std::source_location::current())
      : statusCode(code), text(std::move(message)), place(origin) {
    assert(code != DS_OK && "success has no message");
  }

  bool ok() const { return statusCode == DS_OK; }
  ds_status_t code() const { return statusCode; }
  const std::string &message() const { return text; }
  const std::source_location &origin() const { return place; }

  /// The same error with "`context`: " in front of its message; success stays
  /// what it is.
  Status withContext(std::string_view context) && {
    if (!ok())
      text.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }

private:
  ds_status_t statusCode = DS_OK;
  std::string text;
  std::source_location place;
};

/// A value, or the error that stood in its way.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : stored(std::move(value)) {}
  Result(Status error) : failure(std::move(error)) {
    assert(!failure.ok() && "a result without a value needs an error");
  }

  bool ok() const { return stored.has_value(); }
  /// The error; only when there is no value.
  Status takeError() { return std::move(failure); }
  T &operator*() {
    assert(ok() && "a result that is an error has no value");
    return *stored;
  }
  T *operator->() { return &**this; }

private:
  std::optional<T> stored;
  Status failure;
};

} // namespace ds

#endif // DS_RUNTIME_BASE_STATUS_H
