"""Weights of more than 2 GiB, the most that an ONNX file itself or a 32-bit offset can reach: they
are mapped on the way in and in the program, and take no memory that grows with them."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import os
import subprocess
import threading
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin"
MIB = 1 << 20
ROWS, WIDTH = 600_000, 1024  # 2.29 GiB of f32
SPECIAL = {0: 1.5, 1: -2.0, 524_287: 3.25, 524_288: 4.5, ROWS - 1: -7.75}  # around byte 2^31


class Watched:
    """Runs a command and notes the most anonymous memory it held: mapped files do not count."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.highest = 0
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        self.out, self.errors = self.process.communicate()
        watcher.join()
        assert self.process.returncode == 0, self.errors
        assert self.highest > 0

    def watch(self):
        while self.process.poll() is None:
            try:
                with open(f"/proc/{self.process.pid}/status") as file:
                    for line in file:
                        if line.startswith("RssAnon"):
                            self.highest = max(self.highest, int(line.split()[1]) * 1024)
            except (FileNotFoundError, ProcessLookupError):
                return
            threading.Event().wait(0.002)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    # A sparse file: what is not written takes no room, and reads as zeros.
    with open(folder / "table.bin", "wb") as file:
        for row, value in SPECIAL.items():
            file.seek(row * WIDTH * 4)
            file.write(np.full(WIDTH, value, np.float32).tobytes())
        file.truncate(ROWS * WIDTH * 4)
    model = onnx.parser.parse_model(
        """
        <ir_version: 8, opset_import: ["": 17]>
        net (int64[n] ids) => (float[n, 1024] y) {
          rows = Gather(table, ids)
          y = Add(rows, rows)
        }"""
    )
    tensor = onnx.TensorProto(name="table", data_type=onnx.TensorProto.FLOAT, dims=[ROWS, WIDTH])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "table.bin"), ("offset", "0"), ("length", ROWS * WIDTH * 4)):
        tensor.external_data.add(key=key, value=str(value))
    model.graph.initializer.append(tensor)
    onnx.save(model, folder / "net.onnx")
    compiled = Watched(BIN / "ds-compile", folder / "net.onnx", "-o", folder / "net")
    (folder / "table.bin").unlink()
    yield folder / "net", compiled
    (folder / "net").unlink()


def test_compiling_takes_no_copy_of_them(program):
    path, compiled = program
    assert path.stat().st_size > ROWS * WIDTH * 4
    # What compiling a model of two operators takes, whatever its weights.
    assert compiled.highest < 256 * MIB


def test_the_program_reads_what_it_needs(program, tmp_path):
    path, _ = program
    ids = np.array([*SPECIAL, 77, -1], np.int64)
    np.save(tmp_path / "ids.npy", ids)
    given = ["--input", tmp_path / "ids.npy"]
    subprocess.run([path, *given, "--output-dir", tmp_path], check=True, capture_output=True)
    want = [2 * SPECIAL.get(row % ROWS, 0) for row in ids]
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), np.outer(want, np.ones(WIDTH)))
    # Long enough to be watched.
    assert Watched(path, *given, "--benchmark", "20000").highest < 16 * MIB
