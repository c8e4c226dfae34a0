//===- Options.cpp - the command line of ds-compile -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CLI11 takes the words apart; names, values and messages are ours, so that
// every wrong use reads alike. OptionTable.cpp holds every option, for the
// parser and for --help. CLI11 throws, hence the one file here built with
// exceptions.
//
//===----------------------------------------------------------------------===//
#include "compiler/Driver/Options.h"

#include "compiler/Driver/OptionsInternal.h"
#include "compiler/Driver/Suggest.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Threading.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <map>

namespace ds {

namespace {

using Values = OptionValues;

std::string dashed(const OptionRow &row) {
  return row.name[0] ? std::string("--") + row.name
                     : std::string("-") + row.shortName;
}

std::string keyOf(const OptionRow &row) {
  return row.name[0] ? row.name : std::string(1, row.shortName);
}

UsageError missing(llvm::StringRef what, llvm::StringRef needs) {
  return {"'" + what.str() + "' needs " + needs.str() +
          ", which this build does not have"};
}

} // namespace

/// Adds every option to the parser; its values land in `values`.
static void declareOptions(CLI::App &app, Values &values,
                           std::vector<std::string> &models) {
  for (const OptionRow &row : optionTable()) {
    std::vector<std::string> &slot = values[keyOf(row)];
    std::string names;
    if (row.shortName)
      names = std::string("-") + row.shortName;
    if (row.name[0])
      names += (names.empty() ? "--" : ",--") + std::string(row.name);
    switch (row.arity) {
    case Arity::Flag:
    case Arity::OptionalValue:
      // A flag's value only comes with '=', so a bare one never eats the model.
      if (row.arity == Arity::OptionalValue)
        names += "{-}";
      app.add_flag(names, slot);
      break;
    case Arity::Once:
    case Arity::Many:
      app.add_option(names, slot)
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      break;
    }
  }
  for (const MissingRow &row : missingTable())
    for (llvm::StringRef name : row.names)
      app.add_option("--" + name.str(), values[name.str()])
          ->expected(0, 1)
          ->allow_extra_args(false);
  app.add_option("MODEL", models)->expected(-1);
}

/// What is wrong with the words CLI11 could not place, if anything.
static std::optional<UsageError>
checkUnknown(const std::vector<std::string> &words) {
  std::vector<std::string> known;
  for (const OptionRow &row : optionTable()) {
    if (row.name[0])
      known.push_back(std::string("--") + row.name);
    if (row.shortName)
      known.push_back(std::string("-") + row.shortName);
  }
  for (const MissingRow &row : missingTable())
    for (llvm::StringRef name : row.names)
      known.push_back("--" + name.str());
  llvm::SmallVector<llvm::StringRef> candidates(known.begin(), known.end());
  for (llvm::StringRef word : words) {
    llvm::StringRef name = word.split('=').first;
    if (word.starts_with("-") && word != "--")
      return UsageError{"unknown option '" + name.str() + "'" +
                        didYouMean(name, candidates)};
  }
  return std::nullopt;
}

static bool parseExtent(llvm::StringRef text, int64_t &extent) {
  return !text.empty() && llvm::all_of(text, llvm::isDigit) &&
         !text.getAsInteger(10, extent);
}

std::optional<UsageError>
parseShape(const std::string &text,
           std::pair<std::string, std::vector<int64_t>> &shape) {
  auto [name, extents] = llvm::StringRef(text).rsplit('=');
  if (name.empty() || extents.empty())
    return UsageError{"'--shape' expects NAME=1x3x224x224, found '" + text +
                      "'"};
  llvm::SmallVector<llvm::StringRef> parts;
  extents.split(parts, 'x');
  shape = {name.str(), {}};
  for (llvm::StringRef part : parts) {
    int64_t extent = -1;
    if (part != "?" && !parseExtent(part, extent))
      return UsageError{"'--shape' of input '" + name.str() +
                        "' expects extents such as 1x3x224x224, found '" +
                        part.str() + "' in '" + extents.str() + "'"};
    shape.second.push_back(extent);
  }
  return std::nullopt;
}

std::optional<UsageError> parseDim(const std::string &text,
                                   std::pair<std::string, int64_t> &dim) {
  auto [name, extent] = llvm::StringRef(text).rsplit('=');
  if (name.empty() || !parseExtent(extent, dim.second))
    return UsageError{"'--dim' expects NAME=N with a number N, found '" + text +
                      "'"};
  dim.first = name.str();
  return std::nullopt;
}

constexpr std::pair<llvm::StringLiteral, ExtensionPoint> Points[] = {
    {"after-import", ExtensionPoint::AfterImport},
    {"after-autodiff", ExtensionPoint::AfterAutodiff},
    {"before-fusion", ExtensionPoint::BeforeFusion},
    {"before-codegen", ExtensionPoint::BeforeCodegen},
};

constexpr std::pair<llvm::StringLiteral, EmitLevel> Levels[] = {
    {"exe", EmitLevel::Program},   {"lib", EmitLevel::Library},
    {"obj", EmitLevel::Object},    {"llvm", EmitLevel::LLVM},
    {"linalg", EmitLevel::Linalg}, {"exec", EmitLevel::Exec},
    {"nn", EmitLevel::NN},
};

/// The value that `name` stands for in a table of names, or none.
template <typename Table>
static auto lookUp(const Table &table, llvm::StringRef name)
    -> std::optional<decltype(table[0].second)> {
  for (const auto &[known, value] : table)
    if (known == name)
      return value;
  return std::nullopt;
}

template <typename Table>
static llvm::SmallVector<llvm::StringRef> namesOf(const Table &table) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &[name, value] : table)
    names.push_back(name);
  return names;
}

