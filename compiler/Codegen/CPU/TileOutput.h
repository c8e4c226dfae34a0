//===- TileOutput.h - what becomes of a register tile's sums ------*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_COMPILER_CODEGEN_CPU_TILEOUTPUT_H
#define DS_COMPILER_CODEGEN_CPU_TILEOUTPUT_H

#include "compiler/Codegen/CPU/Stages.h"

namespace ds {

/// The element-by-element work on the results of one reduction and the
/// destinations of what comes out.
struct TileOutput {
  llvm::SmallVector<StoredValue> values;
  /// What is read besides the results, in terms of the result's position.
  llvm::SmallVector<Read> reads;

  /// Nothing, and why in `reason`, when the values need results of `op` other
  /// than the one at their own position, or cannot be emitted.
  static std::optional<TileOutput> plan(llvm::ArrayRef<StoredValue> values,
                                        mlir::linalg::GenericOp op,
                                        ElementEmitter &emitter,
                                        std::string &reason);

  /// Forgets reads that are the same for all rows or for all columns: they stay
  /// in the cache without being asked for.
  void keepMatrices(llvm::ArrayRef<int64_t> rowDims, int64_t laneDim);

  /// Asks the cache for what one vector of results is combined with and stored
  /// to, so that its misses pass while sums go on.
  void emitPrefetch(ElementEmitter &e, llvm::ArrayRef<LaneValue> indices) const;

  /// Computes and stores what follows from `totals`, the results of `op` at
  /// `indices`.
  void emitStores(ElementEmitter &e, mlir::linalg::GenericOp op,
                  llvm::ArrayRef<LaneValue> totals,
                  llvm::ArrayRef<LaneValue> indices) const;
};

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_TILEOUTPUT_H
