//===- ModelDescription.cpp - the constant ds_model
//------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/Host/HostLowering.h"
#include "compiler/Link/Link.h"
#include "compiler/Plugin/Version.h"
#include "ds/model.h"
#include "ds/types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

#include <nlohmann/json.hpp>

using namespace mlir;

namespace ds {

/// The runtime's number of an nn element type; in launches types are those of
/// memory.
static int32_t elementTypeCode(Type type) {
  if (auto complex = dyn_cast<ComplexType>(type))
    return complex.getElementType().isF64() ? DS_COMPLEX128 : DS_COMPLEX64;
  if (isa<Float16Type>(type))
    return DS_FLOAT16;
  if (isa<BFloat16Type>(type))
    return DS_BFLOAT16;
  if (isa<Float32Type>(type))
    return DS_FLOAT32;
  if (isa<Float64Type>(type))
    return DS_FLOAT64;
  if (isa<Float8E4M3FNType>(type))
    return DS_FLOAT8E4M3FN;
  if (isa<Float8E4M3FNUZType>(type))
    return DS_FLOAT8E4M3FNUZ;
  if (isa<Float8E5M2Type>(type))
    return DS_FLOAT8E5M2;
  if (isa<Float8E5M2FNUZType>(type))
    return DS_FLOAT8E5M2FNUZ;
  if (isa<Float8E8M0FNUType>(type))
    return DS_FLOAT8E8M0FNU;
  if (isa<Float4E2M1FNType>(type))
    return DS_FLOAT4E2M1FN;
  if (type.isIndex())
    return DS_INT64;
  bool isUnsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return DS_BOOL;
  case 2:
    return isUnsigned ? DS_UINT2 : DS_INT2;
  case 4:
    return isUnsigned ? DS_UINT4 : DS_INT4;
  case 8:
    return isUnsigned ? DS_UINT8 : DS_INT8;
  case 16:
    return isUnsigned ? DS_UINT16 : DS_INT16;
  case 32:
    return isUnsigned ? DS_UINT32 : DS_INT32;
  default:
    return isUnsigned ? DS_UINT64 : DS_INT64;
  }
}

namespace {

/// Builds constants of the C types in ds/model.h; struct layouts are those of
/// the x86-64 ABI, which LLVM's unpacked structs have.
class DescriptionBuilder {
public:
  explicit DescriptionBuilder(llvm::Module &module)
      : module(module), context(module.getContext()),
        pointer(llvm::PointerType::getUnqual(context)) {}

  llvm::Constant *i32(int64_t value) {
    return llvm::ConstantInt::getSigned(llvm::Type::getInt32Ty(context), value);
  }
  llvm::Constant *i64(int64_t value) {
    return llvm::ConstantInt::getSigned(llvm::Type::getInt64Ty(context), value);
  }
  llvm::Type *byte() { return llvm::Type::getInt8Ty(context); }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *global(llvm::Constant *value, const llvm::Twine &name = "") {
    return new llvm::GlobalVariable(
        module, value->getType(), /*isConstant=*/true,
        llvm::GlobalValue::PrivateLinkage, value, name);
  }
  llvm::Constant *string(llvm::StringRef text) {
    return global(
        llvm::ConstantDataArray::getString(context, text, /*AddNull=*/true));
  }
  llvm::Constant *structure(llvm::ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(context, fields);
  }
  /// A pointer to an array; null when empty.
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> items) {
    if (items.empty())
      return null();
    return global(llvm::ConstantArray::get(
        llvm::ArrayType::get(items[0]->getType(), items.size()), items));
  }
  llvm::Constant *dims(llvm::ArrayRef<int64_t> values) {
    llvm::SmallVector<llvm::Constant *> items;
    for (int64_t value : values)
      items.push_back(i64(ShapedType::isDynamic(value) ? -1 : value));
    return array(items);
  }

  llvm::Constant *tensor(RankedTensorType type, DictionaryAttr attributes) {
    auto attribute = [&](StringRef name) {
      return attributes ? attributes.get(name) : Attribute();
    };
    auto name = dyn_cast_or_null<StringAttr>(attribute("ds.name"));
    llvm::Constant *names = null();
    if (auto dimNames =
            dyn_cast_or_null<ArrayAttr>(attribute("ds.dim_names"))) {
      llvm::SmallVector<llvm::Constant *> items;
      for (Attribute dim : dimNames) {
        auto text = dyn_cast<StringAttr>(dim);
        items.push_back(text && !text.empty() ? string(text) : null());
      }
      if (static_cast<int64_t>(items.size()) == type.getRank())
        names = array(items);
    }
    auto offset =
        dyn_cast_or_null<IntegerAttr>(attribute("exec.default_offset"));
    return structure({string(name ? name.getValue() : ""), i32(DS_TENSOR),
                      i32(elementTypeCode(type.getElementType())),
                      i32(type.getRank()), dims(type.getShape()), names,
                      i64(offset                         ? offset.getInt()
                          : attribute("ds.zero_default") ? DS_ZERO_DEFAULT
                                                         : DS_NO_DEFAULT),
                      i32(role(attribute("ds.role"))),
                      i32(number(attribute("ds.donor")))});
  }

