"""tools/dev/identify_files.py against the magika package, which runs the model in onnxruntime."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "dev"))
import identify_files  # noqa: E402
from magika import Magika  # noqa: E402
from magika.types import Seekable  # noqa: E402

CONFIG = json.loads((identify_files.model_folder() / "config.min.json").read_text())


@pytest.mark.parametrize(
    "content",
    [
        b"12345678",
        b"  int main() {}\n\n",
        b"x" * 1023 + b"\n",
        b" " * 4095 + b"short tail",
        bytes(range(256)) * 40,
    ],
    ids=["shortest", "white space", "one block", "long margin", "long"],
)
def test_features_are_those_of_the_package(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with open(path, "rb") as file:
        sizes = ("beg_size", "mid_size", "end_size", "padding_token", "block_size")
        want = Magika._extract_features_from_seekable(
            Seekable(file),
            *(CONFIG[name] for name in sizes),
            use_inputs_at_offsets=CONFIG["use_inputs_at_offsets"],
        )
    got = identify_files.features(path, CONFIG)
    if want.beg[CONFIG["min_file_size_for_dl"] - 1] == CONFIG["padding_token"]:
        assert got is None
    else:
        assert got.dtype == np.int32 and got.tolist() == [*want.beg, *want.end]


def test_a_file_of_blanks_has_too_little_content(tmp_path):
    (tmp_path / "file").write_bytes(b" \n" * 50)
    assert identify_files.features(tmp_path / "file", CONFIG) is None


def test_the_compiled_model_agrees_with_onnxruntime(tmp_path):
    compiler = Path(os.environ.get("DS_BUILD_DIR", ROOT / "build")) / "bin" / "ds-compile"
    files = [ROOT / name for name in ("CMakeLists.txt", "tools/setup", "test/lit.cfg.py")]
    script = ROOT / "tools" / "dev" / "identify_files.py"
    command = [sys.executable, script, "--compile", compiler, "--work", tmp_path, *files]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^(\S+) -> (\S+) \((\d+\.\d)%\)$", text, re.MULTILINE)
    results = Magika().identify_paths(files)
    assert [row[0] for row in found] == [str(path.relative_to(ROOT)) for path in files]
    assert [row[1] for row in found] == [str(result.output.label) for result in results]
    assert [float(row[2]) for row in found] == pytest.approx(
        [100 * result.score for result in results], abs=0.11
    )
