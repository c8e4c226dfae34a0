"""Sums of many terms keep their digits: they are sums of partial sums.

Equal terms make the rounding errors of a chain all point the same way: 73728 times 1.1 in f32, one
after the other, is off by 7e-4. A sum loop by loop is off by at most half a unit in the last place,
2^-24, for each iteration of each loop, whatever the product of the extents.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin"


# Vectors run along the last extent but trailing ones.
@pytest.mark.parametrize(
    "shape", [(8, 96, 96), (8, 96, 96, 1), (8, 1, 96, 96), (7, 1000, 12, 1, 1)]
)
def test_sum_of_everything(tmp_path, shape):
    extents = ",".join(map(str, shape))
    text = f"""<ir_version: 8, opset_import: ["": 17]>
      net (float[{extents}] x) => (float y) {{ y = ReduceSum<keepdims = 0>(x) }}"""
    onnx.save(onnx.parser.parse_model(text), tmp_path / "net.onnx")
    x = np.full(shape, 1.1, np.float32)
    np.save(tmp_path / "x.npy", x)
    subprocess.run([BIN / "ds-compile", tmp_path / "net.onnx", "-o", tmp_path / "net"], check=True)
    command = [tmp_path / "net", "--input", f"x={tmp_path}/x.npy", "--output-dir", tmp_path]
    subprocess.run(command, check=True)
    # 16 lanes are added up by four more additions.
    bound = (sum(shape) + 4) * 2.0**-24
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), x.sum(dtype=np.float64), rtol=bound)
