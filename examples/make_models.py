#!/usr/bin/env python3
"""Writes the models that the README trains: fresh ones, with seeded random weights.

make_models.py DIRECTORY [--text FILE...]
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
from onnx import numpy_helper

FASHION_CNN = """
<ir_version: 8, opset_import: ["": 17]>
fashion_cnn (float[batch, 1, 28, 28] x) => (float[batch, 10] y) {
  c1 = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, "conv1.weight", "conv1.bias")
  r1 = Relu(c1)
  p1 = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r1)
  c2 = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(p1, "conv2.weight", "conv2.bias")
  r2 = Relu(c2)
  p2 = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r2)
  f = Flatten(p2)
  d1 = Dropout(f, ratio)
  g1 = Gemm<transB = 1>(d1, "fc1.weight", "fc1.bias")
  r3 = Relu(g1)
  y = Gemm<transB = 1>(r3, "fc2.weight", "fc2.bias")
}
"""

# Characters are ASCII codes; a label is the next character.
LETTERS, EMBEDDING, HIDDEN, WINDOW = 128, 32, 128, 64

CHAR_LM = """
<ir_version: 8, opset_import: ["": 17]>
char_lm (int64[batch, time] x) => (float[batch, time, 128] y) {
  e = Gather(embedding, x)
  s = Transpose<perm = [1, 0, 2]>(e)
  h = GRU<hidden_size = 128, linear_before_reset = 1>(s, "gru.W", "gru.R", "gru.B")
  one = Constant<value_ints = [1]>()
  q = Squeeze(h, one)
  t = Transpose<perm = [1, 0, 2]>(q)
  p = MatMul(t, "out.weight")
  y = Add(p, "out.bias")
}
"""

# The same network, one character at a time: each is drawn by its probability and fed back. The
# random numbers are those of Park and Miller, CACM 1988: x becomes 48271 x modulo 2^31 - 1.
CHAR_LM_WRITER = """
<ir_version: 8, opset_import: ["": 17]>
char_lm_writer (int64 count, int64 seed, float temperature) => (uint8[count] text)
<int64 count = {400}, int64 seed = {1}, float temperature = {0.7}, bool always = {1}> {
  newline = Constant<value = int64[1] {10}>()
  silence = Constant<value = float {0.0}>()
  shape = Constant<value_ints = [1, 1, 128]>()
  start = Expand(silence, shape)
  factor = Constant<value = int64 {48271}>()
  modulus = Constant<value = int64 {2147483647}>()
  seed1 = Mul(seed, factor)
  seed2 = Mod(seed1, modulus)
  seed3 = Mul(seed2, factor)
  random0 = Mod(seed3, modulus)
  last, state, random, text = Loop(count, always, newline, start, random0) <body = step
    (int64 i, bool go_on, int64[1] c, float[1, 1, 128] h, int64 r)
    => (bool more, int64[1] next, float[1, 1, 128] new_h, int64 new_r, uint8 letter) {
    more = Identity(go_on)
    zero = Constant<value_ints = [0]>()
    e = Gather(embedding, c)
    s = Unsqueeze(e, zero)
    all, new_h = GRU<hidden_size = 128, linear_before_reset = 1>(
      s, "gru.W", "gru.R", "gru.B", "", h)
    q = Squeeze(new_h, zero)
    m = MatMul(q, "out.weight")
    scores = Add(m, "out.bias")
    sharp = Div(scores, temperature)
    p = Softmax(sharp)
    axis = Constant<value_int = 1>()
    sums = CumSum(p, axis)
    product = Mul(r, factor)
    new_r = Mod(product, modulus)
    numerator = Cast<to = 1>(new_r)
    denominator = Cast<to = 1>(modulus)
    u = Div(numerator, denominator)
    below = Less(sums, u)
    ones = Cast<to = 7>(below)
    axes = Constant<value_ints = [1]>()
    drawn = ReduceSum<keepdims = 0>(ones, axes)
    highest = Constant<value_ints = [127]>()
    next = Min(drawn, highest)
    flat = Squeeze(next, zero)
    letter = Cast<to = 2>(flat)
  }>
}
"""


def kaiming(rng, *shape):
    """He et al., ICCV 2015: the variance of activations stays through ReLUs."""
    return rng.normal(scale=np.sqrt(2 / np.prod(shape[1:])), size=shape).astype(np.float32)


def make_model(text, weights):
    model = onnx.parser.parse_model(text)
    model.graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in weights.items()
    )
    onnx.checker.check_model(model)
    return model


def fashion_cnn():
    rng = np.random.default_rng(0)
    return make_model(
        FASHION_CNN,
        {
            "conv1.weight": kaiming(rng, 32, 1, 3, 3),
            "conv1.bias": np.zeros(32, np.float32),
            "conv2.weight": kaiming(rng, 64, 32, 3, 3),
            "conv2.bias": np.zeros(64, np.float32),
            "fc1.weight": kaiming(rng, 128, 3136),
            "fc1.bias": np.zeros(128, np.float32),
            "fc2.weight": kaiming(rng, 10, 128),
            "fc2.bias": np.zeros(10, np.float32),
            "ratio": np.float32(0.25).reshape(()),
        },
    )


def char_lm(text):
    rng = np.random.default_rng(0)

    def uniform(*shape):
        # As PyTorch initialises a GRU.
        bound = 1 / np.sqrt(HIDDEN)
        return rng.uniform(-bound, bound, size=shape).astype(np.float32)

    return make_model(
        text,
        {
            "embedding": rng.normal(size=(LETTERS, EMBEDDING)).astype(np.float32),
            "gru.W": uniform(1, 3 * HIDDEN, EMBEDDING),
            "gru.R": uniform(1, 3 * HIDDEN, HIDDEN),
            "gru.B": uniform(1, 6 * HIDDEN),
            "out.weight": uniform(HIDDEN, LETTERS),
            "out.bias": np.zeros(LETTERS, np.float32),
        },
    )


def windows(paths):
    """Pieces of the text, and the same one character on."""
    text = "\n\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)
    codes = np.frombuffer(text.encode("ascii", "replace"), np.uint8).astype(np.int64)
    count = (len(codes) - 1) // WINDOW
    if count == 0:
        raise SystemExit(f"the text has {len(codes)} characters, expected more than {WINDOW}")
    whole = count * WINDOW
    return {
        "x": codes[:whole].reshape(count, WINDOW),
        "label": codes[1 : whole + 1].reshape(count, WINDOW),
    }


def licences():
    """English text that every Debian system has, in its package base-files."""
    folder = Path("/usr/share/common-licenses")
    return sorted(p for p in folder.glob("*") if p.is_file() and not p.is_symlink())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "--text", type=Path, nargs="+", help="what to learn to write (default: Debian's licences)"
    )
    args = parser.parse_args()
    texts = args.text or licences()
    if not texts:
        parser.error("no text in /usr/share/common-licenses: name one with --text")
    args.directory.mkdir(parents=True, exist_ok=True)
    onnx.save(fashion_cnn(), args.directory / "fashion_cnn.onnx")
    onnx.save(char_lm(CHAR_LM), args.directory / "char_lm.onnx")
    onnx.save(char_lm(CHAR_LM_WRITER), args.directory / "char_lm_writer.onnx")
    np.savez(args.directory / "text.npz", **windows(texts))


if __name__ == "__main__":
    main()
