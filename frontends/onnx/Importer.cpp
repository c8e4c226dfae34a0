//===- Importer.cpp - the main function of a model
//-------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Importer.h"

#include "dialects/Train/Train.h"
#include "frontends/onnx/GraphImporter.h"
#include "frontends/onnx/Schemas.h"
#include "passes/Analysis/Evaluator.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace ds {

namespace onnx {

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// `?`, empty and negative extents are anonymous.
static bool isNamed(StringRef dim) {
  int64_t number;
  return !dim.empty() && dim != "?" && dim.getAsInteger(10, number);
}

/// The type of an input with the user's `--shape` and `--dim` applied.
FailureOr<RankedTensorType>
GraphImporter::inputType(const ds_onnx::ValueInfoProto &info,
                         llvm::StringSet<> &usedDims) {
  Location loc = FileLineColLoc::get(&ctx, file.path(), 0, 0);
  std::string what = "input \"" + info.name() + "\"";
  if (!info.type().has_tensor_type()) {
    if (info.type().value_case() == ds_onnx::TypeProto::VALUE_NOT_SET)
      return report(ImportStatus::Malformed, loc, what + " has no type");
    return report(ImportStatus::Unsupported, loc,
                  what + " is no tensor: sequences, optionals and maps are "
                         "supported inside a model only");
  }
  const auto &tensor = info.type().tensor_type();
  Type element = elementTypeFor(tensor.elem_type(), ctx);
  if (!element && tensor.elem_type() == ds_onnx::TensorProto::STRING)
    return report(ImportStatus::Unsupported, loc,
                  what + " is a string tensor, which is not supported");
  if (!element)
    return report(ImportStatus::Malformed, loc,
                  what + " has unknown element type " +
                      Twine(tensor.elem_type()));

  auto fixed = options.shapes.find(info.name());
  bool isFixed = fixed != options.shapes.end();
  if (!tensor.has_shape()) {
    if (!isFixed)
      return report(ImportStatus::Unsupported, loc,
                    what +
                        " has no shape, not even a rank; give one: --shape " +
                        info.name() + "=1x3x224x224, say");
    SmallVector<int64_t> shape;
    for (int64_t extent : fixed->second)
      shape.push_back(extent < 0 ? ShapedType::kDynamic : extent);
    return RankedTensorType::get(shape, element);
  }
  if (isFixed &&
      fixed->second.size() != static_cast<size_t>(tensor.shape().dim_size()))
    return report(ImportStatus::WrongUse, loc,
                  what + " has rank " + Twine(tensor.shape().dim_size()) +
                      ", but --shape gives " + Twine(fixed->second.size()) +
                      " extents");
  SmallVector<int64_t> shape;
  int64_t elements = 1;
  for (auto [i, dim] : llvm::enumerate(tensor.shape().dim())) {
    int64_t extent = dim.has_dim_value() && dim.dim_value() >= 0
                         ? dim.dim_value()
                         : ShapedType::kDynamic;
    bool known = !ShapedType::isDynamic(extent);
    if (dim.has_dim_param() && isNamed(dim.dim_param())) {
      auto named = options.dims.find(dim.dim_param());
      if (named != options.dims.end()) {
        extent = named->second;
        usedDims.insert(dim.dim_param());
      }
    }
    if (isFixed && fixed->second[i] >= 0) {
      int64_t wanted = fixed->second[i];
      if ((known || !ShapedType::isDynamic(extent)) && wanted != extent)
        return report(ImportStatus::WrongUse, loc,
                      what + " has extent " + Twine(extent) + " in dimension " +
                          Twine(i) + ", but --shape gives " + Twine(wanted));
      extent = wanted;
    }
    shape.push_back(extent);
    if (!ShapedType::isDynamic(extent) &&
        (llvm::MulOverflow(elements, std::max<int64_t>(extent, 1), elements) ||
         elements > int64_t{1} << 48))
      return report(ImportStatus::Malformed, loc,
                    what + " has absurd extents: more than 2^48 elements");
  }
  return RankedTensorType::get(shape, element);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

static DictionaryAttr metadata(const ds_onnx::ModelProto &model, OpBuilder &b) {
  SmallVector<NamedAttribute> entries;
  llvm::StringSet<> seen;
  for (const auto &entry : model.metadata_props())
    if (!entry.key().empty() && seen.insert(entry.key()).second)
      entries.push_back(
          b.getNamedAttr(entry.key(), b.getStringAttr(entry.value())));
  return b.getDictionaryAttr(entries);
}

ImportStatus GraphImporter::importMain(ModuleOp module) {
  const ds_onnx::ModelProto &model = file.proto();
  const ds_onnx::GraphProto &graph = model.graph();
  Location loc = FileLineColLoc::get(&ctx, file.path(), 0, 0);
  auto malformed = [&](const Twine &message) {
    report(ImportStatus::Malformed, loc, message);
    return worst;
  };
  if (!model.has_graph())
    return malformed("no ONNX model: it has no graph");
  if (opsets.empty())
    return malformed("the model imports no opset");
  for (const auto &opset : opsets) {
    int newest = newestVersion(opset.first());
    if (newest && (opset.second < 1 || opset.second > newest)) {
      report(ImportStatus::Unsupported, loc,
             "opset " + Twine(opset.second) + " of domain \"" + opset.first() +
                 "\" is not known: expected 1 to " + Twine(newest));
      return worst;
    }
  }

  OpBuilder &b = g.b;
  Scope main;
  llvm::SaveAndRestore<Scope *> enter(scope, &main);
  if (failed(addTensors(main, graph)))
    return worst;
  // Before IR version 4 every initializer had to be listed as an input; those
  // are constants.
  bool defaults = model.ir_version() >= 4;
  llvm::StringSet<> given, usedDims, inputs;
  SmallVector<const ds_onnx::ValueInfoProto *> arguments;
  SmallVector<Type> types;
  for (const auto &info : graph.input()) {
    if (info.name().empty())
      return malformed("an input has no name");
    if (!given.insert(info.name()).second)
      return malformed("input \"" + info.name() + "\" is defined twice");
    bool isConstant = main.tensors.contains(info.name()) ||
                      main.sparseTensors.contains(info.name());
    if (isConstant && !defaults)
      continue;
    inputs.insert(info.name());
    FailureOr<RankedTensorType> type = inputType(info, usedDims);
    if (failed(type))
      continue;
    arguments.push_back(&info);
    types.push_back(*type);
  }
  for (const auto &entry : options.shapes)
    if (!inputs.contains(entry.first()))
      report(ImportStatus::WrongUse, loc,
             "--shape names \"" + entry.first() +
                 "\", which is no input of the model");
  for (const auto &entry : options.dims)
    if (!usedDims.contains(entry.first()))
      report(ImportStatus::WrongUse, loc,
             "--dim names \"" + entry.first() +
                 "\", which is no dimension of an input");
  if (worst != ImportStatus::Ok)
    return worst;

  b.setInsertionPointToEnd(module.getBody());
  auto function =
      func::FuncOp::create(b, loc, "main", b.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  g.setEntry(entry);
  g.setLoc(loc);
  if (options.training && options.training->isStep)
    g.drawByKey();
  b.setInsertionPointToEnd(entry);
  for (auto [i, info] : llvm::enumerate(arguments)) {
    function.setArgAttr(i, "ds.name", b.getStringAttr(info->name()));
    SmallVector<StringRef> names;
    for (const auto &dim : info->type().tensor_type().shape().dim())
      names.push_back(isNamed(dim.dim_param()) ? StringRef(dim.dim_param())
                                               : "");
    if (llvm::any_of(names, [](StringRef name) { return !name.empty(); }))
      function.setArgAttr(i, "ds.dim_names", b.getStrArrayAttr(names));
    if (auto tensor = main.tensors.find(info->name());
        tensor != main.tensors.end()) {
      FailureOr<Value> value = importTensor(*tensor->second, loc);
      if (failed(value))
        return worst;
      auto constant = value->getDefiningOp<nn::ConstantOp>();
      if (constant.getType() != types[i] &&
          failed(verifyCompatibleShape(constant.getType(),
                                       mlir::cast<RankedTensorType>(types[i]))))
        return malformed(
            "input \"" + info->name() +
            "\" and the initializer of that name have different types");
      function.setArgAttr(i, "ds.default", constant.getValue());
      constant.erase();
      main.tensors.erase(tensor);
    }
    main.values[info->name()] = Entity(entry->getArgument(i));
  }
  for (const auto &named : main.tensors)
    given.insert(named.first());
  for (const auto &named : main.sparseTensors)
    given.insert(named.first());
  if (failed(importNodes(graph.node(), given)))
    return worst;

  g.setLoc(loc);
  SmallVector<Value> results;
  llvm::StringSet<> outputNames;
  for (const auto &info : graph.output()) {
    Entity entity;
    Lookup found = lookup(info.name(), entity);
    if (found == Lookup::Missing || info.name().empty())
      return malformed("output \"" + info.name() + "\" is made by no node");
    if (!outputNames.insert(info.name()).second)
      return malformed("output \"" + info.name() + "\" is listed twice");
    if (found == Lookup::Failed)
      continue;
    if (entity.kind != Entity::Kind::Tensor) {
      report(ImportStatus::Unsupported, loc,
             "output \"" + info.name() +
                 "\" is no tensor: sequences and optionals are supported "
                 "inside a model only");
      continue;
    }
    if (info.type().has_tensor_type() &&
        info.type().tensor_type().elem_type() != 0 &&
        info.type().tensor_type().elem_type() !=
            dataTypeFor(GraphBuilder::elementOf(entity.value)))
      return malformed(
          "output \"" + info.name() + "\" is declared as " +
          dataTypeName(info.type().tensor_type().elem_type()) +
          ", but computed as " +
          dataTypeName(dataTypeFor(GraphBuilder::elementOf(entity.value))));
    results.push_back(entity.value);
    if (info.type().has_tensor_type() &&
        info.type().tensor_type().has_shape() &&
        info.type().tensor_type().shape().dim_size() !=
            GraphBuilder::rank(entity.value))
      declaredRanks = false;
  }
  if (worst != ImportStatus::Ok)
    return worst;
  if (results.empty())
    return malformed("the model has no outputs");
  for (auto &[name, value] : stateChanges)
    results.push_back(value);
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b, loc, results);
  function.setFunctionType(b.getFunctionType(entry->getArgumentTypes(),
                                             ValueRange(results).getTypes()));
  for (auto [i, info] : llvm::enumerate(graph.output()))
    function.setResultAttr(i, "ds.name", b.getStringAttr(info.name()));
  for (auto [i, change] : llvm::enumerate(stateChanges)) {
    unsigned result = graph.output_size() + i;
    function.setResultAttr(result, "ds.name", change.first);
    function.setResultAttr(result, "ds.role", b.getStringAttr("state"));
  }
  if (Value key = g.randomKeyIfUsed()) {
    // The list of attributes was made before this argument.
    SmallVector<DictionaryAttr> attributes;
    function.getAllArgAttrs(attributes);
    attributes.resize(mlir::cast<BlockArgument>(key).getArgNumber(),
                      b.getDictionaryAttr({}));
    attributes.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("ds.name", b.getStringAttr("key")),
         b.getNamedAttr("ds.role", b.getStringAttr("hyper"))}));
    function.setAllArgAttrs(attributes);
  }
  g.eraseDeadOps(function.getBody());
  // Bodies that were imported more than once leave functions that none calls;
  // callees stand in front of their callers.
  SmallVector<func::FuncOp> others(module.getOps<func::FuncOp>());
  for (func::FuncOp other : llvm::reverse(others))
    if (other.isPrivate() &&
        SymbolTable::symbolKnownUseEmpty(other.getSymNameAttr(), module))
      other.erase();

  module->setAttr("ds.name", b.getStringAttr(graph.name()));
  module->setAttr(
      "ds.producer",
      b.getStringAttr(model.producer_name() +
                      (model.producer_version().empty() ? "" : " ") +
                      model.producer_version()));
  module->setAttr("ds.metadata", metadata(model, b));
  SmallVector<NamedAttribute> versions;
  for (const auto &opset : model.opset_import())
    if (!llvm::any_of(versions, [&](NamedAttribute a) {
          return a.getName() ==
                 (opset.domain().empty() ? "ai.onnx" : opset.domain());
        }))
      versions.push_back(
          b.getNamedAttr(opset.domain().empty() ? "ai.onnx" : opset.domain(),
                         b.getI64IntegerAttr(opset.version())));
  module->setAttr("ds.opsets", b.getDictionaryAttr(versions));
  return worst;
}

} // namespace onnx

