//===- TrainingJob.cpp - from a forward model to a training job -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Training/TrainingJob.h"

#include "compiler/Training/Losses.h"
#include "compiler/Training/Parameters.h"
#include "compiler/Training/StepFunction.h"
#include "dialects/NN/NN.h"
#include "dialects/Train/Optimizers.h"
#include "passes/Autodiff/Autodiff.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace ds {
namespace {

StringRef nameOf(DictionaryAttr attributes) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("ds.name") : StringAttr();
  return name ? name.getValue() : "";
}
StringRef roleOf(DictionaryAttr attributes) {
  auto role =
      attributes ? attributes.getAs<StringAttr>("ds.role") : StringAttr();
  return role ? role.getValue() : "";
}

/// An import of the model, taken apart: its body is moved to a function of
/// another signature.
class ModelFunction {
public:
  ModelFunction(func::FuncOp main, ArrayRef<StringRef> states);

  /// The number of the result that meets the truth. Fails with a diagnostic.
  FailureOr<unsigned> findOutput(const TrainingOptions &options);

  /// Makes a function with these arguments: the data of the model, then
  /// `extra`, then those of `parameters`, then the key if the model takes one;
  /// moves the body there, and erases the old function. The insertion point of
  /// `b` is at the end of the new body.
  func::FuncOp moveTo(OpBuilder &b, StringRef name, ArrayRef<Type> extra,
                      ArrayRef<Parameter> kept);

  func::FuncOp main;
  SmallVector<unsigned> data; ///< arguments
  std::optional<unsigned> key;
  SmallVector<Parameter> parameters;
  unsigned firstParameter;
  SmallVector<Value> results; ///< of the model, also once it has moved
};

ModelFunction::ModelFunction(func::FuncOp main, ArrayRef<StringRef> states)
    : main(main) {
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    if (roleOf(main.getArgAttrDict(i)) == "hyper")
      key = i;
    else
      data.push_back(i);
  }
  firstParameter = main.getNumArguments();
  parameters = liftParameters(main, states);
  llvm::append_range(results,
                     main.getBody().front().getTerminator()->getOperands());
}

FailureOr<unsigned> ModelFunction::findOutput(const TrainingOptions &options) {
  SmallVector<unsigned> outputs;
  std::string names;
  for (unsigned i = 0; i < main.getNumResults(); ++i) {
    DictionaryAttr attributes = main.getResultAttrDict(i);
    if (roleOf(attributes) == "state")
      continue;
    if (!options.output.empty() && nameOf(attributes) == options.output)
      return i;
    outputs.push_back(i);
    names += (names.empty() ? "\"" : ", \"") + nameOf(attributes).str() + "\"";
  }
  if (!options.output.empty())
    return main.emitError("--output names \"")
           << options.output << "\", which is no output of the model: expected "
           << (outputs.size() > 1 ? "one of " : "") << names;
  if (outputs.size() != 1)
    return main.emitError("the model has ")
           << outputs.size()
           << " outputs: expected --output with the one that meets the truth, "
              "one of "
           << names;
  return outputs.front();
}

func::FuncOp ModelFunction::moveTo(OpBuilder &b, StringRef name,
                                   ArrayRef<Type> extra,
                                   ArrayRef<Parameter> kept) {
  Location loc = main.getLoc();
  SmallVector<Type> types;
  for (unsigned i : data)
    types.push_back(main.getArgumentTypes()[i]);
  llvm::append_range(types, extra);
  for (const Parameter &parameter : kept)
    types.push_back(parameter.type);
  if (key)
    types.push_back(main.getArgumentTypes()[*key]);
  b.setInsertionPointAfter(main);
  auto function =
      func::FuncOp::create(b, loc, name, b.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  Block &old = main.getBody().front();
  entry->getOperations().splice(entry->end(), old.getOperations());
  entry->getTerminator()->erase();
  for (auto [position, argument] : llvm::enumerate(data))
    old.getArgument(argument).replaceAllUsesWith(entry->getArgument(position));
  b.setInsertionPointToStart(entry);
  unsigned first = data.size() + extra.size();
  for (auto [number, parameter] : llvm::enumerate(parameters)) {
    BlockArgument argument = old.getArgument(firstParameter + number);
    const Parameter *found = llvm::find_if(kept, [&](const Parameter &other) {
      return other.name == parameter.name;
    });
    if (found != kept.end())
      argument.replaceAllUsesWith(
          entry->getArgument(first + (found - kept.begin())));
    else if (!argument.use_empty())
      argument.replaceAllUsesWith(nn::ConstantOp::create(
          b, argument.getLoc(), parameter.type, parameter.initial));
  }
  if (key)
    old.getArgument(*key).replaceAllUsesWith(entry->getArguments().back());
  // The results may be arguments, or constants made just now.
  for (Value &result : results)
    if (auto argument = dyn_cast<BlockArgument>(result);
        argument && argument.getOwner() == &old) {
      auto position = llvm::find(data, argument.getArgNumber());
      assert(position != data.end() && "an output that is a parameter");
      result = entry->getArgument(position - data.begin());
    }
  b.setInsertionPointToEnd(entry);
  return function;
}

class JobBuilder {
public:
  JobBuilder(ModuleOp model, ModuleOp inference, const TrainingOptions &options)
      : model(model), inference(inference), options(options),
        b(model.getContext()) {}

  FailureOr<TrainingSummary> build();

private:
  LogicalResult findLabel(func::FuncOp main, RankedTensorType output);
  LogicalResult buildForward();
  LogicalResult buildEvaluate();
  void dropUnreached(ModelFunction &function, unsigned output);
  void addMetadata(RankedTensorType output);
  DictionaryAttr namedData(StringRef name) {
    return b.getDictionaryAttr(
        {b.getNamedAttr("ds.name", b.getStringAttr(name))});
  }

  ModuleOp model, inference;
  const TrainingOptions &options;
  OpBuilder b;
  LossFunction loss;
  RankedTensorType label; ///< null where the model makes its loss itself
  SmallVector<StringRef> states;
  TrainingSummary summary;
  /// The input of `@evaluate` that says which examples count.
  std::string maskName = "mask";
  bool hasMask = false;
};

} // namespace

