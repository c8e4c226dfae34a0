//===- Gradient.cpp - the standard's Gradient operator --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradient names a sub-graph by its ends: `y` as computed from `xs` and `zs`.
// Its inputs are values for those names, which need not be the ones that the
// graph has. So the nodes in between are imported once more, on stand-ins for
// the names, and become a function whose gradient a `train.vjp` asks for.
//
//===----------------------------------------------------------------------===//
#include "dialects/Train/Train.h"
#include "frontends/onnx/GraphImporter.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace ds::onnx {

FailureOr<Value>
GraphImporter::importBetween(ArrayRef<std::pair<StringRef, Value>> given,
                             StringRef output) {
  if (!nest(g.loc()))
    return failure();
  llvm::SaveAndRestore<int64_t> depth(nesting, nesting + 1);
  Location outside = g.loc();
  Scope inner;
  inner.outer = scope;
  llvm::StringSet<> names;
  for (auto [name, value] : given) {
    inner.values[name] = Entity(value);
    names.insert(name);
  }
  std::vector<std::pair<const Scope *, int>> nodes =
      nodesBetween(names, output);
  nodeCount += static_cast<int64_t>(nodes.size());
  if (nodeCount > options.maxNodes)
    return report(ImportStatus::Malformed, outside,
                  "the model has more nodes than the limit of " +
                      Twine(options.maxNodes));
  llvm::SaveAndRestore<Scope *> enter(scope, &inner);
  for (auto [at, i] : nodes) {
    Location loc = nodeLocation((*at->nodes)[i], i);
    g.setLoc(loc);
    importNode((*at->nodes)[i], loc);
  }
  g.setLoc(outside);
  Entity entity;
  switch (lookup(output, entity)) {
  case Lookup::Failed:
    return failure();
  case Lookup::Missing:
    return report(ImportStatus::Malformed, outside,
                  "\"" + output +
                      "\", which is to be differentiated, is made by no node");
  case Lookup::Found:
    break;
  }
  if (entity.kind != Entity::Kind::Tensor)
    return report(ImportStatus::Malformed, outside,
                  "\"" + output +
                      "\", which is to be differentiated, is no "
                      "tensor");
  return entity.value;
}

namespace {

/// Calls `visit` with each value that the op reads from outside of itself.
void forEachCapture(Operation *op, llvm::function_ref<void(Value)> visit) {
  op->walk([&](Operation *inner) {
    for (Value value : inner->getOperands())
      if (!op->isAncestor(value.getParentBlock()->getParentOp()))
        visit(value);
  });
}

/// A function of its own made of ops that stand in the middle of another one.
struct Outlined {
  func::FuncOp function;
  /// Arguments behind the stand-ins.
  llvm::SetVector<Value> captured;
};

/// The ops of the current block behind the stand-ins by which `y` depends on
/// them.
SmallVector<Operation *> opsBetween(ArrayRef<Value> standIns, Value y) {
  llvm::DenseSet<Value> changed(standIns.begin(), standIns.end());
  SmallVector<Operation *> dependent, needed;
  for (Operation *op = standIns.back().getDefiningOp()->getNextNode(); op;
       op = op->getNextNode()) {
    bool depends = false;
    forEachCapture(op, [&](Value v) { depends |= changed.contains(v); });
    if (!depends)
      continue;
    dependent.push_back(op);
    changed.insert(op->result_begin(), op->result_end());
  }
  llvm::DenseSet<Value> wanted{y};
  for (Operation *op : llvm::reverse(dependent)) {
    if (llvm::none_of(op->getResults(),
                      [&](Value v) { return wanted.contains(v); }))
      continue;
    needed.push_back(op);
    forEachCapture(op, [&](Value v) { wanted.insert(v); });
  }
  std::reverse(needed.begin(), needed.end());
  return needed;
}

Outlined outline(GraphBuilder &g, ArrayRef<Value> standIns, Value y) {
  SmallVector<Operation *> ops = opsBetween(standIns, y);
  llvm::DenseSet<Value> inside(standIns.begin(), standIns.end());
  llvm::SetVector<Operation *> constants;
  Outlined result;
  auto capture = [&](Value value) {
    if (inside.contains(value))
      return;
    Operation *op = value.getDefiningOp();
    if (op && op->hasTrait<OpTrait::ConstantLike>())
      constants.insert(op);
    else
      result.captured.insert(value);
  };
  for (Operation *op : ops) {
    forEachCapture(op, capture);
    inside.insert(op->result_begin(), op->result_end());
  }
  capture(y);

  SmallVector<Value> arguments(standIns);
  llvm::append_range(arguments, result.captured);
  OpBuilder::InsertionGuard guard(g.b);
  auto module =
      g.b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  g.b.setInsertionPointToEnd(module.getBody());
  unsigned number = llvm::range_size(module.getOps<func::FuncOp>());
  result.function = func::FuncOp::create(
      g.b, g.loc(), "differentiated_" + std::to_string(number),
      g.b.getFunctionType(ValueRange(arguments).getTypes(), y.getType()));
  result.function.setPrivate();
  Block *body = result.function.addEntryBlock();
  g.b.setInsertionPointToEnd(body);
  IRMapping mapping;
  mapping.map(arguments, body->getArguments());
  for (Operation *op : constants)
    g.b.clone(*op, mapping);
  for (Operation *op : ops)
    g.b.clone(*op, mapping);
  func::ReturnOp::create(g.b, g.loc(), mapping.lookup(y));
  return result;
}

LogicalResult checkDifferentiable(NodeContext &n, Type type,
                                  const Twine &what) {
  Type element = cast<RankedTensorType>(type).getElementType();
  return isa<FloatType>(element)
             ? success()
             : n.error(what + " is a tensor of " +
                       dataTypeName(dataTypeFor(element)) +
                       ", only tensors of floats are differentiated");
}

} // namespace

