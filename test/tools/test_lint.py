"""tools/dev/lint on a small repository: every rule must find what it is for, and no more."""

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"


def cxx(name, body, spdx=SPDX):
    """A formatted C++ file with its banner."""
    return f"//===- {name} - for a test ".ljust(73, "-") + f"===//\n// {spdx}\n{body}"


GOOD = {
    "compiler/Good/README.md": "# Good\n",
    "compiler/Good/Good.cpp": cxx("Good.cpp", '#include "passes/Good/Good.h"\n'),
    "passes/Good/README.md": "# Good\n",
    "passes/Good/Good.h": cxx(
        "Good.h",
        "#ifndef DS_PASSES_GOOD_GOOD_H\n#define DS_PASSES_GOOD_GOOD_H\n"
        "#endif // DS_PASSES_GOOD_GOOD_H\n",
    ),
    "test/good.mlir": "// RUN: FileCheck %s --check-prefixes=A,B\n// A-NEXT: x\n// B: y\n",
    "CMakeLists.txt": "add_library(good good.cpp)\ntarget_include_directories(good PRIVATE .)\n",
}
BAD = {
    "formatting": ("passes/Good/Bad.cpp", cxx("Bad.cpp", "int  x;\n")),
    "ruff": ("bad.py", f"# {SPDX}\n\nimport os\n"),
    "licence": ("passes/Good/Bad.cpp", cxx("Other.cpp", "int x;\n")),
    "header-guards": (
        "passes/Good/Bad.h",
        cxx("Bad.h", "#ifndef BAD_H\n#define BAD_H\n#endif // BAD_H\n"),
    ),
    "dead-checks": ("test/bad.mlir", "// RUN: FileCheck %s --check-prefix=A\n// A-NEXT x\n"),
    "lit-tests-run": ("test/bad.mlir", "// CHECK: x\n"),
    "todo-form": ("bad.cmake", "# TO" + "DO: later\n"),
    "dependency-direction": (
        "passes/Good/Bad.cpp",
        cxx("Bad.cpp", '#include "compiler/Good/Good.h"\n'),
    ),
    "readmes": ("passes/Bad/CMakeLists.txt", "add_library(bad bad.cpp)\n"),
    "machine-paths": ("bad.md", "see /" + "home/me/notes\n"),
    "length": ("test/bad.mlir", "// RUN: true\n" * 1001),
    "cmake-lists": ("bad.cmake", "include_directories(.)\n"),
    "white-space": ("bad.cmake", "set(x 1) \n"),
}


def lint(repository):
    """The names of the rules that found something, and the text."""
    command = [sys.executable, repository / "tools/dev/lint"]
    text = subprocess.run(command, capture_output=True, text=True).stdout
    return set(re.findall(r"\[([\w-]+)\]$", text, re.MULTILINE)), text


@pytest.fixture
def repository(tmp_path):
    """A repository in which all is well."""
    shutil.copytree(ROOT / "tools/dev", tmp_path / "tools/dev")
    for name in (".clang-format", "ruff.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name, text in GOOD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".gitignore").write_text("/build/\n__pycache__/\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build/venv").symlink_to(ROOT / "build/venv")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_a_good_repository_passes(repository):
    found, text = lint(repository)
    assert found == set(), text


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_file_is_found_by_its_rule_alone(repository, rule):
    name, text = BAD[rule]
    (repository / name).parent.mkdir(parents=True, exist_ok=True)
    (repository / name).write_text(text)
    found, text = lint(repository)
    assert found == {rule}, text


def test_every_rule_has_a_bad_file():
    command = [sys.executable, ROOT / "tools/dev/lint", "--list"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in text.splitlines()} == set(BAD)
