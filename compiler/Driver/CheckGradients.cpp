//===- CheckGradients.cpp - a model's gradients against differences -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --check-gradients: the model in f64, by its inputs and by what training would
// change. Each op's rule at the values of a run by the reference evaluator, and
// the whole model as compiled code.
//
//===----------------------------------------------------------------------===//
#include "compiler/Driver/Compilation.h"
#include "compiler/Driver/LoadedProgram.h"
#include "dialects/NN/NN.h"
#include "passes/Analysis/Evaluator.h"
#include "passes/Autodiff/Autodiff.h"
#include "passes/Autodiff/CheckOps.h"
#include "passes/Autodiff/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace ds {

using Json = nlohmann::ordered_json;
using mlir::func::FuncOp;

/// An op of more elements is not run again and again by plain loops.
static constexpr int64_t MaxElementsPerOp = int64_t{1} << 18;
static constexpr int WholeDirections = 8;
/// What an unknown extent is: not 1, which would broadcast.
static constexpr int64_t UnknownExtent = 2;

namespace {

struct GradientReport {
  std::vector<CheckedOp> ops;
  DifferencesOutcome whole;

  /// What was not compared is no error of an op, but one of the whole model.
  bool agrees() const {
    return whole.isSmooth && whole.agrees() &&
           llvm::all_of(ops, [](const CheckedOp &op) {
             return op.kind != CheckedOp::Kind::Compared || op.outcome.agrees();
           });
  }
};

} // namespace

static FuncOp modelOf(mlir::ModuleOp module) {
  for (auto function : module.getOps<FuncOp>())
    if (function.isPublic())
      return function;
  return {};
}

/// The default of an argument, or numbers in [0, 1); integers 0 or 1.
static HostTensor makeInput(FuncOp function, unsigned number, uint64_t &state) {
  auto type =
      llvm::cast<mlir::RankedTensorType>(function.getArgumentTypes()[number]);
  if (mlir::Attribute initial = function.getArgAttr(number, "ds.default")) {
    mlir::OpBuilder b(function.getContext());
    if (auto dense = llvm::dyn_cast<mlir::ElementsAttr>(initial))
      type = type.clone(dense.getShapedType().getShape());
    mlir::OwningOpRef<nn::ConstantOp> constant =
        nn::ConstantOp::create(b, function.getLoc(), type, initial);
    if (std::optional<HostTensor> known = getKnownValue(
            constant->getResult(), std::numeric_limits<int64_t>::max()))
      return *known;
  }
  llvm::SmallVector<int64_t> shape;
  for (int64_t extent : type.getShape())
    shape.push_back(mlir::ShapedType::isDynamic(extent) ? UnknownExtent
                                                        : extent);
  return makeRandomTensor(type.getElementType(), shape, 0, 1, state);
}

static const char *nameOf(CheckedOp::Kind kind) {
  switch (kind) {
  case CheckedOp::Kind::Compared:
    return "compared";
  case CheckedOp::Kind::NotSmooth:
    return "no derivative near these values";
  case CheckedOp::Kind::NoDerivative:
    return "no derivative rule";
  case CheckedOp::Kind::TooLarge:
    return "too large to be run by itself";
  case CheckedOp::Kind::InLoop:
    return "reads what a loop carries";
  }
  return "";
}

/// How far beyond its tolerance an op is; what was not compared is nowhere.
static double excess(const CheckedOp &op) {
  if (op.kind != CheckedOp::Kind::Compared)
    return -1;
  double ratio = op.outcome.error / op.outcome.tolerance;
  if (op.outcome.tolerance == 0)
    ratio = op.outcome.error == 0 ? 0 : HUGE_VAL;
  return std::isnan(ratio) ? HUGE_VAL : ratio;
}

static const CheckedOp *worstOf(llvm::ArrayRef<CheckedOp> ops) {
  const CheckedOp *worst = nullptr;
  for (const CheckedOp &op : ops)
    if (op.kind == CheckedOp::Kind::Compared &&
        (!worst || excess(op) > excess(*worst)))
      worst = &op;
  return worst;
}

