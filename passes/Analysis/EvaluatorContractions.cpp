//===- EvaluatorContractions.cpp - matrix product and convolution
//----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Analysis/EvaluatorInternal.h"

using namespace mlir;

namespace ds::evaluator {

using Inputs = ArrayRef<HostTensor>;
using Results = MutableArrayRef<HostTensor>;

/// Positions of all combinations of indices of `dims`, in row-major order of
/// `dims`.
static std::vector<int64_t> positionsOver(ArrayRef<int64_t> shape,
                                          ArrayRef<int64_t> dims) {
  SmallVector<int64_t> extents, strides, all = stridesOf(shape);
  for (int64_t d : dims) {
    extents.push_back(shape[d]);
    strides.push_back(all[d]);
  }
  std::vector<int64_t> positions;
  forEachIndex(extents, [&](ArrayRef<int64_t> index) {
    positions.push_back(positionOf(index, strides));
  });
  return positions;
}

/// One side of a matrix product with its elements brought into the order
/// [batch, free, contracting].
template <typename Element>
static std::vector<Element>
packSide(const std::vector<Element> &values, ArrayRef<int64_t> shape,
         ArrayRef<int64_t> batch, ArrayRef<int64_t> free,
         ArrayRef<int64_t> contracting) {
  SmallVector<int64_t> order(batch);
  llvm::append_range(order, free);
  llvm::append_range(order, contracting);
  std::vector<Element> packed;
  packed.reserve(values.size());
  for (int64_t position : positionsOver(shape, order))
    packed.push_back(values[position]);
  return packed;
}

/// Products of `batches` pairs of packed sides.
template <typename Element>
static std::vector<Element>
multiply(ArrayRef<Element> lhs, ArrayRef<Element> rhs, int64_t batches,
         int64_t rows, int64_t columns, int64_t depth) {
  std::vector<Element> result(batches * rows * columns);
  for (int64_t b = 0; b < batches; ++b) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        const Element *x = lhs.data() + (b * rows + i) * depth,
                      *y = rhs.data() + (b * columns + j) * depth;
        Element sum = 0;
        for (int64_t k = 0; k < depth; ++k)
          sum += x[k] * y[k];
        result[(b * rows + i) * columns + j] = sum;
      }
    }
  }
  return result;
}

/// Integers as unsigned numbers, whose sums and products wrap.
static std::vector<uint64_t> readWrapping(const HostTensor &tensor) {
  std::vector<int64_t> values = readIntegers(tensor);
  return {values.begin(), values.end()};
}

static void writeWrapping(HostTensor &tensor,
                          const std::vector<uint64_t> &values) {
  for (auto [i, value] : llvm::enumerate(values))
    tensor.set(i, Scalar::fromInt(static_cast<int64_t>(value)));
}