//===----------------------------------------------------------------------===//
// Public functions
//===----------------------------------------------------------------------===//

ImportResult importOnnx(StringRef path, MLIRContext &context,
                        const ImportOptions &options) {
  DialectRegistry registry;
  registerEvaluators(registry);
  context.appendDialectRegistry(registry);
  context
      .loadDialect<nn::NNDialect, arith::ArithDialect, cf::ControlFlowDialect,
                   func::FuncDialect, scf::SCFDialect, tensor::TensorDialect,
                   train::TrainDialect>();
  Location loc = FileLineColLoc::get(&context, path, 0, 0);
  onnx::ReadError error;
  ImportResult result;
  std::unique_ptr<onnx::ModelFile> file =
      onnx::ModelFile::open(path, options, error);
  if (!file) {
    emitError(loc, error.message);
    result.status = error.status;
    return result;
  }
  // Reports of an attempt are held back until it is the last one. If none
  // succeeds, the first one's are shown.
  constexpr int maxAttempts = 64;
  onnx::Decisions decisions;
  std::vector<Diagnostic> firstReports;
  ImportResult first;
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    std::vector<Diagnostic> reports;
    ImportResult now;
    bool fits;
    {
      ScopedDiagnosticHandler hold(&context, [&](Diagnostic &diagnostic) {
        reports.push_back(std::move(diagnostic));
        return success();
      });
      OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
      onnx::GraphImporter importer(*file, context, options, decisions);
      now.status = importer.importMain(*module);
      // What a converter let pass in a broken model, an op's verifier finds.
      if (now.status == ImportStatus::Ok && failed(verify(*module)))
        now.status = ImportStatus::Malformed;
      if (now.status == ImportStatus::Ok)
        now.module = std::move(module);
      fits = now.module && importer.hasDeclaredRanks();
    }
    if (attempt == 0 || fits) {
      firstReports = std::move(reports);
      first = std::move(now);
    }
    if (fits || !decisions.advance())
      break;
  }
  for (Diagnostic &report : firstReports)
    context.getDiagEngine().emit(std::move(report));
  return first;
}

