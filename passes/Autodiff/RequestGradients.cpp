//===- RequestGradients.cpp - the pass ds-request-gradients ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Autodiff/Autodiff.h"
#include "passes/Autodiff/Passes.h"

using namespace mlir;

namespace ds {

#define GEN_PASS_DEF_REQUESTGRADIENTSPASS
#include "passes/Autodiff/Passes.h.inc"

namespace {

/// Names for what is added to the signature, after what it belongs to.
DictionaryAttr derivedName(OpBuilder &b, DictionaryAttr attributes,
                           const Twine &position, StringRef suffix) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("ds.name") : StringAttr();
  std::string text = (name ? name.str() : position.str()) + "/" + suffix.str();
  return b.getDictionaryAttr(b.getNamedAttr("ds.name", b.getStringAttr(text)));
}

/// The attributes of an argument or result, which may have none.
DictionaryAttr orEmpty(OpBuilder &b, DictionaryAttr attributes) {
  return attributes ? attributes : b.getDictionaryAttr({});
}

struct RequestGradientsPass
    : impl::RequestGradientsPassBase<RequestGradientsPass> {
  void runOnOperation() override {
    if (failed(requestGradients(getOperation())))
      signalPassFailure();
  }
};

} // namespace

LogicalResult requestGradients(ModuleOp module) {
  SmallVector<func::FuncOp> models;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      models.push_back(function);
  if (models.size() != 1)
    return module.emitError("expected one public function, whose gradients are "
                            "asked for, found ")
           << models.size();
  func::FuncOp model = models.front();
  Location loc = model.getLoc();
  OpBuilder b(module.getContext());
  SmallVector<Type> arguments(model.getArgumentTypes()),
      results(model.getResultTypes());
  SmallVector<Attribute> argumentAttributes, resultAttributes;
  SmallVector<int64_t> wrt, seeded;
  for (unsigned i = 0; i < model.getNumArguments(); ++i)
    argumentAttributes.push_back(orEmpty(b, model.getArgAttrDict(i)));
  for (unsigned i = 0; i < model.getNumResults(); ++i) {
    resultAttributes.push_back(orEmpty(b, model.getResultAttrDict(i)));
    if (!isa<RankedTensorType>(results[i]) || !isDifferentiable(results[i]))
      continue;
    seeded.push_back(i);
    arguments.push_back(results[i]);
    argumentAttributes.push_back(derivedName(b, model.getResultAttrDict(i),
                                             "result" + Twine(i), "cotangent"));
  }
  for (unsigned i = 0; i < model.getNumArguments(); ++i) {
    if (!isa<RankedTensorType>(arguments[i]) || !isDifferentiable(arguments[i]))
      continue;
    wrt.push_back(i);
    results.push_back(arguments[i]);
    resultAttributes.push_back(derivedName(b, model.getArgAttrDict(i),
                                           "argument" + Twine(i), "gradient"));
  }
  if (wrt.empty() || seeded.empty())
    return model.emitError("expected an argument and a result of floats, for a "
                           "gradient of one by the other");

  std::string name = model.getSymName().str();
  SymbolTable symbols(module);
  if (failed(symbols.renameToUnique(model, {})))
    return failure();
  model.setPrivate();
  b.setInsertionPointToEnd(module.getBody());
  auto gradient =
      func::FuncOp::create(b, loc, name, b.getFunctionType(arguments, results));
  gradient.setArgAttrsAttr(b.getArrayAttr(argumentAttributes));
  gradient.setResAttrsAttr(b.getArrayAttr(resultAttributes));
  Block *entry = gradient.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  ValueRange values = entry->getArguments();
  unsigned count = model.getNumArguments();
  auto vjp = train::VjpOp::create(
      b, loc, results, model.getSymName(), values.take_front(count),
      values.drop_front(count), b.getDenseI64ArrayAttr(wrt),
      b.getDenseI64ArrayAttr(seeded));
  func::ReturnOp::create(b, loc, vjp.getResults());
  return success();
}

} // namespace ds
