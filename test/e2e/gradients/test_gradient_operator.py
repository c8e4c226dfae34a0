"""The standard's Gradient operator, held against derivatives by hand.

Everything is computed in f64, by a few dozen operations on numbers of size 1: rounding is far
below the bound, every wrong formula above it.
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
BOUND = 1e-12
HEAD = '<ir_version: 8, opset_import: ["": 17, "ai.onnx.preview.training": 1]>\n'


def compile_model(folder, text):
    model = onnx.parser.parse_model(
        HEAD + text.replace("Gradient", "ai.onnx.preview.training.Gradient")
    )
    onnx.save(model, folder / "net.onnx")
    command = [BIN / "ds-compile", folder / "net.onnx", "-o", folder / "net"]
    return subprocess.run(command, capture_output=True, text=True)


def run(folder, text, **inputs):
    """The outputs by name."""
    compiled = compile_model(folder, text)
    assert compiled.returncode == 0, compiled.stderr
    command = [folder / "net", "--output-dir", folder / "out"]
    for name, value in inputs.items():
        np.save(folder / f"{name}.npy", value)
        command += ["--input", f"{name}={folder / name}.npy"]
    subprocess.run(command, check=True)
    return {path.stem: np.load(path) for path in (folder / "out").glob("*.npy")}


def numbers(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def expect(have, **want):
    for name, value in want.items():
        np.testing.assert_allclose(have[name], value, rtol=BOUND, atol=BOUND, err_msg=name)


def test_by_weights_that_are_initializers(tmp_path):
    x = numbers(4, 3)
    have = run(
        tmp_path,
        """net (double[batch, 3] x) => (double[] y, double[3] dw)
          <double[3] w = {0.5, -1.0, 2.0}> {
          p = Mul(x, w)
          t = Tanh(p)
          y = ReduceSum<keepdims = 0>(t)
          dw = Gradient<xs = ["w"], zs = ["x"], y = "y">(w, x)
        }""",
        x=x,
    )
    t = np.tanh(x * [0.5, -1.0, 2.0])
    expect(have, y=t.sum(), dw=((1 - t * t) * x).sum(axis=0))


def test_by_a_tensor_inside_at_another_value_of_it(tmp_path):
    w, other = numbers(3), numbers(3) + 1
    have = run(
        tmp_path,
        """net (double[3] w, double[3] other) => (double[3] y, double[3] dh, double[3] elsewhere) {
          h = Exp(w)
          y = Mul(h, h)
          dh = Gradient<xs = ["h"], y = "y">(h)
          elsewhere = Gradient<xs = ["h"], y = "y">(other)
        }""",
        w=w,
        other=other,
    )
    expect(have, y=np.exp(2 * w), dh=2 * np.exp(w), elsewhere=2 * other)


def test_a_tensor_that_is_made_behind_the_node_and_outputs_left_out(tmp_path):
    a, b = numbers(3), numbers(3) + 2
    have = run(
        tmp_path,
        """net (double[3] a, double[3] b) => (double[3] db) {
          _, db = Gradient<xs = ["a", "b"], y = "y">(a, b)
          y = Div(a, b)
        }""".replace("_, db", '"", db'),
        a=a,
        b=b,
    )
    expect(have, db=-a / (b * b))


def test_second_derivatives(tmp_path):
    w, x = numbers(3), numbers(3) + 1
    have = run(
        tmp_path,
        """net (double[3] w, double[3] x) => (double[3] dw, double[3] dww, double[3] dwx) {
          s = Sin(w)
          y = Mul(s, x)
          dw = Gradient<xs = ["w"], zs = ["x"], y = "y">(w, x)
          dww, dwx = Gradient<xs = ["w", "x"], y = "dw">(w, x)
        }""",
        w=w,
        x=x,
    )
    expect(have, dw=np.cos(w) * x, dww=-np.sin(w) * x, dwx=np.cos(w))


@pytest.mark.parametrize("count", [0, 3])
def test_descent_in_a_loop(tmp_path, count):
    # Each turn goes down the slope of the sum of (v - target)^2 from where the last one ended.
    start, target = numbers(3), numbers(3) + 1
    have = run(
        tmp_path,
        """net (int64 count, double[3] start, double[3] target) => (double[3] end)
          <bool always = {1}> {
          end = Loop(count, always, start) <body = turn
            (int64 i, bool c, double[3] v) => (bool more, double[3] next) {
            more = Identity(c)
            d = Sub(v, target)
            e = Mul(d, d)
            slope = Gradient<xs = ["v"], y = "e">(v)
            rate = Constant<value = double {0.25}>()
            move = Mul(slope, rate)
            next = Sub(v, move)
          }>
        }""",
        count=np.array(count),
        start=start,
        target=target,
    )
    expect(have, end=target + (start - target) * 0.5**count)


def test_of_a_branch(tmp_path):
    x = numbers(3)
    for flag, want in ((True, 3 * x * x), (False, np.exp(x))):
        (tmp_path / str(flag)).mkdir()
        have = run(
            tmp_path / str(flag),
            """net (bool flag, double[3] x) => (double[3] dx) {
              y = If(flag) <
                then_branch = cube () => (double[3] c) { s = Mul(x, x) c = Mul(s, x) },
                else_branch = power () => (double[3] p) { p = Exp(x) }
              >
              dx = Gradient<xs = ["x"], y = "y">(x)
            }""",
            flag=np.array(flag),
            x=x,
        )
        expect(have, dx=want)


def test_what_does_not_reach_the_result_has_no_slope(tmp_path):
    a, b = numbers(3), numbers(3)
    have = run(
        tmp_path,
        """net (double[3] a, double[3] b) => (double[3] da, double[3] db) {
          y = Mul(a, a)
          da, db = Gradient<xs = ["a", "b"], y = "y">(a, b)
        }""",
        a=a,
        b=b,
    )
    expect(have, da=2 * a, db=np.zeros(3))


ERRORS = {
    'Gradient<xs = ["a"], y = "nothing">(a)': '"nothing", which is to be differentiated, is '
    "made by no node",
    'Gradient<xs = ["a"], y = "y">(a, a)': '"xs" and "zs" name 1 tensors, but there are 2 inputs',
    'Gradient<xs = ["a"], zs = ["a"], y = "y">(a, a)': '"a" is named twice by "xs" and "zs"',
    'Gradient<xs = ["k"], y = "y">(k)': '"k" is a tensor of int64, only tensors of floats are '
    "differentiated",
    'Gradient<xs = ["a"], y = "z">(a)': '"z" is a tensor of int64, only tensors of floats are '
    "differentiated",
}


@pytest.mark.parametrize("node", ERRORS)
def test_errors_say_what_is_wrong(tmp_path, node):
    done = compile_model(
        tmp_path,
        f"""net (double[3] a, int64[3] k) => (double[3] y, double[3] d) {{
          y = Mul(a, a)
          z = Cast<to = 7>(a)
          d = {node}
        }}""",
    )
    assert done.returncode == 4, done.stderr
    assert ERRORS[node] in done.stderr
