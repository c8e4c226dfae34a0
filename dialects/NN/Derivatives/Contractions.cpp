//===- Contractions.cpp - derivatives of matrix products and convolutions -===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/NN/Derivatives/Rules.h"
#include "dialects/NN/NNInternal.h"

using namespace mlir;
using namespace ds;
using namespace ds::nn;
using namespace ds::nn::derivatives;

//===----------------------------------------------------------------------===//
// nn.dot
//===----------------------------------------------------------------------===//

/// The cotangent of one side: that of the result times the other side,
/// contracted along the other's free dimensions.
static Value dotGradient(Emitter &e, DotOp op, Value g, bool ofLhs) {
  SmallVector<int64_t> lhsFree = op.getLhsFree(), rhsFree = op.getRhsFree();
  int64_t batches = op.getLhsBatch().size(), numLhs = lhsFree.size(),
          numRhs = rhsFree.size();
  Dims gBatch = identityDims(batches),
       gLhs = llvm::to_vector(llvm::seq(batches, batches + numLhs)),
       gRhs = llvm::to_vector(
           llvm::seq(batches + numLhs, batches + numLhs + numRhs));
  Value other = ofLhs ? op.getRhs() : op.getLhs();
  ArrayRef<int64_t> ownBatch = ofLhs ? op.getLhsBatch() : op.getRhsBatch(),
                    otherBatch = ofLhs ? op.getRhsBatch() : op.getLhsBatch(),
                    ownContracting =
                        ofLhs ? op.getLhsContracting() : op.getRhsContracting(),
                    otherContracting =
                        ofLhs ? op.getRhsContracting() : op.getLhsContracting(),
                    ownFree = ofLhs ? lhsFree : rhsFree,
                    otherFree = ofLhs ? rhsFree : lhsFree;
  Type element = elementTypeOf(g);
  // The contracting dimensions of the other side are what is left free there,
  // in the order of its dimensions.
  Dims contracted;
  for (int64_t dim : otherDims(tensorTypeOf(other).getRank(), otherFree)) {
    auto it = llvm::find(otherContracting, dim);
    if (it != otherContracting.end())
      contracted.push_back(ownContracting[it - otherContracting.begin()]);
  }
  // The side that is contracted with its own free dimensions stays in place, so
  // that the result comes out in the order of most use: a weight's as it is.
  Dims order(ownBatch);
  Value product;
  if (ofLhs) {
    product = DotOp::create(e.b, e.loc, g, other, gBatch, otherBatch, gRhs,
                            otherFree, element);
    llvm::append_range(order, ownFree);
    llvm::append_range(order, contracted);
  } else {
    product = DotOp::create(e.b, e.loc, other, g, otherBatch, gBatch, otherFree,
                            gLhs, element);
    llvm::append_range(order, contracted);
    llvm::append_range(order, ownFree);
  }
  // Dimension i of the product is dimension order[i] of the operand.
  return e.transpose(product, inverse(order));
}

LogicalResult DotOp::emitGradients(Gradients &gradients) {
  Emitter e(gradients);
  Value g = gradients.cotangentOf(getResult());
  if (gradients.isWanted(getLhs()))
    gradients.add(getLhs(), dotGradient(e, *this, g, /*ofLhs=*/true));
  if (gradients.isWanted(getRhs()))
    gradients.add(getRhs(), dotGradient(e, *this, g, /*ofLhs=*/false));
  return success();
}

//===----------------------------------------------------------------------===//
// nn.conv: both cotangents are convolutions again
//===----------------------------------------------------------------------===//

namespace {

/// Per spatial dimension: input extent n, window k, strides s, dilation of the
/// window d and of the input i, pads. The dilated input has N = (n - 1) i + 1
/// elements; output o reads o s + k d - low of it.
class ConvRule {
public:
  ConvRule(ConvOp op, Gradients &gradients)
      : op(op), gradients(gradients), e(gradients),
        g(gradients.cotangentOf(op.getResult())),
        spatial(op.getStrides().size()) {}

