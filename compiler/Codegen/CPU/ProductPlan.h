//===- ProductPlan.h - blocks and tiles of a matrix product --------*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What ProductStage.cpp decides, and the emission of it: ProductCopies.cpp has
// the blocks that are copied, ProductTiles.cpp the loops over them.
//
//===----------------------------------------------------------------------===//
#ifndef DS_COMPILER_CODEGEN_CPU_PRODUCTPLAN_H
#define DS_COMPILER_CODEGEN_CPU_PRODUCTPLAN_H

#include "compiler/Codegen/CPU/TileOutput.h"

#include "llvm/Support/MathExtras.h"

namespace ds {

/// Rows of the left side that are copied at a time are a multiple of this:
/// whole tiles, and whole vectors, which so begin at multiples of their length.
constexpr int64_t RowsAtOnce = 48;

/// One operand.
struct ProductSide {
  mlir::OpOperand *operand = nullptr;
  /// Copied, block by block, before it is used.
  bool isCopied = false;
  /// Where copied: neighbours in memory are neighbours along the sum, not along
  /// the rows or columns.
  bool isAlongSum = false;
};

/// Loops that act as one, the last one fastest.
struct MergedLoops {
  llvm::SmallVector<unsigned> loops;
  llvm::SmallVector<int64_t> extents;

  int64_t size() const {
    int64_t product = 1;
    for (int64_t extent : extents)
      product *= extent;
    return product;
  }
  void append(unsigned loop, int64_t extent) {
    loops.push_back(loop);
    extents.push_back(extent);
  }
  /// Sets the loops' indices for position `at`, along which lanes may vary
  /// within the last loop.
  void set(ElementEmitter &e, LaneValue at,
           llvm::SmallVectorImpl<LaneValue> &indices) const;
};

/// What an item works on.
struct ProductItem {
  mlir::Value position; ///< of the batch
  mlir::Value rowLow, rowHigh, low, high;
  MemoryBuffer left, right, sums; ///< scratch memory
};

struct ProductPlan {
  TileOutput output;
  // An op handle, whose accessors are not const.
  mutable mlir::linalg::GenericOp op;
  mlir::Operation *combiner = nullptr; ///< what adds a product to a sum
  MergedLoops batch, rows, sum;
  unsigned laneLoop = 0; ///< of the columns, along which vectors lie
  int64_t columns = 0;
  ProductSide left, right;
  mlir::Type elementType;
  int64_t lanes = 1, vectors = 1, tileRows = 1; ///< of a register tile
  int64_t nBlock = 0, mBlock = 0;               ///< columns and rows of an item
  int64_t kBlock = 0; ///< terms of a block of the right side
  /// Columns that all rows pass before the next: the right side's block of
  /// them is in the cache. Rows that are copied at a time.
  int64_t columnsAtOnce = 0, rowsAtOnce = RowsAtOnce;
  /// Columns of a panel, where the right side is in panels whose terms follow
  /// one another in the order of the sum: then it comes from memory, and is
  /// asked for while the columns before are in use. Otherwise 0.
  int64_t panelColumns = 0;

  int64_t width() const { return lanes * vectors; }
  bool isBlocked() const { return kBlock < sum.size(); }
  int64_t rowBlocks() const { return llvm::divideCeil(rows.size(), mBlock); }
  int64_t laneBlocks() const { return llvm::divideCeil(columns, nBlock); }
  int64_t items() const { return batch.size() * laneBlocks() * rowBlocks(); }
  /// Items that are handed over at once.
  int64_t group() const;

  mlir::Value emitItemCount(ElementEmitter &e) const;
  void emitItem(ElementEmitter &e, mlir::Value chunk) const;

private:
  //===--- Positions ---===//

  /// Indices of the loops; those of the sum are left out where `term` has no
  /// value.
  llvm::SmallVector<LaneValue> loopsAt(ElementEmitter &e,
                                       const ProductItem &item, LaneValue row,
                                       LaneValue lane, LaneValue term) const;
  /// The same for row `row + r` and vectors of columns from `lane`.
  llvm::SmallVector<LaneValue> loopsAt(ElementEmitter &e,
                                       const ProductItem &item, mlir::Value row,
                                       int64_t r, mlir::Value lane,
                                       mlir::Value term) const;
  /// The left side's element in row `row + r`, where it is not copied. Its rows
  /// are equally far apart in memory: an index that leaves the innermost row
  /// loop reaches the next row of an outer one, and the address is a constant
  /// away from that of the first row.
  LaneValue emitLeft(ElementEmitter &e, const ProductItem &item,
                     mlir::Value row, int64_t r, mlir::Value lane,
                     mlir::Value term) const;
  llvm::SmallVector<LaneValue>
  resultIndices(llvm::ArrayRef<LaneValue> loops) const;