const char *nameOf(ExtensionPoint point) {
  for (const auto &[name, value] : Points)
    if (value == point)
      return name.data();
  return "";
}

const char *nameOf(EmitLevel level) {
  for (const auto &[name, value] : Levels)
    if (value == level)
      return name.data();
  return "";
}

std::optional<UsageError> parsePassAtPoint(const std::string &text,
                                           PassAtPoint &pass) {
  auto [point, pipeline] = llvm::StringRef(text).split('=');
  if (point.empty() || pipeline.empty())
    return UsageError{"'--at' expects POINT=PASS, found '" + text + "'"};
  auto found = lookUp(Points, point);
  if (!found)
    return UsageError{"'--at' names an unknown point: " +
                      expectedOneOf(point, namesOf(Points))};
  pass = {*found, pipeline.str()};
  return std::nullopt;
}

/// Takes the values of the options that choose a target.
static std::optional<UsageError> readTarget(Values &values,
                                            DriverOptions &options) {
  if (!values["target"].empty()) {
    llvm::SmallVector<llvm::StringRef> devices;
    llvm::StringRef(values["target"][0]).split(devices, ',');
    for (llvm::StringRef device : devices)
      if (device != "cpu" && device != "cuda")
        return UsageError{"'--target' is unknown: " +
                          expectedOneOf(device, {"cpu", "cuda"})};
    if (llvm::is_contained(devices, "cuda"))
      return missing("--target " + values["target"][0],
                     "code generation for GPUs");
  }
  if (!values["target-cpu"].empty())
    options.targetCpu = values["target-cpu"][0];
  if (!values["O"].empty()) {
    llvm::StringRef level = values["O"][0];
    if (level.getAsInteger(10, options.optLevel) || options.optLevel < 0 ||
        options.optLevel > 3)
      return UsageError{"'-O' expects a level from 0 to 3, found '" +
                        level.str() + "'"};
  }
  options.jobs =
      std::max(1u, llvm::hardware_concurrency().compute_thread_count());
  if (!values["jobs"].empty()) {
    llvm::StringRef count = values["jobs"][0];
    if (count.getAsInteger(10, options.jobs) || options.jobs < 1 ||
        options.jobs > 1024)
      return UsageError{"'--jobs' expects a number from 1 to 1024, found '" +
                        count.str() + "'"};
  }
  return std::nullopt;
}

