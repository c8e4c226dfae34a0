//===- TrainDialect.cpp - registration and verifiers of train -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Train/Train.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace ds;
using namespace ds::train;

// clang-format off
#include "dialects/Train/TrainDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Train/TrainOps.cpp.inc"
// clang-format on

void TrainDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Train/TrainOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

static constexpr StringRef GradientTag = "gradient";

Location ds::train::gradientLoc(Location loc) {
  MLIRContext *context = loc.getContext();
  return FusedLoc::get(context, loc, StringAttr::get(context, GradientTag));
}

bool ds::train::isGradientLoc(Location loc) {
  return loc
      ->walk([](Location part) {
        auto fused = dyn_cast<FusedLoc>(part);
        auto tag = fused ? dyn_cast_or_null<StringAttr>(fused.getMetadata())
                         : StringAttr();
        return tag && tag.getValue() == GradientTag ? WalkResult::interrupt()
                                                    : WalkResult::advance();
      })
      .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// train.vjp
//===----------------------------------------------------------------------===//

/// `numbers` are numbers of `types`, strictly increasing, of tensors of floats.
static LogicalResult verifyNumbers(Operation *op, StringRef name,
                                   ArrayRef<int64_t> numbers, TypeRange types,
                                   StringRef what) {
  int64_t previous = -1;
  for (int64_t number : numbers) {
    if (number <= previous || number >= static_cast<int64_t>(types.size()))
      return op->emitOpError("expected '")
             << name << "' to be strictly increasing numbers of "
             << types.size() << ' ' << what << ", but found [" << numbers
             << "]";
    previous = number;
    auto type = dyn_cast<RankedTensorType>(types[number]);
    if (!type || !isa<FloatType>(type.getElementType())) // C5
      return op->emitOpError("expected a ranked tensor of floats as number ")
             << number << " of the " << what << ", but found " << types[number];
  }
  return success();
}

LogicalResult VjpOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      *this, getCalleeAttr());
  if (!function) // C1
    return emitOpError("expected a function, but found no '@")
           << getCallee() << "'";
  auto inputs = function.getArgumentTypes(),
       outputs = function.getResultTypes();
  if (TypeRange(getArgs()) != TypeRange(inputs)) // C1
    return emitOpError("expected arguments of types (")
           << inputs << "), but found (" << getArgs().getTypes() << ")";
  if (failed(verifyNumbers(*this, "seeded", getSeeded(), outputs, // C2
                           "results")) ||
      failed(verifyNumbers(*this, "wrt", getWrt(), inputs, "arguments"))) // C3
    return failure();
  SmallVector<Type> seeds, results(outputs);
  for (int64_t number : getSeeded())
    seeds.push_back(outputs[number]);
  if (TypeRange(getSeeds()) != TypeRange(seeds)) // C2
    return emitOpError("expected seeds of types (")
           << seeds << "), but found (" << getSeeds().getTypes() << ")";
  for (int64_t number : getWrt())
    results.push_back(inputs[number]);
  if (getResultTypes() != TypeRange(results)) // C4
    return emitOpError("expected results of types (")
           << results << "), but found (" << getResultTypes() << ")";
  return success();
}
