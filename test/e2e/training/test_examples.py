"""The commands of examples/README.md, as they stand there but for the length of the training."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import csv
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_jobs import BIN, ROOT

README = (ROOT / "examples" / "README.md").read_text()
STEPS = 20


def run_commands(folder, heading):
    """Runs the commands of a section in a folder; returns what they print, and the losses."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    commands = re.search(r"```sh\n(.*?)```", section, re.DOTALL).group(1)
    commands = re.sub(r"--epochs \d+", f"--steps {STEPS}", commands)
    for name, path in {
        "build/venv/bin/python3": sys.executable,
        "build/bin": BIN,
        "examples/": f"{ROOT}/examples/",
    }.items():
        assert name in commands
        commands = commands.replace(name, str(path))
    command = ["bash", "-e", "-o", "pipefail", "-c", commands]
    done = subprocess.run(command, cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    with open(folder / "logs" / "metrics.csv") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert len(losses) == STEPS
    return done.stdout, losses


def test_a_network_that_writes(tmp_path):
    printed, losses = run_commands(tmp_path, "A network that writes")
    # It starts at the entropy of 128 characters, give or take what random weights add, and soon
    # knows how often each occurs.
    assert abs(losses[0] - math.log(128)) < 0.2
    assert np.mean(losses[-5:]) < 3.4
    text = np.load(tmp_path / "out" / "text.npy")
    assert text.shape == (400,) and text.dtype == np.uint8 and text.max() < 128
    assert printed.endswith(text.tobytes())
    # Trained, it writes letters rather than control characters, and blanks between them.
    printable = np.isin(text, [ord(c) for c in "\n\t"]) | ((text >= 32) & (text < 127))
    assert printable.mean() > 0.9 and 0.05 < (text == ord(" ")).mean() < 0.5


@pytest.mark.skipif(
    not Path("/usr/share/datasets/fashion-mnist").is_dir(),
    reason="needs Debian's package dataset-fashion-mnist",
)
def test_a_network_that_tells_clothes_apart(tmp_path):
    _, losses = run_commands(tmp_path, "A network that tells clothes apart")
    assert np.mean(losses[-5:]) < np.log(10) - 0.5
