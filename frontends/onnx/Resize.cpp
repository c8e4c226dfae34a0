//===- Resize.cpp - resampling along each axis
//-----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resampling is separable: along each axis, result[i] is a weighted sum over a
// few input positions. Positions and weights depend on i alone, so they are
// small vectors (constants where sizes are static), and each axis is `taps`
// gathers, products and sums. Whole-number nearest upsampling is a broadcast.
//
//===----------------------------------------------------------------------===//
#include "frontends/onnx/NodeContext.h"

using namespace mlir;

namespace ds::onnx {

namespace {

/// The node's attributes.
struct ResizeMode {
  std::string mode, coordinates, nearest;
  double cubic, extrapolation;
  bool excludeOutside, antialias;
};

/// One axis: sizes, and factor as f64 tensor of rank 0 (the quotient of the
/// sizes unless scales are given).
struct ResizeAxis {
  int64_t axis;
  OpFoldResult from, to;
  Value scale;
  std::optional<double> knownScale;
  bool bySize;
  Value roiStart, roiEnd; ///< null but for tf_crop_and_resize
};

class Resampler {
public:
  Resampler(GraphBuilder &g, const ResizeMode &mode)
      : g(g), mode(mode), f(g.b.getF64Type()), i64(g.b.getI64Type()) {}

  Value resample(Value x, const ResizeAxis &axis);

private:
  Value number(double v, Value like) { return g.makeLike(like, v); }
  Value plus(Value x, double y) { return g.withScalar<nn::AddOp>(x, y); }
  Value times(Value x, double y) { return g.withScalar<nn::MulOp>(x, y); }
  Value scalarLike(Value scalar, Value like) {
    return g.broadcastTo(scalar, g.dims(like));
  }
  Value size(OpFoldResult v) { return g.cast(g.fromElements(v, i64, {}), f); }
  Value sourcePositions(const ResizeAxis &axis);
  Value nearestPositions(Value source);
  Value weight(Value distance, Value shrink);
  Value sumTaps(Value x, const ResizeAxis &axis, ArrayRef<Value> positions,
                ArrayRef<Value> weights);