static LogicalResult evaluateDot(nn::DotOp op, Inputs inputs, Results results) {
  const HostTensor &lhs = inputs[0], &rhs = inputs[1];
  auto checkPairs = [&](ArrayRef<int64_t> lhsDims,
                        ArrayRef<int64_t> rhsDims) -> LogicalResult {
    for (auto [l, r] : llvm::zip_equal(lhsDims, rhsDims))
      if (lhs.shape()[l] != rhs.shape()[r])
        return op.emitOpError()
               << "expected dimension " << l << " of the left side and " << r
               << " of the right to have one extent, found shapes "
               << shapeString(lhs.shape()) << " and "
               << shapeString(rhs.shape());
    return success();
  };
  if (failed(checkPairs(op.getLhsBatch(), op.getRhsBatch())) ||
      failed(checkPairs(op.getLhsContracting(), op.getRhsContracting())))
    return failure();

  SmallVector<int64_t> lhsFree = op.getLhsFree(), rhsFree = op.getRhsFree(),
                       shape;
  auto extentOver = [&](const HostTensor &side, ArrayRef<int64_t> dims,
                        bool isResult) {
    int64_t product = 1;
    for (int64_t d : dims) {
      product *= side.shape()[d];
      if (isResult)
        shape.push_back(side.shape()[d]);
    }
    return product;
  };
  int64_t batches = extentOver(lhs, op.getLhsBatch(), /*isResult=*/true);
  int64_t rows = extentOver(lhs, lhsFree, /*isResult=*/true);
  int64_t columns = extentOver(rhs, rhsFree, /*isResult=*/true);
  int64_t depth = extentOver(lhs, op.getLhsContracting(), /*isResult=*/false);
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(), shape);
  if (failed(result))
    return failure();

  auto product = [&](auto left, auto right) {
    using Element = typename decltype(left)::value_type;
    left = packSide(left, lhs.shape(), op.getLhsBatch(), lhsFree,
                    op.getLhsContracting());
    right = packSide(right, rhs.shape(), op.getRhsBatch(), rhsFree,
                     op.getRhsContracting());
    return multiply<Element>(left, right, batches, rows, columns, depth);
  };
  if (isa<FloatType>(result->elementType()))
    writeFloats(*result, product(readFloats(lhs), readFloats(rhs)));
  else
    writeWrapping(*result, product(readWrapping(lhs), readWrapping(rhs)));
  results[0] = *result;
  return success();
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

namespace {
/// Extents and strides of a tensor in the canonical order of its layout:
/// [batch, feature, spatial...] or [output feature, input feature, spatial...].
struct LaidOut {
  LaidOut(ArrayRef<int64_t> shape, ArrayRef<int64_t> layout) {
    SmallVector<int64_t> all = stridesOf(shape);
    for (int64_t d : layout) {
      extents.push_back(shape[d]);
      strides.push_back(all[d]);
    }
  }
  ArrayRef<int64_t> spatialExtents() const {
    return ArrayRef<int64_t>(extents).drop_front(2);
  }
  ArrayRef<int64_t> spatialStrides() const {
    return ArrayRef<int64_t>(strides).drop_front(2);
  }
  SmallVector<int64_t> extents, strides;
};

/// An element of the filter's window that falls on an element of the input.
struct Tap {
  int64_t input, filter;
};
} // namespace

/// Number of output positions along spatial dimension `d`.
static int64_t outputExtent(nn::ConvOp op, int64_t d, int64_t input,
                            int64_t window) {
  auto dilated = [](int64_t extent, int64_t dilation) {
    return extent == 0 ? 0 : (extent - 1) * dilation + 1;
  };
  int64_t room = dilated(input, op.getInputDilation()[d]) + op.getPadLow()[d] +
                 op.getPadHigh()[d] -
                 dilated(window, op.getWindowDilation()[d]);
  return room < 0 ? 0 : room / op.getStrides()[d] + 1;
}

/// The taps of the window at output position `output`. Zeros between dilated
/// elements and padding have none.
static std::vector<Tap> tapsAt(nn::ConvOp op, ArrayRef<int64_t> output,
                               const LaidOut &input, const LaidOut &filter) {
  std::vector<Tap> taps;
  forEachIndex(filter.spatialExtents(), [&](ArrayRef<int64_t> window) {
    Tap tap = {0, positionOf(window, filter.spatialStrides())};
    for (auto [d, k] : llvm::enumerate(window)) {
      int64_t position = output[d] * op.getStrides()[d] - op.getPadLow()[d] +
                         k * op.getWindowDilation()[d];
      int64_t dilation = op.getInputDilation()[d];
      if (position < 0 || position % dilation != 0 ||
          position / dilation >= input.spatialExtents()[d])
        return;
      tap.input += position / dilation * input.spatialStrides()[d];
    }
    taps.push_back(tap);
  });
  return taps;
}

