"""Kills a training job at random moments, again and again: nothing that was saved may be lost.

Every kill is SIGKILL to the job's own process, at a moment spread over its life: while it starts,
trains, writes a checkpoint or a log. What is printed as saved counts as a promise.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path

import job_reference as reference
import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build"))
# Far more than the drill can do, even if the machine was slow while its pace was taken: no run ends
# before its kill.
STEPS = 100_000


@pytest.fixture
def folder(tmp_path):
    """In memory where there is such a place: SIGKILL loses no page cache, syncs only take time."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def compile_job(folder):
    """One with running statistics, random numbers, and an optimizer with two slots."""
    model = onnx.parser.parse_model(
        """
        <ir_version: 8, opset_import: ["": 17]>
        net (float[batch, 4] x) => (float[batch, 3] y) {
          a = MatMul(x, w)
          n = BatchNormalization(a, scale, bias, mean, var)
          d = Dropout(n, ratio)
          y = MatMul(d, v)
        }"""
    )
    rng = np.random.default_rng(1)
    weights = {
        "w": rng.normal(size=(4, 8)),
        "v": rng.normal(size=(8, 3)),
        **{name: np.ones(8) for name in ("scale", "var")},
        **{name: np.zeros(8) for name in ("bias", "mean")},
        "ratio": np.float32(0.5),
    }
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value, np.float32), name)
        for name, value in weights.items()
    )
    onnx.save(model, folder / "net.onnx")
    options = ["--train", "--loss", "softmax_cross_entropy", "--optimizer", "adamw"]
    dim = ["--dim", "batch=8"]
    subprocess.run(
        [BUILD / "bin/ds-compile", folder / "net.onnx", *options, *dim, "-o", folder / "job"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return folder / "job"


def written_job(_):
    """Its step is written by hand: what is drilled is the runtime alone."""
    return BUILD / "test" / "runtime" / "job"


@pytest.mark.parametrize(
    "make_job, kills_wanted", [(written_job, 300), (compile_job, 60)], ids=["written", "compiled"]
)
def test_kills_lose_nothing(folder, make_job, kills_wanted):
    rng = np.random.default_rng(0)
    np.savez(
        folder / "d.npz",
        x=rng.normal(size=(50, 4)).astype(np.float32),
        label=rng.integers(0, 3, 50),
    )
    job = make_job(folder)

    def command(name, every):
        words = [
            job, "--data", folder / "d.npz", "--steps", STEPS, "--resume", "latest", "-q",
            "--checkpoint-every", every, "--keep", 2, "--checkpoint-dir", folder / name,
            "--log-dir", folder / f"{name}-log",
        ]  # fmt: skip
        return list(map(str, words))

    # The machine's own pace: how long a run of some dozens of checkpoints takes.
    begin = time.monotonic()
    short = [word if word != str(STEPS) else "30" for word in command("pace", 1)]
    subprocess.run(short, check=True, timeout=120, stdout=subprocess.DEVNULL)
    pace = time.monotonic() - begin

    moments = random.Random(1)
    promised = kills = 0
    while kills < kills_wanted:
        out = open(folder / "out", "w+")
        process = subprocess.Popen(command("killed", 1), stdout=out, stderr=subprocess.STDOUT)
        # From before its first instruction to some dozens of checkpoints later.
        time.sleep(moments.random() * pace)
        process.kill()
        assert process.wait() == -9, "the run ended before it was killed: STEPS is too small"
        kills += 1
        out.seek(0)
        text = out.read()
        out.close()
        assert "error" not in text and "skipped" not in text, text
        resumed = re.findall(r"resumed from .* of step (\d+)", text)
        if resumed:  # else it died before it said so
            assert int(resumed[0]) >= promised
        promised = max([promised, *map(int, re.findall(r"saved .* of step (\d+)\n", text))])
    assert kills == kills_wanted
    assert promised > kills_wanted / 3, "the drill hardly trained"
    print(f"{kills} kills, {promised} steps promised")

    # What is left is taken to its end, and is the run that nobody killed, bit for bit.
    for name in ("killed", "whole"):
        subprocess.run(command(name, STEPS), check=True, timeout=120, stdout=subprocess.DEVNULL)
    last = f"step-{STEPS:08}"
    for name in ("weights.safetensors", "state.safetensors", "manifest.json"):
        killed, whole = (folder / run / last / name for run in ("killed", "whole"))
        assert killed.read_bytes() == whole.read_bytes(), name
    killed, whole = (folder / f"{run}-log" / "metrics.csv" for run in ("killed", "whole"))
    assert killed.read_text() == whole.read_text()
    assert len(reference.read_rows(whole)) == STEPS
