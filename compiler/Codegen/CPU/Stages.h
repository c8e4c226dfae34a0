//===- Stages.h - how the parts of a kernel are turned into loops
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel is a sequence of stages; each is a parallel loop over work items. A
// planner looks at the kernel's body and picks:
//   - a frame stage: what a padded value does not cover of its destination;
//   - a parallel stage: every output element is computed on its own, vectors
//   along the innermost dimension;
//   - a transpose stage: the same, where memory is read along another dimension
//   than it is written, in square tiles;
//   - a row stage: reductions along the inner dimensions and what is computed
//   around them (softmax, layer norm), one row of
//     the outer dimensions after the other, with vectors along the reduced
//     dimension;
//   - a product stage: a large sum of products of static shape (matrix product,
//   gradient by a filter), in blocks that are copied to the cache;
//   - a tile stage: any other reduction whose result has an inner dimension of
//   its own (matrix product, convolution, pooling), with a
//     register tile of results and its epilogue.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_STAGES_H
#define DS_COMPILER_CODEGEN_CPU_STAGES_H

#include "compiler/Codegen/CPU/CpuTarget.h"
#include "compiler/Codegen/CPU/ElementEmitter.h"

#include <functional>

namespace ds {

/// One parallel loop.
struct Stage {
  /// Emits the number of work items, i64.
  std::function<mlir::Value(ElementEmitter &)> emitItemCount;
  /// Emits one work item.
  std::function<void(ElementEmitter &, mlir::Value item)> emitItem;
  /// How it runs, for --explain: "tile 8x32", "row, 16 lanes".
  std::string description;
  /// False when its innermost loop is scalar; then `reason` says why.
  bool isVectorized = true;
  std::string reason;
};

/// A value and the destination it is stored to.
struct StoredValue {
  mlir::Value tensor;
  mlir::Value destination;
  /// Position of the value's first element within the destination, per
  /// dimension; empty for 0.
  llvm::SmallVector<mlir::OpFoldResult> offsets;
};

/// `emitter` knows the buffers of the kernel's arguments (for `canEmit`; the
/// code goes elsewhere). Each returns nothing, and why in `reason`, when the
/// values do not have its form.
std::optional<Stage> planParallelStage(llvm::ArrayRef<StoredValue> values,
                                       ElementEmitter &emitter,
                                       const CpuTarget &target,
                                       std::string &reason);
std::optional<Stage> planTransposeStage(llvm::ArrayRef<StoredValue> values,
                                        ElementEmitter &emitter,
                                        const CpuTarget &target,
                                        std::string &reason);
std::optional<Stage> planRowStage(llvm::ArrayRef<StoredValue> values,
                                  ElementEmitter &emitter,
                                  const CpuTarget &target, std::string &reason);
std::optional<Stage> planProductStage(llvm::ArrayRef<StoredValue> values,
                                      ElementEmitter &emitter,
                                      const CpuTarget &target,
                                      std::string &reason);
std::optional<Stage> planTileStage(llvm::ArrayRef<StoredValue> values,
                                   ElementEmitter &emitter,
                                   const CpuTarget &target,
                                   std::string &reason);

/// Writes the elements of `fill` that `value`, a part of the same destination,
/// leaves.
Stage planFrameStage(const StoredValue &value, mlir::linalg::FillOp fill,
                     const CpuTarget &target);

/// The whole kernel: one or more stages in order.
std::optional<llvm::SmallVector<Stage>> planStages(exec::KernelOp kernel,
                                                   ElementEmitter &emitter,
                                                   const CpuTarget &target,
                                                   std::string &reason);

//===----------------------------------------------------------------------===//
// Shared by the planners
//===----------------------------------------------------------------------===//

/// Elements, or multiply-adds, that make a work item worth handing to another
/// thread.
constexpr int64_t GrainElements = 16384, GrainProducts = 200000;

/// Bytes that caches hold together.
constexpr int64_t LineBytes = 64;
/// Terms of a sum for each of which a share of the next panel is asked for.
constexpr int64_t StreamSteps = 4;

/// The stage that emits what `plan` does.
template <typename Plan>
Stage makeStage(Plan plan, std::string description) {
  Stage stage;
  stage.description = std::move(description);
  stage.emitItemCount = [plan](ElementEmitter &e) {
    return plan.emitItemCount(e);
  };
  stage.emitItem = [plan](ElementEmitter &e, mlir::Value item) {
    plan.emitItem(e, item);
  };
  return stage;
}

/// Emits `for i in [low, high) step`, with `body` at each i.
void emitLoop(ElementEmitter &e, mlir::Value low, mlir::Value high,
              int64_t step, llvm::function_ref<void(mlir::Value)> body);

/// As emitLoop, carrying values: `body` returns the next ones.
llvm::SmallVector<mlir::Value> emitReductionLoop(
    ElementEmitter &e, mlir::Value low, mlir::Value high, int64_t step,
    mlir::ValueRange initial,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value,
                                                      mlir::ValueRange)>
        body);