static LogicalResult convertGradient(NodeContext &n) {
  GraphBuilder &g = n.g;
  std::vector<std::string> names;
  llvm::append_range(names, n.attrStrings("xs"));
  size_t wrt = names.size();
  llvm::append_range(names, n.attrStrings("zs"));
  std::string output = n.attrString("y");
  if (names.size() != n.numInputs())
    return n.error("\"xs\" and \"zs\" name " + Twine(names.size()) +
                   " tensors, but there are " + Twine(n.numInputs()) +
                   " inputs");
  if (n.numOutputs() > wrt)
    return n.error("\"xs\" names " + Twine(wrt) + " tensors, but there are " +
                   Twine(n.numOutputs()) + " outputs");
  llvm::StringSet<> seen;
  for (auto [i, name] : llvm::enumerate(names)) {
    if (!seen.insert(name).second)
      return n.error("\"" + name + "\" is named twice by \"xs\" and \"zs\"");
    if (i < wrt &&
        failed(checkDifferentiable(n, n.type(i), "\"" + name + "\"")))
      return failure();
  }

  SmallVector<Value> standIns, inputs = n.tensorInputs();
  std::vector<std::pair<StringRef, Value>> given;
  for (auto [name, input] : llvm::zip_equal(names, inputs)) {
    auto standIn = UnrealizedConversionCastOp::create(g.b, g.loc(),
                                                      input.getType(), input);
    standIns.push_back(standIn.getResult(0));
    g.setDims(standIns.back(), g.dims(input));
    given.emplace_back(name, standIns.back());
  }
  FailureOr<Value> y = n.importer.importBetween(given, output);
  if (failed(y) ||
      failed(checkDifferentiable(n, y->getType(), "\"" + output + "\"")))
    return failure();

  Outlined sub = outline(g, standIns, *y);
  SmallVector<Value> arguments(inputs);
  llvm::append_range(arguments, sub.captured);
  SmallVector<Type> types{y->getType()};
  for (Value input : ArrayRef(inputs).take_front(wrt))
    types.push_back(input.getType());
  auto vjp = train::VjpOp::create(
      g.b, g.loc(), types, sub.function.getSymName(), arguments,
      ValueRange(g.makeLike(*y, 1)),
      g.b.getDenseI64ArrayAttr(
          llvm::to_vector(llvm::seq<int64_t>(0, static_cast<int64_t>(wrt)))),
      g.b.getDenseI64ArrayAttr({0}));
  for (unsigned i = 0; i < n.numOutputs(); ++i) {
    Value gradient = vjp.getResult(1 + i);
    g.setDims(gradient, g.dims(inputs[i]));
    n.set(i, gradient);
  }
  // What stands here of the sub-graph is dead but for its checks and sizes.
  for (auto [standIn, input] : llvm::zip_equal(standIns, inputs))
    standIn.replaceAllUsesWith(input);
  return success();
}

void registerGradient(Registry &registry) {
  registry.add("ai.onnx.preview.training", "Gradient", convertGradient);
}

} // namespace ds::onnx
