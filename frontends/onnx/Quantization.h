//===- Quantization.h - scales and zero points
//-----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DS_FRONTENDS_ONNX_QUANTIZATION_H
#define DS_FRONTENDS_ONNX_QUANTIZATION_H

#include "frontends/onnx/NodeContext.h"

namespace ds::onnx {

/// Whether a value is left out or a constant of zeros.
bool isZero(GraphBuilder &g, mlir::Value v);

/// round(x) + zeroPoint, saturated to an integer type; floats of 8 bits and
/// less are rounded as they are. `x` is f32 or f64; `zeroPoint` (of x's shape)
/// may be null.
mlir::Value quantize(GraphBuilder &g, mlir::Value x, mlir::Value zeroPoint,
                     mlir::Type element, bool saturate = true);

/// x - zeroPoint in 16 bits for operands of 8, which is exact and narrow enough
/// for fast products; x itself where the zero point is 0. Floats of 8 bits
/// become f32.
mlir::Value subtractZeroPoint(GraphBuilder &g, mlir::Value x,
                              mlir::Value zeroPoint);

/// Values as unsigned bytes, with the scale and zero point (scalars) that their
/// range asks for; it always includes 0.
struct DynamicallyQuantized {
  mlir::Value value, scale, zeroPoint;
};
DynamicallyQuantized quantizeByRange(GraphBuilder &g, mlir::Value x);

} // namespace ds::onnx

#endif // DS_FRONTENDS_ONNX_QUANTIZATION_H