  /// The code of an entry point, which another object may define.
  llvm::Constant *entryPoint(llvm::StringRef symbol) {
    llvm::Type *none = llvm::Type::getVoidTy(context);
    auto *code = llvm::cast<llvm::Function>(
        module.getOrInsertFunction(symbol, none, pointer).getCallee());
    code->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return code;
  }

  static int64_t number(Attribute attribute) {
    auto value = dyn_cast_or_null<IntegerAttr>(attribute);
    return value ? value.getInt() : -1;
  }
  static ds_role_t role(Attribute attribute) {
    auto name = dyn_cast_or_null<StringAttr>(attribute);
    return llvm::StringSwitch<ds_role_t>(name ? name.getValue() : "")
        .Case("parameter", DS_ROLE_PARAMETER)
        .Case("state", DS_ROLE_STATE)
        .Case("hyper", DS_ROLE_HYPER)
        .Case("metric", DS_ROLE_METRIC)
        .Default(DS_ROLE_DATA);
  }

  llvm::Constant *launch(const LaunchDescription &launch) {
    llvm::SmallVector<llvm::Constant *> arguments;
    for (const LaunchDescription::Argument &argument : launch.arguments)
      arguments.push_back(structure(
          {i32(argument.slot), i32(elementTypeCode(argument.elementType)),
           i32(static_cast<int64_t>(argument.dims.size())),
           i32(argument.isOutput), dims(argument.dims)}));
    return structure({string(launch.kernel), string(launch.nodes),
                      i32(static_cast<int64_t>(arguments.size())),
                      array(arguments)});
  }

  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
};

} // namespace

