//===- LoopTape.h - values of every iteration, kept for the way back ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_AUTODIFF_LOOPTAPE_H
#define DS_PASSES_AUTODIFF_LOOPTAPE_H

#include "passes/Autodiff/AutodiffInternal.h"

namespace ds::autodiff {

/// What a reverse loop reads of the iterations of a loop. The reverse loop is
/// made first, on stand-ins for the values that the forward loop carries; what
/// it turns out to use is then written by the forward loop, row by row, on
/// stacked tensors. A use of the extent alone keeps a number, or nothing where
/// the extent is that of the initial value.
class LoopTape {
public:
  /// The loop carries `arguments` (of its body), which start from `inits` and
  /// become `yields`. Where the body is two regions, the first hands `passed`
  /// on to the second, which knows them as `received`.
  LoopTape(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange arguments,
           mlir::ValueRange inits, mlir::ValueRange yields,
           mlir::ValueRange passed = {}, mlir::ValueRange received = {})
      : b(b), loc(loc), arguments(arguments.begin(), arguments.end()),
        inits(inits.begin(), inits.end()), yields(yields.begin(), yields.end()),
        passed(passed.begin(), passed.end()),
        received(received.begin(), received.end()) {}

  /// Stand-ins, one per argument, at the insertion point.
  llvm::SmallVector<mlir::Value> makeStandIns();

  /// Decides what is kept, from the uses that stand-ins have now. Extents that
  /// the loop does not change are replaced in front of it, at `loop`. Fails,
  /// through `gradients`, for what cannot be kept.
  llvm::LogicalResult plan(Gradients &gradients, mlir::Operation *loop);

  /// Stacks in front of the loop, each of `count` rows.
  llvm::SmallVector<mlir::Value> makeStacks(mlir::OpFoldResult count,
                                            bool isGrowing);

  /// In the forward loop: writes row `position` of each stack. `mapping` says
  /// what the arguments are there. A stack that is full doubles.
  llvm::SmallVector<mlir::Value> push(mlir::ValueRange stacks,
                                      mlir::Value position,
                                      const mlir::IRMapping &mapping,
                                      bool isGrowing);

  /// Replaces the stand-ins by row `position` of the stacks.
  void load(mlir::ValueRange stacks, mlir::Value position);

private:
  /// A value of each iteration: an argument, or the extent of one.
  struct Entry {
    unsigned argument;
    std::optional<int64_t> dim;
    /// What reads it.
    mlir::Value standIn;
  };

  bool isKeptExtent(unsigned argument, int64_t dim) const;
  mlir::LogicalResult addExtents(unsigned argument, mlir::Value standIn,
                                 mlir::Operation *loop);
  mlir::RankedTensorType rowType(const Entry &entry) const;

  mlir::OpBuilder &b;
  mlir::Location loc;
  llvm::SmallVector<mlir::Value> arguments, inits, yields, passed, received;
  llvm::SmallVector<mlir::Value> standIns;
  llvm::SmallVector<Entry> entries;
};

} // namespace ds::autodiff

#endif // DS_PASSES_AUTODIFF_LOOPTAPE_H
