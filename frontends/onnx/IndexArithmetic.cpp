//===- IndexArithmetic.cpp - sizes and index values of GraphBuilder
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/GraphBuilder.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Placement: every index op stands right behind the last of its operands,
// constants at the start of the function. So a size that was computed once may
// be used wherever its operands are visible, also from another region.
//===----------------------------------------------------------------------===//

/// True when `x` is defined after `y`; both are visible from one place.
static bool definedLater(Value x, Value y) {
  Block *blockX = x.getParentBlock(), *blockY = y.getParentBlock();
  if (blockX != blockY)
    return blockY->getParent()->isAncestor(blockX->getParent());
  Operation *defX = x.getDefiningOp(), *defY = y.getDefiningOp();
  if (!defX || !defY)
    return defX != nullptr;
  return defY->isBeforeInBlock(defX);
}

void GraphBuilder::insertAfterOperands(OpBuilder &builder,
                                       ArrayRef<Value> operands) {
  Value last;
  for (Value v : operands)
    if (!last || definedLater(v, last))
      last = v;
  if (Operation *def = last ? last.getDefiningOp() : nullptr;
      def && def != lastConstant) {
    if (!isa<arith::ConstantOp>(def) || def->getBlock() != entry) {
      builder.setInsertionPointAfter(def);
      return;
    }
  }
  Block *block = last ? last.getParentBlock() : entry;
  if (block == entry && lastConstant)
    builder.setInsertionPointAfter(lastConstant);
  else
    builder.setInsertionPointToStart(block);
}

Value GraphBuilder::constantValue(TypedAttr attribute) {
  Value &known = scalarConstants[attribute];
  if (known)
    return known;
  OpBuilder builder(b.getContext());
  // In front of all others: what already uses an older constant stays behind
  // the last one.
  builder.setInsertionPointToStart(entry);
  auto op = arith::ConstantOp::create(builder, loc(), attribute);
  if (!lastConstant)
    lastConstant = op;
  return known = op;
}

Value GraphBuilder::asValue(OpFoldResult v) {
  if (auto value = dyn_cast<Value>(v))
    return value;
  return constantValue(llvm::cast<TypedAttr>(llvm::cast<Attribute>(v)));
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

Sizes GraphBuilder::dims(Value v) {
  RankedTensorType type = typeOf(v);
  auto known = knownDims.find(v);
  if (known != knownDims.end())
    return known->second;
  Sizes sizes;
  for (int64_t extent : type.getShape())
    sizes.push_back(ShapedType::isDynamic(extent) ? OpFoldResult()
                                                  : index(extent));
  if (!type.hasStaticShape())
    askSizes(v, sizes);
  knownDims[v] = sizes;
  return sizes;
}

/// Fills in the dynamic entries: from the op that made the value, or else by
/// `tensor.dim`.
void GraphBuilder::askSizes(Value v, Sizes &sizes) {
  auto *def = v.getDefiningOp();
  if (def && isa<ElementwiseOpInterface>(def)) {
    Sizes operand = dims(def->getOperand(0));
    for (auto [size, from] : llvm::zip(sizes, operand))
      if (!size)
        size = from;
    return;
  }
  if (auto reify = dyn_cast_or_null<ReifyRankedShapedTypeOpInterface>(def)) {
    OpBuilder builder(b.getContext());
    builder.setInsertionPointAfter(def);
    Operation *next = def->getNextNode();
    ReifiedRankedShapedTypeDims reified;
    LogicalResult result = reify.reifyResultShapes(builder, reified);
    SmallVector<Operation *> made;
    for (Operation *op = def->getNextNode(); op != next; op = op->getNextNode())
      made.push_back(op);
    if (succeeded(result)) {
      DenseMap<Value, OpFoldResult> replaced;
      for (Operation *op : made)
        renumber(op, replaced);
      for (auto [size, from] :
           llvm::zip(sizes, reified[llvm::cast<OpResult>(v).getResultNumber()]))
        if (!size) {
          auto value = dyn_cast<Value>(from);
          auto it = value ? replaced.find(value) : replaced.end();
          size = it != replaced.end() ? it->second : from;
        }
    }
    for (Operation *op : llvm::reverse(made))
      if (op->use_empty() &&
          !llvm::is_contained(sizes, OpFoldResult(op->getResult(0))))
        op->erase();
    if (!llvm::is_contained(sizes, OpFoldResult()))
      return;
  }
  for (auto [i, size] : llvm::enumerate(sizes))
    if (!size)
      size = indexOp(tensor::DimOp::getOperationName(),
                     {v, constantValue(b.getIndexAttr(i))}, b.getIndexType());
}

/// Replaces an index op that a dialect made by the one that we have, or would
/// have made, for the same value.
void GraphBuilder::renumber(Operation *op,
                            DenseMap<Value, OpFoldResult> &replaced) {
  auto operand = [&](unsigned i) -> OpFoldResult {
    auto it = replaced.find(op->getOperand(i));
    return it != replaced.end() ? it->second
                                : getAsOpFoldResult(op->getOperand(i));
  };
  OpFoldResult result;
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    result = constant.getValue();
  } else if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    std::optional<int64_t> i = constantIndex(operand(1));
    if (i && *i < rank(dim.getSource()))
      result = dims(dim.getSource())[*i];
  } else if (isa<arith::AddIOp>(op)) {
    result = add(operand(0), operand(1));
  } else if (isa<arith::SubIOp>(op)) {
    result = sub(operand(0), operand(1));
  } else if (isa<arith::MulIOp>(op)) {
    result = mul(operand(0), operand(1));
  } else if (isa<arith::MaxSIOp>(op)) {
    result = max(operand(0), operand(1));
  } else if (isa<arith::MinSIOp>(op)) {
    result = min(operand(0), operand(1));
  } else {
    for (unsigned i = 0, e = op->getNumOperands(); i < e; ++i)
      op->setOperand(i, asValue(operand(i)));
    return;
  }
  if (result)
    replaced[op->getResult(0)] = result;
}