/// Runs `body` for vectors of positions of [low, high): full ones in a loop,
/// then the rest under a mask. `e.lanes` is the length of the vectors; `extent`
/// is high - low where it is static, and otherwise dynamic.
void emitVectorLoop(ElementEmitter &e, mlir::Value low, mlir::Value high,
                    int64_t extent, llvm::function_ref<void(LaneValue)> body);

/// The position of the value's first element along a dimension of its
/// destination, i64.
mlir::Value emitOffset(ElementEmitter &e, const StoredValue &value,
                       int64_t dim);

/// Where the value's element at `indices` lies in its destination.
llvm::SmallVector<LaneValue>
emitStoredPosition(ElementEmitter &e, const StoredValue &value,
                   llvm::ArrayRef<LaneValue> indices);

/// Stores the value's element at `indices` to its destination.
void emitStoredElement(ElementEmitter &e, const StoredValue &value,
                       llvm::ArrayRef<LaneValue> indices, LaneValue element);

/// Lanes below `count`.
mlir::Value emitMask(ElementEmitter &e, mlir::Value count);

/// Rows of a square of vectors become its columns.
void transposeSquare(ElementEmitter &e,
                     llvm::SmallVectorImpl<mlir::Value> &rows);

/// The indices of a linear position over `extents`, the last one fastest.
llvm::SmallVector<mlir::Value> emitDelinearize(ElementEmitter &e,
                                               mlir::Value position,
                                               mlir::ValueRange extents);

/// The op of a reduction body that combines the accumulator `output` with a new
/// value, if it is the only use of the accumulator.
mlir::Operation *matchCombiner(mlir::linalg::GenericOp op, unsigned output);
mlir::Value emitCombine(ElementEmitter &e, mlir::Operation *combiner,
                        mlir::Value x, mlir::Value y);

/// All generics with reduction loops that the value's computation reaches
/// without passing memory, each before its users.
void collectReductions(mlir::Value tensor, const ElementEmitter &e,
                       llvm::SetVector<mlir::Operation *> &reductions);

/// The only reduction that computing the values reaches; otherwise null, and
/// `reason` says so.
mlir::linalg::GenericOp findOnlyReduction(llvm::ArrayRef<StoredValue> values,
                                          const ElementEmitter &e,
                                          std::string &reason);

/// A tensor in memory, and where it is read in terms of the result's position.
struct Read {
  mlir::Value tensor;
  mlir::AffineMap map;
};

/// Finds all reads that computing `tensor` at `map` makes, and whether it uses
/// the indices themselves; false when one of them has no such form.
bool collectReads(mlir::Value tensor, mlir::AffineMap map,
                  const ElementEmitter &e, llvm::SmallVectorImpl<Read> &reads,
                  bool &usesIndices);

/// Lanes to use for an innermost extent (dynamic or static): as many as fit,
/// fewer for short extents.
int64_t chooseLanes(const CpuTarget &target, int64_t extent);

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_STAGES_H
