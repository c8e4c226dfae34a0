"""Training jobs with code for several CPUs: every version trains alike, checkpoints say which."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from training_jobs import BIN, make_model, succeed, train_model

VERSIONS = {"x86-64-v4": {"avx512f", "avx512bw"}, "x86-64-v3": {"avx2", "fma"}, "x86-64-v2": set()}
FLAGS = set(re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.M)[1].split())
BATCH, FEATURES, CLASSES, STEPS, RATE = 8, 12, 5, 4, 0.1


def net(weights):
    text = f"""
    net (double[batch, {FEATURES}] x) => (double[batch, {CLASSES}] y) {{ y = MatMul(x, w) }}"""
    return make_model(text, {"w": weights})


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.removeprefix("x86-64-"))
def test_every_version_trains_as_numpy_does(tmp_path, version):
    if missing := VERSIONS[version] - FLAGS:
        pytest.skip(f"needs a CPU with {', '.join(sorted(missing))}")
    rng = np.random.default_rng(7)
    w = rng.normal(size=(FEATURES, CLASSES))
    x = rng.normal(size=(STEPS * BATCH, FEATURES))
    label = rng.normal(size=(STEPS * BATCH, CLASSES))
    options = ["--loss", "mse", "--optimizer", "sgd", "--lr", str(RATE), "--target-cpu", "portable"]
    run = ["--code-version", version, "--checkpoint-dir", tmp_path / "ckpt"]
    data = {"x": x, "label": label}
    have = train_model(tmp_path, net(w), data, *options, batch=BATCH, steps=STEPS, run=run)

    want = []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        error = x[rows] @ w - label[rows]
        want.append(np.mean(error**2))
        w = w - RATE * 2 / error.size * x[rows].T @ error
    # Sums of at most 40 terms in f64, four steps one after the other, whose map is a contraction at
    # this rate: below 4 * 40 * 2^-53 = 2e-14 of values near 1.
    np.testing.assert_allclose(have, want, rtol=1e-12)
    (manifest,) = (tmp_path / "ckpt").rglob("*.json")
    assert f'"x86-64 {version}"' in manifest.read_text()


def test_a_job_names_its_versions(tmp_path):
    rng = np.random.default_rng(7)
    onnx.save(net(rng.normal(size=(FEATURES, CLASSES))), tmp_path / "net.onnx")
    options = ["--train", "--loss", "mse", "--optimizer", "sgd", "--dim", f"batch={BATCH}"]
    job = tmp_path / "job"
    words = [tmp_path / "net.onnx", *options, "--target-cpu", "portable", "-o", job]
    succeed(BIN / "ds-compile", *words)
    described = json.loads(succeed(job, "--describe", "--json"))
    assert described["code_versions"] == list(VERSIONS)
