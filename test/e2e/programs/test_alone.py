"""A compiled program where there is nothing else: a root directory with glibc alone."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin"

MODEL = """
<ir_version: 8, opset_import: ["": 17]>
net (float[batch, 8] x) => (float[batch, 4] y) {
  a = MatMul(x, w)
  t = Tanh(a)
  y = Softmax(t)
}
"""


def weights():
    return np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)


def compile_model(folder, *options):
    model = onnx.parser.parse_model(MODEL)
    model.graph.initializer.append(numpy_helper.from_array(weights(), "w"))
    onnx.save(model, folder / "net.onnx")
    program = folder / "net"
    subprocess.run(
        [BIN / "ds-compile", folder / "net.onnx", "-o", program, *options],
        check=True,
        capture_output=True,
    )
    return program


def libraries(program):
    """The interpreter and the libraries that the program's own headers ask for."""
    text = subprocess.run(
        ["readelf", "--dynamic", "--program-headers", "-W", program],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", text)
    interpreter = re.search(r"interpreter: (.*)\]", text)[1]
    return interpreter, needed


def test_the_program_needs_glibc_and_nothing_else(tmp_path):
    interpreter, needed = libraries(compile_model(tmp_path))
    assert interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert set(needed) <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


@pytest.mark.skipif(os.geteuid() != 0, reason="changing the root directory takes root")
@pytest.mark.parametrize("kind", ["program", "job"])
def test_it_runs_in_a_root_directory_with_glibc_alone(tmp_path, kind):
    train = ["--train", "--loss", "mse", "--dim", "batch=4", "--optimizer", "adam"]
    program = compile_model(tmp_path, *(train if kind == "job" else []))
    interpreter, needed = libraries(program)
    root = tmp_path / "root"
    (root / "lib64").mkdir(parents=True)
    shutil.copy(interpreter, root / interpreter[1:])
    for name in needed:
        if name not in interpreter:
            shutil.copy(Path("/lib/x86_64-linux-gnu") / name, root / "lib64")
    shutil.copy(program, root / "net")
    x = np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32)
    t = np.tanh(x.astype(np.float64) @ weights())
    want = np.exp(t) / np.exp(t).sum(axis=1, keepdims=True)
    np.save(root / "x.npy", x)
    np.savez(root / "data.npz", x=x, label=want.astype(np.float32))
    # No /proc, no /dev, no environment.
    run = ["--input", "/x.npy", "--output-dir", "/out"]
    if kind == "job":
        run = ["--data", "/data.npz", "--steps", "3", "--checkpoint-dir", "/ckpt"]
    environment = {"LD_LIBRARY_PATH": "/lib64"}
    done = subprocess.run(
        [shutil.which("chroot"), root, "/net", *run],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    if kind == "job":
        assert (root / "ckpt" / "step-00000003" / "weights.safetensors").exists()
    else:
        # Eight products, a tanh and a softmax in f32.
        np.testing.assert_allclose(np.load(root / "out" / "y.npy"), want, rtol=1e-5)
