//===- StepFunction.cpp - one step of training as a function --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradients, their accumulation over several batches, clipping, and the
// optimizer's updates, all on values; that new values take the memory of the
// old ones is said by `ds.donor`.
//
//===----------------------------------------------------------------------===//
#include "compiler/Training/StepFunction.h"

#include "dialects/NN/Derivatives/Emitter.h"
#include "dialects/Train/Optimizers.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace ds {

using nn::derivatives::Emitter;
using nn::derivatives::Expression;

namespace {

class StepBuilder {
public:
  StepBuilder(const LossFunction &loss, const TrainingOptions &options)
      : loss(loss), forward(loss.function), options(options),
        optimizer(*train::findOptimizer(options.optimizer)),
        b(forward.getContext()), loc(forward.getLoc()) {}

  LogicalResult build();

private:
  /// Loss, new state and gradients of one batch.
  struct Differentiated {
    Value loss;
    SmallVector<Value> states, gradients;

    SmallVector<Value> all() const {
      SmallVector<Value> values{loss};
      llvm::append_range(values, states);
      llvm::append_range(values, gradients);
      return values;
    }
  };

  Type argumentType(unsigned number) {
    return forward.getArgumentTypes()[number];
  }
  RankedTensorType lossType() {
    return cast<RankedTensorType>(forward.getResultTypes().front());
  }
  unsigned parameterArgument(unsigned parameter) const {
    return loss.data.size() + parameter;
  }
  LogicalResult declare();
  Differentiated differentiate(ArrayRef<Value> data, ArrayRef<Value> values,
                               Value key);
  Differentiated accumulate(ArrayRef<Value> data);
  Value clip(SmallVector<Value> &gradients);
  void addArgument(Type type, ArrayRef<NamedAttribute> attributes);
  void addResult(Value value, ArrayRef<NamedAttribute> attributes);
  void keep(Value value, unsigned argument);
  NamedAttribute text(StringRef name, const Twine &value) {
    return b.getNamedAttr(name, b.getStringAttr(value));
  }

  const LossFunction &loss;
  func::FuncOp forward;
  const TrainingOptions &options;
  const train::Optimizer &optimizer;
  OpBuilder b;
  Location loc;
  func::FuncOp step;
  SmallVector<Type> types;
  SmallVector<Attribute> argumentAttributes, resultAttributes;
  SmallVector<Value> results;
  /// Indices into the loss's parameters that an optimizer changes.
  SmallVector<unsigned> trained;
  /// The first slot's argument of each of them.
  SmallVector<unsigned> slotArguments;
  unsigned lrArgument = 0, stepArgument = 0, keyArgument = 0;
};

} // namespace

void StepBuilder::addArgument(Type type, ArrayRef<NamedAttribute> attributes) {
  types.push_back(type);
  argumentAttributes.push_back(b.getDictionaryAttr(attributes));
}

void StepBuilder::addResult(Value value, ArrayRef<NamedAttribute> attributes) {
  results.push_back(value);
  resultAttributes.push_back(b.getDictionaryAttr(attributes));
}

/// A result that replaces an argument.
void StepBuilder::keep(Value value, unsigned argument) {
  auto attributes = cast<DictionaryAttr>(argumentAttributes[argument]);
  addResult(value,
            {*attributes.getNamed("ds.name"), *attributes.getNamed("ds.role"),
             b.getNamedAttr("ds.donor", b.getI64IntegerAttr(argument))});
}

LogicalResult StepBuilder::declare() {
  for (auto [number, attributes] : llvm::enumerate(loss.data)) {
    auto type = cast<RankedTensorType>(argumentType(number));
    if (options.accumulate > 1) {
      if (type.getRank() == 0 || type.isDynamicDim(0))
        return emitError(loc)
               << "--accumulate expects batches of a fixed size, found input "
               << attributes.get("ds.name") << " of type " << type
               << "; fix the batch with --dim or --shape";
      SmallVector<int64_t> shape(type.getShape());
      shape[0] *= options.accumulate;
      type = RankedTensorType::get(shape, type.getElementType());
    }
    types.push_back(type);
    argumentAttributes.push_back(attributes);
  }
  for (auto [number, parameter] : llvm::enumerate(loss.parameters)) {
    addArgument(parameter.type,
                {b.getNamedAttr("ds.default", parameter.initial),
                 b.getNamedAttr("ds.name", parameter.name),
                 text("ds.role", parameter.isState ? "state" : "parameter")});
    if (!parameter.isState)
      trained.push_back(number);
  }
  for (unsigned number : trained) {
    slotArguments.push_back(types.size());
    const Parameter &parameter = loss.parameters[number];
    for (StringRef slot : optimizer.slots)
      addArgument(parameter.type,
                  {text("ds.name", parameter.name.getValue() + "/" + slot),
                   text("ds.role", "state"),
                   b.getNamedAttr("ds.zero_default", b.getUnitAttr())});
  }
  auto hyper = [&](StringRef name, Type element) {
    addArgument(RankedTensorType::get({}, element),
                {text("ds.name", name), text("ds.role", "hyper")});
    return static_cast<unsigned>(types.size() - 1);
  };
  lrArgument = hyper("lr", b.getF64Type());
  stepArgument = hyper("step", b.getI64Type());
  if (loss.takesKey)
    keyArgument = hyper("key", b.getIntegerType(64, /*isSigned=*/false));
  return success();
}

