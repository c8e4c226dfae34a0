//===- describe.h - what the program is -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The texts of --describe and --version.
//===----------------------------------------------------------------------===//
#ifndef DS_RUNTIME_PROGRAM_DESCRIBE_H
#define DS_RUNTIME_PROGRAM_DESCRIBE_H

#include <string>

namespace ds {

/// Inputs, outputs, metadata and memory, for people.
std::string describeText();
/// The same and the memory plan as one JSON object.
std::string describeJson();
/// Versions of compiler and runtime, one a line.
std::string versionText();

} // namespace ds

#endif // DS_RUNTIME_PROGRAM_DESCRIBE_H
