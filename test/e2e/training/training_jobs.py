"""Compiles a model to a training job, runs it, and reads what it wrote."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin"


def succeed(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_model(text, weights):
    """A model in ONNX's text form, with initialisers by name."""
    parsed = onnx.parser.parse_model('<ir_version: 8, opset_import: ["": 17]>\n' + text)
    parsed.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()
    )
    return parsed


def train_model(folder, model, data, *options, batch, steps, run=()):
    """The losses of a job that ds-compile and ds-run make; data comes in order."""
    onnx.save(model, folder / "net.onnx")
    np.savez(folder / "data.npz", **data)
    job = folder / "job"
    fixed = ["--train", "--dim", f"batch={batch}"]
    succeed(BIN / "ds-compile", folder / "net.onnx", *fixed, *options, "-o", job)
    order = ["--data", folder / "data.npz", "--shuffle", "off", "--steps", str(steps)]
    succeed(BIN / "ds-run", job, *order, "--log-dir", folder / "logs", *run)
    with open(folder / "logs" / "metrics.csv") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def load_weights(path):
    """The tensors of a safetensors file, which are f64."""
    content = Path(path).read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F64", (name, entry)
        begin, stop = entry["data_offsets"]
        tensors[name] = np.frombuffer(content[end + begin : end + stop]).reshape(entry["shape"])
    return tensors