StepBuilder::Differentiated StepBuilder::differentiate(ArrayRef<Value> data,
                                                       ArrayRef<Value> values,
                                                       Value key) {
  SmallVector<Value> arguments(data);
  llvm::append_range(arguments, values);
  if (key)
    arguments.push_back(key);
  SmallVector<Type> resultTypes(forward.getResultTypes());
  SmallVector<int64_t> wrt;
  for (unsigned number : trained) {
    wrt.push_back(parameterArgument(number));
    resultTypes.push_back(loss.parameters[number].type);
  }
  Value seed = train::SeedOp::create(b, loc, resultTypes.front());
  auto vjp = train::VjpOp::create(
      b, loc, resultTypes, forward.getSymName(), arguments, ValueRange(seed),
      b.getDenseI64ArrayAttr(wrt), b.getDenseI64ArrayAttr({0}));
  auto all = vjp.getResults();
  unsigned states = forward.getNumResults() - 1;
  Differentiated result{all[0], {}, {}};
  llvm::append_range(result.states, all.slice(1, states));
  llvm::append_range(result.gradients, all.drop_front(1 + states));
  return result;
}

/// The mean loss and gradients over the batches that the data holds, one after
/// the other; state goes on from batch to batch.
StepBuilder::Differentiated StepBuilder::accumulate(ArrayRef<Value> data) {
  auto values = llvm::to_vector(llvm::map_range(
      step.getArguments().slice(loss.data.size(), loss.parameters.size()),
      [](BlockArgument argument) -> Value { return argument; }));
  Value key = loss.takesKey ? step.getArgument(keyArgument) : Value();
  if (options.accumulate == 1)
    return differentiate(data, values, key);

  Emitter emitter(b, loc);
  auto zero = [&](RankedTensorType type) {
    return nn::createSplat(b, loc, type, Scalar::fromDouble(0));
  };
  SmallVector<Value> inits{zero(lossType())};
  for (unsigned state : loss.states)
    inits.push_back(values[state]);
  for (unsigned number : trained)
    inits.push_back(zero(loss.parameters[number].type));
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value).getResult();
  };
  auto loop = scf::ForOp::create(b, loc, index(0), index(options.accumulate),
                                 index(1), inits);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> batch;
    for (auto [number, whole] : llvm::enumerate(data)) {
      auto type = cast<RankedTensorType>(argumentType(number));
      SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
      offsets[0] = arith::MulIOp::create(b, loc, loop.getInductionVar(),
                                         index(type.getDimSize(0)))
                       .getResult();
      SmallVector<OpFoldResult> sizes = emitter.sizes(whole);
      sizes[0] = b.getIndexAttr(type.getDimSize(0));
      batch.push_back(emitter.slice(whole, offsets, sizes,
                                    SmallVector<int64_t>(type.getRank(), 1)));
    }
    auto carried = loop.getRegionIterArgs();
    for (auto [position, state] : llvm::enumerate(loss.states))
      values[state] = carried[1 + position];
    Value batchKey = key;
    if (key) {
      // Each batch draws numbers of its own.
      Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(),
                                                loop.getInductionVar());
      Value tensor = tensor::FromElementsOp::create(
          b, loc, RankedTensorType::get({}, b.getI64Type()), number);
      batchKey = nn::AddOp::create(
          b, loc, key, emitter.cast(tensor, nn::elementTypeOf(key)));
    }
    Differentiated one = differentiate(batch, values, batchKey);
    SmallVector<Value> next{
        nn::AddOp::create(b, loc, carried.front(), one.loss)};
    llvm::append_range(next, one.states);
    for (auto [sum, gradient] : llvm::zip_equal(
             carried.drop_front(1 + loss.states.size()), one.gradients))
      next.push_back(nn::AddOp::create(b, loc, sum, gradient));
    scf::YieldOp::create(b, loc, next);
  }
  auto mean = [&](Value sum) {
    return (emitter.formula(sum) / static_cast<double>(options.accumulate))
        .getValue();
  };
  auto sums = loop.getResults();
  Differentiated result{mean(sums.front()), {}, {}};
  llvm::append_range(result.states, sums.slice(1, loss.states.size()));
  for (Value sum : sums.drop_front(1 + loss.states.size()))
    result.gradients.push_back(mean(sum));
  return result;
}