/// Element is double, or uint64_t for integers, whose sums wrap.
template <typename Element>
static std::vector<Element>
convolve(nn::ConvOp op, ArrayRef<Element> input, const LaidOut &in,
         ArrayRef<Element> filter, const LaidOut &window, const LaidOut &out) {
  std::vector<Element> result(llvm::product_of(out.extents));
  int64_t outBatch = out.extents[0], outFeatures = out.extents[1],
          windowFeatures = window.extents[1];
  int64_t featuresPerGroup =
      std::max<int64_t>(outFeatures / op.getFeatureGroups(), 1);
  int64_t featuresPerBatchGroup =
      std::max<int64_t>(outFeatures / op.getBatchGroups(), 1);
  forEachIndex(out.spatialExtents(), [&](ArrayRef<int64_t> position) {
    std::vector<Tap> taps = tapsAt(op, position, in, window);
    int64_t to = positionOf(position, out.spatialStrides());
    for (int64_t n = 0; n < outBatch; ++n) {
      for (int64_t f = 0; f < outFeatures; ++f) {
        int64_t batch = f / featuresPerBatchGroup * outBatch + n,
                firstFeature = f / featuresPerGroup * windowFeatures;
        Element sum = 0;
        for (int64_t c = 0; c < windowFeatures; ++c) {
          const Element *x = input.data() + batch * in.strides[0] +
                             (firstFeature + c) * in.strides[1];
          const Element *w =
              filter.data() + f * window.strides[0] + c * window.strides[1];
          for (const Tap &tap : taps)
            sum += x[tap.input] * w[tap.filter];
        }
        result[to + n * out.strides[0] + f * out.strides[1]] = sum;
      }
    }
  });
  return result;
}

static LogicalResult evaluateConv(nn::ConvOp op, Inputs inputs,
                                  Results results) {
  LaidOut in(inputs[0].shape(), op.getInputLayout()),
      filter(inputs[1].shape(), op.getFilterLayout());
  if (in.extents[1] != filter.extents[1] * op.getFeatureGroups())
    return op.emitOpError()
           << "expected " << filter.extents[1] * op.getFeatureGroups()
           << " input features, found " << in.extents[1];
  if (in.extents[0] % op.getBatchGroups() != 0 ||
      filter.extents[0] % op.getBatchGroups() != 0 ||
      filter.extents[0] % op.getFeatureGroups() != 0)
    return op.emitOpError()
           << "expected batch and features that " << op.getBatchGroups()
           << " batch groups and " << op.getFeatureGroups()
           << " feature groups divide, found a batch of " << in.extents[0]
           << " and " << filter.extents[0] << " output features";
  if (failed(checkWindow(op, {op.getStrides(), op.getPadLow(), op.getPadHigh(),
                              op.getInputDilation(), op.getWindowDilation()})))
    return failure();

  ArrayRef<int64_t> layout = op.getOutputLayout();
  SmallVector<int64_t> shape(layout.size());
  shape[layout[0]] = in.extents[0] / op.getBatchGroups();
  shape[layout[1]] = filter.extents[0];
  for (size_t d = 0; d + 2 < layout.size(); ++d)
    shape[layout[d + 2]] =
        outputExtent(op, d, in.spatialExtents()[d], filter.spatialExtents()[d]);
  FailureOr<HostTensor> result =
      makeResult(op, results[0].elementType(), shape);
  if (failed(result))
    return failure();
  LaidOut out(shape, layout);
  if (isa<FloatType>(result->elementType()))
    writeFloats(*result, convolve<double>(op, readFloats(inputs[0]), in,
                                          readFloats(inputs[1]), filter, out));
  else
    writeWrapping(*result,
                  convolve<uint64_t>(op, readWrapping(inputs[0]), in,
                                     readWrapping(inputs[1]), filter, out));
  results[0] = *result;
  return success();
}

void attachContractions(MLIRContext *context) {
  nn::ConvOp::attachInterface<Model<nn::ConvOp, evaluateConv>>(*context);
  nn::DotOp::attachInterface<Model<nn::DotOp, evaluateDot>>(*context);
}

} // namespace ds::evaluator
