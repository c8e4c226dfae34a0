//===- AccessForm.h - how reads move through memory along a loop --*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Questions that planners ask about the operands of a reduction: are neighbours
// along a loop neighbours in memory, how far apart are they, is a result read
// at its own position only.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_ACCESSFORM_H
#define DS_COMPILER_CODEGEN_CPU_ACCESSFORM_H

#include "compiler/Codegen/CPU/ElementEmitter.h"

namespace ds {

/// The divisor of `loop` in a map, 0 if there is none.
int64_t divisorOf(mlir::AffineMap map, unsigned loop);

/// The dimension along which neighbours are neighbours in row-major memory: the
/// last that is not of one element; -1 if there is none.
int64_t innermostDim(llvm::ArrayRef<int64_t> shape);

/// True when neighbours along `loop` are neighbours in memory, or the same,
/// wherever computing elements of `tensor` reads memory. `map` gives the
/// indices that it is read at; positions of a group of `group` along the loop
/// have the same quotient by it (0: no groups). Sets `varies` when some access
/// moves along the loop.
bool isContiguousAlong(mlir::Value tensor, mlir::AffineMap map, unsigned loop,
                       int64_t group, const ElementEmitter &e, bool &varies);

/// The memory of a tensor that has some, all its dimensions being one: indices
/// are places in the order of the memory.
MemoryBuffer lineOfMemory(mlir::Value tensor, ElementEmitter &e);

/// The panels that an operand's memory is made of, if it is.
exec::PanelsAttr panelsOf(mlir::Value tensor, const ElementEmitter &e);

/// Elements between neighbours along `loop` in an operand, where static; 0 if
/// it does not vary.
int64_t strideAlong(mlir::linalg::GenericOp op, mlir::OpOperand *operand,
                    unsigned loop, const ElementEmitter &e);

/// How far inside the operands' memory `loop` moves, added up over them: larger
/// for loops of smaller steps.
int64_t memoryDepth(mlir::linalg::GenericOp op, unsigned loop,
                    const ElementEmitter &e);

/// True when the result of `op` is read at its own position only.
bool readsOwnElement(mlir::Value tensor, mlir::AffineMap map,
                     mlir::Operation *op, const ElementEmitter &e);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_ACCESSFORM_H