/// Scales the gradients down to the norm that is allowed, as
/// torch.nn.utils.clip_grad_norm_ does; returns the norm they had.
Value StepBuilder::clip(SmallVector<Value> &gradients) {
  Emitter emitter(b, loc);
  Type compute = lossType().getElementType();
  Expression squares;
  for (Value gradient : gradients) {
    Expression g = emitter.formula(emitter.cast(gradient, compute));
    Value square = (g * g).getValue();
    Expression sum = emitter.formula(emitter.sum(
        square, nn::derivatives::identityDims(
                    cast<RankedTensorType>(square.getType()).getRank())));
    squares = squares ? squares + sum : sum;
  }
  Expression norm = sqrt(squares);
  Expression wanted = *options.clipNorm / (norm + 1e-6);
  Value scale = select(wanted < 1.0, wanted, 1.0).getValue();
  for (Value &gradient : gradients) {
    Value narrow = emitter.cast(scale, nn::elementTypeOf(gradient));
    Value each = emitter.broadcast(narrow, emitter.sizes(gradient), {});
    gradient = nn::MulOp::create(b, loc, gradient, each);
  }
  return norm.getValue();
}

LogicalResult StepBuilder::build() {
  if (failed(declare()))
    return failure();
  b.setInsertionPointAfter(forward);
  step = func::FuncOp::create(b, loc, "step", b.getFunctionType(types, {}));
  Block *entry = step.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  auto data = llvm::to_vector(llvm::map_range(
      entry->getArguments().take_front(loss.data.size()),
      [](BlockArgument argument) -> Value { return argument; }));
  Differentiated batch = accumulate(data);
  addResult(batch.loss, {text("ds.name", "loss"), text("ds.role", "metric")});
  if (options.clipNorm)
    addResult(clip(batch.gradients),
              {text("ds.name", "grad_norm"), text("ds.role", "metric")});
  auto number = [&](std::optional<double> given,
                    std::optional<double> fallback) {
    return b.getF64FloatAttr(given.value_or(fallback.value_or(0)));
  };
  SmallVector<std::pair<Value, unsigned>> slots;
  const train::OptimizerSettings &defaults = optimizer.defaults;
  for (auto [position, parameter] : llvm::enumerate(trained)) {
    unsigned argument = parameterArgument(parameter),
             first = slotArguments[position];
    Type type = types[argument];
    SmallVector<Type> updated(1 + optimizer.slots.size(), type);
    auto update = train::UpdateOp::create(
        b, loc, updated, b.getStringAttr(optimizer.name),
        entry->getArgument(argument), batch.gradients[position],
        ValueRange(entry->getArguments().slice(first, optimizer.slots.size())),
        entry->getArgument(lrArgument), entry->getArgument(stepArgument),
        number(options.momentum, defaults.momentum),
        number(options.beta1, defaults.beta1),
        number(options.beta2, defaults.beta2),
        number(options.eps, defaults.eps),
        number(options.weightDecay, defaults.weightDecay));
    keep(update.getResult(0), argument);
    for (auto [slot, value] : llvm::enumerate(update.getResults().drop_front()))
      slots.push_back({value, first + slot});
  }
  for (auto [position, state] : llvm::enumerate(loss.states))
    keep(batch.states[position], parameterArgument(state));
  for (auto [value, argument] : slots)
    keep(value, argument);
  func::ReturnOp::create(b, loc, results);
  step.setFunctionType(
      b.getFunctionType(types, ValueRange(results).getTypes()));
  step.setArgAttrsAttr(b.getArrayAttr(argumentAttributes));
  step.setResAttrsAttr(b.getArrayAttr(resultAttributes));
  return success();
}

LogicalResult buildStep(const LossFunction &loss,
                        const TrainingOptions &options) {
  return StepBuilder(loss, options).build();
}

} // namespace ds
