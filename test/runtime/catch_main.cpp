//===- catch_main.cpp - main of the runtime's tests -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

/// Memory that no machine has must be refused with null, as without sanitizers.
extern "C" const char *__asan_default_options() {
  return "allocator_may_return_null=1";
}
