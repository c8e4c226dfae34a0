//===- Convolution.cpp - windows and convolutions
//--------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/onnx/Contractions.h"

using namespace mlir;

namespace ds::onnx {

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> constants(ArrayRef<OpFoldResult> values) {
  SmallVector<int64_t> result;
  for (OpFoldResult v : values)
    result.push_back(getConstantIntValue(v).value_or(0));
  return result;
}

SmallVector<int64_t> WindowAttributes::staticLow() const {
  return constants(low);
}
SmallVector<int64_t> WindowAttributes::staticHigh() const {
  return constants(high);
}

bool WindowAttributes::hasStaticPads() const {
  auto isStatic = [](OpFoldResult v) {
    return getConstantIntValue(v).has_value();
  };
  return llvm::all_of(low, isStatic) && llvm::all_of(high, isStatic);
}

FailureOr<WindowAttributes> readWindow(NodeContext &n, Value x,
                                       ArrayRef<int64_t> kernel) {
  GraphBuilder &g = n.g;
  size_t spatial = g.rank(x) - 2;
  WindowAttributes w;
  w.kernel = kernel.empty() ? n.attrInts("kernel_shape")
                            : SmallVector<int64_t>(kernel);
  w.strides = n.attrInts("strides");
  w.dilations = n.attrInts("dilations");
  if (w.strides.empty())
    w.strides.assign(spatial, 1);
  if (w.dilations.empty())
    w.dilations.assign(spatial, 1);
  SmallVector<int64_t> pads = n.attrInts("pads");
  if (pads.empty())
    pads.assign(2 * spatial, 0);
  auto positive = [](ArrayRef<int64_t> list) {
    return llvm::all_of(
        list, [](int64_t v) { return v > 0 && v < int64_t{1} << 31; });
  };
  if (w.kernel.size() != spatial || w.strides.size() != spatial ||
      w.dilations.size() != spatial || pads.size() != 2 * spatial)
    return n.error("the window's attributes do not fit " + Twine(spatial) +
                   " spatial dimensions");
  if (!positive(w.kernel) || !positive(w.strides) || !positive(w.dilations))
    return n.error("kernel extents, strides and dilations must be positive");
  std::string mode = n.attrString("auto_pad", "NOTSET");
  if (mode != "NOTSET" && mode != "VALID" && mode != "SAME_UPPER" &&
      mode != "SAME_LOWER")
    return n.error("unknown \"auto_pad\" \"" + mode + "\"");
  for (size_t i = 0; i < spatial; ++i) {
    if (mode == "NOTSET" || mode == "VALID") {
      int64_t low = mode == "VALID" ? 0 : pads[i],
              high = mode == "VALID" ? 0 : pads[i + spatial];
      if (std::abs(low) >= int64_t{1} << 31 || std::abs(high) >= int64_t{1}
                                                                     << 31)
        return n.error("pads of " + Twine(low) + " and " + Twine(high) +
                       " are absurd");
      w.low.push_back(g.index(low));
      w.high.push_back(g.index(high));
      continue;
    }
    // As many windows as strides fit, rounded up.
    int64_t reach = (w.kernel[i] - 1) * w.dilations[i] + 1,
            stride = w.strides[i];
    OpFoldResult extent = g.dim(x, i + 2), total;
    if (stride == 1) {
      total = g.index(reach - 1);
    } else {
      OpFoldResult count =
          g.div(g.add(extent, g.index(stride - 1)), g.index(stride));
      OpFoldResult covered = g.add(
          g.mul(g.sub(count, g.index(1)), g.index(stride)), g.index(reach));
      total = g.max(g.sub(covered, extent), g.index(0));
    }
    OpFoldResult less = g.div(total, g.index(2)), more = g.sub(total, less);
    w.low.push_back(mode == "SAME_UPPER" ? less : more);
    w.high.push_back(mode == "SAME_UPPER" ? more : less);
  }
  return w;
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// nn.conv in ONNX's layout.
static Value emitConv(GraphBuilder &g, Value x, Value filter,
                      ArrayRef<int64_t> filterLayout, ArrayRef<int64_t> strides,
                      ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                      ArrayRef<int64_t> inputDilation,
                      ArrayRef<int64_t> dilations, int64_t groups,
                      Type element) {
  SmallVector<int64_t> layout =
      llvm::to_vector(llvm::seq<int64_t>(0, g.rank(x)));
  RankedTensorType type = nn::ConvOp::inferType(
      g.typeOf(x), g.typeOf(filter), layout, filterLayout, layout, strides, low,
      high, inputDilation, dilations, /*batchGroups=*/1, element);
  return g.emit<nn::ConvOp>(type, x, filter, layout, filterLayout, layout,
                            strides, low, high, inputDilation, dilations,
                            static_cast<uint64_t>(groups), uint64_t{1});
}

/// The filter's spatial extents; they must be static.
static FailureOr<SmallVector<int64_t>> kernelOf(NodeContext &n, Value x,
                                                Value filter) {
  GraphBuilder &g = n.g;
  int64_t rank = g.rank(x);
  if (rank < 3 || g.rank(filter) != rank)
    return n.error(
        "expected input and filter of one rank of at least 3, found " +
        Twine(rank) + " and " + Twine(g.rank(filter)));
  SmallVector<int64_t> kernel = n.attrInts("kernel_shape"), found;
  for (int64_t d = 2; d < rank; ++d) {
    std::optional<int64_t> size = g.constantIndex(g.dim(filter, d));
    if (!size && kernel.empty())
      return n.unsupported("the filter's window is not known at compile time; "
                           "give \"kernel_shape\"");
    found.push_back(size.value_or(
        kernel.empty() || static_cast<int64_t>(kernel.size()) < d - 1
            ? 0
            : kernel[d - 2]));
  }
  if (!kernel.empty() && kernel != found)
    return n.error("\"kernel_shape\" is not the filter's shape");
  return found;
}

static FailureOr<int64_t> groupsOf(NodeContext &n, Value x, Value filter,
                                   int64_t filterFeatureDim) {
  GraphBuilder &g = n.g;
  int64_t groups = n.attrInt("group", 1);
  if (groups < 1)
    return n.error("\"group\" is " + Twine(groups) + ", expected at least 1");
  auto features = g.constantIndex(g.dim(x, 1)),
       own = g.constantIndex(g.dim(filter, filterFeatureDim));
  auto other = g.constantIndex(g.dim(filter, 1 - filterFeatureDim));
  bool isTransposed = filterFeatureDim == 0;
  if (features && own && *features != (isTransposed ? *own : *own * groups))
    return n.error("the input has " + Twine(*features) +
                   " channels, the filter takes " +
                   Twine(isTransposed ? *own : *own * groups));
  if ((!isTransposed && other && *other % groups) ||
      (isTransposed && own && *own % groups))
    return n.error("\"group\" " + Twine(groups) +
                   " does not divide the filter's features");
  return groups;
}

FailureOr<Value> convolve(NodeContext &n, Value x, Value filter, Type element) {
  GraphBuilder &g = n.g;
  FailureOr<SmallVector<int64_t>> kernel = kernelOf(n, x, filter);
  if (failed(kernel))
    return failure();
  FailureOr<int64_t> groups = groupsOf(n, x, filter, 1);
  FailureOr<WindowAttributes> window = readWindow(n, x, *kernel);
  if (failed(groups) || failed(window))
    return failure();
  SmallVector<int64_t> low = window->staticLow(), high = window->staticHigh(),
                       ones(kernel->size(), 1);
  if (!window->hasStaticPads()) {
    Sizes before{g.index(0), g.index(0)}, after = before;
    before.append(window->low);
    after.append(window->high);
    x = g.pad(x, before, after);
    low.assign(kernel->size(), 0);
    high = low;
  }
  for (size_t i = 0; i < kernel->size(); ++i)
    if (std::optional<int64_t> extent = g.constantIndex(g.dim(x, i + 2));
        extent && *extent + low[i] + high[i] <
                      ((*kernel)[i] - 1) * window->dilations[i] + 1)
      return n.error("the window does not fit into spatial dimension " +
                     Twine(i) + " of extent " + Twine(*extent));
  return emitConv(
      g, x, filter, llvm::to_vector(llvm::seq<int64_t>(0, g.rank(x))),
      window->strides, low, high, ones, window->dilations, *groups, element);
}

/// Adds a value per channel.
static FailureOr<Value> addBias(NodeContext &n, Value x, unsigned input) {
  GraphBuilder &g = n.g;
  if (!n.hasInput(input))
    return x;
  if (failed(n.expectRank(input, 1)))
    return failure();
  auto channels = g.constantIndex(g.dim(x, 1)),
       given = g.constantIndex(g.dim(n.input(input), 0));
  if (channels && given && channels != given)
    return n.error("the bias has " + Twine(*given) + " elements for " +
                   Twine(*channels) + " channels");
  return g.emit<nn::AddOp>(x, g.broadcastDims(n.input(input), g.dims(x), 1));
}

static LogicalResult convertConv(NodeContext &n) {
  FailureOr<Value> result = convolve(n, n.input(0), n.input(1), n.element(0));
  if (failed(result) || failed(result = addBias(n, *result, 2)))
    return failure();
  return n.set(*result);
}

/// A transposed convolution is a convolution of the input with zeros between
/// its elements, with the window flipped.
static LogicalResult convertConvTranspose(NodeContext &n) {
  GraphBuilder &g = n.g;
  Value x = n.input(0), filter = n.input(1);
  FailureOr<SmallVector<int64_t>> kernel = kernelOf(n, x, filter);
  if (failed(kernel))
    return failure();
  FailureOr<int64_t> groups = groupsOf(n, x, filter, 0);
  if (failed(groups))
    return failure();
  int64_t rank = n.rank(0), spatial = rank - 2;
  std::string mode = n.attrString("auto_pad", "NOTSET");
  FailureOr<WindowAttributes> window = readWindow(n, x, *kernel);
  if (failed(window))
    return failure();
  SmallVector<int64_t> extra = n.attrInts("output_padding"),
                       outputShape = n.attrInts("output_shape");
  if (extra.empty())
    extra.assign(spatial, 0);
  if (static_cast<int64_t>(outputShape.size()) > spatial)
    outputShape.erase(outputShape.begin(),
                      outputShape.end() -
                          spatial); // some files list all dimensions
  if (static_cast<int64_t>(extra.size()) != spatial ||
      (!outputShape.empty() &&
       static_cast<int64_t>(outputShape.size()) != spatial))
    return n.error("\"output_padding\" and \"output_shape\" need " +
                   Twine(spatial) + " entries");
  // Pads of the full result that are cut off again, per side.
  Sizes cutLow, cutHigh;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t reach = ((*kernel)[i] - 1) * window->dilations[i] + 1,
            stride = window->strides[i];
    OpFoldResult extent = g.dim(x, i + 2), total;
    if (extra[i] < 0 || extra[i] >= int64_t{1} << 31)
      return n.error("\"output_padding\" " + Twine(extra[i]) +
                     " is out of range");
    if (!outputShape.empty())
      total = g.sub(g.add(g.mul(g.sub(extent, g.index(1)), g.index(stride)),
                          g.index(extra[i] + reach)),
                    g.index(outputShape[i]));
    else if (mode == "SAME_UPPER" || mode == "SAME_LOWER")
      total = g.index(
          std::max<int64_t>(reach - stride + extra[i],
                            0)); // the result is `stride` times the input
    else
      total = OpFoldResult();
    if (!total) {
      cutLow.push_back(window->low[i]);
      cutHigh.push_back(window->high[i]);
      continue;
    }
    // What is missing is added behind.
    OpFoldResult cut = g.max(total, g.index(0)), half = g.div(cut, g.index(2));
    cutLow.push_back(mode == "SAME_UPPER" ? half : g.sub(cut, half));
    cutHigh.push_back(g.sub(total, cutLow.back()));
  }
  // The filter is C x M/group x window; flipped, and for groups with the
  // features of each group together.
  Sizes f = g.dims(filter), origin(rank, g.index(0));
  SmallVector<int64_t> flip(rank, -1);
  flip[0] = flip[1] = 1;
  for (int64_t d = 2; d < rank; ++d)
    origin[d] = g.index((*kernel)[d - 2] - 1);
  for (int64_t d = 2; d < rank; ++d)
    f[d] = g.index((*kernel)[d - 2]);
  filter = g.slice(filter, origin, f, flip);
  SmallVector<int64_t> layout = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (*groups == 1) {
    std::swap(layout[0], layout[1]);
  } else {
    OpFoldResult count = g.index(*groups), in = g.div(f[0], count);
    Sizes split{count, in}, joined{g.mul(f[1], count), in};
    split.append(f.begin() + 1, f.end());
    joined.append(f.begin() + 2, f.end());
    SmallVector<int64_t> order =
        llvm::to_vector(llvm::seq<int64_t>(0, rank + 1));
    std::swap(order[1], order[2]);
    filter = g.reshape(g.transpose(g.reshape(filter, split), order), joined);
  }
  SmallVector<int64_t> low, high, ones(spatial, 1);
  bool isStatic = true;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t reach = ((*kernel)[i] - 1) * window->dilations[i];
    auto cutBefore = g.constantIndex(cutLow[i]),
         cutAfter = g.constantIndex(cutHigh[i]);
    isStatic &= cutBefore && cutAfter;
    low.push_back(reach - cutBefore.value_or(0));
    high.push_back(reach + extra[i] - cutAfter.value_or(0));
  }
  if (!isStatic) // cut off afterwards
    for (int64_t i = 0; i < spatial; ++i) {
      int64_t reach = ((*kernel)[i] - 1) * window->dilations[i];
      low[i] = reach;
      high[i] = reach + extra[i];
    }
  for (int64_t i = 0; i < spatial; ++i)
    if (std::optional<int64_t> extent = g.constantIndex(g.dim(x, i + 2));
        extent && (*extent - 1) * window->strides[i] + 1 + low[i] + high[i] <
                      ((*kernel)[i] - 1) * window->dilations[i] + 1)
      return n.error("the pads cut off more than spatial dimension " +
                     Twine(i) + " of the result has");
  Value result =
      emitConv(g, x, filter, layout, ones, low, high, window->strides,
               window->dilations, *groups, n.element(0));
  if (!isStatic) {
    Sizes sizes = g.dims(result), offsets(rank, g.index(0));
    for (int64_t i = 0; i < spatial; ++i) {
      offsets[i + 2] = cutLow[i];
      sizes[i + 2] = outputShape.empty()
                         ? g.sub(g.sub(sizes[i + 2], cutLow[i]), cutHigh[i])
                         : g.index(outputShape[i]);
    }
    result = g.slice(result, offsets, sizes);
  }
  FailureOr<Value> biased = addBias(n, result, 2);
  return failed(biased) ? failure() : n.set(*biased);
}

void registerConvolution(Registry &registry) {
  registry.add("Conv", convertConv);
  registry.add("ConvTranspose", convertConvTranspose);
}

} // namespace ds::onnx
