//===- LayoutChoice.h - which ops of a block are computed transposed
//-------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_PASSES_LAYOUT_LAYOUTCHOICE_H
#define DS_PASSES_LAYOUT_LAYOUTCHOICE_H

#include "dialects/Interfaces/Layout.h"

#include "mlir/IR/Block.h"

#include "llvm/ADT/MapVector.h"

namespace ds {

/// The ops of a block that shall be moved, and how, such that the fewest bytes
/// are transposed in and around the block's ops given that every op with a
/// preferred move gets it. An op that is not in the map stays as it is.
llvm::MapVector<mlir::Operation *, LayoutMove>
chooseLayouts(mlir::Block &block);

} // namespace ds

#endif // DS_PASSES_LAYOUT_LAYOUTCHOICE_H
