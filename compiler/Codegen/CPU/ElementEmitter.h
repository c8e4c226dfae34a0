//===- ElementEmitter.h - code for one element, or for a vector of them
//----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The core of CPU code generation. A kernel's body is a pure graph of linalg
// ops on tensors. Instead of giving every tensor memory, the emitter answers
// "what is the element of this tensor at these indices" by code: a load where
// the tensor is in memory, the inlined computation where it is not. Indices and
// values are tracked per lane of the vector dimension (all equal, an arithmetic
// progression, or arbitrary), so that contiguous accesses become vector loads,
// uniform ones scalar loads, and only what really is irregular becomes a
// gather.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_ELEMENTEMITTER_H
#define DS_COMPILER_CODEGEN_CPU_ELEMENTEMITTER_H

#include "dialects/Exec/Exec.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

#include "llvm/ADT/DenseMap.h"

#include <memory>
#include <optional>

namespace ds {

/// One value for each lane of the vector dimension.
struct LaneValue {
  /// A lane-dependent choice between two progressions, decided by a uniform
  /// condition: kept apart until it is used, because as an index either side
  /// alone is a cheap access.
  struct Choice;

  mlir::Value base;      ///< the scalar of lane 0, or all lanes as a vector
  int64_t stride = 0;    ///< with a scalar base: lane l has base + l * stride
  bool isVector = false; ///< `base` is a vector
  std::shared_ptr<Choice> choice;
  /// Where not 0: all lanes have the same quotient by this number.
  int64_t divisor = 0;
  mlir::Value quotient;

  static LaneValue uniform(mlir::Value scalar) {
    return {scalar, 0, false, nullptr, 0, mlir::Value()};
  }
  static LaneValue linear(mlir::Value first, int64_t stride) {
    return {first, stride, false, nullptr, 0, mlir::Value()};
  }
  static LaneValue vector(mlir::Value value) {
    return {value, 0, true, nullptr, 0, mlir::Value()};
  }
  static LaneValue chosen(std::shared_ptr<Choice> choice) {
    return {mlir::Value(), 0, false, std::move(choice), 0, mlir::Value()};
  }
  bool isUniform() const { return !isVector && stride == 0 && !choice; }
};

struct LaneValue::Choice {
  mlir::Value condition;
  LaneValue onTrue, onFalse;
};

/// Where a tensor lies in memory.
struct MemoryBuffer {
  mlir::Value pointer;
  llvm::SmallVector<mlir::Value> extents; ///< of every dimension, i64
  mlir::Type elementType;
  exec::PanelsAttr panels;
  /// Leading dimensions that the memory does not have: a row buffer holds the
  /// inner dimensions of the current row only.
  int64_t droppedDims = 0;
};

/// Emits elements of the tensors of one kernel. Integers and sizes of index
/// type are i64 in the emitted code.
class ElementEmitter {
public:
  ElementEmitter(mlir::OpBuilder &b, mlir::Location loc, int64_t lanes)
      : b(b), loc(loc), lanes(lanes) {}

  mlir::OpBuilder &b;
  mlir::Location loc;

  /// Elements per vector; 1 means scalar code.
  int64_t lanes;
  /// With lanes > 1: lanes that take part, vector<lanes x i1>, or null for all.
  mlir::Value mask;

  /// Tensors in memory.
  llvm::DenseMap<mlir::Value, MemoryBuffer> buffers;
  /// Tensors whose element at the current position is known: accumulators and
  /// row scalars.
  llvm::DenseMap<mlir::Value, LaneValue> known;
  /// Scalars of the kernel body (sizes) by their value.
  llvm::DenseMap<mlir::Value, mlir::Value> scalars;

  /// True when `emitElement` can compute elements of `tensor`; otherwise
  /// `reason` says why not.
  bool canEmit(mlir::Value tensor, std::string &reason);

  /// The element of `tensor` at `indices`.
  LaneValue emitElement(mlir::Value tensor, llvm::ArrayRef<LaneValue> indices);

  /// The results of `op`'s body at `loopIndices`. `outputs` are the
  /// accumulators and `inputs` the elements read; where a list is empty they
  /// are computed here.
  llvm::SmallVector<LaneValue> emitBody(mlir::linalg::GenericOp op,
                                        llvm::ArrayRef<LaneValue> loopIndices,
                                        llvm::ArrayRef<LaneValue> outputs,
                                        llvm::ArrayRef<LaneValue> inputs = {});
  /// The operands' elements that the body reads at `loopIndices`.
  LaneValue emitOperand(mlir::linalg::GenericOp op, mlir::OpOperand *operand,
                        llvm::ArrayRef<LaneValue> loopIndices);

  LaneValue emitLoad(const MemoryBuffer &buffer,
                     llvm::ArrayRef<LaneValue> indices);
  void emitStore(const MemoryBuffer &buffer, llvm::ArrayRef<LaneValue> indices,
                 LaneValue value);
  /// Asks the cache for the first lane's element, for a store that will follow
  /// or else for a load; nothing where its place is not known in advance.
  void emitPrefetch(const MemoryBuffer &buffer,
                    llvm::ArrayRef<LaneValue> indices, bool isStore);
  /// The same into the second-level cache, for later.
  void emitFarPrefetch(const MemoryBuffer &buffer,
                       llvm::ArrayRef<LaneValue> indices);

  /// The extent of a dimension of a tensor, as i64.
  mlir::Value emitExtent(mlir::Value tensor, int64_t dim);
  /// A scalar of the kernel body (constants, sizes, arithmetic on them), as i64
  /// if it is an index.
  mlir::Value emitScalarValue(mlir::Value scalar);
  LaneValue emitAffine(mlir::AffineExpr expr, llvm::ArrayRef<LaneValue> dims);

  /// All lanes as a vector (a scalar when lanes is 1).
  mlir::Value toVector(const LaneValue &value);
  /// i64 arithmetic, folded where constant.
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value floorDiv(mlir::Value x, int64_t y);
  mlir::Value min(mlir::Value x, mlir::Value y);

private:
  using Environment = llvm::DenseMap<mlir::Value, LaneValue>;
  LaneValue emitOp(mlir::Operation *op, llvm::ArrayRef<LaneValue> operands);
  LaneValue lookup(mlir::Value value, Environment &environment,
                   llvm::ArrayRef<LaneValue> loopIndices);
  LaneValue laneAdd(LaneValue x, LaneValue y, bool subtract = false);
  LaneValue laneMul(LaneValue x, LaneValue y);
  LaneValue emitOffset(const MemoryBuffer &buffer,
                       llvm::ArrayRef<LaneValue> indices);
  mlir::Value elementPointer(const MemoryBuffer &buffer, mlir::Value offset);
  void emitPrefetch(const MemoryBuffer &buffer,
                    llvm::ArrayRef<LaneValue> indices, bool isStore,
                    unsigned locality);
  bool canEmitBody(mlir::linalg::GenericOp op, std::string &reason);
};

/// The type an element has in memory: i1 and narrower integers take a byte.
mlir::Type storageType(mlir::Type elementType);
/// The type an element has in emitted code: index types are i64.
mlir::Type emittedType(mlir::Type type);
/// The value of a constant integer.
std::optional<int64_t> constantOf(mlir::Value value);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_ELEMENTEMITTER_H
