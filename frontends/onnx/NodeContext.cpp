//===- NodeContext.cpp - checked readings of a node
//------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/NodeContext.h"

#include "frontends/onnx/GraphImporter.h"

using namespace mlir;
using ds_onnx::AttributeProto;

namespace ds::onnx {

SmallVector<Value> NodeContext::tensorInputs() const {
  SmallVector<Value> values;
  for (const Entity &entity : inputs)
    values.push_back(entity.value);
  return values;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *NodeContext::attribute(StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t NodeContext::attrInt(StringRef name, int64_t otherwise) const {
  const AttributeProto *found = attribute(name);
  return found ? found->i() : otherwise;
}

double NodeContext::attrFloat(StringRef name, double otherwise) const {
  const AttributeProto *found = attribute(name);
  return found ? found->f() : otherwise;
}

std::string NodeContext::attrString(StringRef name, StringRef otherwise) const {
  const AttributeProto *found = attribute(name);
  return found ? found->s() : otherwise.str();
}

SmallVector<int64_t> NodeContext::attrInts(StringRef name) const {
  const AttributeProto *found = attribute(name);
  return found
             ? SmallVector<int64_t>(found->ints().begin(), found->ints().end())
             : SmallVector<int64_t>();
}

SmallVector<double> NodeContext::attrFloats(StringRef name) const {
  const AttributeProto *found = attribute(name);
  return found ? SmallVector<double>(found->floats().begin(),
                                     found->floats().end())
               : SmallVector<double>();
}

SmallVector<std::string> NodeContext::attrStrings(StringRef name) const {
  const AttributeProto *found = attribute(name);
  return found ? SmallVector<std::string>(found->strings().begin(),
                                          found->strings().end())
               : SmallVector<std::string>();
}

FailureOr<Type> NodeContext::attrType(StringRef name, Type otherwise) {
  const AttributeProto *found = attribute(name);
  if (!found)
    return otherwise;
  // Version 1 of Cast spells it as a string.
  int64_t number = found->i();
  if (found->type() == AttributeProto::STRING) {
    ds_onnx::TensorProto::DataType parsed;
    if (!ds_onnx::TensorProto::DataType_Parse(found->s(), &parsed))
      return error("attribute \"" + name + "\" names no element type: \"" +
                   found->s() + "\"");
    number = parsed;
  }
  if (number == ds_onnx::TensorProto::STRING)
    return unsupported("string tensors are not supported");
  Type type = elementTypeFor(static_cast<int>(number), importer.context());
  if (!type)
    return error("attribute \"" + name +
                 "\" names no element type: " + Twine(number));
  return type;
}

//===----------------------------------------------------------------------===//
// Checked readings
//===----------------------------------------------------------------------===//

FailureOr<int64_t> NodeContext::axis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return error("axis " + Twine(axis) +
                 " is out of range: the tensor has rank " + Twine(rank));
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> NodeContext::axes(ArrayRef<int64_t> axes,
                                                  int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t each : axes) {
    FailureOr<int64_t> checked = axis(each, rank);
    if (failed(checked))
      return failure();
    result.push_back(*checked);
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    return error("the axes name one dimension twice");
  return result;
}

FailureOr<std::optional<SmallVector<int64_t>>>
NodeContext::axesFrom(StringRef attribute, unsigned input, int64_t rank) {
  SmallVector<int64_t> list = attrInts(attribute);
  if (!has(attribute)) {
    if (!hasInput(input))
      return std::optional<SmallVector<int64_t>>();
    FailureOr<SmallVector<int64_t>> constant = constantInts(input, "axes");
    if (failed(constant))
      return failure();
    list = *constant;
  }
  FailureOr<SmallVector<int64_t>> checked = axes(list, rank);
  if (failed(checked))
    return failure();
  return std::optional<SmallVector<int64_t>>(*checked);
}

FailureOr<SmallVector<int64_t>> NodeContext::constantInts(unsigned i,
                                                          StringRef what) {
  std::optional<Sizes> known = g.elements(input(i));
  SmallVector<int64_t> values;
  if (known) {
    for (OpFoldResult element : *known)
      if (std::optional<int64_t> value = g.constantIndex(element))
        values.push_back(*value);
    if (values.size() == known->size())
      return values;
    values.clear();
  }
  std::optional<HostTensor> data = g.constant(g.unmarked(input(i)));
  if (!data)
    return unsupported("input \"" + what +
                       "\" must be known at compile time; fix the dimensions "
                       "that it is computed from "
                       "with --shape or --dim, or make it a constant");
  for (int64_t p = 0, e = data->numElements(); p < e; ++p)
    values.push_back(data->getInt(p));
  return values;
}

FailureOr<double> NodeContext::constantNumber(unsigned i, StringRef what) {
  std::optional<HostTensor> data = g.constant(g.unmarked(input(i)));
  if (!data)
    return unsupported("input \"" + what +
                       "\" must be known at compile time; make it a constant");
  if (data->numElements() != 1)
    return error("input \"" + what + "\" must be one number, found " +
                 Twine(data->numElements()));
  return data->getDouble(0);
}

FailureOr<Sizes> NodeContext::indices(unsigned i, StringRef what) {
  if (rank(i) > 1)
    return error("input \"" + what + "\" must have rank 1, found rank " +
                 Twine(rank(i)));
  constexpr int64_t maxEntries =
      4096; // far more than any tensor has dimensions
  if (type(i).hasStaticShape() && type(i).getNumElements() > maxEntries)
    return error("input \"" + what + "\" has " +
                 Twine(type(i).getNumElements()) +
                 " entries, expected at most " + Twine(maxEntries));
  if (!type(i).hasStaticShape()) {
    // The number of entries may be known, though the type does not say so.
    std::optional<int64_t> length = g.constantIndex(g.dim(input(i), 0));
    if (!length || *length > maxEntries)
      return unsupported("input \"" + what +
                         "\" has a length that is not known at compile time");
    return g.readElements(
        g.refine(input(i), RankedTensorType::get({*length}, element(i))));
  }
  return g.readElements(input(i));
}

FailureOr<Sizes> NodeContext::axisIndices(unsigned i, int64_t rank) {
  FailureOr<Sizes> list = indices(i, "axes");
  if (failed(list))
    return failure();
  SmallVector<int64_t> known;
  for (OpFoldResult &each : *list) {
    if (std::optional<int64_t> constant = g.constantIndex(each)) {
      FailureOr<int64_t> checked = axis(*constant, rank);
      if (failed(checked))
        return failure();
      if (llvm::is_contained(known, *checked))
        return error("the axes name one dimension twice");
      known.push_back(*checked);
      each = g.index(*checked);
    } else {
      OpFoldResult isNegative =
          g.compare(arith::CmpIPredicate::slt, each, g.index(0));
      each = g.select(isNegative, g.add(each, g.index(rank)), each);
    }
  }
  return list;
}

FailureOr<OpFoldResult> NodeContext::scalarIndex(unsigned i, StringRef what) {
  FailureOr<Value> value = scalar(i, what);
  if (failed(value))
    return failure();
  return g.readElements(*value)[0];
}

FailureOr<Value> NodeContext::scalar(unsigned i, StringRef what) {
  if (rank(i) == 0)
    return input(i);
  if (type(i).hasStaticShape() && type(i).getNumElements() != 1)
    return error("input \"" + what +
                 "\" must be one number, found shape with " +
                 Twine(type(i).getNumElements()) + " elements");
  return g.reshape(input(i), {});
}

LogicalResult NodeContext::expectRank(unsigned i, int64_t low, int64_t high) {
  int64_t found = rank(i);
  if (high < 0)
    high = low;
  if (found >= low && found <= high)
    return success();
  std::string expected = std::to_string(low);
  if (high != low)
    expected = high > 1000 ? "at least " + expected
                           : expected + " to " + std::to_string(high);
  return error("input " + Twine(i) + " must have rank " + expected +
               ", found rank " + Twine(found));
}

FailureOr<SmallVector<Value>> NodeContext::broadcast(ArrayRef<Value> values) {
  std::optional<Sizes> sizes = g.broadcastSizes(values);
  if (!sizes) {
    InFlightDiagnostic diagnostic =
        error("the inputs' shapes cannot be broadcast against each other");
    for (Value v : values)
      diagnostic.attachNote() << "an input has type " << v.getType();
    return diagnostic;
  }
  SmallVector<Value> results;
  for (Value v : values)
    results.push_back(g.broadcastTo(v, *sizes));
  return results;
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

InFlightDiagnostic NodeContext::error(const Twine &message) {
  return importer.report(ImportStatus::Malformed, g.loc(), message);
}

InFlightDiagnostic NodeContext::unsupported(const Twine &message) {
  return importer.report(ImportStatus::Unsupported, g.loc(), message);
}

} // namespace ds::onnx