std::string memoryPlanJson(func::FuncOp function) {
  nlohmann::ordered_json json;
  auto plan = function->getAttrOfType<DictionaryAttr>("exec.plan");
  auto number = [](DictionaryAttr dictionary, StringRef key) {
    return dictionary.getAs<IntegerAttr>(key).getInt();
  };
  json["arena_bytes"] = plan ? number(plan, "arena_bytes") : 0;
  json["lower_bound"] = plan ? number(plan, "lower_bound") : 0;
  json["peak_position"] = plan ? number(plan, "peak_position") : 0;
  auto bytes =
      function->getParentOfType<ModuleOp>()->getAttrOfType<IntegerAttr>(
          "exec.weight_bytes");
  json["weight_bytes"] = bytes ? bytes.getInt() : 0;
  json["buffers"] = nlohmann::ordered_json::array();
  if (plan)
    for (Attribute entry : plan.getAs<ArrayAttr>("buffers")) {
      auto buffer = cast<DictionaryAttr>(entry);
      json["buffers"].push_back(
          {{"name", buffer.getAs<StringAttr>("name").str()},
           {"offset", number(buffer, "offset")},
           {"bytes", number(buffer, "bytes")},
           {"first", number(buffer, "first")},
           {"last", number(buffer, "last")},
           {"gradient", buffer.getAs<BoolAttr>("gradient").getValue()}});
    }
  return json.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

/// A ds_function_t.
static llvm::Constant *describeFunction(DescriptionBuilder &d,
                                        func::FuncOp function,
                                        ArrayRef<CpuTarget> targets,
                                        const EntryPoint &entryPoint) {
  auto signature = cast<FunctionType>(
      function->getAttrOfType<TypeAttr>("exec.signature").getValue());
  auto describe = [&](TypeRange types, StringRef attributesName) {
    auto attributes = function->getAttrOfType<ArrayAttr>(attributesName);
    llvm::SmallVector<llvm::Constant *> tensors;
    for (auto [number, type] : llvm::enumerate(types))
      tensors.push_back(d.tensor(cast<RankedTensorType>(type),
                                 attributes
                                     ? cast<DictionaryAttr>(attributes[number])
                                     : DictionaryAttr()));
    return d.array(tensors);
  };
  llvm::SmallVector<llvm::Constant *> launches;
  for (const LaunchDescription &launch : entryPoint.launches)
    launches.push_back(d.launch(launch));
  auto plan = function->getAttrOfType<DictionaryAttr>("exec.plan");
  llvm::SmallVector<llvm::Constant *> code;
  for (const CpuTarget &target : targets)
    code.push_back(d.entryPoint(target.nameOf(entryPoint.symbol)));
  return d.structure(
      {d.string(entryPoint.name), d.i32(signature.getNumInputs()),
       d.i32(signature.getNumResults()),
       d.i32(static_cast<int64_t>(launches.size())), d.i32(0),
       describe(signature.getInputs(), "exec.arguments"),
       describe(signature.getResults(), "exec.results"), d.array(launches),
       d.i64(plan ? plan.getAs<IntegerAttr>("arena_bytes").getInt() : 0),
       d.string(memoryPlanJson(function)), d.array(code)});
}

/// The weights lie behind everything else, at any distance from the code.
static void placeWeights(llvm::GlobalVariable &weights) {
  weights.setVisibility(llvm::GlobalValue::HiddenVisibility);
  weights.setCodeModel(llvm::CodeModel::Large);
}

void finishHostCode(llvm::Module &llvmModule, const CpuTarget &target,
                    ArrayRef<EntryPoint> entryPoints) {
  for (const EntryPoint &entryPoint : entryPoints) {
    llvm::Function *code = llvmModule.getFunction(entryPoint.symbol);
    code->setName(target.nameOf(entryPoint.symbol));
    code->setVisibility(llvm::GlobalValue::HiddenVisibility);
  }
  llvm::StringSet<> kernels;
  for (const EntryPoint &entryPoint : entryPoints)
    for (const LaunchDescription &launch : entryPoint.launches)
      if (kernels.insert(launch.kernel).second)
        llvmModule.getFunction(launch.kernel)
            ->setName(target.nameOf(launch.kernel));
  if (llvm::GlobalVariable *weights =
          llvmModule.getGlobalVariable("ds_weights")) {
    if (weights->use_empty())
      weights->eraseFromParent();
    else
      placeWeights(*weights);
  }
}

void addModelDescription(llvm::Module &llvmModule, ModuleOp module,
                         ArrayRef<CpuTarget> targets,
                         ArrayRef<EntryPoint> entryPoints) {
  DescriptionBuilder d(llvmModule);
  llvm::SmallVector<llvm::Constant *> functions, metadata;
  for (const EntryPoint &entryPoint : entryPoints)
    functions.push_back(
        describeFunction(d, module.lookupSymbol<func::FuncOp>(entryPoint.name),
                         targets, entryPoint));
  if (auto entries = module->getAttrOfType<DictionaryAttr>("ds.metadata"))
    for (NamedAttribute entry : entries)
      if (auto value = dyn_cast<StringAttr>(entry.getValue()))
        metadata.push_back(
            d.structure({d.string(entry.getName()), d.string(value)}));

  auto weightAttribute =
      module->getAttrOfType<IntegerAttr>("exec.weight_bytes");
  int64_t weightBytes = weightAttribute ? weightAttribute.getInt() : 0;
  llvm::Constant *weights = d.null();
  if (weightBytes > 0) {
    auto *symbol = llvm::cast<llvm::GlobalVariable>(
        llvmModule.getOrInsertGlobal("ds_weights", d.byte()));
    placeWeights(*symbol);
    weights = symbol;
    llvmModule.appendModuleInlineAsm(weightsModuleAsm(weightBytes));
  }
  auto name = module->getAttrOfType<StringAttr>("ds.name");
  llvm::SmallVector<llvm::Constant *> versions;
  for (const CpuTarget &target : targets)
    versions.push_back(d.structure(
        {d.string("x86-64 " + target.cpu), d.string(target.required)}));
  llvm::Constant *model = d.structure(
      {d.i64(static_cast<int64_t>(DS_MODEL_MAGIC)), d.i32(DS_MODEL_VERSION),
       d.i32(static_cast<int64_t>(versions.size())),
       d.i32(static_cast<int64_t>(functions.size())),
       d.i32(static_cast<int64_t>(metadata.size())),
       d.string(name ? name.getValue() : "model"),
       d.string("deepseek " DS_VERSION_STRING), d.array(versions),
       d.array(functions), d.array(metadata), weights, d.i64(weightBytes)});
  auto *variable = new llvm::GlobalVariable(
      llvmModule, model->getType(), /*isConstant=*/true,
      llvm::GlobalValue::ExternalLinkage, model, "ds_model");
  variable->setVisibility(llvm::GlobalValue::HiddenVisibility);
}

} // namespace ds