  //===--- Copies ---===//

  /// A buffer at `offset` bytes of the scratch memory, behind which `offset` is
  /// moved.
  MemoryBuffer scratch(ElementEmitter &e, mlir::Value base, int64_t &offset,
                       llvm::ArrayRef<int64_t> extents, mlir::Type type) const;
  /// Terms of a block as its copies hold them: whole vectors.
  int64_t paddedTerms() const { return llvm::alignTo(kBlock, lanes); }
  /// Lays out the item's scratch memory.
  void makeScratch(ElementEmitter &e, ProductItem &item) const;
  /// Under a mask where the terms from `term` may end within a vector.
  void maskTerms(ElementEmitter &e, mlir::Value term) const;
  /// Copies the terms [kLow, kHigh) of the item's columns, or of the rows
  /// [rowBase, rowEnd).
  void copyRight(ElementEmitter &e, const ProductItem &item, mlir::Value kLow,
                 mlir::Value kHigh) const;
  void copyLeft(ElementEmitter &e, const ProductItem &item, mlir::Value rowBase,
                mlir::Value rowEnd, mlir::Value kLow, mlir::Value kHigh) const;

  //===--- Tiles ---===//

  /// Where a tile lies: `rowCount` rows from `row`, `vectorCount` vectors of
  /// columns from `lane`, the last one under `lastMask` where that is set.
  struct Tile {
    mlir::Value row;
    int64_t rowCount;
    mlir::Value panel, lane;
    int64_t vectorCount;
    mlir::Value lastMask;
  };

  mlir::Value laneOf(ElementEmitter &e, const Tile &tile, int64_t v) const;
  /// The next sums, with the products of term `k` added.
  llvm::SmallVector<mlir::Value> emitTerm(ElementEmitter &e,
                                          const ProductItem &item,
                                          const Tile &tile, mlir::Value rowBase,
                                          mlir::Value kLow, mlir::Value k,
                                          mlir::ValueRange sums) const;
  /// Asks the cache for a share of what the next rows' products read of the
  /// left side, so that all of it has been asked for when this sliver has
  /// passed all panels.
  void emitLeftPrefetches(ElementEmitter &e, const ProductItem &item,
                          const Tile &tile, mlir::Value rowBase,
                          mlir::Value kLow, mlir::Value part,
                          int64_t parts) const;
  /// Asks the cache for what row `r` of the tile is combined with and stored
  /// to, so that its misses pass while products go on.
  void emitPrefetches(ElementEmitter &e, const ProductItem &item,
                      const Tile &tile, mlir::Value r) const;
  /// Sums a tile over the terms [kLow, kHigh), and stores what follows from the
  /// sums; or adds them to those that wait, where there are several blocks.
  void emitTile(ElementEmitter &e, const ProductItem &item, const Tile &tile,
                mlir::Value rowBase, mlir::Value kLow, mlir::Value kHigh) const;
  /// Asks for lines of the panel that comes `columnsAtOnce` after this one, for
  /// the terms from `k`.
  void emitStream(ElementEmitter &e, const Tile &tile, mlir::Value rowBase,
                  mlir::Value kLow, mlir::Value k) const;
  /// Where term `k` of the columns from `lane` lies in a right side in panels.
  mlir::Value panelOffset(ElementEmitter &e, mlir::Value lane,
                          mlir::Value k) const;
  /// Stores what follows from the item's sums.
  void emitOutput(ElementEmitter &e, const ProductItem &item) const;
  /// Runs `body` for each panel of columns [low, high) of an item: its number,
  /// its first column, its vectors, and the mask of the last one.
  void emitPanels(
      ElementEmitter &e, const ProductItem &item, mlir::Value low,
      mlir::Value high,
      llvm::function_ref<void(mlir::Value, mlir::Value, int64_t, mlir::Value)>
          body) const;
  /// All tiles of rows [rowBase, rowEnd) and columns [low, high).
  void emitRows(ElementEmitter &e, const ProductItem &item, mlir::Value rowBase,
                mlir::Value rowEnd, mlir::Value low, mlir::Value high,
                mlir::Value kLow, mlir::Value kHigh) const;
  /// All tiles of the item over the terms [kLow, kHigh).
  void emitBlock(ElementEmitter &e, const ProductItem &item, mlir::Value kLow,
                 mlir::Value kHigh) const;
};

} // namespace ds

#endif // DS_COMPILER_CODEGEN_CPU_PRODUCTPLAN_H