  LogicalResult run() {
    for (int64_t dim = 0; dim < spatial; ++dim)
      if (tensorTypeOf(op.getFilter()).isDynamicDim(filterDim(dim)))
        return gradients.fail("needs static spatial extents of the filter");
    if (gradients.isWanted(op.getInput()))
      gradients.add(op.getInput(), inputGradient());
    if (gradients.isWanted(op.getFilter()))
      gradients.add(op.getFilter(), filterGradient());
    return success();
  }

private:
  int64_t inputDim(int64_t dim) { return op.getInputLayout()[dim + 2]; }
  int64_t filterDim(int64_t dim) { return op.getFilterLayout()[dim + 2]; }
  int64_t outputDim(int64_t dim) { return op.getOutputLayout()[dim + 2]; }
  int64_t window(int64_t dim) {
    return tensorTypeOf(op.getFilter()).getDimSize(filterDim(dim));
  }

  /// Dilated input extent + low - 1 - (outputs - 1) s: how far the input
  /// reaches beyond where the last window begins. Where extents are known only
  /// at run time, its largest value.
  int64_t reach(int64_t dim) {
    int64_t inputs = tensorTypeOf(op.getInput()).getDimSize(inputDim(dim)),
            outputs = tensorTypeOf(g).getDimSize(outputDim(dim)),
            stride = op.getStrides()[dim];
    if (ShapedType::isDynamic(inputs) || ShapedType::isDynamic(outputs))
      return (window(dim) - 1) * op.getWindowDilation()[dim] -
             op.getPadHigh()[dim] + stride - 1;
    return (inputs - 1) * op.getInputDilation()[dim] + op.getPadLow()[dim] -
           (outputs - 1) * stride;
  }
  bool isKnown(int64_t dim) {
    return !tensorTypeOf(op.getInput()).isDynamicDim(inputDim(dim)) &&
           !tensorTypeOf(g).isDynamicDim(outputDim(dim));
  }

  Value convolve(Value input, Value filter, ArrayRef<int64_t> inputLayout,
                 ArrayRef<int64_t> filterLayout, ArrayRef<int64_t> outputLayout,
                 ArrayRef<int64_t> strides, ArrayRef<int64_t> low,
                 ArrayRef<int64_t> high, ArrayRef<int64_t> inputDilation,
                 ArrayRef<int64_t> windowDilation, int64_t featureGroups,
                 int64_t batchGroups) {
    RankedTensorType type = ConvOp::inferType(
        tensorTypeOf(input), tensorTypeOf(filter), inputLayout, filterLayout,
        outputLayout, strides, low, high, inputDilation, windowDilation,
        batchGroups, elementTypeOf(g));
    return ConvOp::create(e.b, e.loc, type, input, filter, inputLayout,
                          filterLayout, outputLayout, strides, low, high,
                          inputDilation, windowDilation, featureGroups,
                          batchGroups);
  }

  /// Cuts spatial dimensions whose extents were computed from bounds.
  Value cutTo(Value value, ArrayRef<int64_t> layout,
              llvm::function_ref<OpFoldResult(int64_t)> extent) {
    Sizes sizes = e.sizes(value), zeros(sizes.size(), e.attr(0));
    for (int64_t dim = 0; dim < spatial; ++dim)
      if (!isKnown(dim))
        sizes[layout[dim + 2]] = extent(dim);
    return e.slice(value, zeros, sizes, Dims(sizes.size(), 1));
  }

  /// dx[p] = sum of g[o] w[k] over o s + k d - low = p i: the outputs dilated
  /// by s meet the flipped window; features in and out change places.
  Value inputGradient() {
    int64_t groups = std::max(op.getFeatureGroups(), op.getBatchGroups());
    Dims spatialDims, low, high;
    for (int64_t dim = 0; dim < spatial; ++dim) {
      spatialDims.push_back(filterDim(dim));
      int64_t extent = (window(dim) - 1) * op.getWindowDilation()[dim];
      low.push_back(extent - op.getPadLow()[dim]);
      high.push_back(reach(dim));
    }
    Value filter = e.reverse(op.getFilter(), spatialDims);
    Dims layout(op.getFilterLayout());
    if (groups == 1) {
      std::swap(layout[0], layout[1]);
    } else {
      // [groups x outs, ins] becomes [groups x ins, outs].
      filter = swapGrouped(filter, layout, groups);
    }
    Value result =
        convolve(g, filter, op.getOutputLayout(), layout, op.getInputLayout(),
                 op.getInputDilation(), low, high, op.getStrides(),
                 op.getWindowDilation(), groups, /*batchGroups=*/1);
    result = cutTo(result, op.getInputLayout(), [&](int64_t dim) {
      return e.size(op.getInput(), inputDim(dim));
    });
    // Each block of features belongs to one block of the batch.
    if (op.getBatchGroups() > 1)
      result = featuresToBatch(result, op.getInputLayout()[0],
                               op.getInputLayout()[1], op.getBatchGroups());
    return result;
  }

