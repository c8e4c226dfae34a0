#!/usr/bin/env python3
"""Writes the models that the README trains: fresh ones, with seeded random weights.

make_models.py DIRECTORY
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


def kaiming(rng, *shape):
    """He et al., ICCV 2015: the variance of activations stays through ReLUs."""
    return rng.normal(scale=np.sqrt(2 / np.prod(shape[1:])), size=shape).astype(np.float32)


def fashion_cnn():
    rng = np.random.default_rng(0)
    weights = {
        "conv1.weight": kaiming(rng, 32, 1, 3, 3),
        "conv1.bias": np.zeros(32, np.float32),
        "conv2.weight": kaiming(rng, 64, 32, 3, 3),
        "conv2.bias": np.zeros(64, np.float32),
        "fc1.weight": kaiming(rng, 128, 3136),
        "fc1.bias": np.zeros(128, np.float32),
        "fc2.weight": kaiming(rng, 10, 128),
        "fc2.bias": np.zeros(10, np.float32),
        "ratio": np.float32(0.25).reshape(()),
    }
    model = onnx.parser.parse_model(FASHION_CNN)
    model.graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in weights.items()
    )
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    onnx.save(fashion_cnn(), directory / "fashion_cnn.onnx")


if __name__ == "__main__":
    main()
