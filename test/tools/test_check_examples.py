"""tools/dev/check-examples, with the upstream tool in the place of ds-opt."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEFINITION = """\
def GoodOp {{
  let description = [{{
    An example:
    ```mlir
    func.func @f(%x: i32) -> i32 {{
      return %x : i32
    }}
    ```
    And another:
    ```mlir
    {second}
    ```
  }}];
}}
"""


@pytest.mark.parametrize(
    "second, status, text",
    [
        ("func.func private @g()", 0, "2 passed, 0 failed"),
        ("func.func @g( {", 1, "passes/X/X.td:11:14: error"),
    ],
    ids=["good", "bad"],
)
def test_examples_are_found_and_errors_name_the_line(tmp_path, second, status, text):
    shutil.copytree(ROOT / "tools/dev", tmp_path / "tools/dev")
    (tmp_path / "passes/X").mkdir(parents=True)
    (tmp_path / "passes/X/X.td").write_text(DEFINITION.format(second=second))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    command = [sys.executable, tmp_path / "tools/dev/check-examples"]
    command += ["--ds-opt", shutil.which("mlir-opt-22")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    assert text in done.stdout
