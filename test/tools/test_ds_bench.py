"""ds-bench beside a real runtime, a peer of one's own, a wrong one, one that does not start."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin"

PEER = """
import json, sys, time
import numpy as np
words = sys.argv[1:]
name, path = words[words.index("--input") + 1].split("=")
assert name == "x"
x, w = np.load(path), np.load({weights!r})
def step():
    return np.maximum(x @ w, 0) * {factor}
np.save(words[words.index("--output-dir") + 1] + "/y.npy", step())
print(json.dumps({{"first_result_s": 0.5}}), flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({{"ms": times, "rss_mb": 7}}), flush=True)
"""


@pytest.fixture
def model(tmp_path):
    """relu(x w) with an open number of rows."""
    weights = np.random.default_rng(0).standard_normal((48, 64), np.float32)
    np.save(tmp_path / "w.npy", weights)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Relu", ["p"], ["y"])],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 48])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 64])],
        [numpy_helper.from_array(weights, "w")],
    )
    opsets = [helper.make_opsetid("", 19)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=9), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def bench(model, *words):
    command = [sys.executable, ROOT / "tools/ds-bench/ds-bench", model, "--compiler-dir", BIN]
    return subprocess.run([*command, *words], capture_output=True, text=True)


def peer(model, name, factor):
    """The option for a program that computes the model times `factor`."""
    script = model.parent / f"{name}.py"
    script.write_text(PEER.format(weights=str(model.parent / "w.npy"), factor=factor))
    return f"--peer={name}={sys.executable} {script}"


def test_contestants_are_compared_and_timed(model, tmp_path):
    done = bench(
        model,
        *["--dim=n=32", "--threads=1,2", "--rounds=3", "--burst=0.01", "--kernels"],
        "--peers=onnxruntime",
        peer(model, "own", 1),
        peer(model, "wrong", 1.01),
        "--peer=absent=false",
        f"--json={tmp_path / 'table.json'}",
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "table.json").read_text())
    (entry,) = report["models"]
    assert entry["compile_s"] > 0 and entry["size_mb"] > 0
    assert [run["threads"] for run in entry["runs"]] == [1, 2]
    for run in entry["runs"]:
        rows = {row["name"]: row for row in run["contestants"]}
        assert set(rows) == {"deepseek", "onnxruntime", "own", "wrong", "absent"}
        for name in ("deepseek", "onnxruntime", "own"):
            row = rows[name]
            assert 0 < row["best_ms"] <= row["median_ms"] and row["peak_rss_mb"] > 1
        for name in ("onnxruntime", "own"):
            assert 0 < rows[name]["ratio_lower"] <= rows[name]["ratio"]
            assert 0 <= rows[name]["difference"] < 1e-5
        assert rows["own"]["first_result_s"] == 0.5
        assert "differs by 1.0e-02" in rows["wrong"]["error"]
        assert rows["absent"]["error"] == "it ended without a word"
        (kernel,) = run["kernels"]
        assert kernel["launches"] == 1 and kernel["gflop_per_s"] > 0 and kernel["gb_per_s"] > 0
    assert "not timed: an output differs" in done.stdout


def test_sizes_must_be_known(model):
    done = bench(model, "--peers=none")
    assert done.returncode == 1
    assert "input 'x' has shape [-1, 48]: give --input, or fix the sizes" in done.stderr


def test_inputs_may_be_given(model, tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 48), np.float32))
    words = ["--peers=none", "--rounds=1", "--burst=0.01"]
    done = bench(model, f"--input=x={tmp_path / 'x.npy'}", *words)
    assert done.returncode == 0 and "deepseek" in done.stdout
    done = bench(model, "--input=z=z.npy", *words)
    assert done.returncode == 1 and "the model has no input 'z'" in done.stderr