static OperatorGradient gradientOf(StringRef domain, StringRef name) {
  struct Row {
    StringLiteral domain, name;
    OperatorGradient gradient;
  };
  static constexpr Row Table[] = {
#define DS_GRADIENT(domain, name, state)                                       \
  {domain, name, OperatorGradient::state},
#include "frontends/onnx/GradientTable.inc"
#undef DS_GRADIENT
  };
  for (const Row &row : Table)
    if (row.domain == domain && row.name == name)
      return row.gradient;
  return OperatorGradient::Nothing;
}

std::vector<ImportableOp> listImportableOps() {
  std::map<std::pair<std::string, std::string>, ImportableOp> ops;
  auto add = [&](StringRef domain, StringRef name, bool byFunction) {
    ImportableOp op{domain.str(), name.str(),
                    onnx::schemaVersions(domain, name), byFunction,
                    gradientOf(domain, name)};
    ops.try_emplace({op.domain, op.name}, std::move(op));
  };
  onnx::Registry::get().forEach(
      [&](StringRef domain, StringRef name) { add(domain, name, false); });
  for (const auto &[domain, name] : onnx::functionOperators())
    add(domain, name, true);
  std::vector<ImportableOp> list;
  for (auto &entry : ops)
    list.push_back(std::move(entry.second));
  return list;
}

StringRef onnxVersion() { return "1.22.0"; }

int highestOpset() { return onnx::newestVersion(""); }

} // namespace ds
