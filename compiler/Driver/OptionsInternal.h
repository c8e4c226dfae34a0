//===- OptionsInternal.h - the table of options ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_DRIVER_OPTIONSINTERNAL_H
#define DS_COMPILER_DRIVER_OPTIONSINTERNAL_H

#include "compiler/Driver/Options.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <map>

namespace ds {

/// How often an option may be given and whether a value follows.
enum class Arity { Flag, OptionalValue, Once, Many };

/// One option: how it is spelt, and its line in --help.
struct OptionRow {
  const char *group;
  /// Long name, without dashes; the key under which its values are kept.
  const char *name;
  /// One letter, or 0.
  char shortName;
  Arity arity;
  /// What stands for the value in --help.
  const char *value;
  const char *help;
};

/// Options of the tools' contract that need a part this build lacks: named, so
/// that nobody believes they had an effect.
struct MissingRow {
  const char *needs;
  llvm::SmallVector<llvm::StringRef> names;
};

/// Values by long name, in the order of the command line.
using OptionValues = std::map<std::string, std::vector<std::string>>;

/// Takes the values of the options that describe a training job.
std::optional<UsageError> readTraining(OptionValues &values,
                                       DriverOptions &options);

/// The options of the group "Training" that were given, as a file that --config
/// reads.
std::string spellTraining(const OptionValues &values);

/// Every option, grouped as in --help.
llvm::ArrayRef<OptionRow> optionTable();

/// Every option of the contract that is missing.
llvm::ArrayRef<MissingRow> missingTable();

} // namespace ds

#endif // DS_COMPILER_DRIVER_OPTIONSINTERNAL_H
