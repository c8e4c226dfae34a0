"""The shared models with all shapes fixed, and as they are at another batch size.

check_models.py runs them as they are, at one size.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin"
SHARED = Path(os.environ.get("DS_SHARED", ROOT.parent / "shared"))
CASES = sorted(path.parent for path in (SHARED / "models").glob("*/case.json"))
if not CASES:
    pytest.skip("no 'models' in the folder DS_SHARED", allow_module_level=True)
sys.path.append(str(SHARED / "checks"))
from check_models import compare_output, sanitise  # noqa: E402

# Models that are of one batch, or whose batch is not the first dimension of all inputs.
OTHER_BATCHES = {"aecmos_gru", "silero_vad"}


def case_id(folder):
    return folder.name


def compile_case(folder, program, *options):
    subprocess.run(
        [BIN / "ds-compile", folder / "model.onnx", "-o", program, *options],
        check=True,
        capture_output=True,
    )
    described = subprocess.run(
        [program, "--describe", "--json"], check=True, capture_output=True, text=True
    )
    return json.loads(described.stdout)


def run(program, inputs, folder):
    """The outputs by name of the file; the inputs are written beside them."""
    words = []
    for number, (name, array) in enumerate(inputs.items()):
        path = folder / f"in{number}.npy"
        np.save(path, array)
        words += ["--input", f"{name}={path}"]
    subprocess.run(
        [program, *words, "--output-dir", folder / "out"], check=True, capture_output=True
    )
    return {path.stem: np.load(path) for path in (folder / "out").glob("*.npy")}


def check(case, outputs, expected):
    for entry in case["outputs"]:
        ok, why, *_ = compare_output(
            entry, case, outputs[sanitise(entry["name"])], expected[entry["name"]]
        )
        assert ok, f"{entry['name']}: {why}"


def load(folder):
    """(case, inputs, expected outputs)"""
    case = json.loads((folder / "case.json").read_text())
    arrays = [
        {entry["name"]: np.load(folder / entry["file"]) for entry in case[kind]}
        for kind in ("inputs", "outputs")
    ]
    return case, *arrays


@pytest.mark.parametrize("folder", CASES, ids=case_id)
def test_fixed_shapes(folder, tmp_path):
    case, inputs, expected = load(folder)
    options = []
    wanted = {name: list(array.shape) for name, array in inputs.items()}
    for name, shape in wanted.items():
        if shape:
            options += ["--shape", f"{name}={'x'.join(map(str, shape))}"]
    described = compile_case(folder, tmp_path / "model", *options)
    assert {entry["name"]: entry["shape"] for entry in described["inputs"]} == wanted
    check(case, run(tmp_path / "model", inputs, tmp_path), expected)


@pytest.mark.parametrize("folder", CASES, ids=case_id)
def test_another_batch(folder, tmp_path):
    if folder.name in OTHER_BATCHES:
        pytest.skip("not of a batch in the first dimension of all inputs")
    case, inputs, expected = load(folder)
    described = compile_case(folder, tmp_path / "model")
    assert all(entry["shape"][0] == -1 for entry in described["inputs"])

    def thrice(arrays):
        return {name: np.concatenate([array] * 3) for name, array in arrays.items()}

    check(case, run(tmp_path / "model", thrice(inputs), tmp_path), thrice(expected))