static Json toJson(const DifferencesOutcome &outcome) {
  return {{"from_differences", outcome.fromDifferences},
          {"from_gradient", outcome.fromGradient},
          {"error", outcome.error},
          {"tolerance", outcome.tolerance},
          {"agrees", outcome.agrees()}};
}

static Json toJson(const CheckedOp &op) {
  SourcePlace place = placeOf(op.loc);
  Json json = {{"op", op.name},
               {"node", place.node},
               {"node_type", place.opType},
               {"place", toString(place)},
               {"status", nameOf(op.kind)}};
  if (op.kind == CheckedOp::Kind::Compared)
    json["comparison"] = toJson(op.outcome);
  return json;
}

/// "off by 2.1e-10, allowed is 1.0e-07", relative to the sizes of what is
/// summed up.
static std::string describe(const DifferencesOutcome &outcome) {
  return llvm::formatv("off by {0:e1}, allowed is {1:e1} (differences say "
                       "{2}, the gradient {3})",
                       outcome.error, outcome.tolerance,
                       outcome.fromDifferences, outcome.fromGradient)
      .str();
}

static std::string describe(const CheckedOp &op) {
  std::string place = toString(placeOf(op.loc));
  return "'" + op.name + "'" + (place.empty() ? "" : " at " + place);
}

static Json toJson(const GradientReport &report) {
  Json json;
  json["ops"] = Json::array();
  for (const CheckedOp &op : report.ops)
    json["ops"].push_back(toJson(op));
  const CheckedOp *worst = worstOf(report.ops);
  json["worst"] = worst ? toJson(*worst) : Json();
  json["whole"] = report.whole.isSmooth ? toJson(report.whole) : Json();
  json["directions"] = WholeDirections;
  json["agrees"] = report.agrees();
  return json;
}

static void print(const GradientReport &report, llvm::raw_ostream &out) {
  auto isCompared = [](const CheckedOp &op) {
    return op.kind == CheckedOp::Kind::Compared;
  };
  auto isWrong = [&](const CheckedOp &op) {
    return isCompared(op) && !op.outcome.agrees();
  };
  out << "ops, each at the values that reach it: "
      << llvm::count_if(report.ops, isCompared)
      << " compared with differences in f64, "
      << llvm::count_if(report.ops, isWrong) << " wrong\n";
  if (const CheckedOp *worst = worstOf(report.ops))
    out << "worst op: " << describe(*worst) << ": " << describe(worst->outcome)
        << '\n';
  for (const CheckedOp &op : report.ops)
    if (isWrong(op))
      out << "wrong: " << describe(op) << ": " << describe(op.outcome) << '\n';
    else if (!isCompared(op))
      out << "not compared: " << describe(op) << ": " << nameOf(op.kind)
          << '\n';
  out << "whole model, compiled in f64, along " << WholeDirections
      << " random directions: ";
  if (!report.whole.isSmooth)
    out << "not compared: every point near has a kink, or no value\n";
  else
    out << (report.whole.agrees() ? "agrees, " : "wrong, ")
        << describe(report.whole) << '\n';
}

