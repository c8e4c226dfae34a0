"""Contractions and windows in f64 with NumPy, and how far an f32 result may be from them.

The bounds are Higham's (Accuracy and Stability of Numerical Algorithms, 2nd ed., 3.1): whatever the
order of summation, with or without fused products, a sum of K products differs from the exact
one by at most gamma(K) * sum |a| |b| with gamma(K) = K u / (1 - K u) and u = 2^-24.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import itertools

import numpy as np

U32 = 2.0**-24


def gamma(terms):
    """The relative error of a sum of so many products in f32."""
    return terms * U32 / (1 - terms * U32)


def conv(x, w, bias=None, strides=None, pads=None, dilations=None, group=1):
    """ONNX Conv of any rank."""
    spatial = x.ndim - 2
    strides = strides or [1] * spatial
    dilations = dilations or [1] * spatial
    pads = pads or [0] * 2 * spatial
    x = np.pad(x, [(0, 0), (0, 0)] + [(pads[i], pads[spatial + i]) for i in range(spatial)])
    extents = [
        (x.shape[2 + i] - (w.shape[2 + i] - 1) * dilations[i] - 1) // strides[i] + 1
        for i in range(spatial)
    ]
    inputs, outputs = w.shape[1], w.shape[0] // group
    y = np.zeros((x.shape[0], w.shape[0], *extents))
    for g in range(group):
        part = x[:, g * inputs : (g + 1) * inputs]
        features = slice(g * outputs, (g + 1) * outputs)
        for tap in itertools.product(*map(range, w.shape[2:])):
            at = tuple(
                slice(k * d, k * d + (n - 1) * s + 1, s)
                for k, d, n, s in zip(tap, dilations, extents, strides)
            )
            y[:, features] += np.einsum(
                "nc...,oc->no...", part[(..., *at)], w[(features, slice(None), *tap)]
            )
    return y if bias is None else y + bias.reshape(-1, *[1] * spatial)


def general_conv(x, w, geometry):
    """nn.conv, by the attributes of its text; groups are ONNX's, batch groups XLA's."""
    of = geometry
    x = x.transpose(of["input_layout"])
    w = w.transpose(of["filter_layout"])
    spatial = x.ndim - 2
    stuffed = np.zeros(
        x.shape[:2] + tuple((n - 1) * d + 1 for n, d in zip(x.shape[2:], of["input_dilation"]))
    )
    stuffed[(..., *(slice(None, None, d) for d in of["input_dilation"]))] = x
    pads = [*of["pad_low"], *of["pad_high"]]
    groups = of["batch_groups"]
    batch, features = x.shape[0] // groups, w.shape[0] // groups
    y = np.concatenate(
        [
            conv(
                stuffed[g * batch : (g + 1) * batch],
                w[g * features : (g + 1) * features],
                strides=of["strides"],
                pads=pads,
                dilations=of["window_dilation"],
                group=of["feature_groups"],
            )
            for g in range(groups)
        ],
        axis=1,
    )
    assert y.ndim == spatial + 2
    return y.transpose(np.argsort(of["output_layout"]))


def conv_transpose(x, w, strides=None, pads=None, dilations=None, group=1, output_padding=None):
    """ONNX ConvTranspose: every input element adds the filter to the output."""
    spatial = x.ndim - 2
    strides = strides or [1] * spatial
    dilations = dilations or [1] * spatial
    pads = pads or [0] * 2 * spatial
    more = output_padding or [0] * spatial
    extents = [
        (x.shape[2 + i] - 1) * strides[i] + (w.shape[2 + i] - 1) * dilations[i] + 1 + more[i]
        for i in range(spatial)
    ]
    inputs, outputs = x.shape[1] // group, w.shape[1]
    y = np.zeros((x.shape[0], outputs * group, *extents))
    for g in range(group):
        channels = slice(g * inputs, (g + 1) * inputs)
        for tap in itertools.product(*map(range, w.shape[2:])):
            at = tuple(
                slice(k * d, k * d + (n - 1) * s + 1, s)
                for k, d, n, s in zip(tap, dilations, x.shape[2:], strides)
            )
            y[(slice(None), slice(g * outputs, (g + 1) * outputs), *at)] += np.einsum(
                "nc...,co->no...", x[:, channels], w[(channels, slice(None), *tap)]
            )
    cut = tuple(slice(pads[i], extents[i] - pads[spatial + i]) for i in range(spatial))
    return y[(..., *cut)]


def pool(x, kind, kernel, strides=None, pads=None, dilations=None, count_include_pad=0):
    """ONNX MaxPool or AveragePool, floor mode."""
    spatial = x.ndim - 2
    strides = strides or [1] * spatial
    dilations = dilations or [1] * spatial
    pads = pads or [0] * 2 * spatial
    widths = [(0, 0), (0, 0)] + [(pads[i], pads[spatial + i]) for i in range(spatial)]
    counted = np.pad(np.ones(x.shape), widths, constant_values=float(count_include_pad))
    x = np.pad(x, widths, constant_values=-np.inf if kind == "max" else 0)
    extents = [
        (x.shape[2 + i] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1
        for i in range(spatial)
    ]
    taps, counts = [], []
    for tap in itertools.product(*map(range, kernel)):
        at = tuple(
            slice(k * d, k * d + (n - 1) * s + 1, s)
            for k, d, n, s in zip(tap, dilations, extents, strides)
        )
        taps.append(x[(..., *at)])
        counts.append(counted[(..., *at)])
    return np.max(taps, 0) if kind == "max" else np.sum(taps, 0) / np.sum(counts, 0)


def softmax(x):
    """Along the last axis, and the bound of its error in f32.

    exp's argument is off by u |x - max|, exp itself by 2 ulp, the sum by (n - 1) u, the quotient by
    u: relative errors of numerator and of each term of the sum add up.
    """
    shifted = x - x.max(-1, keepdims=True)
    y = np.exp(shifted)
    y /= y.sum(-1, keepdims=True)
    bound = (2 * np.abs(shifted).max(-1, keepdims=True) + x.shape[-1] + 2 * 4 + 1) * U32 * y
    return y, bound + 2.0**-149


def layer_norm(x, scale, bias, epsilon=1e-5):
    """Along the last axis, and the bound of its error in f32.

    The mean is off by (n + 1) u mean|x|. That moves every deviation, and the variance by twice its
    product with the deviations; the variance's own sum is off by (n + 3) u, halved by the root.
    """
    n = x.shape[-1]
    deviation = x - x.mean(-1, keepdims=True)
    sigma = np.sqrt(np.mean(deviation**2, -1, keepdims=True) + epsilon)
    y = deviation / sigma * scale + bias
    of_mean = (n + 1) * U32 * np.mean(np.abs(x), -1, keepdims=True)
    relative = (n + 3) / 2 * U32 + of_mean / sigma + 4 * U32
    bound = np.abs(scale) / sigma * (of_mean + np.abs(deviation) * (U32 + relative))
    return y, bound + U32 * (np.abs(y) + np.abs(bias))