LogicalResult JobBuilder::findLabel(func::FuncOp main,
                                    RankedTensorType output) {
  if (options.loss == "none") {
    if (output.getRank() == 0 && isa<FloatType>(output.getElementType()))
      return success();
    return main.emitError("--loss none expects a model that ends in a loss, a "
                          "scalar of floats, found an output of type ")
           << output;
  }
  std::string error;
  label = labelType(options, output, error);
  if (!label)
    return main.emitError(error);
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (nameOf(main.getArgAttrDict(i)) == options.label)
      return main.emitError("the model has an input \"")
             << options.label
             << "\", as the truth is called: give the truth another name with "
                "--label";
  return success();
}

/// Takes parameters out of which nothing that the loss depends on is computed
/// by differentiable ops.
void JobBuilder::dropUnreached(ModelFunction &function, unsigned output) {
  Block &body = function.main.getBody().front();
  SmallVector<Operation *> ops = llvm::to_vector(llvm::map_range(
      body.without_terminator(), [](Operation &op) { return &op; }));
  SmallVector<Parameter> reached;
  for (auto [number, parameter] : llvm::enumerate(function.parameters)) {
    Value argument = body.getArgument(function.firstParameter + number);
    if (parameter.isState) {
      summary.states.push_back(parameter.name.str());
      reached.push_back(parameter);
    } else if (dependsOn(ops, function.results[output], argument)) {
      summary.trained.push_back(parameter.name.str());
      reached.push_back(parameter);
    } else {
      summary.unreached.push_back(parameter.name.str());
    }
  }
  loss.parameters = std::move(reached);
}

LogicalResult JobBuilder::buildForward() {
  auto main = model.lookupSymbol<func::FuncOp>("main");
  SmallVector<unsigned> stateResults;
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    if (roleOf(main.getResultAttrDict(i)) == "state") {
      states.push_back(nameOf(main.getResultAttrDict(i)));
      stateResults.push_back(i);
    }
  ModelFunction function(main, states);
  FailureOr<unsigned> output = function.findOutput(options);
  if (failed(output))
    return failure();
  auto outputType = cast<RankedTensorType>(function.results[*output].getType());
  if (failed(findLabel(main, outputType)))
    return failure();
  dropUnreached(function, *output);
  if (summary.trained.empty())
    return main.emitError(
        "nothing to train: no gradient of the loss reaches any initialiser "
        "that may be trained");
  for (unsigned i : function.data)
    loss.data.push_back(main.getArgAttrDict(i));
  SmallVector<Type> extra;
  if (label) {
    extra.push_back(label);
    loss.data.push_back(namedData(options.label));
    auto isTaken = [&](DictionaryAttr data) {
      return nameOf(data) == maskName;
    };
    while (llvm::any_of(loss.data, isTaken))
      maskName += "_";
  }
  loss.function = function.moveTo(b, "forward", extra, loss.parameters);
  loss.function.setPrivate();
  loss.takesKey = function.key.has_value();
  Value value = function.results[*output];
  if (label)
    value = emitLoss(b, main.getLoc(), options, value,
                     loss.function.getArgument(function.data.size()),
                     /*mask=*/{}, /*withMetrics=*/false)
                .loss;
  SmallVector<Value> results{value};
  for (auto [position, number] : llvm::enumerate(stateResults)) {
    const Parameter *state =
        llvm::find_if(loss.parameters, [&](const Parameter &parameter) {
          return parameter.name == states[position];
        });
    assert(state != loss.parameters.end() &&
           "the importer marks what it changes");
    loss.states.push_back(state - loss.parameters.begin());
    results.push_back(function.results[number]);
  }
  func::ReturnOp::create(b, main.getLoc(), results);
  loss.function.setFunctionType(b.getFunctionType(
      loss.function.getArgumentTypes(), ValueRange(results).getTypes()));
  addMetadata(outputType);
  main.erase();
  return success();
}