/// Compiles the gradient, whose module gets the model itself as a second entry
/// point, and opens both.
ExitCode
Compilation::compileGradient(FuncOp model,
                             std::unique_ptr<LoadedProgram> &forward,
                             std::unique_ptr<LoadedProgram> &backward) {
  llvm::SmallString<128> path;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("ds-gradients", "so", path))
    return fail(llvm::createStringError(
        error, "cannot write a temporary file: " + error.message()));
  llvm::FileRemover remover(path);
  DriverOptions inner = options;
  inner.emit = EmitLevel::Library;
  inner.output = path.str();
  inner.json = inner.timePasses = false;
  Compilation nested(inner, context, diagnostics, progress, log, dumper);
  nested.module = llvm::cast<mlir::ModuleOp>((*module)->clone());
  if (ExitCode code =
          nested.runPasses("gradients",
                           [](mlir::OpPassManager &pm) {
                             pm.addPass(createRequestGradientsPass());
                           });
      code != ExitCode::Success)
    return code;
  FuncOp copy = model.clone();
  copy.setSymName("forward");
  mlir::SymbolTable(*nested.module).insert(copy);
  std::string name = copy.getSymName().str();
  if (ExitCode code = nested.compile(); code != ExitCode::Success)
    return code;
  for (auto [function, program] : {std::pair(llvm::StringRef(name), &forward),
                                   std::pair(model.getSymName(), &backward)}) {
    llvm::Expected<std::unique_ptr<LoadedProgram>> opened =
        LoadedProgram::open(path.str().str(), function);
    if (!opened)
      return fail(opened.takeError());
    *program = std::move(*opened);
  }
  return ExitCode::Success;
}

ExitCode Compilation::checkGradients() {
  for (auto check : {&Compilation::checkTarget, &Compilation::checkPassesAt,
                     &Compilation::load})
    if (ExitCode code = (this->*check)(); code != ExitCode::Success)
      return code;
  if (ExitCode code = runPasses(
          "f64",
          [](mlir::OpPassManager &pm) { pm.addPass(createWidenFloatsPass()); });
      code != ExitCode::Success)
    return code;
  FuncOp model = modelOf(*module);
  // First, since an op without derivative is found in no time.
  std::unique_ptr<LoadedProgram> forward, backward;
  if (ExitCode code = compileGradient(model, forward, backward);
      code != ExitCode::Success)
    return code;

  llvm::SmallVector<HostTensor> point;
  uint64_t state = 1;
  for (unsigned i = 0; i < model.getNumArguments(); ++i)
    point.push_back(makeInput(model, i, state));
  GradientReport report;
  {
    Stage stage(*this, "differences, op by op");
    mlir::FailureOr<std::vector<CheckedOp>> ops =
        checkOps(model, point, MaxElementsPerOp);
    if (mlir::failed(ops))
      return ExitCode::Failed;
    report.ops = std::move(*ops);
  }
  {
    Stage stage(*this, "differences of the whole model");
    llvm::SmallVector<mlir::Type> types(model.getResultTypes()), gradients;
    llvm::append_range(gradients, types);
    for (mlir::Type type : model.getArgumentTypes())
      if (isDifferentiable(type))
        gradients.push_back(type);
    auto run =
        [&](LoadedProgram &program, mlir::TypeRange of,
            llvm::ArrayRef<HostTensor> inputs,
            llvm::SmallVectorImpl<HostTensor> &results) -> llvm::LogicalResult {
      if (llvm::Error error = program.run(inputs, of, results))
        return mlir::emitError(model.getLoc(),
                               llvm::toString(std::move(error)));
      return mlir::success();
    };
    auto value = [&](llvm::ArrayRef<HostTensor> inputs,
                     llvm::SmallVectorImpl<HostTensor> &results) {
      return run(*forward, types, inputs, results);
    };
    auto slopes = [&](llvm::ArrayRef<HostTensor> inputs,
                      llvm::SmallVectorImpl<HostTensor> &results) {
      if (mlir::failed(run(*backward, gradients, inputs, results)))
        return mlir::failure();
      results.erase(results.begin(), results.begin() + types.size());
      return mlir::success();
    };
    mlir::FailureOr<DifferencesOutcome> outcome =
        compareWithDifferences({value, slopes, point, WholeDirections, state});
    if (mlir::failed(outcome))
      return ExitCode::Failed;
    report.whole = *outcome;
  }
  if (options.json)
    llvm::outs() << toJson(report).dump(2, ' ', false,
                                        Json::error_handler_t::replace)
                 << '\n';
  else
    print(report, llvm::outs());
  return report.agrees() ? ExitCode::Success : ExitCode::Failed;
}

} // namespace ds
