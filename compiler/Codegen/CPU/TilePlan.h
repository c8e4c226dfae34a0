//===- TilePlan.h - what a tile stage has decided ------------------*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What TileStage.cpp decides, and the emission of it: TileItems.cpp has the
// loops over tiles, TileEmission.cpp one tile.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_TILEPLAN_H
#define DS_COMPILER_CODEGEN_CPU_TILEPLAN_H

#include "compiler/Codegen/CPU/TileOutput.h"

namespace ds {

/// How an operand of the reduction varies over the tile.
struct OperandShape {
  bool alongRows = false;
  bool alongLanes = false;
};

/// Where a tile lies: `rowCount` rows from `row`, `vectorCount` vectors from
/// `lane`, the last one under `lastMask` where that is set.
struct TilePlace {
  llvm::ArrayRef<mlir::Value> position; ///< in the dimensions but m and n
  mlir::Value row;
  int64_t rowCount;
  mlir::Value lane;
  int64_t vectorCount;
  mlir::Value lastMask;
  mlir::Value number; ///< of the tile among those of its columns
};

struct TilePlan {
  TileOutput output;
  // An op handle, whose accessors are not const.
  mutable mlir::linalg::GenericOp op;
  llvm::SmallVector<unsigned> resultLoops;  ///< loop of each result dimension
  llvm::SmallVector<unsigned> reducedLoops; ///< the outermost first
  llvm::SmallVector<OperandShape> operands; ///< of the inputs
  int64_t laneDim = 0;                      ///< result dimension n
  int64_t rowDim = -1;                      ///< result dimension m, or -1
  int64_t lanes = 1, rows = 1, vectors = 1;
  int64_t laneExtent = 0, rowExtent = 1; ///< static, or kDynamic
  /// Columns of a group: where an operand depends on n / group only, as with
  /// grouped convolutions, a block of columns is one group.
  int64_t group = 0;
  int64_t products = 0;  ///< terms of a sum, where static; otherwise 0
  int64_t laneBlock = 0; ///< columns per item
  int64_t rowBlock = 1;  ///< rows per item

  /// The operand in panels that come from memory, or -1: the columns and lines
  /// of a panel, and the tiles of a column that share the work of asking for
  /// them.
  int64_t streamed = -1;
  int64_t panelColumns = 0, panelLines = 0, panelTiles = 1;

  /// Of a long sum over several loops: what adds to each result. The innermost
  /// loop then sums from zero, and its sums are added up: rounding errors grow
  /// with the extents of the loops, not with their product.
  llvm::SmallVector<mlir::Operation *> combiners;

  mlir::Value emitItemCount(ElementEmitter &e) const;
  void emitItem(ElementEmitter &e, mlir::Value chunk) const;

  /// Accumulators like `state` that hold nothing yet.
  llvm::SmallVector<mlir::Value> neutral(ElementEmitter &e,
                                         mlir::ValueRange state) const;
  mlir::Value loopExtent(ElementEmitter &e, unsigned loop) const;

private:
  struct Space {
    /// Extents of the dimensions other than m and n.
    llvm::SmallVector<mlir::Value> outer;
    mlir::Value rowExtent, laneExtent, rowBlocks, laneBlocks, items, group;
  };
  Space space(ElementEmitter &e) const;
  mlir::Value resultExtent(ElementEmitter &e, int64_t dim) const;
  void emitTile(ElementEmitter &e, const TilePlace &place) const;
  /// The tiles of rows [low, high) in `vectorCount` vectors from `lane`.
  void emitRows(ElementEmitter &e, llvm::ArrayRef<mlir::Value> position,
                mlir::Value low, mlir::Value high, mlir::Value lane,
                int64_t vectorCount, mlir::Value lastMask) const;
  /// The tiles of rows [rowLow, rowHigh) and columns [low, high).
  void emitColumns(ElementEmitter &e, llvm::ArrayRef<mlir::Value> position,
                   mlir::Value rowLow, mlir::Value rowHigh, mlir::Value low,
                   mlir::Value high) const;
};

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_TILEPLAN_H
