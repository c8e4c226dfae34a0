"""SSE, AVX2 and AVX-512 code of the same models: right within derived bounds, vectorised, alike."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from kernels import CONTRACTIONS, KERNELS

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build"))
MODELS = Path(os.environ.get("DS_SHARED", ROOT.parent / "shared")) / "models"
CASES = sorted(path.parent.name for path in MODELS.glob("*/case.json"))
# What the operating system says the CPU has; enough to tell which version can run here.
NEEDS = {
    "x86-64-v2": {"sse4_2"},
    "x86-64-v3": {"avx2", "fma"},
    "x86-64-v4": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
}
LANES = {"x86-64-v2": 4, "x86-64-v3": 8, "x86-64-v4": 16}
FLAGS = set(re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.M)[1].split())
TARGETS = list(NEEDS)
CONTRACTS = {"dot", "conv"}
# Contractions whose result has one column run with vectors along what is reduced; products without
# a sum, element by element. Large products, whose names begin with "blocks", copy blocks to the
# cache. All others have register tiles.
OTHER_STRATEGIES = {
    "matmul one column": "rows",
    "matmul one column frozen": "rows",
    "matmul of vectors": "rows",
    "matmul all dynamic": "rows",  # whether a batch repeats is known at run time only
    "conv one feature": "rows",
    "transposed one feature": "rows",
    "einsum outer": "parallel",
    "gradient by filter, depthwise": "rows",
}


def target_id(target):
    return target.removeprefix("x86-64-")


def skip_if_lacking(*targets):
    for target in targets:
        if missing := NEEDS[target] - FLAGS:
            pytest.skip(f"needs a CPU with {', '.join(sorted(missing))}")


class Compiler:
    """Compiles each model once per target; keeps the program and what --explain said."""

    def __init__(self, folder):
        self.folder = folder
        self.programs = {}

    def compile(self, name, model, target):
        key = name, target
        if key not in self.programs:
            stem = self.folder / re.sub(r"\W+", "_", f"{name}_{target}")
            source = model
            if isinstance(model, str):
                source = stem.with_suffix(".mlir")
                source.write_text(model)
            elif not isinstance(model, Path):
                source = stem.with_suffix(".onnx")
                source.write_bytes(model.SerializeToString())
            done = subprocess.run(
                [BUILD / "bin/ds-compile", source, "-o", stem, "--target-cpu", target, "--jobs=2"]
                + ["--json", f"--explain={stem}.json"],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            self.programs[key] = stem, json.loads(Path(f"{stem}.json").read_text())
        return self.programs[key]

    def run(self, name, model, target, inputs):
        """Outputs by file name. `inputs` are arrays, or paths of files."""
        program, _ = self.compile(name, model, target)
        out = Path(f"{program}.out")
        words = [program, "--output-dir", out]
        for key, value in inputs.items():
            path = value
            if not isinstance(value, Path):
                path = Path(f"{program}.{key}.npy")
                np.save(path, value)
            words += ["--input", f"{key}={path}"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return {path.name: np.load(path) for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def compiler(tmp_path_factory):
    return Compiler(tmp_path_factory.mktemp("targets"))


def assert_within(got, exact, bound, what):
    """`bound` is the largest error, or 0 for equality; at least one element must be there."""
    assert got.shape == exact.shape and got.size
    error = np.abs(got.astype(np.float64) - exact)
    worst = np.argmax(error - bound)
    assert np.all(error <= bound), (
        f"{what}: element {np.unravel_index(worst, got.shape)} is {got.flat[worst]}, expected "
        f"{np.asarray(exact).flat[worst]}, bound {np.broadcast_to(bound, got.shape).flat[worst]}"
    )


def contractions(explanation):
    """Kernels with a contraction."""
    return [kernel for kernel in explanation["kernels"] if CONTRACTS & set(kernel["ops"])]


@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_a_kernel_is_right(compiler, kernel, target):
    """Within the bound of f32 arithmetic, hence two targets within twice of it of each other."""
    skip_if_lacking(target)
    result = compiler.run(kernel.name, kernel.model, target, kernel.inputs)["y.npy"]
    exact, bound = kernel.exact()
    assert_within(result, exact, bound, target)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_a_kernel_is_the_same_on_every_target(compiler, kernel):
    """To the bit, where no order of sums is involved and both have fused multiply-add."""
    skip_if_lacking(*TARGETS)
    results = {
        target: compiler.run(kernel.name, kernel.model, target, kernel.inputs)["y.npy"]
        for target in TARGETS
    }
    widest = results.pop("x86-64-v4")
    for target, result in results.items():
        if kernel.same_bits and "fma" in NEEDS[target]:
            assert widest.tobytes() == result.tobytes()
        else:
            bound = 2 * kernel.exact()[1]
            assert_within(widest, result.astype(np.float64), bound, f"v4 to {target}")


@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize("kernel", CONTRACTIONS, ids=lambda kernel: kernel.name)
def test_no_contraction_runs_scalar(compiler, kernel, target):
    _, explanation = compiler.compile(kernel.name, kernel.model, target)
    found = contractions(explanation)
    assert found and all(entry["vectorized"] for entry in found)
    usual = "product" if kernel.name.startswith("blocks") else "tile"
    wanted = OTHER_STRATEGIES.get(kernel.name, usual)
    assert all(entry["strategy"].startswith(wanted) for entry in found), found


@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize(
    "kernel",
    [kernel for kernel in KERNELS if kernel.name.startswith("elementwise along")],
    ids=lambda kernel: kernel.name,
)
def test_short_rows_fill_vectors(compiler, kernel, target):
    _, explanation = compiler.compile(kernel.name, kernel.model, target)
    wanted = f"parallel, {LANES[target]} lanes"
    assert [entry["strategy"] for entry in explanation["kernels"]] == [wanted]


ACROSS = [
    kernel
    for kernel in KERNELS
    if kernel.name.startswith("transpose of") or kernel.name.endswith("right, not frozen")
]


@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize("kernel", ACROSS, ids=lambda kernel: kernel.name)
def test_what_is_read_across_goes_through_squares(compiler, kernel, target):
    """Transposes, and panels made of rows of the other direction."""
    _, explanation = compiler.compile(kernel.name, kernel.model, target)
    moves = [entry for entry in explanation["kernels"] if not CONTRACTS & set(entry["ops"])]
    # Three of four rows are worth a square, three of eight are not.
    wanted = "parallel" if "narrow" in kernel.name and LANES[target] > 4 else "transpose"
    assert moves and all(entry["strategy"].startswith(wanted) for entry in moves), moves


@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize(
    "kernel",
    [kernel for kernel in KERNELS if kernel.name.startswith("frame")],
    ids=lambda kernel: kernel.name,
)
def test_what_is_framed_is_written_once(compiler, kernel, target):
    """The kernel that computes the value stores it to its place and writes around it."""
    _, explanation = compiler.compile(kernel.name, kernel.model, target)
    (framed,) = [entry for entry in explanation["kernels"] if "pad" in entry["ops"]]
    assert len(framed["ops"]) > 1 and framed["strategy"].startswith("frame"), framed


def read_case(name):
    folder = MODELS / name
    return folder, json.loads((folder / "case.json").read_text())


needs_models = pytest.mark.skipif(not CASES, reason="no 'models' in the folder DS_SHARED")


# Decimating filters with stride 2 over one channel: neither results nor products lie side by side.
SCALAR = {"basic_pitch": 8}


@needs_models
@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize("name", CASES or ["none"])
def test_no_contraction_of_a_model_runs_scalar(compiler, name, target):
    _, explanation = compiler.compile(name, MODELS / name / "model.onnx", target)
    found = contractions(explanation)
    scalar = [entry["name"] for entry in found if not entry["vectorized"]]
    assert found and len(scalar) == SCALAR.get(name, 0), scalar


def check_outputs(case, results, wanted):
    """Within the case's tolerance.

    The order of sums is all that may differ. What that can do to an output was measured for the
    case: its `atol` is ten times the largest change under reordered sums and last-bit changes of
    weights.
    """
    for output in case["outputs"]:
        atol, rtol = (output.get(key, case[key]) for key in ("atol", "rtol"))
        file = output["file"].removeprefix("out_")
        np.testing.assert_allclose(results[file], wanted(output), rtol=rtol, atol=atol)


def run_case(compiler, name, target):
    folder, case = read_case(name)
    inputs = {entry["name"]: folder / entry["file"] for entry in case["inputs"]}
    return folder, case, compiler.run(name, folder / "model.onnx", target, inputs)


@needs_models
@pytest.mark.parametrize("target", TARGETS, ids=target_id)
@pytest.mark.parametrize("name", CASES or ["none"])
def test_a_model_is_right(compiler, name, target):
    skip_if_lacking(target)
    folder, case, results = run_case(compiler, name, target)
    check_outputs(case, results, lambda output: np.load(folder / output["file"]))


@needs_models
@pytest.mark.parametrize("name", CASES or ["none"])
def test_a_model_agrees_on_every_target(compiler, name):
    skip_if_lacking(*TARGETS)
    (_, case, first), *others = (run_case(compiler, name, target) for target in TARGETS)
    for _, _, other in others:
        check_outputs(
            case, first, lambda output, other=other: other[output["file"].removeprefix("out_")]
        )
