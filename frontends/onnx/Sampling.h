//===- Sampling.h - images read between their pixels
//-----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_SAMPLING_H
#define DS_FRONTENDS_ONNX_SAMPLING_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// Pixels of `image` (batch, channel, spatial...) at whole coordinates that lie
/// inside: `at` has a tensor (batch, point) of i64 per spatial dimension.
/// Yields (batch, point, channel).
mlir::Value gatherPixels(GraphBuilder &g, mlir::Value image,
                         llvm::ArrayRef<mlir::Value> at);

/// A pixel that takes part in a sample: coordinates along one axis, in floats,
/// and its weight.
struct Tap {
  mlir::Value position, weight;
};

/// The two taps of linear interpolation at a coordinate.
llvm::SmallVector<Tap> linearTaps(GraphBuilder &g, mlir::Value coordinate);

/// Sum over all combinations of one tap per spatial dimension, pixels outside
/// being 0. `taps` are (batch, point) tensors of the image's type. Yields
/// (batch, point, channel).
mlir::Value sumSamples(GraphBuilder &g, mlir::Value image,
                       llvm::ArrayRef<llvm::SmallVector<Tap>> taps);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_SAMPLING_H
