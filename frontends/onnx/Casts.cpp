//===- Casts.cpp - operators that change the element type
//------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace ds::onnx {

/// Converts the input as the attributes `saturate` and `round_mode` say, which
/// matter for floats of 8 bits only.
static LogicalResult convertTo(NodeContext &n, Type element) {
  Value x = n.input(0);
  std::string mode = n.attrString("round_mode", "up");
  auto round = llvm::StringSwitch<std::optional<nn::ScaleRound>>(mode)
                   .Case("up", nn::ScaleRound::up)
                   .Case("down", nn::ScaleRound::down)
                   .Case("nearest", nn::ScaleRound::nearest)
                   .Default(std::nullopt);
  if (!round)
    return n.error("attribute \"round_mode\" is \"" + mode +
                   "\", expected \"up\", \"down\" or \"nearest\"");
  if (element == n.element(0))
    return n.set(x);
  // Complex numbers are moved, never computed with.
  if (!element.isIntOrFloat() || !n.element(0).isIntOrFloat())
    return n.unsupported(
        "a cast between a number and a complex number or string");
  // Integers below a byte take the low bits of the number, as of an integer.
  if (auto integer = dyn_cast<IntegerType>(element);
      integer && integer.getWidth() > 1 && integer.getWidth() < 8 &&
      isa<FloatType>(n.element(0)))
    x = n.g.cast(x, n.g.b.getI32Type());
  auto type = RankedTensorType::get(n.type(0).getShape(), element);
  return n.set(
      n.g.emit<nn::CastOp>(type, x, n.attrInt("saturate", 1) != 0, *round));
}

static LogicalResult convertCast(NodeContext &n) {
  FailureOr<Type> element = n.attrType("to", {});
  return failed(element) ? failure() : convertTo(n, *element);
}

static LogicalResult convertCastLike(NodeContext &n) {
  return convertTo(n, n.element(1));
}

static LogicalResult convertBitCast(NodeContext &n) {
  FailureOr<Type> element = n.attrType("to", {});
  if (failed(element))
    return failure();
  Type from = n.element(0);
  if (*element == from)
    return n.set(n.input(0));
  if (!element->isIntOrFloat() || !from.isIntOrFloat())
    return n.unsupported("the bits of complex numbers as another type");
  // A boolean takes a byte in a tensor, and one bit of information.
  auto width = [](Type type) {
    return type.isInteger(1) ? 8 : type.getIntOrFloatBitWidth();
  };
  if (width(*element) != width(from)) {
    auto error = n.error("the bits of one type cannot be another of a "
                         "different width: expected ");
    return error << width(from) << " bits, found " << width(*element)
                 << " in attribute \"to\"";
  }
  // It is reinterpreted through the byte that holds it.
  Type byte = n.g.b.getIntegerType(8, /*isSigned=*/false);
  Value bits = from.isInteger(1) ? n.g.cast(n.input(0), byte) : n.input(0);
  Type target = element->isInteger(1) ? byte : *element;
  if (GraphBuilder::elementOf(bits) != target)
    bits = n.g.emit<nn::BitcastOp>(
        RankedTensorType::get(n.type(0).getShape(), target), bits);
  return n.set(n.g.cast(bits, *element));
}

void registerCasts(Registry &registry) {
  registry.add("BitCast", convertBitCast);
  registry.add("Cast", convertCast);
  registry.add("CastLike", convertCastLike);
}

} // namespace ds::onnx
