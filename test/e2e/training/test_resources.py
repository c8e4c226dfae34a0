"""What a compiled job takes of the machine: memory as promised, and none anew in a steady step."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import subprocess
import time

import numpy as np
import onnx
from training_jobs import BIN, make_model

COUNTER = BIN.parent / "test" / "runtime" / "libds-count-allocations.so"
BATCH, WIDE, CLASSES = 512, 1024, 10
MIB = 1 << 20


def compile_job(folder):
    """A network whose parameters, slots, gradients and activations are megabytes each."""
    rng = np.random.default_rng(0)
    text = """
        net (float[batch, 64] x) => (float[batch, 10] y) {
          a = Gemm(x, w1, b1)
          r = Relu(a)
          c = Gemm(r, w2, b2)
          s = Tanh(c)
          y = Gemm(s, w3, b3)
        }"""
    weights = {}
    for number, (rows, columns) in enumerate(((64, WIDE), (WIDE, WIDE), (WIDE, CLASSES)), 1):
        w = rng.normal(scale=rows**-0.5, size=(rows, columns))
        weights[f"w{number}"] = w.astype(np.float32)
        weights[f"b{number}"] = np.zeros(columns, np.float32)
    onnx.save(make_model(text, weights), folder / "net.onnx")
    rng = np.random.default_rng(1)
    np.savez(
        folder / "data.npz",
        x=rng.normal(size=(4 * BATCH, 64)).astype(np.float32),
        label=rng.integers(0, CLASSES, 4 * BATCH),
    )
    command = [
        BIN / "ds-compile", folder / "net.onnx", "--train", "--loss", "softmax_cross_entropy",
        "--optimizer", "adam", "--dim", f"batch={BATCH}", "--memory-report", "--json",
        "-o", folder / "job",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["memory"]["functions"]["step"]


def resident_bytes(process):
    """What the process holds of its own, and of mapped files."""
    try:
        with open(f"/proc/{process.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    return tuple(int(fields.get(f, "0 kB").split()[0]) * 1024 for f in ("RssAnon", "RssFile"))


def test_memory_stays_within_the_promise(tmp_path):
    report = compile_job(tmp_path)
    regions = report["regions"]
    parameters = 4 * (65 * WIDE + (WIDE + 1) * WIDE + (WIDE + 1) * CLASSES)
    assert regions["parameters"] == parameters
    assert regions["optimizer_state"] == 2 * parameters  # Adam's two moments
    assert regions["model_state"] == 0
    # At the least the gradient of the largest parameter.
    assert regions["gradients"] >= 4 * WIDE * WIDE
    assert regions["gradients"] + regions["activations"] <= report["arena_bytes"]
    assert report["lower_bound"] <= report["arena_bytes"]
    kept = regions["parameters"] + regions["optimizer_state"]
    workspace = regions["workspace_per_thread"]
    assert report["peak_bytes"] == kept + report["arena_bytes"] + workspace

    words = ["--data", tmp_path / "data.npz", "--steps", "60", "-q", "--threads", "2"]
    process = subprocess.Popen([tmp_path / "job", *map(str, words)], stdout=subprocess.DEVNULL)
    highest, of_files = 0, []
    while process.poll() is None:
        own, mapped = resident_bytes(process)
        highest = max(highest, own)
        if own > kept:  # it trains
            of_files.append(mapped)
        time.sleep(0.005)
    assert process.returncode == 0
    # It did use what it said it would, and at most 16 MiB besides: stacks, prefetched batches.
    assert highest > kept
    # The initial values, which the program's file has, do not stay in memory beside the trained.
    assert np.median(of_files) < parameters
    assert highest <= report["peak_bytes"] + workspace + 16 * MIB


def test_a_steady_step_allocates_nothing(tmp_path):
    compile_job(tmp_path)

    def count(steps):
        counts = tmp_path / "count"
        words = ["--data", tmp_path / "data.npz", "--steps", steps, "--threads", 2, "-q"]
        subprocess.run(
            [tmp_path / "job", *map(str, words)],
            env=dict(os.environ, LD_PRELOAD=str(COUNTER), DS_ALLOCATIONS=str(counts)),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return int(counts.read_text())

    few = count(10)
    assert few > 10  # it does count
    assert count(30) == few