  GraphBuilder &g;
  const ResizeMode &mode;
  Type f, i64;
};

} // namespace

/// Where each result position lies in the input, in f64.
Value Resampler::sourcePositions(const ResizeAxis &axis) {
  Value i = g.cast(g.iota(axis.to, 0, i64), f);
  Value scale = scalarLike(axis.scale, i);
  Value from = scalarLike(size(axis.from), i),
        to = scalarLike(size(axis.to), i);
  StringRef how = mode.coordinates;
  auto isOne = [&] {
    return g.compare(nn::ComparePredicate::le, to, number(1, i));
  };
  if (how == "asymmetric")
    return g.emit<nn::DivOp>(i, scale);
  if (how == "align_corners") {
    // The length before it was rounded to a size.
    Value length = axis.bySize ? to : g.emit<nn::MulOp>(scale, from);
    Value steps = g.emit<nn::SelectOp>(isOne(), number(1, i), plus(length, -1));
    return g.emit<nn::DivOp>(g.emit<nn::MulOp>(i, plus(from, -1)), steps);
  }
  if (how == "tf_half_pixel_for_nn")
    return g.emit<nn::DivOp>(plus(i, 0.5), scale);
  if (how == "tf_crop_and_resize") {
    Value start = scalarLike(axis.roiStart, i),
          end = scalarLike(axis.roiEnd, i), last = plus(from, -1);
    Value steps = g.emit<nn::SelectOp>(isOne(), number(1, i), plus(to, -1));
    Value span = g.emit<nn::MulOp>(g.emit<nn::SubOp>(end, start), last);
    Value inside =
        g.emit<nn::AddOp>(g.emit<nn::MulOp>(start, last),
                          g.emit<nn::DivOp>(g.emit<nn::MulOp>(i, span), steps));
    Value middle =
        times(g.emit<nn::MulOp>(g.emit<nn::AddOp>(start, end), last), 0.5);
    return g.emit<nn::SelectOp>(isOne(), middle, inside);
  }
  Value half = plus(g.emit<nn::DivOp>(plus(i, 0.5), scale), -0.5);
  if (how == "pytorch_half_pixel")
    return g.emit<nn::SelectOp>(isOne(), number(0, i), half);
  if (how == "half_pixel_symmetric") {
    // The centre of the result stays over the centre of the input when the
    // scale was rounded.
    Value exact = g.emit<nn::MulOp>(scale, from);
    Value adjust = g.emit<nn::DivOp>(to, exact);
    Value centre = times(from, 0.5);
    Value offset =
        g.emit<nn::MulOp>(centre, g.emit<nn::SubOp>(number(1, i), adjust));
    return g.emit<nn::AddOp>(offset, half);
  }
  return half;
}

Value Resampler::nearestPositions(Value source) {
  if (mode.nearest == "floor")
    return g.emit<nn::FloorOp>(source);
  if (mode.nearest == "ceil")
    return g.emit<nn::CeilOp>(source);
  if (mode.nearest == "round_prefer_ceil")
    return g.emit<nn::FloorOp>(plus(source, 0.5));
  return g.emit<nn::CeilOp>(plus(source, -0.5));
}

/// The weight of a tap at this distance. With antialias the kernel is
/// stretched: distances are multiplied by `shrink`.
Value Resampler::weight(Value distance, Value shrink) {
  Value d = g.emit<nn::AbsOp>(distance);
  if (shrink)
    d = g.emit<nn::MulOp>(d, scalarLike(shrink, d));
  if (mode.mode == "linear")
    return g.emit<nn::MaxOp>(g.emit<nn::SubOp>(number(1, d), d), number(0, d));
  // Keys, "Cubic convolution interpolation for digital image processing", 1981.
  double a = mode.cubic;
  Value d2 = g.emit<nn::MulOp>(d, d), d3 = g.emit<nn::MulOp>(d2, d);
  Value near =
      plus(g.emit<nn::AddOp>(times(d3, a + 2), times(d2, -(a + 3))), 1);
  Value far =
      plus(g.emit<nn::AddOp>(g.emit<nn::AddOp>(times(d3, a), times(d2, -5 * a)),
                             times(d, 8 * a)),
           -4 * a);
  Value inNear = g.compare(nn::ComparePredicate::le, d, number(1, d));
  Value inFar = g.compare(nn::ComparePredicate::lt, d, number(2, d));
  return g.emit<nn::SelectOp>(inNear, near,
                              g.emit<nn::SelectOp>(inFar, far, number(0, d)));
}

/// Sum over taps of weight times the element at the position, along the axis.
Value Resampler::sumTaps(Value x, const ResizeAxis &axis,
                         ArrayRef<Value> positions, ArrayRef<Value> weights) {
  Sizes sizes = g.dims(x);
  sizes[axis.axis] = axis.to;
  Type type = g.elementOf(x);
  Value result;
  for (auto [position, factor] : llvm::zip(positions, weights)) {
    // Positions outside take the border's element.
    Value last = scalarLike(
        size(g.max(g.sub(axis.from, g.index(1)), g.index(0))), position);
    Value inside = g.emit<nn::MinOp>(
        g.emit<nn::MaxOp>(position, number(0, position)), last);
    Value taken = g.emit<nn::GatherOp>(x, g.cast(inside, i64), axis.axis);
    g.setDims(taken, sizes);
    Value term = g.emit<nn::MulOp>(
        taken, g.broadcastDims(g.cast(factor, type), sizes, axis.axis));
    result = result ? g.emit<nn::AddOp>(result, term) : term;
  }
  return result;
}

Value Resampler::resample(Value x, const ResizeAxis &axis) {
  Sizes sizes = g.dims(x);
  sizes[axis.axis] = axis.to;
  Value source = sourcePositions(axis), result;
  if (mode.mode == "nearest") {
    // A whole factor that shows every element as often repeats it; Upsample and
    // most exporters mean that.
    bool isRepeat =
        axis.knownScale && *axis.knownScale >= 1 &&
        *axis.knownScale == std::floor(*axis.knownScale) &&
        ((mode.coordinates == "asymmetric" && mode.nearest == "floor") ||
         (mode.coordinates.find("half_pixel") != std::string::npos &&
          mode.coordinates != "tf_half_pixel_for_nn" &&
          (mode.nearest == "round_prefer_floor" ||
           mode.nearest == "round_prefer_ceil")));
    auto from = g.constantIndex(axis.from), to = g.constantIndex(axis.to);
    bool exact =
        !from || !to ||
        *to == *from * static_cast<int64_t>(axis.knownScale.value_or(0));
    if (isRepeat && exact) {
      auto times = static_cast<int64_t>(*axis.knownScale);
      Sizes split = g.dims(x);
      split.insert(split.begin() + axis.axis + 1, g.index(times));
      SmallVector<int64_t> dims;
      for (int64_t d = 0; d < g.rank(x); ++d)
        dims.push_back(d <= axis.axis ? d : d + 1);
      return g.reshape(g.broadcastDims(x, split, dims), sizes);
    }
    Value position = nearestPositions(source);
    Value last = scalarLike(
        size(g.max(g.sub(axis.from, g.index(1)), g.index(0))), position);
    position = g.emit<nn::MinOp>(
        g.emit<nn::MaxOp>(position, number(0, position)), last);
    result = g.emit<nn::GatherOp>(x, g.cast(position, i64), axis.axis);
    g.setDims(result, sizes);
  } else {
    int64_t reach = mode.mode == "linear" ? 1 : 2;
    Value shrink;
    if (mode.antialias && axis.knownScale && *axis.knownScale < 1) {
      shrink = axis.scale;
      reach = static_cast<int64_t>(
          std::ceil(static_cast<double>(reach) / *axis.knownScale));
    }
    Value base = g.emit<nn::FloorOp>(source), total;
    SmallVector<Value> positions, weights;
    for (int64_t tap = 1 - reach; tap <= reach; ++tap) {
      Value position = plus(base, static_cast<double>(tap));
      Value factor = weight(g.emit<nn::SubOp>(source, position), shrink);
      if (mode.excludeOutside) {
        Value last = scalarLike(size(g.sub(axis.from, g.index(1))), position);
        Value inside = g.emit<nn::AndOp>(
            g.compare(nn::ComparePredicate::ge, position, number(0, position)),
            g.compare(nn::ComparePredicate::le, position, last));
        factor = g.emit<nn::SelectOp>(inside, factor, number(0, factor));
      }
      total = total ? g.emit<nn::AddOp>(total, factor) : factor;
      positions.push_back(position);
      weights.push_back(factor);
    }
    if (mode.excludeOutside || shrink)
      for (Value &factor : weights)
        factor = g.emit<nn::DivOp>(factor, total);
    result = sumTaps(x, axis, positions, weights);
  }
  if (mode.coordinates == "tf_crop_and_resize") {
    Value last = scalarLike(size(g.sub(axis.from, g.index(1))), source);
    Value inside = g.emit<nn::AndOp>(
        g.compare(nn::ComparePredicate::ge, source, number(0, source)),
        g.compare(nn::ComparePredicate::le, source, last));
    result =
        g.emit<nn::SelectOp>(g.broadcastDims(inside, sizes, axis.axis), result,
                             g.makeLike(result, mode.extrapolation));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The operators
//===----------------------------------------------------------------------===//

/// floor(size * scale), by index arithmetic where the scale allows it.
static FailureOr<OpFoldResult> scaledSize(NodeContext &n, OpFoldResult size,
                                          std::optional<double> scale,
                                          Value scaleValue) {
  GraphBuilder &g = n.g;
  if (scale) {
    if (*scale <= 0 || !(*scale < 1e9))
      return n.error("a scale is " + Twine(std::to_string(*scale)) +
                     ", expected a positive number");
    if (auto known = g.constantIndex(size))
      return g.index(static_cast<int64_t>(
          std::floor(static_cast<double>(*known) * *scale)));
    if (*scale == std::floor(*scale))
      return g.mul(size, g.index(static_cast<int64_t>(*scale)));
    if (double inverse = 1 / *scale; inverse == std::floor(inverse))
      return g.div(size, g.index(static_cast<int64_t>(inverse)));
  }
  Value exact = g.emit<nn::MulOp>(
      g.cast(g.fromElements(size, g.b.getI64Type(), {}), g.b.getF64Type()),
      scaleValue);
  return g.readElements(
      g.cast(g.emit<nn::FloorOp>(exact), g.b.getI64Type()))[0];
}

static LogicalResult convertResize(NodeContext &n) {
  GraphBuilder &g = n.g;
  bool upsample = n.opType() == "Upsample", first = n.opset() < 11 || upsample;
  int64_t rank = n.rank(0);
  ResizeMode mode;
  mode.mode = n.attrString("mode", "nearest");
  if (mode.mode == "bilinear" || mode.mode == "trilinear")
    mode.mode = "linear";
  mode.coordinates =
      first ? "asymmetric"
            : n.attrString("coordinate_transformation_mode", "half_pixel");
  mode.nearest =
      first ? "floor" : n.attrString("nearest_mode", "round_prefer_floor");
  mode.cubic = n.attrFloat("cubic_coeff_a", -0.75);
  mode.extrapolation = n.attrFloat("extrapolation_value", 0);
  mode.excludeOutside = n.attrInt("exclude_outside", 0) != 0;
  mode.antialias = n.attrInt("antialias", 0) != 0;
  if (mode.mode != "nearest" && mode.mode != "linear" && mode.mode != "cubic")
    return n.error("unknown mode \"" + mode.mode + "\"");
  for (StringRef known : {"half_pixel", "half_pixel_symmetric",
                          "pytorch_half_pixel", "align_corners", "asymmetric",
                          "tf_half_pixel_for_nn", "tf_crop_and_resize", ""}) {
    if (known.empty())
      return n.error("unknown coordinate mode \"" + mode.coordinates + "\"");
    if (known == mode.coordinates)
      break;
  }
  SmallVector<int64_t> axes = n.attrInts("axes");
  if (axes.empty())
    axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (failed(n.axes(axes, rank)))
    return failure();
  for (int64_t &axis : axes)
    axis = axis < 0 ? axis + rank : axis;

  // Scales by attribute (Upsample before 9), or input 1 or 2; sizes by input 3.
  Type f = g.b.getF64Type();
  unsigned scalesInput = first ? 1 : 2;
  bool bySizes =
      !first && n.hasInput(3) &&
      !(n.type(3).hasStaticShape() && n.type(3).getNumElements() == 0);
  SmallVector<std::optional<double>> known(axes.size());
  SmallVector<Value> scales(axes.size());
  Sizes sizes;
  if (bySizes) {
    FailureOr<Sizes> given = n.indices(3, "sizes");
    if (failed(given))
      return failure();
    sizes = *given;
    if (sizes.size() != axes.size())
      return n.error("expected " + Twine(axes.size()) + " sizes, found " +
                     Twine(sizes.size()));
  } else if (n.has("scales")) {
    SmallVector<double> list = n.attrFloats("scales");
    if (list.size() != axes.size())
      return n.error("expected " + Twine(axes.size()) + " scales, found " +
                     Twine(list.size()));
    for (size_t i = 0; i < list.size(); ++i)
      known[i] = list[i];
  } else if (upsample && n.has("height_scale")) {
    if (rank != 4)
      return n.error("expected an input of rank 4, found " + Twine(rank));
    known = {1.0, 1.0, n.attrFloat("height_scale", 1),
             n.attrFloat("width_scale", 1)};
  } else {
    if (!n.hasInput(scalesInput))
      return n.error("neither scales nor sizes are given");
    Value all = n.input(scalesInput);
    if (g.rank(all) != 1 ||
        g.constantIndex(g.dim(all, 0)).value_or(axes.size()) !=
            static_cast<int64_t>(axes.size()))
      return n.error("expected " + Twine(axes.size()) + " scales");
    std::optional<HostTensor> data = g.constant(g.unmarked(all));
    for (size_t i = 0; i < axes.size(); ++i) {
      if (data)
        known[i] = data->getDouble(i);
      else
        scales[i] = g.cast(
            g.reshape(g.sliceAxis(all, 0, g.index(i), g.index(1)), {}), f);
    }
  }
  std::string policy = n.attrString("keep_aspect_ratio_policy", "stretch");
  Value x = n.input(0), roi = n.hasInput(1) && !first ? n.input(1) : Value();
  Sizes from = g.dims(x);
  if (bySizes && policy != "stretch") {
    // One scale for all axes: the smallest or the largest, and sizes rounded
    // from it.
    if (policy != "not_larger" && policy != "not_smaller")
      return n.error("unknown \"keep_aspect_ratio_policy\" \"" + policy + "\"");
    Type i64 = g.b.getI64Type();
    auto number = [&](OpFoldResult v) {
      return g.cast(g.fromElements(v, i64, {}), f);
    };
    Value common;
    for (auto [axis, size] : llvm::zip(axes, sizes)) {
      Value scale = g.emit<nn::DivOp>(number(size), number(from[axis]));
      common = !common                  ? scale
               : policy == "not_larger" ? g.emit<nn::MinOp>(common, scale)
                                        : g.emit<nn::MaxOp>(common, scale);
    }
    for (size_t i = 0; i < axes.size(); ++i) {
      Value exact = g.withScalar<nn::AddOp>(
          g.emit<nn::MulOp>(number(from[axes[i]]), common), 0.5);
      sizes[i] = g.readElements(g.cast(g.emit<nn::FloorOp>(exact), i64))[0];
      if (std::optional<HostTensor> data = g.constant(common))
        known[i] = data->getDouble(0);
      scales[i] = common;
    }
  }
  Type type = n.element(0);
  bool interpolates = mode.mode != "nearest";
  // Weights are rounded to what is computed with: integers are interpolated in
  // f32.
  Value value = interpolates && !isa<FloatType>(type)
                    ? g.cast(x, g.b.getF32Type())
                : interpolates ? g.widen(x)
                               : x;
  Resampler resampler(g, mode);
  for (size_t i = 0; i < axes.size(); ++i) {
    ResizeAxis axis;
    axis.axis = axes[i];
    axis.from = from[axes[i]];
    axis.knownScale = known[i];
    axis.bySize = bySizes;
    if (known[i])
      scales[i] = g.makeScalar(f, *known[i]);
    if (bySizes) {
      axis.to = sizes[i];
      auto before = g.constantIndex(axis.from),
           after = g.constantIndex(axis.to);
      if (!known[i] && !scales[i] && before && after && *before > 0)
        axis.knownScale =
            static_cast<double>(*after) / static_cast<double>(*before);
      if (axis.knownScale)
        scales[i] = g.makeScalar(f, *axis.knownScale);
      else if (!scales[i])
        scales[i] = g.emit<nn::DivOp>(
            g.cast(g.fromElements(axis.to, g.b.getI64Type(), {}), f),
            g.cast(g.fromElements(axis.from, g.b.getI64Type(), {}), f));
    } else {
      FailureOr<OpFoldResult> size =
          scaledSize(n, axis.from, known[i], scales[i]);
      if (failed(size))
        return failure();
      axis.to = *size;
    }
    axis.scale = scales[i];
    auto before = g.constantIndex(axis.from), after = g.constantIndex(axis.to);
    if (after && *after < 0)
      return n.error("a size is negative: " + Twine(*after));
    if (before && *before == 0 && after && *after > 0)
      return n.error("cannot resize an axis without elements");
    bool crops = mode.coordinates == "tf_crop_and_resize";
    if (crops) {
      if (!roi || !g.typeOf(roi).hasStaticShape() ||
          g.typeOf(roi).getNumElements() !=
              static_cast<int64_t>(2 * axes.size()))
        return n.error("\"tf_crop_and_resize\" needs \"roi\" with " +
                       Twine(2 * axes.size()) + " elements");
      auto corner = [&](int64_t at) {
        return g.cast(
            g.reshape(g.sliceAxis(roi, 0, g.index(at), g.index(1)), {}), f);
      };
      axis.roiStart = corner(i);
      axis.roiEnd = corner(i + axes.size());
    }
    // An axis that keeps its size stays as it is.
    bool keeps = !crops && (axis.from == axis.to) &&
                 (!axis.knownScale || *axis.knownScale == 1);
    if (mode.antialias && !axis.knownScale && interpolates)
      return n.unsupported("\"antialias\" needs scales known at compile time; "
                           "fix sizes with --shape or --dim");
    if (!keeps)
      value = resampler.resample(value, axis);
  }
  if (interpolates && isa<IntegerType>(type)) {
    value = g.emit<nn::RoundOp>(value);
  }
  return n.set(g.cast(value, type));
}

void registerResize(Registry &registry) {
  registry.add("Resize", convertResize);
  registry.add("Upsample", convertResize);
}

} // namespace ds::onnx
