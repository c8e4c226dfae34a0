#!/usr/bin/env python3
"""Tells the types of files with magika's model, compiled to a native program, for tools/quickstart.

Python only prepares the input and reads the result: the model looks at the first and the last bytes
of a file, as numbers, with a number of their own (the padding token) where a file is short.
"""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
# One file of each of several kinds.
SAMPLES = (
    "CMakeLists.txt",
    "CMakePresets.json",
    "README.md",
    "runtime/include/ds/model.h",
    "test/lit.cfg.py",
    "tools/setup",
    "build/build.ninja",
    "build/bin/ds-compile",
)


def model_folder():
    """The folder of the magika package that holds model.onnx and config.min.json; not imported."""
    package = Path(importlib.util.find_spec("magika").origin).parent
    (folder,) = (package / "models").iterdir()
    return folder


def features(path, config):
    """The numbers that the model sees of a file, or None when it has too little content."""
    block, padding = config["block_size"], config["padding_token"]
    with open(path, "rb") as file:
        first = file.read(block).lstrip()
        size = path.stat().st_size
        file.seek(max(0, size - block))
        last = file.read(block).rstrip()
    row = np.full(config["beg_size"] + config["end_size"], padding, dtype=np.int32)
    begin = np.frombuffer(first[: config["beg_size"]], dtype=np.uint8)
    end = np.frombuffer(last[-config["end_size"] :], dtype=np.uint8)
    row[: len(begin)] = begin
    row[len(row) - len(end) :] = end
    return row if len(begin) >= config["min_file_size_for_dl"] else None


def compile_model(compiler, model, program):
    """Compiles the model unless the program is newer than both the model and the compiler."""
    if program.exists() and program.stat().st_mtime > max(
        path.stat().st_mtime for path in (compiler, model)
    ):
        return
    start = time.monotonic()
    subprocess.run([compiler, model, "-o", program], check=True)
    size = program.stat().st_size / 2**20
    seconds = time.monotonic() - start
    print(
        f"compiled {model.name} to {program.name} ({size:.1f} MiB) in {seconds:.2f} s", flush=True
    )


def classify(program, rows, labels, work):
    """(label, confidence) of each row of features, from one run of the program."""
    np.save(work / "bytes.npy", np.stack(rows))
    out = work / "out"
    out.mkdir(exist_ok=True)
    start = time.monotonic()
    command = [program, "--input", f"bytes={work / 'bytes.npy'}", "--output-dir", out]
    subprocess.run(command, check=True)
    seconds = time.monotonic() - start
    scores = np.load(out / "target_label.npy")
    print(f"{program.name} looked at {len(rows)} files in {seconds * 1000:.0f} ms", flush=True)
    return [(labels[i], float(row[i])) for row in scores for i in [int(row.argmax())]]


def main():
    """Compiles the model if necessary, and prints a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compile", type=Path, required=True, metavar="DS_COMPILE")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    folder = model_folder()
    config = json.loads((folder / "config.min.json").read_text())
    compile_model(args.compile, folder / "model.onnx", args.work / "magika")

    files = args.files or [path for path in map(ROOT.joinpath, SAMPLES) if path.exists()]
    rows = [features(path, config) for path in files]
    known = [row for row in rows if row is not None]
    if not known:
        sys.exit("none of the files has enough content to look at")
    found = iter(classify(args.work / "magika", known, config["target_labels_space"], args.work))
    for path, row in zip(files, rows):
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        if row is None:
            print(f"{name} -> too little content")
            continue
        label, confidence = next(found)
        print(f"{name} -> {config['overwrite_map'].get(label, label)} ({confidence:.1%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