LogicalResult JobBuilder::buildEvaluate() {
  auto main = inference.lookupSymbol<func::FuncOp>("main");
  ModelFunction function(main, states);
  FailureOr<unsigned> output = function.findOutput(options);
  if (failed(output))
    return failure();
  SmallVector<Attribute> attributes;
  for (unsigned i : function.data)
    attributes.push_back(main.getArgAttrDict(i));
  SmallVector<Type> extra;
  auto type = cast<RankedTensorType>(function.results[*output].getType());
  if (label) {
    std::string error;
    extra.push_back(labelType(options, type, error));
    attributes.push_back(namedData(options.label));
    if (label.getRank() > 0) {
      extra.push_back(
          RankedTensorType::get({label.getDimSize(0)}, b.getF32Type()));
      attributes.push_back(namedData(maskName));
      hasMask = true;
    }
  }
  // What the step does not know stays as it is.
  SmallVector<Parameter> kept;
  for (const Parameter &parameter : loss.parameters)
    if (llvm::any_of(function.parameters, [&](const Parameter &other) {
          return other.name == parameter.name;
        }))
      kept.push_back(parameter);
  func::FuncOp evaluate = function.moveTo(b, "evaluate", extra, kept);
  for (const Parameter &parameter : kept)
    attributes.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("ds.name", parameter.name),
         b.getNamedAttr(
             "ds.role",
             b.getStringAttr(parameter.isState ? "state" : "parameter"))}));
  if (function.key)
    attributes.push_back(main.getArgAttrDict(*function.key));
  LossValues values{function.results[*output], {}, {}};
  unsigned first = function.data.size();
  if (label)
    values = emitLoss(b, main.getLoc(), options, values.loss,
                      evaluate.getArgument(first),
                      hasMask ? evaluate.getArgument(first + 1) : Value(),
                      /*withMetrics=*/true);
  SmallVector<Value> results;
  SmallVector<Attribute> resultAttributes;
  for (auto [name, value] :
       {std::pair("loss", values.loss), std::pair("accuracy", values.accuracy),
        std::pair("count", values.count)}) {
    if (!value)
      continue;
    results.push_back(value);
    resultAttributes.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("ds.name", b.getStringAttr(name)),
         b.getNamedAttr("ds.role", b.getStringAttr("metric"))}));
  }
  func::ReturnOp::create(b, main.getLoc(), results);
  evaluate.setFunctionType(b.getFunctionType(evaluate.getArgumentTypes(),
                                             ValueRange(results).getTypes()));
  evaluate.setArgAttrsAttr(b.getArrayAttr(attributes));
  evaluate.setResAttrsAttr(b.getArrayAttr(resultAttributes));
  main.erase();
  evaluate->moveBefore(model.getBody(), model.getBody()->end());
  return success();
}

void JobBuilder::addMetadata(RankedTensorType output) {
  SmallVector<NamedAttribute> entries;
  if (auto known = model->getAttrOfType<DictionaryAttr>("ds.metadata"))
    llvm::append_range(entries, known);
  llvm::erase_if(entries, [](NamedAttribute entry) {
    return entry.getName().strref().starts_with("train.");
  });
  auto add = [&](StringRef key, const Twine &value) {
    entries.push_back(
        b.getNamedAttr(("train." + key).str(), b.getStringAttr(value)));
  };
  // Shortest text that reads back as the same number.
  auto number = [](double value) {
    llvm::SmallString<24> text;
    llvm::APFloat(value).toString(text, 17);
    return text.str().str();
  };
  const train::Optimizer &optimizer = *train::findOptimizer(options.optimizer);
  add("loss", options.loss);
  add("optimizer", options.optimizer);
  add("lr",
      number(options.learningRate.value_or(optimizer.defaults.learningRate)));
  add("lr_schedule", options.schedule);
  add("warmup", Twine(options.warmup));
  if (options.schedule == "step") {
    add("lr_step_size", Twine(options.scheduleSteps));
    add("lr_gamma", number(options.scheduleGamma));
  }
  add("accumulate", Twine(options.accumulate));
  if (label) {
    add("label", options.label);
    if (label.getRank() > 0)
      add("mask", maskName);
    if (takesClasses(options)) {
      if (int64_t classes = classCount(options, output);
          !ShapedType::isDynamic(classes))
        add("classes", Twine(classes));
      if (options.ignoreLabel)
        add("ignore_label", Twine(*options.ignoreLabel));
    }
  }
  model->setAttr("ds.metadata", b.getDictionaryAttr(entries));
}

FailureOr<TrainingSummary> JobBuilder::build() {
  // A model may itself ask for gradients, in functions of the same names.
  if (failed(expandGradients(model)) || failed(expandGradients(inference)))
    return failure();
  if (failed(buildForward()) || failed(buildStep(loss, options)) ||
      failed(buildEvaluate()))
    return failure();
  return summary;
}

FailureOr<TrainingSummary> buildTrainingJob(ModuleOp model, ModuleOp inference,
                                            const TrainingOptions &options) {
  return JobBuilder(model, inference, options).build();
}

} // namespace ds