  /// dw[k] = sum of x[o s + k d - low] g[o]: the window is the output, in steps
  /// of s; what is summed over is the batch, which takes the place of the
  /// input features.
  Value filterGradient() {
    if (isMatrix())
      return matrixGradient();
    Dims low(op.getPadLow()), high;
    for (int64_t dim = 0; dim < spatial; ++dim) {
      // (k - 1) d + (outputs - 1) s + 1 - N - low.
      int64_t extent = (window(dim) - 1) * op.getWindowDilation()[dim];
      high.push_back(isKnown(dim) ? extent - reach(dim) : op.getPadHigh()[dim]);
    }
    Dims inputLayout(op.getInputLayout()), filterLayout(op.getOutputLayout()),
        outputLayout(op.getFilterLayout());
    std::swap(inputLayout[0], inputLayout[1]);
    std::swap(filterLayout[0], filterLayout[1]);
    std::swap(outputLayout[0], outputLayout[1]);
    Value result =
        convolve(op.getInput(), g, inputLayout, filterLayout, outputLayout,
                 op.getWindowDilation(), low, high, op.getInputDilation(),
                 op.getStrides(), /*featureGroups=*/op.getBatchGroups(),
                 /*batchGroups=*/op.getFeatureGroups());
    return cutTo(result, op.getFilterLayout(),
                 [&](int64_t dim) { return e.attr(window(dim)); });
  }

  /// Whether the filter multiplies the features at each position.
  bool isMatrix() {
    bool isOne = op.getFeatureGroups() == 1 && op.getBatchGroups() == 1;
    for (int64_t dim = 0; dim < spatial; ++dim)
      isOne &= window(dim) == 1 && op.getStrides()[dim] == 1 &&
               op.getPadLow()[dim] == 0 && op.getPadHigh()[dim] == 0 &&
               op.getInputDilation()[dim] == 1;
    return isOne;
  }

  /// dw = sum of x[o] g[o] over batch and positions: as a product of matrices
  /// each operand stays as it lies in memory.
  Value matrixGradient() {
    Dims inputs{op.getInputLayout()[0]}, outputs{op.getOutputLayout()[0]};
    for (int64_t dim = 0; dim < spatial; ++dim) {
      inputs.push_back(inputDim(dim));
      outputs.push_back(outputDim(dim));
    }
    Value input = op.getInput();
    Type element = elementTypeOf(g);
    bool isOutputFirst = op.getFilterLayout()[0] < op.getFilterLayout()[1];
    Value product = isOutputFirst
                        ? DotOp::create(e.b, e.loc, g, input, Dims(), Dims(),
                                        outputs, inputs, element)
                        : DotOp::create(e.b, e.loc, input, g, Dims(), Dims(),
                                        inputs, outputs, element);
    return e.reshape(product, e.sizes(op.getFilter()));
  }

  /// Within each of `groups` blocks of dimension layout[0], exchanges what is
  /// left of it with dimension layout[1].
  Value swapGrouped(Value filter, ArrayRef<int64_t> layout, int64_t groups) {
    int64_t outs = layout[0], ins = layout[1];
    int64_t rank = tensorTypeOf(filter).getRank();
    // Dimension outs is now [groups, outs]; those behind moved by one.
    filter = e.split(filter, outs, groups);
    int64_t insNow = ins + (ins > outs);
    Dims permutation = identityDims(rank + 1);
    std::swap(permutation[outs + 1], permutation[insNow]);
    return e.merge(e.transpose(filter, permutation), outs);
  }

  /// Moves `groups` blocks of features into the batch, outermost there.
  Value featuresToBatch(Value value, int64_t batch, int64_t feature,
                        int64_t groups) {
    int64_t rank = tensorTypeOf(value).getRank();
    value = e.split(value, feature, groups);
    int64_t batchNow = batch + (batch > feature);
    // Dimension `feature` (the groups) goes in front of the batch.
    int64_t to = batchNow > feature ? batchNow - 1 : batchNow;
    value = e.transpose(value, movedDim(rank + 1, feature, to));
    return e.merge(value, to);
  }

  ConvOp op;
  Gradients &gradients;
  Emitter e;
  Value g;
  int64_t spatial;
};

} // namespace

LogicalResult ConvOp::emitGradients(Gradients &gradients) {
  return ConvRule(*this, gradients).run();
}
