//===- AccessForm.cpp - how reads move through memory along a loop
//--------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Codegen/CPU/AccessForm.h"

#include "compiler/Codegen/CPU/Stages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ds {

/// How `expr` depends on loop `loop` within a group of positions: 0 not at all,
/// 1 as the plain loop index, 2 otherwise.
static int dependence(AffineExpr expr, unsigned loop, int64_t group) {
  if (!expr.isFunctionOfDim(loop))
    return 0;
  if (expr == getAffineDimExpr(loop, expr.getContext()))
    return 1;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return 2;
  int left = dependence(binary.getLHS(), loop, group);
  auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return std::min(2, left + dependence(binary.getRHS(), loop, group));
  case AffineExprKind::Mul:
    return left == 0 ? 0 : 2;
  case AffineExprKind::FloorDiv:
    return left == 0 || (left == 1 && divisor && divisor.getValue() == group &&
                         isa<AffineDimExpr>(binary.getLHS()))
               ? 0
               : 2;
  default:
    return 2;
  }
}

int64_t divisorOf(AffineMap map, unsigned loop) {
  int64_t divisor = 0;
  map.walkExprs([&](AffineExpr expr) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    if (binary && binary.getKind() == AffineExprKind::FloorDiv &&
        binary.getLHS() == getAffineDimExpr(loop, map.getContext()))
      if (auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS()))
        divisor = constant.getValue();
  });
  return divisor;
}

int64_t innermostDim(ArrayRef<int64_t> shape) {
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 1; dim >= 0; --dim)
    if (shape[dim] != 1)
      return dim;
  return -1;
}

bool isContiguousAlong(Value tensor, AffineMap map, unsigned loop,
                       int64_t group, const ElementEmitter &e, bool &varies) {
  auto buffer = e.buffers.find(tensor);
  if (buffer != e.buffers.end()) {
    exec::PanelsAttr panels = buffer->second.panels;
    int64_t innermost =
        panels
            ? panels.getPermutation().back()
            : innermostDim(cast<RankedTensorType>(tensor.getType()).getShape());
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      int kind = dependence(expr, loop, group);
      varies |= kind != 0;
      if (kind == 2 || (kind == 1 && static_cast<int64_t>(dim) != innermost))
        return false;
    }
    return true;
  }
  Operation *op = tensor.getDefiningOp();
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return isContiguousAlong(cast.getSource(), map, loop, group, e, varies);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    bool isPlain = slice.getSourceType().getRank() == slice.getType().getRank();
    for (auto [dim, stride] : llvm::enumerate(slice.getMixedStrides()))
      isPlain &= isConstantIntValue(stride, 1) ||
                 (dim < map.getNumResults() &&
                  !map.getResult(dim).isFunctionOfDim(loop));
    return isPlain &&
           isContiguousAlong(slice.getSource(), map, loop, group, e, varies);
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    AffineMap result = generic.getMatchingIndexingMap(
        generic.getDpsInitOperand(cast<OpResult>(tensor).getResultNumber()));
    AffineMap loops = inversePermutation(result).compose(map);
    bool isPlain = true;
    generic.getBody()->walk([&](Operation *inner) {
      isPlain &= !isa<tensor::ExtractOp, linalg::IndexOp>(inner);
    });
    for (OpOperand &operand : generic->getOpOperands()) {
      bool read = !generic.getBody()
                       ->getArgument(operand.getOperandNumber())
                       .use_empty();
      if (read && isa<RankedTensorType>(operand.get().getType()))
        isPlain = isPlain &&
                  isContiguousAlong(
                      operand.get(),
                      generic.getMatchingIndexingMap(&operand).compose(loops),
                      loop, group, e, varies);
    }
    return isPlain;
  }
  // Constants; and reshapes, whose indices are computed: only when they do not
  // move along the loop.
  bool moves = map.isFunctionOfDim(loop);
  varies |= moves;
  return !moves || isa<linalg::FillOp, arith::ConstantOp, tensor::EmptyOp>(op);
}

/// The tensor whose memory a cast is read from.
static Value sourceOf(Value tensor) {
  while (auto cast = tensor.getDefiningOp<tensor::CastOp>())
    tensor = cast.getSource();
  return tensor;
}

MemoryBuffer lineOfMemory(Value tensor, ElementEmitter &e) {
  MemoryBuffer memory = e.buffers.find(sourceOf(tensor))->second;
  memory.panels = nullptr;
  memory.extents = {e.constant(0)};
  return memory;
}

exec::PanelsAttr panelsOf(Value tensor, const ElementEmitter &e) {
  auto buffer = e.buffers.find(sourceOf(tensor));
  return buffer == e.buffers.end() ? nullptr : buffer->second.panels;
}

int64_t strideAlong(linalg::GenericOp op, OpOperand *operand, unsigned loop,
                    const ElementEmitter &e) {
  auto type = dyn_cast<RankedTensorType>(operand->get().getType());
  if (!type)
    return 0;
  exec::PanelsAttr panels = panelsOf(operand->get(), e);
  int64_t stride = 1;
  AffineMap map = op.getMatchingIndexingMap(operand);
  int64_t innermost = type.getRank() - 1;
  for (int64_t place = innermost; place >= 0; --place) {
    int64_t dim = panels ? panels.getPermutation()[place] : place;
    if (map.getResult(dim).isFunctionOfDim(loop))
      return stride;
    if (type.isDynamicDim(dim))
      return 0;
    stride *=
        panels && place == innermost ? panels.getBlock() : type.getDimSize(dim);
  }
  return 0;
}

int64_t memoryDepth(linalg::GenericOp op, unsigned loop,
                    const ElementEmitter &e) {
  int64_t depth = 0;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (!isa<RankedTensorType>(operand->get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(operand);
    exec::PanelsAttr panels = panelsOf(operand->get(), e);
    for (int64_t place = map.getNumResults() - 1; place >= 0; --place)
      if (map.getResult(panels ? panels.getPermutation()[place] : place)
              .isFunctionOfDim(loop)) {
        depth += place + 1;
        break;
      }
  }
  return depth;
}

bool readsOwnElement(Value tensor, AffineMap map, Operation *op,
                     const ElementEmitter &e) {
  Operation *producer = tensor.getDefiningOp();
  if (!producer || e.buffers.contains(tensor))
    return true;
  if (producer == op)
    return map.isIdentity();
  auto generic = dyn_cast<linalg::GenericOp>(producer);
  if (!generic) {
    llvm::SetVector<Operation *> inner;
    collectReductions(tensor, e, inner);
    return inner.empty();
  }
  AffineMap result = generic.getMatchingIndexingMap(
      generic.getDpsInitOperand(cast<OpResult>(tensor).getResultNumber()));
  AffineMap loops = inversePermutation(result).compose(map);
  bool isPlain = true;
  generic.getBody()->walk([&](tensor::ExtractOp extract) {
    llvm::SetVector<Operation *> inner;
    collectReductions(extract.getTensor(), e, inner);
    isPlain &= inner.empty();
  });
  for (OpOperand &operand : generic->getOpOperands()) {
    bool read =
        !generic.getBody()->getArgument(operand.getOperandNumber()).use_empty();
    if (read && isa<RankedTensorType>(operand.get().getType()))
      isPlain &= readsOwnElement(
          operand.get(),
          generic.getMatchingIndexingMap(&operand).compose(loops), op, e);
  }
  return isPlain;
}

} // namespace ds