/// Takes the values of the options that describe the model.
static std::optional<UsageError> readModel(Values &values,
                                           DriverOptions &options) {
  for (const std::string &text : values["shape"])
    if (auto error = parseShape(text, options.shapes.emplace_back()))
      return error;
  for (const std::string &text : values["dim"])
    if (auto error = parseDim(text, options.dims.emplace_back()))
      return error;
  for (size_t i = 0; i < options.shapes.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (options.shapes[i].first == options.shapes[j].first)
        return UsageError{"'--shape' of input '" + options.shapes[i].first +
                          "' is given twice"};
  for (size_t i = 0; i < options.dims.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (options.dims[i].first == options.dims[j].first)
        return UsageError{"'--dim' of '" + options.dims[i].first +
                          "' is given twice"};
  for (const std::string &text : values["at"])
    if (auto error = parsePassAtPoint(text, options.passesAt.emplace_back()))
      return error;
  return std::nullopt;
}

/// Adds what the file of --config says and the command line does not.
static std::optional<UsageError> readConfig(Values &values) {
  if (values["config"].empty())
    return std::nullopt;
  const std::string &path = values["config"].front();
  std::ifstream file(path);
  if (!file)
    return UsageError{"'--config': cannot read '" + path + "'"};
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(file);
  } catch (const CLI::ParseError &error) {
    return UsageError{"'--config' of '" + path + "': " + error.what()};
  }
  llvm::SmallVector<llvm::StringRef> known;
  for (const OptionRow &row : optionTable())
    if (llvm::StringRef(row.group) == "Training")
      known.push_back(row.name);
  for (const CLI::ConfigItem &item : items) {
    // Marks of a section, which all keys may stand in.
    if (item.name == "++" || item.name == "--")
      continue;
    if (!llvm::is_contained(known, item.name))
      return UsageError{"'--config' of '" + path + "': unknown key '" +
                        item.name + "'" + didYouMean(item.name, known)};
    if (!values[item.name].empty())
      continue;
    for (const std::string &input : item.inputs)
      if (input != "false")
        values[item.name].push_back(input);
  }
  return std::nullopt;
}

/// Refuses combinations that have no meaning.
static std::optional<UsageError>
checkTogether(const DriverOptions &options,
              const std::vector<std::string> &models) {
  if (options.help || options.version || options.listOps || options.listPasses)
    return std::nullopt;
  if (models.empty())
    return UsageError{
        "expected a model, MODEL.onnx or MODEL.mlir, found none (see --help)"};
  if (models.size() > 1)
    return UsageError{"expected one model, found '" + models[0] + "' and '" +
                      models[1] + "'"};
  bool text = options.emit <= EmitLevel::LLVM;
  if (options.output == "-" && !text)
    return UsageError{"'-o -' needs a text level, such as --emit nn; a program "
                      "is written to a file"};
  bool reports = options.memoryReport || options.timePasses ||
                 options.explain == "-" || options.json;
  if (text && reports && (options.output.empty() || options.output == "-"))
    return UsageError{"a report and the text of '--emit " +
                      std::string(nameOf(options.emit)) +
                      "' would both go to stdout: give -o FILE"};
  if ((options.memoryReport || options.explain) &&
      options.emit < EmitLevel::LLVM)
    return UsageError{
        "'" + std::string(options.explain ? "--explain" : "--memory-report") +
        "' tells of generated code, which '--emit " + nameOf(options.emit) +
        "' stops short of"};
  if (options.inspect)
    for (auto [given, name] :
         {std::pair(!options.output.empty(), "-o"),
          std::pair(!options.passesAt.empty(), "--at"),
          std::pair(!options.shapes.empty(), "--shape"),
          std::pair(!options.dims.empty(), "--dim"),
          std::pair(!options.weights.empty(), "--weights"),
          std::pair(options.timePasses, "--time-passes"),
          std::pair(options.memoryReport, "--memory-report"),
          std::pair(options.explain.has_value(), "--explain")})
      if (given)
        return UsageError{std::string("'--inspect' compiles nothing: '") +
                          name + "' has no meaning with it"};
  if (options.checkGradients)
    for (auto [given, name] :
         {std::pair(!options.output.empty(), "-o"),
          std::pair(options.emit != EmitLevel::Program, "--emit"),
          std::pair(options.inspect, "--inspect"),
          std::pair(options.training.has_value(), "--train"),
          std::pair(options.timePasses, "--time-passes"),
          std::pair(options.memoryReport, "--memory-report"),
          std::pair(options.explain.has_value(), "--explain")})
      if (given)
        return UsageError{
            std::string("'--check-gradients' keeps no program: '") + name +
            "' has no meaning with it"};
  return std::nullopt;
}

std::optional<UsageError> parseOptions(int argc, char **argv,
                                       DriverOptions &options) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  Values values;
  std::vector<std::string> models;
  declareOptions(app, values, models);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ArgumentMismatch &error) {
    // The text is "--name: 1 required TEXT missing".
    return UsageError{"'" +
                      llvm::StringRef(error.what()).split(':').first.str() +
                      "' needs a value"};
  } catch (const CLI::ParseError &error) {
    return UsageError{error.what()};
  }
  if (auto error = checkUnknown(app.remaining()))
    return error;
  for (const MissingRow &row : missingTable())
    for (llvm::StringRef name : row.names)
      if (app.count("--" + name.str()))
        return missing("--" + name.str(), row.needs);
  for (const OptionRow &row : optionTable())
    if (row.arity == Arity::Once && values[keyOf(row)].size() > 1)
      return UsageError{"'" + dashed(row) + "' is given twice"};

  if (auto error = readConfig(values))
    return error;
  auto given = [&](const char *name) { return !values[name].empty(); };
  auto last = [&](const char *name) {
    return given(name) ? values[name].back() : std::string();
  };
  if (given("emit")) {
    std::string level = last("emit");
    if (level == "ptx")
      return missing("--emit ptx", "code generation for GPUs");
    auto found = lookUp(Levels, level);
    if (!found)
      return UsageError{"'--emit' names an unknown level: " +
                        expectedOneOf(level, namesOf(Levels))};
    options.emit = *found;
  }
  if (auto error = readTarget(values, options))
    return error;
  if (auto error = readModel(values, options))
    return error;
  if (auto error = readTraining(values, options))
    return error;

  options.model = models.empty() ? "" : models[0];
  options.output = last("o");
  options.weights = last("weights");
  options.plugins = values["pass-plugin"];
  options.dumpDirectory = last("dump-ir");
  options.traceFile = last("trace");
  if (given("explain"))
    options.explain = last("explain");
  options.inspect = given("inspect");
  options.memoryReport = given("memory-report");
  options.timePasses = given("time-passes");
  options.json = given("json");
  options.checkGradients = given("check-gradients");
  options.listOps = given("list-ops");
  options.listPasses = given("list-passes");
  options.verbose = given("verbose");
  options.quiet = given("quiet");
  options.help = given("help");
  options.version = given("version");
  return checkTogether(options, models);
}

} // namespace ds
