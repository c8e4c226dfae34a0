"""Models for operators of differentiable.txt that no node test of onnx gives tensors of floats.

Each is a graph in ONNX's text form. Inputs are made from the signature: numbers between 0.1 and
0.9, all different.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import onnx.parser

HEADER = '<ir_version: 8, opset_import: ["" : 18, "ai.onnx.ml" : 3, "com.microsoft" : 1]>\nnet '

GRAPHS = {
    "concat_from_sequence": """(float[2, 3] x, float[2, 3] y) => (float[2, 6] z) {
      s = SequenceConstruct(x, y)
      z = ConcatFromSequence<axis = 1>(s)
    }""",
    "global_lp_pool": """(float[2, 3, 4] x) => (float[2, 3, 1] y) {
      y = GlobalLpPool<p = 3>(x)
    }""",
    "if": """(bool c, float[2, 3] x, float[2, 3] y) => (float[2, 3] z) {
      z = If (c) <
        then_branch = then () => (float[2, 3] a) { a = Mul(x, y) },
        else_branch = otherwise () => (float[2, 3] b) { b = Exp(x) }
      >
    }""",
    "max_roi_pool": """(float[1, 2, 6, 6] x) => (float[2, 2, 2, 2] y)
      <float[2, 5] rois = {0, 0, 0, 3, 3, 0, 1, 2, 5, 5}> {
      y = MaxRoiPool<pooled_shape = [2, 2]>(x, rois)
    }""",
    "optional": """(float[2, 3] x) => (float[2, 3] y) {
      o = Optional(x)
      v = OptionalGetElement(o)
      y = Mul(v, v)
    }""",
    "sequence": """(float[2, 3] x, float[2, 3] y, float[2, 3] v) => (float[2, 3] z)
      <int64 first = {0}, int64 last = {-1}> {
      s = SequenceConstruct(x, y)
      t = SequenceInsert(s, v, first)
      u = SequenceErase(t, last)
      a = SequenceAt(u, first)
      b = SequenceAt(u, last)
      z = Mul(a, b)
    }""",
    "sequence_map": """(float[2, 3] x, float[2, 3] y) => (float[4, 3] z) {
      s = SequenceConstruct(x, y)
      t = SequenceMap (s, x) <body = body (float[2, 3] a, float[2, 3] b) => (float[2, 3] c) {
        c = Mul(a, b)
      }>
      z = ConcatFromSequence<axis = 0>(t)
    }""",
    "split_to_sequence": """(float[4, 3] x) => (float[2, 3] z)
      <int64 size = {2}, int64 first = {0}, int64 last = {-1}> {
      s = SplitToSequence<axis = 0>(x, size)
      a = SequenceAt(s, first)
      b = SequenceAt(s, last)
      z = Mul(a, b)
    }""",
    "trilu": """(float[3, 4] x) => (float[3, 4] y) {
      y = Trilu<upper = 0>(x)
    }""",
    # The inputs of the node tests have ties, which have no derivative.
    "unique": """(float[6] x) => (float[6] y) {
      y = Unique(x)
    }""",
    "feature_vectorizer": """(float[2, 3] x, float[2, 2] y) => (float[2, 5] z) {
      z = ai.onnx.ml.FeatureVectorizer<inputdimensions = [3, 2]>(x, y)
    }""",
    "imputer": """(float[2, 3] x) => (float[2, 3] y) {
      y = ai.onnx.ml.Imputer<imputed_value_floats = [0.5], replaced_value_float = 2.0>(x)
    }""",
    "linear_classifier": """(float[2, 3] x) => (int64[2] label, float[2, 2] scores) {
      label, scores = ai.onnx.ml.LinearClassifier<classlabels_ints = [0, 1],
        post_transform = "SOFTMAX", coefficients = [0.5, -0.25, 1.0, 0.75, 0.5, -1.0],
        intercepts = [0.1, -0.2], multi_class = 0>(x)
    }""",
    "linear_regressor": """(float[2, 3] x) => (float[2, 2] y) {
      y = ai.onnx.ml.LinearRegressor<coefficients = [0.5, -0.25, 1.0, 0.75, 0.5, -1.0],
        intercepts = [0.1, -0.2], targets = 2>(x)
    }""",
    "normalizer": """(float[2, 3] x) => (float[2, 3] y) {
      y = ai.onnx.ml.Normalizer<norm = "L2">(x)
    }""",
    "scaler": """(float[2, 3] x) => (float[2, 3] y) {
      y = ai.onnx.ml.Scaler<offset = [0.5, 0.25, 1.0], scale = [2.0, -1.0, 0.5]>(x)
    }""",
    "bias_gelu": """(float[2, 3] x, float[3] b) => (float[2, 3] y) {
      y = com.microsoft.BiasGelu(x, b)
    }""",
    "dynamic_quantize_matmul": """(float[2, 3] x, float s, float[2] b) => (float[2, 2] y)
      <uint8[3, 2] w = {3, 200, 17, 90, 255, 0}, uint8 z = {100}> {
      y = com.microsoft.DynamicQuantizeMatMul(x, w, s, z, b)
    }""",
    "fast_gelu": """(float[2, 3] x, float[3] b) => (float[2, 3] y) {
      y = com.microsoft.FastGelu(x, b)
    }""",
    "fused_matmul": """(float[3, 2] x, float[3, 4] w) => (float[2, 4] y) {
      y = com.microsoft.FusedMatMul<transA = 1, alpha = 0.5>(x, w)
    }""",
    "gelu": """(float[2, 3] x) => (float[2, 3] y) {
      y = com.microsoft.Gelu(x)
    }""",
    "matmul_integer_to_float": """(float a, float b, float[2] c) => (float[2, 2] y)
      <uint8[2, 3] x = {3, 200, 17, 90, 255, 0}, uint8[3, 2] w = {9, 2, 117, 190, 25, 50}> {
      y = com.microsoft.MatMulIntegerToFloat(x, w, a, b, , , c)
    }""",
    "matmul_n_bits": """(float[2, 16] x, float[2] s) => (float[2, 2] y)
      <uint8[2, 1, 8] w = {3, 200, 17, 90, 255, 0, 1, 2, 250, 7, 99, 128, 64, 32, 16, 8}> {
      y = com.microsoft.MatMulNBits<K = 16, N = 2, bits = 4, block_size = 16>(x, w, s)
    }""",
    "quick_gelu": """(float[2, 3] x) => (float[2, 3] y) {
      y = com.microsoft.QuickGelu<alpha = 1.5>(x)
    }""",
    "skip_layer_normalization": """(float[1, 2, 4] x, float[1, 2, 4] s, float[4] g, float[4] b)
      => (float[1, 2, 4] y) {
      y = com.microsoft.SkipLayerNormalization(x, s, g, b)
    }""",
    "skip_simplified_layer_normalization": """(float[1, 2, 4] x, float[1, 2, 4] s, float[4] g)
      => (float[1, 2, 4] y) {
      y = com.microsoft.SkipSimplifiedLayerNormalization(x, s, g)
    }""",
    "transpose_matmul": """(float[3, 2] x, float[3, 4] w) => (float[2, 4] y) {
      y = com.microsoft.TransposeMatMul<transA = 1>(x, w)
    }""",
}


def model(name):
    """The model of that name."""
    return onnx.parser.parse_model(HEADER + GRAPHS[name])


def shape(value_info):
    """The extents of a value, all of which are known."""
    return tuple(d.dim_value for d in value_info.type.tensor_type.shape.dim)


def inputs(graph):
    """A value for each input, the same in every run."""
    random = np.random.default_rng(0)
    made = []
    for info in graph.input:
        extents = shape(info)
        if info.type.tensor_type.elem_type == onnx.TensorProto.BOOL:
            made.append(np.ones(extents, bool))
        else:
            count = int(np.prod(extents))
            places = (random.permutation(count) + random.uniform(0.2, 0.8, count)) / count
            made.append((0.1 + 0.8 * places).reshape(extents))
    return made