RankedTensorType GraphBuilder::typeFor(ArrayRef<OpFoldResult> sizes,
                                       Type element) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(constantIndex(size).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, element);
}

SmallVector<Value> GraphBuilder::dynamicSizes(ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> values;
  for (OpFoldResult size : sizes)
    if (!constantIndex(size))
      values.push_back(asValue(size));
  return values;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

OpFoldResult GraphBuilder::indexOp(StringRef name, ArrayRef<Value> operands,
                                   Type type,
                                   ArrayRef<NamedAttribute> attributes) {
  IndexKey key{name.str(), type.getAsOpaquePointer(), {}};
  for (Value v : operands)
    std::get<2>(key).push_back(v.getAsOpaquePointer());
  for (NamedAttribute attribute : attributes)
    std::get<2>(key).push_back(attribute.getValue().getAsOpaquePointer());
  Operation *&known = indexOps[key];
  if (known)
    return known->getResult(0);
  OpBuilder builder(b.getContext());
  insertAfterOperands(builder, operands);
  OperationState state(loc(), name, operands, type, attributes);
  Operation *op = builder.create(state);
  SmallVector<OpFoldResult> folded;
  if (succeeded(op->fold(folded)) && !folded.empty()) {
    op->erase();
    indexOps.erase(key);
    return folded[0];
  }
  indexOps[key] = op;
  return op->getResult(0);
}

/// Values of a commutative pair in one order, so that x + y and y + x are one
/// op; a constant stands on the right.
static void orderOperands(OpFoldResult &x, OpFoldResult &y) {
  auto vx = dyn_cast<Value>(x), vy = dyn_cast<Value>(y);
  if ((!vx && vy) || (vx && vy && vx != vy && definedLater(vx, vy)))
    std::swap(x, y);
}

/// The constant right operand of the op `Op` that made `x`, and its left
/// operand.
template <typename Op>
static std::optional<std::pair<Value, int64_t>> splitConstant(OpFoldResult x) {
  auto value = dyn_cast<Value>(x);
  auto op = value ? value.getDefiningOp<Op>() : Op();
  if (!op)
    return std::nullopt;
  if (std::optional<int64_t> c = getConstantIntValue(op.getRhs()))
    return std::make_pair(op.getLhs(), *c);
  return std::nullopt;
}

OpFoldResult GraphBuilder::add(OpFoldResult x, OpFoldResult y) {
  orderOperands(x, y);
  auto cx = constantIndex(x), cy = constantIndex(y);
  int64_t sum;
  if (cx && cy && !llvm::AddOverflow(*cx, *cy, sum))
    return index(sum);
  if (cy == 0)
    return x;
  if (cy)
    if (auto inner = splitConstant<arith::AddIOp>(x);
        inner && !llvm::AddOverflow(inner->second, *cy, sum))
      return add(inner->first, index(sum));
  return indexOp(arith::AddIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

OpFoldResult GraphBuilder::sub(OpFoldResult x, OpFoldResult y) {
  if (x == y)
    return index(0);
  if (auto cy = constantIndex(y);
      cy && *cy != std::numeric_limits<int64_t>::min())
    return add(x, index(-*cy));
  // (x + y) - x, as the size of a concatenation cut again gives it.
  if (auto value = dyn_cast<Value>(x))
    if (auto sum = value.getDefiningOp<arith::AddIOp>()) {
      if (OpFoldResult(sum.getLhs()) == y)
        return getAsOpFoldResult(sum.getRhs());
      if (OpFoldResult(sum.getRhs()) == y)
        return getAsOpFoldResult(sum.getLhs());
    }
  return indexOp(arith::SubIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

OpFoldResult GraphBuilder::mul(OpFoldResult x, OpFoldResult y) {
  orderOperands(x, y);
  auto cx = constantIndex(x), cy = constantIndex(y);
  int64_t result;
  if (cx && cy && !llvm::MulOverflow(*cx, *cy, result))
    return index(result);
  if (cy == 1)
    return x;
  if (cy == 0)
    return index(0);
  if (cy)
    if (auto inner = splitConstant<arith::MulIOp>(x);
        inner && !llvm::MulOverflow(inner->second, *cy, result))
      return mul(inner->first, index(result));
  return indexOp(arith::MulIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

OpFoldResult GraphBuilder::div(OpFoldResult x, OpFoldResult y) {
  auto cx = constantIndex(x), cy = constantIndex(y);
  if (cy == 0 || cy == 1)
    return x;
  if (cx && cy && *cy != -1)
    return index(*cx / *cy);
  if (x == y)
    return min(x, index(1)); // sizes: 0 / 0 counts as 0
  if (cy && *cy > 0)
    if (auto inner = splitConstant<arith::MulIOp>(x);
        inner && inner->second % *cy == 0)
      return mul(inner->first, index(inner->second / *cy));
  if (!cy)
    y = select(compare(arith::CmpIPredicate::eq, y, index(0)), index(1), y);
  return indexOp(arith::DivSIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

OpFoldResult GraphBuilder::rem(OpFoldResult x, OpFoldResult y) {
  auto cx = constantIndex(x), cy = constantIndex(y);
  if (cy == 0 || cy == 1 || cy == -1)
    return index(0);
  if (cx && cy)
    return index(*cx % *cy);
  if (!cy)
    y = select(compare(arith::CmpIPredicate::eq, y, index(0)), index(1), y);
  return indexOp(arith::RemSIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

bool GraphBuilder::isSize(OpFoldResult v, int depth) {
  if (std::optional<int64_t> known = constantIndex(v))
    return *known >= 0;
  Operation *def = llvm::cast<Value>(v).getDefiningOp();
  if (!def ||
      depth == 0) // expressions share parts: a full walk may be exponential
    return false;
  auto operand = [&](unsigned i) {
    return isSize(getAsOpFoldResult(def->getOperand(i)), depth - 1);
  };
  if (isa<arith::AddIOp, arith::MulIOp, arith::DivSIOp, arith::MinSIOp>(def))
    return operand(0) && operand(1);
  if (isa<arith::MaxSIOp>(def))
    return operand(0) || operand(1);
  if (isa<arith::SelectOp>(def))
    return operand(1) && operand(2);
  return isa<tensor::DimOp>(def);
}

OpFoldResult GraphBuilder::min(OpFoldResult x, OpFoldResult y) {
  orderOperands(x, y);
  auto cx = constantIndex(x), cy = constantIndex(y);
  if (x == y)
    return x;
  if (cx && cy)
    return index(std::min(*cx, *cy));
  if (cy == std::numeric_limits<int64_t>::max() || (cy == 0 && isSize(x)))
    return cy == 0 ? y : x;
  return indexOp(arith::MinSIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

OpFoldResult GraphBuilder::max(OpFoldResult x, OpFoldResult y) {
  orderOperands(x, y);
  auto cx = constantIndex(x), cy = constantIndex(y);
  if (x == y)
    return x;
  if (cx && cy)
    return index(std::max(*cx, *cy));
  if (cy && *cy <= 0 && isSize(x))
    return x;
  return indexOp(arith::MaxSIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getIndexType());
}

OpFoldResult GraphBuilder::compare(arith::CmpIPredicate predicate,
                                   OpFoldResult x, OpFoldResult y) {
  auto cx = constantIndex(x), cy = constantIndex(y);
  if (cx && cy)
    return b.getBoolAttr(arith::applyCmpPredicate(
        predicate, APInt(64, *cx, true), APInt(64, *cy, true)));
  if (x == y)
    return b.getBoolAttr(
        arith::applyCmpPredicate(predicate, APInt(64, 0), APInt(64, 0)));
  if (cy && *cy < 0 && isSize(x))
    return b.getBoolAttr(arith::applyCmpPredicate(predicate, APInt(64, 0),
                                                  APInt(64, *cy, true)));
  return indexOp(arith::CmpIOp::getOperationName(), {asValue(x), asValue(y)},
                 b.getI1Type(),
                 b.getNamedAttr("predicate", arith::CmpIPredicateAttr::get(
                                                 b.getContext(), predicate)));
}

OpFoldResult GraphBuilder::select(OpFoldResult condition, OpFoldResult x,
                                  OpFoldResult y) {
  if (auto attribute = dyn_cast<Attribute>(condition))
    return llvm::cast<IntegerAttr>(attribute).getValue().isZero() ? y : x;
  if (x == y)
    return x;
  Value vx = asValue(x), vy = asValue(y);
  return indexOp(arith::SelectOp::getOperationName(),
                 {asValue(condition), vx, vy}, vx.getType());
}

OpFoldResult GraphBuilder::find(ArrayRef<OpFoldResult> keys,
                                ArrayRef<OpFoldResult> values, int64_t key,
                                OpFoldResult otherwise) {
  OpFoldResult result = otherwise;
  for (auto [candidate, value] : llvm::zip(keys, values))
    result = select(compare(arith::CmpIPredicate::eq, candidate, index(key)),
                    value, result);
  return result;
}

OpFoldResult GraphBuilder::product(ArrayRef<OpFoldResult> factors) {
  OpFoldResult result = index(1);
  for (OpFoldResult factor : factors)
    result = mul(result, factor);
  return result;
}

/// Splits products into their factors, the constant one apart.
static void collectFactors(OpFoldResult v, SmallVectorImpl<Value> &factors,
                           int64_t &constant, int depth = 8) {
  if (std::optional<int64_t> c = getConstantIntValue(v)) {
    constant = llvm::MulOverflow(constant, *c, constant) ? 0 : constant;
    return;
  }
  Value value = cast<Value>(v);
  if (auto mul = value.getDefiningOp<arith::MulIOp>(); mul && depth > 0) {
    collectFactors(getAsOpFoldResult(mul.getLhs()), factors, constant,
                   depth - 1);
    collectFactors(getAsOpFoldResult(mul.getRhs()), factors, constant,
                   depth - 1);
    return;
  }
  factors.push_back(value);
}

OpFoldResult GraphBuilder::quotient(ArrayRef<OpFoldResult> numerator,
                                    ArrayRef<OpFoldResult> denominator) {
  SmallVector<Value> top, bottom, rest;
  int64_t constantTop = 1, constantBottom = 1;
  for (OpFoldResult v : numerator)
    collectFactors(v, top, constantTop);
  for (OpFoldResult v : denominator)
    collectFactors(v, bottom, constantBottom);
  for (Value v : bottom) {
    auto *equal = llvm::find(top, v);
    if (equal != top.end())
      top.erase(equal);
    else
      rest.push_back(v);
  }
  if (constantTop == 0)
    return index(0);
  if (int64_t common = std::gcd(constantTop, constantBottom)) {
    constantTop /= common;
    constantBottom /= common;
  }
  OpFoldResult x = index(constantTop), y = index(constantBottom);
  for (Value v : top)
    x = mul(v, x);
  for (Value v : rest)
    y = mul(v, y);
  return div(x, y);
}

bool GraphBuilder::require(OpFoldResult condition, const Twine &message) {
  if (auto attribute = dyn_cast<Attribute>(condition))
    return !llvm::cast<IntegerAttr>(attribute).getValue().isZero();
  cf::AssertOp::create(b, loc(), llvm::cast<Value>(condition), message.str());
  return true;
}

} // namespace ds::onnx
